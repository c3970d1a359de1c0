//! What the lock says of pip's packages one by one: why each is there, and how it moves alone.

use std::collections::BTreeMap;

use super::{converted, environment, files::*, index::*};
use crate::support::{Run, Workspace, done, run, server::Server};

fn first() -> Vec<File> {
    vec![
        pure("app", "1.0", &["lib[fast] >= 1, <2", "winapi; sys_platform == 'win32'", "tzdata_x"]),
        pure("lib", "1.0", &["speedups>1; extra == 'fast'", "never; extra == 'slow'", "six"]),
        pure("speedups", "1.5", &[]),
        pure("tzdata_x", "1.0", &[]),
        sdist("other", "1.0", &["speedups"]),
    ]
}

/// What came later.
fn second() -> Vec<File> {
    let more = [
        pure("app", "2.0", &["lib >= 2", "extra_x"]),
        pure("lib", "2.0", &["six", "speedups"]),
        pure("lib", "3.0", &["six", "speedups"]),
        pure("speedups", "1.6", &[]),
        pure("extra_x", "1.0", &[]),
        sdist("other", "2.0", &["speedups"]),
    ];
    first().into_iter().chain(more).collect()
}

/// Gives the server other files.
fn now(server: &Server, files: &[File]) {
    server.forget();
    add(server, "", Form::Json, files, &[]);
}

fn envlock(workspace: &Workspace, command: &str) -> Run {
    run(workspace.envlock().args(command.split(' ')))
}

fn update(workspace: &Workspace, names: &str) -> Run {
    let channel = format!("conda-forge={}", crate::support::fixtures().join("channel").display());
    run(workspace.envlock().args(["update", "--channel", &channel]).args(names.split(' ')))
}

fn versions(workspace: &Workspace) -> BTreeMap<String, String> {
    workspace.lock().pip_packages().map(|package| (package.name.to_string(), package.version.to_string())).collect()
}

#[test]
fn the_lock_says_what_each_package_needs_and_explain_why_it_is_there() {
    let server = index(Form::Json, &first());
    let Some(workspace) = environment(&["six"], &[&index_line(&server), "app", "other==1.0"]) else { return };
    converted(&workspace, &[]);
    let lock = workspace.lock();
    let needs = |name: &str| -> Vec<String> {
        let package = lock.pip_packages().find(|package| package.name == name).unwrap();
        package.dependencies.iter().map(|(name, it)| format!("{name} {it}")).collect()
    };
    assert_eq!(needs("app"), ["lib >=1,<2", "tzdata-x "]);
    assert_eq!(needs("lib"), ["six ", "speedups >1"]);
    assert_eq!(needs("other"), ["speedups "]);
    assert!(needs("speedups").is_empty());

    let said = envlock(&workspace, "explain speedups").stdout;
    assert!(said.starts_with("speedups 1.5, installed by pip, "), "{said}");
    let expected = "it comes with other → speedups\n\
                    needed by:\n  lib 1.0    needs speedups >1\n  other 1.0  needs speedups in any version\n";
    assert!(said.ends_with(expected), "{said}");
    let said = envlock(&workspace, "explain Tzdata_X").stdout;
    assert!(said.contains("it comes with app → tzdata-x\n"), "{said}");
    let said = envlock(&workspace, "explain app").stdout;
    let expected = "environment.yml asks for app\nneeds:\n  lib 1.0       >=1,<2\n  tzdata-x 1.0  in any version\n";
    assert!(said.ends_with(expected), "{said}");
    // What conda installs is needed by what pip does.
    let said = envlock(&workspace, "explain six").stdout;
    assert!(said.contains("\n  lib 1.0 (pip) "), "{said}");
    let said = envlock(&workspace, "explain lib").stdout;
    assert!(said.contains("\n  six 1.1") && said.contains(" (conda)  in any version\n"), "{said}");
}

