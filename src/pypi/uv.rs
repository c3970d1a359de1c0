//! uv, which resolves: found, asked, and its answer told from its refusal.
//!
//! Source of the options and of the configuration file: uv's own reference. Everything that could change the answer is
//! said to it; what the user has configured for other uses of it is not read.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use jiff::Timestamp;
use pep440_rs::Version;
use pep508_rs::PackageName;
use serde::Serialize;

use super::{
    Preferred,
    child::{memory, output},
    error::{Explained, PipError},
    section::Places,
    target::PipTarget,
};
use crate::{environment::without_secrets, http::Limits, temporary::Scratch, words::bytes};

/// How to get uv.
const GET_UV: &str = "install it with `pip install uv` or `conda install -c conda-forge uv`, or set ENVLOCK_UV to where it \
                      is; --no-pip leaves the pip section out";
/// The oldest uv that knows all that it is told: which packages a cut-off date doesn't count for.
const OLDEST: [u64; 3] = [0, 8, 4];
/// How to get a newer one.
const GET_NEWER: &str = "`uv self update`, `pip install --upgrade uv` or `conda install -c conda-forge uv` brings a newer one; \
                         ENVLOCK_UV says where another one is; --no-pip leaves the pip section out";
/// How to get Python.
const GET_PYTHON: &str =
    "install any Python 3, or set ENVLOCK_PYTHON to where one is; --no-pip leaves the pip section out";
/// The settings of uv that say how, and not what; the others don't count here.
const KEPT: [&str; 10] = [
    "UV_CACHE_DIR",
    "UV_HTTP_CONNECT_TIMEOUT",
    "UV_HTTP_TIMEOUT",
    "UV_HTTP_RETRIES",
    "UV_CONCURRENT_DOWNLOADS",
    "UV_NATIVE_TLS",
    "UV_SYSTEM_CERTS",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_OFFLINE",
];
/// The lock of before, which uv writes anew.
const HELD: &str = "pylock.toml";
/// A moment that is always yet to come.
const NEVER: &str = "2999-12-31T00:00:00Z";
/// What uv says of a file of which the index doesn't say when it was uploaded, so that no date will do.
const NO_TIME: &str = "has no publish time";

/// What a program in Rust says where it gets no more memory.
const NO_MEMORY: &str = "memory allocation of ";

/// What uv says of a package, after its name, of which the cut-off date hides a version.
const TOO_NEW: &str = "` was filtered by `exclude-newer` to only include";

/// Something that resolves requirements.
pub(super) trait Resolver {
    /// Resolves, and gives the text of a `pylock.toml` (PEP 751).
    ///
    /// # Errors
    ///
    /// [`Refused`] where there is no answer, and why.
    fn resolve(&self, question: &Question) -> Result<String, Refused>;
}

/// Finds a resolver that writes its questions into a directory, with so much patience for servers.
pub(super) type FindResolver<'a> = dyn Fn(&Path, Limits) -> Result<Box<dyn Resolver>, PipError> + 'a;

/// What to resolve.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of uv's")]
pub(super) struct Question<'a> {
    /// The requirements, a line each.
    pub requirements: Vec<String>,
    /// Limits on the versions of whatever is brought in.
    pub constraints: Vec<String>,
    /// Versions that are taken where they will do.
    pub held: Vec<Preferred>,
    /// Whether the lowest versions of the requirements are taken, instead of the highest.
    pub lowest: bool,
    /// The Python.
    pub target: &'a PipTarget,
    /// A directory of wheels that count like those of an index.
    pub wheels: &'a Path,
    /// Where to look.
    pub places: &'a Places,
    /// Whether versions before the first release will do.
    pub prereleases: bool,
    /// What source distributions need, so that nothing of them is run.
    pub metadata: Vec<Metadata>,
    /// Whether building is allowed to learn what others need.
    pub may_build: bool,
    /// What was uploaded after this doesn't exist.
    pub as_of: Option<Timestamp>,
    /// But for these packages.
    pub exempt: Vec<String>,
    /// Whether to use only what is cached.
    pub offline: bool,
}

/// What a source distribution needs, in the form of uv's `dependency-metadata`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Metadata {
    /// The package.
    pub name: String,
    /// The version; `None` for every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it needs.
    pub requires_dist: Vec<String>,
    /// Its extras.
    pub provides_extra: Vec<String>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The requirements contradict each other, or what exists.
    Unsolvable(String),
    /// These can be had from source only.
    OnlyFromSource {
        /// The packages.
        names: Vec<String>,
        /// The whole of the answer.
        text: String,
    },
    /// Something else went wrong.
    Failed(String),
}

/// The executable, and a Python for it to run with. The Python is none of the target's; uv wants one to ask about
/// itself.
#[derive(Clone, Debug)]
pub(super) struct Uv {
    program: PathBuf,
    python: PathBuf,
    /// Where its questions are written down.
    directory: PathBuf,
    limits: Limits,
}

