//! The digest of an image, asked of its registry.
//!
//! Source of the protocol: the OCI distribution specification, and the authentication of Docker's registry. Of an image for
//! several platforms, the digest is that of its index: it stays right whatever machine pulls it.

use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential};
use oci_client::{
    Client,
    client::{ClientConfig, ClientProtocol},
    config::ConfigFile,
    errors::{OciDistributionError, OciErrorCode},
    manifest::{ImageIndexEntry, OciManifest, Platform},
    secrets::RegistryAuth,
};
use tokio::time::timeout;

use super::{BaseImage, ImageName, RegistryError, reference::is_digest};
use crate::{
    http::{self, Failure, Limits, Tries},
    words::with_causes,
};

/// The platform that images are built for.
const TARGET: &str = "linux/amd64";
/// What credential stores call Docker Hub.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// Asks the registry of an image for its digest. Those of this machine, and those that are said to be insecure, are asked
/// by plain HTTP. Credentials are those of `docker login`. A registry that fails is asked again, within these limits.
///
/// # Errors
///
/// [`RegistryError`] where there is no such image, where none of it is for linux/amd64, or where the registry gives no
/// answer.
pub async fn find_digest(name: &ImageName, insecure: &[String], limits: Limits) -> Result<BaseImage, RegistryError> {
    let registry = name.reference().resolve_registry().to_owned();
    let host = registry.rsplit_once(':').map_or(&*registry, |(host, _)| host);
    let is_plain = ["localhost", "127.0.0.1", "[::1]"].contains(&host) || insecure.contains(&registry);
    // The program has installed one already; a test or another caller of the library may not have.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::new(ClientConfig {
        protocol: if is_plain { ClientProtocol::HttpsExcept(vec![registry.clone()]) } else { ClientProtocol::Https },
        connect_timeout: Some(limits.connect()),
        user_agent: http::USER_AGENT,
        ..ClientConfig::default()
    });
    let auth = credentials(name.reference().registry())?;
    let is_anonymous = auth == RegistryAuth::Anonymous;
    let explain = |error: &OciDistributionError| explain(name, &registry, is_anonymous, error);
    let failed = |reason: String| RegistryError::Failed { registry: registry.clone(), reason };
    let asking = || client.pull_manifest(name.reference(), &auth);
    let (manifest, digest) = again(limits, asking, explain, failed).await?;
    let no_digest = || failed("it answers with no digest".to_owned());
    let checked = |digest: String| if is_digest(&digest) { Ok(digest) } else { Err(no_digest()) };
    let digest = checked(digest)?;
    let platform = match manifest {
        OciManifest::ImageIndex(index) => Some(checked(of_platform(name, &index.manifests)?)?),
        OciManifest::Image(_) => {
            let asking = || client.pull_manifest_and_config(name.reference(), &auth);
            let (_, _, config) = again(limits, asking, explain, failed).await?;
            check_config(name, &registry, &config)?;
            None
        }
    };
    Ok(BaseImage { platform, ..name.with_digest(digest) })
}

/// Asks, and asks again where that may help: the library does it once, and waits for ever.
async fn again<T, F: Future<Output = Result<T, OciDistributionError>>>(
    limits: Limits,
    mut asking: impl FnMut() -> F,
    explain: impl Fn(&OciDistributionError) -> RegistryError,
    failed: impl Fn(String) -> RegistryError,
) -> Result<T, RegistryError> {
    let mut tries = Tries::new(limits);
    loop {
        let failure = |reason, is_late| Failure::Unanswered { url: String::new(), reason, is_late };
        match timeout(limits.silence(), asking()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => {
                let may_pass = match &error {
                    OciDistributionError::RequestError(_)
                    | OciDistributionError::ServerError { code: 429 | 500.., .. } => true,
                    OciDistributionError::RegistryError { envelope, .. } => {
                        envelope.errors.iter().any(|error| error.code == OciErrorCode::Toomanyrequests)
                    }
                    _ => false,
                };
                if !may_pass || tries.fail(failure(String::new(), false)).await.is_err() {
                    return Err(explain(&error));
                }
            }
            Err(_) => {
                let reason = format!("there was no answer within {:?}", limits.silence());
                tries.fail(failure(reason, true)).await.map_err(|failure| failed(failure.to_string()))?;
            }
        }
    }
}

