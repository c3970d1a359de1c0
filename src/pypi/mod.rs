//! The pip section, locked against what conda provides.
//!
//! [`lock`] takes the lines of the section and the records of the conda solution, and gives what pip is to install:
//!
//! 1. `lines`, `section`: what the lines ask for, and which of them nothing can lock.
//! 2. `names`, `provided`, `settle`: what of that conda provides already, or otherwise.
//! 3. `resolve`: versions of the rest, and of what it needs. That is uv's work (`uv`), which is shown stand-ins for what
//!    conda provides (`stub`), and told what source distributions need (`index`, `sdist`), so that it runs none.
//! 4. `choose`: of each version the one file that fits the target best; `requires`: what it needs of the others.
//!
//! Before that, [`choose_wheel`] tells which wheel of a channel pip can install where conda has nothing (`served`).

mod child;
mod choose;
mod error;
mod guarded;
mod index;
mod learned;
mod lines;
mod near;
mod outcome;
mod pip;
mod provided;
mod pylock;
mod refuse;
mod requires;
mod resolve;
mod sdist;
mod section;
mod served;
mod settle;
mod store;
mod stub;
mod target;
#[cfg(test)]
mod tests;
mod uv;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use jiff::Timestamp;
use rattler_conda_types::{GenericVirtualPackage, PackageName, RepoDataRecord};
use serde::Serialize;

use crate::{
    environment::Environment, http::Limits, lockfile::Artifact, machine::Machine, names::Names, progress::Events,
};

pub use error::{Explained, PipError};
pub(crate) use guarded::guarded;
pub use index::PYPI;
pub(crate) use lines::{CONSTRAINT, without_comment};
pub use lines::{Line, Unreadable, read_lines};
pub use outcome::{PipFate, PipOutcome};
pub use pip::install_options;
pub use served::{ChosenWheel, WheelRequest, choose_wheel};

use refuse::PipRefusal;
use section::PipSource;

/// What to lock.
#[derive(Clone, Copy, Debug)]
pub struct PipRequest<'a> {
    /// The environment file, for messages.
    pub environment: &'a Environment,
    /// The lines of its pip sections.
    pub lines: &'a [Line],
    /// The conda packages.
    pub records: &'a [RepoDataRecord],
    /// What the target image offers; of interest is its `__glibc`.
    pub virtual_packages: &'a [GenericVirtualPackage],
    /// Whether the file is an export. Then its lines are wishes: what can't be had moves to the nearest that can, or
    /// goes.
    pub is_export: bool,
    /// The conda packages that are as a line of the file has them. Others are free to move where the pip section needs
    /// it.
    pub settled: &'a BTreeSet<PackageName>,
    /// Files uploaded after this are taken only where nothing older serves; `None` takes the newest.
    pub as_of: Option<Timestamp>,
    /// What is to stay as it is as far as it can, whenever it was uploaded.
    pub held: &'a [Preferred],
    /// How.
    pub options: &'a PipOptions,
}

/// A package that is locked already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preferred {
    /// Its name.
    pub name: pep508_rs::PackageName,
    /// Its version.
    pub version: pep440_rs::Version,
}

/// How to lock.
#[derive(Clone, Debug)]
pub struct PipOptions {
    /// Which one counts where a line contradicts what conda provides; `None` refuses it.
    pub preference: Option<Preference>,
    /// What conda's packages are called on `PyPI`.
    pub names: Names,
    /// Whether source distributions and repositories may be built to learn what they need.
    pub may_build: bool,
    /// Whether lines that can't be locked are left out.
    pub skip_unlockable: bool,
    /// Whether to use only what is cached.
    pub offline: bool,
    /// Where to keep what was learned.
    pub cache_dir: PathBuf,
    /// How much patience there is with servers.
    pub limits: Limits,
    /// What this machine is set up with.
    pub machine: Arc<Machine>,
    /// What hears of it meanwhile.
    pub events: Arc<dyn Events>,
}

/// Whose version counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// That of conda.
    Conda,
    /// That of the pip section.
    Pip,
}

impl Preference {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conda => "conda",
            Self::Pip => "pip",
        }
    }

    /// That of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Conda, Self::Pip].into_iter().find(|it| it.name() == name)
    }
}

/// What pip is to install.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PipLock {
    /// The packages, by name.
    pub packages: Vec<PipPackage>,
    /// What became of the lines that ask for a package, and of those that can't be locked.
    pub outcomes: Vec<PipOutcome>,
    /// What else is to be said: sentences without a full stop.
    pub notes: Vec<String>,
    /// The conda packages that are free to move, in versions with which more lines would have what they ask for.
    pub limits: Vec<(PackageName, String)>,
}

impl PipLock {
    /// How many lines have what they ask for, from pip or from conda.
    #[must_use]
    pub fn kept(&self) -> usize {
        let is_kept = |it: &&PipOutcome| matches!(it.fate, PipFate::Kept { .. } | PipFate::Provided { .. });
        self.outcomes.iter().filter(is_kept).count()
    }
}

/// A package that pip is to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipPackage {
    /// Its name.
    pub name: pep508_rs::PackageName,
    /// Its version.
    pub version: pep440_rs::Version,
    /// What it is installed from. The address has no credentials.
    pub artifact: Artifact,
    /// The size of the file in bytes, where the index says it.
    pub size: Option<u64>,
    /// Why it is there.
    pub role: Role,
    /// What it needs of other packages, by their normalised names on `PyPI`: version specifiers, or `*` for any
    /// version. Empty, too, where nothing says what it needs.
    pub dependencies: BTreeMap<String, String>,
}

