//! What `convert` does about the pip section besides locking it.

use std::{path::Path, sync::Arc};

use miette::miette;
use rattler_conda_types::{PackageName, ParseStrictness, RepoDataRecord, VersionSpec};

use crate::{
    channel,
    environment::Environment,
    intent::{Intent, Want, Wish},
    machine::Machine,
    names::Names,
    progress::Events,
    project::Options,
    pypi::{self, Line, PipError, PipLock},
    words::and,
};

/// The lines of the pip section, none where it is to be left out. The environment then has the lines of requirements
/// files in the place of those that name them.
pub(super) fn lines(options: &Options, environment: &mut Environment, file: &Path) -> Vec<Line> {
    if options.leaves_pip_out() {
        return Vec::new();
    }
    expand(environment, file)
}

/// Puts the lines of requirements files in the place of those that name them.
pub(crate) fn expand(environment: &mut Environment, file: &Path) -> Vec<Line> {
    let lines = pypi::read_lines(environment, file.parent().unwrap_or(file));
    environment.pip = lines.iter().map(Line::located).collect();
    lines
}

/// The options, as the step takes them.
///
/// # Errors
///
/// Where a name isn't of the form `CONDA=PYPI`.
pub(super) fn options(
    options: &Options,
    machine: &Arc<Machine>,
    events: &Arc<dyn Events>,
) -> miette::Result<pypi::PipOptions> {
    let names = Names::new(&options.pypi_names).map_err(|text| {
        miette!(
            code = "pypi-name",
            help = "write it as CONDA=PYPI, such as pytorch=torch, or CONDA= for what is no Python package",
            "--pypi-name {text}: that is no pair of names"
        )
    })?;
    Ok(pypi::PipOptions {
        preference: options.preference,
        names,
        may_build: options.allow_build.unwrap_or_default(),
        skip_unlockable: options.skip_unlockable.unwrap_or_default(),
        offline: options.is_offline(),
        cache_dir: channel::cache_dir(),
        limits: options.timeout().limits(),
        machine: Arc::clone(machine),
        events: Arc::clone(events),
    })
}

/// What conda is to bring so that the pip section can be installed, whatever else the file says of it: pip, and git
/// where a line is fetched with it.
pub(super) fn wishes(lines: &[Line]) -> Vec<Wish> {
    needed(lines).map(|name| Wish::besides(PackageName::new_unchecked(name), Want::Any, true)).collect()
}

fn needed(lines: &[Line]) -> impl Iterator<Item = &'static str> {
    let pip = (!lines.is_empty()).then_some("pip");
    let git = pypi::needs_git(lines).then_some("git");
    pip.into_iter().chain(git)
}

/// Versions that pip lines ask for of what conda has otherwise than a line of the file, or without one: they are no
/// reason to bring it in, but to bring it in that version, so that both agree.
pub(super) fn limits(request: &pypi::PipRequest) -> Vec<Wish> {
    pypi::contradicted(request).iter().filter_map(limit).collect()
}

/// The same of a contradiction that only resolving shows.
pub(super) fn limits_of(locked: &Result<Option<PipLock>, PipError>) -> Vec<Wish> {
    match locked {
        Ok(Some(lock)) => lock.limits.iter().filter_map(limit).collect(),
        Err(PipError::Unsolvable { limits, .. }) => limits.iter().filter_map(limit).collect(),
        Ok(None) | Err(_) => Vec::new(),
    }
}

/// A wish for a package in the versions of a pip requirement: `==1.2`, or `>=1,<2`.
fn limit((name, versions): &(PackageName, String)) -> Option<Wish> {
    let want = match versions.strip_prefix("==").filter(|version| !version.contains(['*', ','])) {
        Some(exact) => Want::Exact(exact.parse().ok()?),
        None => Want::Range(VersionSpec::from_str(versions, ParseStrictness::Lenient).ok()?),
    };
    Some(Wish::besides(name.clone(), want, false))
}

/// The note on what was added for the pip section, or for all lines, those of wheels among them.
pub(super) fn added(intent: &Intent, section: &[Line], lines: &[Line], records: &[RepoDataRecord]) -> Option<String> {
    let is_named = |name: &str| intent.pins.iter().any(|pin| pin.name.as_normalized() == name);
    let is_there = |name: &str| records.iter().any(|it| it.package_record.name.as_normalized() == name);
    let missing: Vec<&str> = needed(lines).filter(|name| !is_named(name) && is_there(name)).collect();
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let (what, are) = if section.is_empty() { ("wheels", "are") } else { ("the pip section", "is") };
    let text = || format!("{} {verb} added from conda: {what} {are} installed with it", and(&missing));
    (!missing.is_empty()).then(text)
}
