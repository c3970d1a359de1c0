//! Whether a file is what the lock renders to.

use super::{Finding, Mend};
use crate::words::{count, is_conflict_marker, one_line};

/// What is wrong with a file that is rendered from a lock, if anything: `found` is its text, `None` where it isn't there.
#[must_use]
pub fn rendered_change(file: &str, expected: &str, found: Option<&str>) -> Option<Finding> {
    let finding = |line, message| Some(Finding { file: file.to_owned(), line, message, mend: Mend::Render });
    let Some(found) = found else { return finding(None, "isn't there".to_owned()) };
    if let Ok(edits) = image_edits(expected, found)
        && let Some(first) = edits.first()
    {
        let words: Vec<String> = edits.iter().map(ImageEdit::words).collect();
        let message = format!("base image: changed in this file alone, {}", words.join("; "));
        return Some(Finding { file: file.to_owned(), line: Some(first.line), message, mend: Mend::BaseImage });
    }
    // Git may have been told to end lines as Windows does.
    let (mut lines, mut wanted) = (found.lines(), expected.lines());
    let mut number = 0;
    let (has, should) = loop {
        number += 1;
        match (lines.next(), wanted.next()) {
            (None, None) => return None,
            (a, b) if a == b => {}
            both => break both,
        }
    };
    let rest = differing(&lines.collect::<Vec<_>>(), &wanted.collect::<Vec<_>>());
    let more = if rest > 0 { format!(", and {} after it", count(rest, "line")) } else { String::new() };
    let message = match (has.and_then(image), should.and_then(image)) {
        (Some(has), Some(should)) => base_image(has, should),
        _ if found.lines().any(is_conflict_marker) => "has an unresolved merge conflict".to_owned(),
        _ if has.is_some_and(is_of_lock) && should.is_some_and(is_of_lock) => {
            "was made from another text of the lock".to_owned()
        }
        _ if has.is_none() => "ends too early".to_owned(),
        _ => format!("was edited, or the lock was{more}"),
    };
    finding(Some(number), message)
}

/// An image that somebody, or a bot, has put into a `FROM` in the place of the lock's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageEdit {
    /// The line of the `FROM`, counted from 1.
    pub line: usize,
    /// The image of the lock, with its digest.
    pub locked: String,
    /// The image that is there now.
    pub now: String,
}

impl ImageEdit {
    fn words(&self) -> String {
        let parts = |image: &str| image.split_once('@').map(|(name, digest)| (name.to_owned(), digest.to_owned()));
        match (parts(&self.locked), parts(&self.now)) {
            (Some((name, before)), Some((same, now))) if name == same => {
                one_line(&format!("{name} from {before} to {now}"))
            }
            _ => one_line(&format!("from {} to {}", self.locked, self.now)),
        }
    }
}

/// The images that were changed in a Dockerfile in which nothing else was, as bots for updates do it; none where it is what
/// the lock renders to.
///
/// # Errors
///
/// The number of the first line that differs in another way.
pub fn image_edits(expected: &str, found: &str) -> Result<Vec<ImageEdit>, usize> {
    let (mut lines, mut wanted) = (found.lines(), expected.lines());
    let mut edits = Vec::new();
    for line in 1.. {
        match (lines.next(), wanted.next()) {
            (None, None) => break,
            (now, locked) if now == locked => {}
            (Some(now), Some(locked)) => edits.push(image_edit(line, locked, now).ok_or(line)?),
            _ => return Err(line),
        }
    }
    Ok(edits)
}

/// The change of a `FROM` in which only the image is another.
fn image_edit(line: usize, locked: &str, now: &str) -> Option<ImageEdit> {
    let (was, is) = (image(locked)?, image(now)?);
    (locked.replacen(was, is, 1) == now).then(|| ImageEdit { line, locked: was.to_owned(), now: is.to_owned() })
}

/// How many lines differ, or are there on one side only.
fn differing(lines: &[&str], wanted: &[&str]) -> usize {
    let same = lines.iter().rev().zip(wanted.iter().rev()).take_while(|(a, b)| a == b).count();
    lines.len().max(wanted.len()) - same
}

