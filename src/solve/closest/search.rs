//! The search for what can be granted.

use batsat::Lit;

use super::{
    Hopeless, Near,
    optimum::optimum,
    sat::{Answer, Interrupted, Sat},
    soft_constraint::{Set, SoftConstraint},
};
use crate::solve::{
    candidates::Candidates,
    deadline::Deadline,
    goal::Goal,
    ids::{CandidateId, NameId},
    problem::Problem,
    universe::Universe,
};

/// A solution, and what it must keep.
pub(super) struct Search<'p> {
    pub problem: &'p Problem,
    pub sat: Sat<'p>,
    /// The best solution found.
    pub model: Candidates,
}

impl<'p> Search<'p> {
    /// Starts from any solution with a member of each of these classes.
    pub(super) fn new(problem: &'p Problem, hard: &[Set], patience: &Deadline) -> Result<Self, Hopeless> {
        let mut sat = Sat::new(problem, patience.clone());
        sat.rule_out_needless();
        for set in hard {
            let some = sat.some(set.class(problem));
            sat.clause(&[some]);
        }
        let model = any_model(&mut sat)?;
        Ok(Self { problem, sat, model })
    }

    /// Rules candidates out from now on.
    pub(super) fn rule_out(&mut self, candidates: &[CandidateId]) {
        let lits: Vec<Lit> = candidates.iter().map(|candidate| !self.sat.chosen(*candidate)).collect();
        self.settle(lits);
    }

    /// Grants all of these, which is known to be possible.
    pub(super) fn grant_all(&mut self, softs: &[SoftConstraint]) -> Result<(), Hopeless> {
        self.settle(softs.iter().map(|soft| soft.lit));
        self.model = any_model(&mut self.sat)?;
        Ok(())
    }

    /// Grants as much as can be, and of what is equally much, the more important. Tells whether there was the time to
    /// find out how much that is; otherwise only the importance counts.
    pub(super) fn grant_most(&mut self, softs: &[SoftConstraint], patience: &Deadline) -> Result<bool, Interrupted> {
        let weighted = softs.iter().filter(|soft| soft.weight > 0).map(|soft| (soft.lit, soft.weight));
        let weighted: Vec<(Lit, u64)> = weighted.collect();
        self.sat.take(patience.part(60));
        let best = optimum(&mut self.sat, &weighted);
        self.sat.take(patience.clone());
        let proven = best.is_ok();
        if let Ok(best) = best {
            self.settle(best.bounds);
            self.model = best.model;
        }
        self.grant(softs)?;
        Ok(proven)
    }

    /// Grants wish by wish what can be had together with what was granted before.
    pub(super) fn grant(&mut self, softs: &[SoftConstraint]) -> Result<(), Interrupted> {
        for soft in softs {
            if soft.is_granted(self.problem, &self.model) {
                self.settle([soft.lit]);
            } else {
                self.hold(soft.lit)?;
            }
        }
        Ok(())
    }

    /// Holds a literal from now on, if that can be. Tells whether it can.
    fn hold(&mut self, lit: Lit) -> Result<bool, Interrupted> {
        let Answer::Yes(model) = self.sat.ask(&[lit])? else { return Ok(false) };
        self.model = model;
        self.settle([lit]);
        Ok(true)
    }

    /// Makes what the solution has a matter of course.
    fn settle(&mut self, lits: impl IntoIterator<Item = Lit>) {
        for lit in lits {
            self.sat.clause(&[lit]);
        }
    }

    /// Brings what has another version than the wanted one as near to it as can be: first what people use, then
    /// libraries.
    pub(super) fn near(
        &mut self,
        world: &Universe,
        goals: &[Goal],
        near: &mut Vec<Near>,
        allowed: &mut Candidates,
    ) -> Result<(), Interrupted> {
        let (used, libraries): (Vec<usize>, Vec<usize>) = (0..goals.len())
            .filter(|goal| !world[goals[*goal].name].near.is_empty())
            .partition(|goal| goals[*goal].wish.used);
        for goal in used.into_iter().chain(libraries) {
            let name = goals[goal].name;
            let package = self.problem.candidates(name);
            let rank = |candidate: CandidateId| world[name].near[world[candidate].version];
            let mut ranks: Vec<usize> = package.iter().map(|candidate| rank(*candidate)).collect();
            ranks.sort_unstable();
            ranks.dedup();
            let Some(&nearest) = ranks.first() else { continue };
            // The nearest that is known to be possible, and the nearest that may be. What isn't there isn't far.
            let mut known = self.model.first_of(package).map_or(nearest, rank);
            let mut open: Vec<usize> = ranks.into_iter().filter(|rank| *rank < known).collect();
            while !open.is_empty() {
                let middle = open.len() / 4;
                let lit = self.sat.none(&beyond(package, rank, open[middle]));
                if self.hold(lit)? {
                    known = open[middle];
                    open.truncate(middle);
                } else {
                    open.drain(..=middle);
                }
            }
            let beyond = beyond(package, rank, known);
            let lit = self.sat.none(&beyond);
            self.settle([lit]);
            allowed.remove(&beyond);
            near.push(Near { goal, rank: known });
        }
        Ok(())
    }

    /// Does without what was built after the cut-off, as far as can be.
    pub(super) fn in_time(&mut self, world: &Universe, allowed: &mut Candidates) -> Result<(), Interrupted> {
        let late = |name: usize| -> Vec<CandidateId> {
            let package = self.problem.candidates(NameId::new(name));
            package.iter().copied().filter(|candidate| world[*candidate].late).collect()
        };
        let late: Vec<Vec<CandidateId>> =
            (0..self.problem.packages.len()).map(late).filter(|late| !late.is_empty()).collect();
        let lits: Vec<Lit> = late.iter().map(|late| self.sat.none(late)).collect();
        let weighted: Vec<(Lit, u64)> = lits.iter().map(|lit| (*lit, 1)).collect();
        let best = optimum(&mut self.sat, &weighted)?;
        self.settle(best.bounds);
        self.model = best.model;
        for (late, lit) in late.iter().zip(lits) {
            if self.model.first_of(late).is_none() || self.hold(lit)? {
                self.settle([lit]);
                allowed.remove(late);
            }
        }
        Ok(())
    }
}

/// The candidates that are farther than a rank.
pub(super) fn beyond(package: &[CandidateId], rank: impl Fn(CandidateId) -> usize, most: usize) -> Vec<CandidateId> {
    package.iter().copied().filter(|candidate| rank(*candidate) > most).collect()
}

/// Any solution.
fn any_model(sat: &mut Sat) -> Result<Candidates, Hopeless> {
    match sat.ask(&[]) {
        Ok(Answer::Yes(model)) => Ok(model),
        Ok(Answer::No(_)) => Err(Hopeless::Contradiction),
        Err(Interrupted) => Err(Hopeless::OutOfTime),
    }
}
