//! The scripts that packages would run when they are linked.

use std::fs;

use super::{install, listed};
use crate::support::{done, real_channel::Package, run};

fn package(script: &str) -> Package {
    Package::new("s", "1", &[]).with("bin/.s-post-link.sh", 0o755, script).with("bin/.s-pre-link.sh", 0o755, "exit 1\n")
}

#[test]
fn scripts_of_packages_run_where_that_is_asked_for() {
    let (_server, workspace) = listed(vec![package("echo ran > \"$PREFIX/ran\"\n")]);
    let said = done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let expected = "env: 1 conda package\nnot run: bin/.s-post-link.sh, bin/.s-pre-link.sh (see --run-link-scripts)\n";
    assert_eq!(said.stderr, expected);
    assert!(!workspace.path().join("env/ran").exists());
    let said = done(&mut install(&workspace, &["-p", "other", "list.txt", "--run-link-scripts", "--json"]));
    assert_eq!(said.json()["scripts_not_run"], serde_json::json!(["bin/.s-pre-link.sh"]));
    assert_eq!(fs::read_to_string(workspace.path().join("other/ran")).unwrap(), "ran\n");
}

#[test]
fn a_script_that_fails_is_an_error_and_runs_again_next_time() {
    let (_server, workspace) = listed(vec![package("[ -e \"$PREFIX/cause-gone\" ]\n")]);
    let said = run(&mut install(&workspace, &["-p", "env", "list.txt", "--run-link-scripts"]));
    assert!(said.code == 2 && said.stderr.contains("the link script of s failed"), "{}", said.stderr);
    fs::write(workspace.path().join("env/cause-gone"), "").unwrap();
    let said = done(&mut install(&workspace, &["-p", "env", "list.txt", "--run-link-scripts", "--json"]));
    assert_eq!(said.json()["kept"], 0);
    assert!(!workspace.path().join("env/conda-meta/.envlock").exists());
}

#[test]
fn a_path_that_a_shell_would_change_is_refused_before_a_script_runs() {
    let (_server, workspace) = listed(vec![package("")]);
    for prefix in ["a$(touch evil)", "q\"uote", "tick`id`", "back\\slash"] {
        let said = run(&mut install(&workspace, &["-p", prefix, "list.txt", "--run-link-scripts"]));
        assert!(said.code == 2 && said.stderr.contains("a shell would take its path for"), "{}", said.stderr);
        done(&mut install(&workspace, &["-p", prefix, "list.txt"]));
    }
    assert!(!workspace.path().join("evil").exists());
}

#[test]
fn a_script_that_was_not_run_is_told_of_again_and_runs_when_that_is_asked_for() {
    let (server, workspace) = listed(vec![package("echo ran > \"$PREFIX/ran\"\n")]);
    let said =
        |words: &[&str]| done(&mut install(&workspace, &[&["-p", "env", "list.txt", "--json"], words].concat())).json();
    let scripts = |words: &[&str]| said(words)["scripts_not_run"].as_array().unwrap().len();
    assert_eq!((scripts(&[]), scripts(&[])), (2, 1), "the one before linking was too late once");
    // Another package that comes changes nothing.
    let before = workspace.read("list.txt");
    super::restart::list(&server, &workspace, vec![Package::new("other", "1", &[]).with("share/other", 0o644, "")]);
    assert_eq!(scripts(&[]), 1);
    workspace.write("list.txt", before);
    assert_eq!(said(&["--run-link-scripts"])["kept"], 1);
    assert_eq!(workspace.read("env/ran"), "ran\n");
    assert_eq!(scripts(&[]), 0);
    assert!(!workspace.path().join("env/conda-meta/.envlock.scripts").exists());
}

#[test]
fn a_script_that_was_broken_off_runs_again() {
    let script = "[ -e \"$PREFIX/begun\" ] && touch \"$PREFIX/ended\" && exit\ntouch \"$PREFIX/begun\"\nkill -9 $PPID\nsleep 9\n";
    let (_server, workspace) = listed(vec![package(script)]);
    let ended = workspace.path().join("env/ended");
    install(&workspace, &["-p", "env", "list.txt", "--run-link-scripts"]).output().unwrap();
    assert!(workspace.path().join("env/begun").exists() && !ended.exists());
    let said = done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    assert!(said.stderr.contains("not run: bin/.s-post-link.sh"), "{}", said.stderr);
    done(&mut install(&workspace, &["-p", "env", "list.txt", "--run-link-scripts"]));
    assert!(ended.exists());
}

#[test]
fn a_script_that_goes_on_alone_is_waited_for() {
    let (_server, workspace) = listed(vec![package("echo > \"$PREFIX/begun\"\nsleep 3\necho > \"$PREFIX/late\"\n")]);
    let mut killed = install(&workspace, &["-p", "env", "list.txt", "--run-link-scripts"]);
    killed.timeout(std::time::Duration::from_secs(1)).output().unwrap();
    let is_there = |name: &str| workspace.path().join("env").join(name).exists();
    assert!(is_there("begun") && !is_there("late"));
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    assert!(is_there("late"));
}
