//! What stays as it is in a lock of which some packages were moved alone.

use std::collections::BTreeMap;

use rattler_conda_types::RepoDataRecord;

use super::times::Existing;
use crate::{
    lockfile::{LockedFate, LockedName, LockedOutcome, LockedVersion, Lockfile, Manager, Package},
    project::as_of::AsOf,
    pypi::Preferred,
    solve::{Exactly, Fate, Frozen, Outcome, Reason},
};

/// What is to stay as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Keep {
    /// The packages, each with its build.
    pub only: Frozen,
    /// Why a pin isn't as the file has it, by name: nothing else exists, so the solver can't say.
    pub reasons: BTreeMap<String, String>,
    /// The packages of pip, which stay as far as they can.
    pub pip: Vec<Preferred>,
    /// From when on files are too new for pip's other packages; `None` where that is as the lock has it.
    pub pip_as_of: Option<AsOf>,
}

impl Keep {
    /// The packages of a lock of which some were moved alone; `None` of any other, whose packages can be found again,
    /// and of one that was edited or merged since.
    pub(super) fn of_updated(existing: &Existing) -> Option<Self> {
        let is_updated = existing.lock.is_frozen() && existing.is_as_written();
        is_updated.then(|| Self::all(&existing.lock))
    }

    /// All packages of a lock.
    pub(super) fn all(lock: &Lockfile) -> Self {
        Self { only: packages(lock), reasons: reasons(lock), pip: of_pip(lock), pip_as_of: None }
    }

    /// These records, and the packages of pip of a lock.
    pub(super) fn records(records: &[RepoDataRecord], reasons: BTreeMap<String, String>, lock: &Lockfile) -> Self {
        let entry = |record: &RepoDataRecord| {
            let record = &record.package_record;
            let exactly = Exactly { version: record.version.clone(), build: Some(record.build.to_string()) };
            (record.name.as_normalized().to_owned(), exactly)
        };
        Self { only: records.iter().map(entry).collect(), reasons, pip: of_pip(lock), pip_as_of: None }
    }

    /// Gives the pins that aren't as the file has them their reasons.
    pub(super) fn explain(&self, outcomes: &mut [Outcome]) {
        for outcome in outcomes {
            let why = self.reasons.get(outcome.pin.name.as_normalized());
            if let (Fate::Moved { reason, .. } | Fate::Gone { reason }, Some(why)) = (&mut outcome.fate, why) {
                *reason = Reason::Unmet(why.clone());
            }
        }
    }
}

/// The conda packages of a lock, each with its build.
pub(super) fn packages(lock: &Lockfile) -> Frozen {
    let entry = |package: &Package| {
        let LockedVersion::Conda(version) = package.version.clone() else { return None };
        Some((package.name.normalized().to_owned(), Exactly { version, build: package.build_string() }))
    };
    lock.conda_packages().filter_map(entry).collect()
}

/// The packages of pip of a lock.
pub(super) fn of_pip(lock: &Lockfile) -> Vec<Preferred> {
    let held = |package: &Package| match (&package.name, &package.version) {
        (LockedName::Pip(name), LockedVersion::Pip(version)) => {
            Some(Preferred { name: name.value().clone(), version: version.value().clone() })
        }
        _ => None,
    };
    lock.pip_packages().filter_map(held).collect()
}

/// Why conda's pins aren't as the file has them, by name. What came as a wheel is looked for again.
pub(super) fn reasons(lock: &Lockfile) -> BTreeMap<String, String> {
    let is_of_conda =
        |outcome: &LockedOutcome| outcome.manager == Manager::Conda && !matches!(outcome.fate, LockedFate::ByPip(_));
    let of_conda = lock.outcomes().into_iter().filter(is_of_conda);
    of_conda.map(|outcome| (outcome.name, outcome.why)).collect()
}
