//! Why a wish can't be had together with what is settled, in one sentence.
//!
//! What the wish leads to and what each of the settled things leads to is followed to the nearest package that they
//! disagree on: the sentence names the two ways there. First that is what follows from each in any case. Where that
//! shows nothing, it is resolvo that says which records contradict each other, as a graph, and the ways go through
//! that.

use std::collections::{HashMap, HashSet, VecDeque};

use petgraph::{
    graph::{EdgeReference, NodeIndex},
    visit::EdgeRef,
};
use resolvo::{
    Problem as Question, Requirement, SolvableId, Solver, UnsolvableOrCancelled, VersionSetId,
    conflict::{ConflictCause, ConflictEdge, ConflictGraph, ConflictNode},
};

use super::{
    candidates::Candidates,
    closest::{ConflictVerdict, Demand},
    deadline::Deadline,
    ids::{CandidateId, ClassId, NameId},
    problem::Problem,
    provider::{self, Provider},
    rule::Then,
    universe::Universe,
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

/// Puts conflicts into sentences.
pub(super) struct Sentences<'s> {
    world: &'s Universe<'s>,
    problem: &'s Problem,
    /// What is installed: where several candidates say something of a package, theirs is what is told.
    chosen: &'s Candidates,
    patience: &'s Deadline,
    /// What follows from each of the settled things, by their titles: many stand against more than one wish.
    known: HashMap<String, Vec<Claim>>,
}

impl<'s> Sentences<'s> {
    pub(super) fn of(
        world: &'s Universe<'s>,
        problem: &'s Problem,
        chosen: &'s Candidates,
        patience: &'s Deadline,
    ) -> Self {
        Self { world, problem, chosen, patience, known: HashMap::new() }
    }

    /// The conflict between a wish and what rules it out, in a sentence that names one of the latter.
    pub(super) fn told(&mut self, ConflictVerdict { wish, against, by_need, .. }: &ConflictVerdict) -> String {
        if *by_need {
            let verb = if against.len() == 1 { "is" } else { "are" };
            return format!("{} {verb} kept, which nothing would need then", list(against));
        }
        self.sentence(wish, against).unwrap_or_else(|| match &against[..] {
            [] => "what it needs contradicts itself".to_owned(),
            some => format!("it can't be had together with {}", list(some)),
        })
    }

    /// `None` where no two of them disagree on a package by themselves, or where there is no time.
    fn sentence(&mut self, wish: &Demand, against: &[Demand]) -> Option<String> {
        // Most conflicts show in what follows from each side by itself; the others are resolvo's to find.
        let ours = following(self.problem, self.chosen, wish);
        for demand in against {
            let known = self.known.contains_key(&demand.title);
            if !known {
                self.known.insert(demand.title.clone(), following(self.problem, self.chosen, demand));
            }
        }
        let theirs = against.iter().map(|demand| (demand, self.known[&demand.title].as_slice()));
        self.clash(&ours, theirs).or_else(|| self.by_resolvo(wish, against))
    }

    fn by_resolvo(&self, wish: &Demand, against: &[Demand]) -> Option<String> {
        let members = [wish].into_iter().chain(against).flat_map(|demand| &demand.members);
        // resolvo 0.12 panics where it draws a conflict that has conditions in it.
        if self.problem.leads_to_rules(members.copied()) {
            return None;
        }
        let mut provider = Provider::for_conflict(self.world, self.problem, self.patience.clone());
        let sets: Vec<VersionSetId> = [wish].into_iter().chain(against).map(|demand| provider.demand(demand)).collect();
        let mut solver = Solver::new(provider);
        let question = Question::new().requirements(sets.iter().map(|set| (*set).into()).collect());
        let Err(UnsolvableOrCancelled::Unsolvable(conflict)) = solver.solve(question) else { return None };
        let graph = conflict.graph(&solver);
        let walk = Walk { provider: solver.provider(), graph: &graph, chosen: self.chosen };
        let ours = walk.claims(sets[0], wish);
        if against.is_empty() {
            return own_contradiction(self.world, &ours);
        }
        let claims: Vec<Vec<Claim>> =
            against.iter().zip(&sets[1..]).map(|(demand, set)| walk.claims(*set, demand)).collect();
        self.clash(&ours, against.iter().zip(claims.iter().map(Vec::as_slice)))
    }

