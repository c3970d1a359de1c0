//! `envlock install`: a lock becomes an environment on this machine.

use std::{path::Path, sync::Arc};

use miette::{IntoDiagnostic, WrapErr};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::runtime::Runtime;

use super::{InstallArgs, ui::Ui};
use crate::{
    base::schema_version::SchemaVersion,
    channel,
    install::{InstallOptions, Installed, List, install as install_list},
    machine::Machine,
    project::{Options, files, journal::finish},
    report::text::Detail,
    words::count,
};

/// Installs a lock, or an explicit list, into a prefix.
///
/// # Errors
///
/// Whatever is in the way. Unless linking or pip fails, the prefix is as it was.
pub fn install(args: &InstallArgs, ui: &Arc<Ui>) -> miette::Result<()> {
    let file = files::lock_file(args.file.as_deref());
    // What a run that was killed has begun to write is written first.
    finish(files::beside(&file));
    let list = List::read(&file)?;
    let runtime = Runtime::new().into_diagnostic().wrap_err("no threads can be started")?;
    let machine = Machine::read(args.no_config);
    let said = Options { timeout: args.timeout, ..Options::default() };
    for note in &machine.notes {
        ui.say(&format!("note: {note}\n"));
    }
    let tell = |taken: &[String]| {
        for line in taken.iter().filter(|_| ui.detail() > Detail::Usual) {
            ui.say(&format!("configured: {line}\n"));
        }
    };
    tell(&machine.taken);
    let keyring = machine.keyring.clone();
    let options = InstallOptions {
        offline: args.offline,
        run_link_scripts: args.run_link_scripts,
        allow_build: args.allow_build,
        cache_dir: channel::cache_dir(),
        limits: said.limits(&machine.network),
        machine: Arc::new(machine),
        events: ui.clone(),
    };
    let installed = runtime.block_on(install_list(&list, &args.prefix, &options));
    tell(&keyring.taken());
    let installed = installed?;
    let document = InstallDocument::new(&args.prefix, installed);
    ui.tell(&document, &document.text())
}

/// What is told about it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct InstallDocument {
    schema_version: SchemaVersion<1>,
    /// Where the environment is.
    prefix: String,
    /// How many conda packages it has.
    conda: usize,
    /// How many of them were there before.
    kept: usize,
    /// How many were taken away.
    removed: usize,
    /// How many packages pip was given.
    pip: usize,
    /// How many packages of pip's were taken away.
    pip_removed: usize,
    /// Scripts of packages which weren't run.
    scripts_not_run: Vec<String>,
}

impl InstallDocument {
    fn new(prefix: &Path, installed: Installed) -> Self {
        let Installed { conda, kept, removed, pip, pip_removed, scripts } = installed;
        Self {
            schema_version: SchemaVersion,
            prefix: prefix.display().to_string(),
            conda,
            kept,
            removed,
            pip,
            pip_removed,
            scripts_not_run: scripts,
        }
    }

    fn text(&self) -> String {
        let Self { schema_version: _, prefix, conda, kept, removed, pip, pip_removed, scripts_not_run } = self;
        let mut notes = Vec::new();
        if *kept > 0 {
            notes.push(format!("{kept} of them were there already"));
        }
        if *removed > 0 {
            notes.push(format!("{} taken away", count(*removed, "other")));
        }
        if *pip_removed > 0 {
            notes.push(format!("{pip_removed} of pip's taken away"));
        }
        let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
        let pip = if *pip > 0 { format!(" and {pip} of pip") } else { String::new() };
        let scripts = match scripts_not_run.as_slice() {
            [] => String::new(),
            scripts => format!("not run: {} (see --run-link-scripts)\n", scripts.join(", ")),
        };
        format!("{prefix}: {}{notes}{pip}\n{scripts}", count(*conda, "conda package"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_says_what_was_done() {
        let text = |conda, kept, removed, pip, pip_removed, scripts: &[&str]| {
            let scripts = scripts.iter().map(|it| (*it).to_owned()).collect();
            InstallDocument::new(Path::new("env"), Installed { conda, kept, removed, pip, pip_removed, scripts }).text()
        };
        assert_eq!(text(1, 0, 0, 0, 0, &[]), "env: 1 conda package\n");
        assert_eq!(
            text(4, 3, 1, 2, 5, &["bin/.a-post-link.sh", "bin/.b-pre-link.sh"]),
            "env: 4 conda packages (3 of them were there already, 1 other taken away, 5 of pip's taken away) and 2 of pip\n\
             not run: bin/.a-post-link.sh, bin/.b-pre-link.sh (see --run-link-scripts)\n"
        );
    }
}
