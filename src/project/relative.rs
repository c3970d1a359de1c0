//! A path as another place sees it.

use std::path::{Component, Path, PathBuf};

/// The path of a file relative to a directory, with forward slashes; the file's name where the two have no common
/// root. Symbolic links are followed as far as the paths exist.
#[must_use]
pub fn relative(file: &Path, directory: &Path) -> String {
    let (file, directory) = (absolute(file), absolute(directory));
    let (from, to): (Vec<Component>, Vec<Component>) = (directory.components().collect(), file.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let name = |component: &Component| component.as_os_str().to_string_lossy().into_owned();
    if shared == 0 {
        return to.last().map(name).unwrap_or_default();
    }
    let up = from.iter().skip(shared).map(|_| "..".to_owned());
    up.chain(to.iter().skip(shared).map(name)).collect::<Vec<_>>().join("/")
}

/// An absolute path, of which the part that exists has its links followed.
fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for ancestor in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (ancestor.canonicalize(), path.strip_prefix(ancestor)) {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_named_from_where_the_lock_stands() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("env/mac.yml");
        fs::create_dir(root.path().join("env")).unwrap();
        fs::write(&file, "").unwrap();
        assert_eq!(relative(&file, &root.path().join("env")), "mac.yml");
        assert_eq!(relative(&file, root.path()), "env/mac.yml");
        assert_eq!(relative(&file, &root.path().join("docker/lock")), "../../env/mac.yml", "made later");
    }
}
