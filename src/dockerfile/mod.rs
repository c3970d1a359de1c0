//! The Dockerfile and what stands beside it: the image of a lock, built with nothing but the lock's own words.
//!
//! The texts depend on the lock alone, and on the user's own `Dockerfile.in` where there is one. What is long stands in
//! files of its own, which come into the build one by one, so that a layer is built again when its own list changes and
//! only then.

mod activation;
mod assign;
mod base;
mod compose;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod header;
#[cfg(test)]
mod hostile;
mod ignored;
mod install;
mod jupyter;
mod layers;
mod lists;
mod pip;
mod place;
mod quote;
#[cfg(test)]
mod rules;
mod run;
mod secrets;
mod settings;
mod template;
#[cfg(test)]
mod tests;

use crate::{
    image::{ImageKind, Installer, Recipe},
    lockfile::{LockError, Lockfile, Package},
};

pub use assign::{Weight, assign};
pub use compose::{COMPOSE, compose};
pub use ignored::{DOCKERIGNORE, ignored};
pub use lists::is_explicit;
pub(crate) use settings::unset;
pub use template::{TEMPLATE, TemplateError};

use lists::ImageList;
use place::PrefixPlace;
use template::DockerfileParts;

/// The name of the Dockerfile.
pub const DOCKERFILE: &str = "Dockerfile";

/// The script that the steps of every Dockerfile are in.
const SCRIPT: &str = include_str!("envlock.sh");

/// A file that an image is built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Why the files can't be written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum RenderError {
    /// The lock doesn't say its base image or its input: another program made it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Lock(#[from] LockError),
    /// The template can't be filled in.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Template(#[from] TemplateError),
}

/// The files that the image of a lock is built from, the Dockerfile first. `lock_sha256` is the hash of the lock file's
/// text, which becomes a label; `template` is the text of a `Dockerfile.in`, if there is one.
///
/// Each `RUN` is one chain of `&&`, and the last one over the packages proves that those installed are those locked.
/// What changes without the packages (variables, labels) comes after them, so that it doesn't cost a rebuild.
///
/// # Errors
///
/// Where the lock or the template isn't of that kind.
pub fn files(lockfile: &Lockfile, lock_sha256: &str, template: Option<&str>) -> Result<Vec<ImageFile>, RenderError> {
    let image = Image::of(lockfile)?;
    let parts = image.parts(lock_sha256)?;
    let text = match template {
        Some(template) => parts.fill(template)?,
        None => parts.alone(),
    };
    let has_script = text.contains(run::SCRIPT);
    let mut files = vec![ImageFile { name: DOCKERFILE.to_owned(), text }];
    files.extend(image.lists.into_iter().chain(image.pip).map(|ImageList { name, text }| ImageFile { name, text }));
    if has_script {
        files.push(ImageFile { name: run::SCRIPT.to_owned(), text: SCRIPT.to_owned() });
    }
    Ok(files)
}

/// A layer of an image: the packages that one instruction installs.
#[derive(Clone, Debug)]
pub struct Layer<'l> {
    /// The file beside the Dockerfile that lists them.
    pub list: String,
    /// The packages, each after those it depends on.
    pub packages: Vec<&'l Package>,
}

/// The layers that the packages of a lock are in, in the order of the image: those of conda, then that of pip.
#[must_use]
pub fn layers(lockfile: &Lockfile) -> Vec<Layer<'_>> {
    let names = lists::explicit(lockfile).into_iter().map(|list| list.name);
    let of_conda = names.zip(layers::of(lockfile)).map(|(list, packages)| Layer { list, packages });
    let of_pip = lists::requirements(lockfile)
        .map(|list| Layer { list: list.name, packages: lockfile.pip_packages().collect() });
    of_conda.chain(of_pip).collect()
}

/// How the image of a lock is built and started, where that takes more than is usual: sentences with commands between
/// backticks, in which the image is called `NAME`.
#[must_use]
pub fn how_to(lockfile: &Lockfile, recipe: &Recipe) -> Vec<String> {
    secrets::how_to_build(lockfile, recipe.tool()).into_iter().chain(jupyter::how_to_run(recipe)).collect()
}

