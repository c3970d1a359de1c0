//! What becomes of each pin of the fixtures on `fixtures/channel`, worked out by hand.
//!
//! `tests/it/fixtures` holds these tables against the channel with rattler's own solver; the tests of envlock hold
//! envlock against them.

/// What becomes of the pins of an environment file, and what comes with them.
pub struct Expected {
    /// The folder in `fixtures`.
    pub folder: &'static str,
    /// One entry per conda line, in the order of the file.
    pub pins: &'static [Pin],
    /// What no line names, but something installed needs.
    pub brought_in: &'static [Record],
    /// A day by which everything was built that the export can have known; `None` for the newest.
    pub as_of: Option<&'static str>,
}

/// The three files.
pub const ALL: [Expected; 3] = [MACOS, WINDOWS, HAND];

/// What becomes of one pin.
pub struct Pin {
    pub name: &'static str,
    pub fate: Fate,
}

#[derive(Clone, Copy, Debug)]
pub enum Fate {
    Kept(Record),
    Moved(Record, Why),
    Gone(Why),
}

/// Name, version and build of a record.
pub type Record = (&'static str, &'static str, &'static str);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There are records of that name on these platforms only, or the line is for them.
    OnlyFor(&'static str),
    /// A run-time library that the platform has of its own.
    OwnRuntime(&'static str),
    /// There is no record of that name on any platform.
    NoSuchName,
    /// There is no record of that version for linux-64.
    NoSuchVersion,
    /// There is such a version, not the variant.
    NoSuchVariant(&'static str),
    /// There is a record, but it needs what the target hasn't got.
    Unusable(&'static str),
    /// What is kept rules it out.
    Conflict(&'static str),
    /// What needed it has moved.
    NotNeeded,
}

use Why::{Conflict, NoSuchName, NoSuchVariant, NoSuchVersion, NotNeeded, OnlyFor, OwnRuntime, Unusable};

const fn kept(name: &'static str, version: &'static str, build: &'static str) -> Pin {
    Pin { name, fate: Fate::Kept((name, version, build)) }
}

const fn moved(name: &'static str, version: &'static str, build: &'static str, why: Why) -> Pin {
    Pin { name, fate: Fate::Moved((name, version, build), why) }
}

const fn gone(name: &'static str, why: Why) -> Pin {
    Pin { name, fate: Fate::Gone(why) }
}

/// An export of December 2018 from macOS.
pub const MACOS: Expected = Expected {
    folder: "macos",
    pins: &[
        gone("appnope", OnlyFor("osx")),
        kept("blas", "1.1", "openblas"),
        kept("ca-certificates", "2018.11.29", "ha4d7672_0"),
        kept("certifi", "2018.11.29", "py36_1000"),
        gone("cvxcanon", NoSuchName),
        kept("cycler", "0.10.0", "py_1"),
        kept("decorator", "4.3.0", "py_0"),
        kept("freetype", "2.9.1", "h94bbf69_1005"),
        kept("glpk", "4.65", "h16a7912_1"),
        // Built in 2022, and wanted by name and version all the same.
        kept("icu", "58.2", "hf484d3e_1000"),
        kept("ipython", "7.1.1", "py36h24bf2e0_1000"),
        kept("jedi", "0.13.1", "py36_1000"),
        gone("libcxx", OwnRuntime("osx")),
        kept("libffi", "3.2.1", "hf484d3e_1005"),
        // Only openblas 0.2.20 needs it, which moves.
        gone("libgfortran", NotNeeded),
        // 1.6.37 is as near, but of 2020.
        moved("libpng", "1.6.35", "h84994c4_1002", NoSuchVersion),
        moved("lightgbm", "2.2.1", "py36hfc679d8_0", Unusable("__glibc >=2.99")),
        kept("matplotlib", "2.2.3", "py36h8a2030e_0"),
        gone("metis", Unusable("__glibc >=2.99")),
        kept("ncurses", "6.1", "hf484d3e_1002"),
        // The build with mkl has the higher number.
        kept("numpy", "1.15.3", "py36_blas_openblash1522bff_1001"),
        // scikit-learn 0.20.0 goes with openblas 0.2.20, but nothing depends on scikit-learn: it comes first.
        moved("openblas", "0.3.3", "ha44fe06_1", Conflict("scikit-learn 0.20.1 needs openblas >=0.3.3,<0.3.4")),
        kept("openssl", "1.0.2p", "h14c3975_1002"),
        kept("pandas", "0.23.4", "py36hf8a1672_1000"),
        kept("pip", "18.1", "py36_1000"),
        kept("prompt_toolkit", "2.0.7", "py_0"),
        kept("python", "3.6.6", "h5001a0f_1003"),
        kept("python-dateutil", "2.7.5", "py_0"),
        moved("pytz", "2018.5", "py_0", NoSuchVersion),
        kept("readline", "7.0", "hf8c457e_1001"),
        kept("scikit-learn", "0.20.1", "py36_blas_openblashebff5e3_1200"),
        kept("scipy", "1.1.0", "py36_blas_openblash1522bff_1201"),
        kept("setuptools", "40.6.2", "py36_0"),
        // A build for one platform there, noarch here.
        kept("six", "1.11.0", "py_1"),
        moved("sqlite", "3.25.3", "hb1c47c0_1000", NoSuchVersion),
        kept("tk", "8.6.9", "h84994c4_1000"),
        kept("traitlets", "4.3.2", "py_1"),
        kept("wheel", "0.32.3", "py36_0"),
        // A constraint, not a dependency; pandas stands first in the file.
        moved("xlrd", "1.1.0", "py_1", Conflict("pandas 0.23.4 needs xlrd >=1.0.0")),
        kept("xz", "5.2.4", "h14c3975_1001"),
        // Build 1005 has no hash, and 1010 is of 2020.
        kept("zlib", "1.2.11", "h14c3975_1004"),
    ],
    brought_in: &[
        // Nothing of that name is as old as the export: the oldest newer record.
        ("gmp", "6.1.2", "hf484d3e_1000"),
        ("libgcc-ng", "7.3.0", "hdf63c60_0"),
        ("libgfortran-ng", "7.2.0", "hdf63c60_3"),
        ("libstdcxx-ng", "7.3.0", "hdf63c60_0"),
    ],
    as_of: Some("2018-12-31"),
};

/// An export of November 2020 from Windows, for graphics cards.
pub const WINDOWS: Expected = Expected {
    folder: "windows",
    pins: &[
        kept("ca-certificates", "2020.11.8", "ha878542_0"),
        kept("certifi", "2020.11.8", "py37h89c1867_0"),
        kept("colorama", "0.4.4", "pyh9f0ad1d_0"),
        // Only the builds for graphics cards need it.
        gone("cudatoolkit", NotNeeded),
        kept("cycler", "0.10.0", "py_1"),
        kept("decorator", "4.3.0", "py_0"),
        kept("freetype", "2.10.4", "h7ca028e_0"),
        // The builds with MPI have the higher numbers.
        kept("h5py", "3.1.0", "nompi_py37h1e651dc_100"),
        kept("hdf5", "1.10.6", "nompi_h6a2412b_1110"),
        gone("icc_rt", OnlyFor("win")),
        moved("intel-openmp", "2020.2", "254", NoSuchVersion),
        // Three records of that version, one for each platform.
        kept("ipython", "7.19.0", "pyh41d4057_0"),
        kept("jedi", "0.17.2", "pyhd8ed1ab_1"),
        // Left to itself, a solver takes openblas.
        kept("libblas", "3.9.0", "3_mkl"),
        moved("libffi", "3.2.1", "hf484d3e_1005", Conflict("python 3.7 needs libffi >=3.2.1,<3.3.0a0")),
        kept("liblapack", "3.9.0", "3_mkl"),
        kept("libpng", "1.6.37", "h21135ba_2"),
        gone("m2w64-libwinpthread-git", OnlyFor("win")),
        moved("matplotlib-base", "3.3.2", "py37hc9afd2a_1", NoSuchVersion),
        kept("mkl", "2020.4", "h726a3e6_304"),
        gone("msys2-conda-epoch", OnlyFor("win")),
        kept("numpy", "1.19.4", "py37h7e9df27_1"),
        kept("openssl", "1.1.1h", "h516909a_0"),
        kept("pandas", "1.1.4", "py37h10a2094_0"),
        kept("pip", "20.2.4", "py_0"),
        kept("prompt_toolkit", "2.0.7", "py_0"),
        // The other record of that version needs __win.
        kept("pysocks", "1.7.1", "pyha2e5f31_6"),
        kept("python", "3.7.8", "h6f2ec95_1_cpython"),
        kept("python-dateutil", "2.8.1", "py_0"),
        kept("python_abi", "3.7", "1_cp37m"),
        moved("pytorch", "1.7.0", "cpu_py37h0c1ab5a_1", NoSuchVariant("cuda110*")),
        kept("pytz", "2020.4", "pyhd8ed1ab_0"),
        gone("pywin32", OnlyFor("win")),
        kept("scipy", "1.5.3", "py37h8911b10_0"),
        kept("setuptools", "49.6.0", "py37h89c1867_2"),
        kept("six", "1.15.0", "pyh9f0ad1d_0"),
        kept("sqlite", "3.33.0", "h4cf870e_1"),
        kept("tk", "8.6.10", "hed695b0_1"),
        moved("torchvision", "0.8.1", "cpu_py37hbb4a3a4_1", NoSuchVariant("cuda110*")),
        kept("tqdm", "4.51.0", "pyh9f0ad1d_0"),
        kept("traitlets", "4.3.2", "py_1"),
        kept("typing_extensions", "3.7.4.3", "py_0"),
        kept("tzdata", "2020d", "h516909a_0"),
        gone("vc", OnlyFor("win")),
        gone("vs2015_runtime", OnlyFor("win")),
        kept("wheel", "0.35.1", "pyh9f0ad1d_0"),
        // In noarch, but it needs __win.
        gone("win_inet_pton", OnlyFor("win")),
        kept("xz", "5.2.5", "h516909a_1"),
        kept("zlib", "1.2.11", "h516909a_1010"),
    ],
    brought_in: &[
        ("_libgcc_mutex", "0.1", "conda_forge"),
        ("_openmp_mutex", "4.5", "1_gnu"),
        ("libgcc-ng", "9.3.0", "h5dbcf3e_17"),
        ("libgfortran-ng", "7.5.0", "hae1eefd_17"),
        ("libgomp", "9.3.0", "h5dbcf3e_17"),
        ("libstdcxx-ng", "9.3.0", "h2ae2ef3_17"),
        ("ncurses", "6.2", "h58526e2_3"),
        ("readline", "8.0", "he28a2e2_2"),
    ],
    as_of: Some("2020-12-31"),
};

/// Written by hand, and solved as of the newest record of the channel.
pub const HAND: Expected = Expected {
    folder: "hand",
    pins: &[
        kept("python", "3.7.8", "h6f2ec95_1_cpython"),
        kept("numpy", "1.21.6", "py37h976b520_0"),
        moved("scipy", "1.5.3", "py37h8911b10_0", NoSuchVersion),
        kept("pandas", "1.1.4", "py37h10a2094_0"),
        kept("h5py", "3.1.0", "nompi_py37h1e651dc_100"),
        kept("pytorch", "1.7.0", "cpu_py37h0c1ab5a_1"),
        kept("tqdm", "4.51.0", "pyh9f0ad1d_0"),
        kept("tzdata", "2022a", "h191b570_0"),
        gone("appnope", OnlyFor("osx")),
        kept("readline", "8.0", "he28a2e2_2"),
        gone("pywin32", OnlyFor("win")),
        kept("libgfortran-ng", "7.5.0", "hae1eefd_17"),
        kept("pip", "20.2.4", "py_0"),
    ],
    brought_in: &[
        ("_libgcc_mutex", "0.1", "conda_forge"),
        ("_openmp_mutex", "4.5", "1_gnu"),
        ("ca-certificates", "2020.11.8", "ha878542_0"),
        ("certifi", "2020.11.8", "py37h89c1867_0"),
        ("colorama", "0.4.4", "pyh9f0ad1d_0"),
        ("hdf5", "1.10.6", "nompi_h6a2412b_1110"),
        ("libblas", "3.9.0", "3_openblas"),
        ("libffi", "3.2.1", "hf484d3e_1005"),
        ("libgcc-ng", "9.3.0", "h5dbcf3e_17"),
        ("libgomp", "9.3.0", "h5dbcf3e_17"),
        ("liblapack", "3.9.0", "3_openblas"),
        ("libopenblas", "0.3.12", "pthreads_hb3c22a3_1"),
        ("libstdcxx-ng", "9.3.0", "h2ae2ef3_17"),
        ("ncurses", "6.2", "h58526e2_3"),
        ("openssl", "1.1.1h", "h516909a_0"),
        ("python-dateutil", "2.8.2", "pyhd8ed1ab_0"),
        ("python_abi", "3.7", "1_cp37m"),
        ("pytz", "2020.4", "pyhd8ed1ab_0"),
        ("setuptools", "49.6.0", "py37h89c1867_2"),
        ("six", "1.16.0", "pyh6c4a22f_0"),
        ("sqlite", "3.33.0", "h4cf870e_1"),
        ("tk", "8.6.10", "hed695b0_1"),
        ("typing_extensions", "3.7.4.3", "py_0"),
        ("wheel", "0.35.1", "pyh9f0ad1d_0"),
        ("xz", "5.2.5", "h516909a_1"),
        ("zlib", "1.2.11", "h516909a_1010"),
    ],
    as_of: None,
};
