//! What stood on the command line, which comes before what `envlock.toml` says.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgMatches, parser::ValueSource};

/// The options that stood on the command line: the id of each, and the words for it.
#[derive(Clone, Debug, Default)]
pub struct Given(pub Vec<(String, Vec<OsString>)>);

impl Given {
    pub(super) fn of(command: &clap::Command, matches: &ArgMatches) -> Self {
        let is_given = |arg: &&Arg| {
            arg.get_long().is_some()
                && !arg.is_global_set()
                && matches.try_contains_id(arg.get_id().as_str()).is_ok()
                && matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
        };
        let words = |arg: &Arg| {
            let id = arg.get_id().as_str();
            let name = format!("--{}", arg.get_long().unwrap_or_default());
            if !arg.get_action().takes_values() {
                return (id.to_owned(), vec![name.into()]);
            }
            let values = matches.get_raw(id).into_iter().flatten();
            let word = |value: &OsStr| {
                let mut word = OsString::from(format!("{name}="));
                word.push(value);
                word
            };
            (id.to_owned(), values.map(word).collect())
        };
        Self(command.get_arguments().filter(is_given).map(words).collect())
    }
}
