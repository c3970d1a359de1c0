//! Why a prefix can't be read.

use std::{io, path::Path};

use miette::Diagnostic;
use thiserror::Error;

use crate::words::path_in_words;

/// Why a prefix can't be read.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum PrefixError {
    /// It isn't there.
    #[error("{prefix} isn't there")]
    #[diagnostic(code("from-env-not-found"))]
    #[diagnostic(help("name an environment, or the directory of one: envlock convert --from-env NAME"))]
    Missing {
        /// The directory.
        prefix: String,
    },
    /// It is a virtual environment of Python's own.
    #[error("{prefix} is a virtual environment of Python, not one of conda")]
    #[diagnostic(code("from-env-virtual"))]
    #[diagnostic(help(
        "write an environment.yml that names its Python, with the lines of `pip freeze` in a `pip:` section, and convert \
         that"
    ))]
    Virtual {
        /// The directory.
        prefix: String,
    },
    /// It is something else.
    #[error("{prefix} is no conda environment: it has no conda-meta directory")]
    #[diagnostic(code("from-env-not-conda"))]
    #[diagnostic(help("`conda env list` or `micromamba env list` tells where environments are"))]
    NotConda {
        /// The directory.
        prefix: String,
    },
    /// Its records can't be listed.
    #[error("can't read {prefix}")]
    #[diagnostic(code("from-env-unreadable"))]
    Unreadable {
        /// The directory.
        prefix: String,
        /// Why.
        source: io::Error,
    },
    /// It has no packages.
    #[error("the conda environment {prefix} has no packages")]
    #[diagnostic(code("from-env-empty"))]
    #[diagnostic(help("{help}"))]
    Empty {
        /// The directory.
        prefix: String,
        /// What is known of it.
        help: String,
    },
}

impl PrefixError {
    pub(super) fn not_conda(prefix: &Path) -> Self {
        let shown = path_in_words(prefix);
        if !prefix.exists() {
            Self::Missing { prefix: shown }
        } else if prefix.join("pyvenv.cfg").exists() {
            Self::Virtual { prefix: shown }
        } else {
            Self::NotConda { prefix: shown }
        }
    }
}
