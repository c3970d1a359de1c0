//! conda-lock's format, version 1: this module alone knows its keys and its YAML.
//!
//! It is written so that micromamba, conda-lock, conda and rattler read it. What is envlock's stands in
//! `metadata.custom_metadata` as strings.

#[cfg(test)]
mod any_lock;
mod custom;
mod model;
mod package;
mod read;
mod scalar;
mod seals;
mod write;

pub use read::{first_side, parse};
pub(crate) use scalar::scalar;
pub use write::to_yaml;
