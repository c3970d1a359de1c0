//! Conditions, extras and flags, of records and of lines.

use super::*;
use crate::environment::parse_environment;
use crate::intent::understand;

/// The wishes of an environment file's lines, each a root.
fn lines(lines: &[&str]) -> Vec<Wish> {
    let text: String = lines.iter().flat_map(|line| ["- '", line, "'\n"]).collect();
    let environment = parse_environment("e.yml", format!("dependencies:\n{text}").as_bytes()).unwrap();
    assert!(environment.warnings.is_empty(), "{:?}", environment.warnings);
    let pins = understand(&environment).pins.into_iter();
    pins.map(|pin| Wish { pin: Pin { line: pin.line - 1, ..pin }, root: true, used: true }).collect()
}

fn solved(wanted: &[&str], records: &[RepoDataRecord]) -> Result<Solution, SolveError> {
    let (wishes, records, target) = (lines(wanted), Records::of([records.to_vec()]), linux());
    solve(&Request { trees: true, ..request(&wishes, &records, &target) })
}

fn chosen(wanted: &[&str], records: &[RepoDataRecord]) -> Vec<String> {
    titles(&solved(wanted, records).unwrap())
}

fn pythons() -> Vec<RepoDataRecord> {
    vec![record("python 3.10.1 0", &[]), record("python 3.12.0 0", &[]), record("python 3.12.4 0", &[])]
}

