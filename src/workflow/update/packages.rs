//! The named packages move to the newest that the file allows, and what must follows.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use miette::miette;
use rattler_conda_types::{PackageName, RepoDataRecord, VersionWithSource};

use super::{
    alone_of_pip,
    moves::{MoveReasons, Moves, moves},
};
use crate::{
    base::schema_version::SchemaVersion,
    channel::Records,
    intent::{Want, Wish},
    lockfile::{LockedFate, Lockfile, pip_name},
    progress::Events,
    project::{
        Options,
        as_of::{AsOf, AskedDate},
        locks::ProjectLock,
        plan::Plan,
    },
    report::reason::gone_or_moved,
    solve::{Exactly, Fate, Frozen, Outcome, newest},
    words::{and, shell},
    workflow::{
        again::DateAsked,
        job::{Finished, Job, Shared, fetch, solve},
        keep::{self, Keep},
        started,
    },
};

/// What is to move, and how.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// The packages to move, by name; all where none is named.
    pub packages: Vec<String>,
    /// What is said otherwise than the lock or `envlock.toml` does.
    pub options: Options,
    /// Whether files that envlock didn't write are overwritten.
    pub force: bool,
    /// Whether nothing is to be written.
    pub dry_run: bool,
}

/// Moves the named packages of a lock, or all of them where none is named.
///
/// # Errors
///
/// Where the lock can't be read, a package isn't in it, or what a step can't do; then no file is written.
pub fn update(its: &ProjectLock, update: &Update, events: &Arc<dyn Events>) -> miette::Result<Moves> {
    let (lock, _) = its.read_lock()?;
    let runtime = &started()?;
    let mut job = Job::prepare(&plan(its, update, &lock)?, &mut Shared::default(), runtime, events)?;
    let records = runtime.block_on(async {
        fetch(&job.channels, job.asked(), job.options(), &job.machine, events).await?.fresh().await
    })?;
    let records = &records;
    job.is_dry = update.dry_run;
    (job.command, job.tells_all) = (Some(command(its, update)), true);
    // What is counted back from the newest is a date from here on: a lock of the same date stays, and this is to move.
    let given = update.options.as_of.map(|asked| asked.settle(|| newest(records)));
    job.as_of.given = given.map(AskedDate::Of).filter(|_| update.packages.is_empty());
    if update.packages.is_empty() && given.is_none() {
        // Without a date all packages move to the newest; a date that was chosen doesn't hold any more.
        job.as_of = DateAsked { given: Some(AskedDate::Of(AsOf::Latest)), ..DateAsked::default() };
    }
    let (mut reasons, mut notes) = (BTreeMap::new(), Vec::new());
    let named = Named::of(&update.packages, &lock)?;
    let as_of = given.unwrap_or(AsOf::Latest);
    if !update.packages.is_empty() {
        let solving = events.begin("Solving");
        let moved = if named.conda.is_empty() {
            Moved::default()
        } else {
            Alone { job: &job, lock: &lock, records }.update(&named.conda, as_of.timestamp())?
        };
        drop(solving);
        if moved.records.is_empty() && named.pip.is_empty() {
            return Ok(Moves::of_nothing(&its.lock, moved.notes));
        }
        let mut known = keep::reasons(&lock);
        known.extend(moved.reasons.iter().map(|(name, why)| (name.clone(), format!("moved by update: {why}"))));
        let mut keep =
            if moved.records.is_empty() { Keep::all(&lock) } else { Keep::records(&moved.records, known, &lock) };
        if !named.pip.is_empty() {
            keep.pip.retain(|held| named.pip.iter().all(|name| name != held.name.as_ref()));
            keep.pip_as_of = Some(as_of);
        }
        (reasons, notes) = (moved.reasons, moved.notes);
        job.keep = Some(keep);
    }
    let Finished { report, lock: now } =
        job.finish(solve(&job, records, events.as_ref()), records, runtime, events.as_ref())?;
    notes.extend(alone_of_pip::notes(&job, &named.pip, &lock, &now));
    let reasons = MoveReasons { conda: reasons, pip: alone_of_pip::reasons(&named.pip, &lock, &now) };
    let lock_file = its.lock.display().to_string();
    Ok(Moves {
        schema_version: SchemaVersion,
        lock: lock_file,
        moves: moves(&lock, &now, &reasons),
        notes,
        written: report.written,
    })
}

