//! The digests of a lock's images are asked for again.

use miette::miette;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    base::schema_version::SchemaVersion,
    check::image_edits,
    dockerfile::DOCKERFILE,
    image::{
        BaseImage, ImageError, ImageName, Installer, Recipe, RegistryError, describe, find_digest, find_image,
        virtual_packages,
    },
    install::List,
    lockfile::{self, Lockfile},
    machine::{Machine, Network},
    progress::Events,
    project::{
        Options,
        files::{self, Output},
        locks::ProjectLock,
    },
    report::Written,
    words::{one_line, shell},
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
    let Opened { mut lock, text, recipe, network, .. } = opened(its, update)?;
    let asking = events.begin("Asking registries for digests");
    let found = started()?.block_on(look_again(recipe.clone(), &update.options, &network));
    drop(asking);
    let (found, images) = found?;
    let text = if found == recipe {
        text
    } else {
        lock.set_recipe(&found);
        lockfile::to_yaml(&lock)
    };
    let written = written(its, &lock, text, update)?;
    Ok(MovedImages { schema_version: SchemaVersion, images, written })
}

/// A lock whose images are to be others.
struct Opened {
    lock: Lockfile,
    /// The lock as it is written.
    text: String,
    recipe: Recipe,
    /// What belongs to it, as it is now.
    companions: Vec<Output>,
    network: Network,
}

/// Reads a lock, once it is sure that it can be used and that what belongs to it may be written.
fn opened(its: &ProjectLock, update: &Update) -> miette::Result<Opened> {
    let (lock, text) = its.read_lock()?;
    let recipe = lock.recipe()?;
    // What is written here has been confirmed by a second solver, too: the packages of the lock, which may have been edited.
    List::of_lock(&its.lock.display().to_string(), &text)?;
    let directory = its.directory();
    let companions = companions(&lock, &text, &directory)?;
    files::plan(&directory, &files::names(&companions), update.force)?;
    let network = Machine::read(update.options.no_config.unwrap_or_default()).network;
    Ok(Opened { lock, text, recipe, companions, network })
}

/// Writes a lock and what belongs to it, unless nothing is to be written.
fn written(its: &ProjectLock, lock: &Lockfile, text: String, update: &Update) -> miette::Result<Vec<Written>> {
    let directory = its.directory();
    let companions = companions(lock, &text, &directory)?;
    let lock = Output { path: its.lock.clone(), contents: text };
    let outputs: Vec<Output> = [lock].into_iter().chain(companions).collect();
    Ok(if update.dry_run { Vec::new() } else { write(&outputs, &directory)? })
}

/// Takes the images that a bot has put into the Dockerfile into the lock, once their registries have them for linux/amd64.
///
/// # Errors
///
/// Where the Dockerfile has other changes, or names another image than the lock; where the registry doesn't have it; where
/// the packages would have to be solved anew for it; or where a file can't be written.
pub fn take_images(its: &ProjectLock, update: &Update, events: &dyn Events) -> miette::Result<MovedImages> {
    let Opened { mut lock, text, mut recipe, companions, network } = opened(its, update)?;
    let path = its.directory().join(DOCKERFILE);
    let shown = path.display();
    let wanted = companions.iter().find(|it| it.path == path).map_or("", |it| &it.contents);
    let edits = image_edits(wanted, &files::read_text(&path)?).map_err(|line| {
        miette!(
            code = "bot-edit-more",
            help = "`envlock render` writes it anew from the lock; then change its FROM line again",
            "{shown}:{line}: more than the base image was changed, or the lock was"
        )
    })?;
    let mut images = Vec::new();
    let runtime = started()?;
    for edit in &edits {
        let at = |error: ImageError| miette!(code = "bot-edit-image", "{shown}:{}: {error}", edit.line);
        let name = ImageName::parse(edit.now.split('@').next().unwrap_or_default()).map_err(at)?;
        let said = if edit.now.contains('@') { Some(BaseImage::parse(&edit.now).map_err(at)?) } else { None };
        let is_locked = |image: &&mut BaseImage| image.to_string() == edit.locked;
        let stage = match &mut recipe.installer {
            Installer::Stage { image, .. } => Some(image),
            Installer::Own => None,
        };
        for image in [&mut recipe.base].into_iter().chain(stage).filter(is_locked) {
            if name.with_digest(String::new()).name != image.name {
                return Err(miette!(
                    code = "bot-edit-other",
                    help = format!("to build on it, run: envlock convert --base-image {}", shell(&edit.now)),
                    "{shown}:{}: {} is another image than {}",
                    edit.line,
                    one_line(&edit.now),
                    image.name
                ));
            }
            let asking = events.begin("Asking registries for digests");
            let found = runtime.block_on(confirmed(&name, said.as_ref(), &update.options, &network));
            drop(asking);
            let found = found?;
            let before = if found.tag == image.tag { image.digest.clone() } else { image.to_string() };
            images.push(MovedImage { name: found.tagged(), before, now: found.digest.clone() });
            *image = found;
        }
    }
    if !edits.is_empty() {
        refuse_other_machine(&lock, &recipe)?;
        lock.set_recipe(&recipe);
    }
    let text = if edits.is_empty() { text } else { lockfile::to_yaml(&lock) };
    let written = written(its, &lock, text, update)?;
    Ok(MovedImages { schema_version: SchemaVersion, images, written })
}

/// What a registry has of an image: by its digest, or by its tag where none is said.
async fn confirmed(
    name: &ImageName,
    said: Option<&BaseImage>,
    options: &Options,
    network: &Network,
) -> Result<BaseImage, RegistryError> {
    if options.is_offline() {
        return Err(RegistryError::Offline { image: name.to_string() });
    }
    let (insecure, limits) = (&options.insecure_registries, options.limits(network));
    match said {
        Some(image) => find_image(image, insecure, limits, network).await,
        None => find_digest(name, insecure, limits, network).await,
    }
}

/// Refuses a base image that offers other virtual packages than those that the packages were solved for.
fn refuse_other_machine(lock: &Lockfile, recipe: &Recipe) -> miette::Result<()> {
    let offered = describe(&virtual_packages(&recipe.base, &lock.choices().virtual_packages)?);
    let solved_for = lock.virtual_packages()?.join(" ");
    if offered == solved_for {
        return Ok(());
    }
    Err(miette!(
        code = "bot-edit-offers",
        help = format!("to solve for it, run: envlock convert --base-image {}", shell(&recipe.base.to_string())),
        "{} offers {offered}, and the lock was solved for {solved_for}",
        recipe.base.tagged()
    ))
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
    /// The version of this shape.
    pub schema_version: SchemaVersion<1>,
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
