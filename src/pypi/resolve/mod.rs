//! Asking for versions, until there is an answer or a reason why there is none.
//!
//! The first question is asked as it is. What can be had from source only comes out by the refusal; then the archives
//! are read (`learn`), and the question is asked again with what they say, and with what they are built with (`tools`).
//! What an exact version means to the indexes is looked at (`examine`) where a question was refused. What an export
//! asks for in vain gives way (`wishes`), and is told why (`why`).

#![allow(
    clippy::indexing_slicing,
    reason = "the positions of wanted lines come from the list of wanted lines, which never grows shorter"
)]

mod direct;
mod examine;
mod learn;
mod packages;
mod tools;
mod why;
mod wishes;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use jiff::Timestamp;
use pep440_rs::Version;
use pep508_rs::PackageName;
use rattler_conda_types::PackageName as CondaName;

use self::{direct::Known, packages::packages, wishes::Refusals};
use super::{
    PipLock, PipOptions, PipOutcome, PipRequest, Preferred,
    choose::{Chosen, choose},
    error::{Explained, PipError},
    index::{Asker, DistributionFile},
    learned::{AllLearned, Learned},
    provided::{AllProvided, Provided},
    pylock::PyLock,
    requires::{dependencies, requires},
    section::{Section, WantedLine},
    store, stub,
    target::PipTarget,
    uv::{self, FindResolver, Metadata, Question, Refused, Resolver},
};
use crate::{base::hash::sha256_hex, http::Client, progress::Progress, temporary::Scratch, words};

/// How often it is asked again at most.
const ROUNDS: usize = 40;
/// For so many packages the cut-off date is given up alone; then for all.
const NEWER: usize = 12;

/// What is known before anything is asked.
#[derive(Clone, Copy)]
pub(super) struct Resolution<'a> {
    pub request: &'a PipRequest<'a>,
    pub section: &'a Section,
    pub target: &'a PipTarget,
    pub provided: &'a AllProvided,
    /// What the lines ask for that pip is to install.
    pub lines: &'a [WantedLine],
    /// Finds who resolves.
    pub find: &'a FindResolver<'a>,
}

/// What changes from one question to the next.
#[derive(Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each is asked for itself")]
struct State {
    wanted: Vec<WantedLine>,
    learned: AllLearned,
    as_of: Option<Timestamp>,
    /// Whether the cut-off date may be given up.
    may_be_newer: bool,
    /// For these it doesn't count: nothing that old will do.
    newer: BTreeSet<PackageName>,
    /// Whether the cut-off date counts for what others are built with.
    dated_tools: bool,
    is_examined: bool,
    /// What the indexes have of the exact versions, once that was looked at.
    files: Arc<BTreeMap<PackageName, Vec<DistributionFile>>>,
    /// What versions say that they need, as far as that was of interest.
    known: Known,
    /// Conda packages that are free to move, in the versions that pins need.
    limits: Vec<(CondaName, String)>,
    /// Of these no source distribution is taken: it doesn't say what it needs.
    unread: BTreeSet<PackageName>,
    /// Whether the lowest versions of what is wanted are taken.
    lowest: bool,
    /// What became of the lines that aren't wanted any more.
    outcomes: Vec<PipOutcome>,
    notes: Vec<String>,
}

/// Who is asked, and of what.
#[derive(Clone, Copy)]
struct Ask<'a> {
    resolver: &'a dyn Resolver,
    /// The constraints that leave nothing but what conda provides.
    stubs: &'a [String],
    wheels: &'a Path,
    asker: &'a Arc<Asker>,
}

/// Why there is no answer.
enum Stuck {
    /// The requirements contradict each other, or what exists: the words of uv.
    Unsolvable(String),
    /// These don't say what they need.
    Unread(Vec<String>),
    /// uv failed; its words.
    Failed(String),
    /// Whatever else.
    Error(PipError),
}

impl From<PipError> for Stuck {
    fn from(error: PipError) -> Self {
        Self::Error(error)
    }
}

