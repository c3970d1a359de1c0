//! Slices by number.

use std::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;
use hashbrown::{HashTable, hash_table::Entry};

/// Holds every slice once, one after the other, and gives each a number. A name has thousands of short texts, and a
/// channel has tens of thousands of names: an allocation for each text would cost more than the text.
#[derive(Debug)]
pub(super) struct Pool<T> {
    items: Vec<T>,
    /// Where each slice ends among the items.
    ends: Vec<u32>,
    /// The numbers, to find a slice by what it holds.
    known: HashTable<u32>,
}

impl<T: Copy + Eq + Hash> Pool<T> {
    /// No slices.
    pub(super) fn new() -> Self {
        Self { items: Vec::new(), ends: Vec::new(), known: HashTable::new() }
    }

    /// The number of a slice.
    pub(super) fn number(&mut self, slice: &[T]) -> u32 {
        let Self { items, ends, known } = self;
        let hash = |slice: &[T]| FixedState::default().hash_one(slice);
        match known.entry(hash(slice), |&id| get(items, ends, id) == slice, |&id| hash(get(items, ends, id))) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let id = count(ends.len());
                entry.insert(id);
                items.extend_from_slice(slice);
                ends.push(count(items.len()));
                id
            }
        }
    }

    /// The slice of a number; empty where there is none.
    pub(super) fn get(&self, id: u32) -> &[T] {
        get(&self.items, &self.ends, id)
    }

    /// All slices, one after the other.
    pub(super) fn items(&self) -> &[T] {
        &self.items
    }

    /// Where each slice ends among the items.
    pub(super) fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// Gives back the memory that was taken in advance.
    pub(super) fn shrink(&mut self) {
        self.items.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

fn get<'a, T>(items: &'a [T], ends: &[u32], id: u32) -> &'a [T] {
    let end = |index: u32| ends.get(index as usize).map_or(0, |end| *end as usize);
    items.get(id.checked_sub(1).map_or(0, end)..end(id)).unwrap_or_default()
}

/// A count or a place within a record table. A name with four thousand million bytes of text can't come out of a file
/// that fits into memory.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
