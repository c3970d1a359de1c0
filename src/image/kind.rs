//! What an image brings along, as its name tells, and the images that have a short name.

use super::BaseImage;

/// Short names for images to build on.
const PRESETS: &[(&str, &str)] = &[
    ("micromamba", super::DEFAULT_IMAGE),
    ("miniforge", "docker.io/condaforge/miniforge3:24.11.3-0"),
    ("jupyter", "quay.io/jupyter/minimal-notebook:2025-03-14"),
    ("debian", "docker.io/library/debian:13-slim"),
    ("ubuntu", "docker.io/library/ubuntu:24.04"),
    ("cuda", "docker.io/nvidia/cuda:12.4.1-base-ubuntu22.04"),
];

/// The image that a short name stands for; any other text is the name of an image itself.
#[must_use]
pub fn preset(text: &str) -> &str {
    let known = PRESETS.iter().find(|(short, _)| *short == text.trim());
    known.map_or(text, |(_, image)| image)
}

/// What an image brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageKind {
    /// micromamba and an empty environment, for a user that isn't root.
    Micromamba,
    /// conda, which is the environment `base` itself; one runs as root.
    Miniforge,
    /// A Jupyter server in the environment `base`, for the user jovyan: those of jupyter/docker-stacks.
    Jupyter,
    /// A distribution and nothing else; one runs as root.
    Plain,
    /// Nobody knows.
    Unknown,
}

impl ImageKind {
    /// The kind of an image, by its repository.
    #[must_use]
    pub fn of(image: &BaseImage) -> Self {
        let mut parts = image.name.rsplit('/');
        let (repository, owner) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match (owner, repository) {
            (_, name) if name.starts_with("micromamba") => Self::Micromamba,
            (_, name) if name.starts_with("miniforge") => Self::Miniforge,
            ("jupyter", name) if name.contains("notebook") => Self::Jupyter,
            (
                _,
                "debian" | "ubuntu" | "cuda" | "almalinux" | "rockylinux" | "ubi8" | "ubi9" | "ubi10" | "amazonlinux",
            ) => Self::Plain,
            _ => Self::Unknown,
        }
    }

    /// Where the environment is installed: where micromamba's images have theirs, unless something else is there.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Micromamba | Self::Plain | Self::Unknown => "/opt/conda",
            Self::Miniforge | Self::Jupyter => "/opt/conda/envs/env",
        }
    }

    /// Whether the image itself can install packages.
    #[must_use]
    pub fn has_installer(self) -> bool {
        matches!(self, Self::Micromamba | Self::Miniforge | Self::Unknown)
    }

    /// The directory of the user's own files, which a container has mounted from elsewhere.
    #[must_use]
    pub fn work(self) -> &'static str {
        match self {
            Self::Micromamba => "/home/mambauser/work",
            Self::Jupyter => "/home/jovyan/work",
            Self::Miniforge | Self::Plain => "/home/user/work",
            Self::Unknown => "/work",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ImageName;

    #[test]
    fn the_kind_is_read_from_the_repository() {
        for (image, kind) in [
            ("mambaorg/micromamba:2.6.1", ImageKind::Micromamba),
            ("registry.local:5000/team/micromamba:2", ImageKind::Micromamba),
            ("condaforge/miniforge3", ImageKind::Miniforge),
            ("jupyter/tensorflow-notebook", ImageKind::Jupyter),
            ("quay.io/jupyter/minimal-notebook:2025-03-14", ImageKind::Jupyter),
            ("debian:12", ImageKind::Plain),
            ("nvidia/cuda:12.4.1-base-ubuntu22.04", ImageKind::Plain),
            ("team/notebook", ImageKind::Unknown),
        ] {
            let image = ImageName::parse(image).unwrap().with_digest(String::new());
            assert_eq!(ImageKind::of(&image), kind, "{image}");
        }
    }

    #[test]
    fn short_names_stand_for_images_of_their_kind() {
        let kind = |text| ImageKind::of(&ImageName::parse(preset(text)).unwrap().with_digest(String::new()));
        assert_eq!(kind("micromamba"), ImageKind::Micromamba);
        assert_eq!(kind("miniforge"), ImageKind::Miniforge);
        assert_eq!(kind("jupyter"), ImageKind::Jupyter);
        for plain in ["debian", "ubuntu", "cuda"] {
            assert_eq!(kind(plain), ImageKind::Plain);
        }
        assert_eq!(preset("debian:12"), "debian:12");
    }
}
