//! `conda-meta/state`: the variables that `conda env config vars set` has set.
//!
//! Source: `PrefixData.get_environment_env_vars` in `conda/core/prefix_data.py`.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use serde_json::Value;

use super::{meta, or_noted};
use crate::{
    environment::is_secret,
    limits::INPUT,
    words::{and, one_line},
};

/// What conda writes for a variable that was unset.
const UNSET: &str = "***unset***";

#[derive(Default, Deserialize)]
struct State {
    #[serde(default)]
    env_vars: BTreeMap<String, Value>,
}

/// The variables. Secrets stay where they are, and a note names them.
pub(super) fn read(prefix: &Path, notes: &mut Vec<String>) -> BTreeMap<String, String> {
    let file = meta(prefix, "state");
    let read = INPUT.read(&file).and_then(|bytes| Ok(serde_json::from_slice::<State>(&bytes)?));
    let state = or_noted(read, &file, notes);
    let text = |(name, value): (String, Value)| match value {
        Value::String(text) if text != UNSET => Some((name, text)),
        Value::Number(number) => Some((name, number.to_string())),
        Value::Bool(is) => Some((name, is.to_string())),
        _ => None,
    };
    let is_name = |name: &str| !name.is_empty() && !name.contains(['=', '\0', '\n', '\r']);
    let all = state.env_vars.into_iter().filter_map(text).filter(|(name, _)| is_name(name));
    let (secret, plain): (BTreeMap<_, _>, BTreeMap<_, _>) = all.partition(|(name, value)| is_secret(name, value));
    let names: Vec<String> = secret.into_keys().map(|name| one_line(&name)).collect();
    if !names.is_empty() {
        let verb = if names.len() == 1 { "looks like a secret and is" } else { "look like secrets and are" };
        notes.push(format!("{} {verb} not written down; give containers an --env-file", and(&names)));
    }
    plain
}