/// The command that tells the same, and writes nothing.
fn command(its: &ProjectLock, update: &Update) -> String {
    let mut words = vec!["envlock".to_owned(), "update".to_owned()];
    words.extend(update.packages.iter().cloned());
    words.extend(["--file".to_owned(), its.lock.display().to_string()]);
    words.extend(update.options.as_of.map(|it| format!("--as-of={it}")));
    words.push("--dry-run".to_owned());
    words.iter().map(|word| shell(word)).collect::<Vec<_>>().join(" ")
}

/// The environment as `convert` would be told of it.
fn plan(its: &ProjectLock, update: &Update, lock: &Lockfile) -> miette::Result<Plan> {
    let file = its.source(lock).filter(|file| file.exists());
    let file = file.ok_or_else(|| {
        miette!(
            code = "environment-gone",
            help = "put it back, or name it: update --file FILE",
            "the environment file of {} isn't there",
            its.lock.display()
        )
    })?;
    let said = &update.options;
    let options = Options {
        // Where packages are named, time moves for them alone.
        as_of: said.as_of.filter(|_| update.packages.is_empty()),
        no_pip: said.no_pip.or(lock.choices().pip_left_out.then_some(true)),
        insecure_registries: said.insecure_registries.clone(),
        // The image stays as it is.
        base_image: None,
        installer: None,
        installer_image: None,
        layers: None,
        no_pyc: None,
        jupyter: None,
        compose: None,
        env_file: None,
        ..said.clone().or(its.options.clone().unwrap_or_default())
    };
    let (directory, config) = (its.directory(), its.config.clone());
    Ok(Plan { directory, config, force: update.force, ..Plan::new(file, options) })
}

/// The packages that are to move alone.
#[derive(Debug, Default)]
struct Named {
    conda: Vec<String>,
    pip: Vec<String>,
}

impl Named {
    /// Those of the command line, which must be in the lock; of two of the same name, that of conda is meant.
    fn of(packages: &[String], lock: &Lockfile) -> miette::Result<Self> {
        let mut named = Self::default();
        let outcomes = lock.outcomes();
        // A wheel that pip installs for a line of conda may have another name.
        let wheel = |name: &str| {
            outcomes.iter().find_map(|it| match &it.fate {
                LockedFate::ByPip(wheel) if it.name == name => Some(wheel.clone()),
                _ => None,
            })
        };
        for name in packages.iter().map(|name| name.to_ascii_lowercase()) {
            if lock.conda_packages().any(|package| package.name.normalized() == name) {
                named.conda.push(name);
            } else if lock.pip_packages().any(|package| package.name.normalized() == pip_name(&name)) {
                named.pip.push(pip_name(&name));
            } else if let Some(wheel) = wheel(&name) {
                named.pip.push(wheel);
            } else {
                let help = "`envlock update` without a name moves all packages";
                return Err(miette!(code = "update-unknown", help = help, "{name} isn't in the lock"));
            }
        }
        Ok(named)
    }
}

/// Moving some packages of a lock alone.
struct Alone<'a> {
    job: &'a Job,
    lock: &'a Lockfile,
    records: &'a Records,
}

/// What came of it.
#[derive(Default)]
struct Moved {
    /// All packages as they will be; none where nothing moves.
    records: Vec<RepoDataRecord>,
    /// Why packages moved or went, by name.
    reasons: BTreeMap<String, String>,
    /// What was asked for and isn't so.
    notes: Vec<String>,
}

