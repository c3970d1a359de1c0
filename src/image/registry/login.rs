//! Who asks a registry: what `docker login` has kept, and what the registry wants to see of it.

use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

use super::RegistryError;

/// What credential stores call Docker Hub.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// What `docker login` has kept for a registry.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Login {
    /// Nothing.
    Anonymous,
    /// A name and a password.
    Password(String, String),
    /// A token.
    Token(String),
}

impl Login {
    /// Looks in docker's configuration, and asks its credential helpers.
    ///
    /// # Errors
    ///
    /// Where what is there can't be read.
    pub(super) fn of(registry: &str) -> Result<Self, RegistryError> {
        let server = if registry == "docker.io" { DOCKER_HUB } else { registry };
        match get_credential(server) {
            Ok(DockerCredential::UsernamePassword(user, password)) => Ok(Self::Password(user, password)),
            Ok(DockerCredential::IdentityToken(token)) => Ok(Self::Token(token)),
            Err(
                CredentialRetrievalError::NoCredentialConfigured
                | CredentialRetrievalError::ConfigNotFound
                | CredentialRetrievalError::ConfigReadError,
            ) => Ok(Self::Anonymous),
            // What a helper prints may be a secret.
            Err(CredentialRetrievalError::HelperFailure { helper, .. }) => Err(RegistryError::Credentials {
                registry: registry.to_owned(),
                reason: format!("the credential helper `{helper}` failed"),
            }),
            Err(error) => Err(RegistryError::Credentials { registry: registry.to_owned(), reason: error.to_string() }),
        }
    }
}

/// What a registry wants to see: RFC 9110, section 11.6.1, and for tokens the specification of Docker's registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// Name and password.
    Password,
    /// A token, which somebody gives to who asks for it.
    Token {
        /// The URL of who gives it.
        realm: String,
        /// What it is for.
        service: Option<String>,
        /// What it lets one do.
        scope: Option<String>,
    },
}

impl Challenge {
    /// Reads what an answer says; a token, where there is a choice.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let texts = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let challenges: Vec<_> = texts.filter_map(|text| http_auth::parse_challenges(text).ok()).flatten().collect();
        let of_scheme = |scheme| challenges.iter().find(|it| it.scheme.eq_ignore_ascii_case(scheme));
        if let Some(bearer) = of_scheme("bearer") {
            let param = |name: &str| {
                let found = bearer.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.to_unescaped())
            };
            return Some(Self::Token { realm: param("realm")?, service: param("service"), scope: param("scope") });
        }
        of_scheme("basic").map(|_| Self::Password)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(texts: &[&'static str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for text in texts {
            headers.append(WWW_AUTHENTICATE, text.parse().unwrap());
        }
        Challenge::of(&headers)
    }

    #[test]
    fn what_a_registry_wants_to_see_is_read() {
        let token = challenge(&[
            "Basic realm=\"x\"",
            "Bearer realm=\"https://auth/token\",service=\"reg\",scope=\"repository:a/b:pull,push\"",
        ]);
        let scope = Some("repository:a/b:pull,push".to_owned());
        let (realm, service) = ("https://auth/token".to_owned(), Some("reg".to_owned()));
        assert_eq!(token, Some(Challenge::Token { realm, service, scope }));
        assert_eq!(challenge(&["basic realm=\"x\""]), Some(Challenge::Password));
        for texts in [&[][..], &["Bearer service=\"reg\""], &["Digest realm=\"x\""], &["\"\""]] {
            assert_eq!(challenge(texts), None, "{texts:?}");
        }
    }
}
