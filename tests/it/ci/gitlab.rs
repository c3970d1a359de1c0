//! The `.gitlab-ci.yml` of the book: its scripts, run as GitLab's runner does, against a server that notes the push
//! options.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_yaml::Value;

use super::{add_origin, branches, change_on_main, over_main, shellcheck};
use crate::support::{Run, readme, repository::Repository, run};

fn script(job: &str) -> String {
    let file: Value = serde_yaml::from_str(&readme::file(".gitlab-ci.yml")).unwrap();
    let lines = file[job]["script"].as_sequence().unwrap();
    lines.iter().map(|line| line.as_str().unwrap().to_owned() + "\n").collect()
}

/// A repository on GitLab with an environment at the top; `None` where there is no git.
fn on_gitlab() -> Option<Repository> {
    let repository = Repository::with(&[""])?;
    add_origin(&repository);
    let origin = repository.beside("origin.git");
    repository.git(&["-C", origin.to_str().unwrap(), "config", "receive.advertisePushOptions", "true"]);
    let hook = origin.join("hooks/post-receive");
    fs::create_dir_all(origin.join("hooks")).unwrap();
    let noted = repository.beside("options");
    let noted = noted.display();
    let text = format!(
        "#!/bin/sh\ni=0\nwhile [ $i -lt \"${{GIT_PUSH_OPTION_COUNT:-0}}\" ]; do\n  \
         eval \"printf '%s\\\\n' \\\"\\$GIT_PUSH_OPTION_$i\\\"\" >>'{noted}'\n  i=$((i + 1))\ndone\n"
    );
    fs::write(&hook, text).unwrap();
    fs::set_permissions(hook, fs::Permissions::from_mode(0o755)).unwrap();
    Some(repository)
}

/// Runs the script of a job.
fn job(repository: &Repository, name: &str) -> Run {
    let mut shell = repository.command("sh");
    shell
        .args(["-e", "-c", &script(name)])
        // Each run is at another time.
        .env("GIT_COMMITTER_DATE", format!("{} +0000", 2_000_000_000 + options(repository).len()))
        .env("CI_COMMIT_BRANCH", "main")
        .env("CI_PROJECT_PATH", "team/project")
        .env("CI_SERVER_HOST", "gitlab.example.org")
        .env("CI_SERVER_FQDN", "gitlab.example.org:8443")
        .env("ENVLOCK_TOKEN", "secret")
        // What is sent to the server arrives at the origin.
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", format!("url.{}.insteadOf", repository.beside("origin.git").display()))
        .env("GIT_CONFIG_VALUE_0", "https://oauth2:secret@gitlab.example.org:8443/team/project.git");
    run(&mut shell)
}

/// The push options that arrived.
fn options(repository: &Repository) -> Vec<String> {
    let noted = fs::read_to_string(repository.beside("options")).unwrap_or_default();
    noted.lines().map(str::to_owned).collect()
}

#[test]
fn shellcheck_is_content() {
    let Some(repository) = Repository::empty() else { return };
    for job in ["envlock-check", "envlock-update"] {
        let Some(said) = shellcheck(&repository, "sh", &script(job)) else { return };
        assert_eq!(said, "", "{job}");
    }
}

#[test]
fn where_nothing_changes_nothing_is_pushed() {
    let Some(repository) = on_gitlab() else { return };
    let nothing = job(&repository, "envlock-update");
    assert_eq!(nothing.code, 0, "{}", nothing.stderr);
    assert_eq!((branches(&repository), options(&repository)), (vec!["main".to_owned()], vec![]));
}

