//! Installations that are broken off, and go on.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use rattler_conda_types::{PrefixRecord, package::PathType};

use super::{contents, install, listed, packages, records, serve};
use crate::support::{
    Workspace, done,
    real_channel::{Package, channel},
    run,
    server::Server,
    skipped,
};

/// The mark of an environment that isn't finished.
const MARK: &str = "conda-meta/.envlock";

/// What can be read of the records of an environment is whole.
fn whole_records(prefix: &Path) -> usize {
    let names = records(prefix);
    for name in &names {
        PrefixRecord::from_path(prefix.join(format!("conda-meta/{name}.json"))).unwrap();
    }
    names.len()
}

/// It goes on, and comes to what it would have been at once.
fn goes_on(workspace: &Workspace, prefix: &str) {
    done(&mut install(workspace, &["-p", prefix, "list.txt"]));
    done(&mut install(workspace, &["-p", "at-once", "list.txt"]));
    let (one, other) = (contents(workspace, prefix), contents(workspace, "at-once"));
    for path in one.keys().chain(other.keys()) {
        let text = |bytes: Option<&Option<Vec<u8>>>| {
            bytes.map(|bytes| bytes.as_deref().map(|it| String::from_utf8_lossy(it).into_owned()))
        };
        assert_eq!(text(one.get(path)), text(other.get(path)), "{}", path.display());
    }
}

#[test]
fn what_is_in_the_way_of_a_file_stops_it_until_it_is_gone() {
    let (_server, workspace) = listed(packages());
    let way = workspace.path().join("env/lib/p3/5.txt");
    fs::create_dir_all(way.join("mine")).unwrap();
    fs::create_dir_all(workspace.path().join("env/conda-meta")).unwrap();
    let said = run(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let text = said.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.code == 2 && text.contains("p3 can't be put into") && text.contains("lib/p3/5.txt"), "{text}");
    let prefix = workspace.path().join("env");
    assert!(whole_records(&prefix) == 5 && prefix.join(MARK).exists());
    fs::remove_dir_all(way).unwrap();
    goes_on(&workspace, "env");
}

#[test]
fn what_was_begun_goes_where_something_else_is_installed_in_its_place() {
    let (server, workspace) = listed(packages());
    let prefix = workspace.path().join("env");
    let way = prefix.join("lib/p3/5.txt");
    fs::create_dir_all(&way).unwrap();
    fs::create_dir_all(prefix.join("conda-meta")).unwrap();
    fs::write(prefix.join("conda-meta/history"), "").unwrap();
    fs::write(way.join("mine"), "").unwrap();
    assert_eq!(run(&mut install(&workspace, &["-p", "env", "list.txt"])).code, 2);
    fs::remove_dir_all(&way).unwrap();
    let left = |name: &str| {
        let files = contents(&workspace, "env").into_iter().filter(|(_, bytes)| bytes.is_some());
        files.filter(|(path, _)| path.starts_with(format!("lib/{name}"))).count()
    };
    assert!(left("p3") > 0 && left("p1") == 40);
    let other = |version: &str| Package::new("other", version, &[]).with("share/other.txt", 0o644, version);
    // Where that is broken off as well, nothing is forgotten.
    list(&server, &workspace, vec![other("1")]);
    fs::create_dir_all(prefix.join("share/other.txt/mine")).unwrap();
    let mark = fs::read(prefix.join(MARK)).unwrap();
    assert_eq!(run(&mut install(&workspace, &["-p", "env", "list.txt"])).code, 2);
    assert!(fs::read(prefix.join(MARK)).unwrap().starts_with(&mark));
    fs::remove_dir_all(prefix.join("share")).unwrap();
    list(&server, &workspace, vec![other("2")]);
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    assert_eq!(
        (left("p3"), left("p1"), prefix.join("lib/p3").exists(), prefix.join(MARK).exists()),
        (0, 40, false, false)
    );
    assert_eq!(records(&prefix), ["other-2-0", "p0-1-0", "p1-1-0", "p2-1-0", "p4-1-0", "p5-1-0"]);
}

