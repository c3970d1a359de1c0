//! Numerics, plots and learning: where builds carry variants and old packages know too little about their future.

use super::{Package, linux};

pub fn packages() -> Vec<Package> {
    [blas(), numerics_of_2018(), numerics_of_2020(), plots(), hdf5(), torch()].concat()
}

/// Two generations of choosing a BLAS: the metapackage `blas`, then builds of `libblas`.
fn blas() -> Vec<Package> {
    vec![
        linux("blas", "1.0", "mkl", "2018-07-10").needs(["mkl"]),
        linux("blas", "1.1", "openblas", "2018-02-06").needs(["openblas"]).tracks("blas_openblas"),
        linux("openblas", "0.2.20", "8", "2018-01-28").needs(["libgfortran 3.0.0"]),
        linux("openblas", "0.3.3", "ha44fe06_1", "2018-10-03").needs(["libgfortran-ng >=7.2.0,<8.0a0"]),
        linux("intel-openmp", "2019.1", "144", "2018-11-08"),
        linux("intel-openmp", "2020.2", "254", "2020-08-05"),
        linux("mkl", "2019.1", "144", "2018-11-08").needs(["intel-openmp"]),
        linux("mkl", "2020.4", "h726a3e6_304", "2020-10-28").needs(["intel-openmp"]),
        linux("libopenblas", "0.3.12", "pthreads_hb3c22a3_1", "2020-10-27").needs(["libgfortran-ng >=7.5.0,<8.0a0"]),
        linux("libblas", "3.9.0", "3_openblas", "2020-11-05")
            .needs(["libopenblas >=0.3.12,<0.4.0a0"])
            .constrains(["liblapack 3.9.0 3_openblas"]),
        linux("libblas", "3.9.0", "3_mkl", "2020-11-05")
            .needs(["mkl >=2020.4,<2021.0a0"])
            .constrains(["liblapack 3.9.0 3_mkl"])
            .tracks("blas_mkl"),
        linux("liblapack", "3.9.0", "3_openblas", "2020-11-05").needs(["libblas 3.9.0 3_openblas"]),
        linux("liblapack", "3.9.0", "3_mkl", "2020-11-05").needs(["libblas 3.9.0 3_mkl"]).tracks("blas_mkl"),
    ]
}

fn numerics_of_2018() -> Vec<Package> {
    let openblas = |package: Package| {
        package.needs([
            "blas 1.1 openblas",
            "libgcc-ng >=4.9",
            "libgfortran-ng >=7.2.0,<8.0a0",
            "openblas",
            "python >=3.6,<3.7.0a0",
        ])
    };
    vec![
        openblas(linux("numpy", "1.15.2", "py36_blas_openblash1522bff_1000", "2018-09-24")),
        openblas(linux("numpy", "1.15.3", "py36_blas_openblash1522bff_1001", "2018-10-23")),
        // The higher build number: what a solver takes when nobody asks for openblas.
        linux("numpy", "1.15.3", "py36_blas_mklh8f2e5d4_1002", "2018-10-23").needs([
            "blas * mkl",
            "libgcc-ng >=4.9",
            "mkl >=2019.1",
            "python >=3.6,<3.7.0a0",
        ]),
        linux("numpy", "1.16.0", "py37_blas_openblash1522bff_1000", "2019-07-01").needs([
            "blas 1.1 openblas",
            "libgcc-ng >=4.9",
            "openblas",
            "python >=3.7,<3.8.0a0",
        ]),
        openblas(linux("scipy", "1.1.0", "py36_blas_openblash1522bff_1201", "2018-10-26"))
            .needs(["numpy >=1.9.3,<2.0a0"]),
        // Between these two, the openblas of an export decides, or is decided.
        openblas(linux("scikit-learn", "0.20.0", "py36_blas_openblashebff5e3_1201", "2018-10-01")).needs([
            "numpy >=1.11.3,<2.0a0",
            "openblas >=0.2.20,<0.2.21",
            "scipy",
        ]),
        openblas(linux("scikit-learn", "0.20.1", "py36_blas_openblashebff5e3_1200", "2018-11-23")).needs([
            "numpy >=1.11.3,<2.0a0",
            "openblas >=0.3.3,<0.3.4",
            "scipy",
        ]),
        linux("pandas", "0.23.4", "py36hf8a1672_1000", "2018-10-25")
            .needs(["numpy >=1.9.3,<2.0a0", "python >=3.6,<3.7.0a0", "python-dateutil >=2.5", "pytz"])
            .constrains(["xlrd >=1.0.0"]),
        linux("lightgbm", "2.2.1", "py36hfc679d8_0", "2018-10-16").needs([
            "libstdcxx-ng >=4.9",
            "numpy",
            "python >=3.6,<3.7.0a0",
            "scipy",
        ]),
        // Built on a machine that no image is made of.
        linux("lightgbm", "2.2.2", "py36hf484d3e_0", "2018-11-12").needs([
            "__glibc >=2.99",
            "libstdcxx-ng >=4.9",
            "numpy",
            "python >=3.6,<3.7.0a0",
            "scipy",
        ]),
        linux("metis", "5.1.0", "3", "2017-05-03").needs(["__glibc >=2.99"]),
        linux("glpk", "4.65", "h16a7912_1", "2018-08-27").needs(["gmp >=6.1.2,<7.0a0"]),
        // Nothing of that name is as old as what needs it.
        linux("gmp", "6.1.2", "hf484d3e_1000", "2019-07-02"),
        linux("gmp", "6.2.0", "h58526e2_4", "2020-10-23"),
    ]
}

