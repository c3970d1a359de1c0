//! The second opinion: it accepts what the meaning of `depends`, `constrains` and the wishes allows, and nothing else.

use proptest::prelude::*;

use super::{
    exhaustive::{Set, any_channel, any_wishes, flaw, name},
    *,
};
use crate::solve::{Outcome, second_opinion::*};

/// A solution of these records, in which the wishes fare as they do there.
fn solution(wanted: &[&str], records: Vec<RepoDataRecord>) -> Solution {
    let fate = |wish: &Wish| {
        let there = records.iter().find(|record| record.package_record.name == wish.pin.name);
        match there.cloned().map(Box::new) {
            Some(record) if wish.pin.want.accepts(&record) => Fate::Kept { record },
            Some(record) => Fate::Moved { record, reason: Reason::NoSuchVersion },
            None => Fate::Gone { reason: Reason::NotNeeded },
        }
    };
    let outcome = |wish: Wish| Outcome { fate: fate(&wish), pin: wish.pin, root: wish.root, used: wish.used };
    let outcomes = wishes(wanted).into_iter().map(outcome).collect();
    Solution { outcomes, records, horizon: None, proven: true }
}

fn app_and_lib() -> Vec<RepoDataRecord> {
    vec![
        record("app 1.0 0", &["lib >=2", "__glibc >=2.17", "__unix"]),
        record_with("lib 2.0 0", &[], &json!({"constrains": ["other <2", "__cuda >=11", "__glibc >=2.17"]})),
        record("other 1.0 0", &[]),
    ]
}

/// What is objected to in a solution.
fn objected(solution: &Solution) -> String {
    confirm(solution, &linux()).map_or_else(|disagreement| disagreement.to_string(), |()| "nothing".to_owned())
}

#[test]
fn what_fits_together_and_is_asked_for_is_accepted() {
    let wanted = ["*app==1.0", "lib==2.0", "*other==1.5", "*missing"];
    assert_eq!(objected(&solution(&wanted, app_and_lib())), "nothing");
    assert_eq!(objected(&solution(&[], Vec::new())), "nothing");
}

#[test]
fn a_record_that_is_missing_is_missed() {
    let mut records = app_and_lib();
    records.remove(1);
    assert_eq!(objected(&solution(&["*app", "*other"], records)), "app 1.0 needs lib >=2, which isn't there");
}

#[test]
fn a_dependency_in_another_version_or_build_is_not_met() {
    for (other, objection) in [
        ("lib 1.9 0", "app 1.0 needs lib >=2, and lib 1.9 is there"),
        ("lib 2.0 1", "app 1.0 needs lib 2.0 0, and lib 2.0 is there"),
    ] {
        let spec = if other.ends_with('1') { "lib 2.0 0" } else { "lib >=2" };
        let records = vec![record("app 1.0 0", &[spec]), record(other, &[])];
        assert_eq!(objected(&solution(&["*app"], records)), objection);
    }
}

#[test]
fn what_excludes_each_other_is_refused() {
    let mut records = app_and_lib();
    records[2] = record("other 2.0 0", &[]);
    let objection = "lib 2.0 allows only other <2, and other 2.0 is there";
    assert_eq!(objected(&solution(&["*app", "*other"], records)), objection);
    // Both exclude the other, and each is named.
    let excluding = |what: &str, spec: &str| record_with(what, &[], &json!({"constrains": [spec]}));
    let records = vec![excluding("a 1 0", "b <1"), excluding("b 1 0", "a <1")];
    let objection = "a 1 allows only b <1, and b 1 is there; b 1 allows only a <1, and a 1 is there";
    assert_eq!(objected(&solution(&["*a", "*b"], records)), objection);
}

#[test]
fn what_the_image_offers_counts() {
    let of = |depends: &[&str], constrains: &[&str]| {
        let records = vec![record_with("app 1 0", depends, &json!({"constrains": constrains}))];
        objected(&solution(&["*app"], records))
    };
    assert_eq!(of(&["__glibc >=2.17,<3.0.a0", "__archspec 1 x86_64"], &["__cuda >=11"]), "nothing");
    assert_eq!(of(&["__glibc >=2.99"], &[]), "app 1 needs __glibc >=2.99, which isn't there");
    assert_eq!(of(&["__cuda"], &[]), "app 1 needs __cuda, which isn't there");
    assert_eq!(of(&[], &["__glibc <2.17"]), "app 1 allows only __glibc <2.17, and __glibc 2.41 is there");
}

#[test]
fn a_wish_that_counts_as_granted_has_to_be() {
    for (wish, objection) in [
        ("*app==2.0", "app ==2.0 is asked for, and app 1.0 is there"),
        ("*app>=2", "app >=2 is asked for, and app 1.0 is there"),
        ("*app@cuda*", "app[build=\"cuda*\"] is asked for, and app 1.0 is there"),
        // A library that nothing needs counts as well.
        ("lib==1.0", "lib ==1.0 is asked for, and lib 2.0 is there"),
        ("gone==1.0", "gone ==1.0 is asked for, and isn't there"),
        ("*gone", "gone is asked for, and isn't there"),
    ] {
        let mut solution = solution(&["*app", "*other", wish], app_and_lib());
        let outcome = solution.outcomes.last_mut().unwrap();
        outcome.fate = Fate::Kept { record: Box::new(solution.records[0].clone()) };
        assert_eq!(objected(&solution), objection);
    }
}

