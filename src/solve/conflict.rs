//! Why a wish can't be had together with what is settled, in one sentence.
//!
//! resolvo says which records contradict each other, as a graph. What the wish leads to and what the settled things lead
//! to is followed through it, to the nearest package that they disagree on: the sentence names the two ways there.

use std::collections::{HashSet, VecDeque};

use petgraph::{
    graph::{EdgeReference, NodeIndex},
    visit::EdgeRef,
};
use resolvo::{
    Problem as Question, Requirement, SolvableId, Solver, UnsolvableOrCancelled, VersionSetId,
    conflict::{ConflictCause, ConflictEdge, ConflictGraph, ConflictNode},
};

use super::{
    demand::Demand,
    ids::{CandidateId, NameId},
    patience::Patience,
    problem::Problem,
    provider::{self, Provider},
    world::World,
};
use crate::words::and;

/// What is said of a package, and the way that leads to it.
struct Claim {
    /// The package.
    name: NameId,
    /// The candidates that will do.
    members: Vec<CandidateId>,
    /// Whether the package must be there; otherwise it only may.
    is_needed: bool,
    /// The candidates on the way, from what meets the demand to what says it; empty where it is the demand itself.
    way: Vec<CandidateId>,
}

/// The conflict between a wish and what rules it out, in a sentence that names one of the latter. `None` where no two of
/// them disagree on a package by themselves, or where there is no time.
pub(super) fn sentence(
    world: &World,
    problem: &Problem,
    wish: &Demand,
    against: &[Demand],
    patience: &Patience,
) -> Option<String> {
    let mut provider = Provider::new(world, problem, patience.clone());
    let sets: Vec<VersionSetId> = [wish].into_iter().chain(against).map(|demand| provider.demand(demand)).collect();
    let mut solver = Solver::new(provider);
    let question = Question::new().requirements(sets.iter().map(|set| (*set).into()).collect());
    let Err(UnsolvableOrCancelled::Unsolvable(conflict)) = solver.solve(question) else { return None };
    let graph = conflict.graph(&solver);
    let walk = Walk { provider: solver.provider(), graph: &graph };
    let of_wish = walk.claims(sets[0], wish);
    let of_others = against.iter().zip(&sets[1..]).map(|(demand, set)| (demand, walk.claims(*set, demand)));
    if against.is_empty() {
        return own_contradiction(world, &of_wish);
    }
    let clashes = of_others.flat_map(|(demand, claims)| {
        let pairs = claims.into_iter().filter_map(|theirs| {
            let ours = of_wish.iter().find(|ours| ours.contradicts(&theirs))?;
            Some((ours.way.len() + theirs.way.len(), demand, ours, theirs))
        });
        pairs.collect::<Vec<_>>()
    });
    let (_, demand, ours, theirs) = clashes.min_by_key(|(length, ..)| *length)?;
    Some(tell(world, ours, demand, &theirs))
}

impl Claim {
    fn contradicts(&self, other: &Self) -> bool {
        self.name == other.name
            && (self.is_needed || other.is_needed)
            && !self.members.iter().any(|member| other.members.contains(member))
    }
}

/// The graph of a conflict.
struct Walk<'w> {
    provider: &'w Provider<'w>,
    graph: &'w ConflictGraph<SolvableId>,
}

impl<'w> Walk<'w> {
    /// What leads on from a node, in the order in which it was met.
    fn edges(&self, node: NodeIndex) -> Vec<EdgeReference<'w, ConflictEdge<SolvableId>>> {
        // petgraph lists the last first.
        let mut edges: Vec<_> = self.graph.graph.edges(node).collect();
        edges.reverse();
        edges
    }

    /// What a demand leads to, the nearest first.
    fn claims(&self, set: VersionSetId, demand: &Demand) -> Vec<Claim> {
        let graph = &self.graph.graph;
        let itself = Claim { name: demand.name, members: demand.members.clone(), is_needed: true, way: Vec::new() };
        let mut claims = vec![itself];
        let is_of_demand = |edge: &ConflictEdge<SolvableId>| matches!(edge, ConflictEdge::Requires(Requirement::Single(of)) if *of == set);
        let mut starts: Vec<NodeIndex> = graph
            .edges(self.graph.root_node)
            .filter(|edge| is_of_demand(edge.weight()))
            .map(|it| it.target())
            .collect();
        // resolvo lists the edges of a node from the last to the first.
        starts.reverse();
        let mut seen: HashSet<NodeIndex> = starts.iter().copied().collect();
        let mut queue: VecDeque<(NodeIndex, Vec<CandidateId>)> =
            starts.into_iter().map(|start| (start, Vec::new())).collect();
        while let Some((node, mut way)) = queue.pop_front() {
            let ConflictNode::Solvable(solvable) = graph[node] else { continue };
            way.push(provider::candidate(solvable));
            let mut said: Vec<VersionSetId> = Vec::new();
            for edge in self.edges(node) {
                let (set, is_needed) = match edge.weight() {
                    ConflictEdge::Requires(Requirement::Single(set)) => (*set, true),
                    ConflictEdge::Conflict(ConflictCause::Constrains(set)) => (*set, false),
                    ConflictEdge::Requires(Requirement::Union(_)) | ConflictEdge::Conflict(_) => continue,
                };
                if !said.contains(&set) {
                    said.push(set);
                    let class = self.provider.class(set);
                    claims.push(Claim {
                        name: class.name,
                        members: class.members.clone(),
                        is_needed,
                        way: way.clone(),
                    });
                }
                if is_needed && seen.insert(edge.target()) {
                    queue.push_back((edge.target(), way.clone()));
                }
            }
        }
        claims
    }
}

