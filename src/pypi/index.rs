//! What an index has of a package.
//!
//! Source of the format: the simple repository API (PEP 503 in HTML, PEP 691 in JSON; PEP 592 for what was yanked).

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::PackageName;
use reqwest::{
    Response, StatusCode,
    header::{self, HeaderMap, HeaderValue},
};
use serde::Deserialize;
use url::Url;

use super::{
    error::{Explained, PipError},
    pylock::file_name,
    section::Places,
};
use crate::{
    environment::without_secrets,
    http::{Broken, Client, Failure},
    limits::{DISTRIBUTION, INDEX_PAGE, Limit},
};

/// The index of the world.
pub const PYPI: &str = "https://pypi.org/simple";
/// How an index may answer, the preferred form first.
const ACCEPT: HeaderValue = HeaderValue::from_static(
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1",
);

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DistributionFile {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: Url,
    /// Its hash, where the index says it.
    pub sha256: Option<String>,
    /// Its size in bytes, where the index says it.
    pub size: Option<u64>,
    /// Whether it was yanked.
    pub is_yanked: bool,
    /// The version it is of.
    pub version: Version,
    /// The versions of Python that it is for, where the index says it.
    pub requires_python: Option<VersionSpecifiers>,
    /// Whether it is a wheel; else it is a source distribution.
    pub is_wheel: bool,
}

/// Asks servers.
pub(super) struct Asker {
    client: Client,
}

impl Asker {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// What the places have of a package: everything of the first one that has it in the version, or at all. `None`
    /// where none of them knows it.
    ///
    /// # Errors
    ///
    /// When a server can't be asked.
    pub(super) async fn files(
        &self,
        places: &Places,
        name: &PackageName,
        version: Option<&Version>,
    ) -> Result<Option<Vec<DistributionFile>>, PipError> {
        let mut found = Vec::new();
        for links in &places.links {
            let files = self.page(links, name).await?.unwrap_or_default();
            found.extend(files);
        }
        let own = places.index.as_deref().unwrap_or(PYPI);
        let indexes = places.extra.iter().map(String::as_str).chain([own]).filter(|_| !places.no_index);
        let mut is_known = !found.is_empty();
        for index in indexes {
            let is_enough = |files: &[DistributionFile]| {
                version.is_none_or(|version| files.iter().any(|it| it.version == *version))
            };
            if is_known && is_enough(&found) && !found.is_empty() {
                break;
            }
            if let Some(files) = self.page(&format!("{}/{name}/", index.trim_end_matches('/')), name).await? {
                is_known = true;
                found.extend(files);
            }
        }
        Ok(is_known.then_some(found))
    }

    async fn page(&self, address: &str, name: &PackageName) -> Result<Option<Vec<DistributionFile>>, PipError> {
        let url: Url = address.parse().map_err(|error| failed(address, &error))?;
        let Some((base, is_json, body)) = self.get(&url, ACCEPT, INDEX_PAGE).await? else { return Ok(None) };
        let links = if is_json { of_json(&body) } else { Ok(of_html(&body)) };
        let links = links.map_err(|error| failed(address, &error))?;
        Ok(Some(links.into_iter().filter_map(|link| link.file(&base, name)).collect()))
    }

    /// Fetches a file.
    ///
    /// # Errors
    ///
    /// When the server can't be asked, or hasn't got it.
    pub(super) async fn fetch(&self, url: &Url) -> Result<Vec<u8>, PipError> {
        let answer = self.get(url, HeaderValue::from_static("*/*"), DISTRIBUTION).await?;
        answer.map(|(_, _, body)| body).ok_or_else(|| failed(url.as_str(), &"there is no such file"))
    }

    /// The address that answered, whether the answer is JSON, and the answer; `None` where there is no such thing.
    async fn get(
        &self,
        url: &Url,
        accept: HeaderValue,
        limit: Limit,
    ) -> Result<Option<(Url, bool, Vec<u8>)>, PipError> {
        let _permit = self.client.permit().await;
        let mut asked = self.client.ask(url, HeaderMap::from_iter([(header::ACCEPT, accept)]));
        loop {
            let answer = asked.answer().await?;
            if let Some(taken) = asked.done(take(url, answer, limit).await).await? {
                return Ok(taken);
            }
        }
    }
}

