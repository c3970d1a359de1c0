//! Since when candidates can be installed.

use super::{Class, Problem};
use crate::solve::{
    ids::{ClassId, ListId},
    universe::Universe,
};

/// The moment from which on each candidate of the universe can be installed, if only alone: when it had been built, and
/// something of everything that it needs could be. In milliseconds since 1970.
///
/// It is the least solution of that equation: of candidates that need each other, all can be installed once the last of
/// them has been built. What a candidate needs at times isn't counted: it may do without.
pub(in crate::solve) fn since(problem: &Problem, world: &Universe) -> Vec<i64> {
    let mut since: Vec<i64> = world.candidates.iter().map(|candidate| candidate.built.unwrap_or(i64::MIN)).collect();
    loop {
        let first = |class: &Class| class.members.iter().map(|member| since[member.index()]).min();
        let of_class: Vec<i64> = problem.classes.iter().map(|class| first(class).unwrap_or(i64::MAX)).collect();
        let last = |list: &[ClassId]| list.iter().map(|class| of_class[class.index()]).max();
        let of_list: Vec<i64> = problem.lists.iter().map(|list| last(list).unwrap_or(i64::MIN)).collect();
        let mut has_changed = false;
        for candidate in problem.packages.iter().flatten() {
            let needs: ListId = problem.requires[candidate.index()];
            if since[candidate.index()] < of_list[needs.index()] {
                since[candidate.index()] = of_list[needs.index()];
                has_changed = true;
            }
        }
        if !has_changed {
            return since;
        }
    }
}
