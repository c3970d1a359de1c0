//! What the lines of a pip section ask for.

use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};
use pep508_rs::{MarkerTree, PackageName, Requirement, VerbatimUrl, VersionOrUrl};
use rattler_digest::{Sha256, Sha256Hash, parse_digest_from_hex};

use super::{
    lines::{Line, names_file},
    pylock::Packing,
    refuse::{self, PipRefusal, RefusedFor},
};
use crate::base::credentials::without_secrets;

/// What a section asks for, and where to look for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    /// What is to be installed.
    pub wanted: Vec<WantedLine>,
    /// What only limits the versions of others.
    pub constraints: Vec<String>,
    /// Where to look.
    pub places: Places,
    /// Whether versions before the first release will do (`--pre`).
    pub prereleases: bool,
    /// What can't be locked.
    pub refused: Vec<PipRefusal>,
    /// What was read past, or understood otherwise than pip would.
    pub notes: Vec<String>,
}

/// Where packages are looked for. The addresses may hold credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// The index that stands in for `PyPI`.
    pub index: Option<String>,
    /// Indexes that come before it.
    pub extra: Vec<String>,
    /// Pages or directories with links to files.
    pub links: Vec<String>,
    /// Whether there is no index at all.
    pub no_index: bool,
}

impl Places {
    /// Whether all of them are servers.
    pub(super) fn are_servers(&self) -> bool {
        self.index.iter().chain(&self.extra).chain(&self.links).all(|place| is_address(place))
    }
}

/// A requirement.
#[derive(Clone, Debug)]
pub(super) struct WantedLine {
    /// The line it is from.
    pub line: Line,
    /// The package; `None` where only its files say its name.
    pub name: Option<PackageName>,
    /// Its extras, as written: `[a,b]`.
    pub extras: String,
    /// Where it is required at all.
    pub marker: MarkerTree,
    /// What will do.
    pub source: PipSource,
    /// The hashes of the files that will do, where the line says them.
    pub hashes: Vec<Sha256Hash>,
    /// What the line asks for, where it has given way.
    pub gave: Option<Gave>,
}

/// What a line of an export asks for that has given way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gave {
    /// The versions that the line asks for.
    pub asked: VersionSpecifiers,
    /// The version that is aimed at: the one that the line pins, or the nearest that there is.
    pub aim: Option<Version>,
    /// Why the line can't have what it asks for, where that is known: a sentence without a full stop.
    pub why: Option<String>,
}

/// What will do for a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PipSource {
    /// A version from an index.
    Index(VersionSpecifiers),
    /// A commit of a git repository: `git+https://host/repository@ref`, perhaps with `#subdirectory=…`.
    Git(String),
    /// A file.
    File(String),
}

impl WantedLine {
    /// The line as uv takes it.
    pub(super) fn requirement(&self) -> String {
        let name = self.name.as_ref().map(|name| format!("{name}{}", self.extras));
        match (&self.source, name) {
            (PipSource::Index(versions), name) => format!("{}{versions}", name.unwrap_or_default()),
            (PipSource::Git(url) | PipSource::File(url), Some(name)) => format!("{name} @ {url}"),
            (PipSource::Git(url) | PipSource::File(url), None) => url.clone(),
        }
    }

    /// The one version that will do, if it is from an index.
    pub(super) fn exact(&self) -> Option<&Version> {
        let PipSource::Index(versions) = &self.source else { return None };
        exact(versions)
    }

    /// Lets the line give way: any version will do, as near as it can be to the one that it pins.
    pub(super) fn give_way(&mut self) {
        let PipSource::Index(versions) = &mut self.source else { return };
        let asked = std::mem::take(versions);
        let aim = exact(&asked).cloned();
        self.gave.get_or_insert(Gave { asked, aim, why: None });
    }

    /// Asks for another version than the line does.
    pub(super) fn move_to(&mut self, version: Version, why: Option<String>) {
        self.give_way();
        if let Some(gave) = &mut self.gave {
            if why.is_some() {
                gave.aim = Some(version.clone());
            }
            gave.why = gave.why.take().or(why);
        }
        self.source = PipSource::Index(VersionSpecifier::equals_version(version).into());
    }

    /// Asks for what the line asks for.
    pub(super) fn restore(&mut self) {
        if let Some(gave) = self.gave.take() {
            self.source = PipSource::Index(gave.asked);
        }
    }

    /// Whether any version will do now.
    pub(super) fn is_free(&self) -> bool {
        matches!(&self.source, PipSource::Index(versions) if versions.is_empty())
    }
}

/// The one version of a specifier.
fn exact(versions: &VersionSpecifiers) -> Option<&Version> {
    let [only] = &versions[..] else { return None };
    matches!(only.operator(), Operator::Equal | Operator::ExactEqual).then(|| only.version())
}

/// Understands the lines.
pub(super) fn read(lines: &[Line]) -> Section {
    let mut section = Section::default();
    for line in lines {
        if line.unreadable.is_some() {
            section.refused.push(refuse::because(line, RefusedFor::FileUnreadable));
        } else if line.is_constraint {
            section.constraints.push(line.text.clone());
        } else if line.text.starts_with('-') {
            option(&mut section, line);
        } else {
            requirement(&mut section, line, &line.text);
        }
    }
    section
}

