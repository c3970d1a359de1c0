//! conda-lock's file, version 1: this module alone knows its keys and its YAML.

mod read;
mod scalar;
mod write;

pub use read::{first_side, parse};
pub(crate) use scalar::scalar;
pub(super) use write::packages_text;
pub use write::to_yaml;
