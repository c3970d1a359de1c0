//! The files that are written: where, when, and that they fit each other.

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use envlock::lockfile::sha256_hex;

use crate::support::{Workspace, done, fixtures, run};

#[test]
fn the_dockerfile_bears_the_hash_of_the_lock() {
    for folder in ["macos", "windows", "hand"] {
        let workspace = Workspace::with(folder);
        done(&mut workspace.convert());
        let hash = sha256_hex(workspace.read("conda-lock.yml"));
        assert_eq!(label(&workspace.read("Dockerfile"), "io.envlock.lock.sha256"), hash);
    }
}

/// The value of a label.
fn label(dockerfile: &str, name: &str) -> String {
    let start = format!("{name}=\"");
    let rest = &dockerfile[dockerfile.find(&start).unwrap() + start.len()..];
    rest[..rest.find('"').unwrap()].to_owned()
}

#[test]
fn no_path_of_this_machine_gets_into_a_file() {
    let repository = env!("CARGO_MANIFEST_DIR");
    for folder in ["macos", "windows", "hand"] {
        let workspace = Workspace::with(folder);
        let file = workspace.path().join("environment.yml");
        let run = done(workspace.convert().arg(file).arg("--output-dir").arg(workspace.path().join("out")));
        assert!(run.stderr.contains(workspace.path().to_str().unwrap()), "the report names what the user named");
        for output in ["out/conda-lock.yml", "out/Dockerfile"] {
            let text = workspace.read(output);
            for path in [repository, workspace.path().to_str().unwrap(), "file://", "/Users/", "C:\\"] {
                assert!(!text.contains(path), "{output} of {folder} holds {path}");
            }
        }
    }
}

#[test]
fn the_lock_names_the_environment_file_from_where_it_stands() {
    let workspace = Workspace::empty();
    let text = std::fs::read_to_string(fixtures().join("hand/environment.yml")).unwrap();
    workspace.write("envs/gpu.yml", text);
    done(workspace.convert().args(["envs/gpu.yml", "--output-dir", "docker/new"]));
    let lock = workspace.lock_in("docker/new");
    assert_eq!(lock.sources, ["../../envs/gpu.yml"]);
    assert!(workspace.path().join("docker/new/Dockerfile").is_file());
    assert!(!workspace.path().join("conda-lock.yml").exists());
    assert!(!workspace.path().join("envs/conda-lock.yml").exists());
}

#[test]
fn the_files_stand_beside_the_environment_file_unless_told_otherwise() {
    let workspace = Workspace::empty();
    let text = std::fs::read_to_string(fixtures().join("hand/environment.yml")).unwrap();
    workspace.write("envs/environment.yml", text);
    done(workspace.convert().arg("envs/environment.yml"));
    assert_eq!(workspace.lock_in("envs").sources, ["environment.yml"]);
}

#[test]
fn environment_yaml_is_found_too_and_environment_yml_first() {
    let workspace = Workspace::empty();
    workspace.write("environment.yaml", "dependencies: [xz]\n");
    let report = done(workspace.convert().arg("--json")).json();
    assert_eq!(report["file"], "environment.yaml");
    workspace.write("environment.yml", "dependencies: [xz, zlib]\n");
    let report = done(workspace.convert().args(["--json", "--force"])).json();
    assert_eq!(report["file"], "environment.yml");
}

#[test]
fn what_holds_the_same_already_is_not_written_again() {
    let workspace = Workspace::with("macos");
    done(&mut workspace.convert());
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let outputs = ["conda-lock.yml", "Dockerfile"].map(|file| workspace.path().join(file));
    for file in &outputs {
        File::options().append(true).open(file).unwrap().set_modified(long_ago).unwrap();
    }
    let modified = |file: &Path| file.metadata().unwrap().modified().unwrap();

    let run = done(&mut workspace.convert());
    assert_eq!(outputs.each_ref().map(|file| modified(file)), [long_ago; 2]);
    let all = "conda-lock.yml, Dockerfile, conda-linux-64.lock and envlock.sh are";
    assert!(run.stderr.replace("\n  ", " ").contains(all), "{}", run.stderr);

    // A change of what nobody installs from is a change all the same.
    workspace.write("environment.yml", workspace.read("environment.yml") + "variables:\n  GREETING: hello\n");
    done(&mut workspace.convert());
    assert!(outputs.iter().all(|file| modified(file) > long_ago));
}

#[test]
fn nothing_but_the_lock_and_what_the_image_is_built_from_is_left_behind() {
    let workspace = Workspace::with("windows");
    done(&mut workspace.convert());
    let names: Vec<_> = workspace.contents().into_keys().collect();
    let expected = ["Dockerfile", "conda-linux-64.lock", "conda-lock.yml", "environment.yml", "envlock.sh"];
    assert_eq!(names, expected.map(PathBuf::from));
}

#[test]
fn a_file_of_another_program_is_overwritten_by_force_only() {
    let workspace = Workspace::with("hand");
    workspace.write("Dockerfile", "FROM scratch\n");
    let before = workspace.contents();
    assert_eq!(run(&mut workspace.convert()).code, 2);
    assert_eq!(workspace.contents(), before);
    done(workspace.convert().arg("--force"));
    assert!(workspace.read("Dockerfile").starts_with("# Generated by envlock"));
    done(&mut workspace.convert());

    // What stands beside it, too: another program's explicit list has the same name.
    let workspace = Workspace::with("hand");
    workspace.write("conda-linux-64.lock", "@EXPLICIT\n");
    let before = workspace.contents();
    let refused = run(&mut workspace.convert());
    assert!(refused.code == 2 && refused.stderr.contains("conda-linux-64.lock is there already"), "{}", refused.stderr);
    assert_eq!(workspace.contents(), before);
}

#[test]
fn the_lock_of_another_environment_is_not_lost() {
    let workspace = Workspace::empty();
    workspace.write("a.yml", "dependencies: [xz]\n");
    workspace.write("b.yml", "dependencies: [zlib]\n");
    done(workspace.convert().arg("a.yml"));
    let before = workspace.contents();
    let refused = run(workspace.convert().arg("b.yml"));
    assert!(refused.stderr.contains("conda-lock.yml is the lock of a.yml, and would be lost"), "{}", refused.stderr);
    assert_eq!((refused.code, workspace.contents()), (2, before));
    // The same file by another name is the same environment, and so is one that was renamed.
    done(workspace.convert().arg("./a.yml"));
    done(workspace.convert().args(["b.yml", "--output-dir", "b"]));
    done(workspace.convert().args(["b.yml", "--force"]));
    assert_eq!(workspace.lock().sources, ["b.yml"]);
    std::fs::rename(workspace.path().join("b.yml"), workspace.path().join("c.yml")).unwrap();
    done(workspace.convert().arg("c.yml"));
    assert_eq!(workspace.lock().sources, ["c.yml"]);
}
