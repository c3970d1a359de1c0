//! The lockfile: conda-lock's format, version 1, written so that micromamba, conda-lock, conda and rattler read it.

mod model;

pub use model::{ChannelEntry, Hash, Lockfile, Metadata, Package};

/// The name that every reader recognises.
pub const FILE_NAME: &str = "conda-lock.yml";
