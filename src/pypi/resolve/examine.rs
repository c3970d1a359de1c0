//! What the indexes have of the exact versions that are wanted.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::PackageName;
use tokio::task::JoinSet;

use super::{
    super::{
        PipFate, PipOutcome,
        index::{Asker, DistributionFile},
        leave_out_or_fail,
        near::nearer,
        refuse::PipRefusal,
        section::WantedLine,
        target::tags,
    },
    Resolution, State, Stuck,
    learn::best_source,
};
use crate::{intent::Os, words};

/// So many of the nearest versions are named.
const NEAREST: usize = 3;

enum Examined {
    Wheel,
    Source(DistributionFile),
    /// There is none for this platform.
    Elsewhere {
        why: String,
    },
    Refused {
        message: String,
        help: String,
        why: String,
    },
}

impl Resolution<'_> {
    /// Looks at what the indexes have of each exact version. Tells whether the question has changed.
    /// In an export, a version that can't be had gives way to the nearest that can.
    pub(super) async fn examine(&self, state: &mut State, asker: &Arc<Asker>) -> Result<bool, Stuck> {
        let mut tasks = JoinSet::new();
        for (index, wanted) in state.wanted.iter().enumerate() {
            let (Some(name), Some(version)) = (wanted.name.clone(), wanted.exact().cloned()) else { continue };
            let (asker, places) = (Arc::clone(asker), self.section.places.clone());
            tasks.spawn(async move { (index, asker.files(&places, &name, Some(&version)).await) });
        }
        let mut answers: Vec<_> = tasks.join_all().await;
        answers.sort_by_key(|(index, _)| *index);
        let (mut refused, mut gone, mut has_moved) = (Vec::new(), Vec::new(), false);
        let mut sources: Vec<(PackageName, DistributionFile)> = Vec::new();
        let mut all = BTreeMap::new();
        for (index, files) in answers {
            let wanted = &mut state.wanted[index];
            let files = files?;
            if let (Some(name), Some(files)) = (&wanted.name, &files) {
                all.insert(name.clone(), files.clone());
            }
            let verdict = self.verdict(wanted, files.as_deref());
            // What is of another platform may have but a stand-in here, under a number of its own.
            let is_foreign = matches!(verdict, Examined::Elsewhere { .. });
            let (why, refusal) = match verdict {
                Examined::Wheel => continue,
                Examined::Source(file) => {
                    sources.extend(wanted.name.clone().map(|name| (name, file)));
                    continue;
                }
                Examined::Elsewhere { why } => (why, None),
                Examined::Refused { message, help, why } => {
                    let refusal = PipRefusal::new(&wanted.line, message, help, why.clone());
                    (why, Some(refusal).filter(|_| !self.request.is_export))
                }
            };
            let is_alike = |nearest: &Version| {
                let major = |version: &Version| (version.epoch(), version.release().first().copied());
                !is_foreign || wanted.exact().is_some_and(|version| major(version) == major(nearest))
            };
            if self.request.is_export
                && let Some(nearest) = self.nearest(wanted, files.as_deref().unwrap_or_default()).filter(is_alike)
            {
                wanted.move_to(nearest, Some(why));
                has_moved = true;
                continue;
            }
            match refusal {
                Some(refusal) => refused.push(refusal),
                None => state.outcomes.push(PipOutcome::new(wanted, PipFate::Gone { why })),
            }
            gone.push(index);
        }
        state.files = Arc::new(all);
        leave_out_or_fail(refused, self.request, &mut state.outcomes)?;
        let has_changed = !gone.is_empty() || !sources.is_empty() || has_moved;
        let mut index = 0;
        state.wanted.retain(|_| {
            index += 1;
            !gone.contains(&(index - 1))
        });
        self.read(sources, true, state, asker).await?;
        Ok(has_changed)
    }

    /// What the files of a package mean for an exact version of it.
    fn verdict(&self, wanted: &WantedLine, files: Option<&[DistributionFile]>) -> Examined {
        let shown = wanted.line.shown();
        let Some(version) = wanted.exact() else { return Examined::Wheel };
        let perhaps = "it may have been installed from a directory or a repository, which an export doesn't tell: \
                       name where it is published (`name @ git+https://…@ref`), or take the line out";
        let elsewhere = format!(
            "a version with +{} is on an index of its own; name that in the pip section (`--extra-index-url https://…`, \
             `--find-links https://…`), or take the version without it",
            version.local().iter().map(ToString::to_string).collect::<Vec<_>>().join("."),
        );
        let help = if version.is_local() { elsewhere } else { perhaps.to_owned() };
        let Some(files) = files else {
            let (message, why) = (format!("`{shown}` is on no index"), "no index has it".to_owned());
            return Examined::Refused { message, help, why };
        };
        let of_version: Vec<&DistributionFile> = files.iter().filter(|file| file.version == *version).collect();
        if of_version.is_empty() {
            let nearest = nearest(version, files);
            let known =
                if nearest.is_empty() { String::new() } else { format!("; there are {}", words::and(&nearest)) };
            let message = format!("`{shown}` is a version that no index has{known}");
            return Examined::Refused { message, help, why: format!("no index has {version}") };
        }
        if of_version.iter().any(|file| file.is_wheel && self.target.fit(&file.name).is_some()) {
            return Examined::Wheel;
        }
        if let Some(source) = best_source(&of_version) {
            return Examined::Source(source.clone());
        }
        let systems: BTreeSet<Option<Os>> = of_version.iter().map(|file| system(&file.name)).collect();
        if !systems.contains(&None) && !systems.contains(&Some(Os::Linux)) {
            let names: Vec<String> = systems.iter().flatten().map(|system| system.name().to_owned()).collect();
            return Examined::Elsewhere { why: format!("only built for {}", words::and(&names)) };
        }
        let why = format!("no file for {}", self.target.title());
        let message = format!("`{shown}` has {why}");
        let help = "name a version that has one, or take a base image with a newer glibc where that is what is missing";
        Examined::Refused { message, help: help.to_owned(), why }
    }

    /// The nearest version that can be had: one with a wheel, or else one that can be built.
    fn nearest(&self, wanted: &WantedLine, files: &[DistributionFile]) -> Option<Version> {
        let version = wanted.exact()?;
        let may_be_early = !version.is_stable() || self.section.prereleases;
        let will_do = |file: &&DistributionFile| {
            !file.is_wheel && !file.is_yanked && (may_be_early || file.version.is_stable()) && self.is_for_python(file)
        };
        let nearest =
            |versions: &mut dyn Iterator<Item = &Version>| versions.min_by(|a, b| nearer(a, b, version)).cloned();
        nearest(&mut self.usable(version, files).map(|file| &file.version))
            .or_else(|| nearest(&mut files.iter().filter(will_do).map(|file| &file.version)))
    }

    /// Whether a file is for the Python, as far as it says.
    pub(super) fn is_for_python(&self, file: &DistributionFile) -> bool {
        let python = self.target.version.parse::<Version>();
        let is_for = |versions: &VersionSpecifiers| python.map_or(true, |python| versions.contains(&python));
        file.requires_python.as_ref().is_none_or(is_for)
    }
}

/// The versions next to one, in order.
fn nearest(version: &Version, files: &[DistributionFile]) -> Vec<String> {
    let all: BTreeSet<&Version> = files.iter().filter(|file| !file.is_yanked).map(|file| &file.version).collect();
    let below = all.range::<Version, _>(..version).next_back();
    let above = all.range::<Version, _>(version..).take(NEAREST - 1);
    below.into_iter().chain(above).map(ToString::to_string).collect()
}

/// The system that a wheel is for; `None` where it is for any.
fn system(file: &str) -> Option<Os> {
    let [_, _, platform] = tags(file)?;
    match platform {
        _ if platform.starts_with("macosx") => Some(Os::Osx),
        _ if platform.starts_with("win") => Some(Os::Win),
        "any" => None,
        _ => Some(Os::Linux),
    }
}
