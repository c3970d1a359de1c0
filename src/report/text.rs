//! The report for a person: what the file was, what became of it, and what to do next.
//!
//! What people use comes first, each with its reason; of libraries it tells how many moved and went, and of all of them
//! only if asked. The text carries ANSI styles; who prints it takes them out where they aren't wanted.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{
    Dropped, Late, Report, ReportedLine, ReportedPin, ReportedPip, Verdict, Written,
    readers::for_conda,
    table::{self, TableRow},
};
use crate::{
    dockerfile::{COMPOSE, is_explicit},
    intent::Kind,
    words::{and, count, one_line, shell},
};

/// How wide a terminal is taken to be that doesn't say, and the text where there is none, in characters.
pub const USUAL_WIDTH: usize = 80;

/// The widest that names with a common reason stand beside it.
const NAMES: usize = 36;
/// With more lines of names than these, the reason stands below them.
const HIGH: usize = 3;
/// With more than these, those that moved for the same reason share a row.
const MANY: usize = 4;
/// The widest version that others are aligned with.
const WANTED: usize = 14;

const HEADING: Style = Style::new().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// How much to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// What became of the packages that people use.
    #[default]
    Usual,
    /// What became of each package, what was added, and what the image is taken to offer.
    All,
    /// The conflicts, too.
    Conflicts,
}

/// How to render.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// How much to tell.
    pub detail: Detail,
    /// The width of the terminal, in characters. No line is wider, unless it is a path to be copied.
    pub width: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self { detail: Detail::default(), width: USUAL_WIDTH }
    }
}

/// The whole report.
#[must_use]
pub fn render(report: &Report, layout: Layout) -> String {
    let section = |title: &str, rows: &[TableRow]| section(title, rows, layout.width);
    let mut sections = vec![summary(report, layout)];
    if layout.detail == Detail::Usual {
        sections.push(section("moved", &moved_together(&used(report, Verdict::Moved), layout.width)));
        sections.push(section("gone", &gone(&used(report, Verdict::Gone), layout.width)));
        sections.push(section("installed as wheels", &wheels(report)));
        sections.push(section("moved by pip", &moved_by_pip(report)));
        sections.push(section("not installed by pip", &dropped(report, layout.width)));
    } else {
        for (title, fate) in [("moved", Verdict::Moved), ("gone", Verdict::Gone)] {
            for (title, pins) in
                [(title.to_owned(), used(report, fate)), (format!("libraries {title}"), libraries(report, fate))]
            {
                sections.push(section(&title, &if fate == Verdict::Moved { moved(&pins) } else { each(&pins) }));
            }
        }
        if layout.detail == Detail::Conflicts {
            sections.push(conflicts(report, layout.width));
        }
        sections.push(section("installed as wheels", &wheels(report)));
        sections.push(section("moved by pip", &moved_by_pip(report)));
        sections.push(section("not installed by pip", &each_dropped(report)));
        sections.push(section("kept", &kept(report)));
        sections.push(section("added", &added(report)));
        sections.push(section("installed by pip", &installed_by_pip(report)));
    }
    sections.push(remarks(report, layout) + &ending(report, layout.width));
    sections.retain(|it| !it.is_empty());
    sections.join("\n")
}

