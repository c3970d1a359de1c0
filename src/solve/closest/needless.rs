//! What isn't there for its own sake is there only where something needs it.

use batsat::Lit;

use super::sat::{Sat, TimelyNeed};
use crate::solve::{
    candidates::Candidates,
    ids::{CandidateId, NameId},
};

impl Sat<'_> {
    /// Literals that are true if a candidate is chosen that needs a package at times, and this is such a time: each
    /// with that package, and with what makes it such a time.
    fn at_times(&mut self, candidate: CandidateId) -> Vec<(NameId, Lit, Vec<NameId>)> {
        let problem = self.problem;
        let chosen = self.chosen(candidate);
        let mut all = Vec::new();
        for (name, when) in problem.needs_at_times(candidate) {
            let such = self.variable(false);
            let present: Vec<Lit> = when.iter().map(|class| self.present(*class)).collect();
            let all_there = || present.iter().copied().chain([chosen]);
            for lit in all_there() {
                self.clause(&[!such, lit]);
            }
            self.clause(&all_there().map(|lit| !lit).chain([such]).collect::<Vec<_>>());
            all.push((name, such, when.iter().map(|class| problem[*class].name).collect()));
        }
        all
    }

    /// From now on, what isn't sought is there only if something that is there needs it.
    pub(super) fn rule_out_needless(&mut self) {
        let problem = self.problem;
        let mut needed_by: Vec<Vec<Lit>> = vec![Vec::new(); problem.packages.len()];
        for (index, package) in problem.packages.iter().enumerate() {
            for &candidate in package {
                for name in problem.needs(candidate).filter(|name| name.index() != index) {
                    needed_by[name.index()].push(self.chosen(candidate));
                }
                for (name, such, when) in self.at_times(candidate) {
                    if name.index() != index && !when.contains(&name) {
                        needed_by[name.index()].push(such);
                        self.at_times.push(TimelyNeed { of: NameId::new(index), name, such, when });
                    }
                }
            }
        }
        for (index, needed_by) in needed_by.into_iter().enumerate() {
            let name = NameId::new(index);
            if problem.sought[index] || problem.candidates(name).is_empty() {
                continue;
            }
            let there = self.variable(false);
            for candidate in problem.candidates(name) {
                self.clause(&[!self.chosen(*candidate), there]);
            }
            self.there.insert(name, there);
            let clause: Vec<Lit> = needed_by.into_iter().chain([!there]).collect();
            self.clause(&clause);
        }
    }

    /// Packages that need each other in a ring, and that nothing else needs, aren't there for anything. Rules such a
    /// ring out; tells whether there was one. That is the loop formula of answer set programming (F. Lin, Y. Zhao,
    /// "ASSAT: Computing Answer Sets of a Logic Program by SAT Solvers", 2004).
    pub(super) fn rule_out_ring(&mut self, model: &Candidates) -> bool {
        let problem = self.problem;
        let ring = if self.there.is_empty() { return false } else { problem.needless(model) };
        if ring.is_empty() {
            return false;
        }
        let is_in_ring: Vec<bool> =
            problem.packages.iter().map(|package| package.iter().any(|candidate| ring.has(*candidate))).collect();
        let leads_in = |candidate: &CandidateId| problem.needs(*candidate).any(|name| is_in_ring[name.index()]);
        let outside = problem.packages.iter().enumerate().filter(|(index, _)| !is_in_ring[*index]);
        let leading: Vec<CandidateId> = outside.flat_map(|(_, package)| package).copied().filter(leads_in).collect();
        // What makes a need must itself be there without the ring.
        let is_outside = |name: &NameId| !is_in_ring[name.index()];
        let leads_in_at_times =
            |it: &&TimelyNeed| is_in_ring[it.name.index()] && is_outside(&it.of) && it.when.iter().all(is_outside);
        let at_times: Vec<Lit> = self.at_times.iter().filter(leads_in_at_times).map(|it| it.such).collect();
        let leading = leading.into_iter().map(|candidate| self.chosen(candidate));
        let clause: Vec<Lit> = leading.chain(at_times).collect();
        for index in (0..is_in_ring.len()).filter(|index| is_in_ring[*index]) {
            let there = self.there[&NameId::new(index)];
            self.clause(&clause.iter().copied().chain([!there]).collect::<Vec<_>>());
        }
        true
    }
}
