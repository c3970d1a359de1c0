//! Many environments: several files, directories, and `envlock.toml`.

use std::{fs, path::PathBuf};

use crate::support::{IMAGE, Run, Workspace, done, fixtures, real_environments, run, snapshot_channel};
use serde_json::Value;

const FOLDERS: [&str; 3] = ["hand", "macos", "windows"];

/// The environments of the fixtures, each in a directory.
fn fleet() -> Workspace {
    let workspace = Workspace::empty();
    for folder in FOLDERS {
        let text = fs::read(fixtures().join(folder).join("environment.yml")).unwrap();
        workspace.write(&format!("{folder}/environment.yml"), text);
    }
    workspace
}

/// An `envlock.toml` of them.
fn configured(more: &str) -> Workspace {
    let workspace = fleet();
    let channel = fixtures().join("channel");
    let entries: Vec<String> = FOLDERS
        .iter()
        .map(|folder| {
            format!("\n[[environment]]\nfile = \"{folder}/environment.yml\"\noutput-dir = \"docker/{folder}\"\n")
        })
        .collect();
    let text = format!(
        "# all of them\nbase-image = \"{IMAGE}\"\nchannel = [\"conda-forge={}\"]\nno-pip = true\n{}{more}",
        channel.display(),
        entries.concat()
    );
    workspace.write("envlock.toml", text);
    workspace
}

fn convert(workspace: &Workspace, arguments: &[&str]) -> Run {
    run(workspace.envlock().arg("convert").args(arguments))
}

#[test]
fn a_python_is_read_from_the_configuration_as_it_is_written() {
    let workspace = configured("python = 3.10\n");
    let refused = convert(&workspace, &["windows/environment.yml"]);
    assert!(refused.stderr.contains("--python 3.10: python 3.10.* doesn't exist"), "{}", refused.stderr);
    workspace.write("envlock.toml", workspace.read("envlock.toml").replace("python = 3.10", "python = 3.6"));
    done(workspace.envlock().args(["convert", "windows/environment.yml"]));
    assert_eq!(workspace.lock_in("docker/windows").choices().python.as_deref(), Some("3.6"));
    let check = |workspace: &Workspace| run(workspace.envlock().args(["check", "windows/environment.yml"]));
    assert_eq!(check(&workspace).code, 0, "{}", check(&workspace).stdout);
    workspace.write("envlock.toml", workspace.read("envlock.toml").replace("python = 3.6\n", ""));
    let expected = "python: that of the file is to be converted to, and the lock has 3.6";
    assert!(check(&workspace).stdout.contains(expected), "{}", check(&workspace).stdout);
}

#[test]
fn many_at_once_give_the_same_bytes_as_one_after_the_other() {
    let (together, apart) = (fleet(), fleet());
    let said = done(together.convert().args(FOLDERS));
    for folder in FOLDERS {
        done(apart.convert().arg(format!("{folder}/environment.yml")));
    }
    assert_eq!(together.contents(), apart.contents());
    let lines: Vec<&str> = said.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{}", said.stderr);
    assert!(lines[1].starts_with("macos/environment.yml: ") && lines[1].contains(" kept, "), "{}", lines[1]);
    let again = done(together.convert().args(FOLDERS));
    assert!(again.stderr.lines().all(|line| line.ends_with(", as it was")), "{}", again.stderr);
}

#[test]
fn a_configuration_is_converted_checked_and_baked() {
    let workspace = configured("");
    assert_eq!(convert(&workspace, &["--bake"]).code, 0);
    for folder in FOLDERS {
        assert!(workspace.lock_in(&format!("docker/{folder}")).choices().pip_left_out);
    }
    let bake: Value = serde_json::from_str(&workspace.read("docker-bake.json")).unwrap();
    assert_eq!(bake["group"]["default"]["targets"], serde_json::json!(FOLDERS));
    assert_eq!(bake["target"]["macos"]["context"], "docker/macos");
    let check = |arguments: &[&str]| run(workspace.envlock().arg("check").args(arguments));
    assert_eq!(check(&[]).stderr.lines().count(), 3);
    assert_eq!(check(&["macos/environment.yml", "docker/macos/Dockerfile"]).stderr.lines().count(), 1);

    // An option that changes makes its locks stale; the command that mends it needs no options.
    let text = workspace.read("envlock.toml");
    workspace.write(
        "envlock.toml",
        text.replace("[[environment]]\nfile = \"macos", "[[environment]]\nno-pip = false\nfile = \"macos"),
    );
    let stale = check(&["docker/macos"]);
    let expected = "envlock.toml the pip section is to be locked, and the lock leaves it out\n  \
                    to mend it, run: envlock convert macos/environment.yml\n";
    assert_eq!((stale.code, stale.stdout.as_str()), (1, expected), "{}", stale.stderr);
    workspace.write("envlock.toml", text.replace("0123", "3210"));
    assert!(check(&[]).stdout.contains("envlock.toml base image: "), "{}", check(&[]).stdout);
    workspace.write("envlock.toml", text);

    // One of them alone has its options, too, unless the command line says otherwise.
    let before = workspace.contents();
    assert_eq!(convert(&workspace, &["macos/environment.yml"]).code, 0);
    assert_eq!(workspace.contents(), before);
    let other = IMAGE.replace("0123", "3210");
    assert_eq!(convert(&workspace, &["macos/environment.yml", "--base-image", &other]).code, 0);
    assert!(workspace.read("docker/macos/Dockerfile").contains(&other));
    assert!(!workspace.path().join("macos/conda-lock.yml").exists());
}

