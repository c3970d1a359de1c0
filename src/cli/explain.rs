//! `envlock explain`: why a package is in the lock, and why in this version.

use miette::{IntoDiagnostic, WrapErr, miette};
use schemars::JsonSchema;
use serde::Serialize;

use super::{ExplainArgs, screen, ui::Ui};
use crate::{
    base::schema_version::SchemaVersion,
    environment::without_secrets,
    lockfile::{Graph, LockedFate, LockedOutcome, Lockfile, Manager, Need, Package, Requested, pip_name},
    project::{files, locks::read_lock},
    words::{bytes, padded},
};

/// So many names are proposed in the place of one that isn't there.
const PROPOSED: usize = 5;

/// Explains a package from the lock alone.
///
/// # Errors
///
/// Where the lock can't be read, or says nothing of the package.
pub fn explain(args: &ExplainArgs, ui: &Ui) -> miette::Result<()> {
    let file = files::lock_file(args.file.as_deref());
    let (lock, _) = read_lock(&file)?;
    let found = explanation(&args.package, &lock)?;
    let printed = if ui.is_json() { screen::json(&found)? } else { found.text() };
    ui.answer(&printed).into_diagnostic().wrap_err("the answer can't be printed")
}

/// What is known of a package.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Explanation {
    schema_version: SchemaVersion<1>,
    name: String,
    /// `conda` or `pip`; nothing where it isn't installed.
    manager: Option<Manager>,
    version: Option<String>,
    build: Option<String>,
    url: Option<String>,
    /// In bytes.
    size: Option<u64>,
    /// The environment file.
    source: String,
    /// What that asks of it.
    asked: Vec<String>,
    /// Why it isn't as it was asked for, as the lock has it.
    notes: Vec<String>,
    /// The shortest way from what is asked for to it.
    chain: Vec<String>,
    /// What needs it.
    needed_by: Vec<NeededPackage>,
    /// What it needs.
    needs: Vec<NeededPackage>,
}

/// A dependency.
#[derive(Debug, Serialize, JsonSchema)]
struct NeededPackage {
    /// The other package, with its version.
    package: String,
    /// What is asked: of this package by the other, or of the other by this one.
    constraint: String,
}

fn explanation(named: &str, lock: &Lockfile) -> miette::Result<Explanation> {
    let lower = named.to_ascii_lowercase();
    let mut input = lock.input().unwrap_or_default();
    let source = lock.sources.join(" ");
    let outcomes = lock.outcomes();
    let wheels = || {
        outcomes.iter().filter_map(|it| match &it.fate {
            LockedFate::ByPip(wheel) => Some((it.name.as_str(), wheel.as_str())),
            _ => None,
        })
    };
    // A wheel that pip installs for a line of conda may have another name.
    let wheel = wheels().find(|(name, wheel)| *name == lower || *wheel == pip_name(named));
    let of_pip = wheel.map_or_else(|| pip_name(named), |(_, wheel)| wheel.to_owned());
    let is_its = |outcome: &&LockedOutcome| match outcome.manager {
        Manager::Conda => outcome.name == lower || wheel.is_some_and(|(name, _)| outcome.name == name),
        Manager::Pip => outcome.name == of_pip,
    };
    let notes: Vec<String> = outcomes.iter().filter(is_its).map(ToString::to_string).collect();
    let asked_of = |manager, name: &str| -> Vec<String> {
        input.requests_of(manager).filter(|it| it.name() == name).map(|it| without_secrets(it.text())).collect()
    };
    let asked_of_conda = asked_of(Manager::Conda, wheel.map_or(&lower, |(name, _)| name));
    let asked_of_pip = if wheel.is_some() { asked_of_conda.clone() } else { asked_of(Manager::Pip, &of_pip) };
    input.requests.extend(wheels().map(|(_, wheel)| Requested::pip(wheel)));
    let bare = Explanation { name: lower.clone(), source, notes, ..Explanation::default() };
    let graph = Graph::new(lock);
    if let Some(at) = graph.find(named).or_else(|| graph.find(&of_pip)) {
        let package = graph.package(at);
        let chain = graph.chain(at, &graph.asked(&input)).into_iter().map(|at| graph.package(at).name.to_string());
        return Ok(Explanation {
            asked: match package.manager() {
                Manager::Pip => asked_of_pip,
                Manager::Conda => asked_of_conda,
            },
            chain: chain.collect(),
            needed_by: needed_by(&graph, at),
            needs: needs(&graph, at),
            ..bare.of(package)
        });
    }
    let asked = if wheel.is_some() { asked_of_conda } else { [asked_of_conda, asked_of_pip].concat() };
    if bare.notes.is_empty() && asked.is_empty() {
        let near = near(&lower, lock);
        let help = if near.is_empty() {
            "`envlock check` tells whether the lock is fresh".to_owned()
        } else {
            format!("there is {}", near.join(", "))
        };
        return Err(miette!(
            code = "explain-unknown",
            help = help,
            "{named} isn't in the lock, and nothing asks for it"
        ));
    }
    Ok(Explanation { asked, ..bare })
}

