//! Sets of candidates.

use super::ids::CandidateId;

/// A set of candidates of one universe: those that are chosen, that may be, that are left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Candidates {
    /// By the candidate's number.
    has: Vec<bool>,
}

impl Candidates {
    /// The empty set, in a universe of so many candidates.
    pub(super) fn none_of(world: usize) -> Self {
        Self { has: vec![false; world] }
    }

    /// Whether there are no members.
    pub(super) fn is_empty(&self) -> bool {
        !self.has.contains(&true)
    }

    /// Whether a candidate is a member.
    pub(super) fn has(&self, candidate: CandidateId) -> bool {
        self.has[candidate.index()]
    }

    /// Adds members.
    pub(super) fn add<'c>(&mut self, candidates: impl IntoIterator<Item = &'c CandidateId>) {
        for candidate in candidates {
            self.has[candidate.index()] = true;
        }
    }

    /// Takes members out.
    pub(super) fn remove<'c>(&mut self, candidates: impl IntoIterator<Item = &'c CandidateId>) {
        for candidate in candidates {
            self.has[candidate.index()] = false;
        }
    }

    /// The members that another set hasn't.
    pub(super) fn without(&self, other: &Self) -> Self {
        Self { has: self.has.iter().zip(&other.has).map(|(has, others)| *has && !others).collect() }
    }

    /// The first of the candidates that is a member.
    pub(super) fn first_of(&self, candidates: &[CandidateId]) -> Option<CandidateId> {
        candidates.iter().copied().find(|candidate| self.has(*candidate))
    }

    /// Those of the candidates that are members, in their order.
    pub(super) fn only(&self, candidates: &[CandidateId]) -> Vec<CandidateId> {
        candidates.iter().copied().filter(|candidate| self.has(*candidate)).collect()
    }
}
