//! The report as data: the document that `--json` prints.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    base::schema_version::SchemaVersion,
    intent::{Kind, Os},
};

/// What `convert` did.
///
/// Serialised, it is the document that `--json` prints. Fields that don't apply are `null`; lists may be empty.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this shape.
    pub schema_version: SchemaVersion<1>,
    /// The environment file, as the user named it.
    pub file: String,
    /// The name of the environment, as written.
    pub name: Option<String>,
    /// `export` or `hand-written`.
    pub kind: Kind,
    /// The platform that the file came from.
    pub origin: ReportOrigin,
    /// How many pins there were, and what became of them.
    pub counts: Counts,
    /// What became of each pin, in the order of the file.
    pub pins: Vec<ReportedPin>,
    /// The packages that no pin names, ordered by name.
    pub added: Vec<Added>,
    /// The channels used, the most important first.
    pub channels: Vec<String>,
    /// The cut-off date.
    pub as_of: Option<CutOff>,
    /// The packages that are newer than the cut-off date, ordered by name.
    pub late: Vec<Late>,
    /// What the target image was taken to offer, each as `name=version=build`.
    pub virtual_packages: Vec<String>,
    /// Whether it was proven that no environment is closer. It isn't where the time limit was reached.
    pub proven: bool,
    /// The time limit of the search, in seconds.
    pub timeout: Option<f64>,
    /// The pip section.
    pub pip: Pip,
    /// What was read past in the environment file.
    pub warnings: Vec<ReportWarning>,
    /// What else is to be said.
    pub notes: Vec<String>,
    /// What was taken from the files of other programs on this machine, and from where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub configured: Vec<String>,
    /// The files written. Empty until they are; whoever writes them fills it in.
    pub written: Vec<Written>,
}

impl Report {
    /// How the file came to be, in words: `written by hand`, `an export from macOS`.
    pub(crate) fn origin_in_words(&self) -> String {
        match (self.kind, self.origin.os) {
            (Kind::HandWritten, _) => "written by hand".to_owned(),
            (Kind::Export, None) => "an export".to_owned(),
            (Kind::Export, Some(system)) => format!("an export from {}", system.name()),
        }
    }
}

/// Where the file came from.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReportOrigin {
    /// `linux`, `osx` or `win`; nothing where it can't be told.
    pub os: Option<Os>,
    /// What gave it away.
    pub evidence: String,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// The pins of the file.
    pub pins: usize,
    /// Those that have what they wanted.
    pub kept: usize,
    /// Those that have another version or variant.
    pub moved: usize,
    /// Those that aren't installed.
    pub gone: usize,
    /// All packages that will be installed.
    pub packages: usize,
    /// The packages that no pin names.
    pub added: usize,
}

/// A pin and its fate.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReportedPin {
    /// The package, as the file names it.
    pub name: String,
    /// The spec as written.
    pub text: String,
    /// The line of the file, counted from 1.
    pub line: usize,
    /// Whether it was wanted for its own sake.
    pub root: bool,
    /// Whether people use it: a root, a package that brings modules of a language, or any that a file written by hand
    /// names. Others are libraries.
    pub used: bool,
    /// What was wanted: a version or range, and the variant where that was given up.
    pub wanted: String,
    /// Whether the variant was given up.
    #[serde(skip)]
    pub is_other_variant: bool,
    /// What became of it.
    pub fate: Verdict,
    /// The package that was chosen; another name than the pin's where it was renamed.
    pub package: Option<String>,
    /// The version that was chosen.
    pub version: Option<String>,
    /// The build that was chosen; `null` of a wheel, which pip installs.
    pub build: Option<String>,
    /// Why, unless it was kept as a conda package.
    pub reason: Option<Why>,
}

impl ReportedPin {
    /// The name of what is installed for it; its own where nothing is.
    #[must_use]
    pub fn installed_name(&self) -> &str {
        self.package.as_deref().filter(|_| self.version.is_some()).unwrap_or(&self.name)
    }

    /// Whether pip installs it, as a wheel of a channel.
    #[must_use]
    pub fn is_wheel(&self) -> bool {
        self.fate == Verdict::Kept && self.reason.is_some()
    }

