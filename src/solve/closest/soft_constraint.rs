//! What the wishes come to as literals.

use batsat::Lit;

use super::sat::Sat;
use crate::solve::{
    Prefer,
    candidates::Candidates,
    goal::Goal,
    ids::{CandidateId, ClassId, NameId, SpecId},
    problem::Problem,
};

/// How much each thing counts that is wished for.
#[derive(Clone, Copy, Debug)]
struct Weights {
    /// That a root is there at all.
    root: u64,
    /// That another package that people use is there at all.
    used: u64,
    /// The exact version of a package that people use.
    version: u64,
    /// The exact version of a library.
    library: u64,
}

impl Weights {
    fn of(prefer: Prefer) -> Self {
        match prefer {
            Prefer::Packages => Self { root: 15, used: 15, version: 3, library: 1 },
            Prefer::Versions => Self { root: 2, used: 0, version: 1, library: 1 },
        }
    }
}

/// What about a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::solve) enum About {
    /// The interpreter of a language is there in the wanted minor version.
    Series,
    /// The package is installed.
    Presence,
    /// The package is installed in the wanted version.
    Version,
    /// The package is installed in the wanted variant.
    Variant,
}

/// A set of candidates, by what it means in any problem of the same universe.
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
pub(in crate::solve) struct SoftConstraint {
    /// The index of the goal.
    pub goal: usize,
    /// What about it.
    pub about: About,
    /// How much it counts.
    pub weight: u64,
    /// True only if it is granted.
    pub(super) lit: Lit,
    /// A candidate of one of these sets must be chosen.
    pub one_of: Vec<Set>,
    /// None of these candidates may be chosen.
    pub none_of: Vec<CandidateId>,
}

impl SoftConstraint {
    /// Whether a solution grants it.
    pub(in crate::solve) fn is_granted(&self, problem: &Problem, model: &Candidates) -> bool {
        let is_there = |set: &Set| model.first_of(&problem[set.class(problem)].members).is_some();
        self.one_of.iter().any(is_there)
    }
}

/// The wishes for the minor versions of interpreters other than python; the most important first.
pub(super) fn series(sat: &mut Sat, problem: &Problem, goals: &[Goal]) -> Vec<SoftConstraint> {
    let exists = |goal: &Goal| goal.series.is_some_and(|spec| !problem.class(spec).members.is_empty());
    of_goals(goals, exists).filter_map(|index| soft(sat, problem, goals, index, About::Series)).collect()
}

/// The wishes for the presence of what people use, and for versions; the most important first. What doesn't exist isn't
/// wished for.
pub(super) fn packages(sat: &mut Sat, problem: &Problem, goals: &[Goal], prefer: Prefer) -> Vec<SoftConstraint> {
    let weights = Weights::of(prefer);
    let mut softs = Vec::new();
    for (index, Goal { wish, name, version, .. }) in goals.iter().enumerate() {
        if wish.used && !problem.candidates(*name).is_empty() {
            let weight = if wish.root { weights.root } else { weights.used };
            softs.extend(
                soft(sat, problem, goals, index, About::Presence).map(|soft| SoftConstraint { weight, ..soft }),
            );
        }
        if version.is_some_and(|spec| !problem.class(spec).members.is_empty()) {
            let weight = if wish.used { weights.version } else { weights.library };
            softs
                .extend(soft(sat, problem, goals, index, About::Version).map(|soft| SoftConstraint { weight, ..soft }));
        }
    }
    softs
}

/// The wishes for variants, the most important first.
pub(super) fn variants(sat: &mut Sat, problem: &Problem, goals: &[Goal]) -> Vec<SoftConstraint> {
    let exists = |goal: &Goal| goal.variant.iter().any(|spec| !problem.class(*spec).members.is_empty());
    of_goals(goals, exists).filter_map(|index| soft(sat, problem, goals, index, About::Variant)).collect()
}

fn of_goals<'g>(goals: &'g [Goal], which: impl Fn(&Goal) -> bool + 'g) -> impl Iterator<Item = usize> + 'g {
    goals.iter().enumerate().filter(move |(_, goal)| which(goal)).map(|(index, _)| index)
}

/// Something about a goal, whether there is anything that could grant it or not. `None` where it wants no version.
pub(super) fn soft(
    sat: &mut Sat,
    problem: &Problem,
    goals: &[Goal],
    index: usize,
    about: About,
) -> Option<SoftConstraint> {
    let goal = &goals[index];
    let soft = |lit, one_of, none_of| SoftConstraint { goal: index, about, weight: 1, lit, one_of, none_of };
    let mut there = |set: Set| {
        let class = set.class(problem);
        soft(sat.some(class), vec![set], problem.outside(class).collect())
    };
    Some(match about {
        About::Series => there(Set::Of(goal.series?)),
        About::Presence => there(Set::All(goal.name)),
        About::Version => there(Set::Of(goal.version?)),
        About::Variant => {
            let sets: Vec<Set> = goal.variant.iter().map(|spec| Set::Of(*spec)).collect();
            let is_variant = |candidate: &CandidateId| {
                sets.iter().any(|set| problem[set.class(problem)].members.contains(candidate))
            };
            let package = problem.candidates(goal.name).iter().copied();
            let none_of: Vec<CandidateId> = package.filter(|candidate| !is_variant(candidate)).collect();
            let lits: Vec<Lit> = sets.iter().map(|set| sat.some(set.class(problem))).collect();
            soft(sat.implies_one_of(&lits), sets, none_of)
        }
    })
}
