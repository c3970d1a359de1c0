//! Which image is to be made: what the user says, else what the lock says that is there.

use std::{cell::RefCell, num::NonZeroUsize, path::Path};

use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use tokio::runtime::Runtime;

use super::times::Existing;
use crate::{
    image::{
        BaseImage, DEFAULT_IMAGE, ImageKind, ImageName, Installer, Recipe, RegistryError, Tool, find_digest, preset,
    },
    machine::Network,
    progress::Events,
    project::{InstallerChoice, Options, relative::relative},
};

/// The variables that compose gives a container if such a file is there.
const ENV_LIST: &str = "env.list";

/// How the image is to be made. What isn't said is as in the lock that is there. `images` are images whose digests are
/// known besides; those that are asked for are added.
///
/// # Errors
///
/// Where a name is none, a registry gives no digest, or the image can't be made that way.
pub(super) fn recipe(
    said: &Options,
    (directory, network): (&Path, &Network),
    existing: Option<&Existing>,
    images: &mut Vec<BaseImage>,
    runtime: &Runtime,
    events: &dyn Events,
) -> miette::Result<Recipe> {
    let locked = existing.and_then(|existing| existing.lock.recipe().ok());
    let known = known(locked.as_ref());
    let pinned = Pinned { said, network, known: &known, asked: RefCell::new(images), runtime, events };
    let base = match (said.base_image.as_deref(), &locked) {
        (Some(named), _) => pinned.find(preset(named))?,
        (None, Some(locked)) => locked.base.clone(),
        (None, None) => pinned.find(DEFAULT_IMAGE)?,
    };
    let locked_installer = locked.as_ref().filter(|it| it.base.name == base.name).map(|it| &it.installer);
    let installer = installer(said, &base, locked_installer, &pinned)?;
    let either = |said: Option<bool>, of: fn(&Recipe) -> bool| said.unwrap_or(locked.as_ref().is_some_and(of));
    let compose = either(said.compose, |it| it.compose);
    let jupyter = either(said.jupyter, |it| it.jupyter);
    let no_pyc = either(said.no_pyc, |it| it.no_pyc);
    let env_file = match &said.env_file {
        Some(file) => {
            std::fs::metadata(file)
                .into_diagnostic()
                .wrap_err_with(|| format!("--env-file {}: the file can't be read", file.display()))?;
            Some(relative(file, directory))
        }
        None => locked.and_then(|it| it.env_file).or_else(|| {
            let is_there = compose && directory.join(ENV_LIST).exists();
            is_there.then(|| ENV_LIST.to_owned())
        }),
    };
    Ok(Recipe { base, installer, jupyter, compose, env_file, no_pyc })
}

/// How many layers the conda packages are to have.
///
/// # Errors
///
/// Where there is a stage, since what is copied from it is one layer.
pub(super) fn layers(
    said: Option<NonZeroUsize>,
    recipe: &Recipe,
    existing: Option<&Existing>,
) -> miette::Result<usize> {
    let is_staged = recipe.stage_image().is_some();
    let locked = || existing.map_or(1, |it| it.lock.layers().len().max(1));
    match said.map(NonZeroUsize::get) {
        Some(count) if is_staged && count > 1 => Err(miette!(
            code = "layers-staged",
            help = format!(
                "leave --layers out, or build on an image that installs packages itself, such as {DEFAULT_IMAGE}"
            ),
            "--layers {count}: {} gets its environment from another stage, in one layer",
            recipe.base.tagged()
        )),
        _ if is_staged => Ok(1),
        Some(count) => Ok(count),
        None => Ok(locked()),
    }
}

/// The images whose digests the lock knows.
fn known(locked: Option<&Recipe>) -> Vec<BaseImage> {
    locked.into_iter().flat_map(|it| [&it.base].into_iter().chain(it.stage_image())).cloned().collect()
}

fn installer(
    said: &Options,
    base: &BaseImage,
    locked: Option<&Installer>,
    pinned: &Pinned,
) -> miette::Result<Installer> {
    let kind = ImageKind::of(base);
    let tool = match said.installer {
        Some(InstallerChoice::Own) if kind.has_installer() => return Ok(Installer::Own),
        Some(InstallerChoice::Own) => {
            return Err(miette!(
                code = "installer-own",
                help = "choose --installer micromamba, or another --base-image",
                "--installer own: {} is not known to install packages itself",
                base.tagged()
            ));
        }
        Some(InstallerChoice::Micromamba) => Tool::Micromamba,
        Some(InstallerChoice::Envlock) => Tool::Envlock,
        None => match locked {
            Some(Installer::Own) if said.installer_image.is_none() => return Ok(Installer::Own),
            Some(Installer::Stage { tool, .. }) => *tool,
            _ if kind.has_installer() && said.installer_image.is_none() => return Ok(Installer::Own),
            _ => Tool::Micromamba,
        },
    };
    let image = match (&said.installer_image, locked) {
        (Some(named), _) => pinned.find(preset(named))?,
        (None, Some(Installer::Stage { tool: its, image })) if *its == tool => image.clone(),
        (None, _) if tool == Tool::Micromamba => pinned.find(DEFAULT_IMAGE)?,
        (None, _) => {
            return Err(miette!(
                code = "installer-no-image",
                help = "name an image that has envlock on its path: --installer-image IMAGE",
                "--installer envlock: no image of envlock is named"
            ));
        }
    };
    Ok(Installer::Stage { tool, image })
}

/// The digests of images: named, known, or asked for.
struct Pinned<'a> {
    said: &'a Options,
    /// How registries are reached.
    network: &'a Network,
    /// Those of the lock.
    known: &'a [BaseImage],
    /// Those that a registry was asked for.
    asked: RefCell<&'a mut Vec<BaseImage>>,
    runtime: &'a Runtime,
    events: &'a dyn Events,
}

impl Pinned<'_> {
    fn find(&self, named: &str) -> miette::Result<BaseImage> {
        if named.contains('@') {
            let image = BaseImage::parse(named)?;
            // The lock may know more of it.
            let known = self.known.iter().find(|known| known.to_string() == image.to_string());
            return Ok(known.cloned().unwrap_or(image));
        }
        let name = ImageName::parse(named)?;
        let is_it = |known: &&BaseImage| known.tagged() == name.to_string();
        let known = self.known.iter().find(is_it).cloned().or_else(|| self.asked.borrow().iter().find(is_it).cloned());
        match known {
            Some(known) => Ok(known),
            None => self.ask(&name),
        }
    }

    fn ask(&self, name: &ImageName) -> miette::Result<BaseImage> {
        if self.said.is_offline() {
            return Err(RegistryError::Offline { image: name.to_string() }.into());
        }
        let asking = self.events.begin(&format!("Asking for the digest of {name}"));
        let (insecure, limits) = (&self.said.insecure_registries, self.said.limits(self.network));
        let found = self.runtime.block_on(find_digest(name, insecure, limits, self.network));
        drop(asking);
        let found = found?;
        self.asked.borrow_mut().push(found.clone());
        Ok(found)
    }
}
