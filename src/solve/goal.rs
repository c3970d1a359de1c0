//! A wish held against the world: what would grant it, and what comes near.

use std::borrow::Cow;

use rattler_conda_types::{StringMatcher, Version, VersionSpec, VersionWithSource, version_spec::EqualityOperator};

use crate::intent::{Want, Wish};

use super::{
    ids::{NameId, SpecId},
    near::{distance, nearer},
    world::{Asks, World},
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
    /// The globs of the wanted variant: one of them is enough. Empty where every build will do.
    pub variant: Vec<SpecId>,
    /// The packages of the pins that need it.
    pub needed_by: Vec<NameId>,
}

impl Goal<'_> {
    /// Whether the package is to be installed. Otherwise it came with the platform of an export, and only its version
    /// is of interest.
    pub(super) fn is_wanted(&self) -> bool {
        self.wish.root || !self.wish.needed_by.is_empty()
    }
}

/// States the wishes in terms of the world, the most important first. Wishes for other platforms are left out.
pub(super) fn state<'w>(world: &mut World, wishes: &'w [Wish]) -> Vec<Goal<'w>> {
    let meant = wishes.iter().filter(|wish| wish.pin.only_for.is_none());
    let goals: Vec<Goal> = meant.filter_map(|wish| goal(world, wish)).collect();
    for goal in &goals {
        if let Some(wanted) = goal.wish.pin.want.exact() {
            exempt(world, goal.name, wanted.version());
            rank_near(world, goal.name, wanted.version());
        }
    }
    goals
}

fn goal<'w>(world: &mut World, wish: &'w Wish) -> Option<Goal<'w>> {
    let pin = &wish.pin;
    let name = world.name(pin.name.as_normalized())?;
    let version = match &pin.want {
        Want::Any => None,
        Want::Exact(version) => Some(exactly(version)),
        Want::Range(spec) => Some(spec.clone()),
    };
    let version = version.map(|version| {
        let text = format!("{} {}", pin.name.as_normalized(), version);
        world.add_spec(name, Cow::Owned(text), Asks { version: Some(version), ..Asks::default() })
    });
    let globs = pin.builds.iter().filter_map(|glob| Some((glob, glob.parse::<StringMatcher>().ok()?)));
    let variant = globs.map(|(glob, build)| {
        let text = format!("{} * {glob}", pin.name.as_normalized());
        world.add_spec(name, Cow::Owned(text), Asks { build: Some(build), ..Asks::default() })
    });
    let variant = variant.collect();
    let needed_by = wish.needed_by.iter().filter_map(|name| world.name(name.as_normalized())).collect();
    Some(Goal { wish, name, version, variant, needed_by })
}

fn exactly(version: &VersionWithSource) -> VersionSpec {
    VersionSpec::Exact(EqualityOperator::Equals, version.version().clone())
}

/// The builds of a wanted version are never late, unless there is one that had been built by the cut-off.
fn exempt(world: &mut World, name: NameId, wanted: &Version) {
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

/// Ranks the versions of a package by how near they are to the wanted one.
fn rank_near(world: &mut World, name: NameId, wanted: &Version) {
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
    for (rank, index) in order.into_iter().enumerate() {
        near[index] = rank;
    }
    world[name].near = near;
}