    /// What it got instead: the version, with the name where that is another, and with the build where the
    /// variant is.
    #[must_use]
    pub fn taken(&self) -> Option<String> {
        let version = self.version.as_deref()?;
        let name = self.package.as_deref().filter(|it| *it != self.name);
        let build = self.build.as_deref().filter(|_| self.is_other_variant);
        Some([name, Some(version), build].into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

/// What became of a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It has what it wanted.
    Kept,
    /// It has another version or variant.
    Moved,
    /// It isn't installed.
    Gone,
}

/// Why a pin moved or went, or how it came as a wheel.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Why {
    /// The kind of reason, see [`code`](super::reason::code); `wheel` where pip installs a wheel of a channel, and `no-wheel`
    /// where channels have nothing but wheels, none of which will do.
    pub code: &'static str,
    /// The reason in words.
    pub text: String,
    /// The pins that are kept and stand against it, as `name version`.
    pub because: Vec<String>,
    /// The whole conflict as a tree of several lines, with `-vv`.
    pub tree: Option<String>,
}

/// A package that no pin names.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Added {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its build.
    pub build: String,
}

/// A cut-off date: records built later are taken only where nothing older serves.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CutOff {
    /// The date as a person writes it.
    pub date: String,
    /// The moment it stands for.
    #[serde(skip)]
    pub at: Timestamp,
    /// Whether envlock inferred it from the pins or the channels; otherwise it was given.
    pub inferred: bool,
}

/// A package that is newer than the cut-off date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Late {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The day it was built.
    pub date: String,
    /// Whether it is what an exact pin asked for.
    pub pinned: bool,
}

/// The pip section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pip {
    /// Its lines, with those of the requirements files that it names.
    pub lines: usize,
    /// Whether it is locked.
    pub locked: bool,
    /// Whether it was left out on purpose.
    pub left_out: bool,
    /// What pip installs, by name.
    pub packages: Vec<ReportedPip>,
    /// How many of [`Self::pins`] have what they ask for, from pip or from conda.
    pub kept: usize,
    /// How many have another version.
    pub moved: usize,
    /// How many aren't installed.
    pub gone: usize,
    /// What became of each line that asks for a package, and of those that can't be locked, in the order of the file.
    pub pins: Vec<ReportedLine>,
    /// The lines that pip doesn't install, in the order of the file.
    pub dropped: Vec<Dropped>,
}

/// A line of the pip section and its fate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReportedLine {
    /// The package, by its normalised name; `null` where the line doesn't say it.
    pub name: Option<String>,
    /// What is written there, without credentials.
    pub text: String,
    /// The line of the environment file, counted from 1.
    pub line: usize,
    /// The versions that it asks for: `1.2`, or `>=1,<2`; empty where it names none.
    pub wanted: String,
    /// What became of it.
    pub fate: Verdict,
    /// What installs it: `pip` or `conda`; `null` where nothing does.
    pub by: Option<&'static str>,
    /// The version that is installed.
    pub version: Option<String>,
    /// Why pip doesn't install what it asks for; `null` where it does.
    pub reason: Option<String>,
}

impl ReportedLine {
    /// What it is called in a list: its name, or what is written there.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.text)
    }
}

/// A package that pip installs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReportedPip {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// `wheel`, `sdist` or `git`.
    pub form: &'static str,
    /// `asked` where a line asks for it, `needed` where another package does, `builds` where others are built with it.
    pub role: &'static str,
    /// The packages that are built with it.
    pub builds: Vec<String>,
}

/// A line that pip doesn't install.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dropped {
    /// The line of the environment file, counted from 1.
    pub line: usize,
    /// What is written there, without credentials.
    pub text: String,
    /// Why.
    pub reason: String,
}

/// Something in the environment file that was read past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReportWarning {
    /// The line, counted from 1.
    pub line: usize,
    /// What, and what became of it.
    pub message: String,
}

/// A file that was written, or found to hold the same already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Written {
    /// The file.
    pub path: String,
    /// Whether its contents changed.
    pub changed: bool,
    /// Whether it was removed: it belonged to what was there before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}
