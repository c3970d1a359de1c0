//! What to do first, for those who come without an environment file.

use crate::{
    machine::{Active, Exporter, Surroundings},
    words::one_line,
};

/// How an environment is exported, where a program is at hand that could, and that envlock reads it without; each command
/// has a line of its own, so that it can be copied.
pub(super) fn hint() -> String {
    let around = Surroundings::of_process();
    let export = Exporter::on_path(&around).map(Exporter::command);
    let (environment, name, when) = match (Active::of(&around), &export) {
        (Active::Conda(found), _) => (format!("the active environment, {}", one_line(&found.name)), "", ""),
        (_, Some(_)) => ("an installed environment".to_owned(), " NAME", ", once it is active"),
        (_, None) => return "name the file: envlock convert FILE".to_owned(),
    };
    let export = export.map(|command| format!("\nor write its environment file{when}:\n  {command}"));
    format!("to convert {environment}:\n  envlock convert --from-env{name}{}", export.unwrap_or_default())
}
