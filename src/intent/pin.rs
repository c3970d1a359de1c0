//! A pin: one line of the environment file, and what it means on linux-64.

use rattler_conda_types::{
    PackageName, RepoDataRecord, StringMatcher, Version, VersionSpec, VersionWithSource,
    version_spec::StrictRangeOperator,
};

use super::{Os, Refinement, absence::counterparts};

/// One conda line of the file, as it is wanted on the target.
#[derive(Clone, Debug)]
pub struct Pin {
    /// The package.
    pub name: PackageName,
    /// The spec as it was written.
    pub text: String,
    /// The line of the file, counted from 1.
    pub line: usize,
    /// The version wanted.
    pub want: Want,
    /// Globs of which the build string must match one; empty where every build will do. What a person wrote may be a
    /// `^regex$`, too: [`StringMatcher`](rattler_conda_types::StringMatcher) reads both.
    pub builds: Vec<String>,
    /// The channel the line names, if any.
    pub channel: Option<String>,
    /// When the line counts, and which extras and flags it asks for.
    pub refinement: Refinement,
}

impl Pin {
    /// Whether the record is of a build that will do.
    #[must_use]
    pub fn accepts_build(&self, record: &RepoDataRecord) -> bool {
        let matches = |glob: StringMatcher| glob.matches(record.package_record.build.as_str());
        self.builds.is_empty() || self.builds.iter().any(|glob| glob.parse().is_ok_and(matches))
    }
}

/// A line that isn't for linux-64: nothing is wanted for it, and the report names it.
#[derive(Clone, Debug)]
pub struct ForeignPin {
    /// What it asks for there.
    pub pin: Pin,
    /// The platform that it is for: of Linux, one of another processor.
    pub only_for: Os,
    /// Whether a selector says so; otherwise it is the package that is of that platform.
    pub by_selector: bool,
}

impl ForeignPin {
    /// What Linux has instead of a run-time library that the platform has of its own.
    #[must_use]
    pub fn counterparts(&self) -> Option<&'static [&'static str]> {
        let version = self.pin.want.exact().map(VersionWithSource::version);
        counterparts(self.pin.name.as_normalized(), self.only_for, version)
    }
}

/// The version that a pin wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// Any version.
    Any,
    /// Exactly this version.
    Exact(VersionWithSource),
    /// A version that matches.
    Range(VersionSpec),
}

impl Want {
    /// The exact version wanted, if there is one.
    #[must_use]
    pub fn exact(&self) -> Option<&VersionWithSource> {
        match self {
            Want::Exact(version) => Some(version),
            Want::Any | Want::Range(_) => None,
        }
    }

    /// The version that is aimed at, where there is one: the exact one, or what its numbers begin with (`=1.24`, `1.24.*`).
    #[must_use]
    pub fn aim(&self) -> Option<Version> {
        match self {
            Want::Exact(version) => Some(version.version().clone()),
            Want::Range(VersionSpec::StrictRange(StrictRangeOperator::StartsWith, version)) => {
                Some(version.clone().into_inner())
            }
            Want::Any | Want::Range(_) => None,
        }
    }

    /// Whether the record's version is the one wanted.
    #[must_use]
    pub fn accepts(&self, record: &RepoDataRecord) -> bool {
        self.matches(record.package_record.version.version())
    }

    /// Whether a version is the one wanted.
    #[must_use]
    pub fn matches(&self, version: &Version) -> bool {
        match self {
            Want::Any => true,
            Want::Exact(wanted) => wanted.version() == version,
            Want::Range(spec) => spec.matches(version),
        }
    }
}
