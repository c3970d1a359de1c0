//! Which of the things that are settled stand against a wish that wasn't granted.

use std::collections::HashMap;

use batsat::Lit;

use super::{
    About, Closest, Demand, Set, SoftConstraint,
    optimum::shrink,
    sat::{Answer, Interrupted, Sat},
};
use crate::solve::{deadline::Deadline, goal::Goal, ids::CandidateId, problem::Problem, universe::Universe};

/// The problem with nothing settled, so that every wish can be called.
pub(in crate::solve) struct ConflictAnalysis<'c> {
    world: &'c Universe<'c>,
    problem: &'c Problem,
    goals: &'c [Goal<'c>],
    sat: Sat<'c>,
    /// What is hard, and what is granted of packages and versions; the most important first.
    settled: Vec<SettledWishes>,
    /// What comes after that: nearest versions, and variants.
    later: Vec<SettledWishes>,
}

/// A thing that is settled, and the literal that makes it so.
struct SettledWishes {
    demand: Demand,
    lit: Lit,
}

/// What stands against a wish.
pub(in crate::solve) struct ConflictVerdict {
    /// The wish.
    pub wish: Demand,
    /// What of the settled things rules it out, the most important first; without any of them it could be granted.
    pub against: Vec<Demand>,
    /// Whether they rule it out only since nothing would need one of them then.
    pub by_need: bool,
    /// The conflict in a sentence.
    pub why: String,
}

/// The wishes that weren't granted, each with what stands against it.
pub(in crate::solve) type Verdicts = HashMap<(usize, About), ConflictVerdict>;

impl<'c> ConflictAnalysis<'c> {
    /// Opens the case of all wishes. `hard` is what must be there in any case, with how a person calls it.
    pub(in crate::solve) fn new(
        world: &'c Universe<'c>,
        problem: &'c Problem,
        goals: &'c [Goal<'c>],
        hard: &[(Set, &str)],
        closest: &Closest,
        patience: &Deadline,
    ) -> Self {
        let mut sat = Sat::new(problem, patience.clone());
        let hard = hard.iter().map(|(set, title)| Demand::hard(world, problem, *set, title));
        let is_variant = |soft: &&SoftConstraint| soft.about == About::Variant;
        let (variants, first): (Vec<&SoftConstraint>, Vec<&SoftConstraint>) =
            closest.granted.iter().partition(is_variant);
        let granted = |soft: &SoftConstraint| Demand::wish(world, problem, &goals[soft.goal], soft.about);
        // The records of the solution may be newer than the problem's.
        let is_there = |demand: &Demand| closest.model.first_of(&world[demand.name].candidates).is_some();
        let near = closest.near.iter().map(|near| Demand::near(world, problem, goals, near));
        let mut settled = |demand: Demand| {
            // A library that isn't there may be there, but not in a version that is farther.
            let lit = if is_there(&demand) { some(&mut sat, &demand) } else { sat.none(&others(problem, &demand)) };
            SettledWishes { demand, lit }
        };
        let first = hard.chain(first.into_iter().map(granted)).map(&mut settled).collect();
        let later = near.chain(variants.into_iter().map(granted)).map(settled).collect();
        Self { world, problem, goals, sat, settled: first, later }
    }

    /// Judges wishes that weren't granted. Those that nothing rules out, or that there is no time for, are left out.
    pub(in crate::solve) fn judge(&mut self, lost: &[(usize, About)]) -> Verdicts {
        let mut verdicts = Verdicts::new();
        self.judge_all(lost.iter().copied(), false, &mut verdicts);
        let left: Vec<(usize, About)> = lost.iter().copied().filter(|wish| !verdicts.contains_key(wish)).collect();
        if !left.is_empty() {
            self.sat.rule_out_needless();
            self.judge_all(left.into_iter(), true, &mut verdicts);
        }
        verdicts
    }

    fn judge_all(&mut self, lost: impl Iterator<Item = (usize, About)>, by_need: bool, verdicts: &mut Verdicts) {
        for (goal, about) in lost {
            let wish = Demand::wish(self.world, self.problem, &self.goals[goal], about);
            if let Ok(Some(against)) = self.against(&wish) {
                verdicts.insert((goal, about), ConflictVerdict { wish, against, by_need, why: String::new() });
            }
        }
    }

    fn against(&mut self, wish: &Demand) -> Result<Option<Vec<Demand>>, Interrupted> {
        let lost = some(&mut self.sat, wish);
        let core = match self.core(lost, self.settled.len())? {
            Some(core) => Some(core),
            None => self.core(lost, self.settled.len() + self.later.len())?,
        };
        let all = || self.settled.iter().chain(&self.later);
        let of_core = |core: Vec<Lit>| all().filter(|it| core.contains(&it.lit)).map(|it| it.demand.clone()).collect();
        Ok(core.map(of_core))
    }

    /// A smallest part of the first so many settled things that rules out a wish; `None` where all of them don't.
    fn core(&mut self, lost: Lit, first: usize) -> Result<Option<Vec<Lit>>, Interrupted> {
        let mut assumed: Vec<Lit> = vec![lost];
        for it in self.settled.iter().chain(&self.later).take(first) {
            if !assumed.contains(&it.lit) {
                assumed.push(it.lit);
            }
        }
        let Answer::No(core) = self.sat.ask(&assumed)? else { return Ok(None) };
        let core = shrink(&mut self.sat, core)?;
        let mut core: Vec<Lit> = assumed.into_iter().filter(|lit| core.contains(lit)).collect();
        // The least important are the first to be tried without. All that is settled goes together, so the lost one
        // stays.
        for lit in core.clone().into_iter().rev().filter(|lit| *lit != lost) {
            if !core.contains(&lit) {
                continue;
            }
            let without: Vec<Lit> = core.iter().copied().filter(|other| *other != lit).collect();
            if let Answer::No(smaller) = self.sat.ask(&without)? {
                core.retain(|lit| smaller.contains(lit));
            }
        }
        core.retain(|lit| *lit != lost);
        Ok(Some(core))
    }
}

/// The candidates of the package that don't meet the demand.
fn others(problem: &Problem, demand: &Demand) -> Vec<CandidateId> {
    let package = problem.candidates(demand.name).iter().copied();
    package.filter(|candidate| !demand.members.contains(candidate)).collect()
}

/// A literal that is true only if the demand is met.
fn some(sat: &mut Sat, demand: &Demand) -> Lit {
    let members: Vec<Lit> = demand.members.iter().map(|member| sat.chosen(*member)).collect();
    sat.implies_one_of(&members)
}
