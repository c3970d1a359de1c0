//! What lies within a repository. What comes with one has nothing to say of files elsewhere: a change that somebody proposes
//! to it would have them read or written by whoever looks at it.

use std::path::{Path, PathBuf};

/// A repository, or a directory that is in none.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    root: PathBuf,
    has_git: bool,
}

impl Repository {
    /// That of a directory: from the nearest directory above it that has a `.git`, or else from itself. The user's home and
    /// `/` are none, though some keep their settings in a repository there: everything would lie within.
    pub(crate) fn of(directory: &Path) -> Self {
        Self::below(dirs::home_dir().as_deref(), directory)
    }

    fn below(home: Option<&Path>, directory: &Path) -> Self {
        let home = home.and_then(real);
        let own = real(directory).unwrap_or_else(|| Path::new(".").join(directory));
        let is_above = |it: &&Path| Some(*it) != home.as_deref() && it.parent().is_some();
        let root = own.ancestors().take_while(is_above).find(|it| it.join(".git").exists());
        Self { has_git: root.is_some(), root: root.unwrap_or(&own).to_owned() }
    }

    /// Where it begins.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether it is one, and not a directory alone.
    pub(crate) fn has_git(&self) -> bool {
        self.has_git
    }

    /// Whether a path leads into it, links resolved. Where that can't be told, it doesn't.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        self.within(path).is_some()
    }

    /// Where a path leads, if that is in it.
    pub(crate) fn within(&self, path: &Path) -> Option<PathBuf> {
        real(path).filter(|it| it.starts_with(&self.root))
    }
}

/// Where a path leads, links resolved as far as it exists.
pub(crate) fn real(path: &Path) -> Option<PathBuf> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    if let Ok(real) = path.canonicalize() {
        return Some(real);
    }
    Some(real(path.parent()?)?.join(path.file_name()?))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_repository_begins_where_its_git_is_and_not_at_the_home() {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path();
        for below in [".git", "alone", "repository/.git", "repository/envs/a"] {
            fs::create_dir_all(home.join(below)).unwrap();
        }
        for (of, holds, has_git) in [
            ("repository/envs/a", "repository/requirements.txt", true),
            ("repository", "repository/none/none.txt", true),
            ("alone", "alone/a.txt", false),
            ("", "a.txt", false),
        ] {
            let found = Repository::below(Some(home), &home.join(of));
            assert_eq!((found.holds(&home.join(holds)), found.has_git()), (true, has_git), "{of}");
            for elsewhere in
                [home.join("../a.txt"), home.join(of).join("../../../../../etc/passwd"), "/etc/passwd".into()]
            {
                assert!(!found.holds(&elsewhere), "{of} {}", elsewhere.display());
            }
        }
        assert!(!Repository::below(Some(home), &home.join("repository")).holds(&home.join(".netrc")));
        assert!(!Repository::below(Some(home), &home.join("alone")).holds(&home.join(".netrc")));
        assert!(Repository::below(None, &home.join("alone")).holds(&home.join(".netrc")));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_where_it_leads() {
        let directory = tempfile::tempdir().unwrap();
        let own = directory.path().join("own");
        fs::create_dir(&own).unwrap();
        fs::write(directory.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink("../secret", own.join("a.txt")).unwrap();
        assert!(!Repository::of(&own).holds(&own.join("a.txt")));
    }
}
