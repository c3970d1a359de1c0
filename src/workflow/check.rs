//! Whether an environment file, its lock and what is rendered of them still belong together.

use std::path::Path;

use miette::IntoDiagnostic;
use schemars::JsonSchema;
use serde::Serialize;

use super::{pip, render, times::Existing};
use crate::{
    base::diagnostic::place,
    channel,
    check::{Finding, Given, Mend, input_changes, lock_flaws, rendered_change},
    environment::{Environment, read_environment},
    image::{BaseImage, ImageName, preset},
    intent::{self, PythonMinor},
    lockfile::{self, Lockfile},
    machine::ChannelNames,
    project::{Options, config::CONFIG, files, locks::ProjectLock, ours::is_written_by_us, plan::is_same},
    words::shell,
};

/// What was found out about one lock.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Checked {
    /// The environment file.
    pub file: Option<String>,
    /// The lock.
    pub lock: String,
    /// Whether everything is as it should be.
    pub fresh: bool,
    /// What isn't.
    pub findings: Vec<Finding>,
    /// What mends it.
    pub commands: Vec<String>,
}

impl ProjectLock {
    /// Checks it. Nothing is solved, fetched or written, and whatever is wrong is told as a finding.
    #[must_use]
    pub fn check(&self) -> Checked {
        let mut findings = Vec::new();
        let lock;
        let mut file = self.file.clone();
        match self.read_lock() {
            Ok((read, text)) => {
                file = self.source(&read);
                findings.extend(
                    self.findings(&read, &text, file.as_deref())
                        .unwrap_or_else(|error| vec![finding(&error, &self.lock)]),
                );
                lock = Some(read);
            }
            Err(error) => {
                findings.push(if self.lock.exists() {
                    finding(&error, &self.lock)
                } else {
                    let (file, message) = (self.lock.display().to_string(), "isn't there".to_owned());
                    Finding { file, line: None, message, mend: Mend::Convert }
                });
                // One side of a merge tells how it was made.
                lock = Existing::read(&self.lock).map(|existing| existing.lock);
                file = lock.as_ref().map_or(file, |lock| self.source(lock));
            }
        }
        let commands = self.commands(&findings, lock.as_ref(), file.as_deref());
        Checked {
            file: file.map(|it| it.display().to_string()),
            lock: self.lock.display().to_string(),
            fresh: findings.is_empty(),
            findings,
            commands,
        }
    }

    fn findings(&self, lock: &Lockfile, text: &str, file: Option<&Path>) -> miette::Result<Vec<Finding>> {
        let mut findings = Vec::new();
        match file.filter(|file| file.exists()) {
            Some(file) => match self.changes(lock, file) {
                Ok(changes) => findings.extend(changes),
                Err(error) => findings.push(finding(&error, file)),
            },
            None => findings.push(Finding {
                file: file.unwrap_or(&self.lock).display().to_string(),
                line: None,
                message: format!("isn't there, and {} was made from it", self.lock.display()),
                mend: Mend::Convert,
            }),
        }
        findings.extend(lock_flaws(&self.lock.display().to_string(), lock, text)?);
        let directory = self.directory();
        let expected = render::companions(lock, text, &directory)?;
        for expected in &expected {
            let name = expected.path.display().to_string();
            let found = files::read_if_there(&expected.path)?;
            findings.extend(rendered_change(&name, &expected.contents, found.as_deref()));
        }
        findings.extend(render::left_over(&expected, &directory).iter().map(|path| Finding {
            file: path.display().to_string(),
            line: None,
            message: "belongs to nothing any more".to_owned(),
            mend: Mend::Render,
        }));
        Ok(findings)
    }

    /// What has changed in the environment file and its options.
    fn changes(&self, lock: &Lockfile, file: &Path) -> miette::Result<Vec<Finding>> {
        let mut environment = read_environment(file)?;
        if !lock.choices().pip_left_out {
            pip::expand(&mut environment, file);
        }
        let mut intent = intent::understand(&environment);
        if let Some(python) = lock.choices().python.and_then(|it| it.parse::<PythonMinor>().ok()) {
            python.replace(&mut intent);
        }
        let channels = self.channels(lock, &environment, file)?;
        let given = Given { environment: &environment, intent: &intent, channels: channels.as_deref() };
        let mut changes = input_changes(&given, lock)?;
        if let Some(options) = &self.options {
            let config = self.config.as_deref().unwrap_or(Path::new(CONFIG));
            changes.extend(option_changes(options, &config.display().to_string(), lock));
        }
        Ok(changes)
    }

    /// The channels that the file would be solved with; `None` where they were given on the command line.
    fn channels(&self, lock: &Lockfile, environment: &Environment, file: &Path) -> miette::Result<Option<Vec<String>>> {
        let options = self.options.as_ref().map(|it| it.channels.as_slice()).unwrap_or_default();
        if self.options.is_none() && lock.choices().channels_given {
            return Ok(None);
        }
        let base = if options.is_empty() {
            file.parent()
        } else {
            self.options.as_ref().and_then(|it| it.channel_base.as_deref())
        };
        let base = std::path::absolute(files::or_here(base.unwrap_or(Path::new(""))));
        // As when the lock was made: whoever checks it may have another machine.
        let mut names = ChannelNames::default();
        names.add_known(&lock.choices().channel_names);
        let selected = channel::select(options, &environment.channels_to_ask(), &base.into_diagnostic()?, &names)?;
        Ok(Some(selected.channels.into_iter().map(|channel| channel.name).collect()))
    }

