//! Asking for versions, until there is an answer or a reason why there is none.
//!
//! The first question is asked as it is. What can be had from source only comes out by the refusal; then the archives are
//! read, and the question is asked again with what they say.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use jiff::Timestamp;
use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{MarkerEnvironment, PackageName, Requirement, VerbatimUrl, VersionOrUrl};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::{
    LeftOut, PipLock, Request,
    choose::{self, Chosen},
    error::{Explained, PipError, Refusal},
    index::{Asker, File},
    leave_out_or_fail,
    provided::{AllProvided, Provided},
    pylock::{Packing, PyLock},
    requires::{dependencies, requires},
    sdist::{Sdist, read_sdist},
    section::{Section, Source, Wanted},
    store, stub,
    target::{Target, tags},
    uv::{self, Metadata, Question, Refused, Resolver, Uv},
};
use crate::{intent::Os, lockfile::sha256_hex, unfinished::Scratch, words};

/// So many of the nearest versions are named.
const NEAREST: usize = 3;
/// How often it is asked again at most.
const ROUNDS: usize = 40;

/// What is known before anything is asked.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub request: &'a Request<'a>,
    pub section: &'a Section,
    pub target: &'a Target,
    pub provided: &'a AllProvided,
}

/// A source distribution that was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Learned {
    /// Its version.
    pub version: Version,
    /// Whether the package is held to that version; else what it needs is taken to be the same in every version.
    pub is_held: bool,
    /// What it says.
    pub sdist: Sdist,
}

/// All that were read, by name.
pub(super) type AllLearned = BTreeMap<PackageName, Learned>;

/// What changes from one question to the next.
struct State {
    wanted: Vec<Wanted>,
    learned: AllLearned,
    as_of: Option<Timestamp>,
    /// Whether the cut-off date counts for what others are built with.
    dated_tools: bool,
    is_examined: bool,
}

