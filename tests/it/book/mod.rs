//! The README and the book: its links lead somewhere, its blocks of code do what they show, every error has its section.

mod blocks;
mod errors;
mod index;
mod links;
mod place;
mod session;

use std::{env, fs};

use crate::support::root;

/// Compares a file of the repository with what it should be, or writes it where snapshots are written.
fn is_current(file: &str, expected: &str) {
    let path = root().join(file);
    if env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{file} isn't current; run with INSTA_UPDATE=always. It should be\n{expected}");
}
