//! The lines of the pip sections, with those of the requirements files that they name.
//!
//! Source of the form: pip's own documentation of requirements files. A line may be continued by a backslash, and `#`
//! starts a comment at the line's start or after white space.

use std::path::{Path, PathBuf};

use crate::{
    environment::{Environment, Located, Location, without_secrets},
    limits::INPUT,
};

/// How deep requirements files may name each other.
const DEEPEST: usize = 8;

/// A line without its comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What is written, credentials and all.
    pub text: String,
    /// Where that, or the line that names its file, stands in the environment file.
    pub at: Location,
    /// The requirements file and the line in it: `requirements.txt:3`.
    pub from: Option<String>,
    /// Whether it only limits what others bring in: it stands in a constraints file.
    pub is_constraint: bool,
    /// Why its file can't be read, where it names one.
    pub unreadable: Option<String>,
}

impl Line {
    /// What is written, fit to be shown.
    #[must_use]
    pub fn shown(&self) -> String {
        without_secrets(&self.text)
    }

    /// Where it stands, for a message: `line 12`, or `requirements.txt:3`.
    #[must_use]
    pub fn place(&self) -> String {
        self.from.clone().unwrap_or_else(|| format!("line {}", self.at.line))
    }

    /// The same as the environment file would have it.
    #[must_use]
    pub fn located(&self) -> Located<String> {
        Located { value: self.text.clone(), at: self.at.clone() }
    }
}

/// Reads the lines of the pip sections. A line that names a requirements file (`-r`) or a constraints file (`-c`) gives
/// way to the lines of that file, which is looked for beside the file that names it.
#[must_use]
pub fn read_lines(environment: &Environment, directory: &Path) -> Vec<Line> {
    let mut lines = Vec::new();
    for item in &environment.pip {
        let line = Line {
            text: without_comment(&item.value),
            at: item.at.clone(),
            from: None,
            is_constraint: false,
            unreadable: None,
        };
        add(&mut lines, line, directory, 0);
    }
    lines
}

fn add(lines: &mut Vec<Line>, line: Line, directory: &Path, depth: usize) {
    let Some((file, is_constraint)) = names_file(&line.text) else {
        if !line.text.is_empty() {
            lines.push(line);
        }
        return;
    };
    let unreadable = |why: String| Line { unreadable: Some(why), ..line.clone() };
    if depth == DEEPEST {
        lines.push(unreadable("the files name each other without end".to_owned()));
        return;
    }
    if file.contains("://") {
        lines.push(unreadable("it is on a server, and may say something else tomorrow".to_owned()));
        return;
    }
    let path: PathBuf = directory.join(&file);
    match INPUT.read(&path) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let beside = path.parent().unwrap_or(directory);
            for (number, text) in logical_lines(text.trim_start_matches('\u{feff}')) {
                let line = Line {
                    text: without_comment(&text),
                    from: Some(format!("{file}:{number}")),
                    is_constraint: is_constraint || line.is_constraint,
                    ..line.clone()
                };
                add(lines, line, beside, depth + 1);
            }
        }
        Err(error) => lines.push(unreadable(error.to_string())),
    }
}

/// The file that a line names, and whether it holds constraints.
fn names_file(text: &str) -> Option<(String, bool)> {
    let options = [("--requirement", false), ("--constraint", true), ("-r", false), ("-c", true)];
    let (rest, is_constraint) = options.into_iter().find_map(|(option, is_constraint)| {
        let rest = text.strip_prefix(option)?;
        let is_whole = !option.starts_with("--") || rest.starts_with([' ', '\t', '=']);
        is_whole.then_some((rest, is_constraint))
    })?;
    let file = rest.trim_start_matches(['=', ' ', '\t']).trim_matches(['"', '\'']);
    let file = file.strip_prefix("file://").or_else(|| file.strip_prefix("file:")).unwrap_or(file);
    Some((file.to_owned(), is_constraint))
}

/// The lines of a requirements file, numbered from 1, continued ones joined.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut is_continued = false;
    for (index, line) in text.lines().enumerate() {
        let (line, goes_on) = line.strip_suffix('\\').map_or((line, false), |line| (line, true));
        match lines.last_mut().filter(|_| is_continued) {
            Some((_, last)) => last.push_str(line),
            None => lines.push((index + 1, line.to_owned())),
        }
        is_continued = goes_on;
    }
    lines
}

/// A line without its comment and without needless blanks.
pub(crate) fn without_comment(line: &str) -> String {
    let words = line.split_whitespace().take_while(|word| !word.starts_with('#'));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::environment::parse_environment;

    fn read(section: &str, files: &[(&str, &str)]) -> Vec<Line> {
        let directory = tempfile::tempdir().unwrap();
        for (file, text) in files {
            fs::create_dir_all(directory.path().join(file).parent().unwrap()).unwrap();
            fs::write(directory.path().join(file), text).unwrap();
        }
        let text = format!("dependencies:\n  - pip:\n{section}");
        read_lines(&parse_environment("environment.yml", text.as_bytes()).unwrap(), directory.path())
    }

    fn texts(lines: &[Line]) -> Vec<(&str, usize, Option<&str>)> {
        lines.iter().map(|line| (line.text.as_str(), line.at.line, line.from.as_deref())).collect()
    }

    #[test]
    fn comments_and_needless_blanks_go() {
        let lines = read("    - 'six  ==1.0   # old'\n    - x @ http://h/a#egg=x\n", &[]);
        assert_eq!(texts(&lines), [("six ==1.0", 3, None), ("x @ http://h/a#egg=x", 4, None)]);
    }

    #[test]
    fn a_requirements_file_stands_for_its_lines() {
        let files = [
            ("a.txt", "\u{feff}# top\nsix\n-r sub/b.txt\n-c limits.txt\nidna \\\n  >=2\n"),
            ("sub/b.txt", "rich\r\n"),
            ("limits.txt", "toml<1\n"),
        ];
        let lines = read("    - -r file:a.txt\n    - tqdm\n", &files);
        let expected = [
            ("six", 3, Some("a.txt:2")),
            ("rich", 3, Some("sub/b.txt:1")),
            ("toml<1", 3, Some("limits.txt:1")),
            ("idna >=2", 3, Some("a.txt:5")),
            ("tqdm", 4, None),
        ];
        assert_eq!(texts(&lines), expected);
        assert_eq!(lines.iter().map(|line| line.is_constraint).collect::<Vec<_>>(), [false, false, true, false, false]);
    }

    #[test]
    fn a_file_that_can_not_be_read_stays_as_it_is_written() {
        for (section, files) in [
            ("    - -r none.txt\n", &[][..]),
            ("    - -r a.txt\n", &[("a.txt", "--requirement=a.txt\n")]),
            ("    - -r https://host/a.txt\n", &[]),
        ] {
            let lines = read(section, files);
            assert_eq!(lines.len(), 1, "{section}");
            assert!(lines[0].unreadable.is_some(), "{section}");
        }
    }
}
