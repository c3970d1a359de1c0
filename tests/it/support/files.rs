//! Files in a directory of a test.

use std::{fs, path::Path};

/// The text of a file in a directory.
pub fn read(directory: &Path, file: &str) -> String {
    fs::read_to_string(directory.join(file)).unwrap()
}

/// Writes a file in a directory, and the directories above it.
pub fn write(directory: &Path, file: &str, contents: impl AsRef<[u8]>) {
    let file = directory.join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, contents).unwrap();
}
