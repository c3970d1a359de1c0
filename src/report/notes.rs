//! What moved and what went, for the comments at the head of the lockfile, where a reviewer sees it.

use super::{Report, ReportedLine, ReportedPin, Verdict};

/// One line for each pin that moved or went, the moved ones first, by name.
///
/// The lines are in ASCII as far as names and reasons are, hold no path, and don't depend on the order of the file.
#[must_use]
pub fn notes_for_lock(report: &Report) -> Vec<String> {
    let mut pins: Vec<&ReportedPin> = report.pins.iter().filter(|it| it.reason.is_some()).collect();
    pins.sort_by_key(|it| (it.version.is_none(), &it.name, &it.text));
    let mut lines: Vec<String> = pins.into_iter().map(line).collect();
    lines.dedup();
    let mut of_pip: Vec<String> = report.pip.pins.iter().filter_map(pip_line).collect();
    of_pip.sort();
    of_pip.dedup();
    lines.extend(of_pip);
    lines
}

fn pip_line(pin: &ReportedLine) -> Option<String> {
    let why = pin.reason.as_ref()?;
    Some(match (pin.fate, pin.by, &pin.version) {
        (Verdict::Moved, Some("pip"), Some(version)) => format!("pip's {} moved to {version}: {why}", pin.text),
        (Verdict::Gone, ..) => format!("pip's {} is gone: {why}", pin.text),
        _ => format!("pip's {} is not installed by pip: {why}", pin.text),
    })
}

fn line(pin: &ReportedPin) -> String {
    let why = pin.reason.as_ref().map_or("", |it| &it.text);
    match pin.taken() {
        Some(taken) => format!("{} {} moved to {taken}: {why}", pin.name, pin.wanted),
        None => format!("{} {} is gone: {why}", pin.name, pin.wanted),
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
            notes_for_lock(&report),
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
        assert_eq!(notes_for_lock(&turned), notes_for_lock(&report));
    }
}
