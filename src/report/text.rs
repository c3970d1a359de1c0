//! The report for a person: what the file was, what became of it, and what to do next.
//!
//! The text carries ANSI styles; who prints it takes them out where they aren't wanted. Nothing that was given up is
//! ever left out, however long the list.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{
    Dropped, Late, Report, ReportedLine, ReportedPin, ReportedPip, Verdict, Written,
    table::{self, Row},
};
use crate::{
    intent::Kind,
    words::{and, count, one_line, os},
};

/// The widest that names with a common reason stand beside each other.
const NAMES: usize = 36;
/// So many packages newer than the cut-off are named without being asked.
const LATE: usize = 5;

const HEADING: Style = Style::new().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// How to render.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layout {
    /// Also list what was kept, what was added, and the virtual packages.
    pub verbose: bool,
    /// The width of the terminal; nothing is broken without one.
    pub width: Option<usize>,
}

/// The whole report.
#[must_use]
pub fn render(report: &Report, layout: Layout) -> String {
    let sections = [
        summary(report),
        section("moved", &moved(report), layout),
        section("gone", &gone(report), layout),
        conflicts(report),
        section("moved by pip", &moved_by_pip(report), layout),
        section("not installed by pip", &dropped(report), layout),
        if layout.verbose { section("kept", &kept(report), layout) } else { String::new() },
        if layout.verbose { section("added", &added(report), layout) } else { String::new() },
        if layout.verbose { section("installed by pip", &installed_by_pip(report), layout) } else { String::new() },
        remarks(report, layout),
        ending(report),
    ];
    let sections: Vec<String> = sections.into_iter().filter(|it| !it.is_empty()).collect();
    sections.join("\n")
}

fn summary(report: &Report) -> String {
    let mut first = vec![match (report.kind, report.origin.os) {
        (Kind::HandWritten, _) => "written by hand".to_owned(),
        (Kind::Export, None) => "an export".to_owned(),
        (Kind::Export, Some(system)) if report.origin.evidence.is_empty() => format!("an export from {}", os(system)),
        (Kind::Export, Some(system)) => format!("an export from {} ({})", os(system), report.origin.evidence),
    }];
    first.push(count(report.counts.pins, "conda package"));
    if report.pip.lines > 0 {
        first.push(count(report.pip.lines, "pip line"));
    }
    let counts = report.counts;
    let mut second = format!("kept {} of {}", counts.kept, count(counts.pins, "conda package"));
    for (number, word) in [(counts.moved, "moved"), (counts.gone, "gone")] {
        if number > 0 {
            let _ = write!(second, ", {number} {word}");
        }
    }
    let mut packages = count(counts.packages, "package");
    if report.pip.locked {
        let from_source = report.pip.packages.iter().filter(|it| it.form != "wheel").count();
        let built = if from_source > 0 { format!(", {from_source} of them from source") } else { String::new() };
        let _ = write!(packages, " for linux-64, and {} by pip{built}", report.pip.packages.len());
    } else {
        packages.push_str(" for linux-64");
    }
    format!("{}: {}\n{second}; {packages}\n", one_line(&report.file), first.join(", "))
}

fn section(title: &str, rows: &[Row], layout: Layout) -> String {
    if rows.is_empty() {
        return String::new();
    }
    format!("{HEADING}{title}{HEADING:#}\n{}", table::render(rows, layout.width))
}

/// The pins of one fate: roots first, as they are what the user asked for, then by name.
fn sorted(report: &Report, fate: Verdict) -> Vec<&ReportedPin> {
    let mut pins: Vec<&ReportedPin> = report.pins.iter().filter(|it| it.fate == fate).collect();
    pins.sort_by_key(|it| (!it.root, &it.name, it.line));
    pins
}

fn moved(report: &Report) -> Vec<Row> {
    let pins = sorted(report, Verdict::Moved);
    let widest = pins.iter().map(|it| it.wanted.chars().count()).max().unwrap_or(0);
    let row = |pin: &&ReportedPin| {
        let change = format!("{:widest$} → {}", pin.wanted, pin.taken().unwrap_or_default());
        Row { cells: vec![vec![pin.name.clone()], vec![change]], prose: why(pin).to_owned() }
    };
    pins.iter().map(row).collect()
}

