//! What holds for all commands: help, the version, and the schemas of what they print.

use std::{path::Path, process::Command};

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Run, Workspace, done, fixtures, run, snapshots, tool};

const COMMANDS: [&str; 8] = ["check", "convert", "diff", "explain", "graph", "install", "render", "update"];

#[test]
fn every_help_has_an_example_and_the_usual_one_of_convert_is_the_shorter_one() {
    let workspace = Workspace::empty();
    let help = |arguments: &[&str]| done(workspace.envlock().env("COLUMNS", "80").args(arguments)).stdout;
    for command in COMMANDS.into_iter().chain(["completions", "schema", "man"]) {
        for text in [help(&[command, "-h"]), help(&[command, "--help"])] {
            assert!(text.contains(&format!("\n  envlock {command}")), "{text}");
        }
    }
    let (short, long) = (help(&["convert", "-h"]), help(&["convert", "--help"]));
    for rare in ["--insecure-registry", "--pypi-name", "--no-pyc", "--channel-priority"] {
        assert!(!short.contains(rare) && long.contains(rare), "{rare}");
    }
    let _snapshots = snapshots();
    assert_snapshot!("help-convert-short", short);
}

#[test]
fn without_anything_the_first_screen_is_shown() {
    let workspace = Workspace::empty();
    let nothing = run(workspace.envlock().env("COLUMNS", "80"));
    let help = done(workspace.envlock().env("COLUMNS", "80").arg("--help"));
    assert_eq!((nothing.code, nothing.stderr), (2, help.stdout));
}

#[test]
fn the_version_is_that_of_the_program() {
    let workspace = Workspace::empty();
    let run = done(workspace.envlock().arg("--version"));
    assert_eq!(run.stdout, concat!("envlock ", env!("CARGO_PKG_VERSION"), "\n"));
    for arguments in [["--version", "--json"], ["--json", "-V"]] {
        let document = done(workspace.envlock().args(arguments)).json();
        assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(document["schema_version"], 1);
        assert!(fits(&workspace, "version", &document.to_string()).unwrap_or(true));
    }
}

/// Whether another program finds that a document fits a schema; `None` where it isn't there.
fn fits(workspace: &Workspace, schema: &str, document: &str) -> Option<bool> {
    let checker = tool("check-jsonschema")?;
    workspace.write(".schema.json", done(workspace.envlock().args(["schema", schema])).stdout);
    workspace.write(".document.json", document);
    let mut check = Command::new(checker);
    check.args(["--schemafile", ".schema.json", ".document.json"]).current_dir(workspace.path());
    Some(check.status().unwrap().success())
}

/// A workspace with the environment of the fixtures, converted.
fn converted() -> Workspace {
    let workspace = Workspace::with("macos");
    done(&mut workspace.convert());
    workspace
}

fn said(workspace: &Workspace, command: &str, arguments: &[&str]) -> Run {
    run(workspace.envlock().arg(command).args(arguments).arg("--json"))
}

#[test]
fn what_every_command_prints_fits_its_schema() {
    let Some(_) = tool("check-jsonschema") else { return };
    let workspace = converted();
    let channel = format!("conda-forge={}", fixtures().join("channel").display());
    for (command, arguments, code) in [
        ("check", &[][..], 0),
        ("diff", &["conda-lock.yml", "conda-lock.yml"], 0),
        ("diff", &["environment.yml", "conda-lock.yml"], 1),
        ("explain", &["python"], 0),
        ("graph", &[], 0),
        ("render", &[], 0),
        ("update", &["--offline", "--dry-run", "--channel", &channel, "numpy"], 0),
        ("convert", &["--offline", "--no-pip", "--channel", &channel, "environment.yml", "other"], 2),
        ("install", &["--prefix", "env", "none.lock"], 2),
        ("explain", &["nothing-of-the-kind"], 2),
    ] {
        workspace.write("other/environment.yml", "dependencies:\n  - no-such-package-anywhere\n");
        let said = said(&workspace, command, arguments);
        assert_eq!(said.code, code, "{command}: {}", said.stderr);
        assert_eq!(fits(&workspace, command, &said.stdout), Some(true), "{command}: {}", said.stdout);
        let mut document = said.json();
        assert_eq!(document["schema_version"], 1, "{command}: {document}");
        // It does look.
        let fields = document.as_object_mut().unwrap();
        let first = fields.keys().next().unwrap().clone();
        fields.remove(&first);
        assert_eq!(fits(&workspace, command, &document.to_string()), Some(false), "{command}: {document}");
    }
    let report = done(workspace.convert().arg("--json")).stdout;
    assert_eq!(fits(&workspace, "convert", &report), Some(true), "{report}");
}

