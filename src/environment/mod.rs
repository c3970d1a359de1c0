//! What was written: an environment file, read into an [`Environment`] without judging it.
//!
//! The file may come from any conda (4.x to 26.x), from micromamba or from a person, in any encoding that a shell on
//! any platform writes. Everything keeps its [`Location`], so that later steps can name the line they speak of.

mod brackets;
mod captured;
mod complaint;
mod decode;
mod dependencies;
mod error;
mod excerpt;
mod location;
mod raw;
mod read;
mod refinement;
mod selector;
mod spec;
mod spec_fault;
#[cfg(test)]
mod tests;
mod variables;
mod version;
mod wheels;
mod yaml;

use std::ops::Range;

use crate::base::credentials::masked;
pub use crate::base::credentials::without_secrets;
pub use captured::{CAPTURED, Captured};
pub(crate) use decode::text_of;
pub use error::{LineError, ReadError};
pub use excerpt::Excerpt;
pub use read::{parse_environment, read_environment};
pub use refinement::Refinement;
pub use variables::is_secret;

use miette::Diagnostic;
use rattler_conda_types::{PackageName, VersionSpec, VersionWithSource};

/// Reads a single match spec as a line of an environment file; `None` where it is none.
#[must_use]
pub fn parse_spec(text: &str) -> Option<CondaSpec> {
    spec::parse_spec(text).ok().map(|(spec, _)| spec)
}

/// Where something stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The line, counted from 1.
    pub line: usize,
    /// The bytes of [`Environment::text`].
    pub span: Range<usize>,
}

impl Location {
    /// The part of it on its first line: an error shows that much of it.
    pub(crate) fn first_line(&self, text: &str) -> Range<usize> {
        let written = text.get(self.span.clone()).unwrap_or_default();
        let first = written.lines().next().unwrap_or_default();
        if first.is_empty() { self.span.clone() } else { self.span.start..self.span.start + first.len() }
    }
}

/// A value with the place it was written at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// What was written.
    pub value: T,
    /// Where it was written.
    pub at: Location,
}

/// An environment file as it was written.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The file as the user named it, for messages.
    pub file: String,
    /// The text, decoded to UTF-8 without a byte order mark, each line end as `\n`. Every [`Location`] points into it.
    pub text: String,
    /// `name:`, which may be a path for environments outside conda's own directories.
    pub name: Option<String>,
    /// `channels:` in the order of the file, without credentials, `nodefaults` taken out.
    pub channels: Vec<Located<String>>,
    /// Whether `nodefaults` stood among the channels.
    pub nodefaults: bool,
    /// The conda specs of `dependencies:` in the order of the file.
    pub dependencies: Vec<Dependency>,
    /// The lines of the `pip:` sections, as written.
    pub pip: Vec<Located<String>>,
    /// `variables:` in the order of the file.
    pub variables: Vec<(String, String)>,
    /// `prefix:`, the environment's place on the machine it was exported from.
    pub prefix: Option<String>,
    /// What envlock knew besides when it wrote the file from an installed environment.
    pub captured: Captured,
    /// What was read past: unknown keys, parts of specs that mean nothing here.
    pub warnings: Vec<Warning>,
}

impl Environment {
    /// The channels to ask: those of `channels:`, and after them those that a line for linux-64 names (`channel::spec`),
    /// which conda and micromamba ask, too.
    #[must_use]
    pub fn channels_to_ask(&self) -> Vec<String> {
        let mut all: Vec<String> = self.channels.iter().map(|channel| channel.value.clone()).collect();
        for named in self.channels_of_lines() {
            if !all.iter().any(|it| it == named) {
                all.push(named.to_owned());
            }
        }
        all
    }

    /// The channels that lines for linux-64 name, each once, in the order of the file.
    #[must_use]
    pub fn channels_of_lines(&self) -> Vec<&str> {
        let mut all = Vec::new();
        let is_here = |it: &&Dependency| !it.selector.is_some_and(Selector::is_for_others);
        for named in self.dependencies.iter().filter(is_here).filter_map(|it| it.spec.channel.as_deref()) {
            if !all.contains(&named) {
                all.push(named);
            }
        }
        all
    }

    /// An error about a dependency, found by a later step, whose code it keeps: that with this text on a line, which may
    /// have several. `label` stands beside it.
    #[must_use]
    pub fn error_at(&self, (line, text): (usize, &str), error: &impl Diagnostic, label: &str, help: &str) -> LineError {
        let on_line = || self.dependencies.iter().filter(|it| it.at.line == line);
        let found = on_line().find(|it| it.text == text).or_else(|| on_line().next());
        let at = found.map_or(Location { line, span: 0..0 }, |it| it.at.clone());
        let code = error.code().map(|code| code.to_string()).unwrap_or_default();
        error::Fault::new(code, at, error.to_string(), label, help).at_line(&self.file, &self.text)
    }
}

/// One conda spec of the `dependencies:` list.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The spec, parsed.
    pub spec: CondaSpec,
    /// The spec as written, without credentials.
    pub text: String,
    /// Where it was written.
    pub at: Location,
    /// The platforms it was written for, by `sel(osx): …` or a trailing `# [osx]`.
    pub selector: Option<Selector>,
}

/// A conda match spec as it was written, before anyone asks what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CondaSpec {
    /// The package.
    pub name: PackageName,
    /// The channel of `channel::spec`, without subdir and credentials; `None` for `<unknown>::`.
    pub channel: Option<String>,
    /// The version part.
    pub version: Wanted,
    /// The build part as written: a build string, a glob or a `^regex$`.
    pub build: Option<String>,
    /// When it counts, and which extras and flags it asks for.
    pub refinement: Refinement,
}

/// The version part of a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// No version was written, or `*`.
    Any,
    /// `==1.2.3`, or `=1.2.3=build`.
    Exact(VersionWithSource),
    /// `=1.2` without a build, which conda reads as `1.2.*`.
    Like(VersionWithSource),
    /// Anything else: `>=1.2,<2`, `1.2.*`, `1.2|1.3`.
    Range(VersionSpec),
}

/// The platforms that a line was written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// linux-64, and perhaps others.
    Linux64,
    /// Others, macOS among them.
    Osx,
    /// Others, Windows among them and not macOS.
    Win,
    /// Linux on other processors only.
    OtherLinux,
}

impl Selector {
    /// Whether the line isn't for linux-64.
    pub(crate) fn is_for_others(self) -> bool {
        self != Self::Linux64
    }
}

/// Something in the file that was read past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What, and what became of it, as a sentence without a full stop.
    pub message: String,
    /// Where.
    pub at: Location,
}
