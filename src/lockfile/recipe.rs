//! What a lock says of the image: from which others, by what and in how many layers it is made.

use super::{LockError, Lockfile, model::key};
use crate::image::{BaseImage, Installer, Recipe, Tool};

impl Lockfile {
    /// The image that the Dockerfile starts from.
    ///
    /// # Errors
    ///
    /// Where the lock doesn't say, or names none with a digest.
    pub fn base_image(&self) -> Result<BaseImage, LockError> {
        let platform = self.ours(key::BASE_IMAGE_PLATFORM).ok().map(str::to_owned);
        Ok(BaseImage { platform, ..BaseImage::parse(self.ours(key::BASE_IMAGE)?)? })
    }

    /// How the image is made.
    ///
    /// # Errors
    ///
    /// Where the lock doesn't name the base image, or what installs in a form that this version doesn't know.
    pub fn recipe(&self) -> Result<Recipe, LockError> {
        let is = |key| self.ours(key).is_ok_and(|value| value == key::YES);
        let installer = match self.ours(key::INSTALLER) {
            Err(_) => Installer::Own,
            Ok(text) => {
                let (tool, image) = text.split_once(' ').ok_or(LockError::Unsaid { key: key::INSTALLER })?;
                let tool = Tool::of_stage(tool).ok_or(LockError::Unsaid { key: key::INSTALLER })?;
                Installer::Stage { tool, image: BaseImage::parse(image)? }
            }
        };
        Ok(Recipe {
            base: self.base_image()?,
            installer,
            jupyter: is(key::JUPYTER),
            compose: is(key::COMPOSE),
            env_file: self.ours(key::ENV_FILE).ok().map(str::to_owned),
            no_pyc: is(key::NO_PYC),
        })
    }

    /// Says how the image is made, in the place of what was said before. What is as usual isn't said.
    pub fn set_recipe(&mut self, recipe: &Recipe) {
        let yes = || key::YES.to_owned();
        let installer = match &recipe.installer {
            Installer::Own => None,
            Installer::Stage { tool, image } => Some(format!("{} {image}", tool.name())),
        };
        let said = [
            (key::BASE_IMAGE, Some(recipe.base.to_string())),
            (key::BASE_IMAGE_PLATFORM, recipe.base.platform.clone()),
            (key::INSTALLER, installer),
            (key::JUPYTER, recipe.jupyter.then(yes)),
            (key::COMPOSE, recipe.compose.then(yes)),
            (key::ENV_FILE, recipe.env_file.clone()),
            (key::NO_PYC, recipe.no_pyc.then(yes)),
        ];
        for (key, value) in said {
            self.say(key, value);
        }
    }

    /// The names of the conda packages of each layer of the image; empty where they are one layer.
    #[must_use]
    pub fn layers(&self) -> Vec<Vec<String>> {
        let text = self.ours(key::LAYERS).unwrap_or_default();
        text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
    }

    /// Says which conda packages are in which layer of the image; nothing for one layer.
    pub fn set_layers(&mut self, layers: &[Vec<String>]) {
        let lines: Vec<String> = layers.iter().map(|names| names.join(" ")).collect();
        self.say(key::LAYERS, (!lines.is_empty()).then(|| format!("{}\n", lines.join("\n"))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::{
        parse,
        testing::{image, small_lock},
        to_yaml,
    };

    #[test]
    fn a_recipe_is_read_back_and_replaces_another() {
        let mut lock = small_lock();
        let plain = Recipe::plain(image());
        let full = Recipe {
            base: BaseImage { platform: Some(format!("sha256:{}", "12".repeat(32))), ..image() },
            installer: Installer::Stage { tool: Tool::Envlock, image: image() },
            jupyter: true,
            compose: true,
            env_file: Some("env.list".to_owned()),
            no_pyc: true,
        };
        for recipe in [&full, &plain] {
            lock.set_recipe(recipe);
            let read = parse("conda-lock.yml", &to_yaml(&lock)).unwrap();
            assert_eq!(read.recipe().unwrap(), *recipe);
        }
        assert_eq!(lock, small_lock());
    }

    #[test]
    fn layers_are_read_back() {
        let mut lock = small_lock();
        let layers = [vec!["libzlib".to_owned(), "tzdata".to_owned()], vec!["zlib".to_owned()]];
        lock.set_layers(&layers);
        assert_eq!(parse("conda-lock.yml", &to_yaml(&lock)).unwrap().layers(), layers);
        lock.set_layers(&[]);
        assert_eq!(lock, small_lock());
    }
}