    /// The sentence on the nearest package that the wish and one of the others disagree on. Ways through what isn't
    /// installed come last, however near they are.
    fn clash<'c>(&self, ours: &'c [Claim], theirs: impl Iterator<Item = (&'c Demand, &'c [Claim])>) -> Option<String> {
        let mut by_name: HashMap<NameId, Vec<&Claim>> = HashMap::new();
        for claim in ours {
            by_name.entry(claim.name).or_default().push(claim);
        }
        let pairs = theirs.flat_map(|(demand, claims)| claims.iter().map(move |claim| (demand, claim)));
        let clashes = pairs.filter_map(|(demand, claim)| {
            let ours = by_name.get(&claim.name)?.iter().copied().find(|ours| ours.contradicts(claim))?;
            let is_there = claim.way.iter().all(|candidate| self.chosen.has(*candidate));
            Some(((!is_there, ours.way.len() + claim.way.len()), demand, ours, claim))
        });
        let (_, demand, ours, theirs) = clashes.min_by_key(|(how_near, ..)| *how_near)?;
        Some(self.tell(ours, demand, theirs))
    }

    /// The sentence on two claims that contradict each other.
    fn tell(&self, ours: &Claim, demand: &Demand, theirs: &Claim) -> String {
        let world = self.world;
        let they_say = match &theirs.way[..] {
            [] => None,
            way => Some(says(world, &subject(world, demand, way[0]), theirs)),
        };
        let we_say = match &ours.way[..] {
            [] => None,
            way => Some(says(world, &self.title(way[0]), ours)),
        };
        match (we_say, they_say) {
            (None, Some(theirs)) => theirs,
            (Some(ours), Some(theirs)) => format!("{ours}, and {theirs}"),
            (Some(_), None) if demand.is_series && ours.way.len() == 1 => format!("no build for {}", called(demand)),
            (Some(ours), None) => format!("{ours}, and {} is kept", called(demand)),
            (None, None) => format!("{} is kept", called(demand)),
        }
    }

    /// How a person calls a candidate, with its build string where another build of that version is installed.
    fn title(&self, candidate: CandidateId) -> String {
        let (world, it) = (self.world, &self.world[candidate]);
        let is_other = |other: &CandidateId| self.chosen.has(*other) && world[*other].version == it.version;
        let mut others = world[it.name].gathered.clone().map(CandidateId::new);
        let is_told_apart = !self.chosen.has(candidate) && others.any(|other| is_other(&other));
        if is_told_apart { format!("{} {}", world.title(candidate), it.build) } else { world.title(candidate) }
    }
}

/// What follows from a demand, whichever of its candidates meets it; the nearest first.
fn following(problem: &Problem, chosen: &Candidates, demand: &Demand) -> Vec<Claim> {
    let itself = Claim { name: demand.name, members: demand.members.clone(), is_needed: true, way: Vec::new() };
    let mut claims = vec![itself];
    let mut seen: HashSet<NameId> = HashSet::from([demand.name]);
    let mut next = 0;
    while let Some(claim) = claims.get(next) {
        next += 1;
        let told = chosen.first_of(&claim.members).or(claim.members.first().copied());
        let (Some(told), true) = (told, claim.is_needed) else { continue };
        let way: Vec<CandidateId> = claim.way.iter().copied().chain([told]).collect();
        let needed = common(problem, &claim.members, |candidate| problem.requires(candidate));
        let allowed = common(problem, &claim.members, |candidate| problem.constrains(candidate));
        for (name, members) in needed {
            if seen.insert(name) {
                claims.push(Claim { name, members, is_needed: true, way: way.clone() });
            }
        }
        claims.extend(allowed.into_iter().map(|(name, members)| Claim {
            name,
            members,
            is_needed: false,
            way: way.clone(),
        }));
    }
    claims
}

/// The packages of which all of these candidates say something, each with the candidates that any of them lets in.
fn common<'p>(
    problem: &'p Problem,
    candidates: &[CandidateId],
    says: impl Fn(CandidateId) -> &'p [ClassId],
) -> Vec<(NameId, Vec<CandidateId>)> {
    let mut lists: Vec<&[ClassId]> = candidates.iter().map(|candidate| says(*candidate)).collect();
    lists.sort_unstable();
    lists.dedup();
    let Some((first, others)) = lists.split_first() else { return Vec::new() };
    let of_name = |list: &[ClassId], name| list.iter().copied().find(|class| problem[*class].name == name);
    let mut common: Vec<(NameId, Vec<CandidateId>)> = Vec::new();
    for class in *first {
        let name = problem[*class].name;
        let Some(classes) = others.iter().map(|list| of_name(list, name)).collect::<Option<Vec<ClassId>>>() else {
            continue;
        };
        let mut classes: Vec<ClassId> = classes.into_iter().chain([*class]).collect();
        classes.sort_unstable();
        classes.dedup();
        if common.iter().all(|(other, _)| *other != name) {
            let mut members: Vec<CandidateId> =
                classes.iter().flat_map(|class| &problem[*class].members).copied().collect();
            if classes.len() > 1 {
                let is_member: HashSet<CandidateId> = members.iter().copied().collect();
                members = problem.candidates(name).iter().copied().filter(|it| is_member.contains(it)).collect();
            }
            common.push((name, members));
        }
    }
    common
}

