//! What can be wrong with a lockfile.

use miette::{Diagnostic, SourceSpan};
use thiserror::Error;

use crate::{
    environment::{Excerpt, without_secrets},
    image::ImageError,
};

/// Why a lockfile can't be made, read or used.
#[derive(Debug, Error, Diagnostic)]
pub enum LockError {
    /// The file is not YAML, or not of the lockfile's form.
    #[error("{}:{line}: {}", source_code.name(), without_secrets(reason))]
    #[diagnostic(code("lock-form"))]
    #[diagnostic(help("a lockfile is not meant to be edited: restore it, or write it anew with `envlock convert`"))]
    Form {
        /// What is wrong.
        reason: String,
        /// The line, counted from 1.
        line: usize,
        /// The file.
        #[source_code]
        source_code: Excerpt,
        /// Where.
        #[label("here")]
        at: SourceSpan,
    },

    /// The file holds the two sides of a merge.
    #[error("{}:{line}: an unresolved merge conflict", source_code.name())]
    #[diagnostic(code("lock-merge-conflict"))]
    #[diagnostic(help(
        "resolve the conflict in the environment file, then write the lock anew with `envlock convert`; there is no need to merge locks by hand"
    ))]
    Conflict {
        /// The line, counted from 1.
        line: usize,
        /// The file.
        #[source_code]
        source_code: Excerpt,
        /// Where.
        #[label("the first marker")]
        at: SourceSpan,
    },

    /// The file is of another version of the format.
    #[error("{file} is of version {found} of conda-lock's format, and only version 1 can be read")]
    #[diagnostic(code("lock-version"))]
    #[diagnostic(help("write it anew with `envlock convert`"))]
    Version {
        /// The file.
        file: String,
        /// The version found.
        found: String,
    },

    /// The lock was made by another program, or by an envlock that wrote other things into it.
    #[error("the lock does not say its `{key}`")]
    #[diagnostic(code("lock-incomplete"))]
    #[diagnostic(help("it was not made by this version of envlock: write it anew with `envlock convert`"))]
    Unsaid {
        /// The key of `custom_metadata` that is missing or can't be read.
        key: &'static str,
    },

    /// The base image that the lock names can't be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Image(#[from] ImageError),

    /// A package of the lock can't be what it says.
    #[error("{file}: {reason}")]
    #[diagnostic(code("lock-package"))]
    #[diagnostic(help("write the lock anew with `envlock convert`"))]
    Package {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },

    /// A package can't stand in a lock.
    #[error("{name} can't be locked: {reason}")]
    #[diagnostic(code("package-unlockable"))]
    #[diagnostic(help("its channel or index says something that no program could install from"))]
    Unlockable {
        /// The package.
        name: String,
        /// What is wrong.
        reason: String,
    },

    /// A channel gives no hash of a package, so what is downloaded could not be checked.
    #[error("the channel has no hash of {name}: {url}")]
    #[diagnostic(code("package-no-hash"))]
    #[diagnostic(help("index the channel anew (`conda index`), so that its repodata holds md5 and sha256"))]
    NoHash {
        /// The package.
        name: String,
        /// Its address.
        url: String,
    },
}
