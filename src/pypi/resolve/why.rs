//! What became of each line, and why.
//!
//! Why a version can't be had is told by what packages say that they need: the version needs something that the others
//! don't have, or one of the others needs another version of it. Where it is less direct than that, uv's words tell
//! which packages stand in the way.

use std::collections::BTreeMap;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{PackageName, Requirement, VerbatimUrl, VersionOrUrl};
use rattler_conda_types::PackageName as CondaName;

use super::{
    Ask, Resolution, State,
    wishes::{Refusals, names, version},
};
use crate::{
    pypi::{
        PipFate, PipLock, PipOutcome,
        choose::Chosen,
        error::PipError,
        index::DistributionFile,
        learned::Learned,
        requires::{AllRequires, of_small_wheel, read},
        section::{PipSource, WantedLine},
        store,
    },
    words::and,
};

/// So many packages are named as standing in the way.
const NAMED: usize = 3;

/// What a package needs of another one, and what there is of that.
struct Unmet {
    why: String,
    /// The conda package that is free to move, with the versions that would do.
    limit: Option<(CondaName, String)>,
}

impl Resolution<'_> {
    /// Adds what became of the lines to the lock.
    pub(super) async fn outcomes(
        &self,
        state: &State,
        chosen: &[Chosen],
        requires: &AllRequires,
        refusals: &Refusals,
        ask: &Ask<'_>,
        lock: &mut PipLock,
    ) -> Result<(), PipError> {
        lock.outcomes.extend(state.outcomes.iter().cloned());
        for (index, wanted) in state.wanted.iter().enumerate() {
            let version = version(chosen, wanted);
            let (Some(gave), Some(version)) = (&wanted.gave, &version) else {
                let version = version.map(|version| version.to_string());
                lock.outcomes.push(PipOutcome::new(wanted, PipFate::Kept { version }));
                continue;
            };
            let why = if let Some(why) = &gave.why {
                why.clone()
            } else {
                let unmet = self.unmet(wanted, state, chosen, requires, ask).await?;
                lock.limits.extend(unmet.as_ref().and_then(|unmet| unmet.limit.clone()));
                let text = refusals.get(&index).map(String::as_str).unwrap_or_default();
                unmet.map_or_else(|| self.in_the_way(text, wanted), |unmet| unmet.why)
            };
            lock.outcomes.push(PipOutcome::new(wanted, PipFate::Moved { version: version.to_string(), why }));
        }
        Ok(())
    }

    /// What stands directly against the version that a line asks for.
    async fn unmet(
        &self,
        wanted: &WantedLine,
        state: &State,
        chosen: &[Chosen],
        requires: &AllRequires,
        ask: &Ask<'_>,
    ) -> Result<Option<Unmet>, PipError> {
        let (Some(name), Some(aim)) = (&wanted.name, wanted.gave.as_ref().and_then(|gave| gave.aim.as_ref())) else {
            return Ok(None);
        };
        let files = ask.asker.files(&self.section.places, name, Some(aim)).await?.unwrap_or_default();
        let files: Vec<&DistributionFile> = files.iter().filter(|file| file.version == *aim).collect();
        if !files.is_empty() && !files.iter().any(|file| self.is_for_python(file)) {
            let python = files.iter().find_map(|file| file.requires_python.as_ref()).map(short).unwrap_or_default();
            return Ok(Some(Unmet { why: format!("it needs python {python}"), limit: None }));
        }
        let own = self.requires_of(name, aim, &files, ask).await;
        let settled: BTreeMap<&str, &WantedLine> = state
            .wanted
            .iter()
            .filter(|it| it.gave.is_none())
            .filter_map(|it| Some((it.name.as_ref()?.as_ref(), it)))
            .collect();
        let found = |name: &PackageName| chosen.iter().find(|it| it.name == *name)?.version.clone();
        for it in &self.meant(&own, wanted) {
            let Some(VersionOrUrl::VersionSpecifier(versions)) = &it.version_or_url else { continue };
            if let Some(provided) = self.provided.get(&it.name) {
                if !versions.contains(&provided.version) {
                    let why = format!("it needs {} {}, and conda has {}", it.name, short(versions), provided.title());
                    let limit =
                        self.is_free(provided).then(|| (CondaName::new_unchecked(&*provided.conda), short(versions)));
                    return Ok(Some(Unmet { why, limit }));
                }
            } else if let Some(version) = found(&it.name).filter(|_| settled.contains_key(it.name.as_ref()))
                && !versions.contains(&version)
            {
                let why = format!("it needs {} {}, and {} {version} is taken", it.name, short(versions), it.name);
                return Ok(Some(Unmet { why, limit: None }));
            }
        }
        for (other, needs) in requires.iter().filter(|(other, _)| settled.contains_key(other.as_ref())) {
            for it in needs.iter().filter(|it| it.name == *name) {
                let Some(VersionOrUrl::VersionSpecifier(versions)) = &it.version_or_url else { continue };
                let is_meant = it.marker.evaluate(&self.target.markers(), &[]);
                if is_meant
                    && !versions.contains(aim)
                    && let Some(version) = found(other)
                {
                    let why = format!("{other} {version} needs {name} {}", short(versions));
                    return Ok(Some(Unmet { why, limit: None }));
                }
            }
        }
        Ok(None)
    }

    /// What a version says that it needs: what was learned of its archive, or the metadata beside its wheel.
    async fn requires_of(
        &self,
        name: &PackageName,
        version: &Version,
        files: &[&DistributionFile],
        ask: &Ask<'_>,
    ) -> Vec<Requirement<VerbatimUrl>> {
        let options = self.request.options;
        let fitting = files.iter().filter_map(|file| Some((self.target.fit(&file.name)?, file)));
        let texts = match fitting.min_by(|(a, _), (b, _)| a.cmp(b)) {
            Some((_, file)) => of_small_wheel(ask.asker, file, &options.cache_dir, options.offline).await,
            None => {
                store::read::<Learned>(&options.cache_dir, &self.key(name, version)).and_then(|it| it.sdist.requires)
            }
        };
        texts.map(|texts| read(&texts)).unwrap_or_default()
    }

    /// Those of the requirements that count on the target, with the extras of the line.
    fn meant<'r>(&self, all: &'r [Requirement<VerbatimUrl>], wanted: &WantedLine) -> Vec<&'r Requirement<VerbatimUrl>> {
        let extras: Vec<_> =
            wanted.extras.trim_matches(['[', ']']).split(',').filter_map(|extra| extra.trim().parse().ok()).collect();
        all.iter().filter(|it| it.marker.evaluate(&self.target.markers(), &extras)).collect()
    }

    /// Which packages uv names besides one that can't be had.
    pub(super) fn in_the_way(&self, text: &str, wanted: &WantedLine) -> String {
        let own = wanted.name.as_ref().map(ToString::to_string).unwrap_or_default();
        let pins = self.section_pins(text, &own);
        let of_conda = self
            .provided
            .iter()
            .filter(|(name, it)| name.as_ref() != own && text.contains(&format!("{name}=={}+conda", it.version)));
        let mut all: Vec<String> = of_conda.map(|(_, it)| format!("conda's {}", it.title())).collect();
        all.extend(pins);
        all.truncate(NAMED);
        if all.is_empty() {
            "it doesn't go with the others".to_owned()
        } else {
            format!("it doesn't go with {}", and(&all))
        }
    }

    /// The pins of the section that a text names, but for one's own.
    fn section_pins(&self, text: &str, own: &str) -> Vec<String> {
        let exact = self.lines.iter().filter(|it| matches!(it.source, PipSource::Index(_)));
        let pins = exact.filter_map(|it| Some((it.name.as_ref()?.to_string(), it.exact()?)));
        let pins = pins
            .filter(|(name, version)| name != own && names(text, name) && text.contains(&format!("{name}=={version}")));
        pins.map(|(name, version)| format!("{name} {version}")).collect()
    }
}

/// Specifiers without blanks.
fn short(versions: &VersionSpecifiers) -> String {
    versions.to_string().replace(' ', "")
}
