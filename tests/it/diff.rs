//! `envlock diff`: two locks, an export and its lock, and revisions of a lock.

use std::fs;

use crate::support::{IMAGE, Run, Workspace, done, fixtures, repository::Repository, run, snapshots};
use serde_json::Value;

const BEFORE: &str = "channels: [conda-forge]\ndependencies:\n  - python=3.7.8\n  - numpy=1.21.6\n  - tzdata\n";
const AFTER: &str = "channels: [conda-forge]\ndependencies:\n  - python=3.7.8\n  - numpy=1.19.4\n  - xlrd\n";

/// A workspace with a lock of each.
fn two() -> Workspace {
    let workspace = Workspace::empty();
    for (directory, text) in [("before", BEFORE), ("after", AFTER)] {
        workspace.write(&format!("{directory}/environment.yml"), text);
        done(workspace.convert().arg(format!("{directory}/environment.yml")));
    }
    workspace
}

fn diff(workspace: &Workspace, arguments: &[&str]) -> Run {
    run(workspace.envlock().arg("diff").args(arguments))
}

/// The size of a file of the fixtures' channel, as it is on the disk.
fn size(file: &str) -> u64 {
    let subdirs = ["linux-64", "noarch"].map(|subdir| fixtures().join("channel").join(subdir).join(file));
    subdirs.iter().find_map(|path| fs::metadata(path).ok()).unwrap().len()
}

/// The files of the packages of a lock.
fn files(workspace: &Workspace, directory: &str) -> Vec<String> {
    let file = |url: &str| url.rsplit('/').next().unwrap().to_owned();
    workspace.lock_in(directory).conda_packages().map(|package| file(&package.address())).collect()
}

#[test]
fn two_locks_differ_in_what_is_listed() {
    let _snapshots = snapshots();
    let workspace = two();
    let sides = ["before/conda-lock.yml", "after/conda-lock.yml"];
    let text = diff(&workspace, &sides);
    assert_eq!((text.code, text.stderr.as_str()), (1, ""));
    assert_eq!(diff(&workspace, &["before", "after"]).stdout, text.stdout);
    insta::assert_snapshot!("diff-text", text.stdout);
    let markdown = diff(&workspace, &[sides[0], sides[1], "--format", "markdown"]);
    assert_eq!(markdown.code, 1);
    insta::assert_snapshot!("diff-markdown", markdown.stdout);

    // The sizes are those of the files.
    let document = diff(&workspace, &[sides[0], sides[1], "--json"]).json();
    let (before, after) = (files(&workspace, "before"), files(&workspace, "after"));
    let sum = |files: &[String]| files.iter().map(|file| size(file)).sum::<u64>();
    assert_eq!(document["size"]["before"], sum(&before));
    assert_eq!(document["size"]["after"], sum(&after));
    let new: Vec<String> = after.iter().filter(|file| !before.contains(file)).cloned().collect();
    assert_eq!(document["size"]["download"], sum(&new));
    assert_eq!(document["size"]["unknown"], 0);
    let changed = document["changes"].as_array().unwrap();
    let of = |name: &str| changed.iter().find(|it| it["name"] == name).unwrap();
    assert_eq!(
        (&of("numpy")["kind"], &of("numpy")["before"], &of("numpy")["after"]),
        (&"down".into(), &"1.21.6".into(), &"1.19.4".into())
    );
    assert_eq!((&of("xlrd")["kind"], &of("tzdata")["kind"]), (&"added".into(), &"removed".into()));

    let same = diff(&workspace, &[sides[0], sides[0]]);
    assert_eq!(same.code, 0);
    assert!(
        same.stdout.starts_with("before/conda-lock.yml → before/conda-lock.yml: the same packages"),
        "{}",
        same.stdout
    );
}

#[test]
fn what_else_differs_is_told() {
    let workspace = two();
    let other = IMAGE.replace("0123", "3210");
    let text = workspace.read("before/conda-lock.yml");
    workspace.write("other-lock.yml", text.replace(IMAGE, &other));
    let said = diff(&workspace, &["before/conda-lock.yml", "other-lock.yml"]);
    assert_eq!(said.code, 1);
    assert!(said.stdout.contains(&format!("\nother\n  base image: {IMAGE} → {other}\n")), "{}", said.stdout);
}

#[test]
fn an_export_is_compared_with_its_lock() {
    let workspace = Workspace::with("macos");
    done(&mut workspace.convert());
    let document = diff(&workspace, &["environment.yml", "conda-lock.yml", "--json"]).json();
    // As PowerShell writes it.
    let utf16 = workspace.read("environment.yml").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    workspace.write("utf16.yml", [&b"\xff\xfe"[..], &utf16].concat());
    let again = diff(&workspace, &["utf16.yml", "conda-lock.yml", "--json"]).json();
    assert_eq!(again["changes"], document["changes"]);
    let changes = document["changes"].as_array().unwrap();
    let of = |name: &str| changes.iter().find(|it| it["name"] == name && it["manager"] == "conda");
    // As the report of the conversion has it.
    assert_eq!(of("appnope").unwrap()["kind"], "removed");
    assert_eq!(
        (&of("openblas").unwrap()["before"], &of("openblas").unwrap()["after"]),
        (&"0.2.20".into(), &"0.3.3".into())
    );
    assert!(of("pandas").is_none(), "it was kept");
    let report = done(workspace.convert().arg("--json")).json();
    let moved: Vec<&Value> = report["pins"].as_array().unwrap().iter().filter(|it| it["fate"] == "moved").collect();
    assert!(!moved.is_empty());
    for pin in moved {
        let change = of(pin["name"].as_str().unwrap()).unwrap();
        assert_eq!((&change["before"], &change["after"]), (&pin["wanted"], &pin["version"]));
    }
}