/// Names that look like one.
fn near(name: &str, lock: &Lockfile) -> Vec<String> {
    let start: String = name.chars().take(3).collect();
    let is_near = |other: &&str| other.contains(name) || name.contains(other) || other.starts_with(&start);
    let names = lock.packages().iter().map(|it| it.name.as_str());
    let mut names: Vec<String> = names.filter(is_near).map(str::to_owned).collect();
    names.sort_by_key(|other| (!other.contains(name), other.len(), other.clone()));
    names.dedup();
    names.truncate(PROPOSED);
    names
}

/// What needs a package.
fn needed_by(graph: &Graph, at: usize) -> Vec<NeededPackage> {
    let link = |(by, constraint): (usize, &str)| NeededPackage {
        package: title(graph, by, at),
        constraint: constraint.to_owned(),
    };
    graph.dependants(at).map(link).collect()
}

/// What a package needs.
fn needs(graph: &Graph, at: usize) -> Vec<NeededPackage> {
    let link = |need: &Need| NeededPackage {
        package: need.at.map_or_else(|| need.name.to_owned(), |needed| title(graph, needed, at)),
        constraint: need.constraint.to_owned(),
    };
    graph.needs(at).iter().map(link).collect()
}

/// A package, as seen from another one.
fn title(graph: &Graph, at: usize, from: usize) -> String {
    let (package, from) = (graph.package(at), graph.package(from));
    let manager = if package.manager() == from.manager() { String::new() } else { format!(" ({})", package.manager()) };
    format!("{} {}{manager}", package.name, package.version)
}

impl Explanation {
    fn of(self, package: &Package) -> Self {
        Self {
            name: package.name.to_string(),
            manager: Some(package.manager()),
            version: Some(package.version.to_string()),
            build: package.build_string(),
            url: Some(package.shown_address()),
            size: package.size,
            ..self
        }
    }

    fn text(&self) -> String {
        let Self { name, source, .. } = self;
        let mut lines = Vec::new();
        match (&self.version, &self.manager) {
            (Some(version), Some(manager)) => {
                let build = self.build.as_ref().map(|build| format!(" {build}")).unwrap_or_default();
                let size = self.size.map(|size| format!(", {}", bytes(size))).unwrap_or_default();
                lines.push(format!("{name} {version}{build}, installed by {manager}{size}"));
                lines.extend(self.url.as_ref().map(|url| format!("  {url}")));
            }
            _ => lines.push(format!("{name} is not installed")),
        }
        lines.extend(self.asked.iter().map(|asked| format!("{source} asks for {asked}")));
        lines.extend(self.notes.iter().map(|note| format!("the lock says: {note}")));
        match self.chain.as_slice() {
            [] if self.manager == Some(Manager::Conda) => {
                lines.push(format!("nothing in {source} leads to it: envlock added it"));
            }
            [] | [_] => {}
            chain => lines.push(format!("it comes with {}", chain.join(" → "))),
        }
        if self.manager == Some(Manager::Pip) && self.asked.is_empty() && self.needed_by.is_empty() {
            lines.push("a pip package needs it or is built with it; the lock doesn't say which".to_owned());
        }
        lines.extend(table("needed by", &self.needed_by, &format!(" needs {name} ")));
        lines.extend(table("needs", &self.needs, " of "));
        lines.join("\n") + "\n"
    }
}

fn table(title: &str, links: &[NeededPackage], verb: &str) -> Vec<String> {
    let width = links.iter().map(|link| link.package.chars().count()).max().unwrap_or_default();
    let line = |link: &NeededPackage| {
        let constraint = if link.constraint == "*" { "in any version" } else { &link.constraint };
        let verb = if title == "needs" { " " } else { verb };
        format!("  {} {verb}{constraint}", padded(&link.package, width)).trim_end().to_owned()
    };
    let head = (!links.is_empty()).then(|| format!("{title}:"));
    head.into_iter().chain(links.iter().map(line)).collect()
}
