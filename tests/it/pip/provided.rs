//! What conda provides is a fact: pip adds to it and doesn't change it.

use super::{
    converted, dropped, environment,
    files::pure,
    index::{Form, index, index_line},
    installed, refused,
};

#[test]
fn what_conda_has_met_is_dropped_and_named() {
    let server = index(Form::Json, &[pure("app", "1.0", &[])]);
    let lines = [&*index_line(&server), "numpy>=1.19", "Setuptools", "matplotlib==3.3.2", "app"];
    let Some(workspace) = environment(&["numpy=1.19.4", "matplotlib-base=3.3.2"], &lines) else { return };
    let report = converted(&workspace, &[]);
    assert_eq!(installed(&report), ["app 1.0 wheel asked"]);
    let dropped = dropped(&report);
    assert_eq!(dropped[0], "8: numpy>=1.19: conda provides it as numpy 1.19.4");
    assert!(dropped[1].starts_with("9: Setuptools: conda provides it as setuptools "), "{dropped:?}");
    assert_eq!(dropped[2], "10: matplotlib==3.3.2: conda provides it as matplotlib-base 3.3.2");
}

#[test]
fn what_conda_provides_is_not_installed_again_nor_is_what_it_needs() {
    // The index would have a newer numpy, which needs more.
    let files = [pure("app", "1.0", &["numpy", "lib"]), pure("numpy", "1.21.0", &["huge"]), pure("lib", "1.0", &[])];
    let server = index(Form::Json, &files);
    let Some(workspace) = environment(&["numpy=1.19.4"], &[&index_line(&server), "app"]) else { return };
    assert_eq!(installed(&converted(&workspace, &[])), ["app 1.0 wheel asked", "lib 1.0 wheel needed"]);
}

#[test]
fn a_package_that_fits_what_conda_provides_is_chosen() {
    let files = [pure("app", "1.0", &["numpy<1.20"]), pure("app", "2.0", &["numpy>=1.20"])];
    let server = index(Form::Json, &files);
    let Some(workspace) = environment(&["numpy=1.19.4"], &[&index_line(&server), "app"]) else { return };
    assert_eq!(installed(&converted(&workspace, &[])), ["app 1.0 wheel asked"]);

    let Some(workspace) = environment(&["numpy=1.19.4"], &[&index_line(&server), "app==2.0"]) else { return };
    let told = refused(&workspace, &[]);
    assert!(told.contains("the pip section can't be resolved for Python 3.7.8"), "{told}");
    assert!(told.contains("app==2.0") && told.contains("numpy==1.19.4 (conda's)"), "{told}");
}

#[test]
fn a_line_that_contradicts_conda_is_an_error_that_names_both_until_one_is_preferred() {
    let server = index(Form::Json, &[pure("numpy", "1.21.0", &["lib"]), pure("lib", "1.0", &[])]);
    let Some(workspace) = environment(&["numpy=1.19.4"], &[&index_line(&server), "numpy==1.21.0"]) else { return };
    for options in [&[][..], &["--skip-unlockable"]] {
        let told = refused(&workspace, options);
        assert!(told.contains("`numpy==1.21.0` contradicts conda, which provides numpy 1.19.4 (line 4)"), "{told}");
        assert!(told.contains("conda has numpy 1.19.4") && told.contains("--prefer-pip"), "{told}");
    }
    let report = converted(&workspace, &["--prefer-conda"]);
    assert_eq!(installed(&report), [""; 0]);
    assert_eq!(dropped(&report), ["7: numpy==1.21.0: conda's numpy 1.19.4 is preferred, as asked"]);

    let report = converted(&workspace, &["--prefer-pip"]);
    assert_eq!(installed(&report), ["lib 1.0 wheel needed", "numpy 1.21.0 wheel asked"]);
    assert!(report["notes"].to_string().contains("pip installs its own version over conda's numpy 1.19.4"));
}

