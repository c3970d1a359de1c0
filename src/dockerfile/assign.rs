//! Which packages go into which layer of the image.
//!
//! A layer is made again, and fetched again by everybody who has the image, when a package of it or of a layer before it
//! changes. So what is large and changes seldom goes first, and what is small and changes often goes last, as far as
//! packages may come before each other at all: after those they depend on.

#![allow(clippy::indexing_slicing, reason = "the positions of groups come from the list of groups itself")]

use std::collections::HashMap;

use super::layers::circles;
use crate::lockfile::Package;

/// What a package weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight {
    /// Its size in bytes, compressed.
    pub size: f64,
    /// How often it changes, in times a year.
    pub changes: f64,
}

/// Packages that depend on each other, or one alone.
struct Group<'a> {
    names: Vec<&'a str>,
    needs: Vec<usize>,
    weight: Weight,
}

/// The names of the packages of each layer, in `count` layers or fewer.
///
/// Where there are layers already (`before`), as many, packages stay in theirs if what they depend on lets them, so that
/// a new version of one moves no other; what is new goes into the last one. Else the packages are put in an order, those
/// with few changes per byte first, and cut where the bytes to be fetched in a year are fewest: the sum over the layers of
/// their size times the changes in them and before them.
#[must_use]
pub fn assign<'a>(
    packages: impl IntoIterator<Item = &'a Package>,
    weight: impl Fn(&str) -> Weight,
    count: usize,
    before: &[Vec<String>],
) -> Vec<Vec<String>> {
    if count < 2 {
        return Vec::new();
    }
    let groups = groups(packages, weight);
    if groups.is_empty() {
        return Vec::new();
    }
    let layers = if before.len() == count { kept(&groups, before) } else { cut(&groups, &order(&groups), count) };
    let mut named: Vec<Vec<String>> = layers
        .into_iter()
        .map(|layer| {
            let mut names: Vec<String> =
                layer.into_iter().flat_map(|group| &groups[group].names).map(|name| (*name).to_owned()).collect();
            names.sort();
            names
        })
        .collect();
    named.retain(|names| !names.is_empty());
    named
}

fn groups<'a>(packages: impl IntoIterator<Item = &'a Package>, weight: impl Fn(&str) -> Weight) -> Vec<Group<'a>> {
    let circles = circles(packages);
    let mut group_of = HashMap::new();
    for (index, circle) in circles.iter().enumerate() {
        group_of.extend(circle.iter().map(|package| (package.name.normalized(), index)));
    }
    let group = |(index, circle): (usize, &Vec<&'a Package>)| {
        let needs = circle.iter().flat_map(|package| package.dependencies.keys());
        let mut needs: Vec<usize> =
            needs.filter_map(|name| group_of.get(name.as_str()).copied()).filter(|other| *other != index).collect();
        needs.sort_unstable();
        needs.dedup();
        let names: Vec<&str> = circle.iter().map(|package| package.name.normalized()).collect();
        let weights = names.iter().map(|name| weight(name));
        let sum = |a: Weight, b: Weight| Weight { size: a.size + b.size, changes: a.changes + b.changes };
        Group { needs, weight: weights.fold(Weight { size: 0.0, changes: 0.0 }, sum), names }
    };
    circles.iter().enumerate().map(group).collect()
}

/// Each group in the layer where it was, or in that of what it needs if that is a later one.
fn kept(groups: &[Group], before: &[Vec<String>]) -> Vec<Vec<usize>> {
    let last = before.len() - 1;
    let place = |name: &str| before.iter().position(|names| names.iter().any(|it| it == name));
    let mut layers = vec![Vec::new(); before.len()];
    let mut layer_of: Vec<usize> = Vec::with_capacity(groups.len());
    // What is needed comes before what needs it.
    for (index, group) in groups.iter().enumerate() {
        let own = group.names.iter().map(|name| place(name).unwrap_or(last)).max().unwrap_or(last);
        let needed = group.needs.iter().map(|need| layer_of[*need]).max().unwrap_or(0);
        let layer = own.max(needed);
        layer_of.push(layer);
        layers[layer].push(index);
    }
    layers
}

/// An order in which each group comes after what it needs: of those that may come next, the one with the fewest changes
/// per byte.
fn order(groups: &[Group]) -> Vec<usize> {
    let mut waiting: Vec<usize> = (0..groups.len()).collect();
    let mut is_placed = vec![false; groups.len()];
    let mut order = Vec::with_capacity(groups.len());
    let ratio = |index: usize| groups[index].weight.changes / groups[index].weight.size.max(1.0);
    while !waiting.is_empty() {
        let ready =
            waiting.iter().enumerate().filter(|(_, group)| groups[**group].needs.iter().all(|it| is_placed[*it]));
        let next = ready.min_by(|(_, a), (_, b)| {
            ratio(**a).total_cmp(&ratio(**b)).then_with(|| groups[**a].names.cmp(&groups[**b].names))
        });
        // There is one: groups don't need each other in circles.
        let Some((place, _)) = next else { break };
        let group = waiting.remove(place);
        is_placed[group] = true;
        order.push(group);
    }
    order
}

