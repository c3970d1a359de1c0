//! The flags that a line of the file asks of a package: CEP 45, <https://conda.org/learn/ceps/cep-0045>.

use std::collections::HashMap;

use rattler_conda_types::StringMatcher;

use crate::{channel::Row, intent::Wish};

/// The flags that are asked for, by normalised name.
#[derive(Debug, Default)]
pub(super) struct WantedFlags {
    of: HashMap<String, Vec<StringMatcher>>,
}

impl WantedFlags {
    /// Those of wishes.
    pub(super) fn of(wishes: &[Wish]) -> Self {
        let mut wanted = Self::default();
        for pin in wishes.iter().map(|wish| &wish.pin) {
            let flags = &pin.refinement.flags;
            if !flags.is_empty() {
                wanted.of.entry(pin.name.as_normalized().to_owned()).or_default().extend(flags.iter().cloned());
            }
        }
        wanted
    }

    /// A flag that is asked for and that a record hasn't.
    pub(super) fn lacking(&self, row: Row) -> Option<&StringMatcher> {
        // Asked of every record, and hardly ever anything.
        if self.of.is_empty() {
            return None;
        }
        let wanted = self.of.get(row.name())?;
        wanted.iter().find(|matcher| !row.flags().any(|flag| matcher.matches(flag)))
    }
}