#[test]
fn a_configuration_fits_its_schema_where_envlock_takes_it() {
    let Some(checker) = tool("check-jsonschema") else { return };
    let workspace = converted();
    workspace.write("config.json", done(workspace.envlock().args(["schema", "config"])).stdout);
    for (text, is_good) in [
        ("base-image = \"debian\"\npython = 3.9\nlayers = 3\n[[environment]]\nfile = \"environment.yml\"\n", true),
        ("channel = [\"a\", \"b\"]\nchannel-priority = \"flexible\"\nno-pip = true\nas-of = 2018-12-31\n", true),
        ("[[environment]]\noutput-dir = \"a\"\n", false),
        ("no-pip = \"yes\"\n", false),
        ("force = true\n", false),
        ("channel-priority = \"loose\"\n", false),
    ] {
        workspace.write("envlock.toml", text);
        let mut check = Command::new(&checker);
        check.args(["--schemafile", "config.json", "envlock.toml"]).current_dir(workspace.path());
        assert_eq!(check.status().unwrap().success(), is_good, "{text}");
        let read = run(workspace.envlock().args(["check", "envlock.toml"]));
        assert_eq!(read.code != 2, is_good, "{text}{}", read.stderr);
    }
}

#[test]
fn the_schemas() {
    let _snapshots = snapshots();
    let workspace = Workspace::empty();
    for name in COMMANDS.into_iter().chain(["config", "version"]) {
        let schema = done(workspace.envlock().args(["schema", name])).stdout;
        let parsed: Value = serde_json::from_str(&schema).unwrap();
        assert_eq!(parsed["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_snapshot!(format!("schema-{name}"), schema);
        if let Some(checker) = tool("check-jsonschema") {
            workspace.write("schema.json", &schema);
            let mut check = Command::new(checker);
            let good =
                check.args(["--check-metaschema", "schema.json"]).current_dir(workspace.path()).status().unwrap();
            assert!(good.success(), "{name}");
        }
    }
}

#[test]
fn a_pyproject_says_the_same_and_gives_way_to_envlock_toml() {
    let workspace = Workspace::with("macos");
    let channel = fixtures().join("channel");
    let options = |image: &str| {
        format!(
            "base-image = \"{image}\"\nchannel = [\"conda-forge={}\"]\nno-pip = true\noutput-dir = \"docker\"\n",
            channel.display()
        )
    };
    let project = |image: &str| format!("[project]\nname = \"mine\"\n\n[tool.envlock]\n{}", options(image));
    let digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let image = |name: &str| format!("docker.io/mambaorg/micromamba:{name}{digest}");
    workspace.write("pyproject.toml", project(&image("2.6.1-debian13-slim")));
    done(workspace.envlock().args(["convert", "-v"]));
    assert!(workspace.read("docker/Dockerfile").contains("2.6.1-debian13-slim"));
    assert_eq!(run(workspace.envlock().arg("check")).code, 0);

    workspace.write("pyproject.toml", project(&image("2.6.1-debian12-slim")));
    let stale = run(workspace.envlock().arg("check"));
    assert!(stale.code == 1 && stale.stdout.contains("pyproject.toml base image: "), "{}", stale.stdout);

    workspace.write("envlock.toml", options(&image("2.6.1-ubuntu24.04")));
    let both = done(workspace.envlock().args(["convert", "-v"]));
    assert!(
        both.stderr.contains("[tool.envlock] of pyproject.toml doesn't count beside envlock.toml"),
        "{}",
        both.stderr
    );
    assert!(workspace.read("docker/Dockerfile").contains("2.6.1-ubuntu24.04"));
    let quiet = done(workspace.envlock().arg("convert"));
    assert!(!quiet.stderr.contains("tool.envlock"), "{}", quiet.stderr);
}

#[test]
fn a_mistake_in_a_pyproject_is_told_with_its_line_and_those_of_others_are_left_alone() {
    let workspace = converted();
    workspace.write("pyproject.toml", "[project]\nname = \"mine\"\n[tool.envlock]\nbase-imgae = \"debian\"\n");
    let error = said(&workspace, "convert", &[]).json()["error"].clone();
    assert_eq!((error["file"].as_str(), error["line"].as_u64()), (Some("pyproject.toml"), Some(4)), "{error}");
    for text in ["[project\nbroken", "[tool.ruff]\nline-length = 100\n"] {
        workspace.write("pyproject.toml", text);
        assert_eq!(run(workspace.envlock().arg("check")).code, 0, "{text}");
        assert_eq!(run(workspace.envlock().args(["check", "pyproject.toml"])).code, 0, "{text}");
    }
    let named = run(workspace.envlock().args(["convert", "pyproject.toml"]));
    assert!(named.stderr.contains("pyproject.toml says nothing of envlock"), "{}", named.stderr);
    assert!(Path::new(&workspace.path().join("conda-lock.yml")).exists());
}