#[test]
fn an_index_that_does_not_say_what_wheels_need_is_no_trouble() {
    let server = index(Form::Html, &first());
    let Some(workspace) = environment(&["six"], &[&index_line(&server), "app", "other==1.0"]) else { return };
    converted(&workspace, &[]);
    let lock = workspace.lock();
    let saying: Vec<&str> =
        lock.pip_packages().filter(|it| !it.dependencies.is_empty()).map(|it| it.name.as_str()).collect();
    // An archive was read anyway.
    assert_eq!(saying, ["other"]);
    let said = envlock(&workspace, "explain lib").stdout;
    assert!(said.ends_with("a pip package needs it or is built with it; the lock doesn't say which\n"), "{said}");
}

#[test]
fn a_package_moves_alone_and_what_must_follow() {
    let server = index(Form::Json, &first());
    let Some(workspace) = environment(&["six"], &[&index_line(&server), "app", "other"]) else { return };
    converted(&workspace, &[]);
    let (before, at_first) = (workspace.contents(), versions(&workspace));

    // What the index has gained moves nothing by itself.
    now(&server, &second());
    converted(&workspace, &[]);
    assert_eq!(workspace.contents(), before);

    let said = update(&workspace, "app --dry-run");
    let moves = "conda-lock.yml: 3 of its packages move\n  pip app 1.0 → 2.0: update app was asked for\n  \
                 pip extra-x 1.0 added: app 2.0 needs extra-x\n  pip lib 1.0 → 3.0: app 2.0 needs lib >=2\n";
    let gone = "  pip tzdata-x 1.0 removed: nothing needs it any more\n";
    let moves = moves.replace("3 of", "4 of") + gone;
    assert_eq!((said.code, said.stderr.as_str()), (0, moves.as_str()));
    assert_eq!(workspace.contents(), before);

    let said = update(&workspace, "app");
    assert_eq!(
        said.stderr,
        format!("{moves}conda-lock.yml written\nDockerfile written\nrequirements-linux-64.txt written\n")
    );
    let now = versions(&workspace);
    let stay = ["other", "speedups"].map(|name| (name, &now[name], &at_first[name]));
    assert!(stay.iter().all(|(_, now, before)| now == before), "{stay:?}");
    assert_eq!(envlock(&workspace, "check").code, 0);
    // It stays so.
    let updated = workspace.contents();
    converted(&workspace, &[]);
    assert_eq!(workspace.contents(), updated);

    // A package that comes from source, one of pip and one of conda, and one that isn't there.
    let said = update(&workspace, "Other python");
    assert!(said.stderr.contains("  pip other 1.0 → 2.0: update other was asked for\n"), "{}", said.stderr);
    assert!(
        said.stderr.contains("note: python stays at 3.7.8: environment.yml:2 asks for python=3.7.8"),
        "{}",
        said.stderr
    );
    assert_eq!(versions(&workspace)["speedups"], "1.5");
    let said = update(&workspace, "nothing");
    assert!(said.code == 2 && said.stderr.contains("nothing isn't in the lock"), "{}", said.stderr);

    // All of it.
    done(workspace.envlock().args([
        "update",
        "--channel",
        &crate::support::fixtures().join("channel").display().to_string(),
    ]));
    assert_eq!(versions(&workspace)["speedups"], "1.6");
}

#[test]
fn a_pin_keeps_a_package_where_it_is_and_is_named() {
    let server = index(Form::Json, &first());
    let Some(workspace) = environment(&["six"], &[&index_line(&server), "app==1.0", "lib"]) else { return };
    converted(&workspace, &[]);
    let before = workspace.contents();
    now(&server, &second());
    let said = update(&workspace, "app");
    let expected = "conda-lock.yml: nothing moves\nnote: app stays at 1.0: environment.yml:7 asks for app==1.0; to move \
                    it further, change that line and run envlock convert\n";
    assert_eq!((said.code, said.stderr.as_str()), (0, expected));
    let said = update(&workspace, "lib");
    let expected =
        "conda-lock.yml: nothing moves\nnote: lib stays at 1.0: nothing newer goes with what the file asks for\n";
    assert_eq!((said.code, said.stderr.as_str()), (0, expected));
    assert_eq!(workspace.contents(), before);
}
