//! The digest of an image, asked of its registry.
//!
//! Source of the protocol: the OCI distribution specification, and the authentication of Docker's registry. Of an image for
//! several platforms, the digest is that of its index: it stays right whatever machine pulls it.

pub(super) mod answer;
mod ask;
mod error;
mod login;

pub use self::error::RegistryError;
use self::{
    answer::{Entry, Manifest},
    ask::Registry,
};
use super::{BaseImage, ImageName};
use crate::{http::Limits, machine::Network};

/// The platform that images are built for.
const TARGET: &str = "linux/amd64";

/// Asks the registry of an image for its digest. Those of this machine, and those that are said to be insecure, are asked
/// by plain HTTP. Proxies and certificates are those of `network`. Credentials are those of `docker login`. A registry that fails is asked
/// again, within these limits.
///
/// # Errors
///
/// [`RegistryError`] where there is no such image, where none of it is for linux/amd64, whatever its index says, or where
/// the registry gives no answer, or a wrong one.
pub async fn find_digest(
    name: &ImageName,
    insecure: &[String],
    limits: Limits,
    network: &Network,
) -> Result<BaseImage, RegistryError> {
    let registry = Registry::new(name, insecure, limits, network)?;
    find(name, None, registry).await
}

/// Asks the registry of an image whether it has it by its digest, and for linux/amd64.
///
/// # Errors
///
/// As [`find_digest`].
pub async fn find_image(
    image: &BaseImage,
    insecure: &[String],
    limits: Limits,
    network: &Network,
) -> Result<BaseImage, RegistryError> {
    let name = ImageName::parse(&image.tagged())
        .map_err(|error| RegistryError::Failed { registry: image.name.clone(), reason: error.to_string() })?;
    let registry = Registry::new(&name, insecure, limits, network)?;
    find(&name, Some(&image.digest), registry).await
}

/// The image of a digest, or else of the tag.
async fn find(name: &ImageName, digest: Option<&str>, mut registry: Registry) -> Result<BaseImage, RegistryError> {
    let (manifest, digest) = registry.manifest(digest).await?;
    let platform = match manifest {
        Manifest::Index(entries) => Some(of_platform(&mut registry, name, &entries).await?),
        Manifest::Image { config } => {
            let found = registry.platform(&config).await?;
            if found != TARGET {
                return Err(RegistryError::NoPlatform { image: name.to_string(), others: vec![found] });
            }
            None
        }
    };
    Ok(BaseImage { platform, ..name.with_digest(digest) })
}

/// The digest of the image for linux/amd64, which is one: an index may say what it likes.
async fn of_platform(registry: &mut Registry, name: &ImageName, entries: &[Entry]) -> Result<String, RegistryError> {
    let platforms = || entries.iter().filter_map(|entry| Some((entry, entry.platform.as_ref()?.to_string())));
    let Some((entry, said)) = platforms().find(|(_, platform)| platform == TARGET) else {
        let mut others: Vec<String> =
            platforms().map(|(_, platform)| platform).filter(|it| !it.contains("unknown")).collect();
        others.sort();
        others.dedup();
        return Err(RegistryError::NoPlatform { image: name.to_string(), others });
    };
    let found = match registry.manifest(Some(&entry.digest)).await?.0 {
        Manifest::Image { config } => registry.platform(&config).await?,
        Manifest::Index(_) => "an index of its own".to_owned(),
    };
    let (image, digest) = (name.to_string(), entry.digest.clone());
    if found == TARGET { Ok(digest) } else { Err(RegistryError::Platform { image, digest, said, found }) }
}
