//! Packages, archives and environments that would have something written elsewhere than in the prefix.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    thread,
};

use rattler_conda_types::package::PathType;
use tar::{Builder, EntryType, Header};

use super::{install, listed, packages, refused, serve};
use crate::support::{Workspace, done, real_channel::Package, run, server::Server};

/// A directory that nothing may come into.
fn outside(workspace: &Workspace) -> PathBuf {
    let outside = workspace.path().join("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("kept"), "mine").unwrap();
    outside
}

fn is_untouched(outside: &Path) -> bool {
    fs::read_dir(outside).unwrap().count() == 1 && fs::read(outside.join("kept")).unwrap() == b"mine"
}

#[test]
fn a_package_with_a_path_elsewhere_is_refused_before_anything_is_written() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path().to_str().unwrap();
    let package = || Package::new("a", "1", &[]).with("share/a", 0o644, "a");
    let file = PathType::HardLink;
    let link = |name: &str, path: &str, to: &str| Package::new(name, "1", &[]).linked(path, to);
    for (packages, reason) in [
        (vec![package().claiming(&format!("{place}/new"), file)], "/new is not a path in the prefix"),
        (vec![package().claiming("../outside/new", file)], "../outside/new is not a path in the prefix"),
        (vec![package().claiming("share/../../new", file)], "share/../../new is not a path in the prefix"),
        (vec![package(), link("b", "share", place)], "share/a leads through share, a symbolic link of b"),
        (vec![link("a", "share", place).claiming("share/new", file)], "share/new is not in the package"),
        (vec![link("a", "leak", "/etc/hostname").claiming("leak", file)], "leak is not in the package"),
        (vec![package().claiming("share/none", file)], "share/none is not in the package"),
        (vec![package().with("conda-meta/b-1-0.json", 0o644, "{}")], "where the environment keeps its own records"),
        (vec![link("a", "conda-meta/history", place)], "where the environment keeps its own records"),
        (vec![link("a", "__clobbers__", place)], "where the environment keeps its own records"),
    ] {
        let (_server, workspace) = listed(packages);
        let said = refused(&workspace, &["-p", "env", "list.txt"]);
        assert!(said.contains("a can't be installed: ") && said.contains(reason), "{reason}: {said}");
    }
    assert_eq!(fs::read_dir(place).unwrap().count(), 0);
}

#[test]
fn links_that_lead_out_of_an_environment_are_not_followed() {
    let a = |workspace: &Workspace| {
        let outside = outside(workspace);
        Package::new("a", "1", &[]).linked("share", outside.to_str().unwrap())
    };
    let (server, workspace) = listed(vec![Package::new("b", "1", &[]).with("share/b", 0o644, "b")]);
    let files = crate::support::real_channel::channel(vec![a(&workspace)]);
    let (path, bytes) = files.into_iter().find(|(path, _)| path.contains("a-1-0")).unwrap();
    workspace.write("first.txt", format!("@EXPLICIT\n{}", serve(&server, &path, bytes)));
    // The link alone is an environment's own business.
    done(&mut install(&workspace, &["-p", "env", "first.txt"]));
    let said = run(&mut install(&workspace, &["-p", "env", "list.txt"]));
    assert!(said.code == 2 && said.stderr.contains("leads out of the prefix through the symbolic"), "{}", said.stderr);
    assert!(is_untouched(&outside(&workspace)));
    assert!(!workspace.path().join("env/conda-meta/.envlock").exists());
}

#[test]
fn a_directory_that_becomes_a_link_while_packages_are_linked_leads_nowhere_else() {
    use rustix::fs::{CWD, RenameFlags, renameat_with};

    let (_server, workspace) = listed(packages());
    let at = |path: &str| workspace.path().join(path);
    // With directories as the packages have them, so that their files would find places there.
    let directories = || (0..6).map(|it| at(&format!("outside/p{it}")));
    directories().for_each(|it| fs::create_dir_all(it).unwrap());
    for round in 0..4 {
        let name = format!("env-{round}");
        let prefix = at(&name);
        fs::create_dir_all(prefix.join("conda-meta")).unwrap();
        symlink(at("outside"), prefix.join("link")).unwrap();
        let mut command = install(&workspace, &["-p", &name, "list.txt"]);
        thread::scope(|scope| {
            let exchange = scope.spawn(|| {
                let exchange =
                    || renameat_with(CWD, prefix.join("link"), CWD, prefix.join("lib"), RenameFlags::EXCHANGE);
                while exchange().is_err() {
                    thread::yield_now();
                }
            });
            let said = run(&mut command);
            exchange.join().unwrap();
            assert!(prefix.join("lib").is_symlink() && said.code == 2, "{}", said.stderr);
        });
        assert!(directories().all(|it| fs::read_dir(it).unwrap().count() == 0));
    }
}

