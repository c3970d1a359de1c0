//! Numbers for what is kept in lists, so that they can't be mixed up.

/// Declares the number of something.
macro_rules! id {
    ($(#[$doc:meta])* $id:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(in crate::solve) struct $id(u32);

        impl $id {
            pub(in crate::solve) fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect("four thousand million of anything would not fit into memory"))
            }

            pub(in crate::solve) fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// A package.
    NameId
);
id!(
    /// A record that may be chosen.
    CandidateId
);
id!(
    /// A match spec.
    SpecId
);
id!(
    /// A list of match specs.
    ListId
);
id!(
    /// A list of rules.
    RulesId
);
id!(
    /// A set of candidates.
    ClassId
);
