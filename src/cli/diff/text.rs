//! A comparison in words: for a terminal, and for a pull request.

use std::fmt::Write as _;

use super::{ChangeCounts, DiffDocument};
use crate::{
    lockfile::{
        Manager,
        diff::{Change, ChangeKind},
    },
    words::{bytes, is_hidden, padded},
};

/// So many rows of a table are shown before it is folded.
const ROWS: usize = 20;

/// For a terminal.
pub(super) fn plain(document: &DiffDocument) -> String {
    let mut text = format!("{} → {}: {}\n", document.before, document.after, summary(document));
    let width = document.changes.iter().map(|it| title(it).chars().count()).max().unwrap_or_default();
    for (name, changes) in groups(document) {
        _ = writeln!(text, "\n{name}");
        for change in changes {
            _ = writeln!(text, "  {}  {}", padded(&title(change), width), versions(change));
        }
    }
    if !document.other.is_empty() {
        text += "\nother\n";
    }
    for other in &document.other {
        let side = |side: &Option<String>| side.clone().unwrap_or_default();
        _ = writeln!(text, "  {}: {} → {}", other.what, side(&other.before), side(&other.after));
    }
    text
}

/// For the description of a pull request, in GitHub's and GitLab's form of Markdown.
pub(super) fn markdown(document: &DiffDocument) -> String {
    let mut text = format!("{}\n", escaped(&summary(document)));
    for (name, changes) in groups(document) {
        let side = |version: &Option<String>| version.as_deref().map(escaped).unwrap_or_default();
        let row = |it: &&Change| format!("| {} | {} | {} |\n", escaped(&title(it)), side(&it.before), side(&it.after));
        let table = format!(
            "| {name} | before | after |\n| --- | --- | --- |\n{}",
            changes.iter().map(row).collect::<String>()
        );
        let part = if changes.len() > ROWS {
            format!("\n<details><summary>{} {name}</summary>\n\n{table}\n</details>\n", changes.len())
        } else {
            format!("\n{table}")
        };
        text += &part;
    }
    if !document.other.is_empty() {
        text += "\n| other | before | after |\n| --- | --- | --- |\n";
    }
    for other in &document.other {
        let side = |side: &Option<String>| escaped(side.as_deref().unwrap_or_default());
        _ = writeln!(text, "| {} | {} | {} |", other.what, side(&other.before), side(&other.after));
    }
    text
}

fn groups(document: &DiffDocument) -> impl Iterator<Item = (&'static str, Vec<&Change>)> {
    ChangeKind::ALL.into_iter().filter_map(|kind| {
        let changes: Vec<&Change> = document.changes.iter().filter(|it| it.kind == kind).collect();
        (!changes.is_empty()).then_some((kind.word(), changes))
    })
}

/// `2 up, 1 added; 8.3 MB to download (340.0 MB in all, 332.1 MB before)`.
fn summary(document: &DiffDocument) -> String {
    let ChangeCounts { added, removed, up, down, rebuilt } = document.counts;
    let counts = [(up, "up"), (down, "down"), (added, "added"), (removed, "removed"), (rebuilt, "rebuilt")];
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let counts = if counts.is_empty() { "the same packages".to_owned() } else { counts.join(", ") };
    let size = &document.size;
    let unknown = match size.unknown {
        0 => String::new(),
        number => format!("; without {number} of unknown size"),
    };
    if size.after == 0 {
        return counts;
    }
    let before = if size.before > 0 { format!(", {} before", bytes(size.before)) } else { String::new() };
    format!("{counts}; {} to download ({} in all{before}{unknown})", bytes(size.download), bytes(size.after))
}

fn title(change: &Change) -> String {
    if change.manager == Manager::Pip { format!("{} (pip)", change.name) } else { change.name.clone() }
}

fn versions(change: &Change) -> String {
    let sides: Vec<&str> = [&change.before, &change.after].into_iter().flatten().map(String::as_str).collect();
    sides.join(" → ")
}

/// A text that means nothing in Markdown. What would call people (`@everyone`), name an issue (`a/b#1`) or be made a
/// link of (`www.host`, `https://host`) stands as HTML's number of the character that would do it, since a backslash
/// doesn't keep that from happening.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let (mut before, mut rest) = (None, text.chars());
    while let Some(c) = rest.next() {
        match c {
            _ if is_hidden(c) => escaped.push(' '),
            ':' if !rest.as_str().starts_with('/') => escaped.push(c),
            '@' | '#' | ':' | '&' => _ = write!(escaped, "&#{};", u32::from(c)),
            '.' if before == Some('w') => escaped += "&#46;",
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
        before = Some(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_markdown() {
        assert_eq!(escaped("_libgcc_mutex|<b>"), r"\_libgcc\_mutex\|\<b\>");
        assert_eq!(escaped("@everyone a/b#1 &lt;"), "&#64;everyone a/b&#35;1 &#38;lt;");
        assert_eq!(escaped("https://evil.example www.x"), "https&#58;//evil.example www&#46;x");
        assert_eq!(escaped("1!2\n\u{202e}3"), "1!2  3");
    }
}
