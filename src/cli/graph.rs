//! `envlock graph`: which packages of a lock need which.

use miette::{IntoDiagnostic as _, WrapErr as _};
use schemars::JsonSchema;
use serde::Serialize;

use super::{GraphArgs, GraphFormat, screen, ui::Ui};
use crate::{
    base::schema_version::SchemaVersion,
    draw::{Label, Net, People, dot, mermaid, tree},
    lockfile::{Graph, Manager},
    project::{files, locks::read_lock},
};

/// So many arrows Mermaid draws where it isn't set up otherwise (`maxEdges`).
const MOST_ARROWS: usize = 500;

/// Draws the packages of a lock: those that people use, or all.
///
/// # Errors
///
/// Where the lock can't be read.
pub fn graph(args: &GraphArgs, ui: &Ui) -> miette::Result<()> {
    let file = files::lock_file(args.file.as_deref().or(args.lock.as_deref()));
    let (lock, _) = read_lock(&file)?;
    let graph = Graph::new(&lock);
    let people = People::of(&lock, &graph);
    let net = Net::of(&graph, &people, args.all);
    let labels = net.labels(&graph, &people);
    let arrows = net.arrows().count();
    if args.format == GraphFormat::Mermaid && !ui.is_json() && arrows > MOST_ARROWS {
        ui.say(&format!(
            "note: Mermaid draws no more than {MOST_ARROWS} arrows unless its maxEdges is set, and these are {arrows}; \
             --format dot has no such limit\n"
        ));
    }
    let drawn = match args.format {
        _ if ui.is_json() => screen::json(&GraphDocument::new(&net, &labels))?,
        GraphFormat::Json => screen::json(&GraphDocument::new(&net, &labels))?,
        GraphFormat::Text => tree(&net, &labels),
        GraphFormat::Mermaid => mermaid(&net, &labels),
        GraphFormat::Dot => dot(&net, &labels),
    };
    ui.answer(&drawn).into_diagnostic().wrap_err("the graph can't be printed")
}

/// What `--json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct GraphDocument {
    schema_version: SchemaVersion<1>,
    /// The packages, in the order of the lock.
    packages: Vec<DrawnPackage>,
}

/// A package, and what it needs.
#[derive(Debug, Serialize, JsonSchema)]
struct DrawnPackage {
    name: String,
    version: String,
    manager: Manager,
    /// Whether it was asked for, and nothing else that was asked for needs it.
    root: bool,
    /// What it needs, itself or by way of packages that aren't drawn, without what follows from other needs: places in the
    /// list of packages, counted from 0.
    needs: Vec<usize>,
}

impl GraphDocument {
    fn new(net: &Net, labels: &[Label]) -> Self {
        let package = |(label, needs): (&Label, &Vec<usize>)| DrawnPackage {
            name: label.name.clone(),
            version: label.version.clone(),
            manager: if label.is_of_pip { Manager::Pip } else { Manager::Conda },
            root: label.is_root,
            needs: needs.clone(),
        };
        Self { schema_version: SchemaVersion, packages: labels.iter().zip(&net.needs).map(package).collect() }
    }
}
