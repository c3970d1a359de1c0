//! Which of the things that are settled stand against a wish that wasn't granted.

use std::collections::HashMap;

use batsat::Lit;

use super::{
    About, Closest, Set,
    optimum::shrink,
    sat::{Answer, Interrupted, Sat},
};
use crate::solve::{demand::Demand, goal::Goal, patience::Patience, problem::Problem, world::World};

/// The problem with nothing settled, so that every wish can be called.
pub(in crate::solve) struct Court<'c> {
    world: &'c World<'c>,
    problem: &'c Problem,
    goals: &'c [Goal<'c>],
    sat: Sat<'c>,
    /// What is hard, and what is granted of packages and versions; the most important first.
    settled: Vec<Settled>,
    /// What comes after that: nearest versions, and variants.
    later: Vec<Settled>,
}

/// A thing that is settled, and the literal that makes it so.
struct Settled {
    demand: Demand,
    lit: Lit,
}

/// The wishes that weren't granted, each with what stands against it, see [`Court::against`].
pub(in crate::solve) type Verdicts = HashMap<(usize, About), (Demand, Vec<Demand>)>;

impl<'c> Court<'c> {
    /// Opens the case of all wishes. `hard` is what must be there in any case, with how a person calls it.
    pub(in crate::solve) fn new(
        world: &'c World<'c>,
        problem: &'c Problem,
        goals: &'c [Goal<'c>],
        hard: &[(Set, &str)],
        closest: &Closest,
        patience: &Patience,
    ) -> Self {
        let mut sat = Sat::new(problem, patience.clone());
        let mut settled = |demand: Demand| {
            let lit = some(&mut sat, &demand);
            Settled { demand, lit }
        };
        let is_there = |demand: &Demand| closest.model.first_of(problem.candidates(demand.name)).is_some();
        let hard = hard.iter().map(|(set, title)| Demand::hard(world, problem, *set, title));
        let is_variant = |about: About| about == About::Variant;
        let granted = || closest.granted.iter();
        let of_softs = granted().filter(|soft| !is_variant(soft.about));
        let first: Vec<Settled> =
            hard.chain(of_softs.map(|soft| Demand::granted(world, problem, goals, soft))).map(&mut settled).collect();
        let near = closest.near.iter().map(|near| Demand::near(world, problem, goals, near));
        let variants = granted().filter(|soft| is_variant(soft.about));
        let variants = variants.map(|soft| Demand::granted(world, problem, goals, soft));
        let later: Vec<Settled> = near.chain(variants).filter(is_there).map(settled).collect();
        Self { world, problem, goals, sat, settled: first, later }
    }

    /// The wish, and what of the settled things rules it out, the most important first; without any of them it could be
    /// granted. `None` where they don't rule it out, or where there is no time to find out.
    pub(in crate::solve) fn against(&mut self, goal: usize, about: About) -> Option<(Demand, Vec<Demand>)> {
        let wish = Demand::wish(self.world, self.problem, &self.goals[goal], about);
        let lost = some(&mut self.sat, &wish);
        let first = self.core(lost, self.settled.len()).ok()?;
        let core = match first {
            Some(core) => core,
            None => self.core(lost, self.settled.len() + self.later.len()).ok()??,
        };
        let all = self.settled.iter().chain(&self.later);
        Some((wish, all.filter(|it| core.contains(&it.lit)).map(|it| it.demand.clone()).collect()))
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
        // The least important are the first to be tried without. All that is settled goes together, so the lost one stays.
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

/// A literal that is true only if the demand is met.
fn some(sat: &mut Sat, demand: &Demand) -> Lit {
    let members: Vec<Lit> = demand.members.iter().map(|member| sat.chosen(*member)).collect();
    sat.implies_one_of(&members)
}
