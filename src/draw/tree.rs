//! A net as a tree, each package below those that need it.

#![allow(clippy::indexing_slicing, reason = "packages are known by their places")]

use std::{collections::BTreeSet, fmt::Write as _};

use super::{Label, Net};

/// A row of the tree. What it needs follows, one level deeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Branch {
    /// The package: its place among those that are seen.
    pub at: usize,
    /// How many packages stand above it.
    pub depth: usize,
    /// Whether no other follows below the same package.
    pub is_last: bool,
    /// Whether what it needs stands elsewhere, where it came first.
    pub is_repeated: bool,
}

/// The tree of a net, row by row. What a package needs stands below it where it comes first; further down it is only named.
#[must_use]
pub(crate) fn branches(net: &Net) -> Vec<Branch> {
    let needed: BTreeSet<usize> = net.needs.iter().flatten().copied().collect();
    let (mut known, mut rows) = (BTreeSet::new(), Vec::new());
    // Packages that need each other may have none above them.
    let tops = (0..net.needs.len()).filter(|at| !needed.contains(at)).collect::<Vec<_>>();
    for at in tops.into_iter().chain(0..net.needs.len()) {
        if known.contains(&at) {
            continue;
        }
        // A chain may be longer than a stack is deep.
        let mut waiting = vec![Branch { at, depth: 0, is_last: true, is_repeated: false }];
        while let Some(row) = waiting.pop() {
            let needs = net.needs[row.at].as_slice();
            let is_repeated = !known.insert(row.at);
            // What needs nothing is named again without loss.
            rows.push(Branch { is_repeated: is_repeated && !needs.is_empty(), ..row });
            if !is_repeated {
                let below = |(index, at): (usize, &usize)| Branch {
                    at: *at,
                    depth: row.depth + 1,
                    is_last: index + 1 == needs.len(),
                    is_repeated: false,
                };
                waiting.extend(needs.iter().enumerate().map(below).rev());
            }
        }
    }
    rows
}

/// Writes a net as a tree of text. An ellipsis stands where what a package needs was listed before.
#[must_use]
pub(crate) fn tree(net: &Net, labels: &[Label]) -> String {
    let mut text = String::new();
    let mut above: Vec<&str> = Vec::new();
    for row in branches(net) {
        let (corner, below) = match (row.depth, row.is_last) {
            (0, _) => ("", ""),
            (_, true) => ("└── ", "    "),
            (_, false) => ("├── ", "│   "),
        };
        above.truncate(row.depth);
        let again = if row.is_repeated { " …" } else { "" };
        _ = writeln!(text, "{}{corner}{}{again}", above.concat(), labels[row.at].text());
        above.push(below);
    }
    text
}
