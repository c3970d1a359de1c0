//! Which of the granted wishes stand against one that wasn't.

use batsat::Lit;

use super::{
    Closest, Set, Soft,
    optimum::minimal,
    sat::{Answer, Sat},
    soft::{self, About},
};
use crate::solve::{goal::Goal, patience::Patience, problem::Problem};

/// The problem with nothing settled but what is hard, so that every wish can be called.
pub(in crate::solve) struct Court<'p> {
    sat: Sat<'p>,
    softs: Vec<Soft>,
}

impl<'p> Court<'p> {
    /// Opens the case of all wishes.
    pub(in crate::solve) fn new(problem: &'p Problem, goals: &[Goal], hard: &[Set], patience: &Patience) -> Self {
        let mut sat = Sat::new(problem, patience.clone());
        for set in hard {
            let some = sat.some(set.class(problem));
            sat.clause(&[some]);
        }
        let mut softs = soft::versions(&mut sat, problem, goals);
        softs.extend(soft::uses(&mut sat, problem, goals));
        softs.extend(soft::variants(&mut sat, problem, goals));
        Self { sat, softs }
    }

    /// The goals of granted wishes that together rule out one that wasn't granted, the most important first; leaving
    /// out any of them would let it be granted. `None` where they don't rule it out, or where there is no time.
    pub(in crate::solve) fn against(&mut self, closest: &Closest, goal: usize, about: About) -> Option<Vec<usize>> {
        let is_lost = |soft: &Soft| soft.goal == goal && soft.about == about;
        let lost: Vec<Lit> = self.softs.iter().filter(|soft| is_lost(soft)).map(|soft| soft.lit).collect();
        // The softs are stated in the same order every time.
        let granted = self.softs.iter().zip(&closest.granted).filter(|(_, granted)| **granted);
        let assumed: Vec<Lit> = lost.iter().copied().chain(granted.map(|(soft, _)| soft.lit)).collect();
        let Ok(Answer::No(core)) = self.sat.ask(&assumed) else { return None };
        // The least important are the first to be tried without.
        let core: Vec<Lit> = assumed.into_iter().filter(|lit| core.contains(lit)).collect();
        let core = minimal(&mut self.sat, core).ok()?;
        let in_core = self.softs.iter().zip(&closest.granted).filter(|(soft, _)| core.contains(&soft.lit));
        let mut goals: Vec<usize> =
            in_core.filter(|(soft, granted)| **granted && !is_lost(soft)).map(|(soft, _)| soft.goal).collect();
        goals.dedup();
        Some(goals)
    }
}
