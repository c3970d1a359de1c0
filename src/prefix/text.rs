//! What is installed, as an environment file.

use std::fmt::Write;

use rattler_conda_types::PackageName;

use super::Installed;
use crate::{environment::CAPTURED, lockfile::scalar};

/// So many characters a key of YAML may have in any case; the limit is 1,024 up to its colon.
const LONGEST_KEY: usize = 1000;

/// Writes what is installed as an environment file: as `conda env export` would, with what was asked for first, and with
/// what only envlock reads under a key of its own.
///
/// There is no `prefix:`, which would tell others nothing but how this machine is laid out.
#[must_use]
pub(crate) fn environment_file(installed: &Installed) -> String {
    let Installed { name, platform, channels, packages, requested, pip, variables, .. } = installed;
    let mut text =
        String::from("# Written by `envlock convert --from-env` from what is installed. It is yours to edit.\n");
    // Writing to a string can't fail.
    _ = writeln!(text, "name: {}", word(name));
    if !channels.is_empty() {
        text.push_str("channels:\n");
    }
    for channel in channels {
        _ = writeln!(text, "  - {}", word(channel));
    }
    text.push_str("dependencies:\n");
    let is_asked = |name: &PackageName| requested.as_ref().is_some_and(|it| it.contains(name));
    let lines = |asked: bool| {
        let these = packages.iter().filter(move |(name, _)| is_asked(name) == asked);
        these.map(|(name, (version, build))| word(&format!("{}={version}={build}", name.as_normalized())))
    };
    listed(&mut text, "  ", lines(true).collect(), lines(false).collect());
    if !pip.is_empty() {
        text.push_str("  - pip:\n");
        let lines = |asked: bool| pip.iter().filter(move |it| it.requested == asked).map(|it| word(&it.requirement));
        listed(&mut text, "      ", lines(true).collect(), lines(false).collect());
    }
    if !variables.is_empty() {
        text.push_str("variables:\n");
    }
    for (name, value) in variables {
        let (name, value) = (word(name), word(value));
        // YAML takes a longer key where it is marked as one.
        let (mark, colon) = if name.chars().count() > LONGEST_KEY { ("? ", "\n  ") } else { ("", "") };
        _ = writeln!(text, "  {mark}{name}{colon}: {value}");
    }
    if platform.is_some() || requested.is_some() {
        _ = writeln!(text, "# For envlock; conda and micromamba read past it.\n{CAPTURED}:");
    }
    if let Some(platform) = platform {
        _ = writeln!(text, "  platform: {platform}");
    }
    if let Some(requested) = requested {
        text.push_str("  requested:\n");
        for name in requested {
            _ = writeln!(text, "    - {}", word(name.as_normalized()));
        }
    }
    text
}

/// Those that were asked for, then the others; which is which is said where there are both.
fn listed(text: &mut String, indent: &str, asked: Vec<String>, others: Vec<String>) {
    let both = !asked.is_empty() && !others.is_empty();
    for (lines, title) in [(asked, "asked for"), (others, "came along")] {
        if both {
            _ = writeln!(text, "{indent}# {title}");
        }
        for line in lines {
            _ = writeln!(text, "{indent}- {line}");
        }
    }
}

/// A text as YAML. What looks like the placeholder of a template is written such that it doesn't: a reader of environment
/// files looks for those before it knows which quotes belong together.
fn word(text: &str) -> String {
    let written = scalar(text);
    if written.starts_with('"') { written.replace('{', "\\x7b").replace('<', "\\x3c") } else { written }
}
