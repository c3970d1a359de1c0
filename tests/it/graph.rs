//! `envlock graph`: the dependencies of a lock as text, for Mermaid and for Graphviz.

use std::{collections::BTreeSet, fs, process::Command};

use insta::assert_snapshot;

use crate::support::{Run, Workspace, done, run, snapshots, tool};

fn converted() -> Workspace {
    let workspace = Workspace::with("macos");
    done(&mut workspace.convert());
    workspace
}

fn graph(workspace: &Workspace, arguments: &[&str]) -> Run {
    run(workspace.envlock().arg("graph").args(arguments))
}

#[test]
fn what_people_use_is_drawn_in_three_ways() {
    let _snapshots = snapshots();
    let workspace = converted();
    for format in ["text", "mermaid", "dot"] {
        let drawn = graph(&workspace, &["--format", format]);
        assert_eq!((drawn.code, drawn.stderr.as_str()), (0, ""));
        assert_snapshot!(format!("graph-{format}"), drawn.stdout);
    }
    let named = graph(&workspace, &["conda-lock.yml"]).stdout;
    for others in [&["--lock", "conda-lock.yml"][..], &["."]] {
        assert_eq!(graph(&workspace, others).stdout, named);
    }
    assert_eq!(graph(&workspace, &["--format", "json"]).stdout, graph(&workspace, &["--json"]).stdout);
    let missing = graph(&workspace, &["other.yml"]);
    assert!(missing.code == 2 && missing.stderr.contains("there is no lock other.yml"), "{}", missing.stderr);
}

#[test]
fn people_are_those_of_the_report_and_all_are_those_of_the_lock() {
    let workspace = converted();
    let report = done(workspace.convert().arg("--json")).json();
    let pins = report["pins"].as_array().unwrap().iter();
    let used = pins.filter(|it| it["used"] == true).filter_map(|it| it["package"].as_str());
    let names = |arguments: &[&str]| -> BTreeSet<String> {
        let document = graph(&workspace, arguments).json();
        let packages = document["packages"].as_array().unwrap();
        packages.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&["--json"]), used.map(str::to_owned).collect());
    let all = workspace.lock().packages().iter().map(|it| it.name.to_string()).collect();
    assert_eq!(names(&["--json", "--all"]), all);
}

#[test]
fn graphviz_draws_each_package_once() {
    let Some(dot) = tool("dot") else { return };
    let workspace = converted();
    let drawn = graph(&workspace, &["--all", "--format", "dot"]).stdout;
    fs::write(workspace.path().join("packages.dot"), drawn).unwrap();
    let output = Command::new(dot).args(["-Tplain", "packages.dot"]).current_dir(workspace.path()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // The form is `node NAME X Y WIDTH HEIGHT LABEL …`.
    let labels: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("node "))
        .map(|line| line.split('"').nth(1).unwrap().to_owned())
        .collect();
    let expected = workspace.lock().packages().iter().map(|it| format!("{} {}", it.name, it.version)).collect();
    assert_eq!(labels, expected);
}
