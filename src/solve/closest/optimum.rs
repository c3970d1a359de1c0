//! The least that must be given up, by the algorithm OLL.
//!
//! Asked for everything at once, the solver says no and names a *core*: wishes that can't all be granted. At least one
//! of them must go, so the core is replaced by the softer wish that at most one goes, then two, and so on. When the
//! answer is yes, the number of cores met is the least that had to go: each step was forced.
//!
//! See B. Andres, B. Kaufmann, O. Matheis, T. Schaub, "Unsatisfiability-based optimization in clasp", ICLP 2012, and
//! A. Morgado, C. Dodaro, J. Marques-Silva, "Core-Guided MaxSAT with Soft Cardinality Constraints", CP 2014.

use batsat::Lit;

use super::sat::{Answer, Interrupted, Sat};
use crate::solve::candidates::Candidates;

/// What can be had at most.
pub(super) struct Optimum {
    /// Literals that are all true exactly where no more than that is given up.
    pub bounds: Vec<Lit>,
    /// A solution that gives up no more.
    pub model: Candidates,
}

/// A wish that the next question assumes: an original one, or that at most so many of a core go.
struct Assumed {
    lit: Lit,
    weight: u64,
    /// The counter of a core and how many may go, unless it is an original wish.
    counter: Option<(usize, usize)>,
}

/// Finds the optimum for literals with weights.
///
/// # Errors
///
/// When the patience is over.
pub(super) fn optimum(sat: &mut Sat, wishes: &[(Lit, u64)]) -> Result<Optimum, Interrupted> {
    let mut assumed: Vec<Assumed> = Vec::new();
    for &(lit, weight) in wishes {
        // Two wishes may come to the same: the only version there is, and the presence of the package.
        match assumed.iter_mut().find(|it| it.lit == lit) {
            Some(same) => same.weight += weight,
            None => assumed.push(Assumed { lit, weight, counter: None }),
        }
    }
    let mut counters: Vec<Vec<Lit>> = Vec::new();
    loop {
        let lits: Vec<Lit> = assumed.iter().map(|it| it.lit).collect();
        let core = match sat.ask(&lits)? {
            Answer::Yes(model) => return Ok(Optimum { bounds: lits, model }),
            Answer::No(core) => shrink(sat, core)?,
        };
        let in_core = |it: &Assumed| core.contains(&it.lit);
        let least = assumed.iter().filter(|it| in_core(it)).map(|it| it.weight).min().unwrap_or(0);
        if least == 0 {
            // The clauses contradict each other without any wish; whoever asks has made sure that they don't.
            return Err(Interrupted);
        }
        let softer: Vec<(usize, usize)> = assumed.iter().filter(|it| in_core(it)).filter_map(|it| it.counter).collect();
        for it in assumed.iter_mut().filter(|it| core.contains(&it.lit)) {
            it.weight -= least;
        }
        assumed.retain(|it| it.weight > 0);
        let mut assume = |counters: &[Vec<Lit>], counter: usize, allowed: usize| {
            if let Some(&more) = counters[counter].get(allowed) {
                assumed.push(Assumed { lit: !more, weight: least, counter: Some((counter, allowed)) });
            }
        };
        for (counter, allowed) in softer {
            assume(&counters, counter, allowed + 1);
        }
        if let [only] = core[..] {
            sat.clause(&[!only]);
        } else {
            let gone: Vec<Lit> = core.iter().map(|&lit| !lit).collect();
            counters.push(sat.counter(&gone));
            assume(&counters, counters.len() - 1, 1);
        }
    }
}

/// A smaller core, where one is easily found: the solver starts from what it has just learned.
pub(super) fn shrink(sat: &mut Sat, mut core: Vec<Lit>) -> Result<Vec<Lit>, Interrupted> {
    loop {
        match sat.ask(&core)? {
            Answer::No(smaller) if smaller.len() < core.len() => core = smaller,
            _ => return Ok(core),
        }
    }
}
