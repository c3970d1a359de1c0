//! The top of a page: what was done, in figures and facts.

use super::{
    Comparison, Conversion,
    html::{Html, element, plain, word},
    links::{details, prose, table},
    sizes::sum,
};
use crate::{
    lockfile::{Lockfile, diff::ChangeKind},
    report::Report,
    words::{and, bytes, count},
};

/// `environment.yml, an export from macOS, as an environment for Linux (linux-64)`.
pub(super) fn subtitle(of: &Conversion) -> String {
    format!("{}, {}, made into an environment for Linux (linux-64)", of.report.file, of.report.origin_in_words())
}

pub(super) fn of_conversion(of: &Conversion) -> Html {
    let Conversion { report, lock, .. } = of;
    let counts = report.counts;
    let shares = [
        ("kept", counts.kept, "have what was asked for"),
        ("moved", counts.moved, "have another version or build"),
        ("gone", counts.gone, "aren't installed"),
    ];
    let figures = figures(&shares, counts.pins);
    let mut html = plain("p", Html::text(format!("The file names {}. Of these:", count(counts.pins, "conda package"))));
    html.push(figures);
    html.push(facts(&facts_of(report, lock)));
    html.push(remarks(report));
    html
}

/// Numbers with their words, and a bar of their shares.
fn figures(shares: &[(&'static str, usize, &str)], total: usize) -> Html {
    let figure = |(class, number, words): &(&'static str, usize, &str)| {
        let number = word("strong", "number", number);
        let name = word("span", "name", format!(" {class} "));
        element("li", &[("class", class)], number.and(name).and(word("span", "words", words)))
    };
    let part = |(class, number, _): &(&'static str, usize, &str)| {
        #[allow(clippy::cast_precision_loss, reason = "there aren't so many")]
        let share = format!("width:{:.2}%", *number as f64 * 100.0 / total.max(1) as f64);
        element("span", &[("class", class), ("style", &share)], Html::default())
    };
    let bar = shares.iter().filter(|(_, number, _)| *number > 0).map(part).collect();
    element("ul", &[("class", "figures")], shares.iter().map(figure).collect()).and(element(
        "div",
        &[("class", "bar"), ("aria-hidden", "true")],
        bar,
    ))
}

/// Facts in the words of programs.
const IN_CODE: &[&str] = &["Base image", "It is taken to offer"];

fn facts(facts: &[(&str, String)]) -> Html {
    let fact = |(name, value): &(&str, String)| {
        let value = Html::text(value);
        let value = if IN_CODE.contains(name) { plain("code", value) } else { value };
        element("div", &[], plain("dt", Html::text(name)).and(plain("dd", value)))
    };
    element("dl", &[("class", "facts")], facts.iter().map(fact).collect())
}

fn facts_of(report: &Report, lock: &Lockfile) -> Vec<(&'static str, String)> {
    let python = lock.conda_packages().find(|it| it.name == "python");
    let asked = report.pins.iter().find(|it| it.name == "python").map(|it| it.wanted.as_str());
    let python = python.map_or("none".to_owned(), |it| match asked {
        Some(asked) if it.version != asked && asked != "any version" => {
            format!("{} (asked for: {asked})", it.version)
        }
        _ => it.version.to_string(),
    });
    let by_pip = lock.pip_packages().count();
    let by_conda = count(lock.conda_packages().count(), "package");
    let packages = match by_pip {
        0 if report.pip.left_out => format!("{by_conda} by conda; the pip section was left out"),
        0 => format!("{by_conda} by conda"),
        _ => format!("{by_conda} by conda, {by_pip} by pip"),
    };
    let (known, unknown) = sum(lock.packages().iter());
    let size = match unknown {
        0 => bytes(known),
        _ if known == 0 => "unknown: the channels don't say".to_owned(),
        _ => format!("{}, and {} of unknown size", bytes(known), count(unknown, "package")),
    };
    let cut_off = report.as_of.as_ref().map(|it| {
        let how = if it.inferred { " (inferred from the file)" } else { "" };
        let late = match report.late.len() {
            0 => String::new(),
            1 => "; 1 package is newer".to_owned(),
            late => format!("; {late} packages are newer"),
        };
        format!("{}{how}{late}", it.date)
    });
    let mut facts = vec![
        ("Python", python),
        ("Installed", packages),
        ("To download", size),
        ("Channels", and(&report.channels)),
        ("Cut-off date", cut_off.unwrap_or_else(|| "none: the newest packages".to_owned())),
    ];
    facts.extend(lock.base_image().ok().map(|image| ("Base image", image.to_string())));
    if !report.virtual_packages.is_empty() {
        facts.push(("It is taken to offer", and(&report.virtual_packages)));
    }
    facts
}

/// What else there is to say.
fn remarks(report: &Report) -> Html {
    let mut remarks: Vec<String> = report.notes.clone();
    if !report.proven {
        remarks.push("the search stopped at its time limit: there may be a closer environment".to_owned());
    }
    remarks.extend(report.warnings.iter().map(|it| format!("{}:{}: {}", report.file, it.line, it.message)));
    let mut html = Html::default();
    if !remarks.is_empty() {
        let items = remarks.iter().map(|it| plain("li", prose(it))).collect();
        html.push(plain("h3", Html::text("To know")).and(element("ul", &[("class", "remarks")], items)));
    }
    if !report.late.is_empty() {
        let row = |it: &crate::report::Late| vec![Html::text(&it.name), Html::text(&it.version), Html::text(&it.date)];
        let caption = Html::text("Nothing older serves in their place.");
        let rows = table(caption, &["Package", "Version", "Built on"], report.late.iter().map(row));
        html.push(details("Packages newer than the cut-off date", rows));
    }
    html
}

pub(super) fn of_comparison(of: &Comparison) -> Html {
    let number = |kind| of.changes.iter().filter(|it| it.kind == kind).count();
    let shares = [
        ("added", number(ChangeKind::Added), ""),
        ("removed", number(ChangeKind::Removed), ""),
        ("up", number(ChangeKind::Up), "to a later version"),
        ("down", number(ChangeKind::Down), "to an earlier version"),
        ("rebuilt", number(ChangeKind::Rebuilt), "in the same version"),
    ];
    let sum = |it: &super::Compared| it.entries.iter().filter_map(|it| it.size).sum::<u64>();
    let side = |it: &super::Compared| {
        let size = match sum(it) {
            0 => String::new(),
            size => format!(", {}", bytes(size)),
        };
        format!("{}: {}{size}", it.title, count(it.entries.len(), "package"))
    };
    let mut list = vec![("Before", side(&of.before)), ("After", side(&of.after))];
    if sum(&of.after) > 0 {
        list.push(("To download", format!("{} that weren't there before", bytes(of.download))));
    }
    let row =
        |(what, before, after): &(&str, &str, &str)| vec![Html::text(what), Html::text(before), Html::text(after)];
    let mut html = figures(&shares, of.changes.len()).and(facts(&list));
    if !of.other.is_empty() {
        let caption = Html::text("What else differs");
        html.push(table(caption, &["What", "Before", "After"], of.other.iter().map(row)));
    }
    html
}
