//! How large the packages of a lock are, as their channels say it.

use std::collections::BTreeMap;

use rattler_conda_types::RepoDataRecord;

use super::{Lockfile, model::key};

impl Lockfile {
    /// The sizes of conda packages in bytes, as they are downloaded, by name; without those that the channels don't say.
    #[must_use]
    pub fn sizes(&self) -> BTreeMap<String, u64> {
        let line = |line: &str| {
            let (name, size) = line.strip_prefix("conda ")?.split_once(' ')?;
            Some((name.to_owned(), size.parse().ok()?))
        };
        self.ours(key::SIZES).unwrap_or_default().lines().filter_map(line).collect()
    }
}

/// The lines that say the sizes, by name; `None` where no record does.
pub(super) fn lines(records: &[RepoDataRecord]) -> Option<String> {
    let sizes: BTreeMap<&str, u64> = records
        .iter()
        .filter_map(|it| Some((it.package_record.name.as_normalized(), it.package_record.size?)))
        .collect();
    let lines: Vec<String> = sizes.iter().map(|(name, size)| format!("conda {name} {size}\n")).collect();
    (!lines.is_empty()).then(|| lines.concat())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::lockfile::{
        parse,
        testing::{lock_of, record},
        to_yaml,
    };

    #[test]
    fn sizes_are_kept_in_the_lock() {
        let mut large = record("b-1-0", "linux-64", &[], "ab");
        large.package_record.size = Some(6_624_471);
        let lock = lock_of(vec![large, record("a-1-0", "linux-64", &[], "ab")], &[]);
        let text = to_yaml(&lock, &[]);
        assert!(text.contains("    sizes: |\n      conda b 6624471\n"), "{text}");
        assert_eq!(parse("conda-lock.yml", &text).unwrap().sizes(), BTreeMap::from([("b".to_owned(), 6_624_471)]));
    }
}
