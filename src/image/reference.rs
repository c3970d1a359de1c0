//! References to base images: a name, a tag for people, and the digest that counts.

use std::{fmt, str::FromStr};

use oci_spec::distribution::Reference;

use super::ImageError;

/// A base image that can't change: its digest is known.
///
/// The digest should be that of the index, which serves every platform; the platform is chosen in the Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseImage {
    /// The registry and the repository in full: `docker.io/mambaorg/micromamba`.
    pub name: String,
    /// The tag, which tells people what the digest is.
    pub tag: Option<String>,
    /// `sha256:` and 64 lower-case hexadecimal digits.
    pub digest: String,
    /// The digest of the image for linux/amd64 alone, where the other one is known to be that of an index.
    pub platform: Option<String>,
}

/// The name of an image without a digest: it may stand for another image tomorrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageName {
    reference: Reference,
    tag: Option<String>,
}

impl ImageName {
    /// Reads a name, with or without a tag: `debian`, `mambaorg/micromamba:2.6.1`.
    ///
    /// # Errors
    ///
    /// Where the text is no image reference.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let text = text.trim();
        plain(text).map_or_else(|| Self::parse_any(text), Ok)
    }

    fn parse_any(text: &str) -> Result<Self, ImageError> {
        let refused = |reason: String| ImageError::Reference { image: text.to_owned(), reason };
        // The reader takes letters of every script for those of the grammar.
        if !text.is_ascii() {
            return Err(refused("it holds a character that isn't ASCII".to_owned()));
        }
        let reference = Reference::from_str(text).map_err(|error| refused(error.to_string()))?;
        // The reader takes `Team/base` for a host and a name first, and then for a name.
        if reference.repository().chars().any(|c| c.is_ascii_uppercase()) {
            return Err(refused("repository name must be lowercase".to_owned()));
        }
        // `latest` is what the reader puts where no tag was written.
        let tag = reference.tag().filter(|tag| text.ends_with(&format!(":{tag}"))).map(str::to_owned);
        Ok(Self { reference, tag })
    }

    /// The name as registries take it, with a tag in any case.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The image that it is today.
    #[must_use]
    pub fn with_digest(&self, digest: String) -> BaseImage {
        let name = format!("{}/{}", self.reference.registry(), self.reference.repository());
        BaseImage { name, tag: self.tag.clone(), digest, platform: None }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_digest(String::new()).tagged())
    }
}

impl BaseImage {
    /// Reads a reference with a digest: `mambaorg/micromamba:2.6.1@sha256:…`.
    ///
    /// # Errors
    ///
    /// Where the text is no image reference, has no digest, or has one that is not a SHA-256 digest in full.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let text = text.trim();
        let (tagged, digest) = match text.split_once('@') {
            Some((tagged, digest)) => (tagged, Some(digest)),
            None => (text, None),
        };
        let name = ImageName::parse(tagged)?;
        let digest = digest.ok_or_else(|| ImageError::NoDigest { image: tagged.to_owned() })?;
        check_digest(digest)?;
        Ok(name.with_digest(digest.to_owned()))
    }

    /// The name with the tag, without the digest.
    #[must_use]
    pub fn tagged(&self) -> String {
        match &self.tag {
            Some(tag) => format!("{}:{tag}", self.name),
            None => self.name.clone(),
        }
    }
}

impl fmt::Display for BaseImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.tagged(), self.digest)
    }
}

impl FromStr for BaseImage {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, ImageError> {
        Self::parse(text)
    }
}

/// Reads a name as most are written, such as `docker.io/mambaorg/micromamba:2.6.1` and `debian:13`; `None` of any other.
/// The reader for all forms compiles a regular expression, which takes as long as a small re-solve.
fn plain(text: &str) -> Option<ImageName> {
    let is_registry = |first: &str| first.contains(['.', ':']) || first == "localhost";
    let (registry, rest) = text.split_once('/').filter(|(first, _)| is_registry(first)).unwrap_or(("docker.io", text));
    let (repository, tag) = match rest.split_once(':') {
        Some((repository, tag)) => (repository, Some(tag)),
        None => (rest, None),
    };
    let (host, port) = registry.split_once(':').unwrap_or((registry, "1"));
    let is_words = |text: &str, is_letter: fn(char) -> bool, between: &[char]| {
        text.split(between).all(|word| !word.is_empty() && word.chars().all(is_letter))
    };
    let is_lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    // Docker's own registry has another name, too.
    let is_host = registry != "index.docker.io"
        && is_words(host, |c| c.is_ascii_alphanumeric(), &['.', '-'])
        && is_words(port, |c| c.is_ascii_digit(), &[]);
    let is_tag = |tag: &str| tag.len() <= 128 && is_words(tag, |c| c.is_ascii_alphanumeric(), &['.', '-', '_']);
    let is_plain =
        text.len() <= 200 && is_host && is_words(repository, is_lower, &['/', '.', '-', '_']) && tag.is_none_or(is_tag);
    let repository = if repository.contains('/') || registry != "docker.io" {
        repository.to_owned()
    } else {
        format!("library/{repository}")
    };
    is_plain.then(|| ImageName {
        reference: Reference::with_tag(registry.to_owned(), repository, tag.unwrap_or("latest").to_owned()),
        tag: tag.map(str::to_owned),
    })
}

