//! The whole of a conflict, as resolvo draws it.

use std::fmt::{self, Write};

use resolvo::{Problem as Question, Solver, UnsolvableOrCancelled};

use super::{closest::Demand, deadline::Deadline, problem::Problem, provider::Provider, universe::Universe};

/// The conflict between demands that can't be met together, as a tree; `None` where they can be, where there is no time,
/// or where something in it holds under a condition only.
///
/// `problem` is the one of everything that could be installed, so that what isn't there is named, too.
pub(super) fn proof(world: &Universe, problem: &Problem, demands: &[&Demand], patience: &Deadline) -> Option<String> {
    // resolvo 0.12 panics where it draws a conflict that has conditions in it.
    if problem.leads_to_rules(demands.iter().flat_map(|demand| &demand.members).copied()) {
        return None;
    }
    let mut provider = Provider::new(world, problem, patience.clone());
    let requirements = demands.iter().map(|demand| provider.demand(demand).into());
    let question = Question::new().requirements(requirements.collect());
    let mut solver = Solver::new(provider);
    match solver.solve(question) {
        Err(UnsolvableOrCancelled::Unsolvable(conflict)) => {
            let mut drawn = Drawn::default();
            // It fails where the tree gets too long, and then what there is of it will do.
            let _ = write!(drawn, "{}", conflict.display_user_friendly(&solver));
            Some(without_repeats(&without_rings(&drawn.tree())))
        }
        Ok(_) | Err(UnsolvableOrCancelled::Cancelled(_)) => None,
    }
}

/// The first part of a tree. Where packages need each other in a ring, resolvo draws for ever.
#[derive(Default)]
struct Drawn {
    text: String,
}

impl Drawn {
    /// So many bytes of a tree are more than anybody reads.
    const MOST: usize = 16 * 1024;

    /// The lines that were drawn.
    fn tree(self) -> String {
        match self.text.rsplit_once('\n') {
            Some((lines, _)) if self.text.len() > Self::MOST => format!("{lines}\n…"),
            _ => self.text,
        }
    }
}

impl fmt::Write for Drawn {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        if self.text.len() > Self::MOST { Err(fmt::Error) } else { Ok(()) }
    }
}

/// The tree without what stands above the same line already: the ring is closed there.
fn without_rings(tree: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    // The line at each depth, and where a ring was closed.
    let (mut above, mut closed): (Vec<&str>, Option<usize>) = (Vec::new(), None);
    for line in tree.lines() {
        let depth = line.chars().take_while(|c| " │├└─".contains(*c)).count();
        let text = line.trim_start_matches([' ', '│', '├', '└', '─']);
        if closed.is_some_and(|ring| depth > ring) {
            continue;
        }
        above.resize(depth + 1, "");
        let is_ring = above[..depth].contains(&text);
        closed = is_ring.then_some(depth);
        above[depth] = text;
        kept.push(line);
    }
    kept.join("\n")
}

/// The tree with one line where several builds of a version share the same fate.
fn without_repeats(tree: &str) -> String {
    let lines: Vec<&str> = tree.trim_end().lines().collect();
    let last_of_its_kind = |line: &str| line.replace("├─", "└─");
    let is_repeated = |index: usize| {
        lines.get(index + 1).is_some_and(|next| last_of_its_kind(next) == last_of_its_kind(lines[index]))
    };
    let kept: Vec<&str> = (0..lines.len()).filter(|index| !is_repeated(*index)).map(|index| lines[index]).collect();
    kept.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_drawn_once() {
        let tree = "a\n└─ b 1 would require\n   └─ c\n      └─ b 1 would require\n         └─ c\n└─ d";
        assert_eq!(without_rings(tree), "a\n└─ b 1 would require\n   └─ c\n      └─ b 1 would require\n└─ d");
    }

    #[test]
    fn builds_that_share_their_fate_share_a_line() {
        let tree = "a\n├─ b 1, which conflicts.\n├─ b 1, which conflicts.\n└─ b 1, which conflicts.\n";
        assert_eq!(without_repeats(tree), "a\n└─ b 1, which conflicts.");
        let nested = "├─ c 1 would require\n│  └─ d\n└─ c 1 would require\n   └─ e";
        assert_eq!(without_repeats(nested), nested);
    }
}
