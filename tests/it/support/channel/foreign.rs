//! What exists on other platforms: enough to tell a package that is built for those only from one that is nowhere.

use super::Package;

pub fn packages() -> Vec<Package> {
    [macos(), windows()].concat()
}

fn macos() -> Vec<Package> {
    let intel = |name, version, build, day| Package::new("osx-64", name, version, build, day);
    let arm = |name, version, build, day| Package::new("osx-arm64", name, version, build, day);
    vec![
        intel("appnope", "0.1.0", "py36_1000", "2018-11-15").needs(["python >=3.6,<3.7.0a0"]),
        intel("ipython", "7.1.1", "py36h24bf2e0_1000", "2018-11-19").needs(["appnope", "python >=3.6,<3.7.0a0"]),
        intel("libcxx", "7.0.0", "h2d50403_2", "2018-10-30"),
        intel("python", "3.6.6", "h4a56312_1003", "2018-10-24").needs(["libcxx >=4.0.1"]),
        arm("appnope", "0.1.2", "py38h10201cd_0", "2020-11-14"),
        arm("libcxx", "11.0.0", "h81d12c1_0", "2020-10-20"),
    ]
}

fn windows() -> Vec<Package> {
    let win = |name, version, build, day| Package::new("win-64", name, version, build, day);
    vec![
        win("icc_rt", "2019.0.0", "h0cc432a_1", "2019-12-04"),
        win("m2w64-libwinpthread-git", "5.0.0.4634.697f757", "2", "2016-10-05").needs(["msys2-conda-epoch ==20160418"]),
        win("msys2-conda-epoch", "20160418", "1", "2016-10-05"),
        win("python", "3.7.8", "h60c2a47_1_cpython", "2020-08-11").needs(["vc >=14.1,<15.0a0"]),
        win("pywin32", "228", "py37h4ab8f01_0", "2020-07-27").needs(["python >=3.7,<3.8.0a0"]),
        win("vc", "14.1", "h869be7e_1", "2019-11-01").needs(["vs2015_runtime >=14.16.27012"]),
        win("vs2015_runtime", "14.16.27012", "h30e32a0_2", "2020-02-13"),
    ]
}