/// The sentence on a wish that contradicts itself.
fn own_contradiction(world: &World, claims: &[Claim]) -> Option<String> {
    let pairs =
        claims.iter().enumerate().flat_map(|(index, one)| claims[..index].iter().map(move |other| (other, one)));
    let clashes = pairs.filter(|(one, other)| one.contradicts(other));
    let (one, other) = clashes.min_by_key(|(one, other)| one.way.len() + other.way.len())?;
    let mut said: Vec<&Claim> = [one, other].into_iter().filter(|claim| !claim.way.is_empty()).collect();
    said.sort_by_key(|claim| !claim.is_needed);
    let said: Vec<String> = said.into_iter().map(|claim| says(world, &world.title(claim.way[0]), claim)).collect();
    Some(and(&said))
}

/// The sentence on two claims that contradict each other.
fn tell(world: &World, ours: &Claim, demand: &Demand, theirs: &Claim) -> String {
    let they_say = match &theirs.way[..] {
        [] => None,
        way => Some(says(world, &subject(world, demand, way[0]), theirs)),
    };
    let we_say = match &ours.way[..] {
        [] => None,
        way => Some(says(world, &world.title(way[0]), ours)),
    };
    match (we_say, they_say) {
        (None, Some(theirs)) => theirs,
        (Some(ours), Some(theirs)) => format!("{ours}, and {theirs}"),
        (Some(_), None) if &*world[theirs.name].text == "python" && ours.way.len() == 1 => {
            format!("no build for {}", demand.title)
        }
        (Some(ours), None) => format!("{ours}, and {} is kept", demand.title),
        (None, None) => format!("{} is kept", demand.title),
    }
}

/// What meets the demand, as a person calls it: where several versions will do, none is named.
fn subject(world: &World, demand: &Demand, candidate: CandidateId) -> String {
    let is_same = |member: &CandidateId| world[*member].version == world[candidate].version;
    if demand.members.iter().all(is_same) { world.title(candidate) } else { world[demand.name].text.to_string() }
}

/// What a candidate says of the package of a claim.
fn says(world: &World, subject: &str, claim: &Claim) -> String {
    let last = claim.way.last().copied();
    let spec = last.and_then(|candidate| written(world, candidate, claim));
    let name = &*world[claim.name].text;
    let spec = spec.unwrap_or(name);
    let excludes = !claim.is_needed && claim.members.is_empty();
    let what = match (claim.is_needed, excludes) {
        (true, _) => format!("needs {spec}"),
        (false, true) => format!("excludes {name}"),
        (false, false) => format!("allows only {spec}"),
    };
    match &claim.way[1..] {
        [] => format!("{subject} {what}"),
        between => {
            let name = |candidate: &CandidateId| world[world[*candidate].name].text.to_string();
            let names = match between {
                [first, others @ .., last] if !others.is_empty() => format!("{}, …, {}", name(first), name(last)),
                few => and(&few.iter().map(name).collect::<Vec<_>>()),
            };
            format!("{subject} {what} through {names}")
        }
    }
}

/// The match spec of a claim as the record has it.
fn written<'w>(world: &'w World, candidate: CandidateId, claim: &Claim) -> Option<&'w str> {
    let lists = [world[candidate].depends, world[candidate].constrains];
    let specs = lists.into_iter().flat_map(|list| world[list].iter()).map(|spec| &world[*spec]);
    let mut of_name = specs.filter(|spec| spec.name == claim.name);
    // Where a record has several on the same package, the one that asks for no more than this.
    let is_it = |matches: &[CandidateId]| claim.members.iter().all(|member| matches.contains(member));
    let first = of_name.next()?;
    let rest = of_name.find(|spec| spec.matches.len() < first.matches.len() && is_it(&spec.matches));
    Some(&rest.unwrap_or(first).text)
}
