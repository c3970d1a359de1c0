//! Which base image is meant, and which digest it has.

use tokio::runtime::Runtime;

use super::{ConvertArgs, times::Existing, ui::Ui};
use crate::image::{BaseImage, DEFAULT_IMAGE, ImageName, RegistryError, find_digest};

/// The base image: the one named, else that of the lock that is there, else the default. One named without a digest has that
/// of the lock if it names the same; else its registry is asked.
///
/// # Errors
///
/// Where the name is none, or where the registry gives no digest.
pub(super) fn base_image(
    args: &ConvertArgs,
    existing: Option<&Existing>,
    runtime: &Runtime,
    ui: &Ui,
) -> miette::Result<BaseImage> {
    let locked = existing.and_then(|existing| existing.lock.base_image().ok());
    let Some(named) = args.base_image.as_deref() else {
        return match locked {
            Some(locked) => Ok(locked),
            None => ask(args, &ImageName::parse(DEFAULT_IMAGE)?, runtime, ui),
        };
    };
    if named.contains('@') {
        let image = BaseImage::parse(named)?;
        // The lock may know more of it.
        return Ok(locked.filter(|locked| locked.to_string() == image.to_string()).unwrap_or(image));
    }
    let name = ImageName::parse(named)?;
    match locked.filter(|locked| locked.tagged() == name.to_string()) {
        Some(locked) => Ok(locked),
        None => ask(args, &name, runtime, ui),
    }
}

fn ask(args: &ConvertArgs, name: &ImageName, runtime: &Runtime, ui: &Ui) -> miette::Result<BaseImage> {
    if args.solve.offline {
        return Err(RegistryError::Offline { image: name.to_string() }.into());
    }
    let spinner = ui.spinner("asking for the digest of the base image");
    let found = runtime.block_on(find_digest(name, &args.insecure_registries));
    spinner.finish_and_clear();
    Ok(found?)
}
