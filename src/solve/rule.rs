//! What a record says that doesn't hold in any case: conditional dependencies (CEP 43) and extras (CEP 44).

/// A statement about a record that is there: if something of each of these sets is there, too, then more must hold.
/// A set is a match spec, or a class of candidates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Rule<S> {
    /// The sets of which something is there; at least one.
    pub when: Vec<S>,
    /// What must hold then.
    pub then: Then<S>,
}

/// What must hold where all of a rule's sets are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Then<S> {
    /// Something of this set is there.
    Needs(S),
    /// Of its package nothing is there but this set.
    Allows(S),
    /// That can't be.
    Never,
}

impl<S: Copy> Rule<S> {
    /// The same of other sets.
    pub(super) fn map<T>(&self, of: impl Fn(S) -> T) -> Rule<T> {
        Rule {
            when: self.when.iter().map(|set| of(*set)).collect(),
            then: match self.then {
                Then::Needs(set) => Then::Needs(of(set)),
                Then::Allows(set) => Then::Allows(of(set)),
                Then::Never => Then::Never,
            },
        }
    }

    /// The set of which it needs something.
    pub(super) fn needs(&self) -> Option<S> {
        match self.then {
            Then::Needs(set) => Some(set),
            Then::Allows(_) | Then::Never => None,
        }
    }

    /// All sets that it speaks of.
    pub(super) fn sets(&self) -> impl Iterator<Item = S> {
        let then = match self.then {
            Then::Needs(set) | Then::Allows(set) => Some(set),
            Then::Never => None,
        };
        self.when.iter().copied().chain(then)
    }
}
