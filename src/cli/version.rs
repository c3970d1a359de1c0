//! `envlock --version --json`.

use std::{env::consts, process};

use schemars::JsonSchema;
use serde::Serialize;

use super::{outcome::ExitStatus, ui};
use crate::base::schema_version::SchemaVersion;

/// Which envlock this is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct VersionDocument {
    schema_version: SchemaVersion<1>,
    /// `envlock`.
    name: &'static str,
    /// Its version, such as `0.1.0`.
    version: &'static str,
    /// The operating system that it was built for, such as `linux` or `macos`.
    os: &'static str,
    /// The processor that it was built for, such as `x86_64` or `aarch64`.
    arch: &'static str,
}

/// Prints it, and ends the process.
pub(super) fn end() -> ! {
    let document = VersionDocument {
        schema_version: SchemaVersion,
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        os: consts::OS,
        arch: consts::ARCH,
    };
    // There is nobody to tell where it can't be written.
    _ = ui::print_json(&document);
    process::exit(ExitStatus::Done.code().into())
}
