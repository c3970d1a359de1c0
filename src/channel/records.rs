//! The records of the channels, by name.

#![allow(clippy::indexing_slicing, reason = "the numbers of origins come from the list of origins itself")]

use std::collections::BTreeMap;

use rattler_conda_types::RepoDataRecord;
use url::Url;

use super::{
    Channel,
    record_table::{Bucket, RawRecord, RecordTable, RecordTableBuilder},
    wheels::ServedWheel,
};

/// A subdir of a channel, where records come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordOrigin {
    /// The channel's base URL, see [`Channel::url`](super::Channel::url).
    pub channel: Url,
    /// The place of the channel among those asked: 0 for the most important.
    pub rank: usize,
    /// The subdir.
    pub subdir: String,
    /// The URL that the packages are below; ends in `/`.
    pub base: Url,
}

/// The records of one name in one subdir of one channel.
#[derive(Clone, Debug)]
pub struct Found {
    /// The records.
    pub block: RecordTable,
    origin: usize,
}

/// The records of some names in every channel.
#[derive(Clone, Debug, Default)]
pub struct Records {
    origins: Vec<RecordOrigin>,
    by_name: BTreeMap<Box<str>, Vec<Found>>,
    /// What is left out of a name at an origin, since it makes no sense.
    faults: BTreeMap<(Box<str>, usize), String>,
    /// The wheels of a name: those of the most important channel first, and of each ascending by version.
    wheels: BTreeMap<Box<str>, Vec<ServedWheel>>,
    /// The channels of the origins, in the order of their ranks.
    channels: Vec<Channel>,
    /// What there is to say of the origins.
    notes: Notes,
}

/// What there is to say of channels, each as a sentence without a full stop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// What should be said in any case.
    pub always: Vec<String>,
    /// What should be said where something isn't found: which records can't be read.
    pub unread: Vec<String>,
}

impl Notes {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.always.iter().chain(&self.unread).cloned().collect()
    }
}

impl Records {
    /// No records yet, from these subdirs of channels. Those of a more important channel come first, and of the same
    /// channel linux-64 does.
    #[must_use]
    pub fn new(origins: Vec<RecordOrigin>) -> Self {
        Self { origins, ..Self::default() }
    }

    /// The same, with the channels that they belong to, and what there is to say of them.
    pub(super) fn of_channels(origins: Vec<RecordOrigin>, channels: Vec<Channel>, notes: Notes) -> Self {
        Self { channels, notes, ..Self::new(origins) }
    }

    /// The channels that the records are from, the most important first: those that were asked, and those that they say
    /// belong to them. Empty where the records were at hand.
    #[must_use]
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// What there is to say of the channels.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Adds the records of a name, from the origin of that number.
    pub fn add(&mut self, origin: usize, block: RecordTable) {
        let rows = block.rows();
        let name: Box<str> = rows.name().into();
        if let (Some((count, first)), Some(from)) = (rows.fault(), self.origins.get(origin)) {
            let records = if count == 1 { "a record" } else { &*format!("{count} records, the first") };
            let what = format!("{}{} has {records} of {name} that can't be read", from.channel, from.subdir);
            self.faults.insert((name.clone(), origin), format!("{what} and doesn't count: {first}"));
        }
        if let Some(from) = self.origins.get(origin) {
            let served: Vec<ServedWheel> = rows.wheels().filter_map(|row| ServedWheel::of(row, from)).collect();
            if !served.is_empty() {
                let wheels = self.wheels.entry(name.clone()).or_default();
                wheels.extend(served);
                wheels.sort_by(|a, b| (a.channel, &a.version).cmp(&(b.channel, &b.version)));
            }
        }
        if rows.is_empty() {
            return;
        }
        let found = self.by_name.entry(name).or_default();
        let place = found.partition_point(|other| other.origin < origin);
        found.insert(place, Found { block, origin });
    }