impl Claim {
    fn contradicts(&self, other: &Self) -> bool {
        self.name == other.name && (self.is_needed || other.is_needed) && is_disjoint(&self.members, &other.members)
    }
}

fn is_disjoint(a: &[CandidateId], b: &[CandidateId]) -> bool {
    let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let few: HashSet<&CandidateId> = few.iter().collect();
    !many.iter().any(|member| few.contains(member))
}

/// The graph of a conflict.
struct Walk<'w> {
    provider: &'w Provider<'w>,
    graph: &'w ConflictGraph<SolvableId>,
    /// What is installed: its way is gone first.
    chosen: &'w Candidates,
}

impl<'w> Walk<'w> {
    /// What leads on from a node, in the order in which it was met.
    fn edges(&self, node: NodeIndex) -> Vec<EdgeReference<'w, ConflictEdge<SolvableId>>> {
        // petgraph lists the last first.
        let mut edges: Vec<_> = self.graph.graph.edges(node).collect();
        edges.reverse();
        edges.sort_by_key(|edge| !self.is_chosen(edge.target()));
        edges
    }

    fn is_chosen(&self, node: NodeIndex) -> bool {
        matches!(self.graph.graph[node], ConflictNode::Solvable(solvable) if self.chosen.has(provider::candidate(solvable)))
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
        starts.sort_by_key(|start| !self.is_chosen(*start));
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
fn own_contradiction(world: &Universe, claims: &[Claim]) -> Option<String> {
    let pairs =
        claims.iter().enumerate().flat_map(|(index, one)| claims[..index].iter().map(move |other| (other, one)));
    let clashes = pairs.filter(|(one, other)| one.contradicts(other));
    let (one, other) = clashes.min_by_key(|(one, other)| one.way.len() + other.way.len())?;
    let mut said: Vec<&Claim> = [one, other].into_iter().filter(|claim| !claim.way.is_empty()).collect();
    said.sort_by_key(|claim| !claim.is_needed);
    let said: Vec<String> = said.into_iter().map(|claim| says(world, &world.title(claim.way[0]), claim)).collect();
    Some(and(&said))
}

/// What meets the demand, as a person calls it: its version where there is only one, else what is demanded.
fn subject(world: &Universe, demand: &Demand, candidate: CandidateId) -> String {
    let is_same = |member: &CandidateId| world[*member].version == world[candidate].version;
    if demand.members.iter().all(is_same) { world.title(candidate) } else { called(demand).to_owned() }
}

/// A demand as a person calls it: `r-base 4.1`, not `r-base 4.1.*`.
fn called(demand: &Demand) -> &str {
    demand.title.strip_suffix(".*").filter(|_| demand.is_series).unwrap_or(&demand.title)
}

/// What a candidate says of the package of a claim.
fn says(world: &Universe, subject: &str, claim: &Claim) -> String {
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
fn written<'w>(world: &'w Universe, candidate: CandidateId, claim: &Claim) -> Option<&'w str> {
    let lists = [world[candidate].depends, world[candidate].constrains];
    let at_times = world[world[candidate].rules].iter().filter_map(|rule| match rule.then {
        Then::Needs(spec) | Then::Allows(spec) => Some(spec),
        Then::Never => None,
    });
    let specs = lists.into_iter().flat_map(|list| world[list].iter().copied()).chain(at_times);
    let specs = specs.map(|spec| &world[spec]);
    let mut of_name = specs.filter(|spec| spec.name == claim.name);
    // Where a record has several on the same package, the one that asks for no more than this.
    let is_it = |matches: &[CandidateId]| claim.members.iter().all(|member| matches.contains(member));
    let first = of_name.next()?;
    let rest = of_name.find(|spec| spec.matches.len() < first.matches.len() && is_it(&spec.matches));
    Some(&rest.unwrap_or(first).text)
}

/// The demands as part of a sentence; of many, the first few.
fn list(demands: &[Demand]) -> String {
    /// So many are named.
    const NAMED: usize = 3;
    let titles: Vec<String> = demands.iter().map(|demand| demand.title.clone()).collect();
    match titles.as_slice() {
        [named @ .., _] if titles.len() > NAMED => {
            format!("{} and {} more", named[..NAMED].join(", "), titles.len() - NAMED)
        }
        few => and(few),
    }
}
