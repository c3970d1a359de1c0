//! The report, gathered from what each step made.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};
use rattler_conda_types::{GenericVirtualPackage, PackageName, PackageRecord};

use super::{
    Added, Counts, CutOff, Dropped, Late, Pip, Report, ReportOrigin, ReportWarning, ReportedLine, ReportedPin,
    ReportedPip, Verdict, Why, reason,
};
use crate::{
    base::schema_version::SchemaVersion,
    environment::Environment,
    intent::{ForeignPin, Intent, Kind, Os, Pin, Want},
    pypi::{self, PipLock, PipPackage, Role},
    solve::{Fate, Outcome, Reason, Solution, built},
    words::one_line,
};

/// What a report is made from.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The environment file.
    pub environment: &'a Environment,
    /// What was meant by it.
    pub intent: &'a Intent,
    /// What came of it.
    pub solution: &'a Solution,
    /// For which other platforms the channels have what they don't have for linux-64, as far as that is at hand.
    pub elsewhere: &'a BTreeMap<PackageName, Vec<Os>>,
    /// What became of packages that channels have as wheels alone.
    pub wheels: &'a BTreeMap<PackageName, WheelFate>,
    /// The channels used, by name, the most important first.
    pub channels: &'a [String],
    /// What else is to be said, such as the channels that were replaced: sentences without a full stop.
    pub notes: &'a [String],
    /// What the target image offers.
    pub virtual_packages: &'a [GenericVirtualPackage],
    /// The cut-off date, if there is one.
    pub as_of: Option<CutOff>,
    /// How long the search was allowed to take.
    pub timeout: Option<Duration>,
    /// What came of the pip section; `None` where there is none, or where it is left out on purpose (`--no-pip`).
    pub pip: Option<&'a PipLock>,
}

/// What became of a package that channels have as wheels alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WheelFate {
    /// pip installs one.
    Granted {
        /// What it brings, by its name on `PyPI`.
        name: String,
        /// Its version.
        version: String,
        /// The name of its file.
        file: String,
        /// The channel, by name.
        channel: String,
    },
    /// None of them will do, and this is why: a sentence without a full stop.
    Refused(String),
}

impl Report {
    /// Gathers what happened. Nothing is written yet: [`Report::written`] is empty.
    #[must_use]
    pub fn new(facts: &Facts<'_>) -> Self {
        let Facts { environment, intent, solution, .. } = facts;
        let installed: BTreeSet<&PackageName> = solution.records.iter().map(|it| &it.package_record.name).collect();
        let own = solution.outcomes.iter();
        let own = own.map(|it| with_wheel(reported(it, intent, &installed, facts.elsewhere), it, facts.wheels));
        // Of a line for each platform, that for this one counts.
        let asked: BTreeSet<&PackageName> = intent.pins.iter().map(|pin| &pin.name).collect();
        let others = intent.elsewhere.iter().filter(|it| !asked.contains(&it.pin.name));
        let mut pins: Vec<ReportedPin> = own.chain(others.map(|it| foreign(it, intent.kind, solution))).collect();
        pins.sort_by_key(|pin| pin.line);
        let added = added(solution, &pins);
        let fates = |verdict| pins.iter().filter(|it| it.fate == verdict).count();
        Self {
            schema_version: SchemaVersion,
            file: environment.file.clone(),
            name: environment.name.clone(),
            kind: intent.kind,
            origin: ReportOrigin { os: intent.origin.os, evidence: one_line(&intent.origin.evidence) },
            counts: Counts {
                pins: pins.len(),
                kept: fates(Verdict::Kept),
                moved: fates(Verdict::Moved),
                gone: fates(Verdict::Gone),
                packages: solution.records.len(),
                added: added.len(),
            },
            pins,
            added,
            channels: facts.channels.to_vec(),
            late: facts.as_of.as_ref().map(|it| late(solution, it.at)).unwrap_or_default(),
            as_of: facts.as_of.clone(),
            virtual_packages: facts.virtual_packages.iter().map(ToString::to_string).collect(),
            proven: solution.proven,
            timeout: facts.timeout.map(|limit| limit.as_secs_f64()),
            pip: pip(environment.pip.len(), facts.pip),
            warnings: environment
                .warnings
                .iter()
                .map(|it| ReportWarning { line: it.at.line, message: one_line(&it.message) })
                .collect(),
            notes: facts.notes.iter().chain(facts.pip.iter().flat_map(|it| &it.notes)).map(|it| one_line(it)).collect(),
            configured: Vec::new(),
            written: Vec::new(),
        }
    }
}