impl Job<'_> {
    /// Resolves what is wanted, and adds the packages to the lock.
    pub(super) async fn resolve(&self, wanted: Vec<Wanted>, lock: &mut PipLock) -> Result<(), PipError> {
        let io = |error: std::io::Error| uv::failed(error.to_string());
        let directory = Scratch::new().map_err(io)?;
        let uv = Uv::find(directory.path())?;
        let wheels = directory.path().join("wheels");
        std::fs::create_dir(&wheels).map_err(io)?;
        let stubs = stub::write_stubs(self.provided, &wheels).map_err(io)?;
        let asker = Arc::new(Asker::new());
        let as_of = self.request.as_of;
        let learned = self.recalled(&wanted);
        let mut state = State { wanted, learned, as_of, dated_tools: true, is_examined: false };
        for _ in 0..ROUNDS {
            let refused = match uv.resolve(&self.question(&state, &stubs, &wheels)) {
                Ok(text) => {
                    let answer: PyLock = toml::from_str(&text).map_err(|error| uv::failed(error.to_string()))?;
                    let chosen = choose::choose(self, &answer, &asker).await?;
                    if self.look_again(&chosen, &mut state, &asker).await? {
                        continue;
                    }
                    self.tell(&chosen, &state, lock);
                    let tools = self.tools(&state);
                    let requires = requires(&chosen, &state.learned, self.request.options, &asker).await;
                    let needs = dependencies(&requires, &state.wanted, &self.target.markers());
                    let notes = &mut lock.notes;
                    lock.packages = choose::packages(chosen, &state.wanted, &tools, &needs, &asker, notes).await?;
                    return Ok(());
                }
                Err(refused) => refused,
            };
            if let Err(error) = self.mend(refused, &mut state, lock, &asker).await {
                return Err(self.with_limits(error, &state, &uv, &stubs, &wheels));
            }
        }
        Err(uv::failed("the questions come to no end".to_owned()))
    }

    /// What was learned another time of what is wanted now.
    fn recalled(&self, wanted: &[Wanted]) -> AllLearned {
        let cache_dir = &self.request.options.cache_dir;
        let recall = |wanted: &Wanted| {
            let (name, version) = (wanted.name.clone()?, wanted.exact()?);
            let learned = store::read(cache_dir, &self.key(&name, version))?;
            Some((name, learned))
        };
        wanted.iter().filter_map(recall).collect()
    }

    /// What a version is known by that there is no wheel of: it depends on who is asked, and for which target.
    fn key(&self, name: &PackageName, version: &Version) -> String {
        let Target { minor, glibc, .. } = self.target;
        sha256_hex(format!("{name} {version} {minor:?} {glibc:?} {:?}", self.section.places))
    }

    fn question<'q>(&'q self, state: &State, stubs: &[String], wheels: &'q Path) -> Question<'q> {
        let tools = self.tools(state);
        let own = state.wanted.iter().map(Wanted::requirement);
        let held =
            state.learned.iter().filter(|(_, it)| it.is_held).map(|(name, it)| format!("{name}=={}", it.version));
        let exact = state.wanted.iter().filter(|it| it.exact().is_some()).filter_map(|it| it.name.as_ref());
        let mut exempt: Vec<String> = exact.chain(self.provided.keys()).map(ToString::to_string).collect();
        exempt.extend(self.request.held.iter().map(|it| it.name.clone()));
        if !state.dated_tools {
            exempt.extend(tools.keys().map(ToString::to_string));
        }
        Question {
            requirements: own.chain(tools.values().map(|tool| tool.requirement.clone())).collect(),
            constraints: stubs.iter().chain(&self.section.constraints).cloned().chain(held).collect(),
            target: self.target,
            held: self.request.held,
            wheels,
            places: &self.section.places,
            prereleases: self.section.prereleases,
            metadata: state.learned.iter().map(|(name, it)| metadata(name, it)).collect(),
            may_build: self.request.options.may_build,
            as_of: state.as_of,
            exempt,
            offline: self.request.options.offline,
        }
    }

    /// What the source distributions are built with and nothing provides yet.
    fn tools(&self, state: &State) -> Tools {
        let markers = self.target.markers();
        let mut tools = Tools::new();
        let from_git = state.wanted.iter().filter(|it| matches!(it.source, Source::Git(_)));
        let usual = ["setuptools".to_owned(), "wheel".to_owned()];
        let of_git = from_git.filter_map(|it| Some((it.name.as_ref()?, &usual[..])));
        let held = state.learned.iter().filter(|(_, it)| it.is_held);
        let of_sdists = held.map(|(name, it)| (name, &it.sdist.build_requires[..]));
        for (built, requires) in of_git.chain(of_sdists) {
            for text in requires {
                self.add_tool(&mut tools, state, &markers, built, text);
            }
        }
        tools
    }

    fn add_tool(&self, tools: &mut Tools, state: &State, markers: &MarkerEnvironment, built: &PackageName, text: &str) {
        let Ok(requirement) = text.parse::<Requirement<VerbatimUrl>>() else { return };
        let is_wanted = state.wanted.iter().any(|wanted| wanted.name.as_ref() == Some(&requirement.name));
        let is_there = is_wanted || self.provided.contains_key(&requirement.name);
        if is_there || !requirement.marker.evaluate(markers, &[]) {
            return;
        }
        let versions = match &requirement.version_or_url {
            Some(VersionOrUrl::VersionSpecifier(versions)) => versions.clone(),
            _ => VersionSpecifiers::empty(),
        };
        let tool = tools.entry(requirement.name.clone()).or_insert_with(|| Tool {
            requirement: format!("{}{versions}", requirement.name),
            builds: BTreeSet::new(),
        });
        tool.builds.insert(built.to_string());
    }

    /// Learns from a refusal. When there is nothing more to learn, it is the answer.
    async fn mend(
        &self,
        refused: Refused,
        state: &mut State,
        lock: &mut PipLock,
        asker: &Arc<Asker>,
    ) -> Result<(), PipError> {
        if let Refused::Failed(text) = refused {
            return Err(uv::failed(text));
        }
        if !state.is_examined {
            state.is_examined = true;
            if self.examine(state, lock, asker).await? {
                return Ok(());
            }
        }
        let text = match refused {
            Refused::OnlyFromSource { names, text } => {
                if self.learn(&names, state, asker).await? {
                    return Ok(());
                }
                self.refuse_unread(&names, state)?;
                text
            }
            Refused::Unsolvable(text) | Refused::Failed(text) => text,
        };
        if state.as_of.is_some() && state.dated_tools && !self.tools(state).is_empty() {
            state.dated_tools = false;
            return Ok(());
        }
        if state.as_of.take().is_some() {
            lock.notes.push(
                "the pip section can't be met by what was uploaded until the cut-off date; newer is taken".to_owned(),
            );
            return Ok(());
        }
        Err(PipError::Unsolvable {
            python: self.target.version.clone(),
            why: Explained(text.replace(stub::MARK, " (conda's)")),
            help: "let the versions agree, or leave out the line that stands against the others; what conda provides \
                   is settled before pip's part, so a conda line may be the one to change"
                .to_owned(),
            limits: Vec::new(),
        })
    }

    /// A contradiction with what conda brings in and no line asks for may be conda's to solve: adds to the error with which
    /// versions of it there would be an answer.
    fn with_limits(
        &self,
        mut error: PipError,
        state: &State,
        resolver: &impl Resolver,
        stubs: &[String],
        wheels: &Path,
    ) -> PipError {
        let PipError::Unsolvable { why, limits, .. } = &mut error else { return error };
        let is_asked =
            |conda: &str| self.request.environment.dependencies.iter().any(|it| it.spec.name.as_normalized() == conda);
        let stands_in_the_way =
            |name: &PackageName, it: &Provided| why.0.contains(&format!("{name}=={} (conda's)", it.version));
        let free: Vec<(&PackageName, &Provided)> =
            self.provided.iter().filter(|(name, it)| !is_asked(&it.conda) && stands_in_the_way(name, it)).collect();
        let is_free = |stub: &&String| free.iter().any(|(name, _)| stub.starts_with(&format!("{name}==")));
        let held: Vec<String> = stubs.iter().filter(|stub| !is_free(stub)).cloned().collect();
        if held.len() == stubs.len() {
            return error;
        }
        let answer = resolver.resolve(&self.question(state, &held, wheels));
        let answer = answer.ok().and_then(|text| toml::from_str::<PyLock>(&text).ok());
        for package in answer.iter().flat_map(|answer| &answer.packages) {
            let of_package = free.iter().find(|(name, _)| name.to_string() == package.name);
            if let (Some((_, it)), Some(version)) = (of_package, &package.version) {
                limits.push((it.conda.clone(), version.clone()));
            }
        }
        error
    }

    /// Looks at what the indexes have of each exact version. Tells whether the question has changed.
    async fn examine(&self, state: &mut State, lock: &mut PipLock, asker: &Arc<Asker>) -> Result<bool, PipError> {
        let mut tasks = JoinSet::new();
        for (index, wanted) in state.wanted.iter().enumerate() {
            let (Some(name), Some(version)) = (wanted.name.clone(), wanted.exact().cloned()) else { continue };
            let (asker, places) = (Arc::clone(asker), self.section.places.clone());
            tasks.spawn(async move { (index, asker.files(&places, &name, Some(&version)).await) });
        }
        let mut answers: Vec<_> = tasks.join_all().await;
        answers.sort_by_key(|(index, _)| *index);
        let (mut refused, mut gone) = (Vec::new(), Vec::new());
        let mut sources: Vec<(PackageName, File)> = Vec::new();
        for (index, files) in answers {
            let wanted = &state.wanted[index];
            let files = files?;
            match self.verdict(wanted, files.as_deref()) {
                Verdict::Wheel => {}
                Verdict::Source(file) => sources.extend(wanted.name.clone().map(|name| (name, file))),
                Verdict::Elsewhere(why) => {
                    lock.left_out.push(LeftOut::new(&wanted.line, why));
                    gone.push(index);
                }
                Verdict::Refused(message, help) => {
                    refused.push(Refusal::new(&wanted.line, message, help));
                    gone.push(index);
                }
            }
        }
        leave_out_or_fail(refused, self.request, lock)?;
        let has_changed = !gone.is_empty() || !sources.is_empty();
        let mut index = 0;
        state.wanted.retain(|_| {
            index += 1;
            !gone.contains(&(index - 1))
        });
        self.read(sources, true, state, asker).await?;
        Ok(has_changed)
    }

    /// What the files of a package mean for an exact version of it.
    fn verdict(&self, wanted: &Wanted, files: Option<&[File]>) -> Verdict {
        let shown = wanted.line.shown();
        let Some(version) = wanted.exact() else { return Verdict::Wheel };
        let perhaps = "it may have been installed from a directory or a repository, which an export doesn't tell: \
                       name where it is published (`name @ git+https://…@ref`), or take the line out";
        let elsewhere = format!(
            "a version with +{} is on an index of its own; name that in the pip section (`--extra-index-url https://…`, \
             `--find-links https://…`), or take the version without it",
            version.local().iter().map(ToString::to_string).collect::<Vec<_>>().join("."),
        );
        let help = if version.is_local() { elsewhere } else { perhaps.to_owned() };
        let Some(files) = files else {
            return Verdict::Refused(format!("`{shown}` is on no index"), help);
        };
        let of_version: Vec<&File> = files.iter().filter(|file| file.version == *version).collect();
        if of_version.is_empty() {
            let nearest = nearest(version, files);
            let known =
                if nearest.is_empty() { String::new() } else { format!("; there are {}", words::and(&nearest)) };
            return Verdict::Refused(format!("`{shown}` is a version that no index has{known}"), help);
        }
        if of_version.iter().any(|file| file.is_wheel && self.target.fit(&file.name).is_some()) {
            return Verdict::Wheel;
        }
        if let Some(source) = best_source(&of_version) {
            return Verdict::Source(source.clone());
        }
        let systems: BTreeSet<Option<Os>> = of_version.iter().map(|file| system(&file.name)).collect();
        if !systems.contains(&None) && !systems.contains(&Some(Os::Linux)) {
            let names: Vec<String> = systems.iter().flatten().map(|system| words::os(*system).to_owned()).collect();
            return Verdict::Elsewhere(format!("only built for {}", words::and(&names)));
        }
        let message = format!(
            "`{shown}` has no file for Python {}.{} on Linux with glibc {}.{}",
            self.target.minor.0, self.target.minor.1, self.target.glibc.0, self.target.glibc.1
        );
        let help = "name a version that has one, or take a base image with a newer glibc where that is what is missing";
        Verdict::Refused(message, help.to_owned())
    }

    /// Reads the newest source distribution of packages that there is no wheel of. Tells whether anything was learned.
    async fn learn(&self, names: &[String], state: &mut State, asker: &Arc<Asker>) -> Result<bool, PipError> {
        let mut sources = Vec::new();
        for name in names.iter().filter_map(|name| name.parse::<PackageName>().ok()) {
            let is_own =
                state.wanted.iter().any(|it| it.name.as_ref() == Some(&name) && !matches!(it.source, Source::Index(_)));
            if state.learned.contains_key(&name) || is_own {
                continue;
            }
            let files = asker.files(&self.section.places, &name, None).await?.unwrap_or_default();
            let usable: Vec<&File> = files.iter().filter(|file| !file.is_wheel && !file.is_yanked).collect();
            let newest = usable.iter().map(|file| &file.version).max_by_key(|version| (version.is_stable(), *version));
            let held = self.held(&name).filter(|held| usable.iter().any(|file| file.version == *held));
            let Some(newest) = held.as_ref().or(newest) else { continue };
            let of_newest: Vec<&File> = usable.iter().copied().filter(|file| file.version == *newest).collect();
            sources.extend(best_source(&of_newest).map(|file| (name.clone(), file.clone())));
        }
        let has_learned = !sources.is_empty();
        self.read(sources, false, state, asker).await?;
        Ok(has_learned)
    }

    /// The version that a package is to keep if it can.
    fn held(&self, name: &PackageName) -> Option<Version> {
        self.request.held.iter().find(|it| it.name == name.as_ref())?.version.parse().ok()
    }

    /// Reads archives.
    async fn read(
        &self,
        sources: Vec<(PackageName, File)>,
        is_held: bool,
        state: &mut State,
        asker: &Arc<Asker>,
    ) -> Result<(), PipError> {
        let mut tasks = JoinSet::new();
        for (name, file) in sources {
            let (asker, cache_dir) = (Arc::clone(asker), self.request.options.cache_dir.clone());
            tasks.spawn(async move {
                let sdist = read_file(&asker, &file, &cache_dir).await?;
                Ok::<_, PipError>((name, Learned { version: file.version, is_held, sdist }))
            });
        }
        let mut unread = Vec::new();
        for learned in tasks.join_all().await {
            let (name, learned) = learned?;
            if learned.sdist.requires.is_none() {
                unread.push(name.to_string());
            } else if learned.is_held {
                store::keep(&self.request.options.cache_dir, &self.key(&name, &learned.version), &learned);
            }
            state.learned.insert(name, learned);
        }
        if unread.is_empty() { Ok(()) } else { self.refuse_unread(&unread, state) }
    }

    /// Whether something came out that must be read before the answer counts.
    async fn look_again(&self, chosen: &[Chosen], state: &mut State, asker: &Arc<Asker>) -> Result<bool, PipError> {
        let (mut sources, mut must) = (Vec::new(), false);
        for it in chosen.iter().filter(|it| it.is_source()) {
            let Ok(name) = it.name.parse::<PackageName>() else { continue };
            let Some(version) = it.version.as_deref().and_then(|version| version.parse::<Version>().ok()) else {
                continue;
            };
            match state.learned.get_mut(&name) {
                Some(learned) if learned.is_held => continue,
                // Now what it is built with counts, too.
                Some(learned) if learned.version == version => {
                    learned.is_held = true;
                    must = true;
                    continue;
                }
                _ => {}
            }
            sources.extend(it.source_file(version).map(|file| (name, file)));
        }
        must |= !sources.is_empty();
        self.read(sources, true, state, asker).await?;
        Ok(must)
    }

    /// Refuses what doesn't say what it needs.
    fn refuse_unread(&self, names: &[String], state: &State) -> Result<(), PipError> {
        if self.request.options.may_build {
            return Ok(());
        }
        let is_meant = |wanted: &&Wanted| match &wanted.name {
            Some(name) => names.iter().any(|it| *it == name.to_string()),
            None => names.is_empty(),
        };
        let refusal = |wanted: &Wanted| {
            let message = format!("`{}` doesn't say what it needs unless it is built", wanted.line.shown());
            let help = "--allow-build lets it be built here to find out, which runs its code; or add what it needs to the \
                        pip section and install it in the image by hand";
            Refusal::new(&wanted.line, message, help.to_owned())
        };
        let refused: Vec<Refusal> = state.wanted.iter().filter(is_meant).map(refusal).collect();
        if refused.is_empty() { Ok(()) } else { Err(super::error::refused(self.request.environment, &refused)) }
    }

    /// What is to be said of the packages.
    fn tell(&self, chosen: &[Chosen], state: &State, lock: &mut PipLock) {
        let is_compiled = |it: &&Chosen| {
            let name = it.name.parse::<PackageName>().ok();
            it.is_source() && name.and_then(|name| state.learned.get(&name)).is_some_and(|it| it.sdist.is_compiled)
        };
        let compiled: Vec<String> = chosen.iter().filter(is_compiled).map(|it| it.name.clone()).collect();
        let has_compiler = self.request.records.iter().any(|record| {
            let name = record.package_record.name.as_normalized();
            ["c-compiler", "gcc_linux-64", "gcc", "compilers"].contains(&name)
        });
        if !compiled.is_empty() && !has_compiler {
            let verb = if compiled.len() == 1 { "holds" } else { "hold" };
            lock.notes.push(format!(
                "{} {verb} code to be compiled, and come from source: the image needs a C compiler, unless they do without; \
                 `c-compiler` in `dependencies:` brings one",
                words::and(&compiled)
            ));
        }
    }
}

