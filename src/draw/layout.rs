//! A net laid out on a plane: packages in columns, each left of what it needs.
//!
//! The method is that of Sugiyama, Tagawa and Toda (1981): packages get columns, those of a column get an order in which few
//! lines cross, and then heights. A line that passes columns has a place in each, so that it crosses no package; lines to
//! the same package share it.

#![allow(clippy::indexing_slicing, reason = "packages, columns and places are known by their numbers")]

use std::collections::{BTreeMap, BTreeSet};

use petgraph::{
    algo::kosaraju_scc,
    graph::{DiGraph, NodeIndex},
};

use super::Net;

/// The height of a package.
const HEIGHT: i32 = 24;
/// How far things of a column are apart, from middle to middle: two packages, and two lines.
const APART: f64 = 32.0;
const LINES_APART: f64 = 8.0;
/// How far columns are apart.
const BETWEEN: i32 = 56;
/// The width of a letter, and what is beside the letters.
const LETTER: i32 = 7;
const PADDING: i32 = 16;
/// How often the order is made better, and then the heights.
const SWEEPS: usize = 16;
/// A column holds at least as many packages, where there are as many.
const FEWEST: usize = 10;
/// With more lines' places than these, lines go straight: the picture is one that nobody reads.
const MOST_PLACES: usize = 20_000;

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    /// How wide and how high it is, in pixels.
    pub size: (i32, i32),
    /// Where each package is.
    pub places: Vec<Place>,
    /// The lines from packages to what they need.
    pub lines: Vec<Line>,
}

/// Where a package is: its left upper corner, and its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
}

/// A line from a package to one that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Who needs.
    pub from: usize,
    /// What is needed.
    pub to: usize,
    /// What it passes: level pieces, each from a left to a right end at a height, `(left, right, y)`. Between them it swings.
    /// The first begins at the package, and the last ends at the other one.
    pub levels: Vec<(i32, i32, i32)>,
}

/// Something that has a place in a column.
#[derive(Clone, Copy, Debug)]
struct Slot {
    column: usize,
    is_package: bool,
    y: f64,
}

/// Slots in the order of each column, and what is beside each: in the column to its left, and in the one to its right.
struct Columns {
    slots: Vec<Slot>,
    orders: Vec<Vec<usize>>,
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
}

impl Layout {
    /// Lays out a net. `letters` is how many letters are written into each package.
    #[must_use]
    pub(crate) fn new(net: &Net, letters: &[usize]) -> Self {
        let (columns, edges) = columns(net);
        let (mut grid, ways) = Columns::new(&columns, &edges);
        grid.order();
        grid.raise();
        grid.picture(&edges, &ways, letters)
    }
}

/// The column of each package, counted from the left, and the needs that go from left to right, with a mark for those that
/// were turned round: packages that need each other can't all be left of each other.
fn columns(net: &Net) -> (Vec<usize>, Vec<(usize, usize, bool)>) {
    let count = net.needs.len();
    let mut graph = DiGraph::<(), ()>::new();
    let nodes: Vec<NodeIndex> = (0..count).map(|_| graph.add_node(())).collect();
    graph.extend_with_edges(net.arrows().map(|(from, to)| (nodes[from], nodes[to])));
    // What is needed comes before what needs it.
    let order: Vec<usize> = kosaraju_scc(&graph)
        .into_iter()
        .flat_map(|mut circle| {
            circle.sort_unstable();
            circle.into_iter().map(NodeIndex::index)
        })
        .collect();
    let mut turn = vec![0; count];
    order.iter().enumerate().for_each(|(number, at)| turn[*at] = number);
    // As high as wide: a package is some six times as wide as it is high.
    let room = FEWEST.max((count * 5).isqrt());
    let (mut column, mut held) = (vec![0_usize; count], Vec::<usize>::new());
    // Of those that need each other, one stands left of the other although it is needed.
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, needed) in net.arrows() {
        let (left, right) = if turn[needed] < turn[at] { (at, needed) } else { (needed, at) };
        before[left].push(right);
    }
    for at in order {
        let mut here = before[at].iter().map(|it| column[*it] + 1).max().unwrap_or(0);
        while held.get(here).is_some_and(|held| *held >= room) {
            here += 1;
        }
        held.resize(held.len().max(here + 1), 0);
        held[here] += 1;
        column[at] = here;
    }
    let last = held.len().saturating_sub(1);
    for it in &mut column {
        *it = last - *it;
    }
    let mut edges: Vec<(usize, usize, bool)> = Vec::new();
    for (at, needed) in net.arrows() {
        if column[at] < column[needed] {
            edges.push((at, needed, false));
        } else if !net.needs[needed].contains(&at) {
            edges.push((needed, at, true));
        } else {
            // The other line stands for both.
        }
    }
    (column, edges)
}

