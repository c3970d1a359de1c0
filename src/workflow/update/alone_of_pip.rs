//! What came of packages of pip that were to move alone.

use std::collections::BTreeMap;

use pep440_rs::VersionSpecifiers;

use crate::{
    lockfile::{Lockfile, Package},
    words::and,
    workflow::job::Job,
};

/// Why packages of pip moved, came or went, by their names.
pub(super) fn reasons(named: &[String], before: &Lockfile, now: &Lockfile) -> BTreeMap<String, String> {
    let (before, now) = (by_name(before), by_name(now));
    let moved = before.keys().chain(now.keys()).filter(|name| {
        let version = |lock: &BTreeMap<String, &Package>| lock.get(*name).map(|it| it.version.clone());
        version(&before) != version(&now)
    });
    let reason = |name: &String| {
        if named.contains(name) {
            return Some((name.clone(), format!("update {} was asked for", and(named))));
        }
        if !now.contains_key(name) {
            return Some((name.clone(), "nothing needs it any more".to_owned()));
        }
        let old = before.get(name).and_then(|it| it.version.pip());
        let excludes = |constraint: &str| {
            let versions = constraint.parse::<VersionSpecifiers>();
            old.is_none_or(|old| versions.is_ok_and(|versions| !versions.contains(old)))
        };
        let (by, constraint) = now
            .values()
            .filter_map(|it| Some((it, it.dependencies.get(name)?)))
            .find(|(_, constraint)| excludes(constraint))?;
        // `*` in locks of earlier versions.
        let constraint = if matches!(constraint.as_str(), "" | "*") { String::new() } else { format!(" {constraint}") };
        Some((name.clone(), format!("{} {} needs {name}{constraint}", by.name, by.version)))
    };
    moved.filter_map(reason).collect()
}

/// Which of them stay where they are, and why.
pub(super) fn notes(job: &Job, named: &[String], before: &Lockfile, now: &Lockfile) -> Vec<String> {
    let (before, now) = (by_name(before), by_name(now));
    let note = |name: &String| {
        let version =
            &now.get(name).filter(|it| before.get(name).is_some_and(|old| old.version == it.version))?.version;
        Some(match job.pip_line(name) {
            Some((line, text)) => format!(
                "{name} stays at {version}: {}:{line} asks for {text}; to move it further, change that line and run \
                 envlock convert",
                job.file()
            ),
            None => format!("{name} stays at {version}: nothing newer goes with what the file asks for"),
        })
    };
    named.iter().filter_map(note).collect()
}

fn by_name(lock: &Lockfile) -> BTreeMap<String, &Package> {
    lock.pip_packages().map(|package| (package.name.normalized().to_owned(), package)).collect()
}
