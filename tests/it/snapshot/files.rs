//! Reading: every one of the files is read, or refused with the line at fault and what to do.

use std::{
    fs,
    path::{Path, PathBuf},
};

use envlock::environment::{ReadError, read_environment};

use crate::support::real_environments;

/// The files that can't be read, each with the line at fault.
pub const REFUSED: [&str; 8] = [
    "any-hand-partial-py37-01:10",
    "any-hand-partial-py38-01:85",
    "any-hand-partial-pyxx-14:1",
    "any-hand-partial-pyxx-15:2",
    "any-hand-partial-pyxx-16:1",
    "any-hand-partial-pyxx-17:1",
    "any-hand-partial-pyxx-19:1",
    "any-hand-partial-pyxx-20:1",
];

/// The environment files of a directory, by name.
pub fn environment_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let is_yaml = |file: &PathBuf| file.extension().is_some_and(|ending| ending == "yml" || ending == "yaml");
    let mut files: Vec<PathBuf> = entries.filter(is_yaml).collect();
    files.sort();
    files
}

/// The name of a file without its ending.
pub fn stem(file: &Path) -> &str {
    file.file_stem().unwrap().to_str().unwrap()
}

#[test]
fn every_real_file_is_read_or_refused_with_its_line() {
    let Some(directory) = real_environments() else { return };
    let files = environment_files(&directory);
    let mut refused = Vec::new();
    for file in &files {
        match read_environment(file) {
            Ok(environment) => assert!(!environment.dependencies.is_empty(), "{}", file.display()),
            Err(ReadError::Line(error)) => {
                assert!(!error.help.is_empty() && !error.message.is_empty(), "{error}");
                refused.push(format!("{}:{}", stem(file), error.line));
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(files.len(), 204);
    assert_eq!(refused, REFUSED);
}
