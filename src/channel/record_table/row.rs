//! One record of a record table.

use jiff::Timestamp;
use zerocopy::little_endian::U32;

use super::{HAS_MD5, HAS_SHA256, NO_TIME, RawRow, Rows};

/// One record.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) raw: &'a RawRow,
}

impl<'a> Row<'a> {
    /// The package's name, normalised.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.rows.name()
    }

    /// The version as it is written.
    #[must_use]
    pub fn version(&self) -> &'a str {
        self.rows.text(self.raw.version.get())
    }

    /// The build string.
    #[must_use]
    pub fn build(&self) -> &'a str {
        self.rows.text(self.raw.build.get())
    }

    /// The build number.
    #[must_use]
    pub fn build_number(&self) -> u64 {
        self.raw.build_number.get()
    }

    /// When it was built, where it says so.
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        let milliseconds = self.raw.timestamp.get();
        (milliseconds != NO_TIME).then(|| Timestamp::from_millisecond(milliseconds).ok()).flatten()
    }

    /// The number of its list of dependencies. Records with the same dependencies have the same number.
    #[must_use]
    pub fn depends_id(&self) -> u32 {
        self.raw.depends.get()
    }

    /// The number of its list of constraints.
    #[must_use]
    pub fn constrains_id(&self) -> u32 {
        self.raw.constrains.get()
    }

    /// Its dependencies, as match specs.
    #[must_use]
    pub fn depends(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        self.list(self.raw.depends)
    }

    /// What it allows only in some versions without needing it, as match specs.
    #[must_use]
    pub fn constrains(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        self.list(self.raw.constrains)
    }

    /// Whether it has `track_features`, by which channels mark what is to be taken last.
    #[must_use]
    pub fn is_tracked(&self) -> bool {
        self.rows.list(self.raw.track_features.get()).len() > 0
    }

    /// Whether there is a hash to check the archive by.
    #[must_use]
    pub fn has_hash(&self) -> bool {
        self.raw.flags & (HAS_MD5 | HAS_SHA256) != 0
    }

    pub(super) fn list(&self, id: U32) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let rows = self.rows;
        rows.list(id.get()).map(move |text| rows.text(text))
    }
}
