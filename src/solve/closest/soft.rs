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

/// The wishes for versions, and for the presence of what a person asked for; the most important first. What doesn't exist
/// isn't wished for.
pub(super) fn versions(sat: &mut Sat, problem: &Problem, goals: &[Goal]) -> Vec<Soft> {
    let mut softs = Vec::new();
    for (index, goal) in goals.iter().enumerate() {
        if goal.version.is_some_and(|spec| !problem.class(spec).members.is_empty()) {
            softs.extend(soft(sat, problem, goals, index, About::Version));
        }
        if goal.wish.root && !problem.candidates(goal.name).is_empty() {
            softs.extend(soft(sat, problem, goals, index, About::Presence));
        }
    }
    softs
}

/// The wishes for what came along, in whatever version, where everything that needed it is gone: an export would lose a
/// lot with a handful of packages otherwise.
pub(super) fn uses(sat: &mut Sat, problem: &Problem, goals: &[Goal]) -> Vec<Soft> {
    let is_heir = |goal: &Goal| !goal.wish.root && goal.is_wanted() && !problem.candidates(goal.name).is_empty();
    let heirs = goals.iter().enumerate().filter(|(_, goal)| is_heir(goal));
    heirs.filter_map(|(index, _)| soft(sat, problem, goals, index, About::Use)).collect()
}

/// The wishes for variants, the most important first.
pub(super) fn variants(sat: &mut Sat, problem: &Problem, goals: &[Goal]) -> Vec<Soft> {
    let exists = |goal: &Goal| goal.variant.iter().any(|spec| !problem.class(*spec).members.is_empty());
    let existing = goals.iter().enumerate().filter(|(_, goal)| exists(goal));
    existing.filter_map(|(index, _)| soft(sat, problem, goals, index, About::Variant)).collect()
}

/// Something about a goal, whether there is anything that could grant it or not. `None` where it wants no version.
pub(super) fn soft(sat: &mut Sat, problem: &Problem, goals: &[Goal], index: usize, about: About) -> Option<Soft> {
    let goal = &goals[index];
    let soft = |weight, lit, one_of, none_of| Soft { goal: index, about, weight, lit, one_of, none_of };
    Some(match about {
        About::Version => {
            let (lit, one_of, none_of) = version(sat, problem, goal)?;
            soft(1, lit, one_of, none_of)
        }
        About::Presence => {
            let set = Set::All(goal.name);
            soft(PRESENCE, sat.some(set.class(problem)), vec![set], Vec::new())
        }
        About::Use => {
            let one_of = in_its_stead(goal, Set::All(goal.name));
            soft(1, any(sat, problem, &one_of), one_of, Vec::new())
        }
        About::Variant => {
            let is_variant = |candidate: &CandidateId| {
                goal.variant.iter().any(|spec| problem.class(*spec).members.contains(candidate))
            };
            let package = problem.candidates(goal.name).iter().copied();
            let none_of: Vec<CandidateId> = package.filter(|candidate| !is_variant(candidate)).collect();
            soft(1, sat.none(&none_of), Vec::new(), none_of)
        }
    })
}

/// The wanted version. What a person asked for must be there in it. What came along need not be there, but not in another
/// version; and where everything that needed it is gone, it is wanted in its stead.
fn version(sat: &mut Sat, problem: &Problem, goal: &Goal) -> Option<(Lit, Vec<Set>, Vec<CandidateId>)> {
    let set = Set::Of(goal.version?);
    let class = set.class(problem);
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
    Some((lit, one_of, none_of))
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
