//! Requests to a registry, with the credentials that it wants to see, and answers no larger than they may be.

use reqwest::{
    Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue},
};
use url::Url;

use super::{
    RegistryError, answer,
    answer::{ErrorCodes, Manifest},
    login::{Challenge, Login},
};
use crate::{
    base::{credentials::server_of, hash::sha256_hex},
    http::{Broken, Client, Failure, Limits, is_same_server, is_this_machine, whole},
    image::{ImageName, reference::is_digest},
    limits::{IMAGE_CONFIG, IMAGE_MANIFEST, Limit, REGISTRY_WORD},
    machine::Network,
    progress::Progress,
};

/// What manifests and indexes there are.
const KINDS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
                     application/vnd.docker.distribution.manifest.list.v2+json, \
                     application/vnd.docker.distribution.manifest.v2+json";
/// The header with the digest of what is answered.
const DIGEST: &str = "docker-content-digest";

/// The registry of an image.
pub(super) struct Registry {
    client: Client,
    image: String,
    host: String,
    repository: String,
    tag: String,
    is_plain: bool,
    login: Login,
    /// What it has wanted to see.
    shown: Option<HeaderValue>,
}

/// Why an answer can't be used, before it is known whose it is.
struct Unusable(String);

impl From<Failure> for Unusable {
    fn from(failure: Failure) -> Self {
        Self(failure.to_string())
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Registry {
    /// Sends nothing yet.
    ///
    /// # Errors
    ///
    /// Where what `docker login` has kept can't be read.
    pub(super) fn new(
        name: &ImageName,
        insecure: &[String],
        limits: Limits,
        network: &Network,
    ) -> Result<Self, RegistryError> {
        let reference = name.reference();
        let registry = reference.resolve_registry().to_owned();
        let host = registry.rsplit_once(':').map_or(&*registry, |(host, _)| host);
        let is_here = is_this_machine(host);
        // No proxy knows what this machine calls itself.
        let proxies = if is_here { Vec::new() } else { network.proxies.clone() };
        let network = Network { proxies, ..network.clone() };
        Ok(Self {
            client: Client::without_credentials(network, limits, Progress::default()),
            image: name.to_string(),
            is_plain: is_here || insecure.contains(&registry),
            repository: reference.repository().to_owned(),
            tag: reference.tag().unwrap_or("latest").to_owned(),
            login: Login::of(reference.registry())?,
            shown: None,
            host: registry,
        })
    }

    /// What the tag, or else a digest, stands for, and its digest.
    ///
    /// # Errors
    ///
    /// Where there is none, or it isn't what the digest says.
    pub(super) async fn manifest(&mut self, digest: Option<&str>) -> Result<(Manifest, String), RegistryError> {
        let name = digest.map_or_else(|| Ok(self.tag.clone()), |it| self.checked(it))?;
        let answer = self.get(&format!("manifests/{name}"), IMAGE_MANIFEST).await?;
        let found = digest_of(&answer.body);
        let told = answer.headers.get(DIGEST).and_then(|value| value.to_str().ok());
        // Other algorithms may be told as well.
        let told = told.filter(|it| it.starts_with("sha256:"));
        if let Some(expected) = digest.or(told).filter(|it| *it != found) {
            return Err(self.wrong(&format!("the manifest {expected}"), &found));
        }
        let manifest = Manifest::read(&answer.body).map_err(|reason| self.failed(reason))?;
        Ok((manifest, found))
    }

    /// The platform of the image with this configuration.
    ///
    /// # Errors
    ///
    /// Where it can't be had, isn't what the digest says, or says none.
    pub(super) async fn platform(&mut self, config: &str) -> Result<String, RegistryError> {
        let path = format!("blobs/{}", self.checked(config)?);
        let answer = self.get(&path, IMAGE_CONFIG).await?;
        let found = digest_of(&answer.body);
        if found != config {
            return Err(self.wrong(&format!("the configuration {config}"), &found));
        }
        let platform = answer::platform(&answer.body).map_err(|reason| self.failed(reason))?;
        Ok(platform.to_string())
    }

    async fn get(&mut self, path: &str, limit: Limit) -> Result<Answer, RegistryError> {
        let scheme = if self.is_plain { "http" } else { "https" };
        let url = format!("{scheme}://{}/v2/{}/{path}", self.host, self.repository);
        let url = Url::parse(&url).map_err(|error| self.failed(error.to_string()))?;
        let mut answer = self.ask(&url, self.shown.clone(), limit).await?;
        if answer.status == StatusCode::UNAUTHORIZED
            && let Some(challenge) = Challenge::of(&answer.headers)
            && let Some(shown) = self.meet(challenge).await?
        {
            answer = self.ask(&url, Some(shown.clone()), limit).await?;
            self.shown = Some(shown);
        }
        if answer.status.is_success() { Ok(answer) } else { Err(self.explain(&answer)) }
    }

    /// What the registry wants to see; `None` where there is nothing to show.
    async fn meet(&self, challenge: Challenge) -> Result<Option<HeaderValue>, RegistryError> {
        let (realm, service, scope) = match (challenge, &self.login) {
            (_, Login::Token(token)) => return self.bearer(token).map(Some),
            (Challenge::Password, login) => return self.basic(login),
            (Challenge::Token { realm, service, scope }, _) => (realm, service, scope),
        };
        let mut url =
            Url::parse(&realm).map_err(|_| self.failed("it gives out tokens at what is no URL".to_owned()))?;
        if url.scheme() != "https" && !(self.is_plain && url.scheme() == "http") {
            return Err(self.failed("it gives out tokens without TLS".to_owned()));
        }
        if url.scheme() != "https" && self.login != Login::Anonymous && !self.is_at(&url) {
            let server = server_of(&url).unwrap_or_default();
            return Err(
                self.failed(format!("it sends to {server} for a token, which would get the password without TLS"))
            );
        }
        let scope = scope.unwrap_or_else(|| format!("repository:{}:pull", self.repository));
        url.query_pairs_mut().append_pair("scope", &scope).extend_pairs(service.map(|it| ("service", it)));
        let answer = self.ask(&url, self.basic(&self.login)?, REGISTRY_WORD).await?;
        match answer.status {
            status if status.is_success() => {
                let token = answer::token(&answer.body).map_err(|reason| self.failed(reason))?;
                self.bearer(&token).map(Some)
            }
            // Whoever asks for too much, or for what isn't there, is told so in many ways.
            status if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => Err(self.unauthorised()),
            _ => Err(self.explain(&answer)),
        }
    }

    /// Whether a URL is of this registry, which is asked by plain HTTP.
    fn is_at(&self, url: &Url) -> bool {
        Url::parse(&format!("http://{}", self.host)).is_ok_and(|own| is_same_server(&own, url))
    }

    fn basic(&self, login: &Login) -> Result<Option<HeaderValue>, RegistryError> {
        let Login::Password(user, password) = login else { return Ok(None) };
        self.header(http_auth::basic::encode_credentials(user, password)).map(Some)
    }

    fn bearer(&self, token: &str) -> Result<HeaderValue, RegistryError> {
        self.header(format!("Bearer {token}"))
    }

    fn header(&self, secret: String) -> Result<HeaderValue, RegistryError> {
        let value = HeaderValue::try_from(secret);
        let mut value = value.map_err(|_| self.failed("the token for it can't be sent".to_owned()))?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn ask(&self, url: &Url, shown: Option<HeaderValue>, limit: Limit) -> Result<Answer, RegistryError> {
        let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(KINDS))]);
        headers.extend(shown.map(|shown| (AUTHORIZATION, shown)));
        let mut asked = self.client.ask(url, headers);
        let done = async {
            loop {
                let answer = asked.answer().await?;
                if let Some(answer) = asked.done(take(answer, limit).await).await? {
                    return Ok(answer);
                }
            }
        };
        done.await.map_err(|Unusable(reason)| self.failed(reason))
    }

