//! The lock of one environment, and what there is to say of it.

use std::collections::BTreeMap;

use jiff::Unit;
use rattler_conda_types::{PackageName, RepoDataRecord};

use super::{Job, Solved, cuda::without_cuda};
use crate::{
    channel::{Channel, Records},
    dockerfile::{self, Weight},
    image::{Recipe, Tool},
    intent::Os,
    lockfile::{self, Choices, LockInputs, Lockfile, Variable},
    project::as_of::AsOf,
    pypi::PipLock,
    report::{CutOff, Facts, Report, outcomes_for_lock},
    solve::{Fate, Outcome},
    words::and,
    workflow::jupyter,
};

/// What comes of it.
pub(super) struct MadeLock {
    pub(super) lock: Lockfile,
    /// The lock as it is written.
    pub(super) text: String,
    pub(super) report: Report,
}

/// Makes the lock, and tells what it came to.
pub(super) fn make(
    job: &Job,
    solved: &Solved,
    pip: Option<&PipLock>,
    credentials_for: &[String],
    records: &Records,
    elsewhere: &BTreeMap<PackageName, Vec<Os>>,
) -> miette::Result<MadeLock> {
    let Job { plan, environment, intent, virtual_packages, .. } = job;
    let options = &plan.options;
    let Solved { input, times, solution, .. } = solved;
    let wheels = solved.wheels.fates();
    let mut notes = job.notes.clone();
    notes.extend(secrets(&input.variables));
    notes.extend(unset(&input.variables));
    notes.extend(of_channels(job, records));
    notes.extend(jupyter::added(&job.recipe, intent, &solution.records)?);
    notes.extend(unfetchable(&job.recipe, &solution.records));
    notes.extend(without_cuda(solution, virtual_packages));
    notes.extend(of_other_channels(&job.channels, &solution.outcomes));
    let channels = job.channel_names();
    let facts = Facts {
        environment,
        intent,
        solution,
        elsewhere: &BTreeMap::new(),
        wheels: &wheels,
        channels: &channels,
        notes: &notes,
        virtual_packages,
        as_of: times.as_of.clone(),
        timeout: options.timeout().limit(),
        pip,
    };
    // What is elsewhere is known of channels on this disk only, and the lock is the same wherever they are.
    let outcomes = outcomes_for_lock(&Report::new(&facts));
    let locked = |as_of| {
        let inputs = LockInputs {
            input,
            virtual_packages,
            as_of,
            choices: Choices {
                channels_given: !options.channels.is_empty(),
                as_of_given: job.as_of.is_chosen,
                virtual_packages: options.virtual_packages.clone(),
                pip_left_out: options.leaves_pip_out(),
                pip_preference: options.preference,
                unlockable_skipped: options.skip_unlockable.unwrap_or_default(),
                pypi_names: options.pypi_names.clone(),
                build_allowed: options.allow_build.unwrap_or_default(),
                priority: options.priority(),
                prefer: options.prefer(),
                python: options.python.map(|python| python.to_string()),
                credentials_for: credentials_for.to_vec(),
                channel_names: known_names(&job.channels),
            },
            is_frozen: solved.is_kept,
            recipe: &job.recipe,
            source: &job.source,
            outcomes: &outcomes,
            pip: pip.map_or(&[], |pip| &pip.packages),
        };
        lockfile::lock(solution, &inputs)
    };
    let mut as_of = times.as_of.clone();
    let mut lock = locked(as_of.as_ref().map(|cut_off| cut_off.at))?;
    if let (Some(existing), Some(earlier)) = (&job.existing, times.earlier)
        && existing.lock.has_packages_of(&lock)
    {
        lock = locked(Some(earlier))?;
        lock.find_again_like(&existing.lock);
        as_of = Some(CutOff { date: AsOf::Date(earlier).to_string(), at: earlier, inferred: false });
    }
    // Where nothing came of moving some alone, all can be found again as before.
    if let Some(existing) = job.existing.as_ref().filter(|it| times.same && it.lock.has_packages_of(&lock)) {
        lock.find_again_like(&existing.lock);
    }
    let before = job.existing.as_ref().map(|existing| existing.lock.layers()).unwrap_or_default();
    let weight = |name: &str| weight(name, &solution.records, records);
    let layers = dockerfile::assign(lock.conda_packages(), weight, job.layers, &before);
    lock.set_layers(&layers);
    let text = match &job.existing {
        // Reasons in other words are none to write it anew.
        Some(existing) if existing.lock.says_the_same(&lock) => existing.text.clone(),
        _ => lockfile::to_yaml(&lock),
    };
    let report = Report::new(&Facts { elsewhere, as_of, ..facts });
    Ok(MadeLock { lock, text, report })
}

