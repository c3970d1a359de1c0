//! The mark of an installation that hasn't come to its end. It says where that was going to put files or remove some, for
//! another one to take them away, with the directories that are empty then: they may belong to no package that is recorded.

use std::path::{Path, PathBuf};

use super::{
    contents::check_plain,
    reserved::{RECORDS, is_reserved},
};

/// How a mark begins. Lines with paths follow, each as a string of JSON.
const HEAD: &str = "An installation has begun, and hasn't come to its end.\n";

/// What is added to a mark before these paths are touched. The line that is there last may have been broken off.
pub(super) fn mark(paths: &[PathBuf]) -> String {
    let lines = paths.iter().filter_map(|path| serde_json::to_string(path).ok());
    [format!("\n{HEAD}")].into_iter().chain(lines.map(|line| line + "\n")).collect()
}

/// The paths that a mark names. What is no path of a package's file counts for nothing.
pub(super) fn paths(mark: &str) -> Vec<PathBuf> {
    let path = |line: &str| serde_json::from_str::<PathBuf>(line).ok();
    let is_ours = |path: &PathBuf| check_plain("", path).is_ok() && !is_reserved(path) && !path.starts_with(RECORDS);
    mark.lines().filter_map(path).filter(is_ours).collect()
}

/// The directories above a path, the nearest first, up to the prefix, which isn't among them.
pub(super) fn above(path: &Path) -> impl Iterator<Item = &Path> {
    path.ancestors().skip(1).take_while(|it| !it.as_os_str().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back_and_nothing_else_does() {
        let strange = PathBuf::from("share/a \"b\"\n\\ü");
        let expected: Vec<PathBuf> = vec!["lib/x.py".into(), strange, "bin/p".into()];
        let written = mark(&expected);
        assert_eq!(super::paths(&written), expected);
        assert_eq!(super::paths(&format!("begun{written}\"lib/cut o")), expected);
        for line in [
            "\"../x\"",
            "\"/etc/x\"",
            "\"conda-meta/a-1-0.json\"",
            "\"conda-meta/history\"",
            "\"conda-meta/state\"",
            "\"\"",
            "x",
            "3",
        ] {
            assert_eq!(super::paths(line), Vec::<PathBuf>::new(), "{line}");
        }
    }
}