#[test]
fn a_configuration_is_updated_lock_by_lock() {
    let workspace = configured("");
    assert_eq!(convert(&workspace, &[]).code, 0);
    let before = workspace.contents();
    let dry = run(workspace.envlock().args(["update", "--as-of", "2020-12-31", "--dry-run"]));
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    for folder in FOLDERS {
        assert!(dry.stderr.contains(&format!("docker/{folder}/conda-lock.yml: ")), "{}", dry.stderr);
    }
    assert_eq!(workspace.contents(), before);
    // One of them, by its environment file.
    let one = run(workspace.envlock().args(["update", "--as-of", "2020-12-31", "--file", "hand/environment.yml"]));
    assert!(one.code == 0 && one.stderr.starts_with("docker/hand/conda-lock.yml: "), "{}", one.stderr);
    let as_of = workspace.lock_in("docker/hand").as_of().unwrap().unwrap();
    assert_eq!(as_of, "2020-12-31T23:59:59.999Z".parse().unwrap());
    assert_eq!(run(workspace.envlock().arg("check")).code, 0);
}

#[test]
fn one_that_can_not_be_converted_does_not_keep_the_others_from_it() {
    let workspace = configured("");
    workspace.write("macos/environment.yml", "dependencies:\n  - python=2.2.1\n");
    let failed = convert(&workspace, &[]);
    assert_eq!(failed.code, 2);
    assert!(failed.stderr.contains("macos/environment.yml: not converted\n"), "{}", failed.stderr);
    assert!(failed.stderr.contains("python 2.2"), "{}", failed.stderr);
    assert!(!workspace.path().join("docker/macos").exists());
    for folder in ["hand", "windows"] {
        workspace.lock_in(&format!("docker/{folder}"));
    }
    let document = convert(&workspace, &["--json"]).json();
    assert_eq!(document["environments"].as_array().unwrap().len(), 2);
    assert_eq!(document["errors"][0]["file"], "macos/environment.yml");
    assert_eq!(document["errors"][0]["error"]["line"], 2);
}

#[test]
fn two_environments_can_not_share_a_directory() {
    let workspace = fleet();
    workspace.write("hand/other.yml", "dependencies: [tzdata]\n");
    let refused = run(workspace.convert().args(["hand/environment.yml", "hand/other.yml"]));
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("would both be written to hand"), "{}", refused.stderr);
    assert!(!workspace.path().join("hand/conda-lock.yml").exists());
    // Nor one that isn't there yet, however it is written.
    let two = "[[environment]]\nfile = 'hand/environment.yml'\noutput-dir = 'new'\n\n[[environment]]\n\
               file = 'hand/other.yml'\noutput-dir = './new'\n";
    #[cfg(unix)]
    std::os::unix::fs::symlink(".", workspace.path().join("link")).unwrap();
    let linked = if cfg!(unix) { "'link/new'" } else { "'new'" };
    for place in ["'./new'", "'hand/../new'", linked] {
        workspace.write("envlock.toml", two.replace("'./new'", place));
        let refused = run(&mut workspace.convert());
        assert!(refused.code == 2 && refused.stderr.contains("would both be written to"), "{}", refused.stderr);
    }
}

