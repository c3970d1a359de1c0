//! Why a pin moved or went, in words.
//!
//! The same words stand on the terminal, in the `--json` document and in the head of the lockfile.

use std::collections::BTreeSet;

use rattler_conda_types::{PackageName, RepoDataRecord};

use crate::{
    intent::{ForeignPin, Os, Pin, Want, only_on},
    solve::{Fate, Outcome, Reason},
    words::{and, one_line},
};

/// The kind of reason of a pin that comes as a wheel.
pub(super) const WHEEL: &str = "wheel";
/// That of one that channels have as wheels alone, none of which will do.
pub(super) const NO_WHEEL: &str = "no-wheel";

/// That of one that is for other platforms, or whose line is.
const ONLY_FOR: &str = "only-for";
/// That of a run-time library of another platform, of which Linux has its own.
const OWN_RUNTIME: &str = "own-runtime";

/// A name for the kind of reason, for programs. It stays the same when the words change.
#[must_use]
pub fn code(reason: &Reason) -> &'static str {
    match reason {
        Reason::OnlyFor(_) => ONLY_FOR,
        Reason::Renamed(_) => "renamed",
        Reason::DefaultsOnly => "defaults-only",
        Reason::OnlyWhen(_) => "only-when",
        Reason::NoSuchName => "no-such-name",
        Reason::Unusable(_) => "unusable",
        Reason::OtherPython { .. } => "other-python",
        Reason::NotOffered { .. } => "not-offered",
        Reason::NoSuchVersion => "no-such-version",
        Reason::Hidden { .. } => "hidden",
        Reason::NoSuchVariant => "no-such-variant",
        Reason::NotNeeded => "not-needed",
        Reason::Unmet(_) => "unmet",
        Reason::NotTried => "not-tried",
        Reason::Conflict { .. } => "conflict",
    }
}

/// Why nothing is wanted for a line of another platform, after the name of the kind of reason.
pub(super) fn foreign(line: &ForeignPin) -> (&'static str, String) {
    match line.counterparts() {
        Some(names) => {
            let system = line.only_for.name();
            (OWN_RUNTIME, format!("{system}'s own run-time library; Linux has {}", names.join(" or ")))
        }
        // What a package is built for is more than what a selector says of its line.
        None if only_on(line.pin.name.as_normalized()).is_none() => {
            (ONLY_FOR, "the line isn't for linux-64".to_owned())
        }
        None => (ONLY_FOR, only_built_for(&[line.only_for])),
    }
}

/// Why the pin got another record instead of what it wanted.
#[must_use]
pub fn moved(pin: &Pin, reason: &Reason) -> String {
    common(pin, reason)
}

/// Why the pin got nothing. `installed` are the names of all packages that will be there.
#[must_use]
pub fn gone(pin: &Pin, reason: &Reason, installed: &BTreeSet<&PackageName>) -> String {
    match reason {
        Reason::Renamed(name) if installed.contains(name) => format!("{}, which is installed", common(pin, reason)),
        Reason::Renamed(_) => format!("{}, which is not installed", common(pin, reason)),
        _ => common(pin, reason),
    }
}

/// Why a pin isn't as it was wanted, if it isn't. `records` are all that will be installed.
#[must_use]
pub fn gone_or_moved(outcome: &Outcome, records: &[RepoDataRecord]) -> Option<String> {
    match &outcome.fate {
        Fate::Kept { .. } => None,
        Fate::Moved { reason, .. } => Some(moved(&outcome.pin, reason)),
        Fate::Gone { reason } => {
            Some(gone(&outcome.pin, reason, &records.iter().map(|it| &it.package_record.name).collect()))
        }
    }
}

/// What is said alike of a pin that moved and of one that went.
fn common(pin: &Pin, reason: &Reason) -> String {
    match reason {
        Reason::OnlyFor(systems) => only_built_for(systems),
        Reason::Renamed(name) => format!("called {} on Linux", name.as_normalized()),
        Reason::DefaultsOnly => "only on Anaconda's own channels".to_owned(),
        Reason::OnlyWhen(condition) => format!("the line counts only when {}, which isn't so", one_line(condition)),
        Reason::NoSuchName => "no channel has it for Linux".to_owned(),
        Reason::NoSuchVersion => no_such_version(pin),
        Reason::Hidden { by, first } if pin.channel.is_some() => format!("{by} has it, but the line names {first}"),
        Reason::Hidden { by, first } => {
            format!("{by} has it, but channel {first} comes first and has {}, too", pin.name.as_normalized())
        }
        Reason::NoSuchVariant if pin.builds.is_empty() => "no build of that variant for Linux".to_owned(),
        Reason::NoSuchVariant => format!("no build for Linux matches {}", pin.builds.join(" or ")),
        Reason::NotNeeded => "not needed on Linux".to_owned(),
        Reason::Conflict { why, because, .. } if why.is_empty() => format!("conflicts with {}", and(because)),
        Reason::NotTried => "there was no time to try".to_owned(),
        Reason::NotOffered { why, advice: Some(advice), .. } => {
            format!("{}; say --virtual-package {advice} if it does", one_line(why))
        }
        Reason::NotOffered { why, .. }
        | Reason::Unusable(why)
        | Reason::Unmet(why)
        | Reason::OtherPython { why, .. }
        | Reason::Conflict { why, .. } => one_line(why),
    }
}

