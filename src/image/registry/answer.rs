//! What a registry answers with: the OCI image specification for manifests, indexes and configurations, the OCI
//! distribution specification for errors. Docker's own forms have the same keys.

use std::fmt;

use serde::{Deserialize, de::DeserializeOwned};

use crate::words::one_line;

/// Characters of an error that are shown.
const MESSAGE: usize = 300;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::image) enum Manifest {
    /// Images for several platforms.
    Index(Vec<Entry>),
    /// An image for one platform.
    Image {
        /// The digest of its configuration.
        config: String,
    },
}

/// An image of an index.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(in crate::image) struct Entry {
    /// The digest of its manifest.
    pub digest: String,
    /// What it is said to be for.
    pub platform: Option<Platform>,
}

/// What an image is for, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(in crate::image) struct Platform {
    os: String,
    architecture: String,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)
    }
}

/// The keys of both, since one that has those of both is read in two ways by two programs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawManifest {
    schema_version: u32,
    manifests: Option<Vec<Entry>>,
    config: Option<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
}

impl Manifest {
    /// Reads a manifest or an index.
    ///
    /// # Errors
    ///
    /// Where it is neither, or both at once.
    pub(in crate::image) fn read(body: &[u8]) -> Result<Self, String> {
        let raw: RawManifest = json(body, "the manifest")?;
        match raw {
            RawManifest { schema_version: 2, manifests: Some(entries), config: None } => Ok(Self::Index(entries)),
            RawManifest { schema_version: 2, manifests: None, config: Some(config) } => {
                Ok(Self::Image { config: config.digest })
            }
            RawManifest { schema_version: 2, .. } => {
                Err("the manifest is neither that of an image nor an index of images".to_owned())
            }
            RawManifest { schema_version, .. } => Err(format!("the manifest is of version {schema_version}, not 2")),
        }
    }
}

/// The platform that the configuration of an image says.
///
/// # Errors
///
/// Where it says none.
pub(in crate::image) fn platform(config: &[u8]) -> Result<Platform, String> {
    json(config, "the configuration of the image")
}

/// A token for the requests that follow, by the name of Docker's registry or that of OAuth 2.
///
/// # Errors
///
/// Where there is none.
pub(in crate::image) fn token(body: &[u8]) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Tokens {
        token: Option<String>,
        access_token: Option<String>,
    }
    let Tokens { token, access_token } = json(body, "the answer to who asks for a token")?;
    token.or(access_token).ok_or_else(|| "the answer to who asks for a token holds none".to_owned())
}

/// Errors with their codes, as registries tell them; none where something else answers.
#[derive(Default, Deserialize)]
pub(in crate::image) struct ErrorCodes {
    errors: Vec<ErrorCode>,
}

#[derive(Deserialize)]
struct ErrorCode {
    code: String,
    #[serde(default)]
    message: String,
}

impl ErrorCodes {
    pub(in crate::image) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// Whether one of these is among them.
    pub(in crate::image) fn has(&self, codes: &[&str]) -> bool {
        self.errors.iter().any(|error| codes.contains(&&*error.code))
    }

    /// The first, cut where it is no few words any more.
    pub(in crate::image) fn first(&self) -> Option<String> {
        let ErrorCode { code, message } = self.errors.first()?;
        let text = one_line(&format!("{code} {message}"));
        let cut = text.char_indices().nth(MESSAGE).and_then(|(end, _)| text.get(..end));
        Some(cut.map_or_else(|| text.clone(), |cut| format!("{cut}…")))
    }
}

fn json<T: DeserializeOwned>(body: &[u8], what: &str) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("{what} can't be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_of_an_image_or_an_index_and_never_both() {
        let index = r#"{"schemaVersion": 2, "manifests": [{"digest": "sha256:aa", "size": 2}]}"#;
        let entry = Entry { digest: "sha256:aa".to_owned(), platform: None };
        assert_eq!(Manifest::read(index.as_bytes()), Ok(Manifest::Index(vec![entry])));
        let image = r#"{"schemaVersion": 2, "layers": [], "config": {"digest": "sha256:bb", "size": 2}}"#;
        assert_eq!(Manifest::read(image.as_bytes()), Ok(Manifest::Image { config: "sha256:bb".to_owned() }));
        for (text, expected) in [
            (r#"{"schemaVersion": 2, "manifests": [], "config": {"digest": "x"}}"#, "is neither that of an image nor"),
            (r#"{"schemaVersion": 2}"#, "is neither that of an image nor an index of images"),
            (r#"{"schemaVersion": 1, "fsLayers": []}"#, "is of version 1, not 2"),
            ("<html>", "can't be read: "),
        ] {
            let told = Manifest::read(text.as_bytes()).unwrap_err();
            assert!(told.contains(expected), "{told}");
        }
    }

    #[test]
    fn a_token_has_one_of_two_names() {
        assert_eq!(token(br#"{"token": "a", "expires_in": 300}"#), Ok("a".to_owned()));
        assert_eq!(token(br#"{"access_token": "b"}"#), Ok("b".to_owned()));
        assert!(token(b"{}").is_err());
    }

    #[test]
    fn errors_are_told_by_their_codes() {
        let codes = ErrorCodes::read(br#"{"errors": [{"code": "DENIED", "message": "no", "detail": {}}]}"#);
        assert!(codes.has(&["UNAUTHORIZED", "DENIED"]));
        assert_eq!(codes.first().as_deref(), Some("DENIED no"));
        assert_eq!(ErrorCodes::read(b"<html>").first(), None);
        let long = format!(r#"{{"errors": [{{"code": "DENIED", "message": "{}"}}]}}"#, "é".repeat(9000));
        assert_eq!(ErrorCodes::read(long.as_bytes()).first().unwrap().chars().count(), MESSAGE + 1);
    }
}