    /// A digest in a registry's own words may be anything, and becomes part of a URL.
    fn checked(&self, digest: &str) -> Result<String, RegistryError> {
        if is_digest(digest) {
            Ok(digest.to_owned())
        } else {
            Err(self.failed("it names a digest that is none".to_owned()))
        }
    }

    fn wrong(&self, what: &str, found: &str) -> RegistryError {
        self.failed(format!("{what} has another digest, {found}"))
    }

    fn failed(&self, reason: String) -> RegistryError {
        RegistryError::Failed { registry: self.host.clone(), reason }
    }

    fn unauthorised(&self) -> RegistryError {
        let is_anonymous = self.login == Login::Anonymous;
        RegistryError::Unauthorised { image: self.image.clone(), registry: self.host.clone(), is_anonymous }
    }

    /// What an answer means that says that something is wrong.
    fn explain(&self, answer: &Answer) -> RegistryError {
        let (image, registry) = (self.image.clone(), self.host.clone());
        let codes = ErrorCodes::read(&answer.body);
        match answer.status.as_u16() {
            429 => RegistryError::RateLimit { registry },
            _ if codes.has(&["TOOMANYREQUESTS"]) => RegistryError::RateLimit { registry },
            404 => RegistryError::NotFound { image },
            _ if codes.has(&["MANIFEST_UNKNOWN", "NAME_UNKNOWN", "NOT_FOUND"]) => RegistryError::NotFound { image },
            401 | 403 => self.unauthorised(),
            _ if codes.has(&["UNAUTHORIZED", "DENIED"]) => self.unauthorised(),
            status => self.failed(codes.first().unwrap_or_else(|| format!("it answers with status {status}"))),
        }
    }
}

fn digest_of(body: &[u8]) -> String {
    format!("sha256:{}", sha256_hex(body))
}

/// Takes an answer in; of one that says that something is wrong, no more than a few words.
async fn take(mut answer: Response, limit: Limit) -> Result<Answer, Broken<Unusable>> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let is_success = status.is_success();
    let body = match whole(&mut answer, if is_success { limit } else { REGISTRY_WORD }).await {
        Ok(body) => body,
        Err(Broken::Final(_)) if !is_success => Vec::new(),
        Err(Broken::Final(error)) => return Err(Broken::Final(Unusable(error.to_string()))),
        Err(Broken::Off(error)) => return Err(Broken::Off(error)),
    };
    Ok(Answer { status, headers, body })
}
