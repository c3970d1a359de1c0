//! What `convert` does about the pip section besides locking it.

use std::path::Path;

use miette::miette;
use rattler_conda_types::{PackageName, ParseStrictness, RepoDataRecord, VersionSpec};

use super::ConvertArgs;
use super::PipArgs;
use crate::{
    channel,
    environment::Environment,
    intent::{Intent, Pin, Want, Wish},
    pypi::{self, Line, Names, Options, PipError, PipLock},
    words::and,
};

/// The line of a pin that no line of the file asks for.
const NO_LINE: usize = 0;

/// The lines of the pip section, none where it is to be left out. The environment then has the lines of requirements
/// files in the place of those that name them.
pub(super) fn lines(args: &PipArgs, environment: &mut Environment, file: &Path) -> Vec<Line> {
    if args.no_pip {
        return Vec::new();
    }
    expand(environment, file)
}

/// Puts the lines of requirements files in the place of those that name them.
pub(super) fn expand(environment: &mut Environment, file: &Path) -> Vec<Line> {
    let lines = pypi::read_lines(environment, file.parent().unwrap_or(file));
    environment.pip = lines.iter().map(Line::located).collect();
    lines
}

/// The options, as the step takes them.
///
/// # Errors
///
/// Where a name isn't of the form `CONDA=PYPI`.
pub(super) fn options(args: &ConvertArgs) -> miette::Result<Options> {
    let PipArgs { skip_unlockable, allow_build, .. } = args.pip;
    let names = Names::new(&args.pip.pypi_names).map_err(|text| {
        miette!(
            help = "write it as CONDA=PYPI, such as pytorch=torch, or CONDA= for what is no Python package",
            "--pypi-name {text}: that is no pair of names"
        )
    })?;
    let cache_dir = channel::cache_dir();
    Ok(Options {
        preference: args.pip.preference(),
        names,
        may_build: allow_build,
        skip_unlockable,
        offline: args.solve.offline,
        cache_dir,
    })
}

/// What conda is to bring so that the pip section can be installed, whatever else the file says of it: pip, and git where
/// a line is fetched with it.
pub(super) fn wishes(lines: &[Line]) -> Vec<Wish> {
    needed(lines).map(|name| wish(PackageName::new_unchecked(name), Want::Any, true)).collect()
}

fn needed(lines: &[Line]) -> impl Iterator<Item = &'static str> {
    let pip = (!lines.is_empty()).then_some("pip");
    let git = pypi::needs_git(lines).then_some("git");
    pip.into_iter().chain(git)
}

/// A wish for what no line of the file asks for.
pub(super) fn wish(name: PackageName, want: Want, root: bool) -> Wish {
    let text = name.as_normalized().to_owned();
    let pin = Pin { name, text, line: NO_LINE, want, builds: Vec::new(), channel: None, only_for: None };
    Wish { pin, root, used: root }
}

/// Versions that pip lines ask for of what conda has otherwise than a line of the file, or without one: they are no reason
/// to bring it in, but to bring it in that version, so that both agree.
pub(super) fn limits(request: &pypi::Request) -> Vec<Wish> {
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
    Some(wish(name.clone(), want, false))
}

/// Whether a pin is one of those.
pub(super) fn is_besides(pin: &Pin) -> bool {
    pin.line == NO_LINE
}

/// The note on what was added.
pub(super) fn added(intent: &Intent, lines: &[Line], records: &[RepoDataRecord]) -> Option<String> {
    let is_named =
        |name: &str| intent.pins.iter().any(|pin| pin.only_for.is_none() && pin.name.as_normalized() == name);
    let is_there = |name: &str| records.iter().any(|it| it.package_record.name.as_normalized() == name);
    let missing: Vec<&str> = needed(lines).filter(|name| !is_named(name) && is_there(name)).collect();
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let text = || format!("{} {verb} added from conda: the pip section is installed with it", and(&missing));
    (!missing.is_empty()).then(text)
}
