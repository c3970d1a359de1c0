//! Conditions of dependencies (CEP 43, <https://conda.org/learn/ceps/cep-0043>): what of them is settled by the target,
//! and in which cases the rest is true.

use rattler_conda_types::{MatchSpec, MatchSpecCondition};

use super::{
    spec::{Asks, taken_apart},
    target::Target,
};

/// So many cases are more than anybody means; each is a statement of its own.
const CASES: usize = 64;

/// When a condition is true.
#[derive(Debug)]
pub(in crate::solve) enum When {
    /// On this target in any case.
    Always,
    /// On this target in no case.
    Never,
    /// In each of some cases.
    In(Cases),
}

/// The cases in which a condition is true.
#[derive(Debug)]
pub(in crate::solve) struct Cases {
    /// The match specs that it is made of, as far as they aren't settled.
    pub specs: Vec<ConditionSpec>,
    /// Which of them something must match, for each case.
    pub cases: Vec<Vec<usize>>,
}

/// A match spec of a condition.
#[derive(Debug)]
pub(in crate::solve) struct ConditionSpec {
    /// The package.
    pub name: String,
    /// The spec as text.
    pub text: String,
    /// What it asks for.
    pub asks: Asks,
}

/// Says when a condition is true.
///
/// # Errors
///
/// Why it can't be taken into account.
pub(in crate::solve) fn when(condition: &MatchSpecCondition, target: &Target) -> Result<When, String> {
    let mut specs = Vec::new();
    let cases = cases(condition, target, &mut specs)?;
    Ok(match cases.as_slice() {
        [] => When::Never,
        cases if cases.iter().any(Vec::is_empty) => When::Always,
        _ => When::In(Cases { specs, cases }),
    })
}

/// Each case lists what must be there; one that lists nothing is always true.
fn cases(
    condition: &MatchSpecCondition,
    target: &Target,
    specs: &mut Vec<ConditionSpec>,
) -> Result<Vec<Vec<usize>>, String> {
    let cases = match condition {
        MatchSpecCondition::MatchSpec(spec) => of_spec(spec, target, specs)?,
        MatchSpecCondition::Or(one, other) => {
            let mut all = cases(one, target, specs)?;
            all.extend(cases(other, target, specs)?);
            all
        }
        MatchSpecCondition::And(one, other) => {
            let (left, right) = (cases(one, target, specs)?, cases(other, target, specs)?);
            let both = |one: &Vec<usize>| {
                let one = one.clone();
                right.iter().map(move |other| one.iter().chain(other).copied().collect())
            };
            if left.len().saturating_mul(right.len()) > CASES {
                return Err(too_many());
            }
            left.iter().flat_map(both).collect()
        }
    };
    if cases.len() > CASES { Err(too_many()) } else { Ok(cases) }
}

fn too_many() -> String {
    format!("its condition is true in more than {CASES} cases")
}

fn of_spec(spec: &MatchSpec, target: &Target, specs: &mut Vec<ConditionSpec>) -> Result<Vec<Vec<usize>>, String> {
    if spec.condition.is_some() {
        return Err("its condition has a condition".to_owned());
    }
    let text = spec.to_string();
    let (name, asks) = taken_apart(spec.clone())?;
    Ok(match target.settles(&name, &asks) {
        Some(true) => vec![Vec::new()],
        Some(false) => Vec::new(),
        None => {
            specs.push(ConditionSpec { name, text, asks });
            vec![vec![specs.len() - 1]]
        }
    })
}
