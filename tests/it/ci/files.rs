//! The files themselves, held against the schemas that are published for them.

use std::{fs, path::Path};

use serde_yaml::Value;

use super::{action::action, shellcheck};
use crate::support::{pages::Page, readme, repository::Repository, run, tool};

const WORKFLOW: &str = ".github/workflows/envlock.yml";

const MEND: &str = ".github/workflows/envlock-mend.yml";

/// What Renovate is given.
fn preset() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/renovate/envlock.json")).unwrap()
}

/// A workflow of this repository.
fn own(name: &str) -> String {
    let workflows = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows");
    fs::read_to_string(workflows.join(name)).unwrap()
}

#[test]
fn they_are_as_their_schemas_want_them() {
    let (Some(_), Some(repository)) = (tool("check-jsonschema"), Repository::empty()) else { return };
    let action = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap();
    for (schema, text) in [
        ("github-actions", action),
        ("github-workflows", readme::file(WORKFLOW)),
        ("github-workflows", readme::file(MEND)),
        ("github-workflows", own("release.yml")),
        ("github-workflows", own("book.yml")),
        ("github-workflows", own("fuzz.yml")),
        ("gitlab-ci", readme::file(".gitlab-ci.yml")),
        ("renovate", preset()),
    ] {
        repository.write("file.yml", text);
        let schema = format!("vendor.{schema}");
        let check = |file: &str| run(repository.command("check-jsonschema").args(["--builtin-schema", &schema, file]));
        let said = check("file.yml");
        assert_eq!(said.code, 0, "{schema}: {}{}", said.stdout, said.stderr);
        // It does look.
        repository.write("wrong.yml", "runs: 1\njobs: 1\nenvlock: {script: {a: b}}\npackageRules: 1\n");
        assert_eq!(check("wrong.yml").code, 1, "{schema}");
    }
}

#[test]
fn the_workflows_use_the_action_as_it_is_and_pin_those_of_others() {
    let read = |file: &str| -> Value { serde_yaml::from_str(&readme::file(file)).unwrap() };
    let workflows = [read(WORKFLOW), read(MEND)];
    let (action, mut modes) = (action(), Vec::new());
    for (_, job) in workflows.iter().flat_map(|it| it["jobs"].as_mapping().unwrap()) {
        for step in job["steps"].as_sequence().unwrap() {
            let uses = step["uses"].as_str().unwrap();
            let (name, version) = uses.split_once('@').unwrap();
            if name != "OWNER/envlock" {
                assert!(version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit()), "{uses}");
                continue;
            }
            assert_eq!(version, concat!("v", env!("CARGO_PKG_VERSION")));
            for (input, _) in step["with"].as_mapping().unwrap_or(&serde_yaml::Mapping::new()) {
                assert!(action["inputs"].get(input).is_some(), "{input:?}");
            }
            modes.push(
                step["with"]["mode"].as_str().or(action["inputs"]["mode"]["default"].as_str()).unwrap().to_owned(),
            );
        }
    }
    assert_eq!(modes, ["check", "update", "mend"]);
}

#[test]
fn what_renovate_is_to_run_is_a_command_of_envlock() {
    let Some(repository) = Repository::with(&["one"]) else { return };
    let preset: serde_json::Value = serde_json::from_str(&preset()).unwrap();
    let command = preset["packageRules"][0]["postUpgradeTasks"]["commands"][0].as_str().unwrap();
    // What the README has administrators allow.
    assert!(command.starts_with("envlock update "), "{command}");
    let command = command.replace("{{{packageFile}}}", "one/Dockerfile");
    let said = run(repository.command("sh").args(["-c", &command]));
    assert_eq!((said.code, said.stderr.as_str()), (0, "the base image is that of the lock\n"));
}

#[test]
fn the_book_names_every_input() {
    let page = Page::read("book/src/ci.md").text;
    let table = &page[page.find("| Input ").unwrap()..];
    let named: Vec<&str> = table
        .lines()
        .skip(2)
        .map_while(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    let action = action();
    let inputs: Vec<&str> = action["inputs"].as_mapping().unwrap().keys().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(named, inputs);
}

#[test]
fn own_workflows_pin_what_they_use_and_their_scripts_are_sound() {
    let Some(repository) = Repository::empty() else { return };
    let workflows =
        ["release.yml", "book.yml", "fuzz.yml"].map(|name| serde_yaml::from_str::<Value>(&own(name)).unwrap());
    for (_, job) in workflows.iter().flat_map(|workflow| workflow["jobs"].as_mapping().unwrap()) {
        for step in job["steps"].as_sequence().unwrap() {
            if let Some(uses) = step["uses"].as_str() {
                let (_, version) = uses.split_once('@').unwrap();
                assert!(version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit()), "{uses}");
            }
            let script = step["run"].as_str().unwrap_or_default();
            assert!(!script.contains("${{"), "{script}");
            let Some(said) = shellcheck(&repository, "bash", script) else { return };
            assert_eq!(said, "", "{script}");
        }
    }
}

#[test]
fn every_target_is_fuzzed_each_week() {
    let workflow: Value = serde_yaml::from_str(&own("fuzz.yml")).unwrap();
    let fuzzed: Vec<&str> = workflow["jobs"]["fuzz"]["strategy"]["matrix"]["target"]
        .as_sequence()
        .unwrap()
        .iter()
        .map(|target| target.as_str().unwrap())
        .collect();
    let targets = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets")).unwrap();
    let mut targets: Vec<String> =
        targets.map(|it| it.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
    targets.sort();
    assert_eq!(fuzzed, targets);
}
