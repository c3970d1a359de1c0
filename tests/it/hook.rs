//! The hooks of `.pre-commit-hooks.yaml`, run by pre-commit itself.

use std::{fs, path::Path};

use crate::support::{IMAGE, Run, done, readme, repository::Repository, run, tool};

const PYPROJECT: &str = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n";

/// Stands for maturin, which `wheel.rs` has pip run: makes a wheel of a script that starts the envlock beside.
const BACKEND: &str = r#"
import zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "conda_envlock-0.1.0"
    with zipfile.ZipFile(f"{directory}/{name}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.data/scripts/envlock", '#!/bin/sh\nexec "ENVLOCK" "$@"\n')
        wheel.writestr(f"{name}.dist-info/METADATA", "Metadata-Version: 2.1\nName: conda-envlock\nVersion: 0.1.0\n")
        wheel.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{name}.dist-info/RECORD", "")
    return f"{name}-py3-none-any.whl"
"#;

/// A repository like envlock's own, as pre-commit clones it, beside another one.
fn hooks(repository: &Repository) -> String {
    let source = repository.beside("hooks");
    fs::create_dir(&source).unwrap();
    fs::copy(manifest(), source.join(".pre-commit-hooks.yaml")).unwrap();
    let envlock = repository.beside("bin/envlock");
    fs::write(source.join("backend.py"), BACKEND.replace("ENVLOCK", envlock.to_str().unwrap())).unwrap();
    fs::write(source.join("pyproject.toml"), PYPROJECT).unwrap();
    let source = source.to_str().unwrap().to_owned();
    for arguments in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "Hooks"]] {
        repository.git(&[&["-C", &source], arguments].concat());
    }
    source
}

fn manifest() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml"))
}

/// Tries a hook on every file that is committed or staged; pre-commit installs it once.
fn try_hook(repository: &Repository, source: &str, hook: &str, stage: &str) -> Run {
    let rev = repository.git(&["-C", source, "rev-parse", "HEAD"]);
    let config = repository.beside("pre-commit.yaml");
    let hooks = "[{id: envlock-check}, {id: envlock-convert}]";
    fs::write(&config, format!("repos:\n- repo: {source}\n  rev: {rev}\n  hooks: {hooks}\n")).unwrap();
    repository.git(&["add", "--all"]);
    let mut command = repository.command("pre-commit");
    command.args(["run", "--config"]).arg(config).arg(hook);
    run(command.args(["--all-files", "--color", "never", "--hook-stage", stage]))
}

#[test]
fn pre_commit_takes_the_manifest() {
    let (Some(_), Some(repository)) = (tool("pre-commit"), Repository::empty()) else { return };
    let said = done(repository.command("pre-commit").arg("validate-manifest").arg(manifest()));
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", ""));
}

