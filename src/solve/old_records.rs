//! The records of the channels, by name.

use std::collections::BTreeMap;

use rattler_conda_types::{PackageName, RepoDataRecord};

/// The records of every channel, by name, in the order of the channels.
///
/// Within a channel the order is that of version, build number, build string and file name, so that nothing that is
/// made from it depends on how the repodata arrived.
#[derive(Clone, Debug, Default)]
pub struct Records {
    by_name: BTreeMap<PackageName, Vec<RepoDataRecord>>,
}

impl Records {
    /// Puts together the records of each channel, the first channel first.
    #[must_use]
    pub fn new(channels: impl IntoIterator<Item = Vec<RepoDataRecord>>) -> Self {
        let mut by_name: BTreeMap<PackageName, Vec<RepoDataRecord>> = BTreeMap::new();
        for mut records in channels {
            records.sort_by(|a, b| {
                let (left, right) = (&a.package_record, &b.package_record);
                (&left.version, left.build_number, &left.build, &a.url).cmp(&(
                    &right.version,
                    right.build_number,
                    &right.build,
                    &b.url,
                ))
            });
            records.dedup_by(|a, b| a.url == b.url);
            for record in records {
                by_name.entry(record.package_record.name.clone()).or_default().push(record);
            }
        }
        Self { by_name }
    }

    /// The records of a name, those of the first channel first; empty where there is none.
    #[must_use]
    pub fn get(&self, name: &PackageName) -> &[RepoDataRecord] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every record, by name.
    pub fn iter(&self) -> impl Iterator<Item = &RepoDataRecord> {
        self.by_name.values().flatten()
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &PackageName> {
        self.by_name.keys()
    }

    /// Whether there is no record at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

impl From<&crate::channel::Records> for Records {
    fn from(new: &crate::channel::Records) -> Self {
        let mut channels: BTreeMap<usize, Vec<RepoDataRecord>> = BTreeMap::new();
        for (_, found) in new.iter() {
            for found in found {
                let origin = new.origin(found);
                channels.entry(origin.rank).or_default().extend(found.block.rows().iter().filter_map(|row| row.record(origin)));
            }
        }
        Self::new(channels.into_values())
    }
}