    /// The commands that mend the findings, in their order: one that writes the lock writes the rest, too.
    fn commands(&self, findings: &[Finding], lock: Option<&Lockfile>, file: Option<&Path>) -> Vec<String> {
        let is_here = self.lock == Path::new(lockfile::FILE_NAME);
        let named = || shell(&self.lock.display().to_string());
        // What comes last would take back what a bot has put into the Dockerfile.
        let is_moved = findings.iter().any(|it| it.mend == Mend::BaseImage);
        let of_file = || if is_here { String::new() } else { format!(" --file {}", named()) };
        let moved = is_moved.then(|| format!("envlock update --base-image-from-dockerfile{}", of_file()));
        let written = match findings.iter().map(|it| it.mend).max() {
            None | Some(Mend::BaseImage) => None,
            Some(Mend::Render) if is_here => Some("envlock render".to_owned()),
            Some(Mend::Render) => Some(format!("envlock render {}", named())),
            Some(Mend::Convert) => Some(self.convert(lock, file)),
        };
        moved.into_iter().chain(written).collect()
    }

    fn convert(&self, lock: Option<&Lockfile>, file: Option<&Path>) -> String {
        let mut words = vec!["envlock".to_owned(), "convert".to_owned()];
        words.extend(file.map(|file| file.display().to_string()));
        // What doesn't say any more that it is a lock is written over on purpose only.
        if self.lock.exists() && !is_written_by_us(&self.lock) {
            words.push("--force".to_owned());
        }
        if let (Some(file), None) = (file, &self.options) {
            let beside = files::output_dir(None, file);
            let directory = self.directory();
            if beside != directory && !is_same(files::or_here(&beside), files::or_here(&directory)) {
                words.extend(["--output-dir".to_owned(), files::or_here(&directory).display().to_string()]);
            }
            // Everything else is kept in the lock.
            if lock.is_some_and(|lock| lock.choices().build_allowed) {
                words.push("--allow-build".to_owned());
            }
        }
        words.iter().map(|word| shell(word)).collect::<Vec<_>>().join(" ")
    }
}

/// An error as a finding, at its place where it has one.
fn finding(error: &miette::Report, file: &Path) -> Finding {
    let (name, line) = place(error.as_ref()).unzip();
    let file = name.flatten().unwrap_or_else(|| file.display().to_string());
    // Messages begin with the place where they have one.
    let message = error.to_string();
    let start = line.map(|line| format!("{file}:{line}: ")).unwrap_or_default();
    let message = message.strip_prefix(&start).unwrap_or(&message).to_owned();
    Finding { file, line, message, mend: Mend::Convert }
}

/// What the configuration has otherwise than the lock.
fn option_changes(options: &Options, config: &str, lock: &Lockfile) -> Vec<Finding> {
    let mut messages = Vec::new();
    let choices = lock.choices();
    if options.leaves_pip_out() != choices.pip_left_out {
        let now = if options.leaves_pip_out() {
            "is to be left out, and the lock has it"
        } else {
            "is to be locked, and the lock leaves it out"
        };
        messages.push(format!("the pip section {now}"));
    }
    let (wanted, locked) = (options.priority(), choices.priority);
    if wanted != locked {
        messages.push(format!("channel priority: it is to be {}, and the lock has {}", wanted.name(), locked.name()));
    }
    let (wanted, locked) = (options.prefer(), choices.prefer);
    if wanted != locked {
        messages.push(format!("{} are to be preferred, and the lock prefers {}", wanted.name(), locked.name()));
    }
    let (wanted, locked) = (options.python.map(|it| it.to_string()), choices.python);
    if wanted != locked {
        let word = |it: Option<String>| it.unwrap_or_else(|| "that of the file".to_owned());
        messages.push(format!("python: {} is to be converted to, and the lock has {}", word(wanted), word(locked)));
    }
    if let (Some(named), Ok(locked)) = (&options.base_image, lock.base_image())
        && !is_image(preset(named), &locked)
    {
        messages.push(format!("base image: {} is to be built on, and the lock has {locked}", preset(named)));
    }
    let finding = |message| Finding { file: config.to_owned(), line: None, message, mend: Mend::Convert };
    messages.into_iter().map(finding).collect()
}

/// Whether a name as a user writes it is that of an image.
fn is_image(named: &str, image: &BaseImage) -> bool {
    if named.contains('@') {
        return BaseImage::parse(named).is_ok_and(|named| named.to_string() == image.to_string());
    }
    ImageName::parse(named).is_ok_and(|named| named.to_string() == image.tagged())
}
