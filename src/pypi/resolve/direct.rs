//! What stands directly against a pin: what packages say that they need of each other, before uv is asked.
//!
//! A pin that needs another Python, or another version of what conda provides, moves. Of two pins that contradict each
//! other the one that is needed moves, where a version of it goes with all the others; else the one that needs it does.

use std::{collections::BTreeMap, sync::Arc};

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{PackageName, Requirement, VerbatimUrl, VersionOrUrl};
use rattler_conda_types::PackageName as CondaName;
use tokio::task::JoinSet;

use super::{Ask, Resolution, State};
use crate::pypi::{
    PipFate, PipOutcome,
    index::DistributionFile,
    learned::Learned,
    near::nearer,
    provided::Provided,
    requires::{of_small_wheel, read},
    section::WantedLine,
    store,
    stub::MARK,
};

/// So many versions of a package are looked at, the nearest first.
const VERSIONS: usize = 64;
/// So many at a time.
const AT_A_TIME: usize = 8;
/// So often pins move because of each other.
const MOVES: usize = 200;

/// What versions say that they need; nothing of those that don't say it.
pub(super) type Known = BTreeMap<(PackageName, Version), Option<Vec<Requirement<VerbatimUrl>>>>;

/// What stands against a version.
enum Obstacle<'a> {
    /// It is for other versions of Python.
    Python(String),
    /// It needs another version of what conda provides.
    Conda(&'a PackageName, &'a VersionSpecifiers, &'a Provided),
    /// It needs another version of a pin.
    Pin(&'a PackageName, &'a VersionSpecifiers, &'a Version),
    /// A pin needs another version of it.
    Needed(&'a PackageName, &'a Version, &'a VersionSpecifiers),
}

impl Obstacle<'_> {
    /// In words; `name` is the package that it stands against.
    fn why(&self, name: &PackageName) -> String {
        match self {
            Self::Python(versions) => format!("it needs python {versions}"),
            Self::Conda(other, versions, it) => {
                format!("it needs {other} {}, and conda has {}", short(versions), it.title())
            }
            Self::Pin(other, versions, version) => {
                format!("it needs {other} {}, and {other} {version} is taken", short(versions))
            }
            Self::Needed(other, version, versions) => format!("{other} {version} needs {name} {}", short(versions)),
        }
    }
}

impl Resolution<'_> {
    /// Moves the pins that contradict each other, Python or what conda provides directly. Tells whether any has moved.
    pub(super) async fn settle_directly(&self, state: &mut State, ask: &Ask<'_>) -> bool {
        let mut known = std::mem::take(&mut state.known);
        let mut has_moved = false;
        for _ in 0..MOVES {
            let pins = pins(&state.wanted);
            self.learn_needs(
                pins.iter().map(|(name, version)| ((*name).clone(), (*version).clone())),
                state,
                &mut known,
                ask,
            )
            .await;
            let pins = owned(pins);
            let Some((index, why, limit, other)) = self.first_contradiction(state, &pins, &known) else { break };
            has_moved = true;
            state.limits.extend(limit);
            // What is needed moves where it can.
            if let Some((needed, why)) = other
                && let (Some(version), _) = self.nearest_fitting(needed, state, &pins, &mut known, ask).await
            {
                state.wanted[needed].move_to(version, Some(why));
                state.forget_moved(self.lines);
                continue;
            }
            match self.nearest_fitting(index, state, &pins, &mut known, ask).await {
                (Some(version), _) => state.wanted[index].move_to(version, Some(why)),
                (None, true) => {
                    let gone = state.wanted.remove(index);
                    state.outcomes.push(PipOutcome::new(&gone, PipFate::Gone { why }));
                }
                (None, false) => {
                    state.wanted[index].give_way();
                    if let Some(gave) = &mut state.wanted[index].gave {
                        gave.why.get_or_insert(why);
                    }
                }
            }
            state.forget_moved(self.lines);
        }
        state.known = known;
        has_moved
    }

    /// The first pin that something stands against: its place, why, the conda package that is free to move with the
    /// versions that would do, and the place of the pin that it needs otherwise, with why that would move.
    #[allow(clippy::type_complexity, reason = "the parts are used once, side by side")]
    fn first_contradiction(
        &self,
        state: &State,
        pins: &BTreeMap<PackageName, Version>,
        known: &Known,
    ) -> Option<(usize, String, Option<(CondaName, String)>, Option<(usize, String)>)> {
        let found = |is_settled: bool| {
            state.wanted.iter().enumerate().find_map(|(index, wanted)| {
                let (name, version) = (wanted.name.as_ref()?, wanted.exact()?);
                let obstacle = self.obstacle(name, version, &wanted.extras, state, pins, known)?;
                let is_pin = matches!(obstacle, Obstacle::Pin(..) | Obstacle::Needed(..));
                (is_pin != is_settled).then_some((index, name, version, obstacle))
            })
        };
        let (index, name, version, obstacle) = found(true).or_else(|| found(false))?;
        let place = |name: &PackageName| state.wanted.iter().position(|it| it.name.as_ref() == Some(name));
        let (limit, other) = match &obstacle {
            Obstacle::Conda(_, versions, it) if self.is_free(it) => {
                (Some((CondaName::new_unchecked(&*it.conda), short(versions))), None)
            }
            Obstacle::Pin(other, versions, _) => {
                (None, place(other).map(|at| (at, Obstacle::Needed(name, version, versions).why(other))))
            }
            Obstacle::Python(_) | Obstacle::Conda(..) | Obstacle::Needed(..) => (None, None),
        };
        // It is the one that is needed, and moves first.
        if let Obstacle::Needed(by, by_version, versions) = &obstacle
            && let Some(by_index) = place(by)
        {
            let why = Obstacle::Pin(name, versions, version).why(by);
            let own = Obstacle::Needed(by, by_version, versions).why(name);
            return Some((by_index, why, None, Some((index, own))));
        }
        Some((index, obstacle.why(name), limit, other))
    }

    /// What stands directly against a version of a package.
    fn obstacle<'a>(
        &'a self,
        name: &'a PackageName,
        version: &'a Version,
        extras: &str,
        state: &'a State,
        pins: &'a BTreeMap<PackageName, Version>,
        known: &'a Known,
    ) -> Option<Obstacle<'a>> {
        let markers = self.target.markers();
        let extras: Vec<_> =
            extras.trim_matches(['[', ']']).split(',').filter_map(|extra| extra.trim().parse().ok()).collect();
        let files: Vec<&DistributionFile> =
            state.files.get(name)?.iter().filter(|file| file.version == *version).collect();
        if !files.is_empty() && !files.iter().any(|file| self.is_for_python(file)) {
            let versions = files.iter().find_map(|file| file.requires_python.as_ref()).map(short);
            return Some(Obstacle::Python(versions.unwrap_or_default()));
        }
        let needs_of = |name: &PackageName, version: &Version| known.get(&(name.clone(), version.clone()))?.as_ref();
        let own = needs_of(name, version);
        let of_conda = |it: &'a Requirement<VerbatimUrl>| {
            let versions = specifiers(it)?;
            let provided = self.provided.get(&it.name)?;
            (!versions.contains(&provided.version)).then_some(Obstacle::Conda(&it.name, versions, provided))
        };
        let of_pins = |it: &'a Requirement<VerbatimUrl>| {
            let versions = specifiers(it)?;
            let pinned = pins.get(&it.name).filter(|_| it.name != *name && !self.provided.contains_key(&it.name))?;
            (!versions.contains(pinned)).then_some(Obstacle::Pin(&it.name, versions, pinned))
        };
        let meant = || own.into_iter().flatten().filter(|it| it.marker.evaluate(&markers, &extras));
        let needed = || {
            pins.iter().filter(|(other, _)| *other != name).find_map(|(other, other_version)| {
                let needs = needs_of(other, other_version)?;
                let meant = needs.iter().filter(|it| it.name == *name && it.marker.evaluate(&markers, &[]));
                let versions = meant.filter_map(specifiers).find(|versions| !versions.contains(version))?;
                Some(Obstacle::Needed(other, other_version, versions))
            })
        };
        meant().find_map(of_conda).or_else(|| meant().find_map(of_pins)).or_else(needed)
    }

    /// The nearest version of a pin that nothing stands directly against; and whether all were looked at.
    async fn nearest_fitting(
        &self,
        index: usize,
        state: &State,
        pins: &BTreeMap<PackageName, Version>,
        known: &mut Known,
        ask: &Ask<'_>,
    ) -> (Option<Version>, bool) {
        let wanted = &state.wanted[index];
        let (Some(name), Some(now)) = (wanted.name.clone(), wanted.exact().cloned()) else { return (None, false) };
        let aim = wanted.gave.as_ref().and_then(|gave| asked(&gave.asked)).unwrap_or_else(|| now.clone());
        let files = state.files.get(&name).map(Vec::as_slice).unwrap_or_default();
        let mut versions: Vec<&Version> =
            self.usable(&aim, files).map(|file| &file.version).filter(|it| **it != now).collect();
        versions.sort_by(|a, b| nearer(a, b, &aim));
        versions.dedup();
        let is_complete = versions.len() <= VERSIONS && files.iter().all(|file| file.is_wheel);
        let versions: Vec<Version> = versions.into_iter().take(VERSIONS).cloned().collect();
        let mut others = pins.clone();
        others.remove(&name);
        for some in versions.chunks(AT_A_TIME) {
            self.learn_needs(some.iter().map(|version| (name.clone(), version.clone())), state, known, ask).await;
            // What doesn't say what it needs can't be judged; uv looks into it.
            if some.iter().any(|version| known.get(&(name.clone(), version.clone())).is_some_and(Option::is_none)) {
                return (None, false);
            }
            let fits =
                |version: &&Version| self.obstacle(&name, version, &wanted.extras, state, &others, known).is_none();
            if let Some(version) = some.iter().find(fits) {
                return (Some(version.clone()), true);
            }
        }
        (None, is_complete)
    }

    /// The files that can be taken in the place of a version: wheels that fit.
    pub(super) fn usable<'f>(
        &self,
        version: &Version,
        files: &'f [DistributionFile],
    ) -> impl Iterator<Item = &'f DistributionFile> {
        let may_be_early = !version.is_stable() || self.section.prereleases;
        files.iter().filter(move |file| {
            file.is_wheel
                && !file.is_yanked
                && (may_be_early || file.version.is_stable())
                && self.is_for_python(file)
                && self.target.fit(&file.name).is_some()
        })
    }

    /// Learns what versions need that isn't known yet.
    pub(super) async fn learn_needs(
        &self,
        versions: impl Iterator<Item = (PackageName, Version)>,
        state: &State,
        known: &mut Known,
        ask: &Ask<'_>,
    ) {
        let options = self.request.options;
        let mut tasks = JoinSet::new();
        for (name, version) in versions.filter(|it| !known.contains_key(it)).collect::<Vec<_>>() {
            let files = state.files.get(&name).into_iter().flatten().filter(|file| file.version == version);
            let fitting = files.filter_map(|file| Some((self.target.fit(&file.name)?, file)));
            let Some((_, file)) = fitting.min_by(|(a, _), (b, _)| a.cmp(b)) else {
                let learned = store::read::<Learned>(&options.cache_dir, &self.key(&name, &version));
                let texts = learned.and_then(|learned| learned.sdist.requires);
                known.insert((name, version), texts.map(|texts| read(&texts)));
                continue;
            };
            let (asker, file) = (Arc::clone(ask.asker), file.clone());
            let (cache_dir, offline) = (options.cache_dir.clone(), options.offline);
            tasks.spawn(async move {
                let texts = of_small_wheel(&asker, &file, &cache_dir, offline).await;
                ((name, version), texts.map(|texts| read(&texts)))
            });
        }
        known.extend(tasks.join_all().await);
    }
}