/// Cuts the order into layers where the bytes to be fetched are fewest.
fn cut(groups: &[Group], order: &[usize], count: usize) -> Vec<Vec<usize>> {
    let sums = |of: fn(&Weight) -> f64| {
        let mut sums = vec![0.0];
        for group in order {
            sums.push(sums[sums.len() - 1] + of(&groups[*group].weight));
        }
        sums
    };
    let (sizes, changes) = (sums(|weight| weight.size), sums(|weight| weight.changes));
    let number = order.len();
    // The cost of the first `end` groups in so many layers, and where the last of these begins.
    let mut best = vec![(0.0, 0); number + 1];
    for (end, best) in best.iter_mut().enumerate() {
        *best = (sizes[end] * changes[end], 0);
    }
    let mut starts = vec![vec![Some(0); number + 1]];
    for _ in 1..count.min(number) {
        let previous = best.clone();
        for (end, best) in best.iter_mut().enumerate() {
            for (start, (cost, _)) in previous.iter().enumerate().take(end) {
                let cost = cost + (sizes[end] - sizes[start]) * changes[end];
                if cost < best.0 {
                    *best = (cost, start);
                }
            }
        }
        // `None` where one layer more doesn't make it cheaper.
        starts.push(best.iter().zip(&previous).map(|(now, before)| (now.0 < before.0).then_some(now.1)).collect());
    }
    let mut layers = Vec::new();
    let mut end = number;
    for starts in starts.iter().rev() {
        let Some(start) = starts[end] else { continue };
        layers.push(order[start..end].to_vec());
        end = start;
    }
    layers.reverse();
    layers
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Groups of one package each, which need those of these numbers.
    fn worlds() -> impl Strategy<Value = Vec<(u32, u32, Vec<usize>)>> {
        let group = (1u32..100, 0u32..20, proptest::collection::vec(0usize..8, 0..3));
        proptest::collection::vec(group, 1..8)
    }

    fn made(world: &[(u32, u32, Vec<usize>)]) -> Vec<Group<'static>> {
        const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let group = |(index, (size, changes, needs)): (usize, &(u32, u32, Vec<usize>))| Group {
            names: vec![NAMES[index]],
            needs: needs.iter().copied().filter(|need| *need < index).collect(),
            weight: Weight { size: f64::from(*size), changes: f64::from(*changes) },
        };
        world.iter().enumerate().map(group).collect()
    }

    /// The bytes that are fetched in a year.
    fn cost(groups: &[Group], layers: &[Vec<usize>]) -> f64 {
        let (mut changes, mut cost) = (0.0, 0.0);
        for layer in layers {
            changes += layer.iter().map(|group| groups[*group].weight.changes).sum::<f64>();
            cost += changes * layer.iter().map(|group| groups[*group].weight.size).sum::<f64>();
        }
        cost
    }

    /// All ways to cut an order into so many layers or fewer.
    fn cuts(order: &[usize], count: usize) -> Vec<Vec<Vec<usize>>> {
        if order.is_empty() || count == 1 {
            return vec![vec![order.to_vec()]];
        }
        let mut all = vec![vec![order.to_vec()]];
        for first in 1..order.len() {
            for mut rest in cuts(&order[first..], count - 1) {
                rest.insert(0, order[..first].to_vec());
                all.push(rest);
            }
        }
        all
    }

    proptest! {
        #[test]
        fn no_other_cut_of_the_order_is_cheaper(world in worlds(), count in 1usize..5) {
            let groups = made(&world);
            let order = order(&groups);
            let layers = cut(&groups, &order, count);
            prop_assert!(layers.len() <= count);
            prop_assert_eq!(layers.concat(), order.clone());
            let cheapest = cuts(&order, count).iter().map(|layers| cost(&groups, layers)).fold(f64::INFINITY, f64::min);
            prop_assert!(cost(&groups, &layers) <= cheapest + 1e-6);
        }

        #[test]
        fn what_is_needed_never_comes_later(world in worlds(), count in 2usize..5, at in proptest::collection::vec(0usize..4, 8)) {
            let groups = made(&world);
            let before: Vec<Vec<String>> = (0..count)
                .map(|layer| groups.iter().zip(&at).filter(|(_, at)| **at % count == layer).map(|(it, _)| it.names[0].to_owned()).collect())
                .collect();
            for layers in [cut(&groups, &order(&groups), count), kept(&groups, &before)] {
                let layer = |group: usize| layers.iter().position(|layer| layer.contains(&group)).unwrap();
                for (index, group) in groups.iter().enumerate() {
                    prop_assert!(group.needs.iter().all(|need| layer(*need) <= layer(index)));
                }
            }
        }
    }

    #[test]
    fn what_is_large_and_steady_comes_before_what_is_small_and_changes() {
        let groups = made(&[(90, 1, vec![]), (1, 12, vec![0]), (80, 2, vec![0]), (2, 10, vec![2])]);
        let layers = cut(&groups, &order(&groups), 2);
        assert_eq!(layers, [vec![0, 2], vec![3, 1]]);
    }

    #[test]
    fn packages_stay_in_their_layers_and_new_ones_go_into_the_last() {
        let groups = made(&[(9, 1, vec![]), (9, 1, vec![0]), (9, 1, vec![]), (9, 1, vec![])]);
        let before = [vec!["b".to_owned()], vec!["a".to_owned(), "c".to_owned()]];
        // `b` needs `a`, which is in a later layer now.
        assert_eq!(kept(&groups, &before), [vec![], vec![0, 1, 2, 3]]);
        let before = [vec!["a".to_owned(), "c".to_owned()], vec!["b".to_owned()]];
        assert_eq!(kept(&groups, &before), [vec![0, 2], vec![1, 3]]);
    }
}