fn no_such_version(pin: &Pin) -> String {
    match &pin.want {
        Want::Any => "no channel has a version for Linux".to_owned(),
        Want::Exact(version) => format!("no channel has {version} for Linux"),
        Want::Range(spec) => format!("no channel has {spec} for Linux"),
    }
}

fn only_built_for(systems: &[Os]) -> String {
    if systems.is_empty() {
        return "not built for Linux".to_owned();
    }
    let systems: Vec<_> = systems.iter().map(|it| it.name()).collect();
    format!("only built for {}", and(&systems))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::pin;

    fn name(name: &str) -> PackageName {
        name.parse().unwrap()
    }

    #[test]
    fn a_missing_version_is_named() {
        let pin = pin("numpy=1.15.4=py36h6a91979_0");
        assert_eq!(moved(&pin, &Reason::NoSuchVersion), "no channel has 1.15.4 for Linux");
        assert_eq!(gone(&pin, &Reason::NoSuchVersion, &BTreeSet::new()), "no channel has 1.15.4 for Linux");
    }

    #[test]
    fn a_hidden_version_is_told_with_both_channels() {
        let hidden = Reason::Hidden { by: "conda-forge".into(), first: "defaults".into() };
        let expected = "conda-forge has it, but channel defaults comes first and has libffi, too";
        assert_eq!(moved(&pin("libffi=3.4.4"), &hidden), expected);
        let named = Pin { channel: Some("defaults".to_owned()), ..pin("libffi=3.4.4") };
        assert_eq!(moved(&named, &hidden), "conda-forge has it, but the line names defaults");
    }

    #[test]
    fn platforms_are_written_as_their_users_write_them() {
        let none = BTreeSet::new();
        let pin = pin("appnope=0.1.0=py36_0");
        assert_eq!(gone(&pin, &Reason::OnlyFor(vec![Os::Osx]), &none), "only built for macOS");
        assert_eq!(gone(&pin, &Reason::OnlyFor(vec![Os::Osx, Os::Win]), &none), "only built for macOS and Windows");
        assert_eq!(gone(&pin, &Reason::OnlyFor(vec![]), &none), "not built for Linux");
    }

    #[test]
    fn a_line_with_a_selector_is_told_from_a_package_of_one_platform() {
        let why = |name: &str| foreign(&ForeignPin { pin: pin(name), only_for: Os::Win, by_selector: true }).1;
        assert_eq!(why("colorama"), "the line isn't for linux-64");
        assert_eq!(why("m2w64-toolchain"), "only built for Windows");
    }

    #[test]
    fn a_renamed_package_says_whether_it_is_there() {
        let (pin, new) = (pin("pytables=3.4.4=py36_0"), name("tables"));
        let reason = Reason::Renamed(new.clone());
        assert_eq!(gone(&pin, &reason, &BTreeSet::from([&new])), "called tables on Linux, which is installed");
        assert_eq!(gone(&pin, &reason, &BTreeSet::new()), "called tables on Linux, which is not installed");
        assert_eq!(moved(&pin, &reason), "called tables on Linux");
    }

    #[test]
    fn a_variant_names_its_globs() {
        let pin = Pin { builds: vec!["cuda*".into(), "*_gpu".into()], ..pin("pytorch=1.0.0=cuda92py36_0") };
        assert_eq!(moved(&pin, &Reason::NoSuchVariant), "no build for Linux matches cuda* or *_gpu");
    }

    #[test]
    fn a_conflict_tells_its_chain_on_one_line() {
        let pin = pin("openblas=0.2.20");
        let conflict = |why: &str| Reason::Conflict {
            because: vec!["scikit-learn 0.20.1".into(), "numpy 1.15.4".into()],
            why: why.into(),
            tree: None,
        };
        assert_eq!(moved(&pin, &conflict("a needs\n b")), "a needs b");
        assert_eq!(moved(&pin, &conflict("")), "conflicts with scikit-learn 0.20.1 and numpy 1.15.4");
    }
}
