//! What installs the packages.

use crate::image::{Installer, Recipe, Tool};

/// What the commands of a recipe are said to be.
pub(super) fn describe(recipe: &Recipe) -> &'static str {
    match (&recipe.installer, recipe.tool()) {
        (Installer::Own, Tool::Conda) => "the image's own conda",
        (Installer::Own, _) => "the image's own micromamba",
        (Installer::Stage { .. }, Tool::Envlock) => "envlock in a stage of its own",
        (Installer::Stage { .. }, _) => "micromamba in a stage of its own",
    }
}
