//! A lock: the packages of each platform, and what envlock says of their making. What it looks like in a file is the
//! matter of a module for each format.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rattler_conda_types::Subdir;

use super::{Choices, Input, LockError, LockedOutcome, Manager, Package, Provenance, Reuse};
use crate::image::{BaseImage, Recipe};

/// The platform that is locked for.
const TARGET: Subdir = Subdir::Linux64;

/// A whole lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lockfile {
    /// The packages of each platform: conda's by name, then pip's.
    pub platforms: BTreeMap<Subdir, Vec<Package>>,
    /// The channels, the most important first: names or URLs without credentials.
    pub channels: Vec<String>,
    /// The environment files, relative to the lock.
    pub sources: Vec<String>,
    /// What envlock says of its making; `None` of another program's lock.
    pub provenance: Option<Provenance>,
}

impl Lockfile {
    /// The packages for the target, in the order of the file.
    #[must_use]
    pub fn packages(&self) -> &[Package] {
        self.platforms.get(&TARGET).map_or(&[], Vec::as_slice)
    }

    /// The packages for the target, to be changed.
    pub fn packages_mut(&mut self) -> &mut Vec<Package> {
        self.platforms.entry(TARGET).or_default()
    }

    /// The conda packages for the target, in the order of the file.
    pub fn conda_packages(&self) -> impl Iterator<Item = &Package> {
        self.packages().iter().filter(|package| package.manager() == Manager::Conda)
    }

    /// The packages that pip installs, in the order of the file.
    pub fn pip_packages(&self) -> impl Iterator<Item = &Package> {
        self.packages().iter().filter(|package| package.manager() == Manager::Pip)
    }

    /// What envlock says of the lock's making. `what` is what is looked for, as it is called in the file.
    fn said(&self, what: &'static str) -> Result<&Provenance, LockError> {
        self.provenance.as_ref().ok_or(LockError::Unsaid { key: what })
    }

    /// What the lock was made from.
    ///
    /// # Errors
    ///
    /// Where another program made it.
    pub fn input(&self) -> Result<Input, LockError> {
        Ok(self.said("input")?.input.clone().cleaned())
    }

    /// The secret variables whose values stand in the lock, as earlier versions wrote them.
    #[must_use]
    pub fn bare_secrets(&self) -> Vec<String> {
        self.provenance.as_ref().map(|it| it.input.bare_secrets()).unwrap_or_default()
    }

    /// The date that the lock is of; `None` for the newest there was.
    ///
    /// # Errors
    ///
    /// Where another program made it.
    pub fn as_of(&self) -> Result<Option<Timestamp>, LockError> {
        Ok(self.said("as_of")?.as_of)
    }

    /// Up to when records count in the lock, see [`Solution::horizon`](crate::solve::Solution::horizon); `None` where
    /// it doesn't say.
    #[must_use]
    pub fn horizon(&self) -> Option<Timestamp> {
        self.provenance.as_ref()?.reuse.horizon()
    }

    /// Whether some packages were moved alone, so that solving doesn't find the packages again.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.provenance.as_ref().is_some_and(|it| matches!(it.reuse, Reuse::Frozen { .. }))
    }

    /// What the image offered when the lock was made, one word each, which can be given as overrides again.
    ///
    /// # Errors
    ///
    /// Where another program made it.
    pub fn virtual_packages(&self) -> Result<Vec<String>, LockError> {
        Ok(self.said("virtual_packages")?.offered.clone())
    }

    /// What was chosen when the lock was made that the environment file doesn't say.
    #[must_use]
    pub fn choices(&self) -> Choices {
        self.provenance.as_ref().map(|it| it.choices.clone()).unwrap_or_default()
    }

    /// The version of the envlock that made the lock.
    ///
    /// # Errors
    ///
    /// Where another program made it.
    pub fn envlock_version(&self) -> Result<&str, LockError> {
        Ok(&self.said("created_by")?.envlock)
    }

    /// The image that the Dockerfile starts from.
    ///
    /// # Errors
    ///
    /// Where another program made the lock.
    pub fn base_image(&self) -> Result<BaseImage, LockError> {
        Ok(self.recipe()?.base)
    }

    /// How the image is made.
    ///
    /// # Errors
    ///
    /// Where another program made the lock.
    pub fn recipe(&self) -> Result<Recipe, LockError> {
        Ok(self.said("base_image")?.recipe.clone())
    }

    /// Says how the image is made, in the place of what was said before.
    pub fn set_recipe(&mut self, recipe: &Recipe) {
        if let Some(provenance) = &mut self.provenance {
            provenance.recipe = recipe.clone();
        }
    }

    /// The names of the conda packages of each layer of the image; empty where they are one layer.
    #[must_use]
    pub fn layers(&self) -> Vec<Vec<String>> {
        self.provenance.as_ref().map(|it| it.layers.clone()).unwrap_or_default()
    }

    /// Says which conda packages are in which layer of the image; nothing for one layer.
    pub fn set_layers(&mut self, layers: &[Vec<String>]) {
        if let Some(provenance) = &mut self.provenance {
            provenance.layers = layers.to_vec();
        }
    }

    /// What moved and what went.
    #[must_use]
    pub fn outcomes(&self) -> Vec<LockedOutcome> {
        self.provenance.as_ref().map(|it| it.outcomes.clone()).unwrap_or_default()
    }

    /// Takes from a lock of the same packages how they can be found again: by a moment, or as those that are locked.
    pub(crate) fn find_again_like(&mut self, before: &Self) {
        if let (Some(ours), Some(its)) = (&mut self.provenance, &before.provenance) {
            ours.reuse = its.reuse;
        }
    }

    /// Whether another lock has the same packages, whatever it says of their sizes.
    pub(crate) fn has_packages_of(&self, other: &Self) -> bool {
        let without_sizes = |lock: &Self| -> Vec<Package> {
            lock.packages().iter().map(|it| Package { size: None, ..it.clone() }).collect()
        };
        without_sizes(self) == without_sizes(other)
    }

    /// Whether another lock says the same, be it for other reasons in words.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let without_reasons = |lock: &Self| {
            let mut lock = lock.clone();
            if let Some(provenance) = &mut lock.provenance {
                provenance.outcomes.iter_mut().for_each(|it| it.why.clear());
                provenance.seals.outcomes = None;
            }
            lock
        };
        self == other || without_reasons(self) == without_reasons(other)
    }
}
