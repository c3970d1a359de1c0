//! A wish held against the universe: what would grant it, and what comes near.

use std::borrow::Cow;

use rattler_conda_types::{StringMatcher, Version, VersionSpec, VersionWithSource, version_spec::EqualityOperator};

use crate::intent::{Want, Wish};

use super::{
    ids::{NameId, SpecId},
    near::{distance, nearer, series},
    universe::{Asks, Universe},
};

/// A wish and what would grant it.
#[derive(Debug)]
pub(super) struct Goal<'w> {
    /// What is wanted.
    pub wish: &'w Wish,
    /// Its package.
    pub name: NameId,
    /// The wanted version; `None` where every version will do.
    pub version: Option<SpecId>,
    /// The wanted minor version of the interpreter of a language other than python.
    pub series: Option<SpecId>,
    /// The globs of the wanted variant: one of them is enough. Empty where every build will do.
    pub variant: Vec<SpecId>,
}

/// What runs a language other than python. Its packages are built for one minor version of it, and all move with that.
const INTERPRETERS: [&str; 5] = ["julia", "nodejs", "perl", "r-base", "ruby"];

impl Goal<'_> {
    /// The specs that tell the candidates of the package apart.
    pub(super) fn specs(&self) -> impl Iterator<Item = SpecId> {
        self.version.iter().chain(&self.series).chain(&self.variant).copied()
    }
}

/// States the wishes in terms of the universe, the most important first.
pub(super) fn state<'w>(world: &mut Universe, wishes: &'w [Wish]) -> Vec<Goal<'w>> {
    let goals: Vec<Goal> = wishes.iter().filter_map(|wish| goal(world, wish)).collect();
    for goal in &goals {
        let want = &goal.wish.pin.want;
        if let Some(wanted) = want.exact() {
            exempt(world, goal.name, wanted.version());
        }
        if let Some(aim) = want.aim() {
            rank_near(world, goal.name, want, &aim);
        }
    }
    goals
}

fn goal<'w>(world: &mut Universe, wish: &'w Wish) -> Option<Goal<'w>> {
    let pin = &wish.pin;
    let name = world.name(pin.name.as_normalized())?;
    let version = wanted_version(&pin.want);
    let series = pin.want.aim().filter(|_| INTERPRETERS.contains(&pin.name.as_normalized())).map(|it| series(&it));
    let mut of_version = |version: VersionSpec| {
        let text = format!("{} {}", pin.name.as_normalized(), version);
        world.add_spec(name, Cow::Owned(text), Asks { version: Some(version), ..Asks::default() })
    };
    let (version, series) = (version.map(&mut of_version), series.map(&mut of_version));
    let globs = pin.builds.iter().filter_map(|glob| Some((glob, glob.parse::<StringMatcher>().ok()?)));
    let variant = globs.map(|(glob, build)| {
        let text = format!("{} * {glob}", pin.name.as_normalized());
        world.add_spec(name, Cow::Owned(text), Asks { build: Some(build), ..Asks::default() })
    });
    let variant = variant.collect();
    Some(Goal { wish, name, version, series, variant })
}

/// The versions that are wanted; `None` where every version will do.
pub(super) fn wanted_version(want: &Want) -> Option<VersionSpec> {
    match want {
        Want::Any => None,
        Want::Exact(version) => Some(exactly(version)),
        Want::Range(spec) => Some(spec.clone()),
    }
}

fn exactly(version: &VersionWithSource) -> VersionSpec {
    VersionSpec::Exact(EqualityOperator::Equals, version.version().clone())
}

/// The builds of a wanted version are never late, unless there is one that had been built by the cut-off.
fn exempt(world: &mut Universe, name: NameId, wanted: &Version) {
    let Ok(version) = world[name].versions.binary_search(wanted) else { return };
    let candidates = world[name].candidates.clone();
    let of_version = || candidates.iter().copied().filter(|&candidate| world[candidate].version == version);
    if of_version().all(|candidate| world[candidate].late) {
        let builds: Vec<_> = of_version().collect();
        for candidate in builds {
            world[candidate].late = false;
        }
    }
}

/// Ranks the versions of a package by how near they are to the wanted one. Those that are wanted are all the same.
fn rank_near(world: &mut Universe, name: NameId, want: &Want, wanted: &Version) {
    let versions = &world[name].versions;
    let mut late = vec![true; versions.len()];
    for &candidate in &world[name].candidates {
        late[world[candidate].version] &= world[candidate].late;
    }
    let mut order: Vec<usize> = (0..versions.len()).collect();
    order.sort_by(|&a, &b| {
        let far = |index: usize| (distance(&versions[index], wanted), late[index]);
        far(a).cmp(&far(b)).then_with(|| nearer(&versions[a], &versions[b], wanted))
    });
    let mut near = vec![0; versions.len()];
    for (rank, index) in (1..).zip(order) {
        near[index] = if want.matches(&versions[index]) { 0 } else { rank };
    }
    world[name].near = near;
}
