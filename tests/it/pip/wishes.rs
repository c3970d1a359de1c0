//! The pip section of an export: its lines are wishes.

use serde_json::Value;

use super::{
    environment,
    files::{File, pure, sdist, silent, wheel},
    index::{Form, index, index_line},
    installed, refused,
};
use crate::support::{Workspace, done, run, server::Server};

/// An export with these pip lines, on an index with these files; `None` where there is no uv.
fn export(files: &[File], conda: &[&str], lines: &[&str]) -> Option<(Workspace, Server)> {
    let server = index(Form::Json, files);
    let index = index_line(&server);
    let lines: Vec<&str> = [&*index].into_iter().chain(lines.iter().copied()).collect();
    let workspace = environment(conda, &lines)?;
    let text = workspace.read("environment.yml").replace("python=3.7.8", "python=3.7.8=h6f2ec95_1_cpython");
    workspace.write("environment.yml", text.replace("  - pip\n", "  - pip=20.2.4=py_0\n"));
    Some((workspace, server))
}

/// What became of each line: `text: fate version: reason`. The same input gives the same bytes, and the lock is fresh.
fn fates(workspace: &Workspace) -> Vec<String> {
    let report = done(workspace.convert_all().arg("--json")).json();
    assert_eq!(report["kind"], "export");
    let before = workspace.contents();
    let check = run(workspace.envlock().arg("check"));
    assert_eq!(check.code, 0, "{}{}", check.stdout, check.stderr);
    done(workspace.convert_all().arg("--json"));
    assert_eq!(workspace.contents(), before);
    let word = |it: &Value| it.as_str().unwrap_or("-").to_owned();
    let pins = report["pip"]["pins"].as_array().unwrap();
    let told = |it: &Value| {
        let reason = it["reason"].as_str().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{}: {} {}{reason}", word(&it["text"]), word(&it["fate"]), word(&it["version"]))
    };
    pins.iter().map(told).collect()
}

#[test]
fn what_can_not_be_locked_is_gone() {
    let files = [pure("app", "1.0", &[])];
    let lines = ["app==1.0", "-e .", "./lib", "C:\\\\lib\\\\a.whl", "none==1.0", "-r no.txt", "x=1=y"];
    let Some((workspace, _server)) = export(&files, &[], &lines) else { return };
    let disk = "gone -: on a machine's disk, where nobody else can fetch it";
    let expected = [
        "app==1.0: kept 1.0".to_owned(),
        format!("-e .: {disk}"),
        format!("./lib: {disk}"),
        format!("C:\\lib\\a.whl: {disk}"),
        "none==1.0: gone -: no index has it".to_owned(),
        "-r no.txt: gone -: the file can't be read: No such file or directory (os error 2)".to_owned(),
        "x=1=y: gone -: a package of conda with a build, which pip has not".to_owned(),
    ];
    assert_eq!(fates(&workspace), expected);
    let lock = workspace.read("conda-lock.yml");
    assert!(lock.contains("\n# pip's none==1.0 is gone: no index has it\n"), "{lock}");
    let said = done(workspace.envlock().args(["explain", "none"])).stdout;
    assert!(said.contains("the lock says: pip's none==1.0 is gone: no index has it"), "{said}");
}

#[test]
fn a_version_that_no_index_has_moves_to_the_nearest() {
    let mut files: Vec<File> = ["1.0", "1.2.9", "1.4", "2.0"].map(|version| pure("app", version, &[])).to_vec();
    files.extend([wheel("gui", "1.0", "py3-none-win_amd64", &[]), wheel("two", "1.0", "py3-none-win_amd64", &[])]);
    files.extend([pure("two", "1.1", &[]), pure("lib", "1.4", &[])]);
    files.extend([wheel("far", "2.13", "py3-none-win_amd64", &[]), pure("far", "0.0.1", &[])]);
    let lines = ["app==1.2.3", "gui==1.0", "two==1.0", "far==2.13", "lib==1.4+cu118"];
    let Some((workspace, _server)) = export(&files, &[], &lines) else { return };
    let expected = [
        "app==1.2.3: moved 1.2.9: no index has 1.2.3",
        "gui==1.0: gone -: only built for Windows",
        "two==1.0: moved 1.1: only built for Windows",
        "far==2.13: gone -: only built for Windows",
        "lib==1.4+cu118: moved 1.4: no index has 1.4+cu118",
    ];
    assert_eq!(fates(&workspace), expected);
    let lock = workspace.read("conda-lock.yml");
    assert!(lock.contains("\n# pip's app==1.2.3 moved to 1.2.9: no index has 1.2.3\n"), "{lock}");
}

#[test]
fn of_pins_that_contradict_each_other_as_few_move_as_can_be() {
    let files = [
        pure("board", "2.13.0", &["server>=0.7,<0.8"]),
        pure("board", "2.12.0", &["server<0.7"]),
        pure("server", "0.6.1", &[]),
        pure("server", "0.7.0", &[]),
        pure("server", "0.7.2", &[]),
        pure("server", "0.8.0", &[]),
        pure("other", "1.0", &["server"]),
    ];
    let lines = ["board==2.13.0", "server==0.6.1", "other==1.0"];
    let Some((workspace, _server)) = export(&files, &[], &lines) else { return };
    let expected = [
        "board==2.13.0: kept 2.13.0",
        "server==0.6.1: moved 0.7.0: board 2.13.0 needs server >=0.7,<0.8",
        "other==1.0: kept 1.0",
    ];
    assert_eq!(fates(&workspace), expected);
}