/// The digest of the image for linux/amd64.
fn of_platform(name: &ImageName, entries: &[ImageIndexEntry]) -> Result<String, RegistryError> {
    let platforms = || entries.iter().filter_map(|entry| Some((entry, entry.platform.as_ref()?)));
    let title = |it: &Platform| format!("{}/{}", it.os, it.architecture);
    let fitting = platforms().find(|(_, it)| title(it) == TARGET);
    fitting.map(|(entry, _)| entry.digest.clone()).ok_or_else(|| {
        let mut others: Vec<String> =
            platforms().map(|(_, it)| title(it)).filter(|it| !it.contains("unknown")).collect();
        others.sort();
        others.dedup();
        RegistryError::NoPlatform { image: name.to_string(), others }
    })
}

/// An image for one platform says which one in its configuration.
fn check_config(name: &ImageName, registry: &str, config: &str) -> Result<(), RegistryError> {
    let config: ConfigFile = serde_json::from_str(config).map_err(|error| RegistryError::Failed {
        registry: registry.to_owned(),
        reason: format!("the configuration of the image says no platform: {error}"),
    })?;
    let platform = format!("{}/{}", config.os, config.architecture);
    if platform == TARGET {
        return Ok(());
    }
    Err(RegistryError::NoPlatform { image: name.to_string(), others: vec![platform] })
}

/// What `docker login` has kept for a registry, itself or in a credential helper.
fn credentials(registry: &str) -> Result<RegistryAuth, RegistryError> {
    let server = if registry == "docker.io" { DOCKER_HUB } else { registry };
    match get_credential(server) {
        Ok(DockerCredential::UsernamePassword(user, password)) => Ok(RegistryAuth::Basic(user, password)),
        Ok(DockerCredential::IdentityToken(token)) => Ok(RegistryAuth::Bearer(token)),
        Err(
            CredentialRetrievalError::NoCredentialConfigured
            | CredentialRetrievalError::ConfigNotFound
            | CredentialRetrievalError::ConfigReadError,
        ) => Ok(RegistryAuth::Anonymous),
        // What a helper prints may be a secret.
        Err(CredentialRetrievalError::HelperFailure { helper, .. }) => Err(RegistryError::Credentials {
            registry: registry.to_owned(),
            reason: format!("the credential helper `{helper}` failed"),
        }),
        Err(error) => Err(RegistryError::Credentials { registry: registry.to_owned(), reason: error.to_string() }),
    }
}

fn explain(name: &ImageName, registry: &str, is_anonymous: bool, error: &OciDistributionError) -> RegistryError {
    let (image, registry) = (name.to_string(), registry.to_owned());
    match error {
        OciDistributionError::ImageManifestNotFoundError(_) | OciDistributionError::ServerError { code: 404, .. } => {
            RegistryError::NotFound { image }
        }
        OciDistributionError::UnauthorizedError { .. }
        | OciDistributionError::AuthenticationFailure(_)
        | OciDistributionError::ServerError { code: 401 | 403, .. } => {
            RegistryError::Unauthorised { image, registry, is_anonymous }
        }
        OciDistributionError::ServerError { code: 429, .. } => RegistryError::RateLimit { registry },
        OciDistributionError::ServerError { code, .. } => {
            RegistryError::Failed { registry, reason: format!("it answers with status {code}") }
        }
        OciDistributionError::RegistryError { envelope, .. } => {
            let has = |codes: &[OciErrorCode]| envelope.errors.iter().any(|error| codes.contains(&error.code));
            if has(&[OciErrorCode::Toomanyrequests]) {
                RegistryError::RateLimit { registry }
            } else if has(&[OciErrorCode::ManifestUnknown, OciErrorCode::NameUnknown, OciErrorCode::NotFound]) {
                RegistryError::NotFound { image }
            } else if has(&[OciErrorCode::Unauthorized, OciErrorCode::Denied]) {
                RegistryError::Unauthorised { image, registry, is_anonymous }
            } else {
                RegistryError::Failed { registry, reason: envelope.to_string() }
            }
        }
        other => RegistryError::Failed { registry, reason: with_causes(other) },
    }
}