#[test]
fn records_elsewhere_are_refused_and_files_that_links_lead_to_stay() {
    for own in ["conda-meta/b-1-0.json", "conda-meta/history", "conda-meta/.envlock", "CACHEDIR.TAG", "__clobbers__"] {
        let (_server, workspace) = listed(vec![Package::new("b", "1", &[]).with("share/b", 0o644, "b")]);
        let outside = outside(&workspace);
        fs::create_dir_all(workspace.path().join("env/conda-meta")).unwrap();
        symlink(outside.join("new"), workspace.path().join("env").join(own)).unwrap();
        let said = run(&mut install(&workspace, &["-p", "env", "list.txt"]));
        assert!(said.code == 2 && said.stderr.contains("is a symbolic link"), "{own}: {}", said.stderr);
        assert!(is_untouched(&outside), "{own}");
    }
    // A link where a file is to be is replaced.
    let (_server, workspace) = listed(vec![Package::new("b", "1", &[]).with("share/b", 0o644, "b")]);
    let outside = outside(&workspace);
    fs::create_dir_all(workspace.path().join("env/conda-meta")).unwrap();
    fs::create_dir_all(workspace.path().join("env/share")).unwrap();
    let file = workspace.path().join("env/share/b");
    symlink(outside.join("kept"), &file).unwrap();
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    assert!(is_untouched(&outside) && !file.is_symlink());
    // And a record that speaks of other places isn't one.
    let record = workspace.path().join("env/conda-meta/b-1-0.json");
    let forged = fs::read_to_string(&record).unwrap().replace("share/b", "../outside/kept");
    fs::write(&record, forged).unwrap();
    let said = run(&mut install(&workspace, &["-p", "env", "list.txt"]));
    assert!(said.code == 2 && said.stderr.contains("is not a path in the prefix"), "{}", said.stderr);
    assert!(is_untouched(&outside));
}

#[test]
fn an_archive_writes_nothing_outside_of_the_cache() {
    let place = tempfile::tempdir().unwrap();
    let outside = place.path().to_str().unwrap();
    let file = |name: &str| vec![(name.to_owned(), EntryType::Regular, String::new())];
    let other = |name: &str, kind: EntryType, to: &str| vec![(name.to_owned(), kind, to.to_owned())];
    let archives = [
        file("../../../../escaped"),
        file(&format!("{outside}/escaped")),
        [other("d", EntryType::Symlink, outside), file("d/escaped")].concat(),
        [other("d", EntryType::Symlink, "../../../.."), file("d/escaped")].concat(),
        other("d", EntryType::Link, "/etc/hostname"),
        [other("f", EntryType::Symlink, &format!("{outside}/escaped")), file("f")].concat(),
    ];
    for (number, members) in archives.into_iter().enumerate() {
        let (server, workspace) = (Server::empty(), Workspace::empty());
        let line = serve(&server, "noarch/a-1-0.tar.bz2", archive(&members));
        workspace.write("list.txt", format!("@EXPLICIT\n{line}"));
        let said = run(&mut install(&workspace, &["-p", "env", "list.txt"]));
        assert!(said.code < 3 && !said.stderr.contains("panicked"), "{number}: {}", said.stderr);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "{number}");
        let mut there: Vec<_> = fs::read_dir(workspace.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        there.retain(|name| name != "env" && name != ".cache" && name != "list.txt");
        assert!(there.is_empty() && !workspace.path().join(".cache/escaped").exists(), "{number}: {there:?}");
    }
}

/// A package with these members; their names go into the archive as they are.
fn archive(members: &[(String, EntryType, String)]) -> Vec<u8> {
    let mut archive = Builder::new(Vec::new());
    let mut add = |name: &str, kind: EntryType, to: &str, contents: &str| {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..to.len()].copy_from_slice(to.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(contents.len() as u64);
        header.set_cksum();
        archive.append(&header, contents.as_bytes()).unwrap();
    };
    let index = r#"{"name": "a", "version": "1", "build": "0", "build_number": 0, "depends": [], "subdir": "noarch"}"#;
    for (name, kind, to) in members {
        add(name, *kind, to, if *kind == EntryType::Regular { "escaped" } else { "" });
    }
    add("info/index.json", EntryType::Regular, "", index);
    add("info/paths.json", EntryType::Regular, "", r#"{"paths": [], "paths_version": 1}"#);
    let mut compressed = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    compressed.write_all(&archive.into_inner().unwrap()).unwrap();
    compressed.finish().unwrap()
}
