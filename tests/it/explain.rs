//! `envlock explain`: why a package is there.

use crate::support::{Run, Workspace, done, run, snapshots};

fn explain(workspace: &Workspace, arguments: &[&str]) -> Run {
    run(workspace.envlock().arg("explain").args(arguments))
}

fn converted(folder: &str) -> Workspace {
    let workspace = Workspace::with(folder);
    done(&mut workspace.convert());
    workspace
}

#[test]
fn a_package_that_moved_is_explained() {
    let _snapshots = snapshots();
    let workspace = converted("macos");
    let said = explain(&workspace, &["OpenBLAS"]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("explain", said.stdout);
}

#[test]
fn a_package_that_came_along_is_explained_by_what_brought_it() {
    let workspace = converted("hand");
    let said = explain(&workspace, &["libopenblas", "--json"]).json();
    let chain: Vec<&str> = said["chain"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    // `environment.yml` names numpy, which needs libblas, which needs it.
    assert_eq!(chain.last(), Some(&"libopenblas"));
    let lock = workspace.lock();
    let named = lock.input().unwrap().requests;
    assert!(named.iter().any(|spec| spec.text().split([' ', ':']).any(|word| word == chain[0])), "{chain:?}");
    for pair in chain.windows(2) {
        let package = lock.conda_packages().find(|it| it.name == pair[0]).unwrap();
        assert!(package.dependencies.contains_key(pair[1]), "{pair:?}");
    }
    let text = explain(&workspace, &["libopenblas"]).stdout;
    assert!(text.contains(&format!("it comes with {}\n", chain.join(" → "))), "{text}");
    let asked = explain(&workspace, &["numpy"]).stdout;
    assert!(asked.contains("environment.yml asks for numpy >=1.19,<2\n"), "{asked}");
}

#[test]
fn a_package_that_is_gone_is_explained_and_one_that_never_was_is_an_error() {
    let workspace = converted("macos");
    let gone = explain(&workspace, &["appnope"]);
    let expected = "appnope is not installed\nenvironment.yml asks for appnope ==0.1.0\n\
                    the lock says: appnope 0.1.0 is gone: only built for macOS\n";
    assert_eq!((gone.code, gone.stdout.as_str()), (0, expected));
    let never = explain(&workspace, &["nump"]);
    assert_eq!((never.code, never.stdout.as_str()), (2, ""));
    assert!(
        never.stderr.contains("nump isn't in the lock") && never.stderr.contains("there is numpy"),
        "{}",
        never.stderr
    );
}
