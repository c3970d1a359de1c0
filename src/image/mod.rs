//! The base image: what it is called, and what it offers as virtual packages.
//!
//! Only [`find_digest`] and [`find_image`] ask a registry, and nothing asks the machine it runs on: an image is known by its digest, and
//! what it offers by its name and tag, so that the same command gives the same lock everywhere.

mod distro;
mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod kind;
mod recipe;
mod reference;
mod registry;
mod virtual_packages;

pub use error::ImageError;
pub use kind::{ImageKind, preset};
pub use recipe::{Installer, Recipe, Tool};
pub use reference::{BaseImage, ImageName};
pub use registry::{RegistryError, find_digest, find_image};
pub use virtual_packages::{describe, virtual_packages};

/// The image that a Dockerfile starts from unless the user names another, without its digest.
pub const DEFAULT_IMAGE: &str = "docker.io/mambaorg/micromamba:2.6.1";