impl State {
    /// Learns from uv's words what versions need that don't say it where it can be read: `a==1 depends on b>=2,<3`.
    pub(super) fn learn_from(&mut self, text: &str) {
        for (key, requirement) in facts(text) {
            let needs = self.known.entry(key).or_default().get_or_insert_default();
            if !needs.contains(&requirement) {
                needs.push(requirement);
            }
        }
    }

    /// Forgets what holds packages to versions that no line asks for any more.
    fn forget_moved(&mut self, lines: &[WantedLine]) {
        let wanted = &self.wanted;
        self.learned.retain(|name, learned| {
            let is_it = |it: &&WantedLine| it.name.as_ref() == Some(name);
            let is_wanted = |it: &WantedLine| it.exact() == Some(&learned.version);
            !learned.is_held || !lines.iter().any(|it| is_it(&it)) || wanted.iter().filter(is_it).any(is_wanted)
        });
    }
}

/// What uv says that exact versions need. What it says of a stand-in follows from the question, and is no fact.
fn facts(text: &str) -> Vec<((PackageName, Version), Requirement<VerbatimUrl>)> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fact = |(at, mark): (usize, &str)| {
        let (name, version) = text.get(..at)?.rsplit(' ').next()?.split_once("==")?;
        let needed = text.get(at + mark.len()..)?.split(' ').next()?.trim_end_matches([',', '.']);
        let is_stub = needed.contains(MARK) || needed.starts_with("Python");
        let requirement = needed.parse().ok().filter(|_| !is_stub)?;
        Some(((name.parse().ok()?, version.parse().ok()?), requirement))
    };
    text.match_indices(" depends on ").filter_map(fact).collect()
}

