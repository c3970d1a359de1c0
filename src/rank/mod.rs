//! Importance: which pins the user asked for, and which came along.
//!
//! The pins of an export form a graph: an edge goes from a pin to each pin that its package depends on. What no other
//! pin needs, the *root*, is what the user asked for. Where packages need each other in a ring that nothing else
//! needs, the first by name stands for the ring. Where the file says what was asked for, that counts instead.

#![allow(clippy::indexing_slicing, reason = "the nodes of a graph are looked up in what was made of the same pins")]

mod typical;
mod used;

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap, HashSet},
};

use jiff::Timestamp;
use petgraph::{
    Direction::Incoming,
    algo::kosaraju_scc,
    graph::{DiGraph, NodeIndex},
    visit::{Dfs, EdgeRef, Walker},
};
use rattler_conda_types::PackageName;

use typical::typical;
pub(crate) use used::is_used;

use crate::{
    channel::{Records, Row},
    intent::{Intent, Kind, Origin, Os, Pin, Wish, is_of_apples_compilers, is_plumbing},
};

/// Orders the pins by importance, the most important first.
///
/// Python comes first. Then come the roots: those from which the most pins can be reached before those with few, then by
/// name. Then come the other pins, by their distance from the nearest root, then by name.
///
/// In a hand-written file every pin is a root, and the order is by name: the order of a file's lines means nothing.
///
/// Edges to python are left out. Nearly everything needs python, so they say nothing about the distance of two pins,
/// and with them pip, which python brings along and which needs python, would be a ring.
#[must_use]
pub fn rank(intent: &Intent, records: &Records, as_of: Option<Timestamp>) -> Vec<Wish> {
    let mut pins: Vec<&Pin> = intent.pins.iter().collect();
    pins.sort_by_cached_key(|pin| (pin.name.clone(), format!("{:?} {:?}", pin.want, pin.builds)));
    match intent.kind {
        Kind::HandWritten => all_alike(&pins),
        Kind::Export => rank_by_graph(&pins, intent, records, as_of),
    }
}

fn all_alike(pins: &[&Pin]) -> Vec<Wish> {
    let mut pins = pins.to_vec();
    pins.sort_by_key(|pin| !is_python(pin));
    pins.into_iter().map(|pin| Wish { pin: pin.clone(), root: true, used: true }).collect()
}

fn rank_by_graph(pins: &[&Pin], intent: &Intent, records: &Records, as_of: Option<Timestamp>) -> Vec<Wish> {
    let depends: Vec<Vec<PackageName>> = pins.iter().map(|pin| depends(pin, records, as_of)).collect();
    let graph = dependency_graph(pins, &depends);
    let foreign: Vec<&Pin> = intent.elsewhere.iter().map(|foreign| &foreign.pin).collect();
    let of_foreign: HashSet<PackageName> = foreign.iter().flat_map(|pin| self::depends(pin, records, as_of)).collect();
    let roots = match &intent.requested {
        Some(requested) => asked_for(&graph, pins, requested),
        None => roots(&graph, pins, &foreign, &of_foreign, &intent.origin),
    };
    let depths = depths(&graph, &roots);

    let mut order: Vec<NodeIndex> = graph.node_indices().collect();
    order.sort_by_key(|&node| {
        let pin = pins[node.index()];
        let root = roots.contains(&node);
        let reach = if root { Dfs::new(&graph, node).iter(&graph).count() } else { 0 };
        (!is_python(pin), !root, Reverse(reach), depths.get(&node).copied().unwrap_or(usize::MAX), node)
    });
    let wish = |node: NodeIndex| {
        let (pin, root) = (pins[node.index()], roots.contains(&node));
        Wish {
            pin: pin.clone(),
            root,
            used: root
                || is_used(pin.name.as_normalized(), depends[node.index()].iter().map(PackageName::as_normalized)),
        }
    };
    order.into_iter().map(wish).collect()
}

/// The names that a pin's package depends on, as far as one can tell before anything is solved.
fn depends(pin: &Pin, records: &Records, as_of: Option<Timestamp>) -> Vec<PackageName> {
    let row = typical(pin, records.get(pin.name.as_normalized()), as_of);
    row.iter().flat_map(Row::depends).map(PackageName::from_matchspec_str_unchecked).collect()
}

/// The graph of the pins, with what each depends on; the index of a node is the index of its pin.
fn dependency_graph(pins: &[&Pin], depends: &[Vec<PackageName>]) -> DiGraph<(), ()> {
    let mut graph = DiGraph::new();
    let mut by_name: HashMap<&PackageName, Vec<NodeIndex>> = HashMap::new();
    for pin in pins {
        by_name.entry(&pin.name).or_default().push(graph.add_node(()));
    }
    for (index, (pin, depends)) in pins.iter().zip(depends).enumerate() {
        for name in depends {
            if *name == pin.name || name.as_normalized() == "python" {
                continue;
            }
            for &target in by_name.get(name).map_or(&[][..], Vec::as_slice) {
                graph.update_edge(NodeIndex::new(index), target, ());
            }
        }
    }
    graph
}

