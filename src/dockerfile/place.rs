//! Where things are in the image.

use crate::image::Recipe;

/// Where things are in the image.
#[derive(Clone, Copy, Debug)]
pub(super) struct PrefixPlace {
    /// Where the environment is installed.
    pub prefix: &'static str,
}

impl PrefixPlace {
    pub(super) fn of(recipe: &Recipe) -> Self {
        Self { prefix: recipe.kind().prefix() }
    }

    /// What is ours in the environment.
    pub(super) fn ours(self) -> String {
        format!("{}/.envlock", self.prefix)
    }

    /// The programs that are found first.
    pub(super) fn activated(self) -> String {
        format!("{}/bin", self.ours())
    }
}
