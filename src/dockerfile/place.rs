//! Where things are in the image.

use crate::image::Recipe;

/// Where the lists lie until they have been installed.
pub(super) const SCRATCH: &str = "/tmp/envlock";

/// Where things are in the image.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Where the environment is installed.
    pub prefix: &'static str,
    /// Where the lists of packages are kept while they are needed.
    pub lists: String,
    /// Whether the environment is copied into another image afterwards.
    pub is_copied: bool,
}

impl Place {
    pub(super) fn of(recipe: &Recipe) -> Self {
        let prefix = recipe.kind().prefix();
        let is_copied = recipe.stage_image().is_some();
        // With what is copied, they get to where they are compared.
        let lists = if is_copied { format!("{prefix}/.envlock") } else { SCRATCH.to_owned() };
        Self { prefix, lists, is_copied }
    }

    /// What is ours in the environment.
    pub(super) fn ours(&self) -> String {
        format!("{}/.envlock", self.prefix)
    }

    /// The programs that are found first.
    pub(super) fn activated(&self) -> String {
        format!("{}/bin", self.ours())
    }
}
