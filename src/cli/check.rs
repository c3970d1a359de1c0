//! `envlock check`: whether environment files, locks and what is rendered of them still belong together.

use std::{fmt::Write as _, path::Path};

use miette::{IntoDiagnostic, WrapErr};
use serde::Serialize;

use super::{
    CheckArgs, CheckFormat, ConvertArgs, files,
    outcome::Outcome,
    pip,
    python::PythonMinor,
    render,
    subjects::{Subject, Subjects},
    targets::is_same,
    times::Existing,
    ui::{self, Ui},
};
use crate::{
    channel,
    check::{Finding, Given as Asked, Mend, input_changes, lock_flaws, rendered_change},
    environment::{Environment, read_environment},
    image::{BaseImage, ImageName, preset},
    intent,
    lockfile::{self, Lockfile},
    words::shell,
};

/// The version of the shape of the document that `--json` prints.
const SCHEMA_VERSION: u32 = 1;

/// Checks what the files belong to, and tells what isn't fresh and what mends it.
///
/// # Errors
///
/// Where a file that is named isn't there, or an `envlock.toml` can't be read. Whatever else is wrong is told as a
/// finding.
pub fn check(args: &CheckArgs, ui: &Ui) -> miette::Result<Outcome> {
    let Subjects { found, skipped } = Subjects::of(&args.files)?;
    let environments: Vec<Checked> = found.iter().map(Subject::check).collect();
    let is_fresh = environments.iter().all(|it| it.fresh);
    let document = Document { schema_version: SCHEMA_VERSION, fresh: is_fresh, environments, skipped };
    let text = match args.format {
        _ if ui.is_json() => document.json()?,
        CheckFormat::Json => document.json()?,
        CheckFormat::Github => document.annotations(),
        CheckFormat::Text => document.text(),
    };
    ui.answer(&text).into_diagnostic().wrap_err("the answer can't be printed")?;
    if is_fresh && args.format == CheckFormat::Text && !ui.is_json() {
        ui.say(&document.summary());
    }
    Ok(if is_fresh { Outcome::Done } else { Outcome::Different })
}

impl Subject {
    fn check(&self) -> Checked {
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
                findings.push(finding(&error, &self.lock));
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
            let found = render::read_if_there(&expected.path)?;
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
        let given = Asked { environment: &environment, intent: &intent, channels: channels.as_deref() };
        let mut changes = input_changes(&given, lock)?;
        changes.extend(self.args.as_ref().into_iter().flat_map(|args| option_changes(args, lock)));
        Ok(changes)
    }

    /// The channels that the file would be solved with; `None` where they were given on the command line.
    fn channels(&self, lock: &Lockfile, environment: &Environment, file: &Path) -> miette::Result<Option<Vec<String>>> {
        let options = self.args.as_ref().map(|args| args.solve.channels.as_slice()).unwrap_or_default();
        if self.args.is_none() && lock.choices().channels_given {
            return Ok(None);
        }
        let base =
            if options.is_empty() { file.parent() } else { self.args.as_ref().and_then(|it| it.base.as_deref()) };
        let base = std::path::absolute(files::or_here(base.unwrap_or(Path::new(""))));
        let own: Vec<String> = environment.channels.iter().map(|channel| channel.value.clone()).collect();
        let selected = channel::select(options, &own, &base.into_diagnostic()?)?;
        Ok(Some(selected.channels.into_iter().map(|channel| channel.name).collect()))
    }

    /// The commands that mend the findings: one that writes the lock anew writes the rest, too.
    fn commands(&self, findings: &[Finding], lock: Option<&Lockfile>, file: Option<&Path>) -> Vec<String> {
        let command = match findings.iter().map(|it| it.mend).max() {
            None => return Vec::new(),
            Some(Mend::Render) if self.lock == Path::new(lockfile::FILE_NAME) => "envlock render".to_owned(),
            Some(Mend::Render) => format!("envlock render {}", shell(&self.lock.display().to_string())),
            Some(Mend::Convert) => self.convert(lock, file),
        };
        vec![command]
    }

