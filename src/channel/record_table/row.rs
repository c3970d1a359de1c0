//! One record of a record table.

use jiff::Timestamp;
use zerocopy::little_endian::U32;

use super::{HAS_ADDITION, HAS_MD5, HAS_SHA256, NO_TIME, RawAddition, RawRow, Rows};

/// One record.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) raw: &'a RawRow,
    pub(super) index: usize,
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

    /// Since when it has been there: when its server first listed it (CEP 47), else when it was built; where it says so.
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        moment(self.raw.timestamp.get())
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

    /// What it needs besides where one of its extras is asked for: the name of each group, with a match spec of it. A
    /// group that needs nothing has an empty one. CEP 44.
    pub fn extra_depends(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let list = self.addition().map(|it| self.list(it.extra_depends));
        let mut texts = list.into_iter().flatten();
        std::iter::from_fn(move || Some((texts.next()?, texts.next()?)))
    }

    /// The words by which it can be told from other builds: CEP 45.
    pub fn flags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let list = self.addition().map(|it| self.list(it.flags));
        list.into_iter().flatten()
    }

    /// What few records have.
    pub(super) fn addition(&self) -> Option<&'a RawAddition> {
        if self.raw.flags & HAS_ADDITION == 0 {
            return None;
        }
        let additions = self.rows.additions;
        let place = additions.binary_search_by_key(&self.index, |it| it.row.get() as usize).ok()?;
        additions.get(place)
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

/// The moment of so many milliseconds since 1970; `None` where there is none.
pub(super) fn moment(milliseconds: i64) -> Option<Timestamp> {
    (milliseconds != NO_TIME).then(|| Timestamp::from_millisecond(milliseconds).ok()).flatten()
}
