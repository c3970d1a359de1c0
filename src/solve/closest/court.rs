//! Which of the granted wishes stand against one that wasn't.

use std::collections::HashMap;

use batsat::Lit;

use super::{
    Closest, Set, Soft,
    optimum::shrink,
    sat::{Answer, Sat},
    soft::{self, About},
};
use crate::solve::{goal::Goal, ids::NameId, patience::Patience, problem::Problem};

/// The problem with nothing settled, so that every wish can be called.
pub(in crate::solve) struct Court<'p> {
    sat: Sat<'p>,
    /// What is hard and what is granted, the most important first: packages, with the literals that make it so.
    held: Vec<(NameId, Lit)>,
    /// What isn't granted.
    lost: Vec<Soft>,
    patience: Patience,
}

/// The packages that stand against each of the wishes that weren't granted, see [`Court::against`].
pub(in crate::solve) type Verdicts = HashMap<(usize, About), Vec<NameId>>;

/// Judges all wishes that weren't granted.
pub(in crate::solve) fn verdicts(
    problem: &Problem,
    goals: &[Goal],
    hard: &[Set],
    closest: &Closest,
    patience: &Patience,
) -> Verdicts {
    let mut court = Court::new(problem, goals, hard, closest, patience);
    let lost: Vec<(usize, About)> = court.lost.iter().map(|soft| (soft.goal, soft.about)).collect();
    lost.into_iter().filter_map(|(goal, about)| Some(((goal, about), court.against(goal, about)?))).collect()
}

impl<'p> Court<'p> {
    /// Opens the case of all wishes.
    pub(in crate::solve) fn new(
        problem: &'p Problem,
        goals: &[Goal],
        hard: &[Set],
        closest: &Closest,
        patience: &Patience,
    ) -> Self {
        let mut sat = Sat::new(problem, patience.clone());
        let hard = hard.iter().map(|set| set.class(problem)).map(|class| (problem[class].name, sat.some(class)));
        let mut held: Vec<(NameId, Lit)> = hard.collect();
        let mut softs = soft::versions(&mut sat, problem, goals);
        softs.extend(soft::uses(&mut sat, problem, goals));
        softs.extend(soft::variants(&mut sat, problem, goals));
        let (granted, lost): (Vec<Soft>, Vec<Soft>) =
            softs.into_iter().partition(|soft| closest.grants(soft.goal, soft.about));
        held.extend(granted.iter().map(|soft| (goals[soft.goal].name, soft.lit)));
        Self { sat, held, lost, patience: patience.clone() }
    }

    /// The packages of granted wishes, and of what is hard, that together rule out a wish that wasn't granted, the most
    /// important first; as far as a short search tells, without any of them it could be granted. `None` where they don't
    /// rule it out, or where there is no time.
    pub(in crate::solve) fn against(&mut self, goal: usize, about: About) -> Option<Vec<NameId>> {
        let lost = self.lost.iter().find(|soft| soft.goal == goal && soft.about == about)?.lit;
        let assumed: Vec<Lit> = [lost].into_iter().chain(self.held.iter().map(|(_, lit)| *lit)).collect();
        self.sat.take(self.patience.clone());
        let Ok(Answer::No(core)) = self.sat.ask(&assumed) else { return None };
        let core = shrink(&mut self.sat, core).ok()?;
        let mut core: Vec<Lit> = assumed.into_iter().filter(|lit| core.contains(lit)).collect();
        // The least important are the first to be tried without. All that is held goes together, so the lost one stays.
        for lit in core.clone().into_iter().rev().filter(|lit| *lit != lost) {
            let without: Vec<Lit> = core.iter().copied().filter(|other| *other != lit).collect();
            if without.len() < core.len() && self.rules_out(&without) {
                core = without;
            }
        }
        let in_core = self.held.iter().filter(|(_, lit)| core.contains(lit) && *lit != lost);
        let mut names: Vec<NameId> = in_core.map(|(name, _)| *name).collect();
        names.dedup();
        Some(names)
    }

    /// Whether a short search shows that these can't all be.
    fn rules_out(&mut self, lits: &[Lit]) -> bool {
        /// So many decisions beyond what is asked.
        const SHORT: usize = 200;
        self.sat.take(self.patience.steps(u32::try_from(lits.len() + SHORT).unwrap_or(u32::MAX)));
        matches!(self.sat.ask(lits), Ok(Answer::No(_)))
    }
}
