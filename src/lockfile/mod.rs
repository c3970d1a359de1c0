//! The lockfile: which files of which packages make up the environment, and what envlock says of their making.
//!
//! [`lock`] makes a [`Lockfile`] of a solution. The module of a format alone knows what it looks like in a file: that
//! of conda-lock is written by [`to_yaml`] and read by [`parse`], which hands out nothing that isn't of its type. Above
//! all the normalised [`Input`] is kept, so that a changed environment file can be told from a lock without solving.

mod build;
mod choices;
mod command;
mod conda_lock;
mod dependencies;
pub mod diff;
mod error;
mod graph;
mod identity;
mod input;
mod manager;
mod model;
mod outcome;
mod package;
mod provenance;
mod request;
#[cfg(test)]
pub(crate) mod testing;
mod variable;

pub use crate::base::hash::sha256_hex;
pub use build::{LockInputs, lock};
pub use choices::Choices;
pub(crate) use conda_lock::scalar;
pub use conda_lock::{first_side, parse, to_yaml};
pub use error::LockError;
pub use graph::{Graph, Need};
pub use identity::{LockedName, LockedVersion, Spelled};
pub use input::Input;
#[cfg(test)]
pub(crate) use input::variables;
pub(crate) use input::{asked, asked_of_pip};
pub use manager::Manager;
pub use model::Lockfile;
pub use outcome::{LockedFate, LockedOutcome};
pub use package::{Artifact, Package};
pub use provenance::{Provenance, Reuse, Seals};
pub use request::{NotRequested, Requested};
pub(crate) use request::{pip_name, without_channel};
pub use variable::Variable;

/// The name that every reader recognises.
pub const FILE_NAME: &str = "conda-lock.yml";

/// The platform that is locked for.
pub const PLATFORM: &str = "linux-64";

/// The version of what envlock puts into `custom_metadata`, and of the hashes over it. In version 1, what moved and
/// went stood in comments only.
pub const LOCK_VERSION: &str = "2";