impl Resolution<'_> {
    /// Resolves what is wanted, and adds the packages to the lock.
    pub(super) async fn resolve(&self, wanted: Vec<WantedLine>, lock: &mut PipLock) -> Result<(), PipError> {
        let io = |error: std::io::Error| uv::failed(error.to_string());
        let PipOptions { limits, machine, events, cache_dir, .. } = self.request.options;
        let directory = Scratch::new(cache_dir).map_err(io)?;
        let resolver = (self.find)(directory.path(), *limits)?;
        let wheels = directory.path().join("wheels");
        std::fs::create_dir(&wheels).map_err(io)?;
        let stubs = stub::write_stubs(self.provided, &wheels).map_err(io)?;
        let asker = Arc::new(Asker::new(Client::new(
            Vec::new(),
            machine,
            *limits,
            Progress::new(events, "Asking package indexes"),
        )));
        let ask = Ask { resolver: resolver.as_ref(), stubs: &stubs, wheels: &wheels, asker: &asker };
        let mut state = State {
            learned: self.recalled(&wanted),
            wanted,
            as_of: self.request.as_of,
            may_be_newer: true,
            newer: BTreeSet::new(),
            dated_tools: true,
            is_examined: false,
            files: Arc::default(),
            known: Known::new(),
            limits: Vec::new(),
            unread: BTreeSet::new(),
            lowest: false,
            outcomes: Vec::new(),
            notes: Vec::new(),
        };
        let (state, chosen, refusals) = match self.attempt(&mut state, &ask).await {
            Ok(chosen) => (state, chosen, Refusals::new()),
            Err(stuck) if self.request.is_export => self.grant(state, stuck, &ask).await?,
            Err(stuck) => return Err(self.error(stuck, &state, &ask)),
        };
        self.tell(&chosen, &state, lock);
        let tools = self.tools(&state);
        let requires = requires(&chosen, &state.learned, self.request.options, &asker).await;
        let needs = dependencies(&requires, &state.wanted, &self.target.markers());
        self.outcomes(&state, &chosen, &requires, &refusals, &ask, lock).await?;
        lock.limits.extend(state.limits);
        lock.notes.extend(state.notes);
        lock.packages = packages(chosen, &state.wanted, &tools, &needs, &asker, &mut lock.notes).await?;
        Ok(())
    }

    /// Asks until there is an answer, or nothing more to learn from its refusal.
    async fn attempt(&self, state: &mut State, ask: &Ask<'_>) -> Result<Vec<Chosen>, Stuck> {
        for _ in 0..ROUNDS {
            match ask.resolver.resolve(&self.question(state, ask.stubs, ask.wheels)) {
                Ok(text) => {
                    let answer: PyLock = toml::from_str(&text).map_err(|error| uv::failed(error.to_string()))?;
                    let chosen = choose(&answer, self.provided, self.target, &self.section.places, ask.asker).await?;
                    if !self.look_again(&chosen, state, ask.asker).await? {
                        return Ok(chosen);
                    }
                }
                Err(refused) => self.mend(refused, state, ask.asker).await?,
            }
        }
        Err(uv::failed("the questions come to no end".to_owned()).into())
    }

    /// The error of what can't be resolved.
    fn error(&self, stuck: Stuck, state: &State, ask: &Ask) -> PipError {
        match stuck {
            Stuck::Error(error) => error,
            Stuck::Failed(text) => uv::failed(text),
            Stuck::Unread(names) => uv::failed(format!("{} can't be read", words::and(&names))),
            Stuck::Unsolvable(text) => {
                let error = PipError::Unsolvable {
                    python: self.target.version.clone(),
                    why: Explained(text.replace(stub::MARK, " (conda's)")),
                    help: self.help(&text, state, ask),
                    limits: Vec::new(),
                };
                self.with_limits(error, state, ask)
            }
        }
    }

    /// What was learned another time of what is wanted now.
    fn recalled(&self, wanted: &[WantedLine]) -> AllLearned {
        let cache_dir = &self.request.options.cache_dir;
        let recall = |wanted: &WantedLine| {
            let (name, version) = (wanted.name.clone()?, wanted.exact()?);
            let learned = store::read(cache_dir, &self.key(&name, version))?;
            Some((name, learned))
        };
        wanted.iter().filter_map(recall).collect()
    }

    /// What a version is known by that there is no wheel of: it depends on who is asked, and for which target.
    fn key(&self, name: &PackageName, version: &Version) -> String {
        let PipTarget { minor, glibc, .. } = self.target;
        sha256_hex(format!("{name} {version} {minor:?} {glibc:?} {:?}", self.section.places))
    }

    fn question<'q>(&'q self, state: &State, stubs: &[String], wheels: &'q Path) -> Question<'q> {
        let tools = self.tools(state);
        let own = state.wanted.iter().map(WantedLine::requirement);
        let held =
            state.learned.iter().filter(|(_, it)| it.is_held).map(|(name, it)| format!("{name}=={}", it.version));
        let is_exempt = |it: &&WantedLine| it.exact().is_some() || it.gave.is_some();
        let exact = state.wanted.iter().filter(is_exempt).filter_map(|it| it.name.as_ref());
        let mut exempt: Vec<String> =
            exact.chain(self.provided.keys()).chain(&state.newer).map(ToString::to_string).collect();
        exempt.extend(self.request.held.iter().map(|it| it.name.to_string()));
        let mut preferred: Vec<Preferred> = state.wanted.iter().filter(|it| it.is_free()).filter_map(aim).collect();
        let is_preferred = |it: &&Preferred| preferred.iter().any(|known| known.name == it.name);
        let others: Vec<Preferred> = self.request.held.iter().filter(|it| !is_preferred(it)).cloned().collect();
        preferred.extend(others);
        if !state.dated_tools {
            exempt.extend(tools.keys().map(ToString::to_string));
        }
        Question {
            requirements: own.chain(tools.values().map(|tool| tool.requirement.clone())).collect(),
            constraints: stubs.iter().chain(&self.section.constraints).cloned().chain(held).collect(),
            target: self.target,
            held: preferred,
            lowest: state.lowest,
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

    /// Learns from a refusal. When there is nothing more to learn, it is the answer.
    async fn mend(&self, refused: Refused, state: &mut State, asker: &Arc<Asker>) -> Result<(), Stuck> {
        if let Refused::Failed(text) = refused {
            return Err(Stuck::Failed(text));
        }
        if !state.is_examined {
            state.is_examined = true;
            if self.examine(state, asker).await? {
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
        if state.as_of.is_some() && uv::has_no_times(&text) {
            state.as_of = None;
            let note = "an index doesn't say when its files were uploaded: no date counts for the pip section";
            state.notes.push(note.to_owned());
            return Ok(());
        }
        if state.as_of.is_some() && state.dated_tools && !self.tools(state).is_empty() {
            state.dated_tools = false;
            return Ok(());
        }
        if state.may_be_newer && state.as_of.is_some() && state.newer.len() < NEWER {
            let before = state.newer.len();
            state.newer.extend(uv::too_new(&text));
            if state.newer.len() > before {
                return Ok(());
            }
        }
        if state.may_be_newer && state.as_of.take().is_some() {
            state.notes.push(
                "the pip section can't be met by what was uploaded until the cut-off date; newer is taken".to_owned(),
            );
            return Ok(());
        }
        Err(Stuck::Unsolvable(text))
    }

    /// What to do about a contradiction: whether `--prefer-pip` would solve it is tried.
    fn help(&self, text: &str, state: &State, ask: &Ask) -> String {
        let lines = "let the versions agree, or leave out the line that stands against the others; what conda provides is \
                     settled before pip's part, so a conda line may be the one to change";
        let is_named = |name: &PackageName, it: &Provided| text.contains(&format!("{name}=={}+conda", it.version));
        let named: Vec<(&PackageName, &Provided)> =
            self.provided.iter().filter(|(name, it)| is_named(name, it)).collect();
        let is_held = |stub: &&String| !named.iter().any(|(name, _)| stub.starts_with(&format!("{name}==")));
        let held: Vec<String> = ask.stubs.iter().filter(is_held).cloned().collect();
        if named.is_empty() || ask.resolver.resolve(&self.question(state, &held, ask.wheels)).is_err() {
            return lines.to_owned();
        }
        let texts: Vec<String> = named.iter().map(|(name, _)| name.to_string()).collect();
        let texts = words::and(&texts);
        format!("{lines}; with {texts} in the pip section, --prefer-pip lets pip install another version over conda's")
    }

    /// A contradiction with what conda brings in and no line settles may be conda's to solve: adds to the error with
    /// which versions of it there would be an answer.
    fn with_limits(&self, mut error: PipError, state: &State, ask: &Ask) -> PipError {
        let PipError::Unsolvable { why, limits, .. } = &mut error else { return error };
        let stands_in_the_way =
            |name: &PackageName, it: &Provided| why.0.contains(&format!("{name}=={} (conda's)", it.version));
        let free: Vec<(&PackageName, &Provided)> =
            self.provided.iter().filter(|(name, it)| self.is_free(it) && stands_in_the_way(name, it)).collect();
        let is_free = |stub: &&String| free.iter().any(|(name, _)| stub.starts_with(&format!("{name}==")));
        let held: Vec<String> = ask.stubs.iter().filter(|stub| !is_free(stub)).cloned().collect();
        if held.len() == ask.stubs.len() {
            return error;
        }
        let answer = ask.resolver.resolve(&self.question(state, &held, ask.wheels));
        let answer = answer.ok().and_then(|text| toml::from_str::<PyLock>(&text).ok());
        for package in answer.iter().flat_map(|answer| &answer.packages) {
            let of_package = free.iter().find(|(name, _)| **name == package.name);
            if let (Some((_, it)), Some(version)) = (of_package, &package.version) {
                limits.push((CondaName::new_unchecked(&*it.conda), format!("=={version}")));
            }
        }
        error
    }

    /// Whether what conda provides isn't as a line of the file has it, so that it may as well be another version.
    fn is_free(&self, it: &Provided) -> bool {
        !self.request.settled.iter().any(|name| name.as_normalized() == it.conda)
    }

    /// What is to be said of the packages.
    fn tell(&self, chosen: &[Chosen], state: &State, lock: &mut PipLock) {
        let is_compiled =
            |it: &&Chosen| it.is_source() && state.learned.get(&it.name).is_some_and(|it| it.sdist.is_compiled);
        let compiled: Vec<String> = chosen.iter().filter(is_compiled).map(|it| it.name.to_string()).collect();
        let has_compiler = self.request.records.iter().any(|record| {
            let name = record.package_record.name.as_normalized();
            ["c-compiler", "gcc_linux-64", "gcc", "compilers"].contains(&name)
        });
        let is_newer = |it: &&Chosen| state.as_of.is_some() && state.newer.contains(&it.name);
        let newer: Vec<String> = chosen.iter().filter(is_newer).map(|it| it.name.to_string()).collect();
        if !newer.is_empty() {
            lock.notes.push(format!(
                "nothing will do of {} that was uploaded until the cut-off date; newer is taken",
                words::and(&newer)
            ));
        }
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

/// The version that is aimed at of a package of which any will do.
fn aim(wanted: &WantedLine) -> Option<Preferred> {
    let aim = wanted.gave.as_ref()?.aim.as_ref()?;
    Some(Preferred { name: wanted.name.clone()?, version: aim.clone() })
}

fn metadata(name: &PackageName, learned: &Learned) -> Metadata {
    Metadata {
        name: name.to_string(),
        version: learned.is_held.then(|| learned.version.to_string()),
        requires_dist: learned.sdist.requires.clone().unwrap_or_default(),
        provides_extra: learned.sdist.extras.clone(),
    }
}
