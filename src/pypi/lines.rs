//! The lines of the pip sections, with those of the requirements files that they name.
//!
//! Source of the form: pip's own documentation of requirements files. A line may be continued by a backslash, and `#`
//! starts a comment at the line's start or after white space.

use std::{
    collections::HashSet,
    iter,
    path::{Path, PathBuf},
};

use super::section;
use crate::{
    base::repository::Repository,
    environment::{Environment, Located, Location, text_of, without_secrets},
    limits::{INPUT, PIP_LINES},
};

/// What stands before a constraint where it stands among requirements.
pub(crate) const CONSTRAINT: &str = "-c ";

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
    pub unreadable: Option<Unreadable>,
}

/// Why a file that a line names can't be read, or one of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Why. It shows nothing of what the file holds.
    pub why: String,
    /// What to do.
    pub help: &'static str,
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

    /// The same as the environment file would have it, if that could have constraints.
    #[must_use]
    pub fn located(&self) -> Located<String> {
        let mark = if self.is_constraint && self.unreadable.is_none() { CONSTRAINT } else { "" };
        Located { value: format!("{mark}{}", self.text), at: self.at.clone() }
    }

    /// The same, if its file can't be read.
    fn unread(&self, why: Unreadable) -> Self {
        Self { unreadable: Some(why), ..self.clone() }
    }
}

impl Unreadable {
    fn whole(why: impl Into<String>) -> Self {
        let help = "put the file beside the environment file, or its lines in the place of this one";
        Self { why: why.into(), help }
    }

    fn line(number: usize) -> Self {
        let why = format!("its line {number} is neither a requirement nor an option that can be followed");
        let help = "write `name`, `name==version`, `name>=version`, `name @ https://…` or `git+https://…@ref` there";
        Self { why, help }
    }

    fn too_long() -> Self {
        let why = format!("the files that are named have more than {PIP_LINES} lines");
        Self { why, help: "name fewer files, or leave out what they say more than once" }
    }
}

/// Reads the lines of the pip sections. A line that names a requirements file (`-r`) or a constraints file (`-c`) gives
/// way to the lines of that file, which is looked for beside the file that names it, and within the repository alone:
/// lines get into locks and logs. A file that is named again says nothing new.
#[must_use]
pub fn read_lines(environment: &Environment, directory: &Path) -> Vec<Line> {
    let mut reader = Reader {
        repository: Repository::of(directory),
        lines: Vec::new(),
        read: HashSet::new(),
        open: Vec::new(),
        left: PIP_LINES,
    };
    let mut items = environment.pip.iter();
    while let Some(item) = items.next() {
        let mut text = item.value.clone();
        // conda hands them to pip as the lines of a file, where one goes on in the next.
        while text.ends_with(" \\") {
            text.pop();
            text.push_str(items.next().map_or("", |next| &next.value));
        }
        let line = Line {
            text: without_comment(&text),
            at: item.at.clone(),
            from: None,
            is_constraint: false,
            unreadable: None,
        };
        reader.add(line, directory);
    }
    reader.lines
}

struct Reader {
    repository: Repository,
    lines: Vec<Line>,
    /// The files that were read, and whether as constraints.
    read: HashSet<(PathBuf, bool)>,
    /// Those among them that name each other down to the line at hand.
    open: Vec<(PathBuf, bool)>,
    /// How many lines of files may still be read.
    left: usize,
}

impl Reader {
    fn add(&mut self, line: Line, directory: &Path) {
        let Some((file, is_constraint)) = names_file(&line.text) else {
            if !line.text.is_empty() {
                self.lines.push(line);
            }
            return;
        };
        let is_constraint = is_constraint || line.is_constraint;
        if let Err(why) = self.add_file(&line, &file, is_constraint, directory) {
            self.lines.push(line.unread(why));
        }
    }

    /// Adds the lines of a file.
    fn add_file(&mut self, line: &Line, file: &str, is_constraint: bool, directory: &Path) -> Result<(), Unreadable> {
        if file.contains("://") {
            return Err(Unreadable::whole("it is on a server, and may say something else tomorrow"));
        }
        let path = directory.join(file);
        let Some(real) = self.repository.within(&path) else {
            return Err(Unreadable::whole(if self.repository.has_git() {
                "it is outside of the repository"
            } else {
                "it is outside of the environment file's directory, which is in no repository"
            }));
        };
        let this = (real, is_constraint);
        if self.open.len() == DEEPEST || self.open.contains(&this) {
            return Err(Unreadable::whole("the files name each other without end"));
        }
        if !self.read.insert(this.clone()) {
            return Ok(());
        }
        let bytes = INPUT.read(&this.0).map_err(|error| Unreadable::whole(error.to_string()))?;
        let text = text_of(&bytes).map_err(Unreadable::whole)?;
        self.open.push(this);
        let added = self.add_text(line, file, is_constraint, &text, path.parent().unwrap_or(directory));
        self.open.pop();
        added
    }

    fn add_text(
        &mut self,
        line: &Line,
        file: &str,
        is_constraint: bool,
        text: &str,
        directory: &Path,
    ) -> Result<(), Unreadable> {
        for (number, text) in logical_lines(text) {
            let Some(left) = self.left.checked_sub(1) else {
                return Err(Unreadable::too_long());
            };
            self.left = left;
            let from = Some(format!("{file}:{number}"));
            let found = Line { text: without_comment(&text), from, is_constraint, ..line.clone() };
            if section::is_foreign(&found) {
                self.lines.push(line.unread(Unreadable::line(number)));
            } else {
                self.add(found, directory);
            }
        }
        Ok(())
    }
}