    /// No records, from the same subdirs.
    pub(super) fn without_any(&self) -> Self {
        let Self { origins, by_name: _, faults, wheels, channels, notes } = self;
        Self {
            origins: origins.clone(),
            by_name: BTreeMap::new(),
            faults: faults.clone(),
            wheels: wheels.clone(),
            channels: channels.clone(),
            notes: notes.clone(),
        }
    }

    /// Adds records of one that has the same subdirs.
    pub(super) fn add_found(&mut self, found: Found) {
        self.add(found.origin, found.block);
    }

    /// The records of a normalised name, those of the first channel first; empty where there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &[Found] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// What is left out of a name since it makes no sense, a sentence for each place.
    pub fn faults<'r>(&'r self, name: &str) -> impl Iterator<Item = &'r str> + use<'r> {
        let (first, last) = ((name.into(), 0), (name.into(), usize::MAX));
        self.faults.range::<(Box<str>, usize), _>(first..=last).map(|(_, fault)| fault.as_str())
    }

    /// The wheels of a name that is there as wheels alone: those of the most important channel first, and of each ascending
    /// by version. Empty where no channel has any, and where one has conda packages of that name.
    #[must_use]
    pub fn only_wheels(&self, name: &str) -> &[ServedWheel] {
        let wheels = self.wheels.get(name).filter(|_| !self.by_name.contains_key(name));
        wheels.map_or(&[], Vec::as_slice)
    }

    /// Where records were found.
    #[must_use]
    pub fn origin(&self, found: &Found) -> &RecordOrigin {
        &self.origins[found.origin]
    }

    /// Puts together records that are at hand, a list for each channel, the most important first.
    #[must_use]
    pub fn of(channels: impl IntoIterator<Item = Vec<RepoDataRecord>>) -> Self {
        let mut records = Self::default();
        for (rank, channel) in channels.into_iter().enumerate() {
            let mut builders: BTreeMap<(String, String), RecordTableBuilder> = BTreeMap::new();
            for record in &channel {
                let package = &record.package_record;
                let (subdir, name) = (package.subdir.clone(), package.name.as_normalized().to_owned());
                let known = records.origins.iter().any(|origin| origin.rank == rank && origin.subdir == subdir);
                if let (false, Ok(base)) = (known, record.url.join(".")) {
                    let channel = record.channel.as_deref().and_then(|channel| channel.parse().ok());
                    let channel = channel.unwrap_or_else(|| base.clone());
                    records.origins.push(RecordOrigin { channel, rank, subdir: subdir.clone(), base });
                }
                let builder =
                    builders.entry((subdir, name)).or_insert_with_key(|(_, name)| RecordTableBuilder::new(name));
                let text = serde_json::to_string(package).unwrap_or_default();
                let file = record.identifier.to_file_name();
                match serde_json::from_str::<RawRecord>(&text) {
                    Ok(raw) => builder.push(Bucket::Files, &file, &package.subdir, &raw),
                    Err(error) => builder.fail(&file, &error.to_string()),
                }
            }
            for ((subdir, _), builder) in builders {
                let origin = records.origins.iter().position(|it| it.rank == rank && it.subdir == subdir);
                let block = builder.finish().and_then(|bytes| RecordTable::open(bytes.into()));
                if let (Some(origin), Some(block)) = (origin, block) {
                    records.add(origin, block);
                }
            }
        }
        records
    }

    /// The whole records of a name, those of the first channel first.
    #[must_use]
    pub fn whole(&self, name: &str) -> Vec<RepoDataRecord> {
        let whole = |found: &Found| -> Vec<_> {
            found.block.rows().iter().filter_map(|row| row.record(self.origin(found))).collect()
        };
        self.get(name).iter().flat_map(whole).collect()
    }

    /// Every name with its records, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Found])> {
        self.by_name.iter().map(|(name, found)| (&**name, found.as_slice()))
    }
}
