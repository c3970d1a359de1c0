//! The base image: what it is called, and what it offers as virtual packages.
//!
//! Nothing here asks a registry or the machine it runs on: an image is known by its digest, and what it offers by its
//! name and tag, so that the same command gives the same lock everywhere.

mod distro;
mod error;
mod reference;
mod virtual_packages;

pub use error::ImageError;
pub use reference::{BaseImage, DEFAULT_IMAGE};
pub use virtual_packages::{describe, virtual_packages};
