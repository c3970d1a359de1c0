//! `x-envlock:`, a key of envlock's own, with what it knew of an installed environment and an export has no place for.
//!
//! conda, micromamba, conda-lock and pixi read past keys that they don't know (CEP 24); conda says so.

use std::collections::HashSet;

use rattler_conda_types::{PackageName, Subdir};

use super::error::{Fault, SHAPE, shortened};
use super::location::Lines;
use super::read::wrong_shape;
use super::yaml::{Node, NodeKind, entries, items, kind, written};
use super::{Environment, Located, Location};

/// The key.
pub const CAPTURED: &str = "x-envlock";

/// What is known of an environment besides its packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// The platform that the packages were installed on.
    pub platform: Option<Subdir>,
    /// The conda packages that somebody asked for; all others came along. `None` where that isn't known.
    pub requested: Option<Vec<Located<PackageName>>>,
}

/// Reads the mapping. A key that isn't known is read past, so that later versions may write more.
pub(super) fn read_captured(value: &Node, lines: &Lines, environment: &mut Environment) -> Result<(), Fault> {
    let line = |node: &Node| lines.line(node.span.start.line());
    let shape = || wrong_shape(CAPTURED, kind(value), line(value), "a mapping such as `requested: [numpy]`");
    if kind(value) == NodeKind::Nothing {
        return Ok(());
    }
    for (key, value) in entries(value).ok_or_else(shape)? {
        let at = lines.of(value.span);
        match written(key) {
            Some("platform") => environment.captured.platform = platform(value, &at, environment),
            Some("requested") => {
                let listed = items(value);
                let names = match (kind(value), listed) {
                    (NodeKind::Nothing, _) => &[],
                    (_, Some(names)) => names,
                    (found, None) => return Err(wrong_shape("requested", found, line(value), "a list of packages")),
                };
                environment.captured.requested = Some(requested(names, lines)?);
            }
            _ => {
                let name = written(key).map_or("a key", |name| name);
                environment.warn(&lines.of(key.span), format!("`{}` of `{CAPTURED}:` was read past", shortened(name)));
            }
        }
    }
    Ok(())
}

fn platform(value: &Node, at: &Location, environment: &mut Environment) -> Option<Subdir> {
    let platform = written(value).and_then(|text| text.parse().ok());
    if platform.is_none() && kind(value) != NodeKind::Nothing {
        environment.warn(at, format!("`platform:` of `{CAPTURED}:` names no platform and was read past"));
    }
    platform
}

fn requested(names: &[Node], lines: &Lines) -> Result<Vec<Located<PackageName>>, Fault> {
    let name = |node: &Node| {
        let at = lines.of(node.span);
        let text = written(node).unwrap_or_default();
        match PackageName::try_from(text.to_ascii_lowercase()) {
            Ok(value) if !text.is_empty() => Ok(Located { value, at }),
            _ => Err(Fault::new(
                SHAPE,
                lines.line(at.line),
                format!("`requested:` of `{CAPTURED}:` has an item that names no package"),
                "a name is expected",
                "name packages of `dependencies:`, without their versions",
            )),
        }
    };
    names.iter().map(name).collect()
}

/// Leaves out what is asked for but isn't in the file any more.
pub(super) fn forget_removed(environment: &mut Environment) {
    let Some(requested) = environment.captured.requested.take() else { return };
    let named: HashSet<&PackageName> = environment.dependencies.iter().map(|it| &it.spec.name).collect();
    let is_there = |name: &Located<PackageName>| named.contains(&name.value);
    let (there, removed): (Vec<_>, Vec<_>) = requested.into_iter().partition(is_there);
    environment.captured.requested = Some(there);
    for name in removed {
        let message = format!(
            "`{}` of `requested:` was read past: `dependencies:` doesn't name it",
            shortened(name.value.as_normalized())
        );
        environment.warn(&name.at, message);
    }
}