fn numerics_of_2020() -> Vec<Package> {
    let numpy = |version, build, day| {
        linux("numpy", version, build, day).needs([
            "libblas >=3.8.0,<4.0a0",
            "libgcc-ng >=7.5.0",
            "liblapack >=3.8.0,<4.0a0",
            "python >=3.7,<3.8.0a0",
            "python_abi 3.7.* *_cp37m",
        ])
    };
    vec![
        numpy("1.19.4", "py37h7e9df27_1", "2020-11-14"),
        // Too late for every export here, but a range in a file written by hand may have it.
        numpy("1.21.6", "py37h976b520_0", "2022-04-23"),
        linux("scipy", "1.5.3", "py37h8911b10_0", "2020-10-18").needs([
            "libblas >=3.8.0,<4.0a0",
            "libgfortran-ng >=7.5.0,<8.0a0",
            "liblapack >=3.8.0,<4.0a0",
            "numpy >=1.16.5,<2.0a0",
            "python >=3.7,<3.8.0a0",
            "python_abi 3.7.* *_cp37m",
        ]),
        linux("pandas", "1.1.4", "py37h10a2094_0", "2020-10-31").needs([
            "numpy >=1.16.5,<2.0a0",
            "python >=3.7,<3.8.0a0",
            "python-dateutil >=2.7.3",
            "python_abi 3.7.* *_cp37m",
            "pytz >=2017.2",
        ]),
    ]
}