impl Alone<'_> {
    /// First the whole environment is solved anew, which tells how far the named packages can go. Then it is solved
    /// with them in these versions, and with the wish that each other package stays as it is.
    fn update(&self, names: &[String], as_of: Option<Timestamp>) -> miette::Result<Moved> {
        let Self { job, records, .. } = self;
        let anew = job.solve_for(&job.wishes(records, as_of, &[]), records, as_of, None)?;
        let locked = keep::packages(self.lock);
        let (mut only, mut notes) = (Frozen::new(), Vec::new());
        for name in names {
            let newest = anew.records.iter().find(|it| it.package_record.name.as_normalized() == name);
            let before = locked.get(name);
            match newest.map(|it| it.package_record.version.clone()) {
                Some(version) if before.is_some_and(|before| before.version == version) => {
                    notes.push(self.stays(name, &version));
                    only.extend(before.map(|before| (name.clone(), before.clone())));
                }
                Some(version) => {
                    only.insert(name.clone(), Exactly { version, build: None });
                }
                None => {
                    return Err(miette!(
                        code = "update-alone",
                        help = "`envlock update` moves the whole lock, and may do without it",
                        "{name} can't be moved alone: with the newest of everything, the environment has no {name}"
                    ));
                }
            }
        }
        if notes.len() == names.len() {
            return Ok(Moved { records: Vec::new(), reasons: BTreeMap::new(), notes });
        }
        let wishes = self.wishes(names, &locked, &only);
        let solution = job.solve_for(&wishes, records, as_of, Some(&only))?;
        let mut reasons = BTreeMap::new();
        for outcome in &solution.outcomes {
            let name = outcome.pin.name.as_normalized();
            let why = if names.iter().any(|it| it == name) {
                format!("update {} was asked for", and(names))
            } else if let Some(why) = gone_or_moved(outcome, &solution.records) {
                why
            } else {
                continue;
            };
            // A package may have been wished for by the file and by the lock: what it had counts.
            if is_other(outcome, locked.get(name)) {
                reasons.entry(name.to_owned()).or_insert(why);
            }
        }
        Ok(Moved { records: solution.records, reasons, notes })
    }

    /// Why a package that was named stays where it is.
    fn stays(&self, name: &str, version: &VersionWithSource) -> String {
        let pin = self.job.intent().pins.iter().find(|pin| pin.name.as_normalized() == name);
        match pin.filter(|pin| pin.want != Want::Any) {
            Some(pin) => format!(
                "{name} stays at {version}: {}:{} asks for {}; to move it further, change that line and run envlock convert",
                self.job.file(),
                pin.line,
                pin.text
            ),
            None => format!("{name} stays at {version}: nothing newer goes with what the file asks for"),
        }
    }

    /// The named packages first, then what the file asks for as far as that leaves a choice, then that everything else
    /// stays as it is.
    fn wishes(&self, names: &[String], locked: &Frozen, only: &Frozen) -> Vec<Wish> {
        let Self { job, records, .. } = self;
        let of_file = job.wishes(records, None, &[]);
        let mut wishes = Vec::new();
        for name in names {
            let Some(it) = only.get(name).or(locked.get(name)) else { continue };
            let want = Want::Exact(it.version.clone());
            wishes.push(Wish::besides(PackageName::new_unchecked(name.clone()), want, true));
        }
        let is_choice = |wish: &&Wish| !matches!(wish.pin.want, Want::Exact(_));
        wishes.extend(of_file.iter().filter(is_choice).cloned());
        let rank = |name: &str| of_file.iter().position(|wish| wish.pin.name.as_normalized() == name);
        let mut staying: Vec<(&String, &Exactly)> = locked.iter().filter(|(name, _)| !names.contains(name)).collect();
        staying.sort_by_key(|(name, _)| (rank(name).unwrap_or(usize::MAX), *name));
        for (name, locked) in staying {
            // Each is wanted for its own sake, or another variant could do away with it. What nothing needs in the end
            // isn't locked.
            let mut wish =
                Wish::besides(PackageName::new_unchecked(name.clone()), Want::Exact(locked.version.clone()), true);
            wish.pin.builds = locked.build.iter().cloned().collect();
            wishes.push(wish);
        }
        // Python is looked for in the order of the wishes, and only its exact version says which one will do.
        wishes
            .sort_by_key(|wish| wish.pin.name.as_normalized() != "python" || !matches!(wish.pin.want, Want::Exact(_)));
        wishes
    }
}

/// Whether a package isn't as it was.
fn is_other(outcome: &Outcome, before: Option<&Exactly>) -> bool {
    match &outcome.fate {
        Fate::Kept { record } | Fate::Moved { record, .. } => {
            let record = &record.package_record;
            before.is_none_or(|before| {
                before.version != record.version || before.build.as_deref() != Some(record.build.as_str())
            })
        }
        Fate::Gone { .. } => before.is_some(),
    }
}