#[test]
fn a_process_that_is_killed_leaves_what_the_next_one_finishes() {
    let (_server, workspace) = listed(packages());
    for delay in (1..=12).map(|it| Duration::from_millis(it * 25)) {
        _ = install(&workspace, &["-p", "env", "list.txt"]).timeout(delay).ok();
        if workspace.path().join("env/conda-meta").exists() {
            whole_records(&workspace.path().join("env"));
        }
    }
    goes_on(&workspace, "env");
}

#[test]
fn an_unfinished_record_counts_for_nothing() {
    let (_server, workspace) = listed(packages());
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let prefix = workspace.path().join("env");
    fs::write(prefix.join("conda-meta/p1-1-0.json"), "").unwrap();
    fs::write(prefix.join("conda-meta/prefix_record_abcdef"), "{").unwrap();
    fs::write(prefix.join("lib/p1/0.txt"), "half").unwrap();
    goes_on(&workspace, "env");
}

/// A list of these packages takes the place of `list.txt`.
pub(super) fn list(server: &Server, workspace: &Workspace, packages: Vec<Package>) {
    let files = channel(packages).into_iter().filter(|(path, _)| !path.contains("repodata"));
    let lines: String = files.map(|(path, bytes)| serve(server, &path, bytes)).collect();
    workspace.write("list.txt", format!("@EXPLICIT\n{lines}"));
}

#[test]
fn what_was_going_to_go_is_whole_again_where_it_stays_after_all() {
    let (_server, workspace) = listed(packages());
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    // As if it had been broken off while packages were taken away: files go first, and the record last.
    let prefix = workspace.path().join("env");
    for file in ["lib/p1/0.txt", "lib/p1/7.txt", "lib/p4/39.txt"] {
        fs::remove_file(prefix.join(file)).unwrap();
    }
    fs::write(prefix.join(MARK), "begun").unwrap();
    goes_on(&workspace, "env");
}

#[test]
fn what_stays_is_whole_again_though_the_next_list_does_not_name_it() {
    let (server, workspace) = listed(packages());
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let whole = contents(&workspace, "env");
    let prefix = workspace.path().join("env");
    for file in ["lib/p1/0.txt", "lib/p4/39.txt"] {
        fs::remove_file(prefix.join(file)).unwrap();
    }
    // Nor does anything stay of what was put aside for a package that never came.
    fs::create_dir_all(prefix.join("__clobbers__/never/lib")).unwrap();
    fs::write(prefix.join("__clobbers__/never/lib/a.txt"), "").unwrap();
    fs::write(prefix.join(MARK), "begun\n\"lib/a.txt\"\n").unwrap();
    list(&server, &workspace, vec![Package::new("other", "1", &[]).with("share/other.txt", 0o644, "1")]);
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let now = contents(&workspace, "env");
    assert!(whole.keys().all(|path| now.contains_key(path)), "{:?}", now.keys());
    let added: Vec<&PathBuf> = now.keys().filter(|path| !whole.contains_key(*path)).collect();
    assert_eq!(added, ["conda-meta/other-1-0.json", "share", "share/other.txt"].map(Path::new));
}

#[test]
fn packages_for_any_python_come_along_though_the_old_one_is_gone_already() {
    let of = |version: &str| {
        let minor = version.rsplit_once('.').unwrap().0;
        let python = Package::new("python", version, &[]).with(&format!("bin/python{minor}"), 0o755, version);
        let files = ["site-packages/tool/a.py", "site-packages/tool/b.py", "share/tool.txt"];
        let tool = Package::python("tool", "1", &["python"], &[]);
        vec![python, files.into_iter().fold(tool, |tool, file| tool.with(file, 0o644, file))]
    };
    let (server, workspace) = listed(of("3.12.4"));
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let prefix = workspace.path().join("env");
    assert!(prefix.join("lib/python3.12/site-packages/tool/a.py").exists());
    list(&server, &workspace, of("3.13.1"));
    // As if it had been broken off once the old Python was gone.
    fs::remove_file(prefix.join("conda-meta/python-3.12.4-0.json")).unwrap();
    fs::remove_file(prefix.join("bin/python3.12")).unwrap();
    fs::write(prefix.join(MARK), "begun").unwrap();
    goes_on(&workspace, "env");
    assert!(prefix.join("lib/python3.13/site-packages/tool/a.py").exists());
}

