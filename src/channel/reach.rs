//! Everything that names can depend on.

#![allow(clippy::indexing_slicing, reason = "a record table is opened only if all of its numbers lead somewhere")]

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use foldhash::fast::FixedState;
use rattler_conda_types::{MatchSpecCondition, PackageName, PackageNameMatcher};
use rayon::iter::{IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use tokio::task::JoinSet;

use super::{
    Asked, Channel, ChannelError, Notes, Records, Rows, cache::Cache, index_file::Damaged, record_table::RecordTable,
    server::Remote, source::Source, store::Lookup,
};
use crate::base::match_spec;

/// What a package needs that is for another platform.
const ELSEWHERE: [&str; 2] = ["__win", "__osx"];

/// So many names are looked up before another processor is asked to help.
const AT_LEAST: usize = 8;

/// What was found.
pub(super) struct Reached {
    pub records: Records,
    /// Every name that was looked for, also in vain.
    pub names: HashSet<Box<str>, FixedState>,
}

/// Why something wasn't found. The number is that of the source.
pub(super) enum ReadObstacle {
    /// The index file is damaged.
    Damaged(usize),
    /// A shard can't be had.
    Shard(usize, ChannelError),
}

/// Looks for names, and for what they can depend on, in all sources at once, since what one of them needs may be in
/// another. A shard that isn't at hand is asked for as soon as its name is known.
pub(super) async fn reach(
    sources: &[Source],
    channels: &[Channel],
    notes: &Notes,
    names: &[Asked],
    remote: &Arc<Remote>,
) -> Result<Reached, ReadObstacle> {
    let origins = sources.iter().map(|source| source.origin.clone()).collect();
    let mut search = ReachSearch::of(Records::of_channels(origins, channels.to_vec(), notes.clone()));
    let mut shards = JoinSet::new();
    for asked in names {
        search.ask(asked);
    }
    loop {
        while !search.waiting.is_empty() {
            let names = std::mem::take(&mut search.waiting);
            for (name, found) in names.iter().zip(look_up(sources, &names, &remote.cache)) {
                for ((number, source), found) in sources.iter().enumerate().zip(found) {
                    match found.map_err(|_| ReadObstacle::Damaged(number))? {
                        Lookup::Nothing => {}
                        Lookup::Records(block) => search.take(number, block),
                        Lookup::Shard(hash) => {
                            let shard = source.shard(remote, name, hash);
                            shards.spawn(async move { (number, shard.await) });
                        }
                    }
                }
            }
        }
        let Some(shard) = shards.join_next().await else { break };
        let (number, block) = shard.unwrap_or_else(|failed| (0, Err(failed.into())));
        if let Some(block) = block.map_err(|error| ReadObstacle::Shard(number, error))? {
            search.take(number, block);
        }
    }
    Ok(Reached { records: search.records, names: search.names })
}

/// What each source has of each name. Of shards, each is a file of the cache to be read.
fn look_up(sources: &[Source], names: &[Box<str>], cache: &Cache) -> Vec<Vec<Result<Lookup, Damaged>>> {
    let of_name = |name| sources.iter().map(|source| source.store.find(cache, name)).collect();
    names.par_iter().with_min_len(AT_LEAST).map(|name| of_name(name)).collect()
}

impl Records {
    /// The records of these names, and of every name that they can depend on: those that [`fetch`](super::fetch) gives for
    /// them, out of those that it gave for more.
    #[must_use]
    pub fn within(&self, names: impl IntoIterator<Item = impl Into<Asked>>) -> Self {
        let mut search = ReachSearch::of(self.without_any());
        for asked in names {
            search.ask(&asked.into());
        }
        while let Some(name) = search.waiting.pop() {
            for found in self.get(&name) {
                search.note_needs(found.block.rows());
                search.records.add_found(found.clone());
            }
            for wheel in self.only_wheels(&name) {
                search.note_wheel(wheel.depends.iter().map(String::as_str));
            }
        }
        search.records
    }
}

struct ReachSearch {
    records: Records,
    names: HashSet<Box<str>, FixedState>,
    /// The names that haven't been looked for yet.
    waiting: Vec<Box<str>>,
    /// The extras that are asked for, by name.
    extras: HashMap<Box<str>, Vec<Box<str>>, FixedState>,
}

impl ReachSearch {
    fn of(records: Records) -> Self {
        Self { records, names: HashSet::default(), waiting: Vec::new(), extras: HashMap::default() }
    }

    /// Notes a package to be looked for, with its extras.
    fn ask(&mut self, Asked { name, extras }: &Asked) {
        self.note(name.as_normalized());
        self.note_extras(name.as_normalized(), extras);
    }

    /// Takes the records of a name, and notes what they need. Wheels may come to be installed where there is nothing else of
    /// that name.
    fn take(&mut self, number: usize, block: RecordTable) {
        let rows = block.rows();
        self.note_needs(rows);
        if rows.is_empty() {
            for wheel in rows.wheels() {
                self.note_wheel(wheel.depends.lines());
            }
        }
        self.records.add(number, block);
    }

    /// Notes what records need, but for those of another platform. Most records of a name need the same, so each list
    /// and each text is looked at once.
    fn note_needs(&mut self, rows: Rows) {
        let mut lists = vec![false; rows.lists()];
        let mut texts = vec![false; rows.texts()];
        for row in rows.iter() {
            lists[row.depends_id() as usize] = true;
        }
        for id in (0..).zip(lists).filter_map(|(id, is_needed)| is_needed.then_some(id)) {
            if rows.list(id).any(|text| is_for_elsewhere(rows.text(text))) {
                continue;
            }
            for text in rows.list(id) {
                texts[text as usize] = true;
            }
        }
        for id in (0..).zip(texts).filter_map(|(id, is_needed)| is_needed.then_some(id)) {
            self.note_spec(rows.text(id));
        }
        if let Some(extras) = self.extras.get(rows.name()).cloned() {
            for extra in &extras {
                self.note_extra(rows, extra);
            }
        }
    }

    /// Notes what a wheel needs, and what installs it.
    fn note_wheel<'t>(&mut self, depends: impl Iterator<Item = &'t str>) {
        self.note("pip");
        for text in depends {
            self.note_spec(text);
        }
    }

    /// Notes what records need where one of their extras is asked for.
    fn note_extra(&mut self, rows: Rows, extra: &str) {
        let mut texts: HashSet<&str, FixedState> = HashSet::default();
        for row in rows.iter() {
            texts.extend(row.extra_depends().filter(|(group, _)| *group == extra).map(|(_, text)| text));
        }
        for text in texts {
            self.note_spec(text);
        }
    }

    /// Notes that extras of a package are asked for.
    fn note_extras(&mut self, name: &str, extras: &[String]) {
        for extra in extras {
            let known = self.extras.entry(name.into()).or_default();
            if known.iter().any(|it| **it == **extra) {
                continue;
            }
            known.push(extra.as_str().into());
            for found in self.records.get(name).to_vec() {
                self.note_extra(found.block.rows(), extra);
            }
        }
    }

    /// Notes what a match spec asks for, unless that can't count on Linux.
    fn note_spec(&mut self, text: &str) {
        if !text.contains('[') {
            return self.note(&name_of(text));
        }
        let Ok(spec) = match_spec::of_record(text) else { return self.note(&name_of(text)) };
        let PackageNameMatcher::Exact(name) = &spec.name else { return };
        if spec.condition.as_ref().is_none_or(may_count) {
            self.note(name.as_normalized());
            self.note_extras(name.as_normalized(), spec.extras.as_deref().unwrap_or_default());
        }
    }

    /// Notes a name to be looked for, if it is one, and a new one. What begins with `__` is no package.
    fn note(&mut self, name: &str) {
        let is_name = || name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if !name.is_empty() && !name.starts_with("__") && !self.names.contains(name) && is_name() {
            self.names.insert(name.into());
            self.waiting.push(name.into());
        }
    }
}

/// Whether a dependency is one on another platform.
fn is_for_elsewhere(text: &str) -> bool {
    text.starts_with("__") && !text.contains('[') && ELSEWHERE.contains(&&*name_of(text))
}

/// Whether a condition may be true on Linux.
fn may_count(condition: &MatchSpecCondition) -> bool {
    match condition {
        MatchSpecCondition::MatchSpec(spec) => {
            !spec.name.as_exact().is_some_and(|name| ELSEWHERE.contains(&name.as_normalized()))
        }
        MatchSpecCondition::And(one, other) => may_count(one) && may_count(other),
        MatchSpecCondition::Or(one, other) => may_count(one) || may_count(other),
    }
}

/// The normalised name in a match spec.
fn name_of(spec: &str) -> Cow<'_, str> {
    PackageName::normalized_name_from_matchspec_str(spec)
}
