//! The packages of the subdir noarch: one archive for every platform, unless it says otherwise by a virtual package.

use super::Package;

/// A noarch package of Python code.
fn pure(name: &'static str, version: &'static str, build: &'static str, day: &'static str) -> Package {
    Package { noarch: Some("python"), ..Package::new("noarch", name, version, build, day) }
}

/// A noarch package of anything else.
fn generic(name: &'static str, version: &'static str, build: &'static str, day: &'static str) -> Package {
    Package { noarch: Some("generic"), ..Package::new("noarch", name, version, build, day) }
}

pub fn packages() -> Vec<Package> {
    [of_2018(), of_2020(), of_one_platform(), of_2022()].concat()
}

fn of_2018() -> Vec<Package> {
    vec![
        pure("cycler", "0.10.0", "py_1", "2018-01-22").needs(["python", "six"]),
        pure("decorator", "4.3.0", "py_0", "2018-05-02").needs(["python"]),
        pure("prompt_toolkit", "2.0.7", "py_0", "2018-10-31").needs(["python", "six >=1.9.0"]),
        pure("python-dateutil", "2.7.5", "py_0", "2018-10-29").needs(["python", "six >=1.5"]),
        pure("pytz", "2018.5", "py_0", "2018-07-02").needs(["python"]),
        pure("six", "1.11.0", "py_1", "2018-09-09").needs(["python"]),
        pure("traitlets", "4.3.2", "py_1", "2018-09-20").needs(["decorator", "python", "six"]),
        pure("xlrd", "0.9.4", "py_0", "2018-01-17").needs(["python"]),
        pure("xlrd", "1.1.0", "py_1", "2018-10-02").needs(["python"]),
    ]
}

fn of_2020() -> Vec<Package> {
    vec![
        pure("colorama", "0.4.4", "pyh9f0ad1d_0", "2020-10-14").needs(["python"]),
        pure("jedi", "0.17.2", "pyhd8ed1ab_1", "2020-10-29").needs(["python >=3.5"]),
        pure("pip", "20.2.4", "py_0", "2020-10-16").needs(["python >=3.5", "setuptools", "wheel"]),
        pure("python-dateutil", "2.8.1", "py_0", "2019-11-04").needs(["python", "six >=1.5"]),
        pure("pytz", "2020.4", "pyhd8ed1ab_0", "2020-11-03").needs(["python"]),
        pure("six", "1.15.0", "pyh9f0ad1d_0", "2020-05-21").needs(["python"]),
        pure("tqdm", "4.51.0", "pyh9f0ad1d_0", "2020-10-26").needs(["colorama", "python >=2.7"]),
        pure("typing_extensions", "3.7.4.3", "py_0", "2020-08-23").needs(["python >=3.5"]),
        generic("tzdata", "2020d", "h516909a_0", "2020-10-23"),
        pure("wheel", "0.35.1", "pyh9f0ad1d_0", "2020-08-14").needs(["python >=3.5", "setuptools"]),
    ]
}

/// Builds that name their platform by `__linux`, `__unix`, `__osx` or `__win`.
fn of_one_platform() -> Vec<Package> {
    let ipython = |build| {
        pure("ipython", "7.19.0", build, "2020-11-02").needs([
            "decorator",
            "jedi >=0.10",
            "prompt_toolkit >=2.0.0,<3.1.0a0",
            "python >=3.7",
            "setuptools >=18.5",
            "traitlets >=4.2",
        ])
    };
    vec![
        ipython("pyh41d4057_0").needs(["__linux"]),
        ipython("pyhd1c38e8_0").needs(["__osx", "appnope"]),
        ipython("pyh08f2357_0").needs(["__win", "colorama"]),
        pure("pysocks", "1.7.1", "pyha2e5f31_6", "2020-10-05").needs(["__unix", "python >=3.6"]),
        pure("pysocks", "1.7.1", "pyh0701188_6", "2020-10-05").needs(["__win", "python >=3.6", "win_inet_pton"]),
        pure("win_inet_pton", "1.1.0", "pyh7428d3b_6", "2020-10-05").needs(["__win", "python >=3.6"]),
    ]
}

/// Newer than every export here.
fn of_2022() -> Vec<Package> {
    vec![
        pure("python-dateutil", "2.8.2", "pyhd8ed1ab_0", "2022-01-08").needs(["python >=3.6", "six >=1.5"]),
        pure("six", "1.16.0", "pyh6c4a22f_0", "2022-01-08").needs(["python"]),
        generic("tzdata", "2022a", "h191b570_0", "2022-03-16"),
    ]
}
