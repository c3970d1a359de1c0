//! `envlock check`: what is fresh, and what isn't and why.

use std::fs;

use crate::support::{IMAGE, Run, Workspace, done, fixtures, run, snapshots};
use serde_json::json;

/// The hand-written environment of the fixtures, converted.
fn converted() -> Workspace {
    let workspace = Workspace::with("hand");
    done(&mut workspace.convert());
    workspace
}

fn check(workspace: &Workspace, arguments: &[&str]) -> Run {
    run(workspace.envlock().arg("check").args(arguments))
}

/// Replaces a part of a file, which must be there.
fn edit(workspace: &Workspace, file: &str, from: &str, to: &str) {
    let text = workspace.read(file);
    assert!(text.contains(from), "{from} isn't in {file}");
    workspace.write(file, text.replace(from, to));
}

/// What is told of a workspace that isn't fresh.
fn stale(workspace: &Workspace) -> String {
    let run = check(workspace, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{}", run.stdout);
    run.stdout
}

#[test]
fn what_was_just_converted_is_fresh_whatever_it_is_called_by() {
    for folder in ["hand", "macos", "windows"] {
        let workspace = Workspace::with(folder);
        done(&mut workspace.convert());
        fs::remove_dir_all(workspace.path().join(".cache")).unwrap();
        let before = workspace.contents();
        for named in [vec![], vec!["environment.yml"], vec!["conda-lock.yml", "Dockerfile"], vec!["."]] {
            let run = check(&workspace, &named);
            assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{folder} {named:?} {}", run.stderr);
            assert!(run.stderr.ends_with("and what is rendered of it are fresh\n"), "{}", run.stderr);
            assert_eq!(run.stderr.lines().count(), 1);
        }
        assert_eq!(workspace.contents(), before, "nothing is written");
        assert!(!workspace.path().join(".cache").exists(), "no cache is needed");
    }
}

#[test]
fn comments_of_a_lock_count_for_nothing() {
    let workspace = Workspace::with("macos");
    done(&mut workspace.convert());
    let lock = workspace.read("conda-lock.yml");
    workspace.write("conda-lock.yml", &lock[lock.find("version: 1\n").unwrap()..]);
    let told = stale(&workspace);
    // It notes the lock's hash.
    assert!(
        told.starts_with("Dockerfile:") && told.ends_with("envlock render\n") && !told.contains("convert"),
        "{told}"
    );
    done(workspace.envlock().arg("render"));
    assert_eq!(check(&workspace, &[]).code, 0);
    let explained = done(workspace.envlock().args(["explain", "appnope"]));
    assert!(explained.stdout.contains("appnope 0.1.0 is gone: only built for macOS"), "{}", explained.stdout);
}

#[test]
fn a_lock_of_version_1_is_read_and_written_anew() {
    let workspace = Workspace::with("macos");
    done(&mut workspace.convert());
    let lock = workspace.read("conda-lock.yml");
    let (before, from) = lock.split_once("    outcomes: |\n").unwrap();
    let (outcomes, after) = from.split_once("    packages_sha256:").unwrap();
    assert!(outcomes.contains("appnope"), "{outcomes}");
    let old = format!("{before}    packages_sha256:{after}");
    workspace.write("conda-lock.yml", old.replace("envlock_lock_version: '2'", "envlock_lock_version: '1'"));
    done(workspace.envlock().arg("render"));
    assert_eq!(check(&workspace, &[]).code, 0);
    done(&mut workspace.convert());
    assert_eq!(workspace.read("conda-lock.yml"), lock);
}

#[test]
fn what_makes_no_difference_does_not_make_it_stale() {
    let workspace = converted();
    edit(&workspace, "environment.yml", "name: notebook", "name: other\nprefix: /Users/me/other");
    edit(&workspace, "environment.yml", "  - pandas\n", "");
    edit(&workspace, "environment.yml", "  - python=3.7\n", "  - pandas   # moved up\n  - python  =3.7\n");
    assert_eq!(check(&workspace, &[]).code, 0);
    // As Git checks files out on Windows.
    for file in ["environment.yml", "conda-lock.yml", "Dockerfile"] {
        workspace.write(file, workspace.read(file).replace('\n', "\r\n"));
    }
    let run = check(&workspace, &[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn changes_of_the_environment_are_named_with_their_lines() {
    let workspace = converted();
    edit(&workspace, "environment.yml", "numpy>=1.19,<2", "numpy=1.19.4");
    edit(&workspace, "environment.yml", "  - pandas\n", "  - xlrd\n");
    edit(&workspace, "environment.yml", "OMP_NUM_THREADS: \"1\"", "OMP_NUM_THREADS: \"8\"");
    let expected = "environment.yml:8 numpy >=1.19,<2 → 1.19.4\n\
                    environment.yml:10 xlrd was added\n\
                    environment.yml:23 variable OMP_NUM_THREADS 1 → 8\n\
                    environment.yml pandas was removed\n  \
                    to mend it, run: envlock convert environment.yml\n";
    assert_eq!(stale(&workspace), expected);
    // The pip section was left out, so it doesn't count.
    done(&mut workspace.convert());
    edit(&workspace, "environment.yml", "termcolor>=1,<2", "termcolor>=1.1");
    assert_eq!(check(&workspace, &[]).code, 0);
}

#[test]
fn an_edited_dockerfile_is_named_and_rendered_again() {
    let workspace = converted();
    let (before, environment) = (workspace.contents(), workspace.read("environment.yml"));
    edit(&workspace, "Dockerfile", "OMP_NUM_THREADS=\"1\"", "OMP_NUM_THREADS=\"2\"");
    let line = 1 + workspace.read("Dockerfile").lines().position(|line| line.contains("OMP_NUM_THREADS")).unwrap();
    let mend = "  to mend it, run: envlock render\n";
    assert_eq!(stale(&workspace), format!("Dockerfile:{line} was edited, or the lock was\n{mend}"));
    done(workspace.envlock().arg("render"));
    assert_eq!(workspace.contents(), before);

    let other = IMAGE.replace("0123", "3210");
    edit(&workspace, "Dockerfile", IMAGE, &other);
    let (name, digest) = IMAGE.split_once('@').unwrap();
    let said = stale(&workspace);
    let now = other.split_once('@').unwrap().1;
    let expected = format!(
        " base image: changed in this file alone, {name} from {digest} to {now}\n  to mend it, run: envlock update \
         --base-image-from-dockerfile\n"
    );
    assert!(said.starts_with("Dockerfile:") && said.ends_with(&expected), "{said}");
    edit(&workspace, "Dockerfile", "OMP_NUM_THREADS=\"1\"", "OMP_NUM_THREADS=\"2\"");
    let expected = format!(" base image: the lock has {digest} for {name}, and this is {now}\n{mend}");
    assert!(stale(&workspace).ends_with(&expected), "{}", stale(&workspace));
    // Where the environment has changed, too, converting first would put the image back.
    done(workspace.envlock().arg("render"));
    edit(&workspace, "Dockerfile", IMAGE, &other);
    edit(&workspace, "environment.yml", "  - pandas\n", "");
    let said = stale(&workspace);
    assert!(
        said.ends_with(
            "  to mend it, run: envlock update --base-image-from-dockerfile\n  to mend it, run: envlock convert \
             environment.yml\n"
        ),
        "{said}"
    );
    workspace.write("environment.yml", environment);

    fs::remove_file(workspace.path().join("Dockerfile")).unwrap();
    assert_eq!(stale(&workspace), format!("Dockerfile isn't there\n{mend}"));
}

#[test]
fn a_lock_that_was_edited_or_not_merged_is_found_out() {
    let workspace = converted();
    let text = workspace.read("conda-lock.yml");
    edit(&workspace, "conda-lock.yml", "version: '1.21.6'", "version: '1.21.5'");
    assert!(stale(&workspace).starts_with("conda-lock.yml its packages were edited by hand, or merged\n"));
    workspace.write("conda-lock.yml", text.replace("      conda pandas\n", ""));
    let said = stale(&workspace);
    assert!(said.contains("conda-lock.yml its input was edited by hand, or merged\n"), "{said}");
    assert!(said.contains("environment.yml:10 pandas was added\n"), "{said}");
    workspace.write("conda-lock.yml", text.replace("\nmetadata:\n", "\n<<<<<<< HEAD\nmetadata:\n=======\n>>>>>>> b\n"));
    let said = stale(&workspace);
    let line = 1 + text.lines().position(|line| line == "metadata:").unwrap();
    let expected = format!(
        "conda-lock.yml:{line} an unresolved merge conflict\n  \
         to mend it, run: envlock convert environment.yml\n"
    );
    assert_eq!(said, expected);
    // Converting again mends it, from the date and the image of one side.
    let channel = format!("conda-forge={}", fixtures().join("channel").display());
    done(workspace.convert_bare().args(["--no-pip", "--channel", &channel]));
    assert_eq!(workspace.read("conda-lock.yml"), text);
    assert_eq!(check(&workspace, &[]).code, 0);
}

#[test]
fn the_command_that_is_named_mends_what_is_no_lock_any_more() {
    let workspace = converted();
    let text = workspace.read("conda-lock.yml");
    workspace.write("conda-lock.yml", "a text\n");
    let expected = "conda-lock.yml:1 it is no lock: one begins with `version: 1`\n  \
                    to mend it, run: envlock convert --force\n";
    assert_eq!(stale(&workspace), expected);
    let refused = run(&mut workspace.convert());
    assert!(refused.stderr.contains("envlock didn't write it"), "{}", refused.stderr);
    done(workspace.convert().arg("--force"));
    assert_eq!(workspace.read("conda-lock.yml"), text);
}

#[test]
fn every_command_knows_a_lock_that_is_not_merged() {
    let workspace = converted();
    workspace.write("whole/conda-lock.yml", workspace.read("conda-lock.yml"));
    edit(&workspace, "conda-lock.yml", "\npackage:\n", "\n<<<<<<< HEAD\npackage:\n=======\n>>>>>>> b\n");
    let before = workspace.contents();
    for command in [
        "render",
        "update --base-image",
        "update numpy",
        "install --prefix env",
        "explain numpy",
        "diff conda-lock.yml whole/conda-lock.yml",
    ] {
        let refused = run(workspace.envlock().args(command.split(' ')));
        let is_said =
            refused.stderr.contains("conda-lock.yml:") && refused.stderr.contains("an unresolved merge conflict");
        assert!(refused.code == 2 && is_said, "{command}: {}", refused.stderr);
        assert_eq!(workspace.contents(), before, "{command}");
    }
}

#[test]
fn what_is_missing_is_said() {
    let workspace = Workspace::with("hand");
    assert_eq!(stale(&workspace), "conda-lock.yml isn't there\n  to mend it, run: envlock convert environment.yml\n");
    done(&mut workspace.convert());
    fs::rename(workspace.path().join("environment.yml"), workspace.path().join("mac.yml")).unwrap();
    assert!(stale(&workspace).starts_with("environment.yml isn't there, and conda-lock.yml was made from it\n"));
    let gone = check(&workspace, &["environment.yml"]);
    assert_eq!((gone.code, gone.stdout.as_str()), (2, ""));
    assert!(gone.stderr.contains("environment.yml isn't there"), "{}", gone.stderr);
    workspace.write("broken.yml", "dependencies: [a\n");
    let broken = check(&workspace, &["broken.yml"]);
    assert_eq!(broken.code, 1);
    let empty = check(&Workspace::empty(), &[]);
    assert!(empty.code == 2 && empty.stderr.contains("there is no environment.yml"), "{}", empty.stderr);
}

#[test]
fn a_file_that_can_not_be_read_is_a_finding_at_its_line() {
    let workspace = converted();
    workspace.write("environment.yml", "name: a\ndependencies:\n  - python\n  - numpy=\n");
    let said = stale(&workspace);
    assert!(said.starts_with("environment.yml:4 "), "{said}");
}

#[test]
fn several_environments_are_checked_at_once() {
    let workspace = Workspace::empty();
    for folder in ["hand", "macos"] {
        let text = fs::read(fixtures().join(folder).join("environment.yml")).unwrap();
        workspace.write(&format!("{folder}/environment.yml"), text);
        done(workspace.convert().arg(format!("{folder}/environment.yml")));
    }
    workspace.write("web/Dockerfile", "FROM scratch\n");
    let all = ["hand/environment.yml", "hand/Dockerfile", "macos/conda-lock.yml", "web/Dockerfile"];
    let fresh = check(&workspace, &all);
    let expected = "hand/environment.yml, hand/conda-lock.yml and what is rendered of it are fresh\n\
                    macos/environment.yml, macos/conda-lock.yml and what is rendered of it are fresh\n\
                    web/Dockerfile is not checked: there is no lock beside it\n";
    assert_eq!((fresh.code, fresh.stderr.as_str()), (0, expected));

    edit(&workspace, "hand/environment.yml", "numpy>=1.19,<2", "numpy=1.19.4");
    let said = check(&workspace, &all);
    let expected = "hand/environment.yml:8 numpy >=1.19,<2 → 1.19.4\n  \
                    to mend it, run: envlock convert hand/environment.yml\n";
    assert_eq!((said.code, said.stdout.as_str()), (1, expected));

    let github = check(&workspace, &["--format", "github", "hand"]);
    let expected = "::error file=hand/environment.yml,line=8,title=envlock::hand/environment.yml numpy >=1.19,<2 → 1.19.4\
                    %0ATo mend it, run: envlock convert hand/environment.yml\n";
    assert_eq!((github.code, github.stdout.as_str()), (1, expected));

    let document = check(&workspace, &["--json", "hand", "web/Dockerfile"]).json();
    let expected = json!({
        "schema_version": 1,
        "fresh": false,
        "environments": [{
            "file": "hand/environment.yml",
            "lock": "hand/conda-lock.yml",
            "fresh": false,
            "findings": [{
                "file": "hand/environment.yml",
                "line": 8,
                "message": "numpy >=1.19,<2 → 1.19.4",
                "mend": "convert",
            }],
            "commands": ["envlock convert hand/environment.yml"],
        }],
        "skipped": ["web/Dockerfile"],
    });
    assert_eq!(document, expected);
    assert_eq!(check(&workspace, &["--format", "json", "hand", "web/Dockerfile"]).json(), expected);
}

#[test]
fn the_command_that_mends_it_does() {
    let workspace = Workspace::with("hand");
    done(workspace.convert().args(["environment.yml", "--output-dir", "my images"]));
    edit(&workspace, "environment.yml", "numpy>=1.19,<2", "numpy=1.19.4");
    let said = check(&workspace, &["my images/conda-lock.yml"]).stdout;
    let command = said.lines().find_map(|line| line.trim().strip_prefix("to mend it, run: ")).unwrap().to_owned();
    assert_eq!(command, "envlock convert environment.yml --output-dir 'my images'");
    done(&mut workspace.shell(&command));
    assert_eq!(check(&workspace, &["my images"]).code, 0);
}

#[test]
fn the_help_is_short() {
    let _snapshots = snapshots();
    let workspace = Workspace::empty();
    insta::assert_snapshot!("help-check", done(workspace.envlock().args(["check", "--help"])).stdout);
}