#[test]
fn where_others_need_the_pin_the_one_that_contradicts_them_moves() {
    let files = [
        pure("a", "1.0", &["lib<2"]),
        pure("b", "3.1", &["lib>=2"]),
        pure("b", "3.0", &["lib>=2"]),
        pure("b", "2.5", &["lib<2"]),
        pure("b", "1.0", &["lib<2"]),
        pure("lib", "1.0", &[]),
        pure("lib", "2.0", &[]),
    ];
    let Some((workspace, _server)) = export(&files, &[], &["a==1.0", "b==3.1", "lib==1.0"]) else { return };
    let expected =
        ["a==1.0: kept 1.0", "b==3.1: moved 2.5: it needs lib >=2, and lib 1.0 is taken", "lib==1.0: kept 1.0"];
    assert_eq!(fates(&workspace), expected);
}

#[test]
fn a_contradiction_through_what_no_line_names_is_found_by_asking_again() {
    // Nothing says `middle`, which stands between them.
    let files = [
        pure("a", "1.0", &["middle==1"]),
        pure("b", "2.1", &["middle==2"]),
        pure("b", "2.0", &["middle==1"]),
        pure("b", "1.0", &["middle==1"]),
        pure("middle", "1", &[]),
        pure("middle", "2", &[]),
        pure("c", "1.0", &[]),
        pure("c", "2.0", &[]),
    ];
    let Some((workspace, _server)) = export(&files, &[], &["a==1.0", "b==2.1", "c==1.0"]) else { return };
    let expected = ["a==1.0: kept 1.0", "b==2.1: moved 2.0: it doesn't go with a 1.0", "c==1.0: kept 1.0"];
    assert_eq!(fates(&workspace), expected);
}

#[test]
fn what_conda_provides_moves_a_pin() {
    let files = [
        pure("app", "1.0", &["numpy<1.20"]),
        pure("app", "1.1", &["numpy<1.20"]),
        pure("app", "2.0", &["numpy>=1.20"]),
        pure("needy", "1.0", &["numpy>=1.20"]),
    ];
    let conda = ["numpy=1.19.4=py37h7e9df27_1"];
    let lines = ["app==2.0", "needy==1.0", "numpy==1.20.0"];
    let Some((workspace, _server)) = export(&files, &conda, &lines) else { return };
    let expected = [
        "app==2.0: moved 1.1: it needs numpy >=1.20, and conda has numpy 1.19.4",
        "needy==1.0: gone -: it needs numpy >=1.20, and conda has numpy 1.19.4",
        "numpy==1.20.0: moved 1.19.4: conda has numpy 1.19.4 (line 4); --prefer-pip takes pip's",
    ];
    assert_eq!(fates(&workspace), expected);
}

#[test]
fn what_must_be_built_to_be_known_moves_to_a_wheel_or_is_gone() {
    let files = [
        sdist("plain", "1.0", &["lib"]),
        pure("lib", "1.0", &[]),
        pure("lib", "2.0", &[]),
        silent("app", "1.0"),
        pure("app", "1.1", &[]),
        pure("app", "3.0", &[]),
        silent("gone", "1.0"),
    ];
    let lines = ["plain==1.0", "lib==1.0", "app==1.0", "gone==1.0"];
    let Some((workspace, _server)) = export(&files, &[], &lines) else { return };
    let why = "it doesn't say what it needs unless it is built; --allow-build lets it be built here";
    let expected = [
        "plain==1.0: kept 1.0".to_owned(),
        "lib==1.0: kept 1.0".to_owned(),
        format!("app==1.0: moved 1.1: {why}"),
        format!("gone==1.0: gone -: {why}"),
    ];
    assert_eq!(fates(&workspace), expected);
}

#[test]
fn an_index_that_can_not_be_reached_is_an_error_that_names_it() {
    let Some(workspace) = environment(&[], &["--index-url http://127.0.0.1:9/simple", "app==1.0"]) else { return };
    let text = workspace.read("environment.yml").replace("python=3.7.8", "python=3.7.8=h6f2ec95_1_cpython");
    workspace.write("environment.yml", text.replace("  - pip\n", "  - pip=20.2.4=py_0\n"));
    let told = refused(&workspace, &[]);
    assert!(told.contains("http://127.0.0.1:9/simple/app/"), "{told}");
}

#[test]
fn a_file_that_its_server_has_not_is_gone() {
    let server = index(Form::Json, &[pure("app", "1.0", &[])]);
    let line = format!("lib @ {}/elsewhere/lib-1.0-py3-none-any.whl", server.address());
    let Some((workspace, server)) = export(&[pure("app", "1.0", &[])], &[], &["app==1.0", &line]) else { return };
    let fates = fates(&workspace);
    assert_eq!(fates[0], "app==1.0: kept 1.0");
    assert!(fates[1].ends_with("gone -: its server has no such file"), "{fates:?}");
    drop(server);
}

#[test]
fn wheels_of_conda_pypi_are_locked_as_pip_lines() {
    let files = [pure("app", "1.0", &["lib"]), pure("lib", "1.0", &[]), pure("lib", "2.0", &[])];
    let Some((workspace, _server)) = export(&files, &["lib=1.0=py3_none_any_0"], &["app==1.0"]) else { return };
    let text = workspace.read("environment.yml");
    workspace.write("environment.yml", format!("channels: [conda-forge, conda-pypi]\n{text}"));
    let report = done(workspace.convert_all().arg("--json")).json();
    assert_eq!(installed(&report), ["app 1.0 wheel asked", "lib 1.0 wheel asked"]);
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("lib is a wheel of PyPI: pip installs what conda did"), "{warnings}");
    assert_eq!(fates(&workspace), ["lib=1.0: kept 1.0", "app==1.0: kept 1.0"].map(|it| it.replace("lib=1", "lib==1")));
}
