//! The order and the grouping of packages: dependencies first, what changes seldom before what changes often, and no more
//! in one command than Linux lets through.

use std::collections::HashMap;

use petgraph::{algo::kosaraju_scc, graph::DiGraph};

use crate::lockfile::{Lockfile, Package};

/// How many bytes the list of one `RUN` may have.
///
/// A `RUN` becomes one argument of `execve`, and Linux takes 128 KiB for one (`MAX_ARG_STRLEN`, see execve(2)). The
/// rest is for the commands around the list.
pub(super) const LIMIT: usize = 110 * 1024;

/// The conda packages of each layer, each package after those it depends on.
///
/// The layers are those that the lock names; what none of them names stands in the last one.
pub(super) fn of(lockfile: &Lockfile) -> Vec<Vec<&Package>> {
    let ordered = in_dependency_order(lockfile.conda_packages());
    let named = lockfile.layers();
    let last = named.len().saturating_sub(1);
    let mut layers: Vec<Vec<&Package>> = vec![Vec::new(); named.len().max(1)];
    for package in ordered {
        let layer = named.iter().position(|names| names.contains(&package.name)).unwrap_or(last);
        layers[layer].push(package);
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
        nodes.entry(package.name.as_str()).or_insert_with(|| graph.add_node(package));
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

/// Cuts a list into runs whose sizes sum up to no more than the limit; an item above the limit stands alone.
pub(super) fn split<T>(items: Vec<T>, limit: usize, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut layers: Vec<Vec<T>> = Vec::new();
    let mut room = 0;
    for item in items {
        let size = size(&item);
        match layers.last_mut() {
            Some(layer) if size <= room => {
                room -= size;
                layer.push(item);
            }
            _ => {
                room = limit.saturating_sub(size);
                layers.push(vec![item]);
            }
        }
    }
    layers
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lockfile::testing::{lock_of, record};

    fn order(packages: &[(&str, &[&str])]) -> Vec<String> {
        let records =
            packages.iter().map(|(name, depends)| record(&format!("{name}-1-0"), "linux-64", depends, "ab")).collect();
        let lock = lock_of(records, &[]);
        in_dependency_order(lock.conda_packages()).into_iter().map(|package| package.name.clone()).collect()
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

    #[test]
    fn layers_are_filled_up_to_the_limit() {
        assert_eq!(split(vec![3, 4, 3, 11, 1, 9], 10, |n| *n), [vec![3, 4, 3], vec![11], vec![1, 9]]);
        assert_eq!(split(Vec::new(), 10, |n: &usize| *n), Vec::<Vec<usize>>::new());
    }

    proptest! {
        #[test]
        fn splitting_loses_and_reorders_nothing(sizes in proptest::collection::vec(1usize..20, 0..40)) {
            let layers = split(sizes.clone(), 15, |n| *n);
            prop_assert!(layers.iter().all(|layer| layer.len() == 1 || layer.iter().sum::<usize>() <= 15));
            prop_assert_eq!(layers.concat(), sizes);
        }
    }
}
