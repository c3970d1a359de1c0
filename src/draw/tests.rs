use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::lockfile::{
    Graph,
    testing::{lock_of, record},
};

/// An export's `app` and `lib-b`, with python and libraries between them.
fn lock() -> crate::lockfile::Lockfile {
    let mut lock = lock_of(
        vec![
            record("app-1.0-0", "noarch", &["lib-a", "pkg >=2", "python"], "ab"),
            record("lib-a-2-0", "linux-64", &["lib-b"], "ab"),
            record("lib-b-3-0", "linux-64", &["__glibc"], "ab"),
            record("pkg-4-0", "noarch", &["python"], "ab"),
            record("python-3.9-0", "linux-64", &["lib-b", "pip"], "ab"),
            record("pip-21-0", "noarch", &["python"], "ab"),
        ],
        &[],
    );
    let asked = ["app ==1.0", "lib-a ==2", "lib-b ==3", "pkg ==4", "python ==3.9", "pip ==21"];
    lock.provenance.as_mut().unwrap().input.requests = crate::lockfile::testing::requests(&asked, &[]);
    lock
}

fn names(places: &[usize], labels: &[Label]) -> Vec<String> {
    places.iter().map(|at| labels[*at].name.clone()).collect()
}

#[test]
fn libraries_are_folded_in_and_what_follows_is_left_out() {
    let lock = lock();
    let graph = Graph::new(&lock);
    let people = People::of(&lock, &graph);
    let net = Net::of(&graph, &people, false);
    let labels = net.labels(&graph, &people);
    assert_eq!(labels.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["app", "pip", "pkg", "python"]);
    assert_eq!(names(&net.needs[0], &labels), ["pkg"], "python follows from pkg");
    assert_eq!(names(&net.needs[2], &labels), ["python"]);
    // They need each other.
    assert_eq!(
        (names(&net.needs[1], &labels), names(&net.needs[3], &labels)),
        (vec!["python".into()], vec!["pip".into()])
    );
    assert_eq!(labels.iter().filter(|it| it.is_root).map(|it| it.name.as_str()).collect::<Vec<_>>(), ["app", "python"]);

    let all = Net::of(&graph, &people, true);
    assert_eq!(all.seen.len(), 6);
    assert_eq!(names(&all.needs[0], &all.labels(&graph, &people)), ["lib-a", "pkg"]);
}

#[test]
fn a_file_written_by_hand_names_what_people_use() {
    let mut lock = lock();
    lock.provenance.as_mut().unwrap().input.requests = crate::lockfile::testing::requests(&["lib-a >=1", "pkg"], &[]);
    let graph = Graph::new(&lock);
    let people = People::of(&lock, &graph);
    let used: Vec<&str> = people.used.iter().map(|at| graph.package(*at).name.as_str()).collect();
    assert_eq!(used, ["lib-a", "pkg"]);
    lock.provenance = None;
    let graph = Graph::new(&lock);
    let people = People::of(&lock, &graph);
    let used: Vec<&str> = people.used.iter().map(|at| graph.package(*at).name.as_str()).collect();
    assert_eq!(used, ["app", "pip", "pkg", "python"], "as of an export");
}

#[test]
fn a_net_is_written_down_in_three_ways() {
    let net = Net { seen: vec![0, 1, 2], needs: vec![vec![1, 2], vec![2], vec![]] };
    let label =
        |name: &str, is_root| Label { name: name.into(), version: "1".into(), is_root, is_of_pip: name == "end" };
    let labels = [label("a\"]; \\n<b>", true), label("end", false), label("c", false)];
    assert_eq!(
        mermaid(&net, &labels),
        "flowchart LR\n  p0[\"a#34;#93;#59; #92;n#60;b#62; 1\"]:::root\n  p1[\"end 1 (pip)\"]\n  p2[\"c 1\"]\n  \
         p0 --> p1\n  p0 --> p2\n  p1 --> p2\n  classDef root font-weight:bold,stroke-width:3px\n"
    );
    assert_eq!(
        dot(&net, &labels),
        "digraph packages {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n  \
         p0 [label=\"a\\\"]; \\\\n<b> 1\", style=bold];\n  p1 [label=\"end 1 (pip)\"];\n  p2 [label=\"c 1\"];\n  \
         p0 -> p1;\n  p0 -> p2;\n  p1 -> p2;\n}\n"
    );
    assert_eq!(tree(&net, &labels), "a\"]; \\n<b> 1\n├── end 1 (pip)\n│   └── c 1\n└── c 1\n");
}