fn summary(report: &Report, layout: Layout) -> String {
    let mut origin = report.origin_in_words();
    let evidence = &report.origin.evidence;
    if layout.detail > Detail::Usual
        && report.origin.os.is_some()
        && report.kind == Kind::Export
        && !evidence.is_empty()
    {
        let _ = write!(origin, " ({evidence})");
    }
    let mut first = vec![origin, count(report.counts.pins, "conda package")];
    if report.pip.lines > 0 {
        let left_out = if report.pip.left_out { " left out" } else { "" };
        first.push(count(report.pip.lines, "pip line") + left_out);
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
    table::hanging(&format!("{}: {}", one_line(&report.file), first.join(", ")), layout.width)
        + &table::hanging(&format!("{second}; {packages}"), layout.width)
}

fn section(title: &str, rows: &[TableRow], width: usize) -> String {
    if rows.is_empty() {
        return String::new();
    }
    format!("{HEADING}{title}{HEADING:#}\n{}", table::render(rows, width))
}

/// The pins of one fate that people use.
fn used(report: &Report, fate: Verdict) -> Vec<&ReportedPin> {
    let mut pins = sorted(report, fate);
    pins.retain(|it| it.used);
    pins
}

/// The pins of one fate that others need, and no one else.
fn libraries(report: &Report, fate: Verdict) -> Vec<&ReportedPin> {
    let mut pins = sorted(report, fate);
    pins.retain(|it| !it.used);
    pins
}

/// The pins of one fate: roots first, as they are what the user asked for, then what else is used, each by name.
fn sorted(report: &Report, fate: Verdict) -> Vec<&ReportedPin> {
    let mut pins: Vec<&ReportedPin> = report.pins.iter().filter(|it| it.fate == fate).collect();
    pins.sort_by_key(|it| (!it.root, !it.used, &it.name, it.line));
    pins
}

fn moved(pins: &[&ReportedPin]) -> Vec<TableRow> {
    let wide = |pin: &&ReportedPin| pin.wanted.chars().count();
    let widest = pins.iter().map(wide).filter(|it| *it <= WANTED).max().unwrap_or(0);
    let row = |pin: &&ReportedPin| {
        let change = format!("{:widest$} → {}", pin.wanted, pin.taken().unwrap_or_default());
        TableRow { cells: vec![vec![pin.name.clone()], vec![change]], prose: why(pin).to_owned() }
    };
    pins.iter().map(row).collect()
}

/// The pins that moved; where many did for the same reason, they share a row, which comes last.
fn moved_together(pins: &[&ReportedPin], width: usize) -> Vec<TableRow> {
    let common = |pin: &ReportedPin| match pin.reason.as_ref() {
        // The reasons of the others name the version.
        Some(why) if why.code == "no-such-version" => "no channel has these versions for Linux".to_owned(),
        _ => why(pin).to_owned(),
    };
    let mut groups = by_reason(pins.iter().map(|pin| (common(pin), *pin)));
    groups.retain(|(_, pins)| pins.len() > MANY);
    let is_alone = |pin: &&&ReportedPin| groups.iter().all(|(reason, _)| *reason != common(pin));
    let mut rows = moved(&pins.iter().filter(is_alone).copied().collect::<Vec<_>>());
    for (why, pins) in groups {
        let change = |pin: &ReportedPin| format!("{} {} → {}", pin.name, pin.wanted, pin.taken().unwrap_or_default());
        let changes: Vec<String> = pins.iter().map(|pin| change(pin)).collect();
        let lines = table::fill(listed(&changes).iter().map(String::as_str), width.saturating_sub(2));
        rows.push(TableRow { cells: vec![lines], prose: why });
    }
    rows
}

/// The pins that went, each with its reason.
fn each(pins: &[&ReportedPin]) -> Vec<TableRow> {
    pins.iter().map(|pin| TableRow { cells: vec![vec![pin.name.clone()]], prose: why(pin).to_owned() }).collect()
}

/// The pins that went; those that went for the same reason share a row.
fn gone(pins: &[&ReportedPin], width: usize) -> Vec<TableRow> {
    together(pins.iter().map(|pin| (why(pin), pin.name.as_str())), width)
}

/// The reasons in the order in which they are first given, each with all that it is the reason of.
fn by_reason<W: PartialEq, T>(each: impl Iterator<Item = (W, T)>) -> Vec<(W, Vec<T>)> {
    let mut groups: Vec<(W, Vec<T>)> = Vec::new();
    for (why, it) in each {
        match groups.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, all)) => all.push(it),
            None => groups.push((why, vec![it])),
        }
    }
    groups
}

/// A row for each reason, with all that it is the reason of.
fn together<'a>(each: impl Iterator<Item = (&'a str, &'a str)>, width: usize) -> Vec<TableRow> {
    let row = |(why, names): (&str, Vec<&str>)| {
        let names = listed(&names);
        let within = |width| table::fill(names.iter().map(String::as_str), width);
        let mut lines = within(NAMES);
        if lines.len() > HIGH {
            lines = within(width.saturating_sub(2));
        }
        TableRow { cells: vec![lines], prose: why.to_owned() }
    };
    by_reason(each).into_iter().map(row).collect()
}

/// The words with a comma behind each but the last.
fn listed<S: AsRef<str>>(words: &[S]) -> Vec<String> {
    let comma = |at: usize| if at + 1 < words.len() { "," } else { "" };
    words.iter().enumerate().map(|(at, word)| format!("{}{}", word.as_ref(), comma(at))).collect()
}

/// The conflicts that were drawn.
fn conflicts(report: &Report, width: usize) -> String {
    let drawn = report.pins.iter().filter_map(|pin| Some((pin, pin.reason.as_ref()?.tree.as_ref()?)));
    let draw = |(pin, tree): (&ReportedPin, &String)| {
        let lines: String = tree.lines().map(|line| branch(line, width)).collect();
        format!("  {} {}\n{lines}", pin.name, pin.wanted)
    };
    let drawn: String = drawn.map(draw).collect();
    if drawn.is_empty() { drawn } else { format!("{HEADING}conflicts{HEADING:#}\n{drawn}") }
}

