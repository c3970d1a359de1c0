//! From the YAML document to the [`Environment`], one top-level key after the other.

use std::path::Path;

use strsim::damerau_levenshtein;

use super::captured::{CAPTURED, Captured, forget_removed, read_captured};
use super::decode::{Decoded, decode};
use super::dependencies::read_dependencies;
use super::error::{Fault, NO_PACKAGES, ReadError, SHAPE, shortened};
use super::location::Lines;
use super::raw::{KEYS, blank, console_noise, refuse_unfinished, template_marker};
use super::spec::channel_name;
use super::without_secrets;
use super::yaml::{self, Node, NodeKind, entries, items, kind, written};
use super::{Environment, Located, Location, Warning, wheels};
use crate::limits::INPUT;

/// What makes a file an environment file, for those who gave another one.
const EXPORT_HINT: &str = "an environment file has a `dependencies:` list, as `conda env export` writes it";

/// How that which `conda list` prints begins.
const LIST_HEAD: &str = "# packages in environment at";
const LIST_HINT: &str =
    "this is what `conda list` prints; `conda env export > environment.yml` writes an environment file";

/// Reads an environment file from disk.
///
/// # Errors
///
/// When the file can't be read, isn't text, or isn't an environment file. Where a line is at fault, the error names it.
pub fn read_environment(file: &Path) -> Result<Environment, ReadError> {
    let name = file.display().to_string();
    match INPUT.read(file) {
        Ok(bytes) => parse_environment(&name, &bytes),
        Err(reason) => {
            let help = if file.is_dir() {
                format!("this is a directory; name the file in it, such as {}", file.join("environment.yml").display())
            } else {
                "name an environment file that exists and may be read".to_owned()
            };
            Err(ReadError::Io { file: name, reason, help })
        }
    }
}

/// Reads the bytes of an environment file; `name` is what messages call it.
///
/// # Errors
///
/// When the bytes aren't text, or aren't an environment file. Where a line is at fault, the error names it.
pub fn parse_environment(name: &str, bytes: &[u8]) -> Result<Environment, ReadError> {
    let decoded = decode(bytes).map_err(|not_text| {
        let (message, help) = not_text.explain();
        ReadError::NotText { file: name.to_owned(), message: message.to_owned(), help: help.to_owned() }
    })?;
    let mut environment = Environment {
        file: name.to_owned(),
        text: String::new(),
        name: None,
        channels: Vec::new(),
        nodefaults: false,
        dependencies: Vec::new(),
        pip: Vec::new(),
        variables: Vec::new(),
        prefix: None,
        captured: Captured::default(),
        warnings: Vec::new(),
    };
    match read_text(&decoded, &mut environment) {
        Ok(()) => {
            environment.warnings.sort_by_key(|warning| warning.at.span.start);
            environment.text = decoded.text;
            Ok(environment)
        }
        Err(fault) => Err(fault.in_file(name, &decoded.text)),
    }
}

impl Environment {
    /// Notes what was read past. Credentials don't get into the message.
    pub(super) fn warn(&mut self, at: &Location, message: impl Into<String>) {
        self.warnings.push(Warning { message: without_secrets(&message.into()), at: at.clone() });
    }
}

/// Reads the text behind the noise.
fn read_text(decoded: &Decoded, environment: &mut Environment) -> Result<(), Fault> {
    let lines = Lines::new(&decoded.text);
    refuse_unfinished(&lines)?;
    if let Some(offset) = decoded.guessed_from {
        environment.warn(&lines.at(offset..offset), "the file is not UTF-8 and was read as Windows-1252");
    }
    let Some(noise) = console_noise(&lines) else { return read_document(&decoded.text, &lines, environment) };
    let last = lines.at(noise.end..noise.end).line - 1;
    environment.warn(&lines.line(1), format!("what the console wrote into the file was read past (lines 1 to {last})"));
    let text = blank(&decoded.text, noise);
    read_document(&text, &Lines::new(&text), environment)
}

fn read_document(text: &str, lines: &Lines, environment: &mut Environment) -> Result<(), Fault> {
    let document = yaml::load(text, lines)?;
    let Some(entries) = entries(&document) else {
        let what = kind(&document).name();
        let at = lines.line(document.span.start.line());
        let message = format!("the file is {what}, not an environment file");
        let help = if text.trim_start().starts_with(LIST_HEAD) { LIST_HINT } else { EXPORT_HINT };
        return Err(Fault::new(NO_PACKAGES, at, message, "it begins here", help));
    };
    let (mut keys, mut found, mut misspelt) = (Vec::new(), None, None);
    for (key, value) in entries {
        let at = lines.of(key.span);
        let Some(name) = written(key) else {
            environment.warn(&lines.line(at.line), format!("a key that is {} was read past", kind(key).name()));
            continue;
        };
        keys.push(name.to_owned());
        match name {
            "name" => environment.name = text_of(name, value, lines, environment)?.as_deref().map(without_secrets),
            "prefix" => environment.prefix = text_of(name, value, lines, environment)?,
            "channels" => read_channels(value, lines, environment)?,
            "variables" => read_variables(value, lines, environment)?,
            CAPTURED => read_captured(value, lines, environment)?,
            "dependencies" => {
                read_dependencies(value, &at, lines, environment)?;
                found = Some(at);
            }
            _ => {
                if meant(name) == Some("dependencies") {
                    misspelt = Some((at.clone(), name));
                }
                environment.warn(&at, past_key(name));
            }
        }
    }
    if let (None, Some((at, name))) = (&found, misspelt) {
        let message = format!("the file has no `dependencies:` list, but one of `{}:`", shortened(name));
        return Err(Fault::new(NO_PACKAGES, at, message, "did you mean `dependencies:`?", EXPORT_HINT));
    }
    let Some(at) = found else {
        let keys = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let at = lines.line(document.span.start.line());
        let message = format!("the file has no `dependencies:` list (its keys: {keys})");
        return Err(Fault::new(NO_PACKAGES, at, message, "the document begins here", EXPORT_HINT));
    };
    if environment.dependencies.is_empty() && environment.pip.is_empty() {
        let help = "list at least one package, as in `- python=3.12`";
        return Err(Fault::new(NO_PACKAGES, at, "`dependencies:` names no package", "it is empty", help));
    }
    forget_removed(environment);
    wheels::to_pip(environment);
    Ok(())
}

