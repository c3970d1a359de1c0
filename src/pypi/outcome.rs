//! What became of each line of the pip section.

use super::{
    refuse::PipRefusal,
    section::{PipSource, WantedLine},
};

/// A line that asks for a package, or that can't be locked, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipOutcome {
    /// The line of the environment file, counted from 1.
    pub line: usize,
    /// What is written there, without credentials.
    pub text: String,
    /// The package, by its normalised name; `None` where only its files say it, or nothing does.
    pub name: Option<String>,
    /// The versions that the line asks for: `1.2`, or `>=1,<2`; empty where any will do, or where it says no version.
    pub wanted: String,
    /// What became of it.
    pub fate: PipFate,
}

/// What became of a line. Reasons are sentences without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PipFate {
    /// pip installs what it asks for.
    Kept {
        /// The version, where it is known.
        version: Option<String>,
    },
    /// conda provides what it asks for.
    Provided {
        /// The version.
        version: String,
        /// As which package.
        why: String,
    },
    /// pip installs another version.
    Moved {
        /// The version.
        version: String,
        /// Why.
        why: String,
    },
    /// conda provides another version.
    Replaced {
        /// The version.
        version: String,
        /// Why.
        why: String,
    },
    /// Nothing of it is installed.
    Gone {
        /// Why.
        why: String,
    },
}

impl PipOutcome {
    /// What became of a line that was understood.
    pub(super) fn new(wanted: &WantedLine, fate: PipFate) -> Self {
        let versions = match (&wanted.gave, &wanted.source) {
            (Some(gave), _) => Some(&gave.asked),
            (None, PipSource::Index(versions)) => Some(versions),
            (None, _) => None,
        };
        let text = versions.map(|versions| versions.to_string().replace(' ', "")).unwrap_or_default();
        let exact = text.trim_start_matches('=');
        Self {
            line: wanted.line.at.line,
            text: wanted.line.shown(),
            name: wanted.name.as_ref().map(ToString::to_string),
            wanted: if exact.contains([',', '*']) { text } else { exact.to_owned() },
            fate,
        }
    }

    /// What became of a line that can't be locked and is left out.
    pub(super) fn left_out(refusal: PipRefusal) -> Self {
        let PipRefusal { at, text, why, .. } = refusal;
        Self { line: at.line, text, name: None, wanted: String::new(), fate: PipFate::Gone { why } }
    }

    /// Why pip doesn't install it; `None` where it does.
    #[must_use]
    pub fn not_by_pip(&self) -> Option<&str> {
        match &self.fate {
            PipFate::Kept { .. } | PipFate::Moved { .. } => None,
            PipFate::Provided { why, .. } | PipFate::Replaced { why, .. } | PipFate::Gone { why } => Some(why),
        }
    }
}
