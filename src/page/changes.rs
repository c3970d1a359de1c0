//! What isn't as it was asked for, or as it was, and why.

use super::{
    Comparison, Conversion,
    html::{Html, plain},
    links::{details, link, named, reason, table},
    model::{Mark, Package, Packages},
};
use crate::{
    lockfile::diff::ChangeKind,
    report::{ReportedPin, Verdict},
    words::count,
};

pub(super) fn of_conversion(of: &Conversion, packages: &Packages) -> Html {
    let pins: Vec<&ReportedPin> = of.report.pins.iter().filter(|it| it.reason.is_some()).collect();
    let mut html = Html::default();
    if pins.is_empty() && of.report.pip.pins.iter().all(|it| it.reason.is_none()) {
        return plain("p", Html::text("Nothing did: every package has the version that was asked for."));
    }
    for (fate, title) in [(Verdict::Moved, "Moved"), (Verdict::Gone, "Gone"), (Verdict::Kept, "Installed as wheels")] {
        let of_fate = pins.iter().copied().filter(|it| it.fate == fate);
        let is_moved = fate != Verdict::Gone;
        let (used, libraries): (Vec<&ReportedPin>, Vec<&ReportedPin>) = of_fate.partition(|it| it.used);
        if !used.is_empty() {
            let caption = format!("{} that people use", count(used.len(), "package"));
            html.push(plain("h3", Html::text(title)).and(fates(&used, is_moved, &caption, packages)));
        }
        if !libraries.is_empty() {
            let caption = caption_of_libraries(title, libraries.len());
            html.push(details(&caption, fates(&libraries, is_moved, &caption, packages)));
        }
    }
    html.push(of_pip(of, packages));
    html
}

fn caption_of_libraries(title: &str, number: usize) -> String {
    let word = if number == 1 { "library" } else { "libraries" };
    format!("{title}: {number} {word}, which other packages need")
}

/// A row for each pin: roots first, then by name.
fn fates(pins: &[&ReportedPin], is_moved: bool, caption: &str, packages: &Packages) -> Html {
    let mut pins = pins.to_vec();
    pins.sort_by_key(|it| (!it.root, &it.name, it.line));
    let row = |pin: &&ReportedPin| {
        let name = named(packages.all.iter().position(|it| it.is_of(pin)), &pin.name, packages);
        let why = pin.reason.as_ref().map(|it| reason(&it.into(), packages)).unwrap_or_default();
        let taken = is_moved.then(|| Html::text(pin.taken().unwrap_or_default()));
        [Some(name), Some(Html::text(&pin.wanted)), taken, Some(why)].into_iter().flatten().collect()
    };
    let titles: &[&str] =
        if is_moved { &["Package", "Asked for", "Installed", "Why"] } else { &["Package", "Asked for", "Why"] };
    table(Html::text(caption), titles, pins.iter().map(row))
}

/// The lines of the pip section that aren't installed as they stand.
fn of_pip(of: &Conversion, packages: &Packages) -> Html {
    let lines: Vec<_> = of.report.pip.pins.iter().filter(|it| it.reason.is_some()).collect();
    if lines.is_empty() {
        return Html::default();
    }
    let row = |line: &&crate::report::ReportedLine| {
        let became = match (&line.version, line.by) {
            (Some(version), Some(by)) => format!("{version}, by {by}"),
            _ => "not installed".to_owned(),
        };
        let why = reason(&line.reason.clone().unwrap_or_default().into(), packages);
        vec![Html::text(&line.text), Html::text(became), why]
    };
    let caption = format!("{} that pip doesn't install as they stand", count(lines.len(), "line"));
    plain("h3", Html::text("Lines of the pip section")).and(table(
        Html::text(caption),
        &["Line", "Installed", "Why"],
        lines.iter().map(row),
    ))
}

pub(super) fn of_comparison(of: &Comparison, packages: &Packages) -> Html {
    let mut html = Html::default();
    for (kind, title) in ChangeKind::ALL.into_iter().zip(["Added", "Removed", "Up", "Down", "Rebuilt"]) {
        let (used, libraries): (Vec<&Package>, Vec<&Package>) =
            packages.all.iter().filter(|it| it.mark == Mark::Changed(kind)).partition(|it| it.is_used);
        let rows = |packages: &[&Package], caption: String| {
            let row = |package: &&Package| {
                let change = of.changes.iter().find(|it| it.manager == package.manager && it.name == package.name);
                let side = |side: Option<&String>| Html::text(side.map_or("", String::as_str));
                vec![
                    link(package, &package.name),
                    side(change.and_then(|it| it.before.as_ref())),
                    side(change.and_then(|it| it.after.as_ref())),
                ]
            };
            table(Html::text(caption), &["Package", "Before", "After"], packages.iter().map(row))
        };
        if used.is_empty() && libraries.is_empty() {
            continue;
        }
        html.push(plain("h3", Html::text(title)));
        if !used.is_empty() {
            html.push(rows(&used, count(used.len(), "package")));
        }
        if !libraries.is_empty() {
            let caption = caption_of_libraries(title, libraries.len());
            html.push(if used.is_empty() && libraries.len() < 20 {
                rows(&libraries, caption)
            } else {
                details(&caption, rows(&libraries, caption.clone()))
            });
        }
    }
    if html.is_empty() { plain("p", Html::text("Nothing: the packages are the same.")) } else { html }
}
