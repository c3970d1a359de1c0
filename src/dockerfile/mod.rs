//! The Dockerfile: the image of a lock, built with nothing but the lock's own words.
//!
//! The text depends on the lock alone, needs no `BuildKit` extras and copies nothing from outside, so the layer of the
//! packages is rebuilt when the list of packages changes and only then.

mod activation;
mod assign;
mod base;
mod compose;
mod header;
mod install;
mod jupyter;
mod layers;
mod pip;
mod place;
mod quote;
#[cfg(test)]
mod rules;
mod settings;
#[cfg(test)]
mod tests;
mod tool;

use crate::{
    image::{ImageKind, Installer, Recipe},
    lockfile::{LockError, Lockfile},
};

pub use assign::{Weight, assign};
pub use compose::compose;
pub use settings::is_secret;

use place::Place;

/// Writes the Dockerfile of a lock. `lock_sha256` is the hash of the lock file's text, which becomes a label.
///
/// Each `RUN` is one chain of `&&`, and the last one over the packages proves that those installed are those locked. What
/// changes without the packages (variables, labels) comes after them, so that it doesn't cost a rebuild.
///
/// # Errors
///
/// Where the lock doesn't say its base image or its input: another program made it.
pub fn render(lockfile: &Lockfile, lock_sha256: &str) -> Result<String, LockError> {
    let recipe = lockfile.recipe()?;
    let input = lockfile.input()?;
    let place = Place::of(&recipe);
    let mut parts = vec![header::comments(&lockfile.metadata.sources, &recipe)];
    match &recipe.installer {
        Installer::Own => {
            parts.push(header::from(&recipe.base, header::IMAGE));
            parts.extend(packages(lockfile, &recipe, &place));
        }
        Installer::Stage { image, .. } => {
            parts.push(header::from(image, header::BUILDER));
            parts.extend(packages(lockfile, &recipe, &place));
            parts.push(header::from(&recipe.base, header::COPIED));
            parts.push(base::requirements(lockfile));
            parts.push(base::copy(&place, recipe.kind()));
            parts.extend(install::proof_of_copy(lockfile, &place));
            parts.push(settings::environment(&place, recipe.kind()));
        }
    }
    parts.extend(base::user(recipe.kind()));
    if lockfile.conda_packages().next().is_some() {
        parts.extend(base::shell(&place, recipe.kind()));
    }
    parts.extend(jupyter::instructions(lockfile, &recipe, &place));
    parts.extend(settings::variables(&input.variables));
    parts.push(settings::labels(&recipe, lock_sha256, lockfile.envlock_version()?));
    Ok(parts.join("\n"))
}

/// Everything that ends up in the prefix.
fn packages(lockfile: &Lockfile, recipe: &Recipe, place: &Place) -> Vec<String> {
    // A stage of another image has the environment before everything else, whatever the last image does.
    let kind = match recipe.installer {
        Installer::Own => recipe.kind(),
        Installer::Stage { .. } => ImageKind::Plain,
    };
    let mut parts = install::instructions(lockfile, recipe.tool(), place);
    parts.push(settings::environment(place, kind));
    parts.extend(pip::instructions(lockfile));
    parts.extend(activation::instruction(lockfile, place));
    parts
}