/// The note that what installs the packages in the image can't fetch some of them.
fn unfetchable(recipe: &Recipe, records: &[RepoDataRecord]) -> Option<String> {
    let tool = match recipe.tool() {
        Tool::Envlock => return None,
        Tool::Micromamba => "micromamba",
        Tool::Conda => "conda",
    };
    let is_fetched = |scheme: &str| records.iter().any(|record| record.url.scheme() == scheme);
    let schemes: Vec<String> =
        ["s3", "oci"].into_iter().filter(|it| is_fetched(it)).map(|scheme| format!("{scheme}://")).collect();
    (!schemes.is_empty()).then(|| {
        format!(
            "{tool} can't fetch from {} URLs, so this image can't be built: convert with --installer envlock, or use \
             `envlock install`",
            and(&schemes)
        )
    })
}

/// What the names of channels mean on this machine alone, as `NAME=URL`.
fn known_names(channels: &[Channel]) -> Vec<String> {
    let name = |channel: &Channel| Some(format!("{}={}", channel.alias.as_ref()?, channel.name));
    channels.iter().filter_map(name).collect()
}

/// What there is to say of the channels: what they say themselves, and what of the packages asked for can't be read.
fn of_channels(job: &Job, records: &Records) -> Vec<String> {
    let asked = job.asked();
    let names = || asked.iter().map(|it| it.name.as_normalized());
    let mut notes = records.notes().always.clone();
    if names().any(|name| records.get(name).is_empty()) {
        notes.extend(records.notes().unread.iter().cloned());
    }
    notes.extend(names().flat_map(|name| records.faults(name)).map(str::to_owned));
    notes.dedup();
    notes
}

/// The notes on packages that come from another channel than the one that their line names.
fn of_other_channels(channels: &[Channel], outcomes: &[Outcome]) -> Vec<String> {
    let note = |outcome: &Outcome| {
        let (Fate::Kept { record } | Fate::Moved { record, .. }) = &outcome.fate else { return None };
        let named = outcome.pin.channel.as_deref()?;
        let asked = channels.iter().find(|channel| channel.is(named))?;
        let its = record.channel.as_deref().filter(|its| *its != asked.url.as_str())?;
        let from = channels.iter().find(|channel| channel.url.as_str() == its).map_or(its, |channel| &channel.name);
        Some(format!("the channel {named} has no {} that will do, and {from} has", outcome.pin.name.as_normalized()))
    };
    outcomes.iter().filter_map(note).collect()
}

/// The note on variables that don't get into the image.
fn secrets(variables: &BTreeMap<String, Variable>) -> Option<String> {
    let names: Vec<&str> =
        variables.iter().filter(|(_, value)| value.is_secret()).map(|(name, _)| name.as_str()).collect();
    let verb = if names.len() == 1 { "looks like a secret and stays" } else { "look like secrets and stay" };
    (!names.is_empty()).then(|| format!("{} {verb} out of the image; give containers an --env-file", and(&names)))
}

/// The notes on variables that the image can't have as the file has them.
fn unset(variables: &BTreeMap<String, Variable>) -> impl Iterator<Item = String> {
    let plain = variables.iter().filter_map(|(name, value)| match value {
        Variable::Plain(value) => Some((name, dockerfile::unset(name, value)?)),
        Variable::Secret { .. } => None,
    });
    plain.map(|(name, why)| format!("the variable {name} is not set in the image: {why}"))
}

/// What a package weighs: its size, and how often the channels had another version or build of it in a year.
fn weight(name: &str, chosen: &[RepoDataRecord], records: &Records) -> Weight {
    /// What is assumed of a package that doesn't say, in bytes.
    const SIZE: u64 = 1 << 20;
    let record = chosen.iter().find(|it| it.package_record.name.as_normalized() == name);
    let size = record.and_then(|it| it.package_record.size).unwrap_or(SIZE);
    let rows = records.get(name).iter().flat_map(|found| found.block.rows().iter());
    let mut builds: Vec<_> = rows.map(|row| (row.version(), row.build_number(), row.timestamp())).collect();
    let times = || builds.iter().filter_map(|(_, _, time)| *time);
    let years =
        times().min().zip(times().max()).map_or(0.0, |(first, last)| (last - first).total(Unit::Hour).unwrap_or(0.0))
            / (24.0 * 365.25);
    builds.sort_unstable();
    builds.dedup_by_key(|(version, number, _)| (*version, *number));
    #[allow(clippy::cast_precision_loss, reason = "neither has that many digits")]
    let (size, builds) = (size as f64, builds.len() as f64);
    Weight { size, changes: builds / years.max(1.0) }
}