#[test]
fn what_conda_brings_in_unasked_comes_in_the_version_that_a_pip_line_has() {
    // pandas needs a numpy, and would have the newest.
    let server = index(Form::Json, &[pure("numpy", "1.19.4", &[])]);
    let numpy = |workspace: &crate::support::Workspace| {
        let lock = workspace.lock();
        lock.conda_packages().find(|it| it.name == "numpy").unwrap().version.clone()
    };
    let Some(workspace) = environment(&["pandas=1.1.4"], &["setuptools"]) else { return };
    converted(&workspace, &["--as-of", "latest"]);
    assert_eq!(numpy(&workspace), "1.21.6");
    for line in ["numpy==1.19.4", "numpy<1.20"] {
        let Some(workspace) = environment(&["pandas=1.1.4"], &[&index_line(&server), line]) else { return };
        let report = converted(&workspace, &["--as-of", "latest"]);
        assert_eq!(numpy(&workspace), "1.19.4");
        assert_eq!(dropped(&report), [format!("7: {line}: conda provides it as numpy 1.19.4")]);
    }
}

#[test]
fn so_it_does_where_only_a_package_of_the_pip_section_needs_another_version() {
    let server = index(Form::Json, &[pure("app", "1.0", &["numpy<1.20"]), pure("numpy", "1.19.4", &[])]);
    let Some(workspace) = environment(&["pandas=1.1.4"], &[&index_line(&server), "app==1.0"]) else { return };
    let report = converted(&workspace, &["--as-of", "latest"]);
    assert_eq!(installed(&report), ["app 1.0 wheel asked"]);
    let lock = workspace.lock();
    assert_eq!(lock.conda_packages().find(|it| it.name == "numpy").unwrap().version, "1.19.4");
}

#[test]
fn in_an_export_a_line_gives_way_to_what_conda_brings_in_for_others() {
    // No channel has that numpy, and none of the conda lines asks for one.
    let server = index(Form::Json, &[pure("numpy", "1.20.0", &[])]);
    let conda = [
        "pandas=1.1.4=py37h10a2094_0",
        "python-dateutil=2.8.1=py_0",
        "pytz=2020.4=pyhd8ed1ab_0",
        "six=1.15.0=pyh9f0ad1d_0",
    ];
    let Some(workspace) = environment(&conda, &[&index_line(&server), "numpy==1.20.0"]) else { return };
    let exported = workspace.read("environment.yml").replace("python=3.7.8", "python=3.7.8=h6f2ec95_1_cpython");
    workspace.write("environment.yml", exported.replace("  - pip\n", "  - pip=20.2.4=py_0\n"));
    let report = converted(&workspace, &["--as-of", "latest"]);
    assert_eq!(report["kind"], "export");
    assert_eq!(installed(&report), [""; 0]);
    let dropped = dropped(&report);
    assert!(dropped[0].starts_with("10: numpy==1.20.0: conda brings in numpy 1.2"), "{dropped:?}");
    assert!(dropped[0].ends_with("--prefer-pip takes pip's"), "{dropped:?}");
    let report = converted(&workspace, &["--as-of", "latest", "--prefer-pip"]);
    assert_eq!(installed(&report), ["numpy 1.20.0 wheel asked"]);
}

#[test]
fn a_user_says_what_a_conda_package_is_called_on_pypi() {
    let server = index(Form::Json, &[pure("app", "1.0", &["arrays"]), pure("arrays", "1.0", &[])]);
    let Some(workspace) = environment(&["numpy=1.19.4"], &[&index_line(&server), "app"]) else { return };
    assert_eq!(installed(&converted(&workspace, &[])), ["app 1.0 wheel asked", "arrays 1.0 wheel needed"]);
    let report = converted(&workspace, &["--pypi-name", "numpy=Arrays"]);
    assert_eq!(installed(&report), ["app 1.0 wheel asked"]);
    let told = refused(&workspace, &["--pypi-name", "numpy"]);
    assert!(told.contains("--pypi-name numpy: that is no pair of names"), "{told}");
}

#[test]
fn pip_is_added_where_the_file_has_a_pip_section_and_no_pip() {
    let server = index(Form::Json, &[pure("app", "1.0", &[])]);
    let Some(workspace) = environment(&[], &[&index_line(&server), "app"]) else { return };
    workspace.write("environment.yml", workspace.read("environment.yml").replace("  - pip\n", ""));
    let report = converted(&workspace, &[]);
    assert!(report["added"].to_string().contains(r#""name":"pip""#), "{}", report["added"]);
    assert!(report["notes"].to_string().contains("pip is added from conda"), "{}", report["notes"]);
    assert_eq!(report["counts"]["pins"], 1);
}