async fn take(url: &Url, mut answer: Response, limit: Limit) -> Result<Option<(Url, bool, Vec<u8>)>, Broken<PipError>> {
    match answer.status() {
        StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
        status if status.is_success() => {}
        status => return Err(Broken::Final(failed(url.as_str(), &format!("the server answers {status}")))),
    }
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_json = kind.is_some_and(|kind| kind.contains("json"));
    let base = answer.url().clone();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        limit.check(body.len()).map_err(|error| Broken::Final(failed(url.as_str(), &error)))?;
    }
    Ok(Some((base, is_json, body)))
}

impl From<Failure> for PipError {
    fn from(failure: Failure) -> Self {
        match &failure {
            Failure::Unanswered { url, .. } | Failure::Final { url, .. } => failed(url, &failure),
            Failure::Setup(_) | Failure::Credentials { .. } => failed("the index", &failure),
        }
    }
}

fn failed(address: &str, error: &dyn std::fmt::Display) -> PipError {
    PipError::Failed {
        message: without_secrets(&format!("`{address}` can't be read")),
        why: Explained(without_secrets(&error.to_string())),
        help: "see whether the index can be reached, and try again; --no-pip leaves the pip section out".to_owned(),
    }
}

/// A link of an index.
struct IndexLink {
    name: Option<String>,
    url: String,
    sha256: Option<String>,
    size: Option<u64>,
    is_yanked: bool,
    requires_python: Option<String>,
}

impl IndexLink {
    /// The file that it leads to, if it is one of the package.
    fn file(self, base: &Url, package: &PackageName) -> Option<DistributionFile> {
        let url = base.join(&self.url).ok().filter(is_of_server)?;
        let name = self.name.or_else(|| file_name(url.as_str()))?;
        let (version, is_wheel) = version_of(&name, package)?;
        let of_fragment = url.fragment().and_then(|it| it.strip_prefix("sha256=")).map(str::to_owned);
        let mut plain = url;
        plain.set_fragment(None);
        Some(DistributionFile {
            name,
            url: plain,
            sha256: self.sha256.or(of_fragment),
            size: self.size,
            is_yanked: self.is_yanked,
            version,
            requires_python: self.requires_python.and_then(|it| it.parse().ok()),
            is_wheel,
        })
    }
}

/// Whether a file that an index on a server lists may be there: it never leads to files of this machine.
pub(super) fn is_of_server(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// The version that a file name says, and whether it is of a wheel.
fn version_of(file: &str, package: &PackageName) -> Option<(Version, bool)> {
    let is_name = |text: &str| PackageName::new(text.to_owned()).is_ok_and(|name| name == *package);
    if let Some(stem) = file.strip_suffix(".whl") {
        let mut parts = stem.split('-');
        let name = parts.next().filter(|name| is_name(name));
        return Some((name.and(parts.next())?.parse().ok()?, true));
    }
    let stem = [".tar.gz", ".tgz", ".tar.bz2", ".zip"].iter().find_map(|ending| file.strip_suffix(ending))?;
    // Names have dashes, and old versions have them, too.
    let cuts = stem.match_indices('-').map(|(index, _)| stem.split_at(index));
    let mut fitting = cuts.filter(|(name, _)| is_name(name));
    fitting.find_map(|(_, version)| Some((version.strip_prefix('-')?.parse().ok()?, false)))
}

/// PEP 691.
fn of_json(body: &[u8]) -> Result<Vec<IndexLink>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Page {
        files: Vec<IndexEntry>,
    }
    #[derive(Deserialize)]
    struct IndexEntry {
        filename: String,
        url: String,
        #[serde(default)]
        hashes: IndexHashes,
        #[serde(default)]
        yanked: serde_json::Value,
        #[serde(default)]
        size: Option<u64>,
        #[serde(default, rename = "requires-python")]
        requires_python: Option<String>,
    }
    #[derive(Default, Deserialize)]
    struct IndexHashes {
        sha256: Option<String>,
    }
    let page: Page = serde_json::from_slice(body)?;
    let link = |it: IndexEntry| IndexLink {
        name: Some(it.filename),
        url: it.url,
        sha256: it.hashes.sha256,
        is_yanked: !matches!(it.yanked, serde_json::Value::Null | serde_json::Value::Bool(false)),
        size: it.size,
        requires_python: it.requires_python,
    };
    Ok(page.files.into_iter().map(link).collect())
}