/// Why a package is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A line asks for it.
    Asked,
    /// Another one needs it.
    Needed,
    /// These are built with it.
    Builds(Vec<String>),
}

/// Whether an address is one of a wheel.
#[must_use]
pub fn is_wheel(url: &str) -> bool {
    pylock::file_name(url).and_then(|file| pylock::Packing::of(&file)) == Some(pylock::Packing::Wheel)
}

/// Whether a line is fetched from a git repository; then the image needs git.
#[must_use]
pub fn needs_git(lines: &[Line]) -> bool {
    section::read(lines).wanted.iter().any(|wanted| matches!(wanted.source, PipSource::Git(_)))
}

/// What conda provides in another version than a line wants, and isn't as a line of the file has it: the conda package,
/// and the version wanted as `==1.2` or `>=1,<2`.
#[must_use]
pub fn contradicted(request: &PipRequest) -> Vec<(PackageName, String)> {
    let Some(target) = target::PipTarget::of(request.records, request.virtual_packages) else { return Vec::new() };
    let (provided, markers) = (provided::provided(request.records, &request.options.names), target.markers());
    let wanted = section::read(request.lines).wanted;
    let meant = wanted.iter().filter(|wanted| wanted.marker.evaluate(&markers, &[]));
    let contradiction = |wanted: &section::WantedLine| {
        let it = provided.get(wanted.name.as_ref()?)?;
        if request.settled.iter().any(|name| name.as_normalized() == it.conda) {
            return None;
        }
        let PipSource::Index(versions) = &wanted.source else { return None };
        let name = PackageName::new_unchecked(&*it.conda);
        (!versions.contains(&it.version)).then(|| (name, versions.to_string().replace(' ', "")))
    };
    meant.filter_map(contradiction).collect()
}

/// Locks the pip section.
///
/// # Errors
///
/// [`PipError`] where a line can't be locked, where the lines contradict each other or what conda provides, or where uv
/// or an index fails.
pub async fn lock(request: &PipRequest<'_>) -> Result<PipLock, PipError> {
    lock_by(request, &|directory, limits| Ok(Box::new(uv::Uv::find(directory, limits)?))).await
}

/// Locks the pip section by any resolver.
async fn lock_by(request: &PipRequest<'_>, find: &uv::FindResolver<'_>) -> Result<PipLock, PipError> {
    let PipRequest { options, .. } = *request;
    let mut section = section::read(request.lines);
    let Some(target) = target::PipTarget::of(request.records, request.virtual_packages) else {
        return Err(PipError::Missing {
            message: "the environment has a pip section, and no Python".to_owned(),
            help: "add `python` and `pip` to `dependencies:`, or leave the pip section out with --no-pip".to_owned(),
        });
    };
    let mut provided = provided::provided(request.records, &options.names);
    let wanted = std::mem::take(&mut section.wanted);
    let mut settled = settle::settle(wanted, &mut provided, &target.markers(), request);
    let mut refused = std::mem::take(&mut section.refused);
    refused.append(&mut settled.refused);
    let mut lock =
        PipLock { outcomes: settled.outcomes, notes: std::mem::take(&mut section.notes), ..PipLock::default() };
    leave_out_or_fail(refused, request, &mut lock.outcomes)?;
    if !settled.replaced.is_empty() {
        let replaced = settled.replaced.join(", ");
        lock.notes.push(format!("pip installs its own version over conda's {replaced}, as asked"));
    }
    if !settled.wanted.is_empty() {
        let has = |name: &str| request.records.iter().any(|it| it.package_record.name.as_normalized() == name);
        if !has("pip") {
            return Err(PipError::Missing {
                message: "the environment has a pip section, and no channel has a pip for its Python".to_owned(),
                help: "add a channel that has it, such as `--channel conda-forge`, or leave the pip section out with \
                       --no-pip"
                    .to_owned(),
            });
        }
        if settled.wanted.iter().any(|it| matches!(it.source, PipSource::Git(_))) && !has("git") {
            lock.notes.push(
                "no channel has git, which fetches a part of the pip section: the image must bring it".to_owned(),
            );
        }
        let lines = settled.wanted.clone();
        let (section, target, provided) = (&section, &target, &provided);
        let question = resolve::Resolution { request, section, target, provided, lines: &lines, find };
        question.resolve(settled.wanted, &mut lock).await?;
        leave_out_or_fail(refuse::of_other_files(&lines, &lock.packages), request, &mut lock.outcomes)?;
    }
    lock.packages.sort_by(|a, b| a.name.cmp(&b.name));
    lock.outcomes.sort_by(|a, b| (a.line, &a.text).cmp(&(b.line, &b.text)));
    Ok(lock)
}

/// What can't be locked is left out of an export, and where that is asked for and possible; else it is an error.
fn leave_out_or_fail(
    refused: Vec<PipRefusal>,
    request: &PipRequest,
    outcomes: &mut Vec<PipOutcome>,
) -> Result<(), PipError> {
    let may_go = |refusal: &PipRefusal| {
        refusal.can_be_left_out && (request.options.skip_unlockable || request.is_export && !refusal.is_place)
    };
    let (gone, left): (Vec<PipRefusal>, Vec<PipRefusal>) = refused.into_iter().partition(may_go);
    if !left.is_empty() {
        return Err(error::refused(request.environment, &left));
    }
    outcomes.extend(gone.into_iter().map(PipOutcome::left_out));
    Ok(())
}
