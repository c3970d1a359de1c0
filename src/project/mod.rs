//! What is asked for: which environment files, which locks, and with which options.
//!
//! In come the names and options of a command line, `envlock.toml` and what lies in the directories; out come
//! [`plan::Plan`]s to convert and [`locks::ProjectLock`]s to check or update. Nothing here asks a server or solves.

pub mod as_of;
pub mod config;
pub mod files;
mod first_contact;
pub mod from_env;
mod installer;
pub(crate) mod journal;
pub mod locks;
pub mod machines;
pub mod options;
pub(crate) mod ours;
pub mod pages;
pub(crate) mod places;
pub mod plan;
pub mod relative;
pub mod timeout;

pub use installer::InstallerChoice;
pub use options::Options;