#[test]
fn a_file_of_three_packages_stays_though_one_of_them_changes_and_another_goes() {
    let of = |version: &str, name: &str| {
        Package::new(name, version, &[]).with("share/same", 0o644, format!("{name} {version}"))
    };
    let (server, workspace) = listed(vec![of("1", "a"), of("1", "b"), of("1", "c")]);
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    list(&server, &workspace, vec![of("1", "a"), of("2", "b"), of("1", "c")]);
    goes_on(&workspace, "env");
    list(&server, &workspace, vec![of("1", "a"), of("2", "b"), of("2", "c")]);
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let owners: Vec<(String, String)> = ["a-1-0", "b-2-0", "c-2-0"]
        .into_iter()
        .flat_map(|name| {
            let record = PrefixRecord::from_path(workspace.path().join(format!("env/conda-meta/{name}.json"))).unwrap();
            let paths = record.paths_data.paths.into_iter();
            paths.map(move |it| (it.relative_path.display().to_string(), name.replace("-0", "").replace('-', " ")))
        })
        .collect();
    assert_eq!(owners.iter().filter(|(path, _)| path == "share/same").count(), 1, "{owners:?}");
    for (path, text) in owners {
        assert_eq!(workspace.read(&format!("env/{path}")), text, "{path}");
    }
}

#[test]
fn directories_that_a_package_lists_come_and_stay_out_of_the_way() {
    let of = |version: &str| {
        let package = Package::new("a", version, &[]).with("share/a/deep/file", 0o644, version);
        package.claiming("share/a", PathType::Directory).claiming("share/a/deep", PathType::Directory)
    };
    let (server, workspace) = listed(vec![of("1")]);
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    // As others write it down.
    let file = "env/conda-meta/a-1-0.json";
    let mut record: serde_json::Value = serde_json::from_str(&workspace.read(file)).unwrap();
    let paths = record["paths_data"]["paths"].as_array_mut().unwrap();
    paths.push(serde_json::json!({"_path": "share/a/deep", "path_type": "directory"}));
    workspace.write(file, record.to_string());
    list(&server, &workspace, vec![of("2")]);
    goes_on(&workspace, "env");
    assert_eq!(workspace.read("env/share/a/deep/file"), "2");
}

#[test]
fn records_that_contradict_each_other_are_named() {
    let (server, workspace) = listed(vec![Package::new("a", "1", &[]).with("share/a", 0o644, "a")]);
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    list(&server, &workspace, vec![Package::new("a", "2", &[]).with("share/a", 0o644, "a")]);
    let records = workspace.path().join("env/conda-meta");
    let text = fs::read_to_string(records.join("a-1-0.json")).unwrap();
    for (name, text, expected) in [
        ("a-1-0 (copy).json", text.clone(), "it is of another package: it would be called a-1-0.json"),
        ("a-0-0.json", text.replace("\"version\": \"1\"", "\"version\": \"0\""), "says that another a is there"),
    ] {
        fs::write(records.join(name), text).unwrap();
        let said = run(&mut install(&workspace, &["-p", "env", "list.txt"]));
        let words = said.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.code == 2 && words.contains(expected), "{}", said.stderr);
        fs::remove_file(records.join(name)).unwrap();
    }
    goes_on(&workspace, "env");
}

#[test]
fn files_of_several_packages_are_whose_they_should_be_after_all() {
    let both = |name: &str| Package::new(name, "1", &[]).with("share/both", 0o644, name);
    let (_server, workspace) = listed(vec![both("a"), both("b")]);
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let prefix = workspace.path().join("env");
    assert_eq!(whole_records(&prefix), 2);
    // As if it had been killed while the files were moved.
    fs::remove_file(prefix.join("share/both")).unwrap();
    fs::write(prefix.join(MARK), "begun").unwrap();
    goes_on(&workspace, "env");
    assert!(prefix.join("share/both").exists() && !prefix.join(MARK).exists());
}

