//! What became of each wish.

use rattler_conda_types::{PackageName, RepoDataRecord};

use crate::intent::{Os, Pin};

/// What became of one wish.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was wanted.
    pub pin: Pin,
    /// Whether it was wanted for its own sake.
    pub root: bool,
    /// Whether people use it, see [`Wish::used`](crate::intent::Wish::used).
    pub used: bool,
    /// What it got.
    pub fate: Fate,
}

/// Kept, moved or gone.
#[derive(Clone, Debug)]
pub enum Fate {
    /// The wanted version, of the wanted variant.
    Kept {
        /// The chosen record.
        record: Box<RepoDataRecord>,
    },
    /// Another version, or another variant of the same version.
    Moved {
        /// The chosen record.
        record: Box<RepoDataRecord>,
        /// Why.
        reason: Reason,
    },
    /// Not installed.
    Gone {
        /// Why.
        reason: Reason,
    },
}

/// Why a pin moved or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The package is built for other platforms only.
    OnlyFor(Vec<Os>),
    /// The package goes by another name on the target.
    Renamed(PackageName),
    /// The package exists on Anaconda's own channels only.
    DefaultsOnly,
    /// The line counts only under a condition that isn't true.
    OnlyWhen(String),
    /// No channel has a package of that name for the target.
    NoSuchName,
    /// There are packages of that name, none of which can be used; the text says why not.
    Unusable(String),
    /// What is wanted, or what it needs, needs a virtual package that the image doesn't offer.
    NotOffered {
        /// The dependency on the virtual package: `__cuda >=11.2`.
        needs: String,
        /// What needs it, in words.
        why: String,
        /// The virtual package with which the pin would be kept, as `--virtual-package` takes it; `None` where that doesn't
        /// help.
        advice: Option<String>,
    },
    /// What is wanted, or what it needs, has no build for the python that is wanted.
    OtherPython {
        /// That python: `python 3.6`.
        python: String,
        /// What has no build for it, in words.
        why: String,
    },
    /// No record of that version for the target.
    NoSuchVersion,
    /// A channel has that version, and the strict channel priority hides it: a more important channel has the package, too.
    Hidden {
        /// The channel that has it.
        by: String,
        /// The channel that comes first.
        first: String,
    },
    /// The version is there, not the variant (`cuda*`, `*mkl*`).
    NoSuchVariant,
    /// Nothing that is installed on the target needs it.
    NotNeeded,
    /// Every record of what is wanted needs something that isn't there; the text says what.
    Unmet(String),
    /// There was no time to try.
    NotTried,
    /// It can't be had together with what is kept.
    Conflict {
        /// A smallest set of settled things that rule it out, the most important first: `numpy 1.15.4` or `numpy >=1.15`
        /// for a version that is kept, `numpy` for a package that is there in whatever version, `python 3.6` for the minor
        /// version of an interpreter, `blas 1.0 *mkl*` for a variant.
        because: Vec<String>,
        /// The chain in one line: `scikit-learn 0.20.1 needs openblas >=0.3.3,<0.3.4`.
        why: String,
        /// The whole conflict as a tree of several lines, where it was asked for.
        tree: Option<String>,
    },
}
