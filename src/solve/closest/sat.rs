//! The problem as clauses, and a SAT solver that keeps what it learned from one question to the next.

use std::collections::HashMap;

use batsat::{Callbacks, Lit, Solver, SolverInterface, SolverOpts, lbool};
use foldhash::fast::FixedState;

use crate::solve::{
    candidates::Candidates,
    deadline::Deadline,
    ids::{CandidateId, ClassId, NameId},
    problem::Problem,
    rule::{Rule, Then},
};

/// The time ran out, or the user did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interrupted;

/// The answer to a question.
#[derive(Debug)]
pub(super) enum Answer {
    /// There is such a solution.
    Yes(Candidates),
    /// There is none, and these of the assumptions are enough to rule it out.
    No(Vec<Lit>),
}

/// The clauses, and the variables that stand for candidates and classes.
pub(super) struct Sat<'p> {
    pub(super) problem: &'p Problem,
    solver: Solver<Deadline>,
    /// By candidate of the universe; only those of the problem have one.
    chosen: Vec<Option<Lit>>,
    /// True only if a member of the class is chosen.
    some: HashMap<ClassId, Lit, FixedState>,
    /// True if and only if a member of the class is chosen.
    present: HashMap<ClassId, Lit, FixedState>,
    /// True only if no candidate of the package outside of the class is chosen.
    only: HashMap<ClassId, Lit, FixedState>,
    /// By package that isn't sought for its own sake: true if it is there.
    pub(super) there: HashMap<NameId, Lit, FixedState>,
    /// What is needed at times.
    pub(super) at_times: Vec<TimelyNeed>,
    /// Holds each clause while it is added, so that not each takes memory of its own.
    clause: Vec<Lit>,
}

/// That a package needs another one at times.
pub(super) struct TimelyNeed {
    /// Who needs it.
    pub(super) of: NameId,
    /// What is needed.
    pub(super) name: NameId,
    /// True only if it is needed.
    pub(super) such: Lit,
    /// The packages that make it needed.
    pub(super) when: Vec<NameId>,
}

impl Callbacks for Deadline {
    fn stop(&self) -> bool {
        self.is_over()
    }
}

impl<'p> Sat<'p> {
    /// States the problem: at most one candidate of each package, and each with what it needs and without what it
    /// excludes.
    pub(super) fn new(problem: &'p Problem, patience: Deadline) -> Self {
        let mut sat = Self {
            problem,
            solver: Solver::new(SolverOpts::default(), patience),
            chosen: vec![None; problem.requires.len()],
            some: HashMap::default(),
            present: HashMap::default(),
            only: HashMap::default(),
            there: HashMap::default(),
            at_times: Vec::new(),
            clause: Vec::new(),
        };
        for package in &problem.packages {
            for candidate in package {
                sat.chosen[candidate.index()] = Some(sat.variable(true));
            }
            let lits: Vec<Lit> = package.iter().map(|candidate| sat.chosen(*candidate)).collect();
            sat.at_most_one(&lits);
        }
        for &candidate in problem.packages.iter().flatten() {
            let chosen = sat.chosen(candidate);
            for &class in problem.requires(candidate) {
                let some = sat.some(class);
                sat.clause(&[!chosen, some]);
            }
            for &class in problem.constrains(candidate) {
                let only = sat.only(class);
                sat.clause(&[!chosen, only]);
            }
            for rule in problem.rules(candidate) {
                sat.state(chosen, rule);
            }
        }
        sat
    }

    /// States what holds of a candidate that is chosen, where something else is there.
    fn state(&mut self, chosen: Lit, rule: &Rule<ClassId>) {
        let mut clause = vec![!chosen];
        clause.extend(rule.when.iter().map(|class| !self.present(*class)));
        match rule.then {
            Then::Needs(class) => clause.push(self.some(class)),
            Then::Allows(class) => clause.push(self.only(class)),
            Then::Never => {}
        }
        self.clause(&clause);
    }

    /// Answers from now on as long as this patience lasts.
    pub(super) fn take(&mut self, patience: Deadline) {
        *self.solver.cb_mut() = patience;
    }

    /// The literal of a candidate of the problem.
    #[expect(clippy::expect_used, reason = "only candidates of the problem are asked for")]
    pub(super) fn chosen(&self, candidate: CandidateId) -> Lit {
        self.chosen[candidate.index()].expect("a literal is asked for a candidate of the problem")
    }

    /// A literal that is true only if a member of the class is chosen.
    pub(super) fn some(&mut self, class: ClassId) -> Lit {
        if let Some(&some) = self.some.get(&class) {
            return some;
        }
        let members: Vec<Lit> = self.problem[class].members.iter().map(|member| self.chosen(*member)).collect();
        let some = if let [only] = members[..] { only } else { self.implies_one_of(&members) };
        self.some.insert(class, some);
        some
    }

