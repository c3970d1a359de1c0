//! How the image is made, apart from what is installed.

use super::{BaseImage, ImageKind};

/// How the image is made, apart from what is installed. The lock keeps it, so that the Dockerfile can be made of the lock
/// alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The image to build on.
    pub base: BaseImage,
    /// What installs the packages.
    pub installer: Installer,
    /// Whether the image starts a Jupyter server.
    pub jupyter: bool,
    /// Whether there is a `compose.yaml`.
    pub compose: bool,
    /// The file of variables that a container is started with, relative to the Dockerfile.
    pub env_file: Option<String>,
    /// Whether the modules of packages stay uncompiled: less to store, and slower starts.
    pub no_pyc: bool,
}

/// What installs the packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Installer {
    /// What the base image has: conda, or else micromamba.
    Own,
    /// A stage with another image, whose environment is copied into the last one.
    Stage {
        /// The program.
        tool: Tool,
        /// The image that has it.
        image: BaseImage,
    },
}

/// A program that installs packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// conda, from version 24.9 on, which checks SHA-256.
    Conda,
    /// micromamba, from version 2 on.
    Micromamba,
    /// envlock itself.
    Envlock,
}

impl Recipe {
    /// The recipe for an image and nothing else: with what it has, or with micromamba in a stage of its own.
    #[must_use]
    pub fn plain(base: BaseImage) -> Self {
        Self { base, installer: Installer::Own, jupyter: false, compose: false, env_file: None, no_pyc: false }
    }

    /// What the base image brings along.
    #[must_use]
    pub fn kind(&self) -> ImageKind {
        ImageKind::of(&self.base)
    }

    /// The image of the stage that the environment is copied from, if there is one.
    #[must_use]
    pub fn stage_image(&self) -> Option<&BaseImage> {
        match &self.installer {
            Installer::Own => None,
            Installer::Stage { image, .. } => Some(image),
        }
    }

    /// Whether containers start a Jupyter server.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.jupyter || self.kind() == ImageKind::Jupyter
    }

    /// The program that installs the packages.
    #[must_use]
    pub fn tool(&self) -> Tool {
        match (&self.installer, self.kind()) {
            (Installer::Stage { tool, .. }, _) => *tool,
            (Installer::Own, ImageKind::Miniforge) => Tool::Conda,
            (Installer::Own, _) => Tool::Micromamba,
        }
    }
}

impl Tool {
    /// What it is called in a lock.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conda => "conda",
            Self::Micromamba => "micromamba",
            Self::Envlock => "envlock",
        }
    }

    /// The program of a stage that is called so.
    #[must_use]
    pub fn of_stage(name: &str) -> Option<Self> {
        [Self::Micromamba, Self::Envlock].into_iter().find(|tool| tool.name() == name)
    }
}
