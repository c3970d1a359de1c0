//! What is cached: shared by processes that run at the same time, and never believed.

use std::{collections::BTreeMap, fs, io::Write as _, path::PathBuf, thread};

use super::{contents, install, listed, packages};
use crate::support::{Workspace, done, run, server::Server};

/// How often each package was asked for.
fn asked(server: &Server) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for request in server.requests() {
        *asked.entry(request.url.path().to_owned()).or_default() += 1;
    }
    asked
}

/// A file of the first package in the cache.
fn cached(workspace: &Workspace, file: &str) -> PathBuf {
    let places = fs::read_dir(workspace.path().join(".cache/pkgs")).unwrap().map(|entry| entry.unwrap().path());
    places.map(|place| place.join("p0-1-0").join(file)).find(|file| file.exists()).unwrap()
}

#[test]
fn processes_at_once_fetch_each_package_once_into_a_cold_cache() {
    let (server, workspace) = listed(packages());
    let prefixes: Vec<String> = (0..8).map(|number| format!("env{number}")).collect();
    thread::scope(|scope| {
        for prefix in &prefixes {
            scope.spawn(|| done(&mut install(&workspace, &["-p", prefix, "list.txt"])));
        }
    });
    let asked = asked(&server);
    assert!(asked.len() == 6 && asked.values().all(|times| *times == 1), "{asked:?}");
    let first = contents(&workspace, "env0");
    assert_eq!(first.keys().filter(|path| path.extension().is_some_and(|it| it == "txt")).count(), 240);
    for prefix in &prefixes {
        assert!(contents(&workspace, prefix) == first, "{prefix} is another");
    }
}

#[test]
fn processes_at_once_can_share_a_prefix() {
    let (_server, workspace) = listed(packages());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| done(&mut install(&workspace, &["-p", "env", "list.txt"])));
        }
    });
    done(&mut install(&workspace, &["-p", "alone", "list.txt"]));
    assert!(contents(&workspace, "env") == contents(&workspace, "alone"));
}

#[test]
fn what_is_written_to_an_environment_changes_neither_another_nor_the_cache() {
    let (server, workspace) = listed(packages());
    for prefix in ["env1", "env2"] {
        done(&mut install(&workspace, &["-p", prefix, "list.txt"]));
    }
    let before = contents(&workspace, "env2");
    let file = workspace.path().join("env1/lib/p0/0.txt");
    fs::OpenOptions::new().append(true).open(file).unwrap().write_all(b"x").unwrap();
    server.forget();
    done(&mut install(&workspace, &["-p", "env3", "list.txt"]));
    assert!(contents(&workspace, "env2") == before && contents(&workspace, "env3") == before);
}

#[test]
fn a_damaged_package_in_the_cache_is_fetched_again() {
    let (server, workspace) = listed(packages());
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let before = contents(&workspace, "env");
    for (number, (name, is_gone)) in
        [("lib/p0/0.txt", false), ("lib/p0/0.txt", true), ("info/index.json", false), ("info/paths.json", true)]
            .into_iter()
            .enumerate()
    {
        let file = cached(&workspace, name);
        let mut bytes = fs::read(&file).unwrap();
        bytes[0] ^= 1;
        fs::remove_file(&file).unwrap();
        if !is_gone {
            fs::write(&file, bytes).unwrap();
        }
        let prefix = format!("env{number}");
        let offline = run(&mut install(&workspace, &["-p", &prefix, "list.txt", "--offline"]));
        assert!(offline.code == 2 && offline.stderr.contains("one package is not in the cache"), "{}", offline.stderr);
        done(&mut install(&workspace, &["-p", &prefix, "list.txt"]));
        assert!(contents(&workspace, &prefix) == before, "{name} damaged ({number})");
    }
    let asked = asked(&server);
    assert!(asked.iter().all(|(path, times)| *times == if path.contains("p0-") { 5 } else { 1 }), "{asked:?}");
}
