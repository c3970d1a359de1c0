//! The `.gitattributes` of the book, and two branches that both changed an environment.

use assert_cmd::cargo::cargo_bin;

use crate::support::{done, fixtures, readme, repository::Repository, run};

/// An environment whose pins stand far enough apart that git merges changes of both.
fn environment(pytz: &str, numpy: &str) -> String {
    format!(
        "name: merged\nchannels: [conda-forge]\ndependencies:\n  - pytz={pytz}\n  - python=3.7.8\n  - six\n  - tqdm\n  \
         - numpy={numpy}\n"
    )
}

/// On the branch that is checked out: another environment, converted and committed.
fn commit(repository: &Repository, pytz: &str, numpy: &str) {
    repository.write("environment.yml", environment(pytz, numpy));
    done(repository.command("envlock").arg("convert"));
    repository.commit("Environment");
}

/// A repository with these attributes, where `main` moved numpy and `other` moved pytz, and what merging them said.
fn merged(attributes: &str) -> Option<(Repository, String)> {
    let repository = Repository::empty()?;
    repository.write(".gitattributes", attributes);
    commit(&repository, "2020.4", "1.21.6");
    repository.git(&["checkout", "--quiet", "-b", "other"]);
    commit(&repository, "2018.5", "1.21.6");
    repository.git(&["checkout", "--quiet", "main"]);
    commit(&repository, "2020.4", "1.19.4");
    let mut merge = repository.command("git");
    let merge = run(merge.args(["-c", "user.name=Tester", "-c", "user.email=tester@example.org", "merge", "other"]));
    assert_eq!(merge.code, 1, "{}", merge.stderr);
    Some((repository, merge.stdout))
}

#[test]
fn a_lock_that_both_changed_stays_whole_and_the_conflict_is_told() {
    let Some((repository, said)) = merged(&readme::file(".gitattributes")) else { return };
    for file in ["conda-lock.yml", "Dockerfile", "conda-linux-64.lock"] {
        assert!(said.contains(&format!("Merge conflict in {file}")), "{said}");
        assert_eq!(repository.read(file).trim_end(), repository.git(&["show", &format!("main:{file}")]));
        let attributes = repository.git(&["check-attr", "linguist-generated", "merge", "--", file]);
        assert_eq!(attributes, format!("{file}: linguist-generated: set\n{file}: merge: unset"));
    }
    assert_eq!(repository.read("environment.yml"), environment("2018.5", "1.19.4"));
    // It can't be committed by oversight.
    assert_ne!(run(repository.command("git").args(["commit", "--message", "Merge"])).code, 0);

    // The lock that was kept still names the image: no registry has to be asked.
    let (envlock, channel) = (cargo_bin("envlock"), fixtures().join("channel"));
    let bare =
        format!("#!/bin/sh\nexec '{}' \"$@\" --channel 'conda-forge={}'\n", envlock.display(), channel.display());
    repository.program("envlock", &bare);
    done(repository.command("envlock").arg("convert"));
    let lock = repository.read("conda-lock.yml");
    assert!(lock.contains("numpy-1.19.4-") && lock.contains("pytz-2018.5-"), "{lock}");
    repository.git(&["add", "conda-lock.yml", "conda-linux-64.lock", "Dockerfile"]);
    repository.git(&["commit", "--quiet", "--message", "Merge"]);
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
    assert_eq!(repository.git(&["show", "--no-patch", "--format=%P"]).split(' ').count(), 2);
    assert_eq!(repository.git(&["show", "HEAD:conda-lock.yml"]), lock.trim_end());
}

#[test]
fn without_them_the_lock_is_full_of_markers() {
    let Some((repository, _)) = merged("") else { return };
    assert!(repository.read("conda-lock.yml").contains("\n<<<<<<< "));
    let refused = run(repository.command("envlock").arg("render"));
    assert!(refused.code == 2 && refused.stderr.contains("an unresolved merge conflict"), "{}", refused.stderr);
}
