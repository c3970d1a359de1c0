//! Which of the granted wishes stand against one that wasn't.

use batsat::Lit;

use super::{
    Closest, Set, Soft,
    optimum::minimal,
    sat::{Answer, Sat},
    soft::{self, About},
};
use crate::solve::{goal::Goal, ids::NameId, patience::Patience, problem::Problem};

/// The problem with nothing settled but what is hard, so that every wish can be called.
pub(in crate::solve) struct Court<'p> {
    sat: Sat<'p>,
    /// The packages of what is hard, with the literals that make it so.
    hard: Vec<(NameId, Lit)>,
    /// The packages of the wishes, with the wishes.
    softs: Vec<(NameId, Soft)>,
}

impl<'p> Court<'p> {
    /// Opens the case of all wishes.
    pub(in crate::solve) fn new(problem: &'p Problem, goals: &[Goal], hard: &[Set], patience: &Patience) -> Self {
        let mut sat = Sat::new(problem, patience.clone());
        let hard = hard.iter().map(|set| set.class(problem)).map(|class| (problem[class].name, sat.some(class)));
        let hard = hard.collect();
        let mut softs = soft::versions(&mut sat, problem, goals);
        softs.extend(soft::uses(&mut sat, problem, goals));
        softs.extend(soft::variants(&mut sat, problem, goals));
        let softs = softs.into_iter().map(|soft| (goals[soft.goal].name, soft)).collect();
        Self { sat, hard, softs }
    }

    /// The packages of granted wishes, and of what is hard, that together rule out a wish that wasn't granted, the most
    /// important first; without any of them it could be granted. `None` where they don't rule it out, or where there is
    /// no time.
    pub(in crate::solve) fn against(&mut self, closest: &Closest, goal: usize, about: About) -> Option<Vec<NameId>> {
        let is_lost = |soft: &Soft| soft.goal == goal && soft.about == about;
        let lost = self.softs.iter().filter(|(_, soft)| is_lost(soft)).map(|(_, soft)| soft.lit);
        let lost: Vec<Lit> = lost.collect();
        // The wishes are stated in the same order every time.
        let granted = self.softs.iter().zip(&closest.granted).filter(|(_, granted)| **granted);
        let granted = granted.map(|((name, soft), _)| (*name, soft.lit));
        let held: Vec<(NameId, Lit)> = self.hard.iter().copied().chain(granted).collect();
        let assumed: Vec<Lit> = lost.iter().copied().chain(held.iter().map(|(_, lit)| *lit)).collect();
        let Ok(Answer::No(core)) = self.sat.ask(&assumed) else { return None };
        // The least important are the first to be tried without.
        let core: Vec<Lit> = assumed.into_iter().filter(|lit| core.contains(lit)).collect();
        let core = minimal(&mut self.sat, core).ok()?;
        let in_core = held.into_iter().filter(|(_, lit)| core.contains(lit) && !lost.contains(lit));
        let mut names: Vec<NameId> = in_core.map(|(name, _)| name).collect();
        names.dedup();
        Some(names)
    }
}