/// Python, and what the file says was asked for.
fn asked_for(graph: &DiGraph<(), ()>, pins: &[&Pin], requested: &BTreeSet<PackageName>) -> Vec<NodeIndex> {
    let is_root = |node: &NodeIndex| is_python(pins[node.index()]) || requested.contains(&pins[node.index()].name);
    graph.node_indices().filter(is_root).collect()
}

/// Python, and one pin of each strongly connected component that no other component needs.
///
/// Plumbing is no root in a file from another platform, even where nothing on linux-64 needs it: libcxx came with a
/// Mac's compilers, and must not be dragged in.
/// The same goes for what only packages of that platform need, and for the parts of a Mac's compilers, where those are in
/// the file.
fn roots(
    graph: &DiGraph<(), ()>,
    pins: &[&Pin],
    foreign: &[&Pin],
    of_foreign: &HashSet<PackageName>,
    origin: &Origin,
) -> Vec<NodeIndex> {
    let is_compiler =
        |pin: &&Pin| ["clang_osx-", "clangxx_osx-"].iter().any(|it| pin.name.as_normalized().starts_with(it));
    let has_compilers = foreign.iter().any(is_compiler);
    let is_foreign = origin.os != Some(Os::Linux);
    let can_be_root = |node: &NodeIndex| {
        let pin = pins[node.index()];
        let name = pin.name.as_normalized();
        !(is_foreign && is_plumbing(name)
            || of_foreign.contains(&pin.name)
            || has_compilers && is_of_apples_compilers(name))
    };
    let needed_from_outside = |component: &[NodeIndex]| {
        component
            .iter()
            .flat_map(|&node| graph.edges_directed(node, Incoming))
            .any(|edge| !component.contains(&edge.source()))
    };
    let mut roots: Vec<NodeIndex> = kosaraju_scc(graph)
        .into_iter()
        .filter(|component| !needed_from_outside(component))
        .filter_map(|component| component.into_iter().filter(can_be_root).min())
        .collect();
    let pythons = graph.node_indices().filter(|node| is_python(pins[node.index()]));
    roots.extend(pythons);
    roots.sort_unstable();
    roots.dedup();
    roots
}

/// How many edges each pin is away from the nearest root.
fn depths(graph: &DiGraph<(), ()>, roots: &[NodeIndex]) -> HashMap<NodeIndex, usize> {
    let mut depths: HashMap<NodeIndex, usize> = roots.iter().map(|&root| (root, 0)).collect();
    let mut level = roots.to_vec();
    while !level.is_empty() {
        let mut next = Vec::new();
        for node in level {
            let depth = depths[&node] + 1;
            for neighbour in graph.neighbors(node) {
                depths.entry(neighbour).or_insert_with(|| {
                    next.push(neighbour);
                    depth
                });
            }
        }
        level = next;
    }
    depths
}

fn is_python(pin: &Pin) -> bool {
    pin.name.as_normalized() == "python"
}

#[cfg(test)]
mod tests {
    use rattler_conda_types::RepoDataRecord;

    use super::*;
    use crate::intent::{
        tests::{environment, record, records},
        understand,
    };

    /// The names in order, each root with a star.
    fn ranked(lines: &[&str], channel: Vec<RepoDataRecord>) -> Vec<String> {
        let wishes = rank(&understand(&environment(lines)), &records(channel), None);
        wishes
            .iter()
            .map(|wish| format!("{}{}", wish.pin.name.as_normalized(), if wish.root { "*" } else { "" }))
            .collect()
    }

    #[test]
    fn what_nothing_needs_is_a_root_and_the_widest_root_comes_first() {
        let lines = ["blas=1.0=0", "flask=2.0.0=0", "numpy=1.0=0", "pandas=1.0=0", "python=3.9.1=0", "zstd=1.0=0"];
        let channel = vec![
            record("flask", "2.0.0", &["python >=3.6"]),
            record("numpy", "1.0", &["blas 1.*", "python >=3.9,<3.10.0a0"]),
            record("pandas", "1.0", &["numpy >=1.0,<2.0a0", "python"]),
            record("python", "3.9.1", &["zstd"]),
        ];
        assert_eq!(ranked(&lines, channel), ["python*", "pandas*", "flask*", "numpy", "zstd", "blas"]);
    }

    #[test]
    fn what_was_asked_for_is_a_root_and_nothing_else_but_python() {
        let lines = ["blas=1.0=0", "flask=2.0.0=0", "numpy=1.0=0", "pandas=1.0=0", "python=3.9.1=0", "rise"];
        let channel = || {
            vec![
                record("numpy", "1.0", &["blas 1.*", "python >=3.9,<3.10.0a0"]),
                record("pandas", "1.0", &["numpy >=1.0,<2.0a0", "python"]),
            ]
        };
        let mut environment = environment(&lines);
        let at = environment.dependencies[0].at.clone();
        let value = "numpy".parse().unwrap();
        environment.captured.requested = Some(vec![crate::environment::Located { value, at }]);
        let wishes = rank(&understand(&environment), &records(channel()), None);
        let roots: Vec<&str> = wishes.iter().filter(|it| it.root).map(|it| it.pin.name.as_normalized()).collect();
        // The line without a build was added by hand.
        assert_eq!(roots, ["python", "numpy", "rise"]);
        assert_eq!(ranked(&lines, channel())[..2], ["python*", "pandas*"], "without it, pandas is one and numpy isn't");
    }

