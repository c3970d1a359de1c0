//! The packages of a page, from a lock and from what is told of it.

#![allow(clippy::indexing_slicing, reason = "packages are known by their places")]

use std::collections::BTreeSet;

use super::{
    Compared,
    model::{Link, Mark, Package, Packages},
};
use crate::{
    draw::{Net, People},
    lockfile::{
        Graph, Lockfile, Manager,
        diff::{Change, ChangeKind, Entry},
        pip_name,
    },
    report::{Report, ReportedLine, ReportedPin, Verdict},
};

/// The packages of a lock, with what a report says of each.
pub(super) fn converted(lock: &Lockfile, report: &Report) -> Packages {
    let graph = Graph::new(lock);
    let people = reported(report, &graph).unwrap_or_else(|| People::of(lock, &graph));
    let mut all = of_lock(lock, &graph, &people);
    for pin in &report.pins {
        ask(&mut all, pin);
    }
    for line in &report.pip.pins {
        ask_pip(&mut all, line);
    }
    name(&mut all);
    Packages { used: Net::of(&graph, &people, false), net: Net::of(&graph, &people, true), all }
}

/// What people use as the report of a conversion has it, with the lines of the pip section; `None` where it tells of none.
fn reported(report: &Report, graph: &Graph) -> Option<People> {
    let mut people = People::default();
    for pin in report.pins.iter().filter(|it| it.used && it.version.is_some()) {
        let place = find(graph, Manager::Conda, pin.installed_name());
        people.used.extend(place);
        people.roots.extend(place.filter(|_| pin.root));
    }
    for line in report.pip.pins.iter().filter(|it| it.by == Some("pip")) {
        people.used.extend(line.name.as_deref().and_then(|name| find(graph, Manager::Pip, name)));
    }
    let is_root = |at: &&usize| {
        graph.package(**at).manager() == Manager::Pip
            && graph.dependants(**at).all(|(by, _)| !people.used.contains(&by))
    };
    let roots: Vec<usize> = people.used.iter().filter(is_root).copied().collect();
    people.roots.extend(roots);
    (!people.used.is_empty()).then_some(people)
}

fn find(graph: &Graph, manager: Manager, name: &str) -> Option<usize> {
    (0..graph.len()).find(|at| {
        let package = graph.package(*at);
        package.manager() == manager && package.name == name
    })
}

/// The packages of a lock alone.
fn of_lock(lock: &Lockfile, graph: &Graph, people: &People) -> Vec<Package> {
    let asked = graph.asked(&lock.input().unwrap_or_default());
    let package = |at: usize| {
        let package = graph.package(at);
        let needs = graph.needs(at).iter().map(|need| Link {
            name: need.name.to_owned(),
            at: need.at,
            constraint: need.constraint.to_owned(),
        });
        let needed_by = graph.dependants(at).map(|(by, constraint)| Link {
            name: graph.package(by).name.to_string(),
            at: Some(by),
            constraint: constraint.to_owned(),
        });
        Package {
            id: String::new(),
            name: package.name.to_string(),
            manager: package.manager(),
            version: Some(package.version.to_string()),
            build: package.build_string(),
            size: package.size,
            address: Some(package.shown_address()),
            is_used: people.used.contains(&at),
            is_root: people.roots.contains(&at),
            mark: Mark::Same,
            asked: Vec::new(),
            why: None,
            chain: graph.chain(at, &asked),
            needs: needs.collect(),
            needed_by: needed_by.collect(),
        }
    };
    (0..graph.len()).map(package).collect()
}

/// A package that isn't installed.
fn absent(name: &str, manager: Manager, is_used: bool) -> Package {
    Package {
        id: String::new(),
        name: name.to_owned(),
        manager,
        version: None,
        build: None,
        size: None,
        address: None,
        is_used,
        is_root: false,
        mark: Mark::Gone,
        asked: Vec::new(),
        why: None,
        chain: Vec::new(),
        needs: Vec::new(),
        needed_by: Vec::new(),
    }
}

