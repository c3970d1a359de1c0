//! How large the packages of a lock are.
//!
//! conda-lock's entries have no place for it, so it stands in `custom_metadata`: a line `conda NAME BYTES` or
//! `pip NAME BYTES` for each package whose size is known, in the order of the packages.

use std::{collections::BTreeMap, fmt::Write};

use super::{Lockfile, Manager, model::key};

/// The sizes of what is downloaded, in bytes, by manager and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes(BTreeMap<(Manager, String), u64>);

impl Sizes {
    /// The size of a package, where it is known.
    #[must_use]
    pub fn get(&self, manager: Manager, name: &str) -> Option<u64> {
        self.0.get(&(manager, name.to_owned())).copied()
    }

    /// Notes the size of a package.
    pub(super) fn insert(&mut self, manager: Manager, name: &str, bytes: u64) {
        self.0.insert((manager, name.to_owned()), bytes);
    }

    /// Reads the block back. A line that isn't of its form is read past: a size is good to know, and nothing rests on it.
    fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let mut words = line.split(' ');
            let (manager, name, bytes) = (Manager::named(words.next()?)?, words.next()?, words.next()?.parse().ok()?);
            words.next().is_none().then(|| ((manager, name.to_owned()), bytes))
        };
        Self(text.lines().filter_map(line).collect())
    }
}

impl Lockfile {
    /// The sizes of the packages, as far as they are known. A lock of another program knows none.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        Sizes::parse(self.ours(key::SIZES).unwrap_or_default())
    }

    /// Says the sizes of the packages in the place of what was said before; nothing where none is known.
    pub(super) fn set_sizes(&mut self, sizes: &Sizes) {
        let mut text = String::new();
        for package in &self.package {
            if let Some(bytes) = sizes.get(package.manager, &package.name) {
                // Writing to a string can't fail.
                let _ = writeln!(text, "{} {} {bytes}", package.manager, package.name);
            }
        }
        self.say(key::SIZES, (!text.is_empty()).then_some(text));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lockfile::{parse, testing::small_lock, to_yaml};

    #[test]
    fn sizes_are_read_back_in_the_order_of_the_packages() {
        let mut lock = small_lock();
        assert_eq!(lock.sizes(), Sizes::default());
        let mut sizes = Sizes::default();
        sizes.insert(Manager::Conda, "zlib", 95_582);
        sizes.insert(Manager::Conda, "libzlib", u64::MAX);
        lock.set_sizes(&sizes);
        assert_eq!(lock.metadata.custom_metadata["sizes"], format!("conda libzlib {}\nconda zlib 95582\n", u64::MAX));
        let read = parse("conda-lock.yml", &to_yaml(&lock)).unwrap();
        assert_eq!(read.sizes(), sizes);
        assert_eq!(
            (read.sizes().get(Manager::Conda, "zlib"), read.sizes().get(Manager::Pip, "zlib")),
            (Some(95_582), None)
        );
        lock.set_sizes(&Sizes::default());
        assert_eq!(lock, small_lock());
    }

    #[test]
    fn lines_of_another_form_are_read_past() {
        let sizes = Sizes::parse("conda a\nconda b x\nconda c 1 2\n\npip d -1\npip e 7\n");
        assert_eq!(sizes, Sizes(BTreeMap::from([((Manager::Pip, "e".to_owned()), 7)])));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = Sizes::parse(&text);
        }
    }
}