    fn convert(&self, lock: Option<&Lockfile>, file: Option<&Path>) -> String {
        let Some(file) = file else { return "envlock convert".to_owned() };
        let mut words = vec!["envlock".to_owned(), "convert".to_owned(), file.display().to_string()];
        if self.args.is_none() {
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
    let (name, line) = ui::place(error.as_ref()).unzip();
    let file = name.flatten().unwrap_or_else(|| file.display().to_string());
    // Messages begin with the place where they have one.
    let message = error.to_string();
    let start = line.map(|line| format!("{file}:{line}: ")).unwrap_or_default();
    let message = message.strip_prefix(&start).unwrap_or(&message).to_owned();
    Finding { file, line, message, mend: Mend::Convert }
}

/// What `envlock.toml` has otherwise than the lock.
fn option_changes(args: &ConvertArgs, lock: &Lockfile) -> Vec<Finding> {
    let mut messages = Vec::new();
    if args.pip.no_pip != lock.choices().pip_left_out {
        let now = if args.pip.no_pip {
            "is to be left out, and the lock has it"
        } else {
            "is to be locked, and the lock leaves it out"
        };
        messages.push(format!("the pip section {now}"));
    }
    let (wanted, locked) = (args.solve.priority(), lock.choices().priority);
    if wanted != locked {
        messages.push(format!("channel priority: it is to be {}, and the lock has {}", wanted.name(), locked.name()));
    }
    let (wanted, locked) = (args.solve.prefer(), lock.choices().prefer);
    if wanted != locked {
        messages.push(format!("{} are to be preferred, and the lock prefers {}", wanted.name(), locked.name()));
    }
    let (wanted, locked) = (args.solve.python.map(|it| it.to_string()), lock.choices().python);
    if wanted != locked {
        let word = |it: Option<String>| it.unwrap_or_else(|| "that of the file".to_owned());
        messages.push(format!("python: {} is to be converted to, and the lock has {}", word(wanted), word(locked)));
    }
    if let (Some(named), Ok(locked)) = (&args.image.base_image, lock.base_image())
        && !is_image(preset(named), &locked)
    {
        messages.push(format!("base image: {} is to be built on, and the lock has {locked}", preset(named)));
    }
    let finding =
        |message| Finding { file: super::config::CONFIG.to_owned(), line: None, message, mend: Mend::Convert };
    messages.into_iter().map(finding).collect()
}

/// Whether a name as a user writes it is that of an image.
fn is_image(named: &str, image: &BaseImage) -> bool {
    if named.contains('@') {
        return BaseImage::parse(named).is_ok_and(|named| named.to_string() == image.to_string());
    }
    ImageName::parse(named).is_ok_and(|named| named.to_string() == image.tagged())
}

/// What was found out about one lock.
#[derive(Debug, Serialize)]
struct Checked {
    /// The environment file.
    file: Option<String>,
    /// The lock.
    lock: String,
    /// Whether everything is as it should be.
    fresh: bool,
    /// What isn't.
    findings: Vec<Finding>,
    /// What mends it.
    commands: Vec<String>,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Document {
    schema_version: u32,
    fresh: bool,
    environments: Vec<Checked>,
    /// Files beside which there is no lock.
    skipped: Vec<String>,
}

impl Document {
    fn json(&self) -> miette::Result<String> {
        Ok(serde_json::to_string_pretty(self).into_diagnostic()? + "\n")
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for it in self.environments.iter().filter(|it| !it.fresh) {
            for finding in &it.findings {
                _ = writeln!(text, "{} {}", finding.place(), finding.message);
            }
            for command in &it.commands {
                _ = writeln!(text, "  to mend it, run: {command}");
            }
        }
        text
    }

    /// Source of the form: GitHub's documentation of workflow commands, and `@actions/core` for what is escaped.
    fn annotations(&self) -> String {
        let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
        let mut text = String::new();
        for it in &self.environments {
            let mend: Vec<String> = it.commands.iter().map(|command| format!("\nTo mend it, run: {command}")).collect();
            let mend = mend.concat();
            for finding in &it.findings {
                let line = finding.line.map(|line| format!(",line={line}")).unwrap_or_default();
                let message = data(&format!("{} {}{mend}", finding.file, finding.message));
                _ = writeln!(text, "::error file={}{line},title=envlock::{message}", property(&finding.file));
            }
        }
        text
    }

    fn summary(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for it in &self.environments {
            let names: Vec<&str> = it.file.iter().map(String::as_str).chain([it.lock.as_str()]).collect();
            lines.push(format!("{} and what is rendered of it are fresh\n", names.join(", ")));
        }
        lines.extend(self.skipped.iter().map(|file| format!("{file} is not checked: there is no lock beside it\n")));
        lines.concat()
    }
}