#[test]
fn a_long_chain_and_a_circle_are_drawn() {
    let chain = Net {
        seen: (0..5000).collect(),
        needs: (0..5000).map(|at| if at < 4999 { vec![at + 1] } else { vec![] }).collect(),
    };
    assert_eq!(branches(&chain).last().unwrap().depth, 4999);
    let circle = Net { seen: vec![0, 1], needs: vec![vec![1], vec![0]] };
    let rows: Vec<_> = branches(&circle).iter().map(|it| (it.at, it.depth, it.is_repeated)).collect();
    assert_eq!(rows, [(0, 0, false), (1, 1, false), (0, 2, true)]);
    let layout = Layout::new(&circle, &[3, 3]);
    assert_eq!(layout.lines.len(), 1, "one line stands for both needs");
    assert_eq!(Layout::new(&Net::default(), &[]).places, []);
}

/// What each package needs: any packages, each other among them.
fn needs() -> impl Strategy<Value = Vec<Vec<usize>>> {
    (1_usize..24).prop_flat_map(|count| {
        let one = proptest::collection::btree_set(0..count, 0..4);
        proptest::collection::vec(one, count).prop_map(|all| {
            let without = |(at, it): (usize, BTreeSet<usize>)| it.into_iter().filter(|to| *to != at).collect();
            all.into_iter().enumerate().map(without).collect()
        })
    })
}

/// What can be reached from each, by a way that is told apart from the code under test.
fn reach(needs: &[Vec<usize>]) -> Vec<BTreeSet<usize>> {
    let mut reach: Vec<BTreeSet<usize>> = needs.iter().map(|it| it.iter().copied().collect()).collect();
    for _ in 0..needs.len() {
        for at in 0..needs.len() {
            let more: BTreeSet<usize> = reach[at].iter().flat_map(|it| reach[*it].clone()).collect();
            reach[at].extend(more);
        }
    }
    reach
}

proptest! {
    #[test]
    fn a_net_says_what_can_be_reached_and_no_more(needs in needs(), hidden in any::<u32>()) {
        let is_seen = |at: usize| at >= 32 || hidden & (1 << at) == 0;
        let net = Net::new(&needs, is_seen);
        let (before, after) = (reach(&needs), reach(&net.needs));
        for (number, at) in net.seen.iter().enumerate() {
            let expected: BTreeSet<usize> = before[*at].iter().copied().filter(|it| is_seen(*it) && it != at).collect();
            let found: BTreeSet<usize> = after[number].iter().map(|it| net.seen[*it]).filter(|it| it != at).collect();
            prop_assert_eq!(found, expected);
        }
        // Without any one of the lines between packages that don't need each other, something can't be reached any more.
        for from in 0..net.needs.len() {
            for to in net.needs[from].iter().filter(|to| !after[**to].contains(&from)) {
                let mut fewer = net.needs.clone();
                let circle = |it: usize, with: usize| it == with || after[it].contains(&with) && after[with].contains(&it);
                for (at, left) in fewer.iter_mut().enumerate().filter(|(at, _)| circle(*at, from)) {
                    left.retain(|it| !circle(*it, *to) || at == *it);
                }
                prop_assert!(!reach(&fewer)[from].contains(to), "{from} {to}");
            }
        }
    }

    #[test]
    fn nothing_overlaps_and_every_need_is_a_line(needs in needs()) {
        let net = Net::new(&needs, |_| true);
        let letters: Vec<usize> = (0..needs.len()).map(|at| at % 20 + 1).collect();
        let layout = Layout::new(&net, &letters);
        prop_assert_eq!(&layout, &Layout::new(&net, &letters));
        for (at, place) in layout.places.iter().enumerate() {
            prop_assert!(place.x >= 0 && place.y >= 0);
            prop_assert!(place.x + place.width <= layout.size.0 && place.y + place.height <= layout.size.1);
            for other in &layout.places[..at] {
                let beside = |a: i32, wide: i32, b: i32, other: i32| a + wide <= b || b + other <= a;
                prop_assert!(
                    beside(place.x, place.width, other.x, other.width) || beside(place.y, place.height, other.y, other.height)
                );
            }
        }
        let drawn: BTreeSet<(usize, usize)> = layout.lines.iter().map(|it| (it.from, it.to)).collect();
        for (from, needed) in net.needs.iter().enumerate() {
            for to in needed {
                prop_assert!(drawn.contains(&(from, *to)) || drawn.contains(&(*to, from)), "{from} {to}");
            }
        }
        for line in &layout.lines {
            prop_assert!(net.needs[line.from].contains(&line.to));
            let (first, last) = (line.levels[0], line.levels[line.levels.len() - 1]);
            let ends = [layout.places[line.from], layout.places[line.to]];
            let touches = |(x, y): (i32, i32), place: &Place| {
                (x == place.x || x == place.x + place.width) && y == place.y + place.height / 2
            };
            for place in &ends {
                prop_assert!(touches((first.0, first.2), place) || touches((last.1, last.2), place));
            }
        }
    }
}
