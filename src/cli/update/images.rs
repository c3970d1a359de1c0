//! `envlock update --base-image`: the digests of a lock's images are asked for again.

use miette::{IntoDiagnostic, WrapErr};
use serde::Serialize;
use tokio::runtime::Runtime;

use super::super::{
    UpdateArgs,
    files::{self, Output},
    render,
    subjects::Subject,
    ui::Ui,
};
use crate::{
    image::{BaseImage, ImageName, Installer, Recipe, find_digest},
    lockfile,
    report::Written,
};

/// Asks the registries again for the digests of a lock's images, and writes the lock and what belongs to it.
///
/// # Errors
///
/// Where the lock can't be read or is another program's, a registry gives no digest, or a file can't be written.
pub(super) fn update(subject: &Subject, args: &UpdateArgs, runtime: &Runtime, ui: &Ui) -> miette::Result<()> {
    let (mut lock, text) = subject.read_lock()?;
    let recipe = lock.recipe()?;
    let directory = subject.directory();
    files::plan(&directory, &files::names(&render::companions(&lock, &text, &directory)?), args.force)?;
    let spinner = ui.spinner("asking for the digests of images");
    let found = runtime.block_on(look_again(recipe.clone(), &args.insecure_registries));
    spinner.finish_and_clear();
    let (found, images) = found?;
    let text = if found == recipe {
        text
    } else {
        lock.set_recipe(&found);
        lockfile::to_yaml(&lock)
    };
    let mut outputs = vec![Output { path: subject.lock.clone(), contents: text.clone() }];
    outputs.extend(render::companions(&lock, &text, &directory)?);
    let written = if args.dry_run { Vec::new() } else { render::write(&outputs, &directory)? };
    let document = Document { images, written };
    ui.tell(&document, &document.text()).into_diagnostic().wrap_err("the report can't be printed")
}

/// The recipe with the digests of today, and what became of each image.
async fn look_again(mut recipe: Recipe, insecure: &[String]) -> miette::Result<(Recipe, Vec<Image>)> {
    let mut images = Vec::new();
    recipe.base = look(&recipe.base, insecure, &mut images).await?;
    if let Installer::Stage { image, .. } = &mut recipe.installer {
        *image = look(image, insecure, &mut images).await?;
    }
    Ok((recipe, images))
}

async fn look(image: &BaseImage, insecure: &[String], images: &mut Vec<Image>) -> miette::Result<BaseImage> {
    let found = find_digest(&ImageName::parse(&image.tagged())?, insecure).await?;
    images.push(Image { name: image.tagged(), before: image.digest.clone(), now: found.digest.clone() });
    Ok(if found.digest == image.digest { image.clone() } else { found })
}

/// What is told.
#[derive(Debug, Serialize)]
struct Document {
    images: Vec<Image>,
    written: Vec<Written>,
}

/// An image, and the digests that it had and has.
#[derive(Debug, Serialize)]
struct Image {
    name: String,
    before: String,
    now: String,
}

impl Document {
    fn text(&self) -> String {
        let line = |Image { name, before, now }: &Image| {
            if before == now {
                format!("{name} is still {now}\n")
            } else {
                format!("{name} has moved\n  from {before}\n  to   {now}\n")
            }
        };
        let written = self.written.iter().filter(|it| it.changed).map(|it| format!("{} written\n", it.path));
        self.images.iter().map(line).chain(written).collect()
    }
}