/// Says what a line of the file asks of a package, and what became of it.
fn ask(all: &mut Vec<Package>, pin: &ReportedPin) {
    let manager = if pin.is_wheel() { Manager::Pip } else { Manager::Conda };
    let at = all.iter().position(|it| it.is_of(pin)).unwrap_or_else(|| {
        all.push(absent(pin.installed_name(), manager, pin.used));
        all.len() - 1
    });
    let package = &mut all[at];
    package.asked.push(pin.text.clone());
    if pin.fate == Verdict::Moved {
        package.mark = Mark::Moved;
    }
    if let Some(why) = &pin.reason {
        package.why.get_or_insert(why.into());
    }
}

/// The same of a line of the pip section that pip installs something for.
fn ask_pip(all: &mut [Package], line: &ReportedLine) {
    let manager = if line.by == Some("pip") { Manager::Pip } else { Manager::Conda };
    let Some(name) = line.name.as_deref().filter(|_| line.by == Some("pip")) else { return };
    let is_it = |it: &&mut Package| it.manager == manager && pip_name(&it.name) == name;
    if let Some(package) = all.iter_mut().find(is_it) {
        package.asked.push(line.text.clone());
        if line.fate == Verdict::Moved {
            package.mark = Mark::Moved;
            package.why = line.reason.clone().map(Into::into);
        }
    }
}

/// The packages of the later side, with what became of each since the earlier one; then those that are there no more.
pub(super) fn compared(before: Compared, after: Compared, changes: &[Change]) -> Packages {
    let empty = Lockfile::default();
    let (lock, earlier) = (after.lock.unwrap_or(&empty), before.lock.unwrap_or(&empty));
    let (graph, earlier_graph) = (Graph::new(lock), Graph::new(earlier));
    let (people, earlier_people) = (People::of(lock, &graph), People::of(earlier, &earlier_graph));
    let mut all = of_lock(lock, &graph, &people);
    if after.lock.is_none() {
        all.extend(after.entries.iter().map(of_entry));
    }
    let removed = of_lock(earlier, &earlier_graph, &earlier_people);
    for change in changes {
        let is_it = |it: &Package| it.manager == change.manager && it.name == change.name;
        let at = all.iter().position(is_it).unwrap_or_else(|| {
            let known = removed.iter().find(|it| is_it(it)).cloned();
            all.push(known.unwrap_or_else(|| absent(&change.name, change.manager, false)));
            all.len() - 1
        });
        all[at].mark = Mark::Changed(change.kind);
        all[at].asked.extend(change.before.clone());
        if change.kind == ChangeKind::Removed {
            all[at].version = None;
        }
    }
    // What is gone needed things by the places that they had.
    let count = graph.len();
    for at in count..all.len() {
        let place = |link: &Link| {
            let was = earlier_graph.package(link.at?);
            all.iter().position(|it| it.manager == was.manager() && it.name == was.name.as_str())
        };
        let again = |links: &[Link]| -> Vec<Link> {
            links.iter().map(|link| Link { at: place(link), ..link.clone() }).collect()
        };
        let (needs, needed_by) = (again(&all[at].needs), again(&all[at].needed_by));
        (all[at].needs, all[at].needed_by, all[at].chain) = (needs, needed_by, Vec::new());
    }
    name(&mut all);
    let needs: Vec<Vec<usize>> = all.iter().map(|it| it.needs.iter().filter_map(|need| need.at).collect()).collect();
    Packages { used: Net::new(&needs, |at| all[at].is_used), net: Net::new(&needs, |_| true), all }
}

fn of_entry(entry: &Entry) -> Package {
    Package {
        version: Some(entry.version.as_ref().map_or_else(|| "any version".to_owned(), ToString::to_string)),
        build: entry.build.clone(),
        size: entry.size,
        mark: Mark::Same,
        ..absent(entry.name.as_str(), entry.name.manager(), true)
    }
}

/// Gives each entry a name of its own, which an address can have.
fn name(all: &mut [Package]) {
    let mut taken = BTreeSet::new();
    for package in all {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
        let name: String = package.name.chars().map(plain).collect();
        let base = format!("{}-{name}", package.manager);
        let mut id = base.clone();
        let mut number = 1;
        while !taken.insert(id.clone()) {
            number += 1;
            id = format!("{base}~{number}");
        }
        package.id = id;
    }
}
