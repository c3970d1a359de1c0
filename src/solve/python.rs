//! Python's minor version, the one wish that is never given up.

use rattler_conda_types::{Version, VersionSpec};

use super::{
    Request, SolveError,
    near::{minor, series},
    universe::Asks,
};
use crate::{
    channel::Row,
    intent::{Want, Wish},
};

/// The pythons that will do, and which of them the channels have.
pub(super) struct Python {
    required: VersionSpec,
    title: String,
    available: Vec<Version>,
}

impl Python {
    /// Reads the wish for python, if there is one with a version.
    ///
    /// # Errors
    ///
    /// [`SolveError::NoPython`] if no channel has such a python for the target.
    pub(super) fn wanted(request: &Request) -> Result<Option<Self>, SolveError> {
        let is_it = |wish: &&Wish| wish.pin.name.as_normalized() == "python";
        let Some(wish) = request.wishes.iter().find(is_it) else { return Ok(None) };
        let all = versions(request);
        let of = |required: &VersionSpec| -> Vec<Version> {
            all.iter().filter(|version| required.matches(version)).cloned().collect()
        };
        let of_minor = |version: &Version| (series(version), format!("python {}", minor(version)));
        let (required, title) = match (&wish.pin.want, wish.pin.want.aim()) {
            (Want::Any, _) => return Ok(None),
            (Want::Exact(version), _) => of_minor(version.version()),
            // It is the minor version that is never given up, however much is written.
            (Want::Range(spec), Some(aim)) if aim.segment_count() > 2 && of(spec).is_empty() => of_minor(&aim),
            (Want::Range(spec), _) => (spec.clone(), format!("python {spec}")),
        };
        let available = of(&required);
        if available.is_empty() {
            return Err(SolveError::NoPython {
                wanted: title,
                line: wish.pin.line,
                text: wish.pin.text.clone(),
                nearest: nearest_minors(&all, &wish.pin.want),
                unread: request.records.notes().all(),
            });
        }
        Ok(Some(Self { required, title, available }))
    }

    /// How a person calls it: `python 3.6`.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// Whether a version of python is one that will do.
    pub(super) fn is(&self, version: &str) -> bool {
        version.parse().is_ok_and(|version| self.required.matches(&version))
    }

    /// Whether each of the pythons that will do is one that is asked for; one of them will be there.
    pub(super) fn always_is(&self, asks: &Asks) -> bool {
        let is_of_version = asks.build.is_none() && asks.more.is_none();
        is_of_version && self.available.iter().all(|python| asks.accepts_version(python))
    }

    /// Whether a dependency on python leaves one of the pythons that will do.
    pub(super) fn allows(&self, asks: &Asks) -> bool {
        self.available.iter().any(|python| asks.accepts_version(python))
    }
}

/// The distinct versions of python up to the horizon, ascending.
fn versions(request: &Request) -> Vec<Version> {
    let counts = |row: &Row| request.horizon.is_none_or(|until| row.timestamp().is_none_or(|built| built <= until));
    let rows = request.records.get("python").iter().flat_map(|found| found.block.rows().iter()).filter(counts);
    let mut texts: Vec<&str> = rows.map(|row| row.version()).collect();
    texts.dedup();
    let mut versions: Vec<Version> = texts.into_iter().filter_map(|text| text.parse().ok()).collect();
    versions.sort();
    versions.dedup();
    versions
}

/// The minor versions nearest to the wanted one that do exist, at most one below and one above.
fn nearest_minors(all: &[Version], want: &Want) -> Vec<String> {
    let mut minors: Vec<Version> = all.iter().map(minor).collect();
    minors.dedup();
    let Some(wanted) = want.aim() else {
        return minors.iter().map(ToString::to_string).collect();
    };
    let below = minors.iter().rfind(|version| **version < wanted);
    let above = minors.iter().find(|version| **version > wanted);
    below.into_iter().chain(above).map(ToString::to_string).collect()
}
