//! Worlds that are hard or strange, and the time limit.
//!
//! No time is asserted: the limit of the test runner is enough for what ends, and what doesn't end never passes.

use std::time::Duration;

use super::*;

/// Solves with a time limit.
fn solve_within(wanted: &[&str], records: Vec<RepoDataRecord>, limit: Duration) -> Result<Solution, SolveError> {
    let (wishes, records, target) = (wishes(wanted), Records::of([records]), linux());
    solve(&Request { timeout: Some(limit), trees: true, ..request(&wishes, &records, &target) })
        .inspect(|solution| confirm(solution, &target).unwrap())
}

#[test]
fn ten_thousand_versions_of_one_name() {
    let records: Vec<RepoDataRecord> =
        (0..10_000).map(|version| record(&format!("app 1.{version} 0"), &[&format!("lib >={version}")])).collect();
    let libs = (0..10_000).step_by(7).map(|version| record(&format!("lib {version} 0"), &[]));
    let records: Vec<RepoDataRecord> = records.into_iter().chain(libs).collect();
    let solution = try_solve(&["*app==1.4321", "*lib==700"], records, None).unwrap();
    // Nothing but one of the two can be had; the first by importance is.
    assert_eq!(fate(&solution, 1), "kept 1.4321");
    assert_eq!(fate(&solution, 2), "moved to 4326: app 1.4321 needs lib >=4321");
}

#[test]
fn rings_of_dependencies() {
    let ring = |name: usize, version: usize| {
        record(&format!("p{name} {version} 0"), &[&format!("p{} =={version}", (name + 1) % 50)])
    };
    let records: Vec<RepoDataRecord> =
        (1..=20).flat_map(|version| (0..50).map(move |name| ring(name, version))).collect();
    let solution = try_solve(&["*p0==7", "p25==9"], records, None).unwrap();
    assert_eq!(solution.records.len(), 50);
    assert_eq!(fate(&solution, 1), "kept 7");
    assert_eq!(fate(&solution, 2), "moved to 7: p25 9 needs p0 ==9 through p26, …, p49, and p0 7 is kept");
}

#[test]
fn a_conflict_in_a_ring_is_drawn_and_ends() {
    let records = vec![
        record("app 1 0", &["lib >=3"]),
        record("app 3 0", &["lib"]),
        record("lib 3 0", &["app 1", "tool 1"]),
        record("tool 1 0", &["app >=3"]),
        record("other 1 0", &[]),
    ];
    let solution = solve_within(&["*app==1", "*other"], records, Duration::from_mins(1)).unwrap();
    assert_eq!(titles(&solution), ["other 1 0"]);
    let Fate::Gone { reason: Reason::Conflict { because, tree: Some(tree), .. } } = &solution.outcomes[0].fate else {
        panic!("{:?}", solution.outcomes[0].fate)
    };
    assert_eq!(because, &[""; 0]);
    assert!(tree.contains("lib 3 would require"), "{tree}");
    assert!(tree.lines().count() < 30, "{tree}");
}

#[test]
fn names_without_records_and_constraints_that_contradict_each_other() {
    let records = vec![
        record("app 1 0", &["nowhere"]),
        record_with("tool 1 0", &["lib"], &json!({"constrains": ["lib <1", "lib >1"]})),
        record_with("kit 1 0", &[], &json!({"constrains": ["lib <1", "lib >1"]})),
        record("lib 1 0", &[]),
    ];
    let solution = try_solve(&["*app", "*tool", "*kit", "*lib", "*void"], records, None).unwrap();
    assert_eq!(fate(&solution, 1), "gone: app 1 needs nowhere, which isn't there for Linux");
    assert_eq!(fate(&solution, 2), "gone: tool 1 needs lib and tool 1 excludes lib");
    assert_eq!(fate(&solution, 3), "kept 1");
    assert_eq!(fate(&solution, 4), "gone: kit 1 excludes lib");
    assert_eq!(fate(&solution, 5), "gone: NoSuchName");
}

/// So many pigeons as there are, each in one of one hole fewer: contradictory, and hard to see for a solver that reasons
/// clause by clause.
fn pigeons(many: usize) -> (Vec<RepoDataRecord>, Vec<String>) {
    let holes = many - 1;
    let pigeon = |pigeon: usize, hole: usize| {
        record_with(&format!("pigeon{pigeon} {hole} 0"), &[&format!("hole{hole} =={pigeon}")], &json!({}))
    };
    let hole = |hole: usize, pigeon: usize| record(&format!("hole{hole} {pigeon} 0"), &[]);
    let pigeons = (0..many).flat_map(|number| (0..holes).map(move |hole| pigeon(number, hole)));
    let holes = (0..holes).flat_map(|number| (0..many).map(move |pigeon| hole(number, pigeon)));
    let records = pigeons.chain(holes).collect();
    (records, (0..many).map(|number| format!("*pigeon{number}")).collect())
}

#[test]
fn where_the_time_runs_out_the_best_so_far_is_the_answer() {
    let (records, wanted) = pigeons(14);
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let solution = solve_within(&wanted, records, Duration::from_millis(400)).unwrap();
    assert!(!solution.proven);
    // All but one find a hole, one after the other; with the last, time runs out.
    let kept = solution.outcomes.iter().filter(|outcome| matches!(outcome.fate, Fate::Kept { .. })).count();
    assert_eq!(kept, 13);
    assert_eq!(fate(&solution, 14), "gone: NotTried");
}

#[test]
fn where_there_is_no_time_at_all_that_is_an_error() {
    let records = vec![record("python 3.6.6 0", &["lib"]), record("lib 1 0", &[]), record("lib 2 0", &["python"])];
    let error = solve_within(&["python==3.6.6"], records, Duration::ZERO).unwrap_err();
    assert!(matches!(error, SolveError::OutOfTime), "{error:?}");
}