    /// A literal that is true if and only if a member of the class is chosen.
    pub(super) fn present(&mut self, class: ClassId) -> Lit {
        if let Some(&present) = self.present.get(&class) {
            return present;
        }
        let some = self.some(class);
        let members = &self.problem[class].members;
        for member in members {
            let chosen = self.chosen(*member);
            self.clause(&[!chosen, some]);
        }
        self.present.insert(class, some);
        some
    }

    /// A literal that is true only if no candidate of the package outside of the class is chosen.
    pub(super) fn only(&mut self, class: ClassId) -> Lit {
        if let Some(&only) = self.only.get(&class) {
            return only;
        }
        let outside: Vec<CandidateId> = self.problem.outside(class).collect();
        let only = self.none(&outside);
        self.only.insert(class, only);
        only
    }

    /// A literal that is true only if none of these candidates is chosen.
    pub(super) fn none(&mut self, candidates: &[CandidateId]) -> Lit {
        let lits: Vec<Lit> = candidates.iter().map(|candidate| self.chosen(*candidate)).collect();
        self.implies_none_of(&lits)
    }

    /// A literal that is true only if one of these is.
    pub(super) fn implies_one_of(&mut self, lits: &[Lit]) -> Lit {
        let one = self.variable(false);
        let clause: Vec<Lit> = lits.iter().copied().chain([!one]).collect();
        self.clause(&clause);
        one
    }

    /// A literal that is true only if none of these is.
    fn implies_none_of(&mut self, lits: &[Lit]) -> Lit {
        if let [only] = lits {
            return !*only;
        }
        let none = self.variable(false);
        for &lit in lits {
            self.clause(&[!none, !lit]);
        }
        none
    }

    /// A new variable. One that isn't `decided` upon is true only where clauses make it so.
    pub(super) fn variable(&mut self, decided: bool) -> Lit {
        Lit::new(self.solver.new_var(lbool::UNDEF, decided), true)
    }

    /// Adds a clause: one of these literals is true.
    pub(super) fn clause(&mut self, lits: &[Lit]) {
        self.clause.clear();
        self.clause.extend(lits);
        self.solver.add_clause_reuse(&mut self.clause);
    }

    /// At most one of these is true: pair by pair where there are few, else with a ladder of helpers, of which each
    /// says that one below it is true (C. Sinz, "Towards an Optimal CNF Encoding of Boolean Cardinality Constraints",
    /// 2005).
    fn at_most_one(&mut self, lits: &[Lit]) {
        const FEW: usize = 5;
        if lits.len() <= FEW {
            for (index, &lit) in lits.iter().enumerate() {
                for &other in &lits[..index] {
                    self.clause(&[!lit, !other]);
                }
            }
            return;
        }
        let mut below: Option<Lit> = None;
        for &lit in lits {
            let step = self.variable(false);
            self.clause(&[!lit, step]);
            if let Some(below) = below {
                self.clause(&[!below, !lit]);
                self.clause(&[!below, step]);
            }
            below = Some(step);
        }
    }

    /// Literals of which the one at an index is true if more than that many of these are: a totalizer (O. Bailleux,
    /// Y. Boufkhad, "Efficient CNF Encoding of Boolean Cardinality Constraints", CP 2003).
    pub(super) fn counter(&mut self, lits: &[Lit]) -> Vec<Lit> {
        if lits.len() <= 1 {
            return lits.to_vec();
        }
        let (left, right) = lits.split_at(lits.len() / 2);
        let (left, right) = (self.counter(left), self.counter(right));
        let sum: Vec<Lit> = lits.iter().map(|_| self.variable(false)).collect();
        for (i, &left) in left.iter().enumerate() {
            self.clause(&[!left, sum[i]]);
            for (j, &right) in right.iter().enumerate() {
                self.clause(&[!left, !right, sum[i + j + 1]]);
            }
        }
        for (j, &right) in right.iter().enumerate() {
            self.clause(&[!right, sum[j]]);
        }
        sum
    }

    /// Asks for a solution in which all of these are true.
    ///
    /// # Errors
    ///
    /// When the patience is over.
    pub(super) fn ask(&mut self, assumptions: &[Lit]) -> Result<Answer, Interrupted> {
        loop {
            let answer = self.solver.solve_limited(assumptions);
            if answer == lbool::FALSE {
                // The core is given as the clause that was learned: the negations.
                return Ok(Answer::No(self.solver.unsat_core().iter().map(|&lit| !lit).collect()));
            }
            if answer != lbool::TRUE {
                return Err(Interrupted);
            }
            let is_chosen = |candidate: &&CandidateId| self.solver.value_lit(self.chosen(**candidate)) == lbool::TRUE;
            let mut model = Candidates::none_of(self.chosen.len());
            model.add(self.problem.packages.iter().flatten().filter(is_chosen));
            if !self.rule_out_ring(&model) {
                return Ok(Answer::Yes(model));
            }
        }
    }
}
