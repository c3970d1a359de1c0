//! The distribution an image is built on, as its name and tag tell, and the glibc it brings.

use super::BaseImage;

/// What is offered where nothing is known about an image: the oldest glibc that today's conda-forge builds for.
const UNKNOWN_GLIBC: &str = "2.28";

/// The C library of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Libc {
    /// glibc, of this version at least.
    Glibc(&'static str),
    /// musl, which conda packages don't run on.
    Musl,
}

/// Words of a tag, or `name:word` of an image, and the glibc of that release. Longer prefixes first.
///
/// The versions are those that the distributions list for their package `glibc` or `libc6`.
const RELEASES: &[(&str, &str)] = &[
    ("debian13", "2.41"),
    ("trixie", "2.41"),
    ("debian12", "2.36"),
    ("bookworm", "2.36"),
    ("debian11", "2.31"),
    ("bullseye", "2.31"),
    ("debian10", "2.28"),
    ("buster", "2.28"),
    ("ubuntu25.04", "2.41"),
    ("plucky", "2.41"),
    ("ubuntu24.10", "2.40"),
    ("oracular", "2.40"),
    ("ubuntu24.04", "2.39"),
    ("noble", "2.39"),
    ("ubuntu22.04", "2.35"),
    ("jammy", "2.35"),
    ("ubuntu20.04", "2.31"),
    ("focal", "2.31"),
    ("ubuntu18.04", "2.27"),
    ("bionic", "2.27"),
    ("amazon2023", "2.34"),
    ("amazonlinux2023", "2.34"),
    ("almalinux10", "2.39"),
    ("almalinux9", "2.34"),
    ("almalinux8", "2.28"),
    ("rockylinux10", "2.39"),
    ("rockylinux9", "2.34"),
    ("rockylinux8", "2.28"),
    ("ubi10", "2.39"),
    ("ubi9", "2.34"),
    ("ubi8", "2.28"),
    ("centos7", "2.17"),
];

/// The C library of an image, as far as its name and tag tell it.
pub(super) fn libc(image: &BaseImage) -> Libc {
    let repository = image.name.rsplit('/').next().unwrap_or_default();
    let tag = image.tag.as_deref().unwrap_or_default();
    // `debian:13-slim` says `debian13`; `micromamba:2.6.1-noble` says `noble`.
    let first = format!("{repository}{}", tag.split('-').next().unwrap_or_default());
    let known = image
        .name
        .split('/')
        .chain(tag.split('-'))
        .chain([first.as_str()])
        .find_map(|word| RELEASES.iter().find(|(release, _)| is_release(word, release)));
    if let Some((_, glibc)) = known {
        return Libc::Glibc(glibc);
    }
    let alpine = repository == "alpine" || tag.split('-').any(|word| word.starts_with("alpine"));
    match (repository, alpine) {
        // The micromamba images built on Alpine bring a glibc along.
        ("micromamba", true) => Libc::Glibc(UNKNOWN_GLIBC),
        (_, true) => Libc::Musl,
        ("micromamba", false) => Libc::Glibc(micromamba_glibc(tag)),
        // Built on Ubuntu 20.04 or later ones.
        ("miniforge3", false) => Libc::Glibc("2.31"),
        // docker-stacks: Ubuntu 18.04 or later ones on Docker Hub, where there was an end to them in 2023; 22.04 or later ones
        // since.
        (_, false) if image.name.starts_with("docker.io/jupyter/") => Libc::Glibc("2.27"),
        (_, false) if image.name.starts_with("quay.io/jupyter/") => Libc::Glibc("2.35"),
        _ => Libc::Glibc(UNKNOWN_GLIBC),
    }
}

/// Whether a word names a release or a point release of it: `debian12` and `debian12.5`, not `debian125`.
fn is_release(word: &str, release: &str) -> bool {
    word.strip_prefix(release).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The glibc of a micromamba image whose tag names no distribution: that of the newest Debian at its time.
///
/// Debian 12 from 1.5 on (the project's change log), Debian 13 since 2.4. A tag without a full version (`latest`,
/// `git-…`) has been both, and the older one is safe on both.
fn micromamba_glibc(tag: &str) -> &'static str {
    let mut numbers = tag.split('.').map(|part| part.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) if (major, minor) >= (2, 4) => "2.41",
        (Some(major), Some(minor)) if (major, minor) < (1, 5) => UNKNOWN_GLIBC,
        _ => "2.36",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tagged: &str) -> Libc {
        libc(&BaseImage::parse(&format!("{tagged}@sha256:{}", "0".repeat(64))).unwrap())
    }

    #[test]
    fn the_distribution_is_read_from_name_and_tag() {
        let cases = [
            ("mambaorg/micromamba:2.6.1", "2.41"),
            ("mambaorg/micromamba:2.6.1-debian12-slim", "2.36"),
            ("mambaorg/micromamba:2.6.1-bookworm", "2.36"),
            ("mambaorg/micromamba:2.6.1-ubuntu24.04", "2.39"),
            ("mambaorg/micromamba:2.6.1-jammy-cuda-12.4.1", "2.35"),
            ("mambaorg/micromamba:2.6.1-cuda12.4.1-ubuntu22.04", "2.35"),
            ("mambaorg/micromamba:2.0.5", "2.36"),
            ("mambaorg/micromamba:latest", "2.36"),
            ("mambaorg/micromamba", "2.36"),
            ("mambaorg/micromamba:1.4.9", "2.28"),
            ("mambaorg/micromamba:2.6.1-alpine", "2.28"),
            ("debian:13-slim", "2.41"),
            ("debian:12.5", "2.36"),
            ("ubuntu:24.04", "2.39"),
            ("python:3.12-slim-bookworm", "2.36"),
            ("redhat/ubi9:9.4", "2.34"),
            ("rockylinux:9", "2.34"),
            ("example.org/our/image:1", "2.28"),
            ("condaforge/miniforge3:24.11.3-0", "2.31"),
            ("jupyter/tensorflow-notebook", "2.27"),
            ("quay.io/jupyter/minimal-notebook:2025-03-14", "2.35"),
            ("nvidia/cuda:12.4.1-base-ubuntu22.04", "2.35"),
        ];
        for (image, glibc) in cases {
            assert_eq!(of(image), Libc::Glibc(glibc), "{image}");
        }
    }

    #[test]
    fn alpine_is_musl() {
        for image in ["alpine:3.20", "alpine", "python:3.12-alpine", "python:3.12-alpine3.20"] {
            assert_eq!(of(image), Libc::Musl, "{image}");
        }
    }
}