/// The file that a line names, and whether it holds constraints.
pub(super) fn names_file(text: &str) -> Option<(String, bool)> {
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
fn logical_lines(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut lines = (1..).zip(text.lines());
    iter::from_fn(move || {
        let (number, mut line) = lines.next()?;
        let mut whole = String::new();
        while let Some(part) = line.strip_suffix('\\') {
            whole.push_str(part);
            line = lines.next().map_or("", |(_, line)| line);
        }
        whole.push_str(line);
        Some((number, whole))
    })
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
        read_in("", section, files)
    }

    /// The lines of a section in a directory below the files.
    fn read_in(below: &str, section: &str, files: &[(&str, &str)]) -> Vec<Line> {
        let directory = tempfile::tempdir().unwrap();
        for (file, text) in files {
            fs::create_dir_all(directory.path().join(file).parent().unwrap()).unwrap();
            fs::write(directory.path().join(file), text).unwrap();
        }
        let text = format!("dependencies:\n  - pip:\n{section}");
        let environment = parse_environment("environment.yml", text.as_bytes()).unwrap();
        read_lines(&environment, &directory.path().join(below))
    }

    fn whys(lines: &[Line]) -> Vec<&str> {
        lines.iter().filter_map(|line| Some(line.unreadable.as_ref()?.why.as_str())).collect()
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
        assert_eq!(lines[2].located().value, "-c toml<1");
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

    #[test]
    fn files_outside_of_the_repository_are_not_read() {
        let files = [("repository/envs/a/b.txt", "six\n"), ("repository/c.txt", "idna\n"), ("secret", "token\n")];
        let alone = read_in(
            "repository/envs",
            "    - -r a/b.txt\n    - -r ../c.txt\n    - -c ../../secret\n    - -r /proc/self/environ\n",
            &files,
        );
        let written = [("six", 3, Some("a/b.txt:1")), ("-r ../c.txt", 4, None), ("-c ../../secret", 5, None)];
        assert_eq!(texts(&alone), [&written[..], &[("-r /proc/self/environ", 6, None)]].concat());
        assert_eq!(whys(&alone), ["it is outside of the environment file's directory, which is in no repository"; 3]);

        let section = "    - -r ../c.txt\n    - -r ../../secret\n";
        let whole = read_in("repository/envs", section, &[&files[..], &[("repository/.git/HEAD", "")]].concat());
        assert_eq!(texts(&whole), [("idna", 3, Some("../c.txt:1")), ("-r ../../secret", 4, None)]);
        assert_eq!(whys(&whole), ["it is outside of the repository"]);
    }

    #[test]
    fn nothing_is_shown_of_what_is_no_requirement() {
        let secrets =
            "machine h login me password hidden\n-----BEGIN hidden\nKEY=hidden==\nsix\n-u me:hidden\nC:\\a hidden\n";
        for (option, kept) in [("-r", "six"), ("-c", "six")] {
            let lines = read(&format!("    - {option} a.txt\n"), &[("a.txt", secrets)]);
            assert!(!format!("{lines:?}").contains("hidden"), "{lines:?}");
            assert_eq!(lines.iter().filter(|line| line.text == kept).count(), 1);
            assert_eq!(whys(&lines).len(), 5);
            assert!(whys(&lines)[4].starts_with("its line 6 is neither a requirement nor "), "{lines:?}");
        }
        // What stands in the environment file itself is no secret to who reads that.
        assert_eq!(texts(&read("    - machine h\n", &[])), [("machine h", 3, None)]);
    }

    #[test]
    fn a_file_is_read_once_however_often_it_is_named() {
        let more: Vec<(String, String)> =
            (0..6).map(|level| (format!("{level}.txt"), format!("-r {}.txt\n", level + 1).repeat(50))).collect();
        let mut files: Vec<(&str, &str)> = more.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
        files.push(("6.txt", "six\n"));
        let lines = read("    - -r 0.txt\n    - -c 6.txt\n    - -r ./6.txt\n", &files);
        assert_eq!(texts(&lines), [("six", 3, Some("6.txt:1")), ("six", 4, Some("6.txt:1"))]);
    }

    #[test]
    fn there_is_an_end_to_the_lines_that_are_read() {
        let lines = read("    - -r a.txt\n    - tqdm\n", &[("a.txt", &"#\n".repeat(PIP_LINES + 1))]);
        assert_eq!(texts(&lines), [("-r a.txt", 3, None), ("tqdm", 4, None)]);
        assert_eq!(whys(&lines), ["the files that are named have more than 131072 lines"]);
        assert_eq!(read("    - -r a.txt\n", &[("a.txt", &"#\n".repeat(PIP_LINES))]), []);
    }

    #[test]
    fn a_file_of_any_shell_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = "\u{feff}six==1.16.0\r\nidna\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(directory.path().join("a.txt"), bytes).unwrap();
        let environment = parse_environment("e.yml", b"dependencies: [pip: [-r a.txt]]\n").unwrap();
        let lines = read_lines(&environment, directory.path());
        assert_eq!(texts(&lines), [("six==1.16.0", 1, Some("a.txt:1")), ("idna", 1, Some("a.txt:2"))]);
    }

    #[test]
    fn an_item_goes_on_in_the_next() {
        let lines = read("    - six==1.16.0 \\\n    - --hash=sha256:ab\n    - .\\a\\\n    - tqdm \\\n", &[]);
        let expected = [("six==1.16.0 --hash=sha256:ab", 3, None), (".\\a\\", 5, None), ("tqdm", 6, None)];
        assert_eq!(texts(&lines), expected);
    }
}