impl Uv {
    /// Finds uv: `ENVLOCK_UV`, or beside envlock, or on the search path. So does it find a Python.
    ///
    /// # Errors
    ///
    /// Where one of them isn't there, with the way to get it.
    pub(super) fn find(directory: &Path, limits: Limits) -> Result<Self, PipError> {
        let missing = |what: &str, help: &str| PipError::Missing {
            message: format!("to lock the pip section, envlock needs {what}, which is not to be found"),
            help: help.to_owned(),
        };
        let program = find("ENVLOCK_UV", &["uv"], None).ok_or_else(|| missing("uv", GET_UV))?;
        let beside = fs::canonicalize(&program).unwrap_or_else(|_| program.clone());
        let python = find("ENVLOCK_PYTHON", &["python3", "python"], beside.parent())
            .ok_or_else(|| missing("a Python to run uv with", GET_PYTHON))?;
        refuse_old(&program)?;
        Ok(Self { program, python, directory: directory.to_owned(), limits })
    }
}

/// Refuses a uv that is too old. One that doesn't say how old it is will tell by its answers.
fn refuse_old(program: &Path) -> Result<(), PipError> {
    let said = Command::new(program).arg("--version").output().ok();
    let Some(version) = said.and_then(|said| version(&String::from_utf8_lossy(&said.stdout))) else { return Ok(()) };
    let oldest = Version::new(OLDEST);
    if version >= oldest {
        return Ok(());
    }
    Err(PipError::Missing {
        message: format!("uv {version} ({}) is too old: envlock needs uv {oldest} or newer", program.display()),
        help: GET_NEWER.to_owned(),
    })
}

/// The version in what uv says of itself: `uv 0.8.4 (e176e17144 2025-07-30)`.
fn version(said: &str) -> Option<Version> {
    let mut words = said.split_whitespace();
    words.next().filter(|word| *word == "uv")?;
    words.next()?.parse().ok()
}

/// A program by what a variable says, else beside envlock or another program, else on the search path.
fn find(variable: &str, names: &[&str], beside: Option<&Path>) -> Option<PathBuf> {
    if let Some(given) = env::var_os(variable).filter(|given| !given.is_empty()) {
        return Some(PathBuf::from(given)).filter(|path| path.is_file());
    }
    // Where it was started by a symbolic link, as pipx and `uv tool` make them, its uv is beside the program itself.
    let started = env::current_exe().ok();
    let itself = started.as_deref().and_then(|program| fs::canonicalize(program).ok());
    let own = [started, itself].into_iter().flatten().filter_map(|program| program.parent().map(Path::to_owned));
    let path = env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = own.chain(beside.map(Path::to_owned)).chain(env::split_paths(&path)).collect();
    let files = directories.iter().flat_map(|directory| {
        names.iter().map(move |name| directory.join(format!("{name}{}", env::consts::EXE_SUFFIX)))
    });
    files.into_iter().find(|file| file.is_file())
}

/// uv's configuration file.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct UvConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    index_url: Option<String>,
    extra_index_url: Vec<String>,
    find_links: Vec<String>,
    no_index: bool,
    index_strategy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    prerelease: Option<&'static str>,
    python_downloads: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exclude_newer: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    exclude_newer_package: BTreeMap<String, &'static str>,
    dependency_metadata: Vec<Metadata>,
}

impl Resolver for Uv {
    fn resolve(&self, question: &Question) -> Result<String, Refused> {
        let failed = |error: &dyn std::fmt::Display| Refused::Failed(error.to_string());
        let config = toml::to_string(&config(question)).map_err(|error| failed(&error))?;
        let files = [
            ("uv.toml", config),
            ("requirements.in", question.requirements.join("\n") + "\n"),
            ("constraints.txt", question.constraints.join("\n") + "\n"),
        ];
        let held = held(&question.held).map_err(|error| failed(&error))?;
        let files = files.into_iter().chain(held.map(|text| (HELD, text)));
        for (file, text) in files {
            // They may hold credentials.
            Scratch::write(&self.directory, file, &text).map_err(|error| failed(&error))?;
        }
        let limit = self.limits.whole();
        let output = output(&mut self.command(question), limit).map_err(|error| failed(&error))?;
        let output = output.ok_or_else(|| Refused::Failed(format!("uv has come to no end after {limit:?}")))?;
        let told = without_secrets(&String::from_utf8_lossy(&output.stderr));
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        if told.contains(NO_MEMORY) {
            let most = bytes(memory());
            return Err(Refused::Failed(format!(
                "uv wants more memory than the {most} that it may have, or than there is"
            )));
        }
        Err(refused(&told))
    }
}