    #[test]
    fn pip_that_python_brings_along_is_no_root_but_what_needs_pip_is() {
        let lines = ["pip=21.0=0", "pipx=1.0=0", "python=3.9.1=0", "setuptools=50.0=0"];
        let channel = vec![
            record("pip", "21.0", &["python", "setuptools"]),
            record("pipx", "1.0", &["pip", "python"]),
            record("python", "3.9.1", &["pip"]),
            record("setuptools", "50.0", &["python"]),
        ];
        assert_eq!(ranked(&lines, channel), ["python*", "pipx*", "pip", "setuptools"]);
    }

    #[test]
    fn the_first_by_name_stands_for_a_ring() {
        let lines = ["gamma=1.0=0", "beta=1.0=0", "alpha=1.0=0"];
        let channel = vec![
            record("alpha", "1.0", &["beta"]),
            record("beta", "1.0", &["gamma"]),
            record("gamma", "1.0", &["alpha"]),
        ];
        assert_eq!(ranked(&lines, channel), ["alpha*", "beta", "gamma"]);
    }

    #[test]
    fn a_ring_that_something_needs_has_no_root() {
        let lines = ["beta=1.0=0", "alpha=1.0=0", "top=1.0=0"];
        let channel = vec![
            record("alpha", "1.0", &["beta"]),
            record("beta", "1.0", &["alpha"]),
            record("top", "1.0", &["alpha"]),
        ];
        assert_eq!(ranked(&lines, channel), ["top*", "alpha", "beta"]);
    }

    #[test]
    fn the_wanted_version_speaks_for_a_pin_then_the_next_higher() {
        let channel =
            || vec![record("app", "1.0", &["old"]), record("app", "3.0", &["middle"]), record("app", "9.0", &["new"])];
        let with = |app: &str| ranked(&["middle=1.0=0", "new=1.0=0", "old=1.0=0", app], channel());
        assert_eq!(with("app=1.0=0"), ["app*", "middle*", "new*", "old"]);
        assert_eq!(with("app=2.0=0"), ["app*", "new*", "old*", "middle"]);
        assert_eq!(with("app=10.0=0"), ["app*", "middle*", "old*", "new"]);
    }

    #[test]
    fn in_a_hand_written_file_all_are_roots_whatever_its_order() {
        let channel = vec![record("pandas", "1.0", &["numpy"]), record("numpy", "1.0", &[])];
        assert_eq!(ranked(&["pandas", "numpy", "python=3.9"], channel), ["python*", "numpy*", "pandas*"]);
    }

    #[test]
    fn foreign_plumbing_is_no_root_and_foreign_packages_are_not_wanted() {
        let lines = ["appnope=0.1.0=py36_0", "llvm-openmp=4.0.1=0", "six=1.11.0=py36_1"];
        let channel = vec![record("llvm-openmp", "4.0.1", &[]), record("six", "1.11.0", &[])];
        assert_eq!(ranked(&lines, channel), ["six*", "llvm-openmp"]);
    }

    #[test]
    fn the_parts_of_apples_compilers_are_no_roots_where_those_are_in_the_file() {
        let with = |line: &str| {
            let channel = vec![record("clang", "4.0.1", &[]), record("six", "1.11.0", &[])];
            ranked(&["clang=4.0.1=0", "appnope=0.1.0=py36_0", "six=1.11.0=py36_1", line], channel)
        };
        assert_eq!(with("clang_osx-64=4.0.1=0"), ["six*", "clang"]);
        assert_eq!(with("pyobjc-core=5.1=0"), ["clang*", "six*"]);
    }

    #[test]
    fn what_only_a_package_of_the_exports_platform_needs_is_no_root() {
        let channel = vec![record("openmp", "4.0.0", &["clangdev 4.0.0"]), record("clangdev", "4.0.0", &[])];
        let lines = ["appnope=0.1.0=py36_0", "clangdev=4.0.0=default_0", "openmp=4.0.0=1", "six=1.11.0=py36_1"];
        assert_eq!(ranked(&lines, channel), ["six*", "clangdev"]);
    }

    #[test]
    fn packages_without_a_record_are_roots() {
        assert_eq!(ranked(&["mystery=1.0=0", "six=1.11.0=0"], vec![]), ["mystery*", "six*"]);
    }

    #[test]
    fn a_name_on_two_lines_is_ranked_twice() {
        let channel = vec![record("app", "1.0", &["six"])];
        assert_eq!(ranked(&["six=1.0=0", "six=1.1=0", "app=1.0=0"], channel), ["app*", "six", "six"]);
    }
}