#[test]
fn mistakes_in_a_configuration_are_named_with_their_lines() {
    let cases = [
        ("chanel = \"x\"\n", 1, "there is no option `chanel`"),
        ("[[environment]]\noutput-dir = \"a\"\n", 1, "this environment names no file"),
        ("[[environment]]\nfile = 3\n", 2, "`file` is not a text"),
        ("[[environment]]\nfile = \"a.yml\"\nno-pip = \"yes\"\n", 3, "`no-pip` has a value of another kind"),
        ("[[environment]]\nfile = \"a.yml\"\nlayers = 99\n", 2, "the options of a.yml: invalid value '99'"),
        ("[[environment]\n", 1, "unclosed array table"),
        ("[[environment]]\nfile = \"a.yml\"\nforce = true\n", 3, "there is no option `force`"),
        ("[[environment]]\nfile = \"../.netrc\"\noutput-dir = \".\"\n", 2, "../.netrc is outside of "),
        (
            "[[environment]]\nfile = \"a.yml\"\noutput-dir = \"..\"\n",
            2,
            "the lock of a.yml would be written to .., outside of ",
        ),
    ];
    for (text, line, message) in cases {
        let workspace = Workspace::empty();
        workspace.write("envlock.toml", format!("{text}\n[[environment]]\nfile = \"b.yml\"\n"));
        let run = convert(&workspace, &["--json"]);
        assert_eq!(run.code, 2);
        let error = &run.json()["error"];
        let said = error["message"].as_str().unwrap();
        assert!(said.contains(message), "{said}");
        assert_eq!((error["file"].as_str(), error["line"].as_u64()), (Some("envlock.toml"), Some(line)), "{text}");
    }
}

#[test]
fn a_configuration_writes_nothing_outside_of_its_repository() {
    let workspace = Workspace::empty();
    let configured = |file: &str, directory: &str| {
        workspace.write(
            "repo/ci/envlock.toml",
            format!("[[environment]]\nfile = \"{file}\"\noutput-dir = \"{directory}\"\n"),
        );
        let said = run(workspace.envlock().args(["check", "repo/ci/envlock.toml"]));
        said.stderr.contains("outside of")
    };
    workspace.write("repo/environment.yml", "dependencies: [xz]\n");
    workspace.write("repo/ci/environment.yml", "dependencies: [xz]\n");
    std::os::unix::fs::symlink("..", workspace.path().join("repo/ci/up")).unwrap();
    for (directory, alone, in_a_repository) in [
        ("docker", false, false),
        ("../docker", true, false),
        ("up/docker", true, false),
        ("../../docker", true, true),
        ("none/../../../x", true, true),
        ("/", true, true),
    ] {
        _ = std::fs::remove_dir(workspace.path().join("repo/.git"));
        assert_eq!(configured("environment.yml", directory), alone, "{directory}");
        std::fs::create_dir(workspace.path().join("repo/.git")).unwrap();
        assert_eq!(configured("environment.yml", directory), in_a_repository, "{directory}");
    }
}

#[test]
fn real_environments_are_fresh_once_converted_and_the_same_as_alone() {
    let (Some(environments), Some(snapshot)) = (real_environments(), snapshot_channel()) else { return };
    let workspace = Workspace::empty();
    let mut files: Vec<PathBuf> = fs::read_dir(environments).unwrap().map(|it| it.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "yml" || it == "yaml"));
    files.sort();
    // Half of them take long enough.
    let files: Vec<PathBuf> = files.into_iter().step_by(2).collect();
    let names: Vec<&str> = files.iter().map(|file| file.file_stem().unwrap().to_str().unwrap()).collect();
    for (file, name) in files.iter().zip(&names) {
        workspace.write(&format!("{name}/environment.yml"), fs::read(file).unwrap());
    }
    let channel = format!("conda-forge={}", snapshot.join("conda-forge").display());
    // Some of the files are there because they can't be converted.
    let document = run(workspace.convert_from(&[&channel]).args(&names).arg("--json")).json();
    let failed: Vec<&str> =
        document["errors"].as_array().unwrap().iter().map(|it| it["file"].as_str().unwrap()).collect();
    let converted: Vec<&&str> =
        names.iter().filter(|name| !failed.contains(&&*format!("{name}/environment.yml"))).collect();
    assert!(converted.len() > names.len() / 2, "{failed:?}");
    let check = run(workspace.envlock().arg("check").args(&converted));
    assert_eq!((check.code, check.stdout.as_str()), (0, ""));
    assert_eq!(check.stderr.lines().count(), converted.len());
    for name in converted.iter().step_by(10) {
        let alone = Workspace::empty();
        alone.write(
            &format!("{name}/environment.yml"),
            fs::read(workspace.path().join(name).join("environment.yml")).unwrap(),
        );
        done(alone.convert_from(&[&channel]).arg(name));
        let lock = format!("{name}/conda-lock.yml");
        assert_eq!(alone.read(&lock), workspace.read(&lock), "{name}");
    }
}