/// PEP 503.
fn of_html(body: &[u8]) -> Vec<IndexLink> {
    let text = String::from_utf8_lossy(body);
    let Ok(page) = tl::parse(&text, tl::ParserOptions::default()) else { return Vec::new() };
    let anchors = page.query_selector("a[href]").into_iter().flatten();
    let tags = anchors.filter_map(|node| node.get(page.parser())?.as_tag());
    tags.filter_map(|tag| {
        let of = |key: &str| tag.attributes().get(key).map(|value| value.map(|it| it.as_utf8_str().into_owned()));
        let url = of("href")??.replace("&amp;", "&");
        let requires_python = of("data-requires-python").flatten();
        let requires_python = requires_python.map(|it| it.replace("&gt;", ">").replace("&lt;", "<"));
        Some(IndexLink {
            name: None,
            url,
            sha256: None,
            size: None,
            is_yanked: of("data-yanked").is_some(),
            requires_python,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Said = (String, String, bool, Option<String>, Option<String>);

    fn files(links: Vec<IndexLink>, name: &str) -> Vec<Said> {
        let base: Url = "https://host/simple/a/".parse().unwrap();
        let name: PackageName = name.parse().unwrap();
        let files = links.into_iter().filter_map(|link| link.file(&base, &name));
        let python = |file: &DistributionFile| file.requires_python.as_ref().map(ToString::to_string);
        files
            .map(|it| (it.url.to_string(), it.version.to_string(), it.is_yanked, it.sha256.clone(), python(&it)))
            .collect()
    }

    #[test]
    fn both_forms_say_the_same() {
        let html = br#"<!DOCTYPE html><html><body><a href="../../f/a_b-1.0.tar.gz#sha256=ab">a_b-1.0.tar.gz</a><br/>
            <a href="/f/a.b-2.0-py3-none-any.whl#sha256=cd" data-yanked="bad &amp; ugly"
            data-requires-python="&gt;=3.6,&lt;4">x</a><a href="other">y</a>"#;
        let json = br#"{"files": [
            {"filename": "a_b-1.0.tar.gz", "url": "../../f/a_b-1.0.tar.gz", "hashes": {"sha256": "ab"}, "yanked": false},
            {"filename": "a.b-2.0-py3-none-any.whl", "url": "/f/a.b-2.0-py3-none-any.whl", "hashes": {"sha256": "cd"},
             "yanked": "bad & ugly", "requires-python": ">=3.6,<4"}]}"#;
        let expected = [
            ("https://host/f/a_b-1.0.tar.gz".to_owned(), "1.0".to_owned(), false, Some("ab".to_owned()), None),
            (
                "https://host/f/a.b-2.0-py3-none-any.whl".to_owned(),
                "2.0".to_owned(),
                true,
                Some("cd".to_owned()),
                Some(">=3.6, <4".to_owned()),
            ),
        ];
        assert_eq!(files(of_html(html), "a-b"), expected);
        assert_eq!(files(of_json(json).unwrap(), "a-b"), expected);
    }

    #[test]
    fn links_lead_to_servers_alone() {
        for (url, count) in [("//other/a-1.tar.gz", 1), ("file:///etc/a-1.tar.gz", 0), ("ftp://x/a-1.tar.gz", 0)] {
            let html = format!(r#"<a href="{url}">a</a>"#);
            assert_eq!(files(of_html(html.as_bytes()), "a").len(), count, "{url}");
        }
    }

    #[test]
    fn a_file_name_says_its_version() {
        for (file, package, version) in [
            ("python-dateutil-2.8.2.tar.gz", "python-dateutil", Some("2.8.2")),
            ("python_dateutil-2.8.2-py2.py3-none-any.whl", "python-dateutil", Some("2.8.2")),
            ("protobuf-3.5.2.post1.zip", "protobuf", Some("3.5.2.post1")),
            ("html5lib-0.9999999.tar.gz", "html5lib", Some("0.9999999")),
            ("a-1.0-1.tar.gz", "a", Some("1.0.post1")),
            ("a-b-1.0.tar.gz", "a", None),
            ("a-1.0.exe", "a", None),
            ("a-1.0-py3.egg", "a", None),
        ] {
            let found = version_of(file, &package.parse().unwrap()).map(|(version, _)| version.to_string());
            assert_eq!(found.as_deref(), version, "{file}");
        }
    }
}
