//! What the wishes come to as literals.

use batsat::Lit;

use super::sat::Sat;
use crate::solve::{
    candidates::Candidates,
    goal::Goal,
    ids::{CandidateId, ClassId, NameId, SpecId},
    problem::Problem,
};

/// How many exact versions the presence of a package is worth that a person asked for.
const PRESENCE: u64 = 2;

/// What about a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::solve) enum About {
    /// The package has the wanted version.
    Version,
    /// The package is installed.
    Presence,
    /// The package is installed, or something that needs it is.
    Use,
    /// If it is installed, it is the wanted variant.
    Variant,
}

/// A set of candidates, by what it means in any problem of the same world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::solve) enum Set {
    /// Those that match a spec.
    Of(SpecId),
    /// All of a package.
    All(NameId),
}

impl Set {
    /// The class in a problem.
    pub(in crate::solve) fn class(self, problem: &Problem) -> ClassId {
        match self {
            Self::Of(spec) => problem.of_spec[spec.index()],
            Self::All(name) => problem.whole[name.index()],
        }
    }
}

/// One thing that is wished for.
#[derive(Debug)]
pub(in crate::solve) struct Soft {
    /// The index of the goal.
    pub goal: usize,
    /// What about it.
    pub about: About,
    /// How much it counts.
    pub weight: u64,
    /// True only if it is granted.
    pub(super) lit: Lit,
    /// A candidate of one of these sets must be chosen, if there are any here.
    pub one_of: Vec<Set>,
    /// None of these candidates may be chosen.
    pub none_of: Vec<CandidateId>,
}

impl Soft {
    /// Whether a solution grants it.
    pub(in crate::solve) fn is_granted(&self, problem: &Problem, model: &Candidates) -> bool {
        let is_there = |set: &Set| model.first_of(&problem[set.class(problem)].members).is_some();
        (self.one_of.is_empty() || self.one_of.iter().any(is_there)) && model.first_of(&self.none_of).is_none()
    }
}

/// The wishes for versions, and for the presence of what a person asked for; the most important first.
pub(super) fn versions(sat: &mut Sat, problem: &Problem, goals: &[Goal]) -> Vec<Soft> {
    let mut softs = Vec::new();
    for (index, goal) in goals.iter().enumerate() {
        softs.extend(version(sat, problem, index, goal));
        softs.extend(presence(sat, problem, index, goal));
    }
    softs
}

/// The wanted version. What a person asked for must be there in it. What came along need not be there, but not in another
/// version; and where everything that needed it is gone, it is wanted in its stead.
fn version(sat: &mut Sat, problem: &Problem, index: usize, goal: &Goal) -> Option<Soft> {
    let set = Set::Of(goal.version?);
    let class = set.class(problem);
    if problem[class].members.is_empty() {
        return None;
    }
    let none_of: Vec<CandidateId> = problem.outside(class).collect();
    let only = sat.only(class);
    let (lit, one_of) = if goal.wish.root {
        (sat.some(class), vec![set])
    } else if goal.is_wanted() {
        let one_of = in_its_stead(goal, set);
        let some = any(sat, problem, &one_of);
        (sat.implies_all_of(&[only, some]), one_of)
    } else {
        (only, Vec::new())
    };
    Some(Soft { goal: index, about: About::Version, weight: 1, lit, one_of, none_of })
}

/// The package, or what needs it.
fn in_its_stead(goal: &Goal, set: Set) -> Vec<Set> {
    [set].into_iter().chain(goal.needed_by.iter().map(|name| Set::All(*name))).collect()
}

/// A literal that is true only if a candidate of one of the sets is chosen.
fn any(sat: &mut Sat, problem: &Problem, sets: &[Set]) -> Lit {
    let lits: Vec<Lit> = sets.iter().map(|set| sat.some(set.class(problem))).collect();
    sat.implies_one_of(&lits)
}

/// The package itself.
fn presence(sat: &mut Sat, problem: &Problem, index: usize, goal: &Goal) -> Option<Soft> {
    if problem.candidates(goal.name).is_empty() || !goal.wish.root {
        return None;
    }
    let set = Set::All(goal.name);
    let (lit, one_of) = (sat.some(set.class(problem)), vec![set]);
    Some(Soft { goal: index, about: About::Presence, weight: PRESENCE, lit, one_of, none_of: Vec::new() })
}

/// The wishes for what came along, in whatever version, where everything that needed it is gone: an export would lose a
/// lot with a handful of packages otherwise.
pub(super) fn uses(sat: &mut Sat, problem: &Problem, goals: &[Goal]) -> Vec<Soft> {
    let is_heir = |goal: &Goal| !goal.wish.root && goal.is_wanted() && !problem.candidates(goal.name).is_empty();
    let heirs = goals.iter().enumerate().filter(|(_, goal)| is_heir(goal));
    let soft = |(index, goal): (usize, &Goal)| {
        let one_of = in_its_stead(goal, Set::All(goal.name));
        let lit = any(sat, problem, &one_of);
        Soft { goal: index, about: About::Use, weight: 1, lit, one_of, none_of: Vec::new() }
    };
    heirs.map(soft).collect()
}

/// The wishes for variants, the most important first.
pub(super) fn variants(sat: &mut Sat, problem: &Problem, goals: &[Goal]) -> Vec<Soft> {
    let variant = |(index, goal): (usize, &Goal)| {
        let is_variant =
            |candidate: &CandidateId| goal.variant.iter().any(|spec| problem.class(*spec).members.contains(candidate));
        let package = problem.candidates(goal.name);
        if !package.iter().any(is_variant) {
            return None;
        }
        let none_of: Vec<CandidateId> = package.iter().copied().filter(|candidate| !is_variant(candidate)).collect();
        let lit = sat.none(&none_of);
        Some(Soft { goal: index, about: About::Variant, weight: 1, lit, one_of: Vec::new(), none_of })
    };
    goals.iter().enumerate().filter_map(variant).collect()
}
