//! Making a block of records.

use std::{cmp::Ordering, collections::HashMap, str::FromStr};

use foldhash::fast::FixedState;
use indexmap::IndexSet;
use rattler_conda_types::Version;
use zerocopy::IntoBytes;

use super::{CONDA, HAS_MD5, HAS_SHA256, Head, NO_SIZE, NO_TIME, RawRecord, RawRow};

/// The two kinds of archives that conda installs.
const ENDINGS: [(&str, u8); 2] = [(".conda", CONDA), (".tar.bz2", 0)];

/// Collects the records of one name.
#[derive(Debug)]
pub(crate) struct BlockBuilder {
    rows: Vec<RawRow>,
    lists: IndexSet<Box<[u32]>, FixedState>,
    texts: IndexSet<Box<str>, FixedState>,
    /// The versions by the number of their text, to sort by.
    versions: HashMap<u32, Version, FixedState>,
    fault: u32,
}

impl BlockBuilder {
    /// A block without records.
    pub(crate) fn new(name: &str) -> Self {
        let mut builder = Self {
            rows: Vec::new(),
            lists: IndexSet::default(),
            texts: IndexSet::default(),
            versions: HashMap::default(),
            fault: 0,
        };
        builder.list([]);
        builder.text("");
        builder.text(name);
        builder
    }

    /// Adds a record that was found under a file name in a subdir. One that says that it is for another platform is
    /// left out, and so is what is no archive of conda's.
    pub(crate) fn push(&mut self, file: &str, subdir: &str, record: &RawRecord) {
        let is_foreign = |own: &str| !own.is_empty() && own != subdir && own != "noarch";
        if record.subdir.as_ref().is_some_and(|own| is_foreign(&own.0)) {
            return;
        }
        let archive = ENDINGS.iter().find_map(|(ending, kind)| Some((file.strip_suffix(ending)?, *kind)));
        let Some((stem, kind)) = archive else { return };
        let version = self.text(&record.version.0);
        if !self.versions.contains_key(&version) {
            match Version::from_str(&record.version.0) {
                Ok(parsed) => _ = self.versions.insert(version, parsed),
                Err(error) => return self.fail(&format!("{file}: {error}")),
            }
        }
        let is_usual = stem.strip_prefix(&*record.name.0).and_then(|rest| rest.strip_prefix('-')).is_some_and(|rest| {
            rest.strip_prefix(&*record.version.0).and_then(|rest| rest.strip_prefix('-')) == Some(&*record.build.0)
        });
        let (md5, sha256) = (record.md5(), record.sha256());
        let row = RawRow {
            version: version.into(),
            build: self.text(&record.build.0).into(),
            file: if is_usual { 0 } else { self.text(file) }.into(),
            extra: self.text(&extra(record)).into(),
            depends: self.list(record.depends.iter().map(|text| &*text.0)).into(),
            constrains: self.list(record.constrains.iter().map(|text| &*text.0)).into(),
            track_features: self.list(record.track_features.0.iter().map(|text| &**text)).into(),
            flags: kind | md5.map_or(0, |_| HAS_MD5) | sha256.map_or(0, |_| HAS_SHA256),
            build_number: record.build_number.into(),
            timestamp: record.milliseconds().unwrap_or(NO_TIME).into(),
            size: record.size.unwrap_or(NO_SIZE).into(),
            md5: md5.unwrap_or_default(),
            sha256: sha256.unwrap_or_default(),
        };
        self.rows.push(row);
    }

    /// Notes that a record of this name makes no sense. The first such note is kept.
    pub(crate) fn fail(&mut self, why: &str) {
        if self.fault == 0 {
            self.fault = self.text(why);
        }
    }

    /// The block as bytes.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.sort();
        let (mut items, mut lists) = (Vec::new(), Vec::new());
        for list in &self.lists {
            items.extend(list);
            lists.push(number(items.len()));
        }
        let (mut bytes, mut texts) = (String::new(), Vec::new());
        for text in &self.texts {
            bytes.push_str(text);
            texts.push(number(bytes.len()));
        }
        let head = Head {
            rows: number(self.rows.len()).into(),
            lists: number(lists.len()).into(),
            items: number(items.len()).into(),
            texts: number(texts.len()).into(),
            bytes: number(bytes.len()).into(),
            fault: self.fault.into(),
        };
        let mut block = head.as_bytes().to_vec();
        block.extend_from_slice(self.rows.as_bytes());
        block.extend(lists.iter().chain(&items).chain(&texts).flat_map(|number| number.to_le_bytes()));
        block.extend_from_slice(bytes.as_bytes());
        block
    }

    /// Puts the records in order, so that nothing depends on how they came, and takes out the `.tar.bz2` of what is
    /// there as `.conda`, too.
    fn sort(&mut self) {
        let Self { rows, texts, versions, .. } = self;
        let text = |id: u32| texts.get_index(id as usize).map_or("", |text| text);
        let compare = |a: &RawRow, b: &RawRow| -> Ordering {
            (versions.get(&a.version.get()).cmp(&versions.get(&b.version.get())))
                .then_with(|| a.build_number.get().cmp(&b.build_number.get()))
                .then_with(|| text(a.build.get()).cmp(text(b.build.get())))
                .then_with(|| text(a.version.get()).cmp(text(b.version.get())))
                .then_with(|| (b.flags & CONDA).cmp(&(a.flags & CONDA)))
                .then_with(|| text(a.file.get()).cmp(text(b.file.get())))
        };
        rows.sort_by(compare);
        rows.dedup_by(|later, earlier| (later.version, later.build) == (earlier.version, earlier.build));
    }

    /// The number of a text.
    fn text(&mut self, text: &str) -> u32 {
        match self.texts.get_index_of(text) {
            Some(index) => number(index),
            None => number(self.texts.insert_full(text.into()).0),
        }
    }

    /// The number of a list.
    fn list<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> u32 {
        let list: Vec<u32> = texts.into_iter().map(|text| self.text(text)).collect();
        match self.lists.get_index_of(list.as_slice()) {
            Some(index) => number(index),
            None => number(self.lists.insert_full(list.into()).0),
        }
    }
}

/// The fields that are kept as one text; empty where there are none.
fn extra(record: &RawRecord) -> String {
    let text = serde_json::to_string(&record.extra()).unwrap_or_default();
    if text == "{}" { String::new() } else { text }
}

/// A count or a place within a block. A name with four thousand million texts can't come out of a file that fits into
/// memory.
fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
