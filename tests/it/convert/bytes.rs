//! The same input gives the same bytes, whatever else differs.

use std::path::Path;

use crate::support::{Workspace, done, fixtures, growth::grow};

const OUTPUTS: [&str; 2] = ["conda-lock.yml", "Dockerfile"];

fn outputs(workspace: &Workspace) -> [String; 2] {
    OUTPUTS.map(|file| workspace.read(file))
}

fn input_sha256(workspace: &Workspace) -> String {
    workspace.lock().provenance.unwrap().seals.input.unwrap()
}

#[test]
fn two_directories_with_caches_of_their_own_get_the_same_bytes() {
    for folder in ["macos", "windows", "hand"] {
        let workspaces = [Workspace::with(folder), Workspace::with(folder)];
        for workspace in &workspaces {
            done(&mut workspace.convert());
        }
        assert_eq!(outputs(&workspaces[0]), outputs(&workspaces[1]), "{folder}");
    }
}

#[test]
fn the_name_of_the_file_is_all_that_its_place_changes() {
    let (here, there) = (Workspace::with("macos"), Workspace::empty());
    done(&mut here.convert());
    there.write("deep/down/environment.yml", here.read("environment.yml"));
    done(there.convert().arg("deep/down/environment.yml"));
    assert_eq!(there.read("deep/down/conda-lock.yml"), here.read("conda-lock.yml"));
    assert_eq!(there.read("deep/down/Dockerfile"), here.read("Dockerfile"));
}

#[test]
fn comments_prefix_builds_and_line_ends_make_no_difference() {
    let plain = Workspace::with("macos");
    done(&mut plain.convert());

    let text = plain.read("environment.yml");
    let changed = text
        .replace("=h1de35cc_1001", "=h0000000_7")
        .replace("  - python=3.6.6", "  # the one we all use\n  - python=3.6.6")
        .replace("prefix: /Users/ada/anaconda3/envs/churn", "prefix: /Users/grace/envs/churn");
    assert_eq!(changed.matches("h0000000_7").count(), 1);
    for text in [changed.clone(), changed.replace('\n', "\r\n"), format!("\u{feff}{changed}")] {
        let other = Workspace::holding(&text);
        done(&mut other.convert());
        assert_eq!(outputs(&other), outputs(&plain));
    }
}

#[test]
fn the_order_of_the_pins_changes_neither_the_hash_of_the_input_nor_the_packages() {
    for folder in ["macos", "hand"] {
        let plain = Workspace::with(folder);
        done(&mut plain.convert());
        let turned = Workspace::holding(&turned(&plain.read("environment.yml")));
        assert_ne!(turned.read("environment.yml"), plain.read("environment.yml"));
        done(&mut turned.convert());
        assert_eq!(input_sha256(&turned), input_sha256(&plain), "{folder}");
        assert_eq!(outputs(&turned), outputs(&plain), "{folder}");
    }
}

/// The file with the lines of its conda packages in reverse.
fn turned(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|line| *line == "dependencies:").unwrap() + 1;
    let end = lines.iter().position(|line| *line == "  - pip:").unwrap();
    lines[start..end].reverse();
    lines.join("\n") + "\n"
}

#[test]
fn another_pin_changes_the_hash_of_the_input() {
    let (plain, other) = (Workspace::with("macos"), Workspace::with("macos"));
    other.write("environment.yml", plain.read("environment.yml").replace("xz=5.2.4", "xz=5.2.5"));
    for workspace in [&plain, &other] {
        done(&mut workspace.convert());
    }
    assert_ne!(input_sha256(&plain), input_sha256(&other));
}

#[test]
fn a_report_of_the_same_run_is_the_same_document() {
    let documents = [(); 2].map(|()| done(Workspace::with("windows").convert().arg("--json")).stdout);
    assert_eq!(documents[0], documents[1]);
}

#[test]
fn what_a_channel_gains_changes_nothing() {
    for folder in ["macos", "windows", "hand"] {
        let workspace = Workspace::with(folder);
        let later = workspace.path().join("later");
        let conda_forge = |directory: &Path| format!("conda-forge={}", directory.display());
        done(&mut workspace.convert_from(&[&conda_forge(&fixtures().join("channel"))]));
        let before = outputs(&workspace);

        // Names and versions that were missing turn up, too.
        grow(&fixtures().join("channel"), &later, &["appnope", "libcxx", "vs2015_runtime"]);
        done(&mut workspace.convert_from(&[&conda_forge(&later)]));
        assert_eq!(outputs(&workspace), before, "{folder}");

        done(workspace.convert_from(&[&conda_forge(&later)]).args(["--as-of", "latest"]));
        assert_ne!(outputs(&workspace), before, "the channel has new packages for {folder}");
    }
}