fn pip(lines: usize, locked: Option<&PipLock>) -> Pip {
    let Some(locked) = locked else { return Pip { lines, left_out: lines > 0, ..Pip::default() } };
    let package = |it: &PipPackage| {
        let (role, builds) = match &it.role {
            Role::Asked => ("asked", Vec::new()),
            Role::Needed => ("needed", Vec::new()),
            Role::Builds(others) => ("builds", others.clone()),
        };
        let form = it.artifact.form();
        ReportedPip { name: it.name.to_string(), version: it.version.to_string(), form, role, builds }
    };
    let dropped = |it: &pypi::PipOutcome| {
        Some(Dropped { line: it.line, text: one_line(&it.text), reason: one_line(it.not_by_pip()?) })
    };
    let pins: Vec<ReportedLine> = locked.outcomes.iter().map(line).collect();
    let fates = |verdict| pins.iter().filter(|it| it.fate == verdict).count();
    Pip {
        lines,
        locked: true,
        left_out: false,
        packages: locked.packages.iter().map(package).collect(),
        kept: fates(Verdict::Kept),
        moved: fates(Verdict::Moved),
        gone: fates(Verdict::Gone),
        pins,
        dropped: locked.outcomes.iter().filter_map(dropped).collect(),
    }
}

fn line(outcome: &pypi::PipOutcome) -> ReportedLine {
    let (fate, by, version, why) = match &outcome.fate {
        pypi::PipFate::Kept { version } => (Verdict::Kept, Some("pip"), version.as_ref(), None),
        pypi::PipFate::Provided { version, why } => (Verdict::Kept, Some("conda"), Some(version), Some(why)),
        pypi::PipFate::Moved { version, why } => (Verdict::Moved, Some("pip"), Some(version), Some(why)),
        pypi::PipFate::Replaced { version, why } => (Verdict::Moved, Some("conda"), Some(version), Some(why)),
        pypi::PipFate::Gone { why } => (Verdict::Gone, None, None, Some(why)),
    };
    ReportedLine {
        name: outcome.name.clone(),
        text: one_line(&outcome.text),
        line: outcome.line,
        wanted: outcome.wanted.clone(),
        fate,
        by,
        version: version.cloned(),
        reason: why.map(|why| one_line(why)),
    }
}

fn reported(
    outcome: &Outcome,
    intent: &Intent,
    installed: &BTreeSet<&PackageName>,
    elsewhere: &BTreeMap<PackageName, Vec<Os>>,
) -> ReportedPin {
    let pin = &outcome.pin;
    // What an export from Linux had was built for Linux, if not by these channels.
    let is_from_linux = intent.origin.os == Some(Os::Linux);
    let only_for = elsewhere.get(&pin.name).filter(|_| !is_from_linux);
    let only_for = only_for.map(|platforms| Reason::OnlyFor(platforms.clone()));
    let (fate, record, why) = match &outcome.fate {
        Fate::Kept { record } => (Verdict::Kept, Some(record), None),
        Fate::Moved { record, reason } => (Verdict::Moved, Some(record), Some((reason, reason::moved(pin, reason)))),
        Fate::Gone { reason } => {
            let reason = match reason {
                Reason::NoSuchName => only_for.as_ref().unwrap_or(reason),
                Reason::OnlyFor(_) if is_from_linux => &Reason::NoSuchName,
                reason => reason,
            };
            (Verdict::Gone, None, Some((reason, reason::gone(pin, reason, installed))))
        }
    };
    let is_other_variant = matches!(&outcome.fate, Fate::Moved { record, .. } if !pin.accepts_build(record));
    let record = record.map(|it| &it.package_record);
    ReportedPin {
        name: pin.name.as_normalized().to_owned(),
        text: one_line(&pin.text),
        line: pin.line,
        root: outcome.root,
        // A person who wrote a line wants to know what became of it.
        used: outcome.used || intent.kind == Kind::HandWritten,
        // Where there are several builds, they say the same in the words of several packages.
        wanted: match pin.builds.first() {
            Some(build) if is_other_variant => format!("{} {build}", wanted(pin)),
            _ => wanted(pin),
        },
        is_other_variant,
        fate,
        package: record.map(|it| it.name.as_normalized().to_owned()),
        version: record.map(|it| it.version.to_string()),
        build: record.map(|it| it.build.to_string()),
        reason: why.map(|(reason, text)| Why {
            code: reason::code(reason),
            text,
            because: because(reason),
            tree: tree(reason),
        }),
    }
}