/// A line of a tree, moved in; where it is too long, the rest stands below it, beside the branches.
fn branch(line: &str, width: usize) -> String {
    let is_drawn = |c: char| " │├└─".contains(c);
    let text = line.trim_start_matches(is_drawn);
    let (drawn, _) = line.split_at(line.len() - text.len());
    let below: String = drawn.chars().map(|c| if "│├".contains(c) { '│' } else { ' ' }).collect();
    let room = width.saturating_sub(4 + drawn.chars().count());
    let mut lines = String::new();
    for (number, text) in table::wrap(text, room).iter().enumerate() {
        _ = writeln!(lines, "    {}{text}", if number == 0 { drawn } else { &below });
    }
    lines
}

fn why(pin: &ReportedPin) -> &str {
    pin.reason.as_ref().map_or("", |it| &it.text)
}

/// The pins that come as wheels of channels.
fn wheels(report: &Report) -> Vec<TableRow> {
    let mut pins = sorted(report, Verdict::Kept);
    pins.retain(|pin| pin.is_wheel());
    let row = |pin: &ReportedPin| TableRow {
        cells: vec![vec![pin.name.clone()], vec![pin.version.clone().unwrap_or_default()]],
        prose: why(pin).to_owned(),
    };
    pins.into_iter().map(row).collect()
}

fn kept(report: &Report) -> Vec<TableRow> {
    let row = |pin: &ReportedPin| {
        let cells = [Some(&pin.name), pin.version.as_ref(), pin.build.as_ref()];
        plain(cells.into_iter().flatten())
    };
    sorted(report, Verdict::Kept).into_iter().map(row).collect()
}

fn added(report: &Report) -> Vec<TableRow> {
    report.added.iter().map(|it| plain([&it.name, &it.version, &it.build])).collect()
}

/// The pip lines of which another version is installed by pip.
fn moved_by_pip(report: &Report) -> Vec<TableRow> {
    let is_moved = |it: &&ReportedLine| it.fate == Verdict::Moved && it.by == Some("pip");
    let row = |it: &ReportedLine| {
        let wanted = if it.wanted.is_empty() { "any version" } else { &it.wanted };
        let change = format!("{wanted} → {}", it.version.as_deref().unwrap_or_default());
        TableRow {
            cells: vec![vec![it.title().to_owned()], vec![change]],
            prose: it.reason.clone().unwrap_or_default(),
        }
    };
    report.pip.pins.iter().filter(is_moved).map(row).collect()
}

/// The lines that pip doesn't install; those with the same reason share a row.
fn dropped(report: &Report, width: usize) -> Vec<TableRow> {
    together(report.pip.dropped.iter().map(|it| (it.reason.as_str(), it.text.as_str())), width)
}

fn each_dropped(report: &Report) -> Vec<TableRow> {
    let row = |it: &Dropped| TableRow { cells: vec![vec![it.text.clone()]], prose: it.reason.clone() };
    report.pip.dropped.iter().map(row).collect()
}

fn installed_by_pip(report: &Report) -> Vec<TableRow> {
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

fn plain<'a>(cells: impl IntoIterator<Item = &'a String>) -> TableRow {
    TableRow { cells: cells.into_iter().map(|it| vec![it.clone()]).collect(), prose: String::new() }
}

