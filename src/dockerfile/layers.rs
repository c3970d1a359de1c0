//! The order and the grouping of packages: dependencies first, what changes seldom before what changes often.

#![allow(clippy::indexing_slicing, reason = "the nodes of a graph are looked up in that graph")]

use std::collections::HashMap;

use petgraph::{algo::kosaraju_scc, graph::DiGraph};

use crate::lockfile::{Lockfile, Package};

/// The conda packages of each layer, each package after those it depends on.
///
/// The layers are those that the lock names; what none of them names stands in the last one.
pub(super) fn of(lockfile: &Lockfile) -> Vec<Vec<&Package>> {
    let ordered = in_dependency_order(lockfile.conda_packages());
    let named = lockfile.layers();
    let last = named.len().saturating_sub(1);
    let mut layers: Vec<Vec<&Package>> = vec![Vec::new(); named.len().max(1)];
    for package in ordered {
        let layer =
            named.iter().position(|names| names.iter().any(|it| it == package.name.normalized())).unwrap_or(last);
        layers.get_mut(layer).into_iter().for_each(|it| it.push(package));
    }
    layers.retain(|layer| !layer.is_empty());
    layers
}

/// The packages with each one after those it depends on. Within a circle python comes first, since conda's own
/// circles are python and what is installed into it, then the order is that of the names.
pub(super) fn in_dependency_order<'a>(packages: impl IntoIterator<Item = &'a Package>) -> Vec<&'a Package> {
    circles(packages).into_iter().flatten().collect()
}

/// The packages in groups that depend on each other, each after those it depends on; mostly a group is one package.
pub(super) fn circles<'a>(packages: impl IntoIterator<Item = &'a Package>) -> Vec<Vec<&'a Package>> {
    let mut graph = DiGraph::new();
    let mut nodes = HashMap::new();
    for package in packages {
        nodes.entry(package.name.normalized()).or_insert_with(|| graph.add_node(package));
    }
    for index in graph.node_indices() {
        for name in graph[index].dependencies.keys() {
            if let Some(&dependency) = nodes.get(name.as_str()) {
                graph.update_edge(index, dependency, ());
            }
        }
    }
    // The components come in reverse topological order: what is depended on before what depends.
    let circles = kosaraju_scc(&graph).into_iter().map(|circle| {
        let mut circle: Vec<&Package> = circle.into_iter().map(|index| graph[index]).collect();
        circle.sort_by_key(|package| (package.name != "python", &package.name));
        circle
    });
    circles.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::testing::{lock_of, record};

    fn order(packages: &[(&str, &[&str])]) -> Vec<String> {
        let records =
            packages.iter().map(|(name, depends)| record(&format!("{name}-1-0"), "linux-64", depends, "ab")).collect();
        let lock = lock_of(records, &[]);
        in_dependency_order(lock.conda_packages()).into_iter().map(|package| package.name.to_string()).collect()
    }

    #[test]
    fn dependencies_come_first() {
        assert_eq!(order(&[("a", &["b", "__glibc"]), ("b", &["c", "absent"]), ("c", &[])]), ["c", "b", "a"]);
    }

    #[test]
    fn python_comes_first_in_a_circle() {
        let order = order(&[("pip", &["python", "setuptools"]), ("python", &["pip"]), ("setuptools", &["python"])]);
        assert_eq!(order, ["python", "pip", "setuptools"]);
    }
}
