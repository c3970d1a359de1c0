//! What can be wrong with an image or a virtual package that the user names.

use miette::Diagnostic;
use thiserror::Error;

use super::DEFAULT_IMAGE;

/// Why an image reference or a virtual package can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum ImageError {
    /// The reference names no digest.
    #[error("the base image `{image}` has no digest, so it could be another image tomorrow")]
    #[diagnostic(code("image-no-digest"))]
    #[diagnostic(help(
        "add the digest of the index (not of one platform), for instance\n  \
             --base-image {image}@sha256:…\n\
             Docker tells it with\n  \
             docker buildx imagetools inspect {image} --format '{{{{json .Manifest.Digest}}}}'"
    ))]
    NoDigest {
        /// The reference as given.
        image: String,
    },

    /// The digest is not made by SHA-256.
    #[error("the digest of the base image is made by `{algorithm}`, not by sha256")]
    #[diagnostic(code("digest-algorithm"))]
    #[diagnostic(help("registries name images by sha256: {DEFAULT_IMAGE}@sha256:…"))]
    Algorithm {
        /// What stands before the colon.
        algorithm: String,
    },

    /// The digest has too few or too many digits.
    #[error("the digest of the base image has {length} digits, not 64")]
    #[diagnostic(code("digest-length"))]
    #[diagnostic(help("copy the whole digest: `sha256:` and 64 hexadecimal digits; short forms don't name an image"))]
    DigestLength {
        /// How many characters stand after the colon.
        length: usize,
    },

    /// The digest has characters other than lower-case hexadecimal digits.
    #[error("the digest of the base image holds `{character}`, which is no lower-case hexadecimal digit")]
    #[diagnostic(code("digest-character"))]
    #[diagnostic(help("a digest is `sha256:` and 64 of 0-9 and a-f"))]
    DigestCharacter {
        /// The first such character.
        character: char,
    },

    /// The reference can't be read at all.
    #[error("`{image}` is not an image reference: {reason}")]
    #[diagnostic(code("image-name"))]
    #[diagnostic(help("write it as registry/repository:tag@digest, for instance {DEFAULT_IMAGE}@sha256:…"))]
    Reference {
        /// The reference as given.
        image: String,
        /// Why not, as the reader of references says it.
        reason: String,
    },

    /// The image has another C library than the one that conda's packages are built for.
    #[error("the base image `{image}` is built on musl, and conda packages need glibc")]
    #[diagnostic(code("image-musl"))]
    #[diagnostic(help(
        "choose an image built on Debian, such as {DEFAULT_IMAGE}; if it does bring glibc, say which: --virtual-package __glibc=2.28"
    ))]
    Musl {
        /// The reference as given.
        image: String,
    },

    /// A virtual package can't be read.
    #[error("`{text}` is not a virtual package: {reason}")]
    #[diagnostic(code("virtual-package"))]
    #[diagnostic(help(
        "write __name=version or __name=version=build: __glibc=2.28, __cuda=12.4, __archspec=1=x86_64_v3; `__cuda=` takes it away"
    ))]
    VirtualPackage {
        /// What was given.
        text: String,
        /// Why it can't be read.
        reason: String,
    },
}
