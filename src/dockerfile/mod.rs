//! The Dockerfile: the image of a lock, built with nothing but the lock's own words.
//!
//! The text depends on the lock alone, needs no `BuildKit` extras and copies nothing, so the layer of the packages is
//! rebuilt when the list of packages changes and only then.

mod header;
mod install;
mod layers;
mod pip;
mod quote;
mod settings;
#[cfg(test)]
mod tests;

use crate::lockfile::{LockError, Lockfile};

/// Where the environment is installed: the `base` environment of the micromamba images, which starts empty.
const PREFIX: &str = "/opt/conda";

/// Writes the Dockerfile of a lock. `lock_sha256` is the hash of the lock file's text, which becomes a label.
///
/// Each `RUN` is one chain of `&&`, and the last proves that the packages installed are those locked. What changes
/// without the packages (variables, labels) comes after them, so that it doesn't cost a rebuild.
///
/// # Errors
///
/// Where the lock doesn't say its base image or its input: another program made it.
pub fn render(lockfile: &Lockfile, lock_sha256: &str) -> Result<String, LockError> {
    let image = lockfile.base_image()?;
    let input = lockfile.input()?;
    let mut parts = vec![header::header(&lockfile.metadata.sources, &image)];
    parts.extend(install::instructions(lockfile.conda_packages()));
    parts.push(settings::environment());
    parts.extend(pip::instructions(lockfile));
    parts.extend(settings::variables(&input.variables));
    parts.push(settings::labels(&image, lock_sha256));
    Ok(parts.join("\n"))
}