#[test]
fn of_several_builds_one_is_enough() {
    let mut solution = solution(&["*app==1.0@cpu*"], vec![record("app 1.0 cuda_0", &[])]);
    assert_eq!(objected(&solution), "app ==1.0 cpu* is asked for, and app 1.0 is there");
    solution.outcomes[0].pin.builds.push("cuda*".to_owned());
    assert_eq!(objected(&solution), "nothing");
}

#[test]
fn what_nothing_needs_is_superfluous() {
    let records = app_and_lib();
    assert_eq!(objected(&solution(&["*app", "other==1.0"], records.clone())), "nothing needs other 1.0");
    assert_eq!(objected(&solution(&["*other"], records)), "nothing needs app 1.0; nothing needs lib 2.0");
    // Nor does it help to need each other.
    let ring = vec![record("app 1 0", &[]), record("a 1 0", &["b"]), record("b 1 0", &["a"])];
    assert_eq!(objected(&solution(&["*app", "a==1"], ring)), "nothing needs a 1; nothing needs b 1");
}

#[test]
fn a_name_is_there_once() {
    let records = vec![record("app 1 0", &[]), record("app 1 1", &[])];
    assert_eq!(objected(&solution(&["*app"], records)), "app 1 is there besides another of that name");
}

#[test]
fn what_can_not_be_read_is_named() {
    for (text, why) in [
        ("lib >=", "app 1 names, can't be read: "),
        ("*", "app 1 names, can't be read: "),
        ("^lib.*$", "app 1 names, can't be read: "),
        ("lib[when=\"* >=1\"]", "app 1 names, can't be read: "),
    ] {
        for fields in [json!({"depends": [text]}), json!({"constrains": [text]})] {
            let objection = objected(&solution(&["*app"], vec![record_with("app 1 0", &[], &fields)]));
            assert!(objection.starts_with(&format!("`{text}`, which {why}")), "{objection}");
        }
    }
}

#[test]
fn a_channel_in_a_dependency_says_nothing() {
    let records = vec![record("app 1 0", &["conda-forge::lib >=1"]), record("lib 1 0", &[])];
    assert_eq!(titles(&try_solve(&["*app"], records.clone(), None).unwrap()), ["app 1 0", "lib 1 0"]);
    assert_eq!(objected(&solution(&["*app"], records)), "nothing");
}

#[test]
fn many_objections_are_counted() {
    let records = (0..8).map(|index| record(&format!("p{index} 1 0"), &[])).collect();
    assert!(objected(&solution(&[], records)).ends_with("; nothing needs p4 1; and 3 more"));
}

prop_compose! {
    /// Some of the records of a channel.
    fn any_choice()(
        records in any_channel(),
        taken in prop::collection::vec(prop::bool::weighted(0.4), 16),
    ) -> Vec<RepoDataRecord> {
        let taken = records.into_iter().zip(taken).filter(|(_, is_taken)| *is_taken);
        taken.map(|(record, _)| record).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_solution_is_accepted_and_none_with_more_or_less(records in any_channel(), wanted in any_wishes()) {
        let texts: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let Ok(solution) = try_solve(&texts, records.clone(), None) else { return Ok(()) };
        prop_assert_eq!(objected(&solution), "nothing");
        let with = |records: Vec<RepoDataRecord>| Solution { records, ..solution.clone() };
        for left_out in 0..solution.records.len() {
            let mut fewer = solution.records.clone();
            fewer.remove(left_out);
            prop_assert_ne!(objected(&with(fewer)), "nothing");
        }
        let is_other = |record: &&RepoDataRecord| solution.records.iter().all(|it| it.url != record.url);
        for other in records.iter().filter(is_other) {
            let more = solution.records.iter().chain([other]).cloned().collect();
            prop_assert_ne!(objected(&with(more)), "nothing");
        }
    }

    #[test]
    fn it_accepts_what_the_meaning_of_the_records_allows(records in any_choice()) {
        let set: Set = records.iter().map(|record| (name(record), record)).collect();
        let is_right = set.len() == records.len() && flaw(&set).is_none();
        prop_assert_eq!(confirm_together(&records, &linux()).is_ok(), is_right, "{:?}", confirm_together(&records, &linux()));
    }

    #[test]
    fn no_dependency_makes_it_panic(text in "[a-b=><!,|*^$ \\[\\]\"';:0-2]{0,16}", is_constraint in any::<bool>()) {
        let field = if is_constraint { "constrains" } else { "depends" };
        let _ = confirm_together(&[record_with("app 1 0", &[], &json!({field: [text]}))], &linux());
    }
}