/// The line of the label that holds the hash of the lock.
fn is_of_lock(line: &str) -> bool {
    line.contains("io.envlock.lock.sha256=")
}

/// The image of a `FROM`.
fn image(line: &str) -> Option<&str> {
    line.strip_prefix("FROM ")?.split(' ').find(|word| !word.starts_with("--"))
}

fn base_image(has: &str, should: &str) -> String {
    match (has.split_once('@'), should.split_once('@')) {
        (Some((name, digest)), Some((locked, expected))) if name == locked => {
            one_line(&format!("base image: the lock has {expected} for {locked}, and this is {digest}"))
        }
        _ => one_line(&format!("base image: the lock has {should}, and this is {has}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# by envlock\n\nFROM --platform=linux/amd64 a:1@sha256:aa AS env\n\nRUN x\n\nLABEL a=b \\\n      \
                        io.envlock.lock.sha256=\"1\"\n";

    fn of(found: Option<&str>) -> Option<String> {
        rendered_change("Dockerfile", TEXT, found).map(|it| format!("{}: {}", it.place(), it.message))
    }

    #[test]
    fn the_same_text_is_no_change_whatever_ends_its_lines() {
        assert_eq!(of(Some(TEXT)), None);
        assert_eq!(of(Some(&TEXT.replace('\n', "\r\n"))), None);
    }

    #[test]
    fn a_change_is_named_for_what_it_is() {
        let with = |from: &str, to: &str| of(Some(&TEXT.replace(from, to))).unwrap();
        assert_eq!(of(None).unwrap(), "Dockerfile: isn't there");
        assert_eq!(with("RUN x", "RUN y"), "Dockerfile:5: was edited, or the lock was");
        assert_eq!(with("RUN x", "RUN y\nRUN z"), "Dockerfile:5: was edited, or the lock was, and 1 line after it");
        let both = |from: &str, to: &str| of(Some(&TEXT.replace(from, to).replace("RUN x", "RUN y"))).unwrap();
        assert_eq!(
            both("aa AS", "bb AS"),
            "Dockerfile:3: base image: the lock has sha256:aa for a:1, and this is sha256:bb"
        );
        assert_eq!(
            both("a:1", "a:2"),
            "Dockerfile:3: base image: the lock has a:1@sha256:aa, and this is a:2@sha256:aa"
        );
        assert_eq!(with("\"1\"", "\"2\""), "Dockerfile:8: was made from another text of the lock");
        assert_eq!(with("RUN x", "<<<<<<< a\nRUN x"), "Dockerfile:5: has an unresolved merge conflict");
        assert_eq!(of(Some(TEXT.split_once("LABEL").unwrap().0)).unwrap(), "Dockerfile:7: ends too early");
    }

    #[test]
    fn what_a_bot_changes_is_told_from_what_was_edited() {
        let with = |from: &str, to: &str| rendered_change("Dockerfile", TEXT, Some(&TEXT.replace(from, to))).unwrap();
        let told = |it: Finding| (it.mend, format!("{} {}", it.place(), it.message));
        assert_eq!(
            told(with("aa AS", "bb AS")),
            (
                Mend::BaseImage,
                "Dockerfile:3 base image: changed in this file alone, a:1 from sha256:aa to sha256:bb".into()
            )
        );
        assert_eq!(
            told(with("a:1@sha256:aa", "a:2@sha256:bb")),
            (
                Mend::BaseImage,
                "Dockerfile:3 base image: changed in this file alone, from a:1@sha256:aa to a:2@sha256:bb".into()
            )
        );
        for (from, to) in [
            ("AS env", "AS other"),
            ("linux/amd64 a:1", "linux/arm64 a:1"),
            ("aa AS env", "bb AS env\nRUN evil"),
            ("aa AS env\n\nRUN x", "bb AS env\n\nRUN y"),
            ("FROM", "from"),
        ] {
            assert_eq!(with(from, to).mend, Mend::Render, "{from} to {to}");
        }
        assert_eq!(image_edits(TEXT, TEXT), Ok(vec![]));
        assert_eq!(image_edits(TEXT, &TEXT.replace("RUN x", "RUN y").replace("aa AS", "bb AS")), Err(5));
    }
}