/// Libraries, then notes, then the warnings of the environment file with the line they speak of.
fn remarks(report: &Report, layout: Layout) -> String {
    let is_usual = layout.detail == Detail::Usual;
    let mut text = if is_usual { counted_libraries(report, layout.width) } else { String::new() };
    for note in notes(report, !is_usual) {
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

/// `27 libraries moved, 9 left out; -v names them`.
fn counted_libraries(report: &Report, width: usize) -> String {
    let mut counted = Vec::new();
    for (fate, what) in [(Verdict::Moved, "moved"), (Verdict::Gone, "left out")] {
        let number = libraries(report, fate).len();
        if number == 0 {
            continue;
        }
        let noun = match number {
            _ if !counted.is_empty() => String::new(),
            1 => " library".to_owned(),
            _ => " libraries".to_owned(),
        };
        counted.push(format!("{number}{noun} {what}"));
    }
    if counted.is_empty() {
        return String::new();
    }
    table::hanging(&format!("{}; -v names them", counted.join(", ")), width)
}

/// `note: …`, broken under its own beginning.
#[must_use]
pub fn note(message: &str, width: usize) -> String {
    labelled("note", NOTE, message, width)
}

/// `warning: …`, broken under its own beginning.
#[must_use]
pub fn warning(message: &str, width: usize) -> String {
    labelled("warning", WARNING, message, width)
}

/// Text that is broken at the edge of the terminal, each line after the first moved in.
#[must_use]
pub fn line(text: &str, width: usize) -> String {
    table::hanging(text, width)
}

fn labelled(label: &str, style: Style, message: &str, width: usize) -> String {
    let indent = label.len() + 2;
    let lines = table::wrap(message, width.saturating_sub(indent));
    format!("{style}{label}:{style:#} {}\n", lines.join(&format!("\n{:indent$}", "")))
}

fn notes(report: &Report, verbose: bool) -> Vec<String> {
    let mut notes = report.notes.clone();
    let gave_way = |pin: &ReportedPin| pin.reason.as_ref().is_some_and(|why| ["conflict", "unmet"].contains(&why.code));
    if report.proven && report.pins.iter().any(gave_way) {
        notes.push("these channels have no environment closer to the file; that is proven".to_owned());
    }
    if let Some(cut_off) = &report.as_of {
        let how = if cut_off.inferred { ", inferred (--as-of sets it)" } else { "" };
        notes.push(format!("the cut-off date is {}{how}{}", cut_off.date, late(&report.late, verbose)));
    }
    let tools: Vec<&str> =
        report.pip.packages.iter().filter(|it| it.role == "builds").map(|it| it.name.as_str()).collect();
    if !tools.is_empty() {
        notes.push(format!("pip installs {} as well, which others are built with", and(&tools)));
    }
    if verbose && !report.virtual_packages.is_empty() {
        notes.push(format!("the target is taken to offer {}", and(&report.virtual_packages)));
    }
    if verbose {
        notes.extend(report.configured.iter().map(|it| format!("configured: {it}")));
    }
    notes
}

/// What is newer than the cut-off date, to be said behind it.
fn late(late: &[Late], verbose: bool) -> String {
    if late.is_empty() {
        return String::new();
    }
    let verb = if late.len() == 1 { "is" } else { "are" };
    if !verbose {
        return format!("; {} {verb} newer", late.len());
    }
    let names: Vec<String> = late.iter().map(|it| format!("{} {} ({})", it.name, it.version, it.date)).collect();
    format!("; {} {verb} newer, as nothing older serves: {}", count(late.len(), "package"), and(&names))
}

/// What was written, and the next step.
fn ending(report: &Report, width: usize) -> String {
    if report.written.is_empty() {
        return String::new();
    }
    let paths = |which: fn(&Written) -> bool| -> Vec<String> {
        report.written.iter().filter(|it| which(it)).map(|it| one_line(&it.path)).collect()
    };
    let (wrote, same) = (paths(|it| it.changed && !it.removed), paths(|it| !it.changed));
    let removed = paths(|it| it.removed);
    let verb = if same.len() == 1 { "is" } else { "are" };
    let parts = [
        (!wrote.is_empty()).then(|| format!("wrote {}", and(&wrote))),
        (!removed.is_empty()).then(|| format!("removed {}", and(&removed))),
        (!same.is_empty()).then(|| format!("{} {verb} unchanged", and(&same))),
    ];
    let mut text = table::hanging(&parts.into_iter().flatten().collect::<Vec<_>>().join("; "), width);
    if let Some(directory) = report.written.iter().find_map(build_context) {
        let compose = report.written.iter().find(|it| !it.removed && file_name(it) == COMPOSE);
        let (command, place) = match compose {
            Some(_) if directory == "." => ("next: docker compose".to_owned(), "up".to_owned()),
            Some(compose) => ("next: docker compose -f".to_owned(), format!("{} up", shell(&compose.path))),
            None => {
                // It would be read as an option.
                let here = if directory.starts_with('-') { "./" } else { "" };
                let command = format!("next: docker build -t {}", image_name(report.name.as_deref()));
                (command, shell(&format!("{here}{directory}")))
            }
        };
        // A shell reads the two lines as one.
        let fits = command.chars().count() + 1 + place.chars().count() <= width;
        _ = writeln!(text, "{command}{}{place}", if fits { " " } else { " \\\n  " });
        let is_list = |it: &&Written| !it.removed && is_explicit(file_name(it));
        let lists: Vec<String> = report.written.iter().filter(is_list).map(|it| shell(&it.path)).collect();
        if !report.pip.packages.is_empty() && !lists.is_empty() {
            text += &table::hanging(&for_conda(&lists), width);
        }
    }
    text
}

/// The last part of its path.
fn file_name(written: &Written) -> &str {
    written.path.rsplit(['/', '\\']).next().unwrap_or_default()
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
pub(crate) fn image_name(name: Option<&str>) -> String {
    let name = name.unwrap_or_default().to_ascii_lowercase();
    let last = name.rsplit(['/', '\\']).find(|it| !it.is_empty()).unwrap_or_default();
    let words: Vec<&str> = last.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty()).collect();
    if words.is_empty() { "environment".to_owned() } else { words.join("-") }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
