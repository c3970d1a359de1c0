//! What everything stands on: compiler runtimes, python and its libraries.

use super::{Package, linux};

pub fn packages() -> Vec<Package> {
    [runtimes(), libraries(), python()].concat()
}

fn runtimes() -> Vec<Package> {
    vec![
        // A mutex: one build or the other, which libgcc-ng decides.
        linux("_libgcc_mutex", "0.1", "main", "2019-06-19"),
        linux("_libgcc_mutex", "0.1", "conda_forge", "2019-12-10"),
        linux("_openmp_mutex", "4.5", "1_gnu", "2020-08-20")
            .needs(["_libgcc_mutex 0.1 conda_forge", "libgomp >=7.5.0"]),
        linux("libgomp", "9.3.0", "h5dbcf3e_17", "2020-09-30").needs(["_libgcc_mutex 0.1 conda_forge"]),
        linux("libgcc-ng", "7.3.0", "hdf63c60_0", "2018-06-05"),
        linux("libgcc-ng", "9.3.0", "h5dbcf3e_17", "2020-09-30")
            .needs(["_libgcc_mutex 0.1 conda_forge", "_openmp_mutex >=4.5"])
            .constrains(["libgomp 9.3.0 h5dbcf3e_17"]),
        linux("libstdcxx-ng", "7.3.0", "hdf63c60_0", "2018-06-05"),
        linux("libstdcxx-ng", "9.3.0", "h2ae2ef3_17", "2020-09-30"),
        linux("libgfortran-ng", "7.2.0", "hdf63c60_3", "2018-05-22"),
        linux("libgfortran-ng", "7.5.0", "hae1eefd_17", "2020-09-30"),
        // The runtime of the old compilers, which openblas 0.2.20 alone still needs.
        linux("libgfortran", "3.0.0", "1", "2016-07-14"),
    ]
}

fn libraries() -> Vec<Package> {
    vec![
        linux("ca-certificates", "2018.11.29", "ha4d7672_0", "2018-11-30"),
        linux("ca-certificates", "2020.11.8", "ha878542_0", "2020-11-09"),
        linux("libffi", "3.2.1", "hf484d3e_1005", "2018-09-06"),
        linux("libffi", "3.3", "h58526e2_1", "2020-11-05").needs(["libgcc-ng >=7.5.0"]),
        linux("ncurses", "6.1", "hf484d3e_1002", "2018-11-21").needs(["libgcc-ng >=4.9"]),
        linux("ncurses", "6.2", "h58526e2_3", "2020-11-05").needs(["libgcc-ng >=7.5.0"]),
        linux("openssl", "1.0.2p", "h14c3975_1002", "2018-11-20").needs(["ca-certificates", "libgcc-ng >=4.9"]),
        linux("openssl", "1.1.1h", "h516909a_0", "2020-09-23").needs(["ca-certificates", "libgcc-ng >=7.5.0"]),
        linux("readline", "7.0", "hf8c457e_1001", "2018-11-18").needs(["ncurses >=6.1,<6.2.0a0"]),
        linux("readline", "8.0", "he28a2e2_2", "2020-08-15").needs(["ncurses >=6.2,<6.3.0a0"]),
        linux("sqlite", "3.25.3", "hb1c47c0_1000", "2018-11-16").needs(["readline >=7.0,<8.0a0"]),
        linux("sqlite", "3.33.0", "h4cf870e_1", "2020-10-12").needs(["readline >=8.0,<9.0a0"]),
        linux("tk", "8.6.9", "h84994c4_1000", "2018-11-19").needs(["zlib >=1.2.11,<1.3.0a0"]),
        linux("tk", "8.6.10", "hed695b0_1", "2020-10-07").needs(["zlib >=1.2.11,<1.3.0a0"]),
        linux("xz", "5.2.4", "h14c3975_1001", "2018-09-17"),
        linux("xz", "5.2.5", "h516909a_1", "2020-07-19"),
        linux("zlib", "1.2.11", "h14c3975_1004", "2018-11-22"),
        // The best build of its day, were there a hash to check it by.
        linux("zlib", "1.2.11", "h14c3975_1005", "2018-11-28").hashless(),
        linux("zlib", "1.2.11", "h516909a_1010", "2020-10-06"),
    ]
}

fn python() -> Vec<Package> {
    let in_2018 = |version, build, day| {
        linux("python", version, build, day).needs([
            "libffi >=3.2.1,<3.3.0a0",
            "libgcc-ng >=4.9",
            "openssl >=1.0.2p,<1.0.3a",
            "readline >=7.0,<8.0a0",
            "sqlite >=3.25.2,<4.0a0",
            "tk >=8.6.8,<8.7.0a0",
            "xz >=5.2.4,<6.0a0",
            "zlib >=1.2.11,<1.3.0a0",
        ])
    };
    vec![
        in_2018("3.6.6", "h5001a0f_1003", "2018-10-24"),
        in_2018("3.6.7", "hd21baee_1001", "2018-11-21"),
        in_2018("3.7.1", "hd21baee_1000", "2018-11-21"),
        linux("python", "3.7.8", "h6f2ec95_1_cpython", "2020-08-11")
            .needs([
                "ca-certificates",
                "libffi >=3.2.1,<3.3.0a0",
                "libgcc-ng >=7.5.0",
                "openssl >=1.1.1g,<1.1.2a",
                "readline >=8.0,<9.0a0",
                "sqlite >=3.32.3,<4.0a0",
                "tk >=8.6.10,<8.7.0a0",
                "xz >=5.2.5,<6.0a0",
                "zlib >=1.2.11,<1.3.0a0",
            ])
            .constrains(["python_abi 3.7.* *_cp37m"]),
        linux("python_abi", "3.6", "1_cp36m", "2020-07-04").needs(["python 3.6.*"]),
        linux("python_abi", "3.7", "1_cp37m", "2020-07-04").needs(["python 3.7.*"]),
        linux("certifi", "2018.11.29", "py36_1000", "2018-11-30").needs(["python >=3.6,<3.7.0a0"]),
        linux("certifi", "2020.11.8", "py37h89c1867_0", "2020-11-09")
            .needs(["python >=3.7,<3.8.0a0", "python_abi 3.7.* *_cp37m"]),
        linux("setuptools", "40.6.2", "py36_0", "2018-11-16").needs(["certifi >=2016.9.26", "python >=3.6,<3.7.0a0"]),
        linux("setuptools", "49.6.0", "py37h89c1867_2", "2020-10-30").needs([
            "certifi >=2016.9.26",
            "python >=3.7,<3.8.0a0",
            "python_abi 3.7.* *_cp37m",
        ]),
        linux("wheel", "0.32.3", "py36_0", "2018-11-19").needs(["python >=3.6,<3.7.0a0", "setuptools"]),
        linux("pip", "18.1", "py36_1000", "2018-11-19").needs(["python >=3.6,<3.7.0a0", "setuptools", "wheel"]),
    ]
}
