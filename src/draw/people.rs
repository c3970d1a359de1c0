//! What people use of a lock, told from the lock alone.

use std::collections::BTreeSet;

use crate::{
    lockfile::{Graph, LockedFate, Lockfile, Manager, Package, Requested},
    rank::is_used,
};

/// The packages that people use, by their places in a [`Graph`].
///
/// Those are packages that were asked for and are roots, or bring modules of a language. Where a file was written by hand,
/// every package that it names is used. A lock of another program doesn't say what was asked for: there, everything
/// counts as if an export had named it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct People {
    /// What they use.
    pub used: BTreeSet<usize>,
    /// What of that nothing else needs that was asked for. Python is among them, which nearly everything needs.
    pub roots: BTreeSet<usize>,
}

impl People {
    /// Those of a lock, of which this is the graph.
    #[must_use]
    pub(crate) fn of(lock: &Lockfile, graph: &Graph) -> Self {
        let asked = Asked::of(lock);
        let named: BTreeSet<usize> = (0..graph.len()).filter(|at| asked.names(graph.package(*at))).collect();
        let roots: BTreeSet<usize> = named.iter().copied().filter(|at| is_root(*at, &named, graph)).collect();
        let brings_modules = |at: &usize| {
            let package = graph.package(*at);
            package.manager() == Manager::Pip
                || is_used(package.name.as_str(), package.dependencies.keys().map(String::as_str))
        };
        let is_seen = |at: &usize| !asked.is_export || roots.contains(at) || brings_modules(at);
        Self { used: named.iter().copied().filter(is_seen).collect(), roots }
    }
}

/// Whether nothing else that was asked for needs it, unless it needs that, too, and comes first by name.
fn is_root(at: usize, named: &BTreeSet<usize>, graph: &Graph) -> bool {
    let package = graph.package(at);
    let stands_for = |by: usize| {
        let other = graph.package(by);
        // Nearly everything needs python, which says nothing.
        let is_mutual = other.name != "python" && graph.needs(at).iter().any(|need| need.at == Some(by));
        by == at || !named.contains(&by) || is_mutual && package.name < other.name
    };
    package.name == "python" || graph.dependants(at).all(|(by, _)| stands_for(by))
}

/// What was asked for.
struct Asked {
    /// Names of packages; `None` where nobody knows.
    names: Option<BTreeSet<(Manager, String)>>,
    /// Whether a tool listed everything that was there.
    is_export: bool,
}

impl Asked {
    fn of(lock: &Lockfile) -> Self {
        let Ok(input) = lock.input() else { return Self { names: None, is_export: true } };
        let name = |it: &Requested| (it.manager(), it.name().to_owned());
        let mut names: BTreeSet<_> = input.requests.iter().map(name).collect();
        // A package may have another name on Linux.
        names.extend(lock.outcomes().into_iter().filter_map(|it| match it.fate {
            LockedFate::MovedTo(taken) => Some((it.manager, taken.split_once(' ')?.0.to_owned())),
            LockedFate::ByPip(name) => Some((Manager::Pip, name)),
            LockedFate::Gone | LockedFate::NotByPip => None,
        }));
        // The lock doesn't say who wrote the file. Tools write one version of each package.
        let is_export = input.requests_of(Manager::Conda).all(|it| it.text().contains(" =="));
        Self { names: Some(names), is_export }
    }

    fn names(&self, package: &Package) -> bool {
        let name = package.name.normalized().to_owned();
        self.names.as_ref().is_none_or(|names| names.contains(&(package.manager(), name)))
    }
}
