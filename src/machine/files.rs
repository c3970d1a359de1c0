//! Where the files of other programs are.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use super::Machine;
use crate::limits::INPUT;

/// Where the files of other programs may be: the directories and the variables of a process.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The user's own directory.
    pub home: Option<PathBuf>,
    /// Where programs keep what the user has chosen: `~/.config` on Linux.
    pub config: Option<PathBuf>,
    /// What is above `etc` and `var`: `/`, or nothing where the system has none.
    pub root: Option<PathBuf>,
    /// The environment variables.
    pub variables: BTreeMap<OsString, OsString>,
}

impl Surroundings {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            home: dirs::home_dir(),
            config: dirs::config_dir(),
            root: cfg!(unix).then(|| PathBuf::from("/")),
            variables: std::env::vars_os().collect(),
        }
    }

    /// A file or directory below that of the user.
    pub(super) fn home(&self, path: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(path))
    }

    /// The path that a variable holds; an empty one is none.
    pub(super) fn path(&self, variable: &str) -> Option<PathBuf> {
        self.variables.get(variable.as_ref() as &std::ffi::OsStr).filter(|it| !it.is_empty()).map(PathBuf::from)
    }

    /// The text that a variable holds; an empty one is none.
    pub(super) fn text(&self, variable: &str) -> Option<String> {
        self.path(variable)?.into_os_string().into_string().ok()
    }

    /// The path of a text in which `~` is the user's own directory.
    pub(super) fn user_path(&self, text: &str) -> PathBuf {
        let below = if text == "~" { Some("") } else { text.strip_prefix("~/").or_else(|| text.strip_prefix("~\\")) };
        below.and_then(|rest| self.home(rest)).unwrap_or_else(|| PathBuf::from(text))
    }

    /// The paths that a variable holds, with the separator of the system between them.
    pub(super) fn paths(&self, variable: &str) -> Vec<PathBuf> {
        let value = self.variables.get(variable.as_ref() as &std::ffi::OsStr);
        value.map(std::env::split_paths).into_iter().flatten().filter(|it| !it.as_os_str().is_empty()).collect()
    }

    /// A path as a person names it.
    pub(super) fn shown(&self, path: &Path) -> String {
        match self.home.as_ref().and_then(|home| path.strip_prefix(home).ok()) {
            Some(rest) => format!("~/{}", rest.display()),
            None => path.display().to_string(),
        }
    }

    /// The text of a file; `None` where there is none. One that can't be read is noted.
    pub(super) fn read(&self, path: &Path, machine: &mut Machine) -> Option<String> {
        match INPUT.read_text(path) {
            Ok(text) => Some(text),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => None,
            Err(error) => {
                machine.notes.push(format!("{} is passed over, as it can't be read: {error}", self.shown(path)));
                None
            }
        }
    }

    /// A text with `$NAME` and `${NAME}` as the variables have them; what isn't set stays as it is.
    pub(super) fn expanded(&self, text: &str) -> String {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            let (before, from) = rest.split_at(dollar);
            expanded.push_str(before);
            let after = from.split_at(1).1;
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let (name, length) = if let Some((name, _)) = after.strip_prefix('{').and_then(|it| it.split_once('}')) {
                (name, name.len() + 3)
            } else {
                let end = after.find(|c| !is_word(c)).unwrap_or(after.len());
                (after.split_at(end).0, end + 1)
            };
            let (whole, behind) = from.split_at(length);
            match self.text(name).filter(|_| !name.is_empty()) {
                Some(value) => expanded.push_str(&value),
                None => expanded.push_str(whole),
            }
            rest = behind;
        }
        expanded + rest
    }

    /// The files of a directory that have one of these extensions, in the order of their names.
    pub(super) fn listed(directory: &Path, extensions: &[&str]) -> Vec<PathBuf> {
        let entries = fs::read_dir(directory).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let is_one = |path: &PathBuf| path.extension().is_some_and(|it| extensions.iter().any(|known| it == *known));
        let mut files: Vec<PathBuf> = entries.filter(is_one).collect();
        files.sort();
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_where_they_are_set() {
        let variables = [("USER", "ada"), ("T", "tk-1")].map(|(name, value)| (name.into(), value.into()));
        let around = Surroundings { variables: variables.into(), ..Surroundings::default() };
        for (text, expected) in [
            ("https://host/t/${T}/$USER", "https://host/t/tk-1/ada"),
            ("$NOBODY/${NONE}$", "$NOBODY/${NONE}$"),
            ("${open $USER", "${open ada"),
            ("é$T.", "étk-1."),
            ("", ""),
        ] {
            assert_eq!(around.expanded(text), expected);
        }
    }
}