#[test]
fn the_book_says_how_to_use_them() {
    let (Some(_), Some(repository)) = (tool("pre-commit"), Repository::empty()) else { return };
    let config = readme::file(".pre-commit-config.yaml");
    repository.write(".pre-commit-config.yaml", &config);
    let said = done(repository.command("pre-commit").args(["validate-config", ".pre-commit-config.yaml"]));
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", ""));
    let ids = |text: &str| -> Vec<String> {
        let hooks: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
        let hooks = if hooks.is_sequence() { &hooks } else { &hooks["repos"][0]["hooks"] };
        hooks.as_sequence().unwrap().iter().map(|hook| hook["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&config), ids(&fs::read_to_string(manifest()).unwrap()));
}

#[test]
fn a_stale_lock_fails_the_check_and_foreign_dockerfiles_do_not() {
    let (Some(_), Some(repository)) = (tool("pre-commit"), Repository::with(&["one", "two"])) else { return };
    let source = hooks(&repository);
    repository.write("other/Dockerfile", "FROM scratch\n");
    repository.commit("An image without an environment");
    let fresh = try_hook(&repository, &source, "envlock-check", "pre-commit");
    assert!(fresh.code == 0 && fresh.stdout.contains("Passed"), "{}{}", fresh.stdout, fresh.stderr);

    repository.repin("two", "1.19.4");
    let stale = try_hook(&repository, &source, "envlock-check", "pre-commit");
    let said = &stale.stdout;
    assert!(stale.code == 1 && said.contains("Failed") && said.contains("- exit code: 1"), "{said}{}", stale.stderr);
    assert!(said.contains("two/environment.yml:5 numpy 1.21.6 → 1.19.4"), "{said}");
    assert!(said.contains("envlock convert") && !said.contains("one/environment.yml"), "{said}");
}

#[test]
fn files_that_have_nothing_to_do_with_environments_start_nothing() {
    let (Some(_), Some(repository)) = (tool("pre-commit"), Repository::empty()) else { return };
    let source = hooks(&repository);
    for file in [
        "my-environment.yml",
        "Dockerfile.dev",
        "conda-linux-64.lock.orig",
        "my-envlock.sh",
        "requirements.txt",
        "docs/environment.yml.md",
        "conda-lock.yml.orig",
    ] {
        repository.write(file, "");
    }
    repository.program("envlock", "#!/bin/sh\nexit 3\n");
    let none = try_hook(&repository, &source, "envlock-check", "pre-commit");
    assert!(none.code == 0 && none.stdout.contains("no files to check"), "{}{}", none.stdout, none.stderr);
    // The names that do, at the top and below.
    for file in [
        "environment.yml",
        "a/environment.yaml",
        "a/conda-lock.yml",
        "Dockerfile",
        "a/Dockerfile.in",
        "conda-linux-64.lock",
        "a/conda-linux-64.12.lock",
        "a/requirements-linux-64.txt",
        "envlock.sh",
        "a/compose.yaml",
    ] {
        repository.write(file, "");
        let some = try_hook(&repository, &source, "envlock-check", "pre-commit");
        assert!(some.code == 1 && some.stdout.contains("- exit code: 3"), "{file}: {}{}", some.stdout, some.stderr);
        repository.git(&["rm", "--quiet", "--force", file]);
    }
}

#[test]
fn the_hook_that_converts_runs_when_it_is_asked_to() {
    let (Some(_), Some(repository)) = (tool("pre-commit"), Repository::with(&["one"])) else { return };
    let source = hooks(&repository);
    let before = repository.read("one/conda-lock.yml");
    repository.repin("one", "1.19.4");
    let unasked = try_hook(&repository, &source, "envlock-convert", "pre-commit");
    assert!(unasked.code == 1 && unasked.stdout.contains("No hook with id"), "{}{}", unasked.stdout, unasked.stderr);
    assert_eq!(repository.read("one/conda-lock.yml"), before);

    // pre-commit fails a hook that changes a file.
    let asked = try_hook(&repository, &source, "envlock-convert", "manual");
    let said = &asked.stdout;
    assert!(asked.code == 1 && said.contains("files were modified by this hook"), "{said}{}", asked.stderr);
    assert!(repository.read("one/conda-lock.yml").contains("numpy-1.19.4-"));
    let again = try_hook(&repository, &source, "envlock-convert", "manual");
    assert!(again.code == 0 && again.stdout.contains("Passed"), "{}{}", again.stdout, again.stderr);
}

#[test]
fn users_may_have_pre_commit_run_the_envlock_of_the_path() {
    let (Some(_), Some(repository)) = (tool("pre-commit"), Repository::empty()) else { return };
    let source = hooks(&repository);
    repository.program("envlock", "#!/bin/sh\necho the one on the path: \"$@\"\n");
    let rev = repository.git(&["-C", &source, "rev-parse", "HEAD"]);
    repository.write("Dockerfile", format!("FROM {IMAGE}\n"));
    repository.write(
        ".pre-commit-config.yaml",
        format!(
            "repos:\n- repo: {source}\n  rev: {rev}\n  hooks:\n  - id: envlock-check\n    language: system\n    \
             verbose: true\n"
        ),
    );
    repository.git(&["add", "--all"]);
    let ran = run(repository.command("pre-commit").args(["run", "--all-files", "--color", "never"]));
    let said = &ran.stdout;
    assert!(ran.code == 0 && said.contains("the one on the path: check Dockerfile"), "{said}{}", ran.stderr);
}
