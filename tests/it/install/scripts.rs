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