impl Columns {
    /// The packages are the first slots; then come the places of lines. Returns the slots that each line passes, too.
    fn new(columns: &[usize], edges: &[(usize, usize, bool)]) -> (Self, Vec<Vec<usize>>) {
        let mut slots: Vec<Slot> =
            columns.iter().map(|column| Slot { column: *column, is_package: true, y: 0.0 }).collect();
        let places: usize = edges.iter().map(|(from, to, _)| columns[*to] - columns[*from] - 1).sum();
        let mut ways = Vec::new();
        let mut shared = BTreeMap::new();
        for &(from, to, _) in edges {
            let mut way = vec![from];
            if places <= MOST_PLACES {
                for column in columns[from] + 1..columns[to] {
                    way.push(*shared.entry((to, column)).or_insert_with(|| {
                        slots.push(Slot { column, is_package: false, y: 0.0 });
                        slots.len() - 1
                    }));
                }
            }
            way.push(to);
            ways.push(way);
        }
        let width = columns.iter().max().map_or(0, |last| last + 1);
        let mut grid = Self {
            orders: vec![Vec::new(); width],
            left: vec![Vec::new(); slots.len()],
            right: vec![Vec::new(); slots.len()],
            slots,
        };
        for (number, slot) in grid.slots.iter().enumerate() {
            grid.orders[slot.column].push(number);
        }
        let steps: BTreeSet<(usize, usize)> =
            ways.iter().flat_map(|way| way.windows(2)).map(|pair| (pair[0], pair[1])).collect();
        for (left, right) in steps {
            grid.right[left].push(right);
            grid.left[right].push(left);
        }
        (0..width).for_each(|column| grid.stack(column));
        (grid, ways)
    }

    /// Puts the slots of a column below each other, in their order.
    fn stack(&mut self, column: usize) {
        let column = &self.orders[column];
        let mut y = 0.0;
        for (index, &number) in column.iter().enumerate() {
            if index > 0 {
                y += self.apart(column[index - 1], number);
            }
            self.slots[number].y = y;
        }
        // Short columns stand in the middle.
        for number in column {
            self.slots[*number].y -= y / 2.0;
        }
    }

    /// How far two neighbours of a column are apart.
    fn apart(&self, above: usize, below: usize) -> f64 {
        let half = |number: usize| if self.slots[number].is_package { APART } else { LINES_APART } / 2.0;
        half(above) + half(below)
    }

    /// Where a slot would best be, for what it is joined with in one direction, or in both.
    fn best(&self, number: usize, directions: &[&Vec<Vec<usize>>]) -> Option<f64> {
        let joined = directions.iter().flat_map(|it| &it[number]);
        let (mut sum, mut count) = (0.0, 0.0);
        for other in joined {
            sum += self.slots[*other].y;
            count += 1.0;
        }
        (count > 0.0).then(|| sum / count)
    }

