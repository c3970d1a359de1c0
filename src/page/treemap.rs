//! Sizes as areas: a rectangle cut into one for each number, as near to squares as can be.
//!
//! The method is that of Bruls, Huizing and van Wijk, *Squarified Treemaps* (2000).

#![allow(clippy::indexing_slicing, reason = "rows are parts of the list")]

/// A part of a rectangle: its left upper corner, and its size.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tile {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Cuts a rectangle into tiles whose areas are to each other as the sizes are, which are more than nothing and fall.
pub(super) fn tiles(sizes: &[u64], whole: Tile) -> Vec<Tile> {
    let total: f64 = sizes.iter().map(|size| number(*size)).sum();
    let scale = whole.width * whole.height / total;
    let areas: Vec<f64> = sizes.iter().map(|size| number(*size) * scale).collect();
    let (mut tiles, mut left, mut start) = (Vec::with_capacity(sizes.len()), whole, 0);
    while start < areas.len() {
        let side = left.width.min(left.height);
        let mut end = start + 1;
        while end < areas.len() && worst(&areas[start..=end], side) <= worst(&areas[start..end], side) {
            end += 1;
        }
        left = row(&areas[start..end], left, &mut tiles);
        start = end;
    }
    tiles
}

/// How far from a square the worst tile of a row is, along a side of this length.
fn worst(row: &[f64], side: f64) -> f64 {
    let sum: f64 = row.iter().sum();
    let of = |area: &f64| {
        let ratio = side * side * area / (sum * sum);
        ratio.max(1.0 / ratio)
    };
    row.iter().map(of).fold(0.0, f64::max)
}

/// Lays a row along the shorter side, and returns what is left.
fn row(areas: &[f64], left: Tile, tiles: &mut Vec<Tile>) -> Tile {
    let sum: f64 = areas.iter().sum();
    let is_upright = left.width >= left.height;
    let side = if is_upright { left.height } else { left.width };
    // What is left may be nothing, by a rounding error.
    let thick = if side > 0.0 { sum / side } else { 0.0 };
    let (mut x, mut y) = (left.x, left.y);
    for area in areas {
        let long = if thick > 0.0 { area / thick } else { 0.0 };
        let (width, height) = if is_upright { (thick, long) } else { (long, thick) };
        tiles.push(Tile { x, y, width, height });
        if is_upright { y += long } else { x += long }
    }
    if is_upright {
        Tile { x: left.x + thick, width: (left.width - thick).max(0.0), ..left }
    } else {
        Tile { y: left.y + thick, height: (left.height - thick).max(0.0), ..left }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a byte more or less isn't seen")]
fn number(size: u64) -> f64 {
    size as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: Tile = Tile { x: 0.0, y: 0.0, width: 6.0, height: 4.0 };

    #[test]
    fn the_example_of_the_paper_comes_out() {
        // Figure 3 of the paper: 6, 6, 4, 3, 2, 2, 1 in a rectangle of 6 by 4.
        let found = tiles(&[6, 6, 4, 3, 2, 2, 1], WHOLE);
        let first = [(0.0, 0.0, 3.0, 2.0), (0.0, 2.0, 3.0, 2.0), (3.0, 0.0, 12.0 / 7.0, 7.0 / 3.0)];
        for (tile, (x, y, width, height)) in found.iter().zip(first) {
            for (is, expected) in [(tile.x, x), (tile.y, y), (tile.width, width), (tile.height, height)] {
                assert!((is - expected).abs() < 1e-9, "{tile:?}");
            }
        }
        assert!(tiles(&[], WHOLE).is_empty());
    }

    proptest! {
        #[test]
        fn the_areas_are_the_sizes_and_nothing_overlaps(sizes in proptest::collection::vec(1_u64..1_000_000_000, 1..60)) {
            let mut sizes = sizes;
            sizes.sort_unstable_by(|a, b| b.cmp(a));
            let found = tiles(&sizes, WHOLE);
            let total: u64 = sizes.iter().sum();
            prop_assert_eq!(found.len(), sizes.len());
            for (index, (tile, size)) in found.iter().zip(&sizes).enumerate() {
                let share = tile.width * tile.height / 24.0;
                prop_assert!((share - number(*size) / number(total)).abs() < 1e-9);
                prop_assert!(tile.x >= 0.0 && tile.x + tile.width <= 6.0 + 1e-9);
                prop_assert!(tile.y >= 0.0 && tile.y + tile.height <= 4.0 + 1e-9);
                for other in &found[..index] {
                    let beside = |a: f64, wide: f64, b: f64, other: f64| a + wide <= b + 1e-9 || b + other <= a + 1e-9;
                    prop_assert!(
                        beside(tile.x, tile.width, other.x, other.width)
                            || beside(tile.y, tile.height, other.y, other.height)
                    );
                }
            }
        }
    }
}
