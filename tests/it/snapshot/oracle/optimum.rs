//! The least that has to be gone without, by implicit hitting sets (Davies and Bacchus, *Solving MAXSAT by Solving a
//! Sequence of Simpler SAT Instances*, CP 2011): a solver finds sets of wants that can't all be granted, and an integer
//! program the cheapest selection that has one of each. When the rest can be granted, that is the optimum; until then it
//! is a lower bound.

use std::{collections::HashMap, time::Instant};

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolutionStatus, Variable};
use varisat::Lit;

use super::statement::Statement;

/// What is known of the least cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// It isn't less than this.
    pub at_least: u32,
    /// Whether a set of records with this cost is known.
    pub exact: bool,
}

/// A core with more wants than this isn't made smaller.
const LARGE: usize = 60;

/// Finds the least cost, or a lower bound when the time is up. A cost that is known to be possible ends it when the bound
/// reaches it.
pub fn least_cost(statement: &mut Statement, known: u32, until: Instant) -> Bound {
    let weights: HashMap<Lit, u32> = statement.softs.iter().map(|soft| (soft.lit, soft.weight)).collect();
    let mut cores: Vec<Vec<Lit>> = Vec::new();
    let mut bound = Bound { at_least: 0, exact: false };
    loop {
        let Some((without, cost)) = cheapest_hitting(&weights, &cores, until) else { return bound };
        bound.at_least = bound.at_least.max(cost);
        if bound.at_least >= known {
            return Bound { exact: true, ..bound };
        }
        // Disjoint from what is gone without already, as many as there are.
        let mut wanted: Vec<Lit> =
            statement.softs.iter().map(|soft| soft.lit).filter(|lit| !without.contains(lit)).collect();
        let mut found = 0;
        while let Some(core) = core(statement, &wanted) {
            assert!(!core.is_empty(), "nothing can be installed at all");
            let core = minimal(statement, core, until);
            wanted.retain(|lit| !core.contains(lit));
            cores.push(core);
            found += 1;
            if Instant::now() > until {
                return bound;
            }
        }
        if found == 0 {
            return Bound { exact: true, ..bound };
        }
    }
}

/// Wants that can't all be granted; `None` where they can.
fn core(statement: &mut Statement, wanted: &[Lit]) -> Option<Vec<Lit>> {
    statement.solver.assume(wanted);
    if statement.solver.solve().unwrap() { None } else { statement.solver.failed_core().map(<[Lit]>::to_vec) }
}

/// Takes wants out of a core as long as the rest is one.
fn minimal(statement: &mut Statement, mut core: Vec<Lit>, until: Instant) -> Vec<Lit> {
    if core.len() > LARGE {
        return core;
    }
    let mut next = 0;
    while next < core.len() && Instant::now() < until {
        let mut rest = core.clone();
        rest.remove(next);
        match self::core(statement, &rest) {
            // In the order that they had.
            Some(smaller) => core.retain(|lit| smaller.contains(lit)),
            None => next += 1,
        }
    }
    core
}

/// The cheapest wants that have one of each core, and their cost; `None` where the time is up.
fn cheapest_hitting(weights: &HashMap<Lit, u32>, cores: &[Vec<Lit>], until: Instant) -> Option<(Vec<Lit>, u32)> {
    let mut program = Problem::new(OptimizationDirection::Minimize);
    program.set_time_limit(until.checked_duration_since(Instant::now())?);
    let mut variables: Vec<(Lit, Variable)> = Vec::new();
    let mut of_lit: HashMap<Lit, Variable> = HashMap::new();
    for core in cores {
        let terms: Vec<(Variable, f64)> = core
            .iter()
            .map(|lit| {
                let variable = *of_lit.entry(*lit).or_insert_with(|| {
                    let variable = program.add_binary_var(f64::from(weights[lit]));
                    variables.push((*lit, variable));
                    variable
                });
                (variable, 1.0)
            })
            .collect();
        program.add_constraint(&terms, ComparisonOp::Ge, 1.0);
    }
    let solution = program.solve().ok()?.into_solution().ok()?;
    if solution.status() != SolutionStatus::Optimal {
        return None;
    }
    let chosen: Vec<Lit> =
        variables.into_iter().filter(|(_, variable)| solution.var_value(*variable) > 0.5).map(|(lit, _)| lit).collect();
    let cost = chosen.iter().map(|lit| weights[lit]).sum();
    Some((chosen, cost))
}
