//! Whether what was made still belongs together: an environment file, its lock, and what is rendered of the lock.
//!
//! Nothing is solved and no server is asked. [`input_changes`] holds the environment file against the normalised input
//! that the lock keeps, [`lock_flaws`] the lock against itself, and [`rendered_change`] a file against what the lock
//! renders to.

mod input;
mod lock;
mod rendered;

use schemars::JsonSchema;
use serde::Serialize;

pub use input::{Given, input_changes};
pub use lock::lock_flaws;
pub use rendered::{ImageEdit, image_edits, rendered_change};

/// Something that isn't as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The file, as the user named it.
    pub file: String,
    /// The line, counted from 1; nothing where it is about the whole file.
    pub line: Option<usize>,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What mends it.
    pub mend: Mend,
}

/// The command that mends something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mend {
    /// Only writing what is rendered anew.
    Render,
    /// Taking the base image of the Dockerfile into the lock: a bot has changed it there, and nothing else.
    #[serde(rename = "base-image")]
    BaseImage,
    /// Writing the lock anew.
    Convert,
}

impl Finding {
    /// The place, as `file:line`.
    #[must_use]
    pub fn place(&self) -> String {
        self.line.map_or_else(|| self.file.clone(), |line| format!("{}:{line}", self.file))
    }
}