/// What packages are built with.
pub(super) type Tools = BTreeMap<PackageName, Tool>;

/// One of them.
pub(super) struct Tool {
    requirement: String,
    /// What is built with it.
    pub builds: BTreeSet<String>,
}

enum Verdict {
    Wheel,
    Source(File),
    Elsewhere(String),
    Refused(String, String),
}

fn metadata(name: &PackageName, learned: &Learned) -> Metadata {
    Metadata {
        name: name.to_string(),
        version: learned.is_held.then(|| learned.version.to_string()),
        requires_dist: learned.sdist.requires.clone().unwrap_or_default(),
        provides_extra: learned.sdist.extras.clone(),
    }
}

/// The source distribution to take: a zip file only where there is nothing else, since micromamba can't read a lock that
/// names one.
fn best_source<'f>(files: &[&'f File]) -> Option<&'f File> {
    files
        .iter()
        .copied()
        .filter(|file| !file.is_wheel)
        .min_by_key(|file| (Packing::of(&file.name) == Some(Packing::Zip), &file.name))
}

/// The versions next to one, in order.
fn nearest(version: &Version, files: &[File]) -> Vec<String> {
    let all: BTreeSet<&Version> = files.iter().filter(|file| !file.is_yanked).map(|file| &file.version).collect();
    let below = all.range::<Version, _>(..version).next_back();
    let above = all.range::<Version, _>(version..).take(NEAREST - 1);
    below.into_iter().chain(above).map(ToString::to_string).collect()
}

/// The system that a wheel is for; `None` where it is for any.
fn system(file: &str) -> Option<Os> {
    let [_, _, platform] = tags(file)?;
    match platform {
        _ if platform.starts_with("macosx") => Some(Os::Osx),
        _ if platform.starts_with("win") => Some(Os::Win),
        "any" => None,
        _ => Some(Os::Linux),
    }
}

/// What a source distribution says, from what is kept or from the archive itself.
async fn read_file(asker: &Asker, file: &File, cache_dir: &Path) -> Result<Sdist, PipError> {
    if let Some(known) = file.sha256.as_deref().and_then(|sha256| store::read(cache_dir, sha256)) {
        return Ok(known);
    }
    let bytes = asker.fetch(&file.url).await?;
    let sha256 = sha256_hex(&bytes);
    if file.sha256.as_ref().is_some_and(|given| !given.eq_ignore_ascii_case(&sha256)) {
        return Err(uv::failed(format!("{} has another SHA-256 than its index says", file.name)));
    }
    let sdist = read_sdist(&file.name, &bytes).map_err(|error| uv::failed(format!("{}: {error}", file.name)))?;
    store::keep(cache_dir, &sha256, &sdist);
    Ok(sdist)
}
