//! What is said in several files on the same keys.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_yaml::{Mapping, Value};

use crate::machine::{Machine, Surroundings};

/// The keys that matter: what a file may call each, the name that counts first.
const KEYS: [&[&str]; 11] = [
    &["channel_alias"],
    &["custom_channels"],
    &["custom_multichannels"],
    &["default_channels"],
    &["mirrored_channels"],
    &["channel_settings"],
    &["ssl_verify", "verify_ssl"],
    &["proxy_servers"],
    &["remote_connect_timeout_secs"],
    &["remote_read_timeout_secs"],
    &["envs_dirs", "envs_path"],
];

/// Those of them whose value is one word, which a variable may hold: `CONDA_` and the key in capitals.
const IN_VARIABLES: [&str; 4] =
    ["channel_alias", "ssl_verify", "remote_connect_timeout_secs", "remote_read_timeout_secs"];

/// A value, and where it stands: file and line, or the name of a variable.
#[derive(Clone, Debug)]
pub(super) struct Said<T> {
    pub value: T,
    pub at: String,
}

/// What is said on each key, the least important first.
#[derive(Debug, Default)]
pub(super) struct Settings(BTreeMap<&'static str, Vec<Said<Value>>>);

impl Settings {
    /// Reads files, the least important first, and then the variables.
    pub(super) fn read(around: &Surroundings, files: &[PathBuf], machine: &mut Machine) -> Self {
        let mut settings = Self::default();
        for file in files {
            settings.add(around, file, machine);
        }
        if let Some(missing) = around.path("CONDARC").filter(|path| !path.exists()) {
            machine.notes.push(format!("there is no {}, which CONDARC names", around.shown(&missing)));
        }
        for key in IN_VARIABLES {
            let variable = format!("CONDA_{}", key.to_uppercase());
            if let Some(text) = around.text(&variable) {
                settings.0.entry(key).or_default().push(Said { value: Value::String(text), at: variable });
            }
        }
        settings
    }

    fn add(&mut self, around: &Surroundings, file: &Path, machine: &mut Machine) {
        let Some(text) = around.read(file, machine) else { return };
        let shown = around.shown(file);
        let mapping: Option<Mapping> = match serde_yaml::from_str(&text) {
            Ok(mapping) => mapping,
            Err(error) => {
                let line = error.location().map_or(1, |place| place.line());
                machine.notes.push(format!("{shown}:{line} is passed over: it is no YAML that conda could read"));
                return;
            }
        };
        for names in KEYS {
            let [usual, ..] = names else { continue };
            let found = names.iter().find_map(|name| Some((*name, mapping.as_ref()?.get(*name)?)));
            let Some((name, value)) = found else { continue };
            let at = format!("{shown}:{}", line_of(&text, name));
            match expanded(value, around) {
                Value::Null => {}
                value if is_kind(usual, &value) => {
                    self.0.entry(usual).or_default().push(Said { value, at });
                }
                _ => machine.notes.push(format!("{at}: `{name}` is passed over, as it has a value of another kind")),
            }
        }
    }

    /// What counts of a key that is said as a whole.
    pub(super) fn last(&self, key: &str) -> Option<Said<Value>> {
        self.0.get(key)?.last().cloned()
    }

    /// What counts of a key whose value is one word, as text.
    pub(super) fn last_text(&self, key: &str) -> Option<Said<String>> {
        let Said { value, at } = self.last(key)?;
        Some(Said { value: text(&value)?, at })
    }

    /// What counts of a key whose value is a mapping: the files are put together.
    pub(super) fn map(&self, key: &str) -> BTreeMap<String, Said<Value>> {
        let mut all = BTreeMap::new();
        for Said { value, at } in self.0.get(key).into_iter().flatten() {
            for (name, value) in value.as_mapping().into_iter().flatten() {
                if let Some(name) = text(name) {
                    all.insert(name, Said { value: value.clone(), at: at.clone() });
                }
            }
        }
        all
    }

    /// The words of lists that are put together, those that count most first.
    pub(super) fn lists(&self, key: &str) -> Vec<String> {
        self.0.get(key).into_iter().flatten().rev().flat_map(|said| texts(&said.value)).collect()
    }

    /// The channels of `channel_settings` that have a handler, that, and where it stands.
    pub(super) fn handlers(&self) -> Vec<(String, String, String)> {
        let said = self.0.get("channel_settings").into_iter().flatten();
        let handler = |(value, at): (&Value, &String)| {
            Some((text(value.get("channel")?)?, text(value.get("auth")?)?, at.clone()))
        };
        said.flat_map(|said| said.value.as_sequence().into_iter().flatten().map(|value| (value, &said.at)))
            .filter_map(handler)
            .map(|(channel, handler, at)| (crate::base::credentials::without_secrets(&channel), handler, at))
            .collect()
    }
}

/// Whether a key can have such a value.
fn is_kind(key: &str, value: &Value) -> bool {
    match key {
        "default_channels" | "channel_settings" => value.is_sequence(),
        "envs_dirs" => value.is_sequence() || text(value).is_some(),
        _ if IN_VARIABLES.contains(&key) => text(value).is_some(),
        _ => value.is_mapping(),
    }
}

/// One word, however YAML reads it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A list of words, or a single one.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Sequence(values) => values.iter().filter_map(text).collect(),
        value => text(value).into_iter().collect(),
    }
}

/// The value with its variables filled in.
fn expanded(value: &Value, around: &Surroundings) -> Value {
    match value {
        Value::String(text) => Value::String(around.expanded(text)),
        Value::Sequence(values) => Value::Sequence(values.iter().map(|it| expanded(it, around)).collect()),
        Value::Mapping(mapping) => {
            Value::Mapping(mapping.iter().map(|(key, it)| (key.clone(), expanded(it, around))).collect())
        }
        other => other.clone(),
    }
}

/// The line that a key stands in, counted from 1.
fn line_of(text: &str, key: &str) -> usize {
    let is_it = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'));
    text.lines().position(is_it).map_or(1, |index| index + 1)
}