fn plots() -> Vec<Package> {
    vec![
        linux("libpng", "1.6.35", "h84994c4_1002", "2018-11-14").needs(["zlib >=1.2.11,<1.3.0a0"]),
        linux("libpng", "1.6.37", "h21135ba_2", "2020-09-17").needs(["zlib >=1.2.11,<1.3.0a0"]),
        linux("freetype", "2.9.1", "h94bbf69_1005", "2018-11-21").needs(["libpng >=1.6.35,<1.7.0a0"]),
        linux("freetype", "2.10.4", "h7ca028e_0", "2020-10-28").needs(["libpng >=1.6.37,<1.7.0a0"]),
        // First built for Linux years after the version came out.
        linux("icu", "58.2", "hf484d3e_1000", "2022-02-08").needs(["libstdcxx-ng >=4.9"]),
        linux("icu", "67.1", "he1b5a44_0", "2020-05-13").needs(["libstdcxx-ng >=7.3.0"]),
        linux("matplotlib", "2.2.3", "py36h8a2030e_0", "2018-09-06").needs([
            "cycler",
            "freetype >=2.9.1,<3.0a0",
            "libpng >=1.6.35,<1.7.0a0",
            "numpy",
            "python >=3.6,<3.7.0a0",
            "python-dateutil",
        ]),
        linux("matplotlib-base", "3.3.2", "py37hc9afd2a_1", "2020-09-28").needs([
            "cycler",
            "freetype >=2.10.2,<3.0a0",
            "numpy >=1.16.5,<2.0a0",
            "python >=3.7,<3.8.0a0",
            "python-dateutil",
            "python_abi 3.7.* *_cp37m",
        ]),
        linux("ipython", "7.1.1", "py36h24bf2e0_1000", "2018-11-19").needs([
            "decorator",
            "jedi >=0.10",
            "prompt_toolkit >=2.0.0,<2.1.0a0",
            "python >=3.6,<3.7.0a0",
            "setuptools >=18.5",
            "traitlets >=4.2",
        ]),
        linux("jedi", "0.13.1", "py36_1000", "2018-11-17").needs(["python >=3.6,<3.7.0a0"]),
    ]
}

/// With and without MPI; the build with MPI has the higher number.
fn hdf5() -> Vec<Package> {
    let h5py = |build| {
        linux("h5py", "3.1.0", build, "2020-11-07").needs([
            "numpy >=1.16.5,<2.0a0",
            "python >=3.7,<3.8.0a0",
            "python_abi 3.7.* *_cp37m",
        ])
    };
    vec![
        linux("openmpi", "4.0.5", "hdf1f1ad_1", "2020-10-20").needs(["libgfortran-ng >=7.5.0,<8.0a0"]),
        linux("hdf5", "1.10.6", "nompi_h6a2412b_1110", "2020-09-30").needs(["libstdcxx-ng >=7.5.0"]),
        linux("hdf5", "1.10.6", "mpi_openmpi_hac320be_1111", "2020-09-30")
            .needs(["libstdcxx-ng >=7.5.0", "openmpi >=4.0.5,<5.0a0"]),
        h5py("nompi_py37h1e651dc_100").needs(["hdf5 >=1.10.6,<1.10.7.0a0 nompi_*"]),
        h5py("mpi_openmpi_py37h1e5a9a3_101")
            .needs(["hdf5 >=1.10.6,<1.10.7.0a0 mpi_openmpi_*", "openmpi >=4.0.5,<5.0a0"]),
    ]
}

/// For processors, and, with the higher build number, for graphics cards.
fn torch() -> Vec<Package> {
    let pytorch = |build| {
        linux("pytorch", "1.7.0", build, "2020-11-12").needs([
            "libstdcxx-ng >=7.5.0",
            "numpy >=1.16.5,<2.0a0",
            "python >=3.7,<3.8.0a0",
            "python_abi 3.7.* *_cp37m",
            "typing_extensions",
        ])
    };
    let torchvision = |build| {
        linux("torchvision", "0.8.1", build, "2020-11-16").needs([
            "numpy >=1.16.5,<2.0a0",
            "python >=3.7,<3.8.0a0",
            "python_abi 3.7.* *_cp37m",
        ])
    };
    vec![
        linux("cudatoolkit", "11.0.221", "h6bb024c_0", "2020-10-12").needs(["libstdcxx-ng >=7.5.0"]),
        pytorch("cpu_py37h0c1ab5a_1").constrains(["pytorch-gpu <0a0"]),
        pytorch("cuda110py37h7ba5d4a_201").needs(["__cuda >=11.0", "cudatoolkit 11.0.*"]),
        torchvision("cpu_py37hbb4a3a4_1").needs(["pytorch 1.7.0 cpu_*"]),
        torchvision("cuda110py37h4d0f0f4_201").needs(["cudatoolkit 11.0.*", "pytorch 1.7.0 cuda110*"]),
    ]
}