/// Checks a digest that a registry gives.
pub(super) fn is_digest(digest: &str) -> bool {
    check_digest(digest).is_ok()
}

/// Checks a digest by the rules of the OCI image specification for `sha256`.
fn check_digest(digest: &str) -> Result<(), ImageError> {
    let (algorithm, digits) = digest.split_once(':').unwrap_or(("", digest));
    if algorithm != "sha256" {
        return Err(ImageError::Algorithm { algorithm: algorithm.to_owned() });
    }
    if let Some(character) = digits.chars().find(|c| !matches!(c, '0'..='9' | 'a'..='f')) {
        return Err(ImageError::DigestCharacter { character });
    }
    if digits.len() != 64 {
        return Err(ImageError::DigestLength { length: digits.len() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::image::DEFAULT_IMAGE;

    const DIGEST: &str = "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn parse(text: &str) -> Result<BaseImage, ImageError> {
        BaseImage::parse(&text.replace("DIGEST", DIGEST))
    }

    #[test]
    fn names_are_written_in_full() {
        let cases = [
            ("mambaorg/micromamba:2.6.1@DIGEST", "docker.io/mambaorg/micromamba", Some("2.6.1")),
            ("debian@DIGEST", "docker.io/library/debian", None),
            ("ghcr.io/prefix-dev/pixi:latest@DIGEST", "ghcr.io/prefix-dev/pixi", Some("latest")),
            ("localhost:5000/mine@DIGEST", "localhost:5000/mine", None),
        ];
        for (text, name, tag) in cases {
            let image = parse(text).unwrap();
            assert_eq!((image.name.as_str(), image.tag.as_deref()), (name, tag), "{text}");
            assert_eq!(image.digest, DIGEST);
        }
    }

    #[test]
    fn what_is_shown_is_read_again_as_the_same() {
        for text in ["mambaorg/micromamba:2.6.1@DIGEST", "debian@DIGEST"] {
            let image = parse(text).unwrap();
            assert_eq!(BaseImage::parse(&image.to_string()), Ok(image));
        }
    }

    #[test]
    fn an_image_without_a_digest_is_refused_with_the_way_to_find_it() {
        let error = BaseImage::parse(DEFAULT_IMAGE).unwrap_err();
        assert_eq!(error, ImageError::NoDigest { image: DEFAULT_IMAGE.to_owned() });
        let help = miette::Diagnostic::help(&error).unwrap().to_string();
        assert!(help.contains("--base-image docker.io/mambaorg/micromamba:2.6.1@sha256:…"), "{help}");
        let command = "docker buildx imagetools inspect docker.io/mambaorg/micromamba:2.6.1 \
                       --format '{{json .Manifest.Digest}}'";
        assert!(help.contains(command), "{help}");
    }

    #[test]
    fn bad_digests_are_told_apart() {
        let upper = DIGEST.to_uppercase().replace("SHA256", "sha256");
        assert_eq!(parse(&format!("a@{upper}")), Err(ImageError::DigestCharacter { character: 'A' }));
        assert_eq!(parse("a@sha256:0011"), Err(ImageError::DigestLength { length: 4 }));
        assert_eq!(parse("a@sha512:0011"), Err(ImageError::Algorithm { algorithm: "sha512".to_owned() }));
        assert_eq!(parse("a@0011"), Err(ImageError::Algorithm { algorithm: String::new() }));
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in [
            "",
            ":tag@DIGEST",
            "docker://debian:13@DIGEST",
            "Debian@DIGEST",
            "Team/base:1@DIGEST",
            "a b@DIGEST",
            "a\nRUN x@DIGEST",
            "a:é@DIGEST",
            "a:-x@DIGEST",
            "a:１@DIGEST",
        ] {
            assert!(matches!(parse(text), Err(ImageError::Reference { .. })), "{text}");
        }
    }

    #[test]
    fn what_people_write_is_plain() {
        for text in
            [DEFAULT_IMAGE, "debian", "debian:13-slim", "mambaorg/micromamba:2.6.1", "localhost:5000/team/a_b.c-d:x_1"]
        {
            assert!(plain(text).is_some(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_plain_means_the_same_to_the_reader_of_all_forms(
            registry in "((index\\.)?docker\\.io/|localhost/|[a-zA-Z0-9.-]{1,8}(:[0-9a]{0,4})?/)?",
            repository in "[a-z0-9._/-]{1,10}|[a-zA-Z0-9._/-]{1,10}",
            tag in "(:[a-zA-Z0-9._/-]{0,6})?",
        ) {
            let text = format!("{registry}{repository}{tag}");
            if let Some(name) = plain(&text) {
                prop_assert_eq!(ImageName::parse_any(&text), Ok(name));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,80}") {
            let _ = BaseImage::parse(&text);
        }
    }
}
