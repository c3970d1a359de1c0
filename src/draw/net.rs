//! What is drawn: packages, and which of them needs which.

#![allow(clippy::indexing_slicing, reason = "packages are known by their places")]

use std::collections::{BTreeMap, BTreeSet};

use petgraph::{
    algo::{condensation, toposort, tred},
    graph::{DiGraph, NodeIndex},
};

use super::{Label, People};
use crate::lockfile::{Graph, Manager};

/// Packages by their places, and what each needs. Nothing needs itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Net {
    /// The packages that are seen, by their places in what the net was made from, in ascending order.
    pub seen: Vec<usize>,
    /// What each of them needs: places among those that are seen, in ascending order.
    pub needs: Vec<Vec<usize>>,
}

impl Net {
    /// The net of those packages that are to be seen. `needs` are the places of what each package needs. What is needed by
    /// way of packages that aren't seen is needed itself, and what follows from other needs is left out.
    #[must_use]
    pub(crate) fn new(needs: &[Vec<usize>], is_seen: impl Fn(usize) -> bool) -> Self {
        let seen: Vec<usize> = (0..needs.len()).filter(|at| is_seen(*at)).collect();
        let numbers: BTreeMap<usize, usize> = seen.iter().enumerate().map(|(number, at)| (*at, number)).collect();
        let folded: Vec<BTreeSet<usize>> = seen.iter().map(|at| reached(*at, needs, &numbers)).collect();
        Self { seen, needs: reduced(&folded) }
    }

    /// The net of a lock: of what people use, or of all packages.
    #[must_use]
    pub(crate) fn of(graph: &Graph, people: &People, all: bool) -> Self {
        Self::new(&places(graph), |at| all || people.used.contains(&at))
    }

    /// Each need as an arrow: the place of the package among those that are seen, and that of what it needs.
    pub(crate) fn arrows(&self) -> impl Iterator<Item = (usize, usize)> {
        self.needs.iter().enumerate().flat_map(|(from, needs)| needs.iter().map(move |to| (from, *to)))
    }

    /// What is drawn for each package that is seen.
    #[must_use]
    pub(crate) fn labels(&self, graph: &Graph, people: &People) -> Vec<Label> {
        let label = |at: &usize| {
            let package = graph.package(*at);
            Label {
                name: package.name.to_string(),
                version: package.version.to_string(),
                is_root: people.roots.contains(at),
                is_of_pip: package.manager() == Manager::Pip,
            }
        };
        self.seen.iter().map(label).collect()
    }
}

/// The places of what each package of a lock needs.
fn places(graph: &Graph) -> Vec<Vec<usize>> {
    (0..graph.len()).map(|at| graph.needs(at).iter().filter_map(|need| need.at).collect()).collect()
}

/// The packages that are seen and that one needs, itself or by way of others that aren't seen.
fn reached(from: usize, needs: &[Vec<usize>], numbers: &BTreeMap<usize, usize>) -> BTreeSet<usize> {
    let (mut found, mut known, mut waiting) = (BTreeSet::new(), BTreeSet::from([from]), vec![from]);
    while let Some(here) = waiting.pop() {
        for &next in &needs[here] {
            if !known.insert(next) {
                continue;
            }
            match numbers.get(&next) {
                Some(number) => _ = found.insert(*number),
                None => waiting.push(next),
            }
        }
    }
    found
}

/// The needs without those that follow from others: the transitive reduction of the graph in which packages that need each
/// other are one. Those keep what they need of each other.
fn reduced(needs: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    let mut graph = DiGraph::<usize, ()>::new();
    let nodes: Vec<NodeIndex> = (0..needs.len()).map(|at| graph.add_node(at)).collect();
    for (at, needed) in needs.iter().enumerate() {
        graph.extend_with_edges(needed.iter().map(|it| (nodes[at], nodes[*it])));
    }
    let circles = condensation(graph, true);
    let mut circle_of = vec![NodeIndex::new(0); needs.len()];
    for circle in circles.node_indices() {
        circles[circle].iter().for_each(|at| circle_of[*at] = circle);
    }
    // What is condensed has no circles.
    let order = toposort(&circles, None).unwrap_or_default();
    let (sorted, places) = tred::dag_to_toposorted_adjacency_list::<_, u32>(&circles, &order);
    let (reduction, _) = tred::dag_transitive_reduction_closure(&sorted);
    let is_left = |at: usize, needed: usize| {
        let (from, to) = (circle_of[at], circle_of[needed]);
        from == to || reduction.contains_edge(places[from.index()], places[to.index()])
    };
    let left = |(at, needed): (usize, &BTreeSet<usize>)| needed.iter().copied().filter(|it| is_left(at, *it)).collect();
    needs.iter().enumerate().map(left).collect()
}