/// What is said about a key that is read past.
fn past_key(name: &str) -> String {
    match name {
        "platforms" => "`platforms:` was read past: the lock is for linux-64".to_owned(),
        "category" => "`category:` was read past: every package of the file belongs to one environment".to_owned(),
        "pip" => "`pip:` was read past: conda reads it only as an item of `dependencies:`".to_owned(),
        _ => {
            let meant = meant(name).map(|key| format!("; did you mean `{key}:`?")).unwrap_or_default();
            format!("`{}:` was read past: environment files have no such key{meant}", shortened(name))
        }
    }
}

/// The key that an unknown one was probably meant to be: one that differs from it in at most a third of its letters.
fn meant(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let near = KEYS.iter().map(|key| (damerau_levenshtein(key, &name), *key));
    near.filter(|(distance, key)| distance * 3 <= key.len()).min().map(|(_, key)| key)
}

/// The text of a scalar, as it was written; `None` where nothing was.
fn text_of(key: &str, value: &Node, lines: &Lines, environment: &mut Environment) -> Result<Option<String>, Fault> {
    let at = lines.of(value.span);
    match (kind(value), written(value)) {
        (NodeKind::Nothing, _) => Ok(None),
        (_, Some(text)) => {
            if template_marker(text).is_some() {
                environment.warn(&at, format!("`{key}:` still has a placeholder of a template in it"));
            }
            Ok(Some(text.to_owned()))
        }
        (kind, None) => Err(wrong_shape(key, kind, lines.line(value.span.start.line()), "a text")),
    }
}

pub(super) fn wrong_shape(key: &str, found: NodeKind, at: Location, wanted: &str) -> Fault {
    let found = found.name();
    Fault::new(
        SHAPE,
        at,
        format!("`{key}:` is {found}"),
        format!("{wanted} is expected"),
        format!("write {wanted} after `{key}:`"),
    )
}

fn read_channels(value: &Node, lines: &Lines, environment: &mut Environment) -> Result<(), Fault> {
    let listed = match kind(value) {
        NodeKind::Nothing => return Ok(()),
        NodeKind::Text => std::slice::from_ref(value),
        kind => items(value)
            .ok_or_else(|| wrong_shape("channels", kind, lines.line(value.span.start.line()), "a list of channels"))?,
    };
    for channel in listed {
        let at = lines.of(channel.span);
        let text = match (kind(channel), written(channel)) {
            (NodeKind::Nothing, _) => {
                environment.warn(&at, "an empty channel was read past");
                continue;
            }
            (_, Some(text)) => text,
            (kind, None) => {
                let at = lines.line(at.line);
                return Err(wrong_shape("channels", kind, at, "a list of channels"));
            }
        };
        if text.trim() == "nodefaults" {
            environment.nodefaults = true;
            continue;
        }
        let Some(name) = channel_name(text) else {
            environment.warn(&at, format!("`{}` names no channel and was read past", text.trim()));
            continue;
        };
        if name.contains('$') {
            environment.warn(&at, format!("the environment variable in the channel `{name}` was not replaced"));
        }
        environment.channels.push(Located { value: name, at });
    }
    Ok(())
}

fn read_variables(value: &Node, lines: &Lines, environment: &mut Environment) -> Result<(), Fault> {
    if kind(value) == NodeKind::Nothing {
        return Ok(());
    }
    let wanted = "a mapping such as `KEY: value`";
    let shape = |kind, node: &Node| wrong_shape("variables", kind, lines.line(node.span.start.line()), wanted);
    for (key, value) in entries(value).ok_or_else(|| shape(kind(value), value))? {
        let name = written(key).ok_or_else(|| shape(kind(key), key))?;
        match (kind(value), written(value)) {
            (NodeKind::Nothing, _) => {
                environment.warn(&lines.of(key.span), format!("the variable `{name}` has no value and was read past"));
            }
            (_, Some(text)) => environment.variables.push((name.to_owned(), text.to_owned())),
            (kind, None) => {
                let at = lines.line(key.span.start.line());
                return Err(wrong_shape(name, kind, at, "a text"));
            }
        }
    }
    Ok(())
}