/// Whether a line is neither a requirement nor an option that can be followed: what it is can be anything.
pub(super) fn is_foreign(line: &Line) -> bool {
    let line = Line { is_constraint: false, ..line.clone() };
    !line.text.is_empty() && names_file(&line.text).is_none() && read(&[line]).refused.iter().any(|it| it.is_foreign)
}

/// A line that starts with a dash.
fn option(section: &mut Section, line: &Line) {
    let (name, value) = match line.text.split_once([' ', '=']) {
        Some((name, value)) => (name, value.trim().trim_matches(['"', '\''])),
        None => (line.text.as_str(), ""),
    };
    // Short options may stand against their value.
    let is_short = !name.starts_with("--") && name.len() > 2;
    let (name, value) = line.text.split_at_checked(2).filter(|_| is_short).unwrap_or((name, value));
    match (name, value) {
        ("-i" | "--index-url" | "--pypi-url", value) if !value.is_empty() => {
            section.places.index = expanded(section, line, value);
        }
        ("--extra-index-url", value) if !value.is_empty() => {
            let index = expanded(section, line, value);
            section.places.extra.extend(index);
        }
        ("-f" | "--find-links", value) if is_address(value) => {
            let links = expanded(section, line, value);
            section.places.links.extend(links);
        }
        ("--no-index", _) => section.places.no_index = true,
        ("--pre", _) => section.prereleases = true,
        ("-e" | "--editable", value) if value.starts_with("git+") => {
            section.notes.push(format!("`{}` is installed as it is in that commit, not to be edited", line.shown()));
            requirement(section, line, value);
        }
        ("-f" | "--find-links" | "-e" | "--editable", _) => {
            section.refused.push(refuse::because(line, RefusedFor::Local));
        }
        ("--trusted-host" | "--no-cache-dir" | "--prefer-binary" | "--disable-pip-version-check" | "-q" | "-v", _) => {}
        _ => section.refused.push(refuse::because(line, RefusedFor::Option)),
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// An address with the environment variables in it filled in, `${NAME}`, as pip does: that is how credentials are kept
/// out of a file.
fn expanded(section: &mut Section, line: &Line, value: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        let Ok(value) = std::env::var(name) else {
            section.refused.push(refuse::because(line, RefusedFor::NoVariable(name.to_owned())));
            return None;
        };
        text.push_str(before);
        text.push_str(&value);
        rest = after;
    }
    Some(text + rest)
}

/// A line that asks for a package.
fn requirement(section: &mut Section, line: &Line, text: &str) {
    // What pip calls per-requirement options: hashes, and settings for a build.
    let mut parts = text.split(" --");
    let text = parts.next().unwrap_or(text).trim();
    match understand(line, text) {
        Ok((mut wanted, note)) => {
            for option in parts.map(str::trim) {
                let value = option.strip_prefix("hash").map(|it| it.trim_start_matches([' ', '=']));
                match value.and_then(|it| parse_digest_from_hex::<Sha256>(it.strip_prefix("sha256:")?)) {
                    Some(hash) => wanted.hashes.push(hash),
                    None => section.notes.push(format!("`--{option}` of `{}` isn't followed", without_secrets(text))),
                }
            }
            section.wanted.push(wanted);
            section.notes.extend(note);
        }
        Err(why) => section.refused.push(refuse::because(line, why)),
    }
}

fn understand(line: &Line, text: &str) -> Result<(WantedLine, Option<String>), RefusedFor> {
    let bare = |name, extras: &str, source| WantedLine {
        line: line.clone(),
        name,
        extras: extras.to_owned(),
        marker: MarkerTree::TRUE,
        source,
        hashes: Vec::new(),
        gave: None,
    };
    if let Some((name, extras, url)) = direct(text) {
        let (url, marker) = url.split_once(" ;").or_else(|| url.split_once("; ")).unwrap_or((url, ""));
        let marker = marker.trim();
        let marker =
            if marker.is_empty() { MarkerTree::TRUE } else { marker.parse().map_err(|_| RefusedFor::NotOne)? };
        let (source, egg) = source(url.trim())?;
        let name = name.map(str::to_owned).or(egg);
        let name = name.map(PackageName::new).transpose().map_err(|_| RefusedFor::NotOne)?;
        return match source {
            Some(source) => {
                let hashes = hash_of(url.trim()).into_iter().collect();
                Ok((WantedLine { marker, hashes, ..bare(name, extras, source) }, None))
            }
            None => left_by_conda(line, name, url).map(|(name, versions, note)| {
                (WantedLine { marker, ..bare(Some(name), extras, PipSource::Index(versions)) }, Some(note))
            }),
        };
    }
    if text.starts_with(['.', '/', '~']) || text.contains('\\') || is_archive(text) {
        return Err(RefusedFor::Local);
    }
    let parsed: Requirement<VerbatimUrl> = text.parse().map_err(|_| {
        let is_conda = text.split_once('=').is_some_and(|(_, rest)| rest.trim_start_matches('=').contains('='));
        if is_conda { RefusedFor::Conda } else { RefusedFor::NotOne }
    })?;
    let versions = match parsed.version_or_url {
        None => VersionSpecifiers::empty(),
        Some(VersionOrUrl::VersionSpecifier(versions)) => versions,
        Some(VersionOrUrl::Url(_)) => return Err(RefusedFor::NotOne),
    };
    let extras: Vec<String> = parsed.extras.iter().map(ToString::to_string).collect();
    let extras = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
    Ok((WantedLine { marker: parsed.marker, ..bare(Some(parsed.name), &extras, PipSource::Index(versions)) }, None))
}

/// `name[extras] @ url`, or a lone URL.
fn direct(text: &str) -> Option<(Option<&str>, &str, &str)> {
    let is_url = |text: &str| {
        let scheme = text
            .split_once(':')
            .map(|(scheme, _)| scheme)
            .filter(|_| text.contains("://") || text.starts_with("file:"));
        scheme.is_some_and(|scheme| scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+'))
    };
    if is_url(text) {
        return Some((None, "", text));
    }
    let (name, url) = text.split_once('@')?;
    let (name, url) = (name.trim(), url.trim());
    if !is_url(url) {
        return None;
    }
    let (name, extras) = name.split_at(name.find('[').unwrap_or(name.len()));
    Some((Some(name.trim()), extras, url))
}

/// What a URL stands for, and the name that it gives (`#egg=name`). `None` for a file of the machine of the export.
fn source(url: &str) -> Result<(Option<PipSource>, Option<String>), RefusedFor> {
    let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
    let of = |key: &str| fragment.split('&').find_map(|part| part.strip_prefix(key)).map(str::to_owned);
    let egg = of("egg=").map(|egg| egg.split('[').next().unwrap_or_default().to_owned());
    let within = of("subdirectory=").map(|within| format!("#subdirectory={within}")).unwrap_or_default();
    let source = match address.split_once(':').map_or("", |(scheme, _)| scheme) {
        "git+https" | "git+http" | "git+ssh" | "git+git" => Some(PipSource::Git(format!("{address}{within}"))),
        "git+file" => return Err(RefusedFor::Local),
        "https" | "http" if Packing::of(address).is_some() => Some(PipSource::File(format!("{address}{within}"))),
        "https" | "http" => {
            let archive = github_archive(address).ok_or(RefusedFor::NoArchive)?;
            Some(PipSource::File(format!("{archive}{within}")))
        }
        "file" => None,
        _ => return Err(RefusedFor::Scheme),
    };
    Ok((source, egg.filter(|egg| !egg.is_empty())))
}

/// The hash that a URL gives of what is there (`#sha256=…`).
fn hash_of(url: &str) -> Option<Sha256Hash> {
    let (_, fragment) = url.split_once('#')?;
    parse_digest_from_hex::<Sha256>(fragment.split('&').find_map(|part| part.strip_prefix("sha256="))?)
}

/// GitHub has the same archive at `/tarball/REF` and at `/archive/REF.tar.gz`; only the second says what it is.
fn github_archive(address: &str) -> Option<String> {
    let path = address.strip_prefix("https://github.com/")?;
    let [owner, repository, "tarball" | "zipball", reference] = path.splitn(4, '/').collect::<Vec<_>>()[..] else {
        return None;
    };
    Some(format!("https://github.com/{owner}/{repository}/archive/{reference}.tar.gz"))
}

/// What conda builds packages from leaves its mark in `pip freeze`: `name @ file:///croot/name_1690232220950/work`. The
/// version is known where the file is a wheel.
fn left_by_conda(
    line: &Line,
    name: Option<PackageName>,
    url: &str,
) -> Result<(PackageName, VersionSpecifiers, String), RefusedFor> {
    let is_builder = ["/croot/", "/tmp/build/", "/tmp/abs_", "/home/conda/feedstock_root/", "/Users/runner/", "/C:/ci"]
        .iter()
        .any(|mark| url.contains(mark))
        || url.contains("conda-bld");
    let Some(name) = name.filter(|_| is_builder) else { return Err(RefusedFor::Local) };
    let file = url.rsplit('/').next().unwrap_or_default();
    let version = file.strip_suffix(".whl").and_then(|stem| Version::from_str(stem.split('-').nth(1)?).ok());
    let versions = version.map(pep440_rs::VersionSpecifier::equals_version);
    let taken =
        versions.as_ref().map_or_else(|| format!("{name} in any version"), |version| format!("{name} {version}"));
    let note =
        format!("{}: `{}` names a file of the machine that built it; {taken} is taken", line.place(), line.shown());
    Ok((name, versions.into_iter().collect(), note))
}

/// Whether it is the name of a file rather than of a package.
fn is_archive(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [".whl", ".zip", ".tar.gz", ".tar.bz2", ".tgz"].iter().any(|ending| text.ends_with(ending))
}
