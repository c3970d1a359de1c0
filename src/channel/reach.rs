//! Everything that names can depend on.

#![allow(clippy::indexing_slicing, reason = "a record table is opened only if all of its numbers lead somewhere")]

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use foldhash::fast::FixedState;
use rattler_conda_types::PackageName;
use tokio::task::JoinSet;

use super::{ChannelError, Records, Rows, record_table::RecordTable, server::Remote, source::Source, store::Lookup};

/// What a package needs that is for another platform.
const ELSEWHERE: [&str; 2] = ["__win", "__osx"];

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
    names: &[PackageName],
    remote: &Arc<Remote>,
) -> Result<Reached, ReadObstacle> {
    let origins = sources.iter().map(|source| source.origin.clone()).collect();
    let mut search = ReachSearch { records: Records::new(origins), names: HashSet::default(), waiting: Vec::new() };
    let mut shards = JoinSet::new();
    for name in names {
        search.note(name.as_normalized());
    }
    loop {
        while let Some(name) = search.waiting.pop() {
            for (number, source) in sources.iter().enumerate() {
                match source.store.find(&remote.cache, &name).map_err(|_| ReadObstacle::Damaged(number))? {
                    Lookup::Nothing => {}
                    Lookup::Records(block) => search.take(number, block),
                    Lookup::Shard(hash) => {
                        let shard = source.shard(remote, &name, hash);
                        shards.spawn(async move { (number, shard.await) });
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

/// The records of these names, and of every name that they can depend on: those that [`fetch`](super::fetch) gives for
/// them, out of those that it gave for more.
pub(super) fn within(records: &Records, names: impl IntoIterator<Item = PackageName>) -> Records {
    let mut search = ReachSearch { records: records.without_any(), names: HashSet::default(), waiting: Vec::new() };
    for name in names {
        search.note(name.as_normalized());
    }
    while let Some(name) = search.waiting.pop() {
        for found in records.get(&name) {
            search.note_needs(found.block.rows());
            search.records.add_found(found.clone());
        }
    }
    search.records
}

struct ReachSearch {
    records: Records,
    names: HashSet<Box<str>, FixedState>,
    /// The names that haven't been looked for yet.
    waiting: Vec<Box<str>>,
}

impl ReachSearch {
    /// Takes the records of a name, and notes what they need.
    fn take(&mut self, number: usize, block: RecordTable) {
        self.note_needs(block.rows());
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
            if rows.list(id).any(|text| ELSEWHERE.contains(&&*name_of(rows.text(text)))) {
                continue;
            }
            for text in rows.list(id) {
                texts[text as usize] = true;
            }
        }
        for id in (0..).zip(texts).filter_map(|(id, is_needed)| is_needed.then_some(id)) {
            self.note(&name_of(rows.text(id)));
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

/// The normalised name in a match spec.
fn name_of(spec: &str) -> Cow<'_, str> {
    PackageName::normalized_name_from_matchspec_str(spec)
}
