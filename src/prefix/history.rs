//! `conda-meta/history`: what was asked for, command by command.
//!
//! Source: `History` in `conda/history.py`. micromamba writes the same lines.

use std::{collections::BTreeSet, path::Path};

use rattler_conda_types::PackageName;

use super::or_noted;
use crate::{environment::parse_spec, limits::HISTORY};

/// The packages that were asked for, and not removed since. A history that can't be read is noted.
pub(super) fn read(file: &Path, notes: &mut Vec<String>) -> BTreeSet<PackageName> {
    requested_in(&String::from_utf8_lossy(&or_noted(HISTORY.read(file), file, notes)))
}

/// The same of the text of a history.
pub(super) fn requested_in(text: &str) -> BTreeSet<PackageName> {
    let mut asked = BTreeSet::new();
    for (action, specs) in text.lines().filter_map(specs_line) {
        let names = specs.iter().filter(|spec| !spec.ends_with('@')).filter_map(|spec| name(spec));
        match action {
            "update" | "install" | "create" | "neutered" => asked.extend(names),
            "remove" | "uninstall" => names.for_each(|name| {
                asked.remove(&name);
            }),
            _ => {}
        }
    }
    asked
}

/// `# update specs: ["numpy", 'python=3.9']`, or, before conda 4.5, `# install specs: python>=3.5,<4,numpy`.
fn specs_line(line: &str) -> Option<(&str, Vec<String>)> {
    let (action, specs) = line.trim().strip_prefix('#')?.split_once(':')?;
    let action = action.trim().strip_suffix("specs")?;
    let is_word = action.ends_with(char::is_whitespace) && !action.trim().contains(char::is_whitespace);
    let specs = specs.trim();
    let specs = match specs.strip_prefix('[') {
        Some(list) => list_of_python(list),
        None if specs.contains('[') => Vec::new(),
        None => separated(specs),
    };
    is_word.then(|| (action.trim(), specs))
}

/// The strings of a list as Python and JSON write it, behind its opening bracket.
fn list_of_python(list: &str) -> Vec<String> {
    let mut strings = Vec::new();
    let mut chars = list.chars();
    while let Some(quote) = chars.by_ref().find(|c| matches!(c, '\'' | '"' | ']')).filter(|c| *c != ']') {
        let mut string = String::new();
        while let Some(c) = chars.next().filter(|c| *c != quote) {
            string.extend(if c == '\\' { chars.next() } else { Some(c) });
        }
        strings.push(string);
    }
    strings
}

/// Specs with commas between them. What begins with a comparison belongs to the one before.
fn separated(specs: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in specs.split(',') {
        match found.last_mut() {
            Some(last) if part.trim_start().starts_with(['<', '>', '=', '!', '~']) => *last = format!("{last},{part}"),
            _ => found.push(part.to_owned()),
        }
    }
    found
}

/// The package of a spec. An address may have a hash behind it.
fn name(spec: &str) -> Option<PackageName> {
    let spec = if spec.contains("://") { spec.split('#').next()? } else { spec };
    Some(parse_spec(spec.trim())?.name)
}