/// Whether a file of this name may be one of those beside a Dockerfile, of this lock or of another.
#[must_use]
pub fn is_beside(name: &str) -> bool {
    is_explicit(name) || name == lists::PIP || name == run::SCRIPT
}

/// What an image is made from.
struct Image<'l> {
    lockfile: &'l Lockfile,
    recipe: Recipe,
    place: PrefixPlace,
    /// The lists of conda packages.
    lists: Vec<ImageList>,
    /// The list of what pip installs.
    pip: Option<ImageList>,
}

impl<'l> Image<'l> {
    fn of(lockfile: &'l Lockfile) -> Result<Self, LockError> {
        let recipe = lockfile.recipe()?;
        let place = PrefixPlace::of(&recipe);
        Ok(Self { lockfile, place, lists: lists::explicit(lockfile), pip: lists::requirements(lockfile), recipe })
    }

    fn parts(&self, lock_sha256: &str) -> Result<DockerfileParts, LockError> {
        let Self { lockfile, recipe, place, .. } = self;
        let (kind, place) = (recipe.kind(), *place);
        let (from, mut rest) = match &recipe.installer {
            Installer::Own => (header::from(&recipe.base, header::IMAGE), self.installed()),
            Installer::Stage { image, .. } => (header::from(image, header::BUILDER), self.copied()),
        };
        rest.extend(base::start(place, kind, !self.lists.is_empty()));
        rest.extend(jupyter::instructions(lockfile, recipe, place));
        rest.extend(settings::variables(&lockfile.input()?.variables));
        rest.push(settings::labels(recipe, lock_sha256, lockfile.envlock_version()?));
        Ok(DockerfileParts { head: header::comments(lockfile, recipe), from, rest: rest.join("\n") })
    }

    /// The environment, made in the image itself.
    fn installed(&self) -> Vec<String> {
        let kind = self.recipe.kind();
        let mut parts = self.packages(kind);
        let activate = (!self.lists.is_empty()).then(|| activation::activate(self.place));
        let steps: Vec<String> = activate.into_iter().chain(base::make_user(kind)).collect();
        parts.extend(activation::instruction(kind, &steps));
        parts
    }

    /// The environment, made in a stage by root, and copied from there.
    fn copied(&self) -> Vec<String> {
        let (kind, place) = (self.recipe.kind(), self.place);
        // Nobody starts this stage; what it makes is root's in the end.
        let mut parts = vec!["# hadolint ignore=DL3002\nUSER 0\n".to_owned()];
        parts.extend(self.packages(ImageKind::Plain));
        // The users of these images may not write what is root's.
        let is_activated_here = matches!(kind, ImageKind::Unknown | ImageKind::Micromamba);
        let activate = (!self.lists.is_empty()).then(|| activation::activate(place));
        if is_activated_here {
            parts.extend(activation::instruction(ImageKind::Plain, activate.as_slice()));
        }
        parts.push(header::from(&self.recipe.base, header::COPIED));
        parts.push(base::copy(place, kind));
        parts.push(settings::environment(place, kind));
        let mut steps = Vec::new();
        if !self.lists.is_empty() {
            steps.extend([base::check_glibc(self.lockfile), install::proof(&self.lists, place)]);
        }
        steps.extend(activate.filter(|_| !is_activated_here));
        steps.extend(base::make_user(kind));
        if !steps.is_empty() {
            let names: Vec<&str> = self.lists.iter().map(|list| list.name.as_str()).collect();
            let title = "The proof that the environment is here and works, and what it exports.";
            parts.push(quote::comment(title) + &run::run(&names, &steps));
        }
        parts
    }

    /// Everything that ends up in the prefix.
    fn packages(&self, kind: ImageKind) -> Vec<String> {
        let mut parts = install::instructions(&self.lists, self.lockfile, &self.recipe, self.place);
        parts.push(settings::environment(self.place, kind));
        parts.extend(self.pip.as_ref().map(|list| pip::instruction(list, self.lockfile, &self.recipe, self.place)));
        parts
    }
}
