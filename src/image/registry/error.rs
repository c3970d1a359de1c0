//! Why a registry gives no digest.

use miette::Diagnostic;
use thiserror::Error;

use crate::words::and;

/// What a registry answered, or didn't, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum RegistryError {
    /// There is no such image.
    #[error("the registry has no image `{image}`")]
    #[diagnostic(code("image-not-found"))]
    #[diagnostic(help(
        "see whether name and tag are written right; the registry may also hide what it doesn't let you read"
    ))]
    NotFound {
        /// The image.
        image: String,
    },
    /// None of the image is for the target.
    #[error("`{image}` is not there for linux/amd64, only for {}", and(others))]
    #[diagnostic(code("image-no-platform"))]
    #[diagnostic(help("choose an image or a tag that is built for linux/amd64"))]
    NoPlatform {
        /// The image.
        image: String,
        /// The platforms that there are.
        others: Vec<String>,
    },
    /// An image isn't for the platform that its index says.
    #[error("the index of `{image}` says that {digest} is for {said}, and that is {found}")]
    #[diagnostic(code("image-wrong-platform"))]
    #[diagnostic(help("choose another tag, or another image: what this one is called is not what would run"))]
    Platform {
        /// The image.
        image: String,
        /// The digest of what the index names.
        digest: String,
        /// The platform that the index says.
        said: String,
        /// What the image itself says.
        found: String,
    },
    /// The registry doesn't let one read it.
    #[error("{registry} doesn't let you read `{image}`{}", if *is_anonymous { ", as nobody is logged in" } else { "" })]
    #[diagnostic(code("registry-login"))]
    #[diagnostic(help(
        "run `docker login {registry}`: envlock takes the credentials that it keeps. A name that doesn't exist is often answered in the same way"
    ))]
    Unauthorised {
        /// The image.
        image: String,
        /// The registry.
        registry: String,
        /// Whether it was asked without credentials.
        is_anonymous: bool,
    },
    /// The registry was asked too often.
    #[error("{registry} was asked too often for now")]
    #[diagnostic(code("registry-rate-limit"))]
    #[diagnostic(help("wait a while, or run `docker login {registry}`: who is logged in may ask more often"))]
    RateLimit {
        /// The registry.
        registry: String,
    },
    /// Something else went wrong.
    #[error("{registry} gives no digest: {reason}")]
    #[diagnostic(code("registry-failed"))]
    #[diagnostic(help(
        "see whether the registry can be reached, and try again; or name the digest yourself: IMAGE@sha256:…. One without TLS is asked with --insecure-registry"
    ))]
    Failed {
        /// The registry.
        registry: String,
        /// What.
        reason: String,
    },
    /// The credentials can't be read.
    #[error("the credentials for {registry} can't be read: {reason}")]
    #[diagnostic(code("registry-credentials"))]
    #[diagnostic(help("run `docker login {registry}` again, or see what is in docker's config.json"))]
    Credentials {
        /// The registry.
        registry: String,
        /// Why.
        reason: String,
    },
    /// No registry may be asked.
    #[error("offline, no registry can be asked for the digest of `{image}`")]
    #[diagnostic(code("registry-offline"))]
    #[diagnostic(help(
        "name the digest: --base-image {image}@sha256:…, or convert without --offline once; the lock keeps it"
    ))]
    Offline {
        /// The image.
        image: String,
    },
}