#[test]
fn what_changed_becomes_a_merge_request() {
    let Some(repository) = on_gitlab() else { return };
    change_on_main(&repository, "", "1.19.4");
    repository.write("notes.txt", "not envlock's");
    let first = job(&repository, "envlock-update");
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(branches(&repository), ["envlock/update", "main"]);
    assert_eq!(
        over_main(&repository),
        (1, ["Dockerfile", "conda-linux-64.lock", "conda-lock.yml"].map(str::to_owned).to_vec())
    );
    let options_of_first = options(&repository);
    let [create, target, title, description] = &options_of_first[..] else { panic!("{options_of_first:?}") };
    assert_eq!(create, "merge_request.create");
    assert_eq!(target, "merge_request.target=main");
    assert_eq!(title, "merge_request.title=Update the conda lockfiles");
    let text = description.strip_prefix("merge_request.description=").unwrap().replace("\\n", "\n");
    assert!(text.starts_with("### conda-lock.yml\n\n"), "{text}");
    let row = text.lines().find(|line| line.contains("numpy") && line.contains("1.21.6")).unwrap();
    assert!(row.contains("1.19.4"), "{text}");

    // Another run finds the same, and pushes nothing; a further change is pushed over it.
    repository.git(&["reset", "--quiet", "--hard", "origin/main"]);
    assert_eq!(job(&repository, "envlock-update").code, 0);
    assert_eq!(options(&repository).len(), 4);
    change_on_main(&repository, "", "1.16.0");
    assert_eq!(job(&repository, "envlock-update").code, 0);
    assert_eq!((options(&repository).len(), over_main(&repository).0), (8, 1));
}

#[test]
fn a_first_lock_has_nothing_to_be_compared_with() {
    let Some(repository) = on_gitlab() else { return };
    repository.git(&["rm", "--quiet", "conda-lock.yml", "Dockerfile"]);
    repository.git(&["commit", "--quiet", "--message", "No lock any more"]);
    repository.git(&["push", "--quiet"]);
    let first = job(&repository, "envlock-update");
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(over_main(&repository).1, ["Dockerfile", "conda-lock.yml"]);
    assert_eq!(options(&repository)[3], "merge_request.description=\\n");
}

#[test]
fn an_error_of_envlock_ends_the_job() {
    let Some(repository) = on_gitlab() else { return };
    repository.write("environment.yml", "dependencies: [");
    let broken = job(&repository, "envlock-update");
    assert!(broken.code == 2 && broken.stderr.contains("environment.yml"), "{}", broken.stderr);
    for (code, ends) in [(2, 2), (1, 0)] {
        repository.git(&["reset", "--quiet", "--hard", "origin/main"]);
        repository.write("conda-lock.yml", "changed");
        repository.program("envlock", &format!("#!/bin/sh\n[ \"$1\" != diff ] || exit {code}\n"));
        assert_eq!(branches(&repository), ["main"]);
        assert_eq!(job(&repository, "envlock-update").code, ends);
    }
    assert_eq!(branches(&repository), ["envlock/update", "main"]);
}

#[test]
fn a_long_text_fits_into_a_push_option() {
    let Some(repository) = on_gitlab() else { return };
    repository.write("conda-lock.yml", "changed");
    repository.program(
        "envlock",
        "#!/bin/sh\n[ \"$1\" = diff ] || exit 0\nyes 'numpy 1.21.6 → 1.19.4 → 1.21.6 → 1.19.4' | head -n 5000\nexit 1\n",
    );
    let run = job(&repository, "envlock-update");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let sizes: Vec<usize> = options(&repository).iter().map(String::len).collect();
    assert!((59_000..60_100).contains(&sizes[3]), "{sizes:?}");
}

#[test]
fn a_check_fails_where_a_lock_is_stale() {
    let Some(repository) = on_gitlab() else { return };
    let fresh = job(&repository, "envlock-check");
    assert_eq!(fresh.code, 0, "{}{}", fresh.stdout, fresh.stderr);
    repository.repin("", "1.19.4");
    let stale = job(&repository, "envlock-check");
    assert_eq!(stale.code, 1, "{}{}", stale.stdout, stale.stderr);
    assert!((stale.stdout + &stale.stderr).contains("environment.yml:5 numpy 1.21.6 → 1.19.4"));
}