impl Uv {
    fn command(&self, question: &Question) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("UV_") && !KEPT.contains(&name)) {
                command.env_remove(name);
            }
        }
        for (name, value) in self.limits.for_uv() {
            if env::var_os(name).is_none() {
                command.env(name, value);
            }
        }
        // The virtual environment that envlock may run in has no part in this.
        command.env_remove("VIRTUAL_ENV").env_remove("CONDA_PREFIX").current_dir(&self.directory);
        command.args(["pip", "compile", "requirements.in", "--constraint", "constraints.txt"]);
        command.args(["--config-file", "uv.toml", "--format", "pylock.toml", "--no-header", "--color", "never"]);
        command.args(["--no-progress", "--python"]).arg(&self.python);
        command.args(["--python-version", &question.target.version]);
        command.args(["--python-platform", &question.target.platform()]);
        if !question.may_build {
            command.args(["--only-binary", ":all:"]);
            // That of these no wheel is taken does no harm: they have none.
            for metadata in &question.metadata {
                command.args(["--no-binary", &metadata.name]);
            }
        }
        if !question.held.is_empty() {
            command.args(["--output-file", HELD]);
        }
        if question.lowest {
            command.args(["--resolution", "lowest-direct"]);
        }
        if question.offline {
            command.arg("--offline");
        }
        command
    }
}

/// The lock that uv finds and keeps to as far as it can; none where nothing is held.
fn held(held: &[Preferred]) -> Result<Option<String>, toml::ser::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    struct Known<'a> {
        lock_version: &'static str,
        created_by: &'static str,
        packages: &'a [Preferred],
    }
    let known = Known { lock_version: "1.0", created_by: "envlock", packages: held };
    (!held.is_empty()).then(|| toml::to_string(&known)).transpose()
}

fn config(question: &Question) -> UvConfig {
    let places = question.places;
    let wheels = question.wheels.display().to_string();
    UvConfig {
        index_url: places.index.clone(),
        extra_index_url: places.extra.clone(),
        find_links: [wheels].into_iter().chain(places.links.iter().cloned()).collect(),
        no_index: places.no_index,
        // pip looks into all of them; the ones that a file adds come before the one that everybody has.
        index_strategy: "unsafe-first-match",
        prerelease: question.prereleases.then_some("allow"),
        python_downloads: "never",
        exclude_newer: question.as_of.map(|moment| moment.to_string()),
        exclude_newer_package: match question.as_of {
            Some(_) => question.exempt.iter().map(|name| (name.clone(), NEVER)).collect(),
            None => BTreeMap::new(),
        },
        dependency_metadata: question.metadata.clone(),
    }
}

/// Reads what uv says when it gives no answer.
fn refused(told: &str) -> Refused {
    let of_interest = told.lines().filter(|line| !line.starts_with("warning: ")).collect::<Vec<_>>().join("\n");
    let text = of_interest.trim().trim_start_matches("error: ").to_owned();
    let mut names: Vec<String> = Vec::new();
    for line in told.lines() {
        let marks = ["Wheels are required for `", "Building source distributions for `"];
        let found = marks.iter().find_map(|mark| line.split_once(mark)?.1.split(['`', ' ', '=']).next());
        if let Some(name) = found.filter(|name| !names.iter().any(|known| known == name)) {
            names.push(name.to_owned());
        }
    }
    if told.contains("Building source distributions is disabled") || !names.is_empty() {
        return Refused::OnlyFromSource { names, text };
    }
    if told.contains("No solution found") { Refused::Unsolvable(text) } else { Refused::Failed(text) }
}

/// Whether an index doesn't say when its files were uploaded. Then none of them is there for uv, whatever the date.
pub(super) fn has_no_times(told: &str) -> bool {
    told.contains(NO_TIME) || told.contains(&format!("uploaded before {NEVER}"))
}

/// The packages of which uv says that a version was uploaded too late which would do.
pub(super) fn too_new(told: &str) -> Vec<PackageName> {
    told.match_indices(TOO_NEW).filter_map(|(at, _)| told.get(..at)?.rsplit('`').next()?.parse().ok()).collect()
}

/// Why a file or a revision can't be had, where uv's words say that a server was reached and hasn't got it.
pub(super) fn not_there(told: &str) -> Option<String> {
    let says = |marks: &[&str]| marks.iter().any(|mark| told.contains(mark));
    if says(&["404 Not Found", "410 Gone"]) {
        return Some("its server has no such file".to_owned());
    }
    let no_revision =
        ["couldn't find remote ref", "failed to find branch, tag, or commit", "not our ref", "revision walk"];
    says(&no_revision).then(|| "its repository has no such branch, tag or commit".to_owned())
}

/// The error for something that went wrong, which is no contradiction.
pub(super) fn failed(text: String) -> PipError {
    PipError::Failed {
        message: "the pip section can't be resolved: uv failed".to_owned(),
        why: Explained(text),
        help: "see whether the index can be reached, and try again; --no-pip leaves the pip section out".to_owned(),
    }
}

#[cfg(test)]
#[path = "uv_tests.rs"]
mod tests;