#[test]
fn a_full_disk_leaves_whole_records_and_what_the_next_one_finishes() {
    let (_server, workspace) = listed(packages());
    let Some(disk) = Disk::mount(workspace.path().join("disk")) else { return };
    let prefix = workspace.path().join("disk/env");
    let said = run(&mut install(&workspace, &["-p", "disk/env", "list.txt"]));
    assert!(said.code == 2 && said.stderr.contains("No space left on device"), "{}", said.stderr);
    assert!(said.stderr.contains("run the command again"), "{}", said.stderr);
    whole_records(&prefix);
    disk.grow();
    goes_on(&workspace, "disk/env");
}

/// A small disk in memory; it goes when it is dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: PathBuf) -> Option<Self> {
        fs::create_dir_all(&at).unwrap();
        let output = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(&at).output().ok();
        match output {
            Some(output) if output.status.success() => Some(Self(at)),
            Some(output) => skipped(&format!("no disk: {}", String::from_utf8_lossy(&output.stderr))),
            None => skipped("no `mount`"),
        }
    }

    fn grow(&self) {
        let grown = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&self.0).status().unwrap();
        assert!(grown.success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn what_was_going_to_go_leaves_no_directories() {
    let of = |version: &str| {
        let file = if version == "1" { "lib/a/deep/file" } else { "share/a" };
        vec![Package::new("a", version, &[]).with(file, 0o644, version)]
    };
    let (server, workspace) = listed(of("1"));
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let prefix = workspace.path().join("env");
    let way = prefix.join("lib/a/deep/file");
    fs::remove_file(&way).unwrap();
    fs::create_dir(&way).unwrap();
    list(&server, &workspace, of("2"));
    assert_eq!(run(&mut install(&workspace, &["-p", "env", "list.txt"])).code, 2);
    assert!(fs::read_to_string(prefix.join(MARK)).unwrap().contains("\n\"lib/a/deep/file\"\n"));
    // As if it had been broken off a moment later.
    fs::remove_dir(&way).unwrap();
    fs::remove_file(prefix.join("conda-meta/a-1-0.json")).unwrap();
    goes_on(&workspace, "env");
    assert!(!prefix.join("lib").exists());
}

#[test]
fn what_is_missing_comes_back_and_what_was_compiled_need_not() {
    let package = || Package::new("a", "1", &[]).with("share/a", 0o644, "a").with("lib/a.pyc", 0o644, "a");
    let (_server, workspace) = listed(vec![package()]);
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let kept = || done(&mut install(&workspace, &["-p", "env", "list.txt", "--json"])).json()["kept"].clone();
    fs::remove_file(workspace.path().join("env/lib/a.pyc")).unwrap();
    assert_eq!(kept(), 1);
    fs::remove_file(workspace.path().join("env/share/a")).unwrap();
    assert_eq!(kept(), 0);
    assert_eq!(workspace.read("env/share/a"), "a");
}

#[test]
fn a_package_may_be_called_as_what_is_unfinished() {
    let of = |version: &str| {
        vec![Package::new("prefix_record_tools", version, &[]).with(&format!("share/{version}"), 0o644, "")]
    };
    let (server, workspace) = listed(of("1"));
    for kept in [0, 1] {
        let said = done(&mut install(&workspace, &["-p", "env", "list.txt", "--json"])).json();
        assert_eq!(said["kept"], kept);
    }
    list(&server, &workspace, of("2"));
    goes_on(&workspace, "env");
    assert!(!workspace.path().join("env/share/1").exists());
}

#[test]
fn a_directory_that_is_a_link_in_the_prefix_is_no_obstacle() {
    let of = |version: &str| vec![Package::new("a", version, &[]).with("share/d/1", 0o644, version)];
    let (server, workspace) = listed(of("1"));
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let prefix = workspace.path().join("env");
    fs::rename(prefix.join("share"), prefix.join("real")).unwrap();
    std::os::unix::fs::symlink("real", prefix.join("share")).unwrap();
    list(&server, &workspace, of("2"));
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    assert_eq!(workspace.read("env/real/d/1"), "2");
}