/// A repository whose first commit has no lock, and the next two have one each; `None` where there is no git.
fn repository() -> Option<Repository> {
    let repository = Repository::empty()?;
    repository.write("first", "");
    repository.commit("first");
    for text in [BEFORE, AFTER] {
        repository.write("environment.yml", text);
        done(repository.command("envlock").args(["convert", "environment.yml"]));
        repository.git(&["add", "environment.yml", "conda-lock.yml"]);
        repository.git(&["commit", "--quiet", "-m", "next"]);
    }
    Some(repository)
}

fn diff_in(repository: &Repository, arguments: &[&str]) -> Run {
    run(repository.command("envlock").arg("diff").args(arguments))
}

#[test]
fn a_lock_is_compared_with_a_revision_of_it() {
    let Some(repository) = repository() else { return };
    let clean = diff_in(&repository, &["--git", "HEAD"]);
    assert_eq!(clean.code, 0, "{}", clean.stdout);
    let one = diff_in(&repository, &["--git", "HEAD~1", "--", "conda-lock.yml"]);
    assert_eq!(one.code, 1);
    assert!(one.stdout.starts_with("conda-lock.yml at HEAD~1 → conda-lock.yml: "), "{}", one.stdout);
    assert!(one.stdout.contains("1.21.6 → 1.19.4\n"), "{}", one.stdout);
    let back = diff_in(&repository, &["--git", "HEAD..HEAD~1"]);
    assert!(back.stdout.contains("1.19.4 → 1.21.6\n"), "{}", back.stdout);
    let all = diff_in(&repository, &["--git", "HEAD~2", "--json"]).json();
    assert_eq!(all["counts"]["added"].as_u64().unwrap(), all["changes"].as_array().unwrap().len() as u64);
    assert_eq!(all["before"], "conda-lock.yml at HEAD~2 (not there)");

    for (revision, message) in
        [("nowhere", "git knows no such revision here"), ("--help", "git knows no such revision")]
    {
        let refused = diff_in(&repository, &[&format!("--git={revision}")]);
        assert!(refused.code == 2 && refused.stderr.contains(message), "{}", refused.stderr);
    }
    let outside = two();
    let refused = diff(&outside, &["--git", "HEAD", "before/conda-lock.yml"]);
    assert!(refused.code == 2 && refused.stderr.contains("is in no git repository"), "{}", refused.stderr);
}

#[test]
fn revisions_are_written_as_for_git_diff() {
    let Some(repository) = repository() else { return };
    for (revisions, title) in [
        ("HEAD~1..", "conda-lock.yml at HEAD~1 → conda-lock.yml at HEAD: "),
        ("..HEAD~1", "conda-lock.yml at HEAD → conda-lock.yml at HEAD~1: "),
    ] {
        let said = diff_in(&repository, &["--git", revisions]);
        assert!(said.code == 1 && said.stdout.starts_with(title), "{}{}", said.stdout, said.stderr);
    }
    // A branch of the commit before, which has the lock of that one.
    repository.git(&["branch", "side", "HEAD~1"]);
    repository.git(&["commit", "--quiet", "--allow-empty", "-m", "more"]);
    let own = diff_in(&repository, &["--git", "HEAD...side"]);
    assert_eq!(own.code, 0, "{}{}", own.stdout, own.stderr);
    let theirs = diff_in(&repository, &["--git", "side..."]);
    assert!(theirs.code == 1 && theirs.stdout.contains("1.21.6 → 1.19.4\n"), "{}{}", theirs.stdout, theirs.stderr);

    repository.git(&["checkout", "--quiet", "--orphan", "apart"]);
    repository.git(&["commit", "--quiet", "-m", "apart"]);
    let refused = diff_in(&repository, &["--git", "side...apart"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("git knows no commit that both have in common"), "{}", refused.stderr);
    assert!(refused.stderr.contains("envlock diff --git side..apart"), "{}", refused.stderr);
}

#[test]
fn a_hook_of_git_can_compare() {
    let Some(repository) = repository() else { return };
    repository.write("docker/conda-lock.yml", repository.read("conda-lock.yml"));
    repository.git(&["add", "docker"]);
    repository.git(&["commit", "--quiet", "-m", "docker"]);
    let mut hook = repository.command("envlock");
    hook.args(["diff", "--git", "HEAD", "docker/conda-lock.yml"]).env("GIT_DIR", ".git");
    let said = run(&mut hook);
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    assert!(said.stdout.starts_with("docker/conda-lock.yml at HEAD → "), "{}", said.stdout);
    assert!(!said.stdout.contains("not there"), "{}", said.stdout);
}

#[test]
fn two_things_are_needed() {
    let refused = diff(&two(), &["before/conda-lock.yml"]);
    assert!(refused.code == 2 && refused.stderr.contains("two things are to be compared"), "{}", refused.stderr);
}
