//! The schema of `envlock.toml`: each option of `convert` that may stand there, with what its help says.

use clap::{Arg, ArgAction, CommandFactory as _};
use serde_json::{Map, Value, json};

use super::DRAFT;
use crate::{cli::Cli, project::Options};

/// The schema. Those who check with it take TOML's dates for texts.
pub(super) fn schema() -> Value {
    let command = Cli::command();
    let arguments = command.find_subcommand("convert").into_iter().flat_map(clap::Command::get_arguments);
    let definitions: Map<String, Value> = arguments
        .filter_map(|argument| Some((argument.get_long()?, argument)))
        .filter(|(name, _)| Options::NAMES.contains(name))
        .map(|(name, argument)| (name.to_owned(), setting(argument)))
        .collect();
    let refer = |name: &String| (name.clone(), json!({ "$ref": format!("#/$defs/{name}") }));
    let mut all: Map<String, Value> = definitions.keys().map(refer).collect();
    let mut one = all.clone();
    one.insert("file".to_owned(), json!({ "description": "The environment file", "type": "string" }));
    let environment = json!({
        "description": "The environments, each with options of its own; without any, environment.yml beside this file",
        "type": "array",
        "items": { "type": "object", "properties": one, "required": ["file"], "additionalProperties": false },
    });
    all.insert("environment".to_owned(), environment);
    json!({
        "$schema": DRAFT,
        "title": "envlock.toml",
        "description": "Environments and how to convert them. [tool.envlock] of a pyproject.toml has the same form",
        "type": "object",
        "properties": all,
        "additionalProperties": false,
        "$defs": definitions,
    })
}

/// What an option takes: a number may stand for the text that it is.
fn setting(argument: &Arg) -> Value {
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let choices: Vec<String> = argument.get_possible_values().iter().map(|it| it.get_name().to_owned()).collect();
    let mut schema = match argument.get_action() {
        ArgAction::SetTrue => json!({ "type": "boolean" }),
        ArgAction::Append => {
            json!({ "type": ["string", "number", "array"], "items": { "type": ["string", "integer"] } })
        }
        _ if choices.is_empty() => json!({ "type": ["string", "number"] }),
        _ => json!({ "enum": choices }),
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), json!(help));
    }
    schema
}
