//! What is to be installed: read from a lock, or from an explicit list.
//!
//! Source of the lists: CEP 23, and what conda and micromamba write: after a line `@EXPLICIT`, an address a line, with a hash
//! behind a `#`.

use std::path::Path;

use super::{Archive, InstallError, consistent};
use crate::{
    environment::Excerpt,
    limits::LOCK,
    lockfile::{self, LockError, Package},
};

/// What the packages of an explicit list come after.
const MARKER: &str = "@EXPLICIT";

/// What is to be installed.
#[derive(Clone, Debug)]
pub struct List {
    /// The conda packages.
    pub packages: Vec<Archive>,
    /// What pip installs.
    pub pip: Vec<Package>,
    /// Whether this is all that the environment is to have. Those of an explicit list come to what is there.
    pub is_whole: bool,
    /// What isn't consistent, each with its place. It is installed all the same.
    pub notes: Vec<String>,
}

impl List {
    /// Reads a lock or an explicit list.
    ///
    /// # Errors
    ///
    /// Where the file can't be read, is neither, leaves a package without a hash, or is a lock of envlock's whose packages lack
    /// what they need of each other.
    pub fn read(file: &Path) -> Result<Self, InstallError> {
        let name = file.display().to_string();
        let text = LOCK
            .read_text(file)
            .map_err(|source| InstallError::Files { what: format!("can't read {name}"), source })?;
        if text.lines().any(is_marker) {
            return Self::of_explicit(&name, &text);
        }
        Self::of_lock(&name, &text)
    }

    /// Reads a lock, as [`read`](Self::read) does.
    pub(crate) fn of_lock(name: &str, text: &str) -> Result<Self, InstallError> {
        let lock = lockfile::parse(name, text)?;
        let archive = |package: &Package| {
            let archive = Archive::new(&package.address(), package.sha256().as_deref(), package.md5().as_deref());
            let archive = archive.map_err(|reason| LockError::Package { file: name.to_owned(), reason })?;
            let depends = package.dependencies.iter().map(|(name, constraint)| depend(name, constraint)).collect();
            Ok(Archive { depends: Some(depends), size: package.size, ..archive })
        };
        let packages = lock.conda_packages().map(archive).collect::<Result<Vec<_>, LockError>>()?;
        let pip: Vec<Package> = lock.pip_packages().cloned().collect();
        if packages.is_empty() {
            return Err(InstallError::Nothing { file: name.to_owned() });
        }
        let notes = consistent::check(name, text, &lock, &packages)?;
        Ok(Self { packages, pip, is_whole: true, notes })
    }

    pub(crate) fn of_explicit(name: &str, text: &str) -> Result<Self, InstallError> {
        let mut packages = Vec::new();
        let mut offset = 0;
        let mut has_begun = false;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let entry = line.trim();
            if is_marker(line) {
                has_begun = true;
            } else if has_begun && !entry.is_empty() && !entry.starts_with('#') {
                packages.push(explicit(entry).map_err(|reason| InstallError::Line {
                    reason,
                    line: index + 1,
                    source_code: Excerpt::new(name, text),
                    at: (offset, line.trim_end().len()).into(),
                })?);
            }
            offset += line.len();
        }
        Ok(Self { packages, pip: Vec::new(), is_whole: false, notes: Vec::new() })
    }
}

/// Whether what follows a line are packages. Editors of Windows begin a file with a mark of its own.
fn is_marker(line: &str) -> bool {
    line.trim_start_matches('\u{feff}').trim() == MARKER
}

/// A line of an explicit list. What is no SHA-256 is refused: it may be an MD5, which can be forged, or a part of one,
/// which micromamba would pass over.
fn explicit(entry: &str) -> Result<Archive, String> {
    let (url, hash) = entry.rsplit_once('#').unwrap_or((entry, ""));
    let hash = hash.strip_prefix("sha256:").unwrap_or(hash).to_ascii_lowercase();
    Archive::new(url, Some(&hash).filter(|hash| hash.len() == 64).map(String::as_str), None)
}

/// A dependency as records have it: nothing stands for `*`.
fn depend(name: &str, constraint: &str) -> String {
    match constraint {
        "" | "*" => name.to_owned(),
        _ => format!("{name} {constraint}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lockfile::{testing::small_lock, to_yaml};

    const SHA256: &str = "abababababababababababababababababababababababababababababababab";

    #[test]
    fn a_lock_is_the_whole_environment_and_knows_what_packages_depend_on() {
        let list = List::of_lock("conda-lock.yml", &to_yaml(&small_lock())).unwrap();
        assert!(list.is_whole && list.pip.is_empty());
        let names: Vec<String> = list.packages.iter().map(|it| it.identifier.identifier.to_string()).collect();
        assert_eq!(names, ["libzlib-1.3.1-hb9d3cd8_2", "tzdata-2025b-h78e105d_0", "zlib-1.3.1-hb9d3cd8_2"]);
        let expected = ["__glibc >=2.17,<3.0.a0", "libzlib 1.3.1 hb9d3cd8_2"].map(str::to_owned);
        assert_eq!(list.packages[2].depends.as_deref(), Some(expected.as_slice()));
        assert!(list.packages.iter().all(|it| it.md5.is_some()));
    }

    #[test]
    fn an_explicit_list_is_read_from_its_marker_on() {
        let text = format!(
            "# platform: linux-64\nnonsense\n@EXPLICIT\n# a note\n\nhttps://host/c/noarch/a-1-0.conda#{SHA256}\n\
             https://host/c/linux-64/b-c-1-0.tar.bz2#sha256:{}\n",
            SHA256.to_uppercase()
        );
        let list = List::of_explicit("list.txt", &text).unwrap();
        let seen: Vec<(String, String)> =
            list.packages.iter().map(|it| (it.identifier.to_string(), const_hex::encode(it.sha256))).collect();
        let expected = ["a-1-0.conda", "b-c-1-0.tar.bz2"];
        assert_eq!(seen, expected.map(|name| (name.to_owned(), SHA256.to_owned())));
        assert!(!list.is_whole);
        let marked = format!("\u{feff}@EXPLICIT\r\nhttps://host/c/noarch/a-1-0.conda#{SHA256}\r\n");
        assert!(marked.lines().any(is_marker));
        assert_eq!(List::of_explicit("list.txt", &marked).unwrap().packages.len(), 1);
    }

    #[test]
    fn a_line_that_leaves_a_package_unchecked_is_refused_with_its_place() {
        for (entry, reason) in [
            ("https://host/noarch/a-1-0.conda", "a-1-0.conda has no SHA-256 to check it by"),
            ("https://host/noarch/a-1-0.conda#abab", "a-1-0.conda has no SHA-256 to check it by"),
            (
                &format!("https://host/noarch/a-1-0.conda#{}", &SHA256[..32]),
                "a-1-0.conda has no SHA-256 to check it by",
            ),
            (
                "https://host/noarch/a.zip#abab",
                "`https://host/noarch/a.zip` is not the address of a .conda or .tar.bz2",
            ),
            ("noarch/a-1-0.conda", "`noarch/a-1-0.conda` is no URL: relative URL without a base"),
        ] {
            let error = List::of_explicit("list.txt", &format!("@EXPLICIT\n{entry}\n")).unwrap_err();
            assert_eq!(error.to_string(), format!("list.txt:2: {reason}"));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = List::of_explicit("list.txt", &format!("@EXPLICIT\n{text}"));
            let _ = explicit(&text);
        }
    }
}