/// The pins that went; those that went for the same reason share a row.
fn gone(report: &Report) -> Vec<Row> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for pin in sorted(report, Verdict::Gone) {
        match groups.iter_mut().find(|(reason, _)| *reason == why(pin)) {
            Some((_, names)) => names.push(&pin.name),
            None => groups.push((why(pin), vec![&pin.name])),
        }
    }
    let row = |(why, names): (&str, Vec<&str>)| Row {
        cells: vec![table::wrap(&names.join(", "), Some(NAMES))],
        prose: why.to_owned(),
    };
    groups.into_iter().map(row).collect()
}

/// The conflicts that were drawn.
fn conflicts(report: &Report) -> String {
    let drawn = report.pins.iter().filter_map(|pin| Some((pin, pin.reason.as_ref()?.tree.as_ref()?)));
    let draw = |(pin, tree): (&ReportedPin, &String)| {
        let lines: Vec<String> = tree.lines().map(|line| format!("    {}", line.trim_end())).collect();
        format!("  {} {}\n{}\n", pin.name, pin.wanted, lines.join("\n"))
    };
    let drawn: String = drawn.map(draw).collect();
    if drawn.is_empty() { drawn } else { format!("{HEADING}conflicts{HEADING:#}\n{drawn}") }
}

fn why(pin: &ReportedPin) -> &str {
    pin.reason.as_ref().map_or("", |it| &it.text)
}

fn kept(report: &Report) -> Vec<Row> {
    let row = |pin: &ReportedPin| {
        let cells = [Some(&pin.name), pin.version.as_ref(), pin.build.as_ref()];
        plain(cells.into_iter().flatten())
    };
    sorted(report, Verdict::Kept).into_iter().map(row).collect()
}

fn added(report: &Report) -> Vec<Row> {
    report.added.iter().map(|it| plain([&it.name, &it.version, &it.build])).collect()
}

/// The pip lines of which another version is installed by pip.
fn moved_by_pip(report: &Report) -> Vec<Row> {
    let is_moved = |it: &&ReportedLine| it.fate == Verdict::Moved && it.by == Some("pip");
    let row = |it: &ReportedLine| {
        let wanted = if it.wanted.is_empty() { "any version" } else { &it.wanted };
        let change = format!("{wanted} → {}", it.version.as_deref().unwrap_or_default());
        Row { cells: vec![vec![it.title().to_owned()], vec![change]], prose: it.reason.clone().unwrap_or_default() }
    };
    report.pip.pins.iter().filter(is_moved).map(row).collect()
}

/// The lines that pip doesn't install.
fn dropped(report: &Report) -> Vec<Row> {
    let row = |it: &Dropped| Row { cells: vec![table::wrap(&it.text, Some(NAMES))], prose: it.reason.clone() };
    report.pip.dropped.iter().map(row).collect()
}

fn installed_by_pip(report: &Report) -> Vec<Row> {
    let row = |it: &ReportedPip| {
        let mut row = plain([&it.name, &it.version, &it.form.to_owned()]);
        row.prose = match it.role {
            "asked" => String::new(),
            "builds" => format!("builds {}", and(&it.builds)),
            _ => "needed by others".to_owned(),
        };
        row
    };
    report.pip.packages.iter().map(row).collect()
}

fn plain<'a>(cells: impl IntoIterator<Item = &'a String>) -> Row {
    Row { cells: cells.into_iter().map(|it| vec![it.clone()]).collect(), prose: String::new() }
}

/// Notes, then the warnings of the environment file with the line they speak of.
fn remarks(report: &Report, layout: Layout) -> String {
    let mut text = String::new();
    for note in notes(report, layout.verbose) {
        text.push_str(&self::note(&note, layout.width));
    }
    if !report.proven {
        let limit = report.timeout.map(|seconds| format!(" after {seconds} s")).unwrap_or_default();
        let message = format!("the search stopped{limit}: there may be a closer environment; --timeout sets the limit");
        text.push_str(&self::warning(&message, layout.width));
    }
    for warning in &report.warnings {
        let message = format!("{}:{}: {}", one_line(&report.file), warning.line, warning.message);
        text.push_str(&self::warning(&message, layout.width));
    }
    text
}

/// `note: …`, broken under its own beginning.
#[must_use]
pub fn note(message: &str, width: Option<usize>) -> String {
    labelled("note", NOTE, message, width)
}