/// A line for another platform. What a package of that name is on Linux stands in for one that an export has; where a
/// selector says that the line isn't for Linux, what comes in for others is nothing of the line's.
fn foreign(line: &ForeignPin, kind: Kind, solution: &Solution) -> ReportedPin {
    let ForeignPin { pin, by_selector, .. } = line;
    let of_name = |it: &&PackageRecord| it.name == pin.name && !by_selector;
    let record = solution.records.iter().map(|it| &it.package_record).find(of_name);
    let (code, text) = reason::foreign(line);
    ReportedPin {
        name: pin.name.as_normalized().to_owned(),
        text: one_line(&pin.text),
        line: pin.line,
        root: false,
        used: kind == Kind::HandWritten,
        wanted: wanted(pin),
        is_other_variant: false,
        fate: if record.is_some() { Verdict::Moved } else { Verdict::Gone },
        package: record.map(|it| it.name.as_normalized().to_owned()),
        version: record.map(|it| it.version.to_string()),
        build: record.map(|it| it.build.to_string()),
        reason: Some(Why { code, text, because: Vec::new(), tree: None }),
    }
}

/// The pin as it is with what became of it as a wheel.
fn with_wheel(pin: ReportedPin, outcome: &Outcome, wheels: &BTreeMap<PackageName, WheelFate>) -> ReportedPin {
    let is_missing = matches!(outcome.fate, Fate::Gone { reason: Reason::NoSuchName });
    let why = |code, text: String| Some(Why { code, text: one_line(&text), because: Vec::new(), tree: None });
    match wheels.get(&outcome.pin.name).filter(|_| is_missing) {
        None => pin,
        Some(WheelFate::Granted { name, version, file, channel }) => ReportedPin {
            fate: Verdict::Kept,
            package: Some(name.clone()),
            version: Some(version.clone()),
            reason: why(reason::WHEEL, format!("pip installs it, as the wheel {file} of the channel {channel}")),
            ..pin
        },
        Some(WheelFate::Refused(text)) => ReportedPin { reason: why(reason::NO_WHEEL, text.clone()), ..pin },
    }
}

fn because(reason: &Reason) -> Vec<String> {
    match reason {
        Reason::Conflict { because, .. } => because.clone(),
        Reason::OtherPython { python, .. } => vec![python.clone()],
        _ => Vec::new(),
    }
}

fn tree(reason: &Reason) -> Option<String> {
    match reason {
        Reason::Conflict { tree, .. } => tree.clone(),
        _ => None,
    }
}

/// The version wanted.
fn wanted(pin: &Pin) -> String {
    match &pin.want {
        Want::Any => "any version".to_owned(),
        Want::Exact(version) => version.to_string(),
        Want::Range(spec) => spec.to_string(),
    }
}

/// What no pin names. A renamed pin names its package, too.
fn added(solution: &Solution, pins: &[ReportedPin]) -> Vec<Added> {
    let named: BTreeSet<&str> =
        pins.iter().filter(|it| !it.is_wheel()).filter_map(|it| it.package.as_deref()).collect();
    let records = solution.records.iter().map(|it| &it.package_record);
    let added = records.filter(|it| !named.contains(it.name.as_normalized()));
    let added = added.map(|it| Added {
        name: it.name.as_normalized().to_owned(),
        version: it.version.to_string(),
        build: it.build.to_string(),
    });
    added.collect()
}

fn late(solution: &Solution, cut_off: Timestamp) -> Vec<Late> {
    let pinned: BTreeSet<&PackageName> = solution
        .outcomes
        .iter()
        .filter(|it| matches!(it.fate, Fate::Kept { .. }) && it.pin.want.exact().is_some())
        .map(|it| &it.pin.name)
        .collect();
    solution
        .records
        .iter()
        .filter_map(|record| Some((&record.package_record, built(record).filter(|it| *it > cut_off)?)))
        .map(|(record, built)| Late {
            name: record.name.as_normalized().to_owned(),
            version: record.version.to_string(),
            date: built.to_zoned(TimeZone::UTC).date().to_string(),
            pinned: pinned.contains(&record.name),
        })
        .collect()
}

#[cfg(test)]
#[path = "gather_tests.rs"]
mod tests;
