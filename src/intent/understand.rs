//! From an environment as it was written to what it means on linux-64.

use std::collections::BTreeSet;

use rattler_conda_types::{PackageName, VersionSpec, VersionWithSource, version_spec::StrictRangeOperator};

use crate::environment::{CondaSpec, Dependency, Environment, Selector, Wanted};

use super::{
    ForeignPin, Intent, Kind, Origin, Os, Pin, Want,
    absence::counterparts,
    kind::{is_literal, is_partial, kind},
    only_on, origin, variant,
};

/// Reads an environment file as wishes for linux-64.
///
/// - `=1.2` is `1.2.*` where a person wrote it, as conda reads it. An export means exactly that version, except on a
///   line that was added by hand: a version of one or two components (`python=3.9`) without a build, among lines with
///   one.
/// - The builds of an export are dropped, whatever its platform, except for variants that mean the same everywhere.
///   A build in a hand-written file stays as it is, unless the file came from another platform. So do globs.
/// - A line is for another platform where its selector says so, or where it names a package of one in a file that
///   doesn't come from Linux.
#[must_use]
pub fn understand(environment: &Environment) -> Intent {
    let file = FileFacts::of(environment);
    let (mut pins, mut elsewhere) = (Vec::new(), Vec::new());
    for line in &environment.dependencies {
        let pin = file.pin(line);
        match line.selector.map_or_else(|| file.foreign(&line.spec), foreign_selector) {
            Some(only_for) => elsewhere.push(ForeignPin { pin, only_for, by_selector: line.selector.is_some() }),
            None => pins.push(pin),
        }
    }
    let requested = if file.kind == Kind::Export { requested(environment) } else { None };
    Intent { kind: file.kind, origin: file.origin, pins, elsewhere, requested }
}

/// What was asked for, as far as the file says it. A line without a build was added by hand since.
fn requested(environment: &Environment) -> Option<BTreeSet<PackageName>> {
    let named = environment.captured.requested.as_ref()?.iter().map(|it| &it.value);
    let added = environment.dependencies.iter().filter(|line| line.spec.build.is_none()).map(|line| &line.spec.name);
    Some(named.chain(added).cloned().collect())
}

/// What all lines of a file have in common.
struct FileFacts {
    kind: Kind,
    origin: Origin,
    /// Whether it is an export that writes builds, so that a line without one was added by hand.
    writes_builds: bool,
}

impl FileFacts {
    fn of(environment: &Environment) -> Self {
        let kind = kind(&environment.dependencies);
        let builds = environment.dependencies.iter().filter(|line| line.spec.build.is_some()).count();
        let writes_builds = kind == Kind::Export && 2 * builds >= environment.dependencies.len();
        Self { kind, origin: origin(environment), writes_builds }
    }

    fn pin(&self, line: &Dependency) -> Pin {
        let spec = &line.spec;
        Pin {
            name: spec.name.clone(),
            text: line.text.clone(),
            line: line.at.line,
            want: self.want(spec),
            builds: self.builds(spec),
            channel: spec.channel.clone(),
            refinement: spec.refinement.clone(),
        }
    }

    fn want(&self, spec: &CondaSpec) -> Want {
        match &spec.version {
            Wanted::Any => Want::Any,
            Wanted::Like(version) if self.is_fuzzy(spec, version) => {
                Want::Range(VersionSpec::StrictRange(StrictRangeOperator::StartsWith, version.version().clone().into()))
            }
            Wanted::Exact(version) | Wanted::Like(version) => Want::Exact(version.clone()),
            Wanted::Range(range) => Want::Range(range.clone()),
        }
    }

    /// Whether `=1.2` means `1.2.*` on this line.
    fn is_fuzzy(&self, spec: &CondaSpec, version: &VersionWithSource) -> bool {
        let added_by_hand = self.writes_builds && spec.build.is_none();
        self.kind == Kind::HandWritten || (added_by_hand && is_partial(version))
    }

    fn builds(&self, spec: &CondaSpec) -> Vec<String> {
        let Some(build) = spec.build.as_deref().filter(|build| *build != "*") else { return Vec::new() };
        let asked_for = !is_literal(build) || (self.kind == Kind::HandWritten && !self.is_foreign());
        if asked_for { vec![build.to_owned()] } else { variant::globs(spec.name.as_normalized(), build) }
    }

    /// The platform that a package without a selector is for, where it isn't for linux-64.
    fn foreign(&self, spec: &CondaSpec) -> Option<Os> {
        let name = spec.name.as_normalized();
        let version = match &spec.version {
            Wanted::Exact(version) | Wanted::Like(version) => Some(version.version()),
            Wanted::Any | Wanted::Range(_) => None,
        };
        let is_their_own = |os: &Os| counterparts(name, *os, version).is_some();
        if let Some(os) = self.origin.os.filter(is_their_own) {
            return Some(os);
        }
        let theirs = only_on(name).filter(|_| self.is_foreign())?;
        self.origin.os.filter(|os| theirs.contains(os)).or_else(|| theirs.first().copied())
    }

    fn is_foreign(&self) -> bool {
        matches!(self.origin.os, Some(Os::Osx | Os::Win))
    }
}

fn foreign_selector(selector: Selector) -> Option<Os> {
    match selector {
        Selector::Linux64 => None,
        Selector::Osx => Some(Os::Osx),
        Selector::Win => Some(Os::Win),
        Selector::OtherLinux => Some(Os::Linux),
    }
}