/// The exact versions that are wanted.
fn pins(wanted: &[WantedLine]) -> Vec<(&PackageName, &Version)> {
    wanted.iter().filter_map(|it| Some((it.name.as_ref()?, it.exact()?))).collect()
}

fn owned(pins: Vec<(&PackageName, &Version)>) -> BTreeMap<PackageName, Version> {
    pins.into_iter().map(|(name, version)| (name.clone(), version.clone())).collect()
}

/// The one version of a specifier.
fn asked(versions: &VersionSpecifiers) -> Option<Version> {
    let [only] = &versions[..] else { return None };
    Some(only.version().clone())
}

fn specifiers(requirement: &Requirement<VerbatimUrl>) -> Option<&VersionSpecifiers> {
    match &requirement.version_or_url {
        Some(VersionOrUrl::VersionSpecifier(versions)) => Some(versions),
        _ => None,
    }
}

/// Specifiers without blanks.
fn short(versions: &VersionSpecifiers) -> String {
    versions.to_string().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_uv_says_that_versions_need_is_learned() {
        // As uv 0.13 has it.
        let text = "No solution found when resolving dependencies\n  cause: Because tensorboard==2.13.0 depends on \
                    tensorboard-data-server>=0.7.0,<0.8.0 and you require tensorboard==2.13.0, we can conclude that you \
                    require tensorboard-data-server>=0.7.0,<0.8.0.\n         And because pydeck==0.6.2 depends on \
                    numpy>=1.16.4 and matplotlib==3.2.2 depends on numpy==1.15.4+conda, we can conclude that \
                    matplotlib==3.2.2 and pydeck==0.6.2 are incompatible.\n And because pyparsing==3.0.9 depends on \
                    Python>=3.6.8, and datasets>=1.0.0,<=2.4.0 depends on numpy>=1.17, we can conclude nothing.";
        let facts: Vec<String> = facts(text)
            .into_iter()
            .map(|((name, version), needs)| format!("{name} {version}: {}", needs.to_string().replace(' ', "")))
            .collect();
        assert_eq!(facts, ["tensorboard 2.13.0: tensorboard-data-server>=0.7.0,<0.8.0", "pydeck 0.6.2: numpy>=1.16.4"]);
    }
}
