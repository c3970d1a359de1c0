//! What `convert` does about the pip section besides locking it.

use std::path::Path;

use miette::miette;
use rattler_conda_types::PackageName;

use super::ConvertArgs;
use super::PipArgs;
use crate::{
    channel,
    environment::Environment,
    intent::{Intent, Pin, Want, Wish},
    pypi::{self, Line, Names, Options, Preference},
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
    let PipArgs { prefer_conda, prefer_pip, skip_unlockable, allow_build, .. } = args.pip;
    let names = Names::new(&args.pip.pypi_names).map_err(|text| {
        miette!(
            help = "write it as CONDA=PYPI, such as pytorch=torch, or CONDA= for what is no Python package",
            "--pypi-name {text}: that is no pair of names"
        )
    })?;
    let preference = match (prefer_conda, prefer_pip) {
        (true, _) => Some(Preference::Conda),
        (_, true) => Some(Preference::Pip),
        _ => None,
    };
    let cache_dir = channel::cache_dir();
    Ok(Options { preference, names, may_build: allow_build, skip_unlockable, offline: args.solve.offline, cache_dir })
}

/// What conda is to bring besides what the file says, so that the pip section can be installed: pip, and git where a line
/// is fetched with it.
pub(super) fn wishes(intent: &Intent, lines: &[Line]) -> Vec<Wish> {
    let wish = |name: &str| Wish {
        pin: Pin {
            name: PackageName::new_unchecked(name),
            text: name.to_owned(),
            line: NO_LINE,
            want: Want::Any,
            builds: Vec::new(),
            channel: None,
            only_for: None,
        },
        root: true,
        needed_by: Vec::new(),
    };
    missing(intent, lines).into_iter().map(wish).collect()
}

fn missing(intent: &Intent, lines: &[Line]) -> Vec<&'static str> {
    if lines.is_empty() {
        return Vec::new();
    }
    let git = pypi::needs_git(lines).then_some("git");
    let is_named =
        |name: &str| intent.pins.iter().any(|pin| pin.only_for.is_none() && pin.name.as_normalized() == name);
    ["pip"].into_iter().chain(git).filter(|name| !is_named(name)).collect()
}

/// Whether a pin is one of those.
pub(super) fn is_besides(pin: &Pin) -> bool {
    pin.line == NO_LINE
}

/// The note on what was added.
pub(super) fn added(intent: &Intent, lines: &[Line]) -> Option<String> {
    let missing = missing(intent, lines);
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let text = || format!("{} {verb} added from conda: the pip section is installed with it", and(&missing));
    (!missing.is_empty()).then(text)
}
