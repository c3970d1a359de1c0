//! The digests of a lock's images are asked for again.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    image::{BaseImage, ImageName, Installer, Recipe, find_digest},
    install::List,
    lockfile,
    machine::{Machine, Network},
    progress::Events,
    project::{
        Options,
        files::{self, Output},
        locks::ProjectLock,
    },
    report::Written,
    workflow::{
        render::{companions, write},
        started,
        update::Update,
    },
};

/// Asks the registries again for the digests of a lock's images, and writes the lock and what belongs to it.
///
/// # Errors
///
/// Where the lock can't be read or is another program's, its packages lack what they need of each other, a
/// registry gives no digest, or a file can't be written.
pub fn move_images(its: &ProjectLock, update: &Update, events: &dyn Events) -> miette::Result<MovedImages> {
    let (mut lock, text) = its.read_lock()?;
    let recipe = lock.recipe()?;
    // What is written here has been confirmed by a second solver, too: the packages of the lock, which may have been edited.
    List::of_lock(&its.lock.display().to_string(), &text)?;
    let directory = its.directory();
    files::plan(&directory, &files::names(&companions(&lock, &text, &directory)?), update.force)?;
    let asking = events.begin("Asking registries for digests");
    let network = Machine::read(update.options.no_config.unwrap_or_default()).network;
    let found = started()?.block_on(look_again(recipe.clone(), &update.options, &network));
    drop(asking);
    let (found, images) = found?;
    let text = if found == recipe {
        text
    } else {
        lock.set_recipe(&found);
        lockfile::to_yaml(&lock)
    };
    let mut outputs = vec![Output { path: its.lock.clone(), contents: text.clone() }];
    outputs.extend(companions(&lock, &text, &directory)?);
    let written = if update.dry_run { Vec::new() } else { write(&outputs, &directory)? };
    Ok(MovedImages { images, written })
}

/// The recipe with the digests of today, and what became of each image.
async fn look_again(
    mut recipe: Recipe,
    options: &Options,
    network: &Network,
) -> miette::Result<(Recipe, Vec<MovedImage>)> {
    let mut images = Vec::new();
    recipe.base = look(&recipe.base, options, network, &mut images).await?;
    if let Installer::Stage { image, .. } = &mut recipe.installer {
        *image = look(image, options, network, &mut images).await?;
    }
    Ok((recipe, images))
}

async fn look(
    image: &BaseImage,
    options: &Options,
    network: &Network,
    images: &mut Vec<MovedImage>,
) -> miette::Result<BaseImage> {
    let (name, limits) = (ImageName::parse(&image.tagged())?, options.limits(network));
    let found = find_digest(&name, &options.insecure_registries, limits, network).await?;
    images.push(MovedImage { name: image.tagged(), before: image.digest.clone(), now: found.digest.clone() });
    Ok(if found.digest == image.digest { image.clone() } else { found })
}

/// What became of a lock's images.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MovedImages {
    /// The images.
    pub images: Vec<MovedImage>,
    /// The files written; none where nothing was to be written.
    pub written: Vec<Written>,
}

/// An image, and the digests that it had and has.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MovedImage {
    /// Its name, with its tag.
    pub name: String,
    /// The digest that the lock had.
    pub before: String,
    /// The digest that its registry has.
    pub now: String,
}
