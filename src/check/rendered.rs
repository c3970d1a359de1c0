//! Whether a file is what the lock renders to.

use super::{Finding, Mend};
use crate::words::{count, is_conflict_marker, one_line};

/// What is wrong with a file that is rendered from a lock, if anything: `found` is its text, `None` where it isn't there.
#[must_use]
pub fn rendered_change(file: &str, expected: &str, found: Option<&str>) -> Option<Finding> {
    let finding = |line, message| Some(Finding { file: file.to_owned(), line, message, mend: Mend::Render });
    let Some(found) = found else { return finding(None, "isn't there".to_owned()) };
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
        assert_eq!(
            with("aa AS", "bb AS"),
            "Dockerfile:3: base image: the lock has sha256:aa for a:1, and this is sha256:bb"
        );
        assert_eq!(
            with("a:1", "a:2"),
            "Dockerfile:3: base image: the lock has a:1@sha256:aa, and this is a:2@sha256:aa"
        );
        assert_eq!(with("\"1\"", "\"2\""), "Dockerfile:8: was made from another text of the lock");
        assert_eq!(with("RUN x", "<<<<<<< a\nRUN x"), "Dockerfile:5: has an unresolved merge conflict");
        assert_eq!(of(Some(TEXT.split_once("LABEL").unwrap().0)).unwrap(), "Dockerfile:7: ends too early");
    }
}
