//! What match specs say in brackets that came with the third revision of repodata: conditions (CEP 43), extras (CEP 44)
//! and flags (CEP 45).

use std::fmt;

use rattler_conda_types::{MatchSpec, MatchSpecCondition, ParseMatchSpecOptions, RepodataRevision, StringMatcher};

use super::spec_fault::SpecFault;

/// When a spec counts, and what more it asks for of its package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refinement {
    /// When it counts: `python >=3.10 and __linux`; `None` for in any case.
    pub when: Option<MatchSpecCondition>,
    /// The extras, each once, in order: groups of dependencies that come along.
    pub extras: Vec<String>,
    /// The flags that a build must have, in order; they may be globs.
    pub flags: Vec<StringMatcher>,
}

/// The keys in brackets that make up a refinement.
pub(super) const KEYS: [&str; 3] = ["when", "extras", "flags"];

impl Refinement {
    /// Reads values of [`KEYS`].
    ///
    /// # Errors
    ///
    /// What is wrong with one of them.
    pub(super) fn read(fields: &[(&str, &str)]) -> Result<Self, SpecFault> {
        let mut refinement = Self::default();
        for (key, value) in fields {
            // A value in quotes may have quotes of the other kind in it.
            let quote = if value.contains('"') { '\'' } else { '"' };
            let text = match *key {
                "when" => format!("x[when={quote}{value}{quote}]"),
                _ => format!("x[{key}={value}]"),
            };
            let options = ParseMatchSpecOptions::strict().with_repodata_revision(RepodataRevision::V3);
            let spec = MatchSpec::from_str(&text, options).map_err(|error| fault(key, value, &error.to_string()))?;
            match spec.condition {
                Some(_) if refinement.when.is_some() => {
                    return Err(fault(key, value, "there is another condition; join them with `and`"));
                }
                Some(condition) => refinement.when = Some(condition),
                None => {}
            }
            refinement.extras.extend(spec.extras.unwrap_or_default());
            refinement.flags.extend(spec.flags.unwrap_or_default());
        }
        refinement.extras.sort();
        refinement.extras.dedup();
        refinement.flags.sort_by_key(ToString::to_string);
        refinement.flags.dedup();
        Ok(refinement)
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.when.is_none() && self.extras.is_empty() && self.flags.is_empty()
    }
}

fn fault(key: &str, value: &str, why: &str) -> SpecFault {
    SpecFault::new(
        format!("`[{key}={value}]` can't be read: {why}"),
        "write `[when=\"python >=3.10 and __linux\"]`, `[extras=[array,diagnostics]]` or `[flags=[gpu:*]]`",
    )
}

/// In one form for all ways of writing it: `[extras=[a,b],flags=[gpu:*],when="python>=3.10"]`; nothing where it says
/// nothing.
impl fmt::Display for Refinement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.extras.is_empty() {
            parts.push(format!("extras=[{}]", self.extras.join(",")));
        }
        if !self.flags.is_empty() {
            let flags: Vec<String> = self.flags.iter().map(ToString::to_string).collect();
            parts.push(format!("flags=[{}]", flags.join(",")));
        }
        parts.extend(self.when.as_ref().map(|when| format!("when=\"{when}\"")));
        if parts.is_empty() { Ok(()) } else { write!(f, "[{}]", parts.join(",")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_stands_for_all_ways_of_writing_it() {
        let read = |fields: &[(&str, &str)]| Refinement::read(fields).unwrap().to_string();
        let written = r#"[extras=[a,b],flags=[cuda:*],when="python>=3.10 and __linux"]"#;
        let when = ("when", "python>=3.10   and (__linux)");
        assert_eq!(read(&[("extras", "[b, a]"), ("flags", "['cuda:*']"), when]), written);
        assert_eq!(read(&[when, ("extras", "b"), ("extras", "['a']"), ("flags", "cuda:*")]), written);
        assert_eq!(read(&[]), "");
    }

    #[test]
    fn what_makes_no_sense_is_an_error() {
        for (key, value) in
            [("when", ""), ("when", "python >=3 and"), ("when", "a[when=\"b\"]"), ("extras", "[A]"), ("flags", "[A b]")]
        {
            let fault = Refinement::read(&[(key, value)]).unwrap_err();
            assert!(fault.message.contains(&format!("`[{key}={value}]` can't be read: ")), "{}", fault.message);
        }
        assert!(Refinement::read(&[("when", "a"), ("when", "b")]).is_err());
    }
}