#[test]
fn a_dependency_counts_where_its_condition_is_true() {
    let mut records = pythons();
    records.push(record(
        "app 1.0 0",
        &["python", r#"backport >=2[when="python <3.11 and (__linux or __osx)"]"#, r#"menu[when="__osx"]"#],
    ));
    records.push(record("backport 2.1 0", &[]));
    assert_eq!(chosen(&["app", "python=3.10"], &records), ["app 1.0 0", "backport 2.1 0", "python 3.10.1 0"]);
    assert_eq!(chosen(&["app", "python=3.12"], &records), ["app 1.0 0", "python 3.12.4 0"]);
    // Without a python that is settled, the solver has to see to it.
    assert_eq!(chosen(&["app"], &records), ["app 1.0 0", "python 3.12.4 0"]);
    records.push(record("old 1.0 0", &["python <3.11"]));
    assert_eq!(chosen(&["app", "old"], &records), ["app 1.0 0", "backport 2.1 0", "old 1.0 0", "python 3.10.1 0"]);
}

#[test]
fn what_is_there_for_nothing_makes_no_condition_true() {
    let records = [
        record("app 1.0 0", &["lib"]),
        record("lib 1.0 0", &[r#"more[when="more"]"#, r#"ring[when="pair"]"#, r#"pair[when="ring"]"#]),
        record("more 1.0 0", &[]),
        record("ring 1.0 0", &[]),
        record("pair 1.0 0", &[]),
    ];
    assert_eq!(chosen(&["app"], &records), ["app 1.0 0", "lib 1.0 0"]);
    assert_eq!(chosen(&["app", "ring"], &records), ["app 1.0 0", "lib 1.0 0", "pair 1.0 0", "ring 1.0 0"]);
}

#[test]
fn a_constraint_counts_where_its_condition_is_true() {
    let limits = json!({"constrains": [r#"numpy <2[when="torch <2.3"]"#]});
    let records = [
        record_with("app 1.0 0", &["numpy"], &limits),
        record("numpy 1.26 0", &[]),
        record("numpy 2.0 0", &[]),
        record("torch 2.2 0", &[]),
        record("torch 2.4 0", &[]),
    ];
    assert_eq!(chosen(&["app", "torch==2.2"], &records), ["app 1.0 0", "numpy 1.26 0", "torch 2.2 0"]);
    assert_eq!(chosen(&["app", "torch==2.4"], &records), ["app 1.0 0", "numpy 2.0 0", "torch 2.4 0"]);
    assert_eq!(chosen(&["app"], &records), ["app 1.0 0", "numpy 2.0 0"]);
}

#[test]
fn extras_come_where_they_are_asked_for() {
    let extras = json!({"extra_depends": {"array": ["numpy >=2", "more[extras=[deep]]"], "empty": []}});
    let records = [
        record_with("dask 1.0 0", &[], &extras),
        record_with("more 1.0 0", &[], &json!({"extra_depends": {"deep": ["six"]}})),
        record("numpy 1.26 0", &[]),
        record("numpy 2.0 0", &[]),
        record("six 1.0 0", &[]),
        record("app 1.0 0", &["dask[extras=[array]]"]),
        record("other 1.0 0", &["dask[extras=array,when=\"six\"]"]),
    ];
    let all = ["dask 1.0 0", "more 1.0 0", "numpy 2.0 0", "six 1.0 0"];
    assert_eq!(chosen(&["dask"], &records), ["dask 1.0 0"]);
    assert_eq!(chosen(&["dask[extras=[array]]"], &records), all);
    assert_eq!(chosen(&["dask[extras=[empty,unknown]]"], &records), ["dask 1.0 0"]);
    assert_eq!(chosen(&["app"], &records)[1..], all);
    assert_eq!(chosen(&["other", "dask"], &records), ["dask 1.0 0", "other 1.0 0"]);
    assert_eq!(chosen(&["other", "dask", "six"], &records).len(), 5);
}

#[test]
fn a_record_with_an_extra_that_cant_be_read_is_left_out() {
    for bad in ["!!!", "lib >=1,,<<2"] {
        let extras = json!({"extra_depends": {"more": ["lib", bad]}});
        let records = [record("app 1.0 0", &[]), record_with("app 2.0 0", &[], &extras)];
        assert_eq!(chosen(&["app"], &records), ["app 1.0 0"], "{bad}");
    }
}

#[test]
fn a_dependency_on_a_file_is_met_by_that_file_alone() {
    let records = [
        record("app 1.0 0", &[]),
        record("app 2.0 0", &["app[url=https://elsewhere.example/app-1.0-0.conda]"]),
        record("old 1.0 0", &["app[url=https://example.org/main/linux-64/app-1.0-0.conda]"]),
    ];
    assert_eq!(chosen(&["app"], &records), ["app 1.0 0"]);
    assert_eq!(chosen(&["old"], &records), ["app 1.0 0", "old 1.0 0"]);
}

#[test]
fn a_constraint_asks_for_no_extra_and_hides_none() {
    let text = "lib >=1[extras=[more]]";
    let records = [
        record_with("first 1.0 0", &[], &json!({"constrains": [text]})),
        record_with("lib 1.0 0", &[], &json!({"extra_depends": {"more": ["numpy"]}})),
        record("numpy 1.26 0", &[]),
        record("app 1.0 0", &[text]),
    ];
    assert_eq!(chosen(&["first", "lib"], &records), ["first 1.0 0", "lib 1.0 0"]);
    assert_eq!(chosen(&["first", "app"], &records), ["app 1.0 0", "first 1.0 0", "lib 1.0 0", "numpy 1.26 0"]);
}

#[test]
fn an_extra_that_cant_be_had_is_a_reason() {
    let extras = json!({"extra_depends": {"gpu": ["cupy", "numpy >=2"]}});
    let records = [record_with("dask 1.0 0", &[], &extras), record("numpy 1.26 0", &[])];
    let solution = solved(&["dask[extras=[gpu]]", "numpy"], &records).unwrap();
    assert_eq!(titles(&solution), ["numpy 1.26 0"]);
    assert!(fate(&solution, 1).starts_with("gone: "), "{}", fate(&solution, 1));
    let records = [
        record_with("dask 1.0 0", &[], &json!({"extra_depends": {"gpu": ["numpy >=2"]}})),
        record("numpy 1.26 0", &[]),
        record("numpy 2.0 0", &[]),
    ];
    let solution = solved(&["numpy==1.26", "dask[extras=[gpu]]"], &records).unwrap();
    assert_eq!(titles(&solution), ["dask 1.0 0", "numpy 2.0 0"]);
    let fate = fate(&solution, 1);
    assert!(fate.starts_with("moved to 2.0: ") && fate.contains("dask"), "{fate}");
}

#[test]
fn a_record_without_the_flags_that_are_asked_for_is_out() {
    let flags = |flags: &[&str]| json!({"flags": flags});
    let records = [
        record_with("torch 2.0 gpu", &[], &flags(&["gpu:cuda", "cuda:12"])),
        record_with("torch 2.1 cpu", &[], &flags(&["gpu:none"])),
        record("torch 2.2 0", &[]),
        record("app 1.0 0", &["torch[flags=[cuda:*]]"]),
    ];
    assert_eq!(chosen(&["torch"], &records), ["torch 2.2 0"]);
    assert_eq!(chosen(&["torch[flags=[gpu:none]]"], &records), ["torch 2.1 cpu"]);
    assert_eq!(chosen(&["torch[flags=[gpu:*,cuda:*]]"], &records), ["torch 2.0 gpu"]);
    assert_eq!(chosen(&["app"], &records), ["app 1.0 0", "torch 2.0 gpu"]);
    let solution = solved(&["torch[flags=[rocm:*]]", "app"], &records).unwrap();
    assert_eq!(fate(&solution, 1), "gone: it hasn't the flag `rocm:*` that is asked for");
}

#[test]
fn a_line_counts_where_its_condition_is_true() {
    let mut records = pythons();
    records.extend([record("numpy 1.26 0", &[]), record("numpy 2.0 0", &[]), record("menu 1.0 0", &[])]);
    let wanted = [
        "python=3.12",
        r#"numpy>=2[when="python >=3.11"]"#,
        r#"numpy<2[when="python <3.11"]"#,
        r#"menu[when="__osx"]"#,
    ];
    let solution = solved(&wanted, &records).unwrap();
    assert_eq!(titles(&solution), ["numpy 2.0 0", "python 3.12.4 0"]);
    assert_eq!(fate(&solution, 2), "kept 2.0");
    assert_eq!(fate(&solution, 3), r#"gone: OnlyWhen("python<3.11")"#);
    assert_eq!(fate(&solution, 4), r#"gone: OnlyWhen("__osx")"#);
    let other = ["python=3.10", wanted[1], wanted[2], wanted[3]];
    assert_eq!(chosen(&other, &records), ["numpy 1.26 0", "python 3.10.1 0"]);
}

#[test]
fn a_line_whose_condition_is_open_is_an_error() {
    let mut records = pythons();
    records.push(record("numpy 2.0 0", &[]));
    for wanted in [
        vec![r#"numpy[when="python >=3.11"]"#],
        vec![r#"numpy[when="python >=3.12.3"]"#, "python=3.12"],
        vec![r#"numpy[when="scipy"]"#, "python=3.12"],
    ] {
        let error = solved(&wanted, &records).unwrap_err();
        let SolveError::OpenCondition { line, text, .. } = &error else { panic!("{error}") };
        assert_eq!((*line, text.as_str()), (1, wanted[0]), "{error}");
    }
}

#[test]
fn a_condition_without_end_makes_a_record_unusable() {
    let many: Vec<String> = (0..8).map(|index| format!("(a{index} or b{index})")).collect();
    let records = [record("app 1.0 0", &[&format!("lib[when=\"{}\"]", many.join(" and "))]), record("six 1.0 0", &[])];
    let solution = solved(&["app", "six"], &records).unwrap();
    assert!(fate(&solution, 1).contains("its condition is true in more than 64 cases"), "{}", fate(&solution, 1));
}