/// `warning: …`, broken under its own beginning.
#[must_use]
pub fn warning(message: &str, width: Option<usize>) -> String {
    labelled("warning", WARNING, message, width)
}

fn labelled(label: &str, style: Style, message: &str, width: Option<usize>) -> String {
    let indent = label.len() + 2;
    let lines = table::wrap(message, width.map(|it| it.saturating_sub(indent).max(indent)));
    format!("{style}{label}:{style:#} {}\n", lines.join(&format!("\n{:indent$}", "")))
}

fn notes(report: &Report, verbose: bool) -> Vec<String> {
    let mut notes = report.notes.clone();
    let gave_way = |pin: &ReportedPin| pin.reason.as_ref().is_some_and(|why| ["conflict", "unmet"].contains(&why.code));
    if report.proven && report.pins.iter().any(gave_way) {
        notes.push("these channels have no environment that is closer to the file; that is proven".to_owned());
    }
    if let Some(cut_off) = &report.as_of {
        let how = if cut_off.inferred { ", inferred; --as-of sets another" } else { "" };
        notes.push(format!("the cut-off date is {}{how}", cut_off.date));
    }
    if !report.late.is_empty() {
        notes.push(late(&report.late, verbose));
    }
    if report.pip.left_out {
        notes.push(format!("the pip section ({}) is left out, as asked", count(report.pip.lines, "line")));
    }
    let tools: Vec<&str> =
        report.pip.packages.iter().filter(|it| it.role == "builds").map(|it| it.name.as_str()).collect();
    if !tools.is_empty() {
        notes.push(format!("pip installs {} as well, which others are built with", and(&tools)));
    }
    if verbose && !report.virtual_packages.is_empty() {
        notes.push(format!("the target is taken to offer {}", and(&report.virtual_packages)));
    }
    notes
}

fn late(late: &[Late], verbose: bool) -> String {
    let shown = if verbose { late.len() } else { LATE };
    let mut names: Vec<String> =
        late.iter().take(shown).map(|it| format!("{} {} ({})", it.name, it.version, it.date)).collect();
    if late.len() > shown {
        names.push(format!("{} more (-v names them)", late.len() - shown));
    }
    let verb = if late.len() == 1 { "is" } else { "are" };
    let packages = count(late.len(), "package");
    format!("{packages} {verb} newer than that, as nothing older serves: {}", and(&names))
}

/// What was written, and the next step.
fn ending(report: &Report) -> String {
    if report.written.is_empty() {
        return String::new();
    }
    let paths = |changed| -> Vec<String> {
        report.written.iter().filter(|it| it.changed == changed).map(|it| one_line(&it.path)).collect()
    };
    let (wrote, same) = (paths(true), paths(false));
    let verb = if same.len() == 1 { "is" } else { "are" };
    let mut text = match (wrote.is_empty(), same.is_empty()) {
        (_, true) => format!("wrote {}\n", and(&wrote)),
        (true, false) => format!("{} {verb} unchanged\n", and(&same)),
        (false, false) => format!("wrote {}; {} {verb} unchanged\n", and(&wrote), and(&same)),
    };
    if let Some(context) = report.written.iter().find_map(build_context) {
        let _ = writeln!(text, "next: docker build -t {} {}", image_name(report.name.as_deref()), quoted(context));
    }
    text
}

/// The directory of the Dockerfile.
fn build_context(written: &Written) -> Option<&str> {
    match written.path.rsplit_once(['/', '\\']) {
        Some((directory, "Dockerfile")) => Some(if directory.is_empty() { "/" } else { directory }),
        None if written.path == "Dockerfile" => Some("."),
        _ => None,
    }
}

/// The environment's name as the name of an image: the last part of a path, in lower case, with single separators
/// between letters and digits (the grammar of `path-component` in the OCI distribution specification).
fn image_name(name: Option<&str>) -> String {
    let name = name.unwrap_or_default().to_ascii_lowercase();
    let last = name.rsplit(['/', '\\']).find(|it| !it.is_empty()).unwrap_or_default();
    let words: Vec<&str> = last.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty()).collect();
    if words.is_empty() { "environment".to_owned() } else { words.join("-") }
}

/// The path as a word for the shell.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:\\~".contains(c);
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
