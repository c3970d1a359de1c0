//! The `dependencies:` list: conda specs, `pip:` sections, and micromamba's `sel(…):` sections.

use super::error::{Fault, NOT_YAML, SHAPE, SPEC, shortened};
use super::location::Lines;
use super::raw::{template, template_marker};
use super::spec::parse_spec;
use super::without_secrets;
use super::yaml::{Node, NodeKind, entries, items, kind, written};
use super::{Dependency, Environment, Located, Location, Selector, selector};

/// Reads the value of `dependencies:`, whose key stands at `key`.
pub(super) fn read_dependencies(
    value: &Node,
    key: &Location,
    lines: &Lines,
    environment: &mut Environment,
) -> Result<(), Fault> {
    match (kind(value), items(value)) {
        (NodeKind::Nothing, _) => Ok(()),
        (_, Some(items)) => items.iter().try_for_each(|item| read_item(item, None, lines, environment)),
        (found, None) => Err(Fault::new(
            SHAPE,
            key.clone(),
            format!("`dependencies:` is {}, not a list", found.name()),
            "a list is expected",
            "write each package on a line of its own below, as in `- python=3.12`",
        )),
    }
}

/// Reads one item: a spec, or a mapping with sections.
fn read_item(
    item: &Node,
    selector: Option<Selector>,
    lines: &Lines,
    environment: &mut Environment,
) -> Result<(), Fault> {
    let (message, label, help) = match (kind(item), written(item), entries(item)) {
        (NodeKind::Text, Some(spec), _) => return read_spec(spec, lines.of(item.span), selector, lines, environment),
        (NodeKind::Mapping, _, Some(mut sections)) if selector.is_none() => {
            return sections.try_for_each(|(key, value)| read_section(key, value, lines, environment));
        }
        (NodeKind::Nothing, ..) => (
            "an item of `dependencies:` is empty".to_owned(),
            "nothing is named here",
            "name a package after the dash, or delete the line",
        ),
        (NodeKind::List, ..) => (
            "there is a list within the list of `dependencies:`".to_owned(),
            "the inner list",
            "write one dash before each package, all in the same column",
        ),
        (found, ..) => (
            format!("an item of `dependencies:` is {}, not a package", found.name()),
            "a package is expected",
            "write a name and perhaps a version, as in `- python=3.12`",
        ),
    };
    Err(Fault::new(SHAPE, lines.line(item.span.start.line()), message, label, help))
}

fn read_spec(
    text: &str,
    at: Location,
    selector: Option<Selector>,
    lines: &Lines,
    environment: &mut Environment,
) -> Result<(), Fault> {
    if let Some(marker) = template_marker(text) {
        return Err(template(lines, at.span, marker));
    }
    if lines.written(&at).contains('\n') {
        return Err(run_together(text, &at, lines));
    }
    let (spec, notes) = parse_spec(text).map_err(|fault| {
        let message = format!("`{}`: {}", shortened(text.trim()), fault.message);
        Fault::new(SPEC, at.clone(), message, "this item", fault.help)
    })?;
    for note in notes {
        environment.warn(&at, note);
    }
    let selector = selector.or_else(|| commented_selector(text, &at, lines, environment));
    let text = without_secrets(text.trim());
    environment.dependencies.push(Dependency { spec, text, at, selector });
    Ok(())
}

/// The fault of an item that goes on in the next line, because the dash there stands too far to the right.
fn run_together(text: &str, at: &Location, lines: &Lines) -> Fault {
    Fault::new(
        NOT_YAML,
        lines.line(at.line),
        format!("`{}`: two items have run together", shortened(text)),
        "the item goes on in the next line",
        "give each package a dash, all in the same column; a `pip:` section ends in a colon",
    )
}

/// The selector in the comment behind the item, or in quotes with it.
fn commented_selector(text: &str, at: &Location, lines: &Lines, environment: &mut Environment) -> Option<Selector> {
    let quoted = text.rfind(" #").and_then(|comment| text.get(comment..)).unwrap_or_default();
    [lines.comment_behind(at), quoted].into_iter().find_map(|comment| {
        selector::of_comment(comment).unwrap_or_else(|unknown| {
            environment
                .warn(at, format!("the selector `[{}]` was not understood, and the line kept", shortened(unknown)));
            None
        })
    })
}

/// Reads `pip:` or `sel(osx):`. Whatever else is a section can't be left out in silence (CEP 24).
fn read_section(key: &Node, value: &Node, lines: &Lines, environment: &mut Environment) -> Result<(), Fault> {
    let name = written(key).unwrap_or_default();
    if name == "pip" {
        // A colon stands between the key and what is behind it.
        let key = lines.of(key.span);
        let behind = Location { span: key.span.start..key.span.end + 1, ..key };
        return match commented_selector("", &behind, lines, environment) {
            Some(selector) if selector.is_for_others() => {
                environment.warn(&behind, "the `pip:` section was left out: it is not for linux-64");
                Ok(())
            }
            _ => read_pip(value, lines, environment),
        };
    }
    match selector::of_key(name) {
        Some(Ok(selector)) => items(value)
            .unwrap_or(std::slice::from_ref(value))
            .iter()
            .try_for_each(|item| read_item(item, Some(selector), lines, environment)),
        Some(Err(platform)) => Err(Fault::new(
            SHAPE,
            lines.of(key.span),
            format!("`sel({})` names no platform", shortened(&platform)),
            "the selector",
            "the platforms are `linux`, `osx`, `win`, `unix` and subdirs such as `linux-64`, with `and`, `or` and `not`",
        )),
        None => Err(unknown_section(name, value, lines.line(key.span.start.line()))),
    }
}

fn unknown_section(name: &str, value: &Node, at: Location) -> Fault {
    let help = match (kind(value), written(value)) {
        (NodeKind::Nothing, _) => format!("for a package, write `- {name}` without a colon"),
        (_, Some(version)) => format!("for a package, write `- {name}={}`", version.trim_start_matches('=')),
        _ => "packages of other managers have to be installed by other means; only `pip:` is known".to_owned(),
    };
    Fault::new(SHAPE, at, format!("`{name}:` is no section of `dependencies:`"), "only `pip:` is known here", help)
}

/// Reads the lines of a `pip:` section. There may be several sections, and a section may be empty.
fn read_pip(value: &Node, lines: &Lines, environment: &mut Environment) -> Result<(), Fault> {
    if kind(value) == NodeKind::Nothing {
        return Ok(());
    }
    for item in items(value).unwrap_or(std::slice::from_ref(value)) {
        let at = lines.of(item.span);
        match (kind(item), written(item)) {
            (NodeKind::Nothing, _) => environment.warn(&at, "an empty line of the `pip:` section was read past"),
            (_, Some(text)) => {
                if let Some(marker) = template_marker(text) {
                    return Err(template(lines, at.span, marker));
                }
                if lines.written(&at).contains('\n') && text.contains(" - ") {
                    return Err(run_together(text, &at, lines));
                }
                let selector = commented_selector(text, &at, lines, environment);
                if selector.is_some_and(Selector::is_for_others) {
                    environment.warn(&at, format!("`{text}` was left out: it is not for linux-64"));
                } else {
                    environment.pip.push(Located { value: text.trim().to_owned(), at });
                }
            }
            (found, None) => {
                return Err(Fault::new(
                    SHAPE,
                    lines.line(item.span.start.line()),
                    format!("an item of the `pip:` section is {}, not a requirement", found.name()),
                    "a requirement is expected",
                    "write one requirement after each dash, and put it into quotes if it has a colon and a space",
                ));
            }
        }
    }
    Ok(())
}
