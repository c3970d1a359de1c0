//! Why a wish that could be granted alone wasn't: one line that a person can follow.

use super::{
    Reason,
    closest::{About, ConflictVerdict, Demand, Verdicts},
    deadline::Deadline,
    goal::Goal,
    ids::{CandidateId, NameId},
    problem::{self, Problem},
    proof::proof,
    universe::{Refusal, Refusals, Spec, Universe},
};
use crate::channel::Row;

/// So many steps lead to what isn't there before the sentence gets too long.
const STEPS: usize = 4;

/// Answers why something wasn't granted.
pub(super) struct Reasons<'s> {
    /// What could be installed.
    pub world: &'s Universe<'s>,
    /// The same for a solver, up to the horizon.
    pub limited: &'s Problem,
    /// What stands against the wishes up to the horizon.
    pub verdicts: &'s Verdicts,
    /// What couldn't be installed.
    pub refusals: Refusals<'s>,
    /// The wishes.
    pub goals: &'s [Goal<'s>],
    /// What is installed.
    pub chosen: Vec<CandidateId>,
    /// How long to try.
    pub patience: &'s Deadline,
    /// Whether to draw whole conflicts.
    pub trees: bool,
}

impl Reasons<'_> {
    /// Why something about a wish wasn't granted.
    pub(super) fn why(&self, goal: usize, about: About) -> Reason {
        let wanted = self.wanted(goal, about);
        if let Some(reason) = self.impossible(&wanted) {
            return reason;
        }
        let Some(verdict) = self.verdicts.get(&(goal, about)) else { return Reason::NotTried };
        let ConflictVerdict { wish, against, why, .. } = verdict;
        let because = against.iter().map(|demand| demand.title.clone()).collect();
        Reason::Conflict { because, why: why.clone(), tree: self.tree(wish, against) }
    }

    /// The candidates that would have granted it, the preferred first.
    fn wanted(&self, goal: usize, about: About) -> Vec<CandidateId> {
        let goal = &self.goals[goal];
        let of_version =
            |candidate: &CandidateId| goal.version.is_none_or(|spec| self.world[spec].matches.contains(candidate));
        let of_variant =
            |candidate: &CandidateId| goal.variant.iter().any(|spec| self.world[*spec].matches.contains(candidate));
        let is_wanted = |candidate: &CandidateId| match about {
            About::Presence => true,
            About::Series | About::Version => of_version(candidate),
            About::Variant => of_version(candidate) && of_variant(candidate),
        };
        self.world[goal.name].candidates.iter().copied().filter(is_wanted).collect()
    }

    /// The conflict between a wish and those that stand against it, as a tree.
    fn tree(&self, wish: &Demand, against: &[Demand]) -> Option<String> {
        let demands: Vec<&Demand> = [wish].into_iter().chain(against).collect();
        self.trees.then(|| proof(self.world, &problem::state(self.world, None), &demands, self.patience))?
    }

    /// What is installed of a package.
    pub(super) fn chosen_of(&self, name: NameId) -> Option<CandidateId> {
        self.chosen.iter().copied().find(|candidate| self.world[*candidate].name == name)
    }

    /// What all of the candidates need and what isn't there, step by step for the preferred one; `None` where one of
    /// them can be installed.
    fn impossible(&self, wanted: &[CandidateId]) -> Option<Reason> {
        let possible = &self.limited.possible;
        if possible.first_of(wanted).is_some() {
            return None;
        }
        let mut candidate = *wanted.first()?;
        let mut steps: Vec<String> = Vec::new();
        let mut refusal = None;
        while steps.len() < STEPS {
            let missing = self.world[self.world[candidate].depends]
                .iter()
                .find(|spec| possible.first_of(&self.world[**spec].matches).is_none());
            let Some(&missing) = missing else {
                steps.push(format!("{} contradicts itself", self.world.title(candidate)));
                break;
            };
            let (spec, title) = (&self.world[missing], self.world.title(candidate));
            if let Some(&next) = spec.matches.first() {
                steps.push(format!("{title} needs {}", spec.text));
                candidate = next;
                continue;
            }
            refusal = self.nowhere(spec);
            let why = match &refusal {
                Some(Refusal::OtherPython(python)) => format!("which has no build for {python}"),
                Some(refusal) => format!("but {refusal}"),
                None => "which isn't there for Linux".to_owned(),
            };
            steps.push(format!("{title} needs {}, {why}", spec.text));
            break;
        }
        let why = steps.join(", and ");
        Some(match refusal {
            Some(Refusal::OtherPython(python)) => Reason::OtherPython { python, why },
            Some(Refusal::NotOffered(needs)) => Reason::NotOffered { needs, why, advice: None },
            Some(Refusal::Untrue { .. } | Refusal::Unfit(_)) | None => Reason::Unmet(why),
        })
    }

    /// Why nothing matches a spec, where there are records that would.
    fn nowhere(&self, spec: &Spec) -> Option<Refusal> {
        let is_meant = |row: &Row| {
            let is_version = |version| spec.asks.accepts_version(&version);
            row.version().parse().is_ok_and(is_version) && spec.asks.accepts_build(row.build())
        };
        self.refusals.of(spec.name, is_meant)
    }
}
