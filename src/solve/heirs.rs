//! Heirs: what a root that can't be had leaves behind.
//!
//! A pin that other pins need is wanted for their sake. Where the root that needed it is gone, nobody asks for it any
//! more, and an export would lose hundreds of pins with a handful of roots. So what a lost root needs becomes a root.

use std::collections::{BTreeMap, BTreeSet};

use rattler_conda_types::PackageName;

use crate::intent::Wish;
use super::Records;

use super::candidates::Candidates;

/// Makes roots of the pins that the lost ones need, and of what these need in turn where they can't be had either.
pub(super) fn inherit(wishes: &mut [Wish], lost: Vec<PackageName>, records: &Records, candidates: &Candidates) {
    let index: BTreeMap<PackageName, usize> =
        wishes.iter().enumerate().map(|(index, wish)| (wish.pin.name.clone(), index)).collect();
    let mut seen: BTreeSet<PackageName> = lost.iter().cloned().collect();
    let mut queue = lost;
    while let Some(name) = queue.pop() {
        let Some(&lost) = index.get(&name) else { continue };
        for name in needs(&wishes[lost], records) {
            let Some(&heir) = index.get(&name) else { continue };
            if !seen.insert(name.clone()) {
                continue;
            }
            if candidates.get(&name).is_empty() {
                queue.push(name);
            } else {
                wishes[heir].root = true;
            }
        }
    }
}

/// The names that the wanted record of a pin depends on, or the newest one if the wanted isn't there.
fn needs(wish: &Wish, records: &Records) -> Vec<PackageName> {
    let all = records.get(&wish.pin.name);
    let record = all.iter().rfind(|record| wish.pin.want.accepts(record)).or(all.last());
    let depends = record.into_iter().flat_map(|record| &record.package_record.depends);
    depends.filter_map(|text| PackageName::normalized_name_from_matchspec_str(text).parse().ok()).collect()
}
