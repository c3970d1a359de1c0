//! The error where a second solver doesn't accept what was chosen, and what a report of that needs.

use std::path::Path;

use miette::Diagnostic;
use rattler_conda_types::RepoDataRecord;
use thiserror::Error;

use super::Job;
use crate::{
    base::credentials::without_secrets,
    project::{Options, as_of::AskedDate, plan::Plan},
    solve::{Solution, second_opinion::Disagreement},
    words::shell,
    workflow::again::words,
};

/// A second solver doesn't accept what was chosen.
#[derive(Debug, Error, Diagnostic)]
#[error("the packages that were chosen for {file} aren't accepted by a second solver, rattler_solve: {why}")]
#[diagnostic(code("solve-not-confirmed"))]
#[diagnostic(help(
    "no lock was written. This is a fault of envlock, and none of {file}: please report it, with {file} and with all that this prints:\n    {command}"
))]
pub(super) struct NotConfirmed {
    /// The environment file.
    file: String,
    /// What the other solver objects to.
    why: Disagreement,
    /// The command for a report.
    command: String,
    /// What was chosen, where all is to be told.
    #[source]
    chosen: Option<Chosen>,
}

/// The packages that were chosen, by their files.
#[derive(Debug, Error)]
#[error("these packages were chosen:\n{}", .0.join("\n"))]
struct Chosen(Vec<String>);

impl NotConfirmed {
    pub(super) fn new(job: &Job, solution: &Solution, why: Disagreement) -> Self {
        let chosen = job.tells_all.then(|| Chosen(solution.records.iter().map(address).collect()));
        Self { file: job.environment.file.clone(), why, command: job.command(), chosen }
    }
}

fn address(record: &RepoDataRecord) -> String {
    without_secrets(record.url.as_str())
}

impl Job {
    /// The command that does the same, and tells all.
    fn command(&self) -> String {
        self.command
            .clone()
            .unwrap_or_else(|| convert(&self.plan, self.as_of.given.or(self.as_of.kept.map(AskedDate::Of))))
    }
}

/// The command that converts with these options, wherever they come from.
fn convert(plan: &Plan, as_of: Option<AskedDate>) -> String {
    let Plan { file, directory, options, config, .. } = plan;
    let mut all = vec!["envlock".to_owned(), "convert".to_owned(), file.display().to_string()];
    // What envlock.toml says, it says again.
    if config.is_none() {
        if directory.as_path() != file.parent().unwrap_or(Path::new("")) {
            all.extend(["--output-dir".to_owned(), directory.display().to_string()]);
        }
        all.extend(options.channels.iter().flat_map(|it| ["--channel".to_owned(), without_secrets(it)]));
        let nothing = Options::default();
        let said = words(options, &nothing, as_of);
        all.extend(said.flat_map(|(option, value)| [option.to_owned(), value]).filter(|word| !word.is_empty()));
        all.extend(options.timeout.map(|it| format!("--timeout={it}")));
    }
    all.push("-vv".to_owned());
    all.iter().map(|word| shell(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solve::second_opinion::{Objection, Title};

    #[test]
    fn the_command_says_what_was_said() {
        let of = |options: Options| convert(&Plan::new("envs/mac os.yml".into(), options), None);
        assert_eq!(of(Options::default()), "envlock convert 'envs/mac os.yml' -vv");
        let options = Options {
            output_dir: Some("docker".into()),
            channels: vec!["conda-forge=../mirror".to_owned(), "https://me:secret@host/t/token/c".to_owned()],
            python: "3.9".parse().ok(),
            as_of: "2018-12-31".parse().ok(),
            virtual_packages: vec!["__cuda=12.4".to_owned()],
            no_pip: Some(true),
            skip_unlockable: Some(false),
            ..Options::default()
        };
        let plan = Plan::new("mac.yml".into(), options.clone());
        let told = convert(&plan, plan.options.as_of);
        assert_eq!(
            told,
            "envlock convert mac.yml --output-dir docker --channel conda-forge=../mirror --channel https://host/c \
             --python 3.9 --virtual-package __cuda=12.4 --as-of 2018-12-31 --no-pip -vv"
        );
        let configured = Plan { config: Some("envlock.toml".into()), ..Plan::new("mac.yml".into(), options) };
        assert_eq!(convert(&configured, None), "envlock convert mac.yml -vv");
    }

    #[test]
    fn the_error_names_the_packages_and_asks_for_a_report() {
        let package = Title { name: "app".to_owned(), version: "1.0".to_owned() };
        let error = NotConfirmed {
            file: "mac.yml".to_owned(),
            why: Disagreement { objections: vec![Objection::Needless { package }] },
            command: "envlock convert mac.yml -vv".to_owned(),
            chosen: Some(Chosen(vec!["https://host/app-1.0-0.conda".to_owned()])),
        };
        assert_eq!(
            error.to_string(),
            "the packages that were chosen for mac.yml aren't accepted by a second solver, rattler_solve: nothing needs app 1.0"
        );
        assert_eq!(
            error.help().unwrap().to_string(),
            "no lock was written. This is a fault of envlock, and none of mac.yml: please report it, with mac.yml and with \
             all that this prints:\n    envlock convert mac.yml -vv"
        );
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(cause, "these packages were chosen:\nhttps://host/app-1.0-0.conda");
    }
}
