//! What moved and what went, for the lock.

use super::{Report, ReportedLine, ReportedPin, Verdict};
use crate::lockfile::{LockedFate, LockedOutcome, Manager, Requested};

/// One for each pin that moved, comes as a wheel or went, those that are there first, by name, then those of pip in the order of their lines.
///
/// They are in ASCII as far as names and reasons are, hold no path, and don't depend on the order of the file.
#[must_use]
pub fn outcomes_for_lock(report: &Report) -> Vec<LockedOutcome> {
    let mut pins: Vec<&ReportedPin> = report.pins.iter().filter(|it| it.reason.is_some()).collect();
    pins.sort_by_key(|it| (it.version.is_none(), &it.name, &it.text));
    let mut outcomes: Vec<LockedOutcome> = pins.into_iter().map(of_conda).collect();
    outcomes.dedup();
    let mut of_pip: Vec<LockedOutcome> = report.pip.pins.iter().filter_map(of_pip).collect();
    of_pip.sort_by(|a, b| (&a.asked, a).cmp(&(&b.asked, b)));
    of_pip.dedup();
    outcomes.extend(of_pip);
    outcomes
}

fn of_pip(pin: &ReportedLine) -> Option<LockedOutcome> {
    let why = pin.reason.clone()?;
    let fate = match (pin.fate, pin.by, &pin.version) {
        (Verdict::Moved, Some("pip"), Some(version)) => LockedFate::MovedTo(version.clone()),
        (Verdict::Gone, ..) => LockedFate::Gone,
        _ => LockedFate::NotByPip,
    };
    let name = Requested::pip(&pin.text).name().to_owned();
    Some(LockedOutcome { manager: Manager::Pip, name, asked: pin.text.clone(), fate, why })
}

fn of_conda(pin: &ReportedPin) -> LockedOutcome {
    LockedOutcome {
        manager: Manager::Conda,
        name: pin.name.clone(),
        asked: pin.wanted.clone(),
        fate: match &pin.package {
            Some(name) if pin.is_wheel() => LockedFate::ByPip(name.clone()),
            _ => pin.taken().map_or(LockedFate::Gone, LockedFate::MovedTo),
        },
        why: pin.reason.as_ref().map(|it| it.text.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing;

    #[test]
    fn the_lock_lists_what_moved_and_what_went_by_name() {
        let report = testing::report();
        assert_eq!(
            outcomes_for_lock(&report).iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "numpy 1.15.4 moved to 1.15.3: no channel has 1.15.4 for Linux",
                "openblas 0.2.20 moved to 0.3.3: scikit-learn 0.20.1 needs openblas >=0.3.3,<0.3.4",
                "appnope 0.1.0 is gone: only built for macOS",
                "libcxx 4.0.1 is gone: only built for macOS",
                "pip's -e . is gone: on a machine's disk",
                "pip's idna==3.0 moved to 2.8: requests 2.22.0 needs idna <2.9",
                "pip's six>=1.10 is not installed by pip: conda provides it as six 1.12.0",
            ]
        );
    }

    #[test]
    fn the_order_of_the_file_does_not_matter() {
        let report = testing::report();
        let mut turned = report.clone();
        turned.pins.reverse();
        assert_eq!(outcomes_for_lock(&turned), outcomes_for_lock(&report));
    }
}