    /// Orders each column by where its slots would best be, sweeping to the right and back.
    fn order(&mut self) {
        for sweep in 0..SWEEPS {
            for step in 0..self.orders.len() {
                let column = if sweep % 2 == 0 { step } else { self.orders.len() - 1 - step };
                let direction = if sweep % 2 == 0 { &self.left } else { &self.right };
                let mut wanted: Vec<(f64, usize)> = self.orders[column]
                    .iter()
                    .map(|number| (self.best(*number, &[direction]).unwrap_or(self.slots[*number].y), *number))
                    .collect();
                // The order is stable: what is as well here as there stays.
                wanted.sort_by(|(a, _), (b, _)| a.total_cmp(b));
                self.orders[column] = wanted.into_iter().map(|(_, number)| number).collect();
                self.stack(column);
            }
        }
    }

    /// Moves the slots to where they would best be, as near as their order allows.
    fn raise(&mut self) {
        for sweep in 0..SWEEPS {
            for step in 0..self.orders.len() {
                let column = if sweep % 2 == 0 { step } else { self.orders.len() - 1 - step };
                let numbers = self.orders[column].clone();
                let mut below = 0.0;
                let (mut offsets, mut wanted) = (Vec::new(), Vec::new());
                for (index, &number) in numbers.iter().enumerate() {
                    if index > 0 {
                        below += self.apart(numbers[index - 1], number);
                    }
                    let best = self.best(number, &[&self.left, &self.right]).unwrap_or(self.slots[number].y);
                    offsets.push(below);
                    wanted.push(best - below);
                }
                for ((number, y), offset) in numbers.iter().zip(ascending(&wanted)).zip(offsets) {
                    self.slots[*number].y = y + offset;
                }
            }
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "pictures have no such sizes")]
    fn picture(&self, edges: &[(usize, usize, bool)], ways: &[Vec<usize>], letters: &[usize]) -> Layout {
        let top = self.slots.iter().map(|slot| slot.y).fold(f64::INFINITY, f64::min);
        let middle = |number: usize| (self.slots[number].y - top).round() as i32 + HEIGHT;
        let wide = |number: &usize| letters.get(*number).map_or(0, |it| *it as i32 * LETTER + PADDING);
        let widths: Vec<i32> = self.orders.iter().map(|it| it.iter().map(wide).max().unwrap_or(0)).collect();
        let mut x = BETWEEN / 4;
        let mut starts = Vec::new();
        for width in &widths {
            starts.push(x);
            x += width + BETWEEN;
        }
        let places: Vec<Place> = letters
            .iter()
            .enumerate()
            .map(|(number, _)| Place {
                x: starts[self.slots[number].column],
                y: middle(number) - HEIGHT / 2,
                width: wide(&number),
                height: HEIGHT,
            })
            .collect();
        let line = |(&(from, to, is_turned), way): (&(usize, usize, bool), &Vec<usize>)| {
            let level = |number: &usize| {
                let start = starts[self.slots[*number].column];
                let end = start + widths[self.slots[*number].column];
                match places.get(*number) {
                    Some(place) if *number == from => (place.x + place.width, end, middle(*number)),
                    Some(place) => (place.x, place.x, middle(*number)),
                    None => (start, end, middle(*number)),
                }
            };
            let levels = way.iter().map(level).collect();
            if is_turned { Line { from: to, to: from, levels } } else { Line { from, to, levels } }
        };
        let lines = edges.iter().zip(ways).map(line).collect();
        let bottom = self.slots.iter().enumerate().map(|(number, _)| middle(number)).max().unwrap_or(0);
        Layout { size: (x - BETWEEN * 3 / 4, bottom + HEIGHT), places, lines }
    }
}

/// The numbers nearest to these that don't fall, by the least squares: neighbours that fall share their mean (the method of
/// pooling adjacent violators).
fn ascending(wanted: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64)> = Vec::new();
    for &value in wanted {
        let (mut sum, mut count) = (value, 1.0);
        while let Some((before, many)) = pools.last().copied().filter(|(before, many)| before / many > sum / count) {
            pools.pop();
            (sum, count) = (sum + before, count + many);
        }
        pools.push((sum, count));
    }
    let mut values = Vec::with_capacity(wanted.len());
    for (sum, count) in pools {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was counted")]
        values.extend(std::iter::repeat_n(sum / count, count as usize));
    }
    values
}
