//! Small universes, each with one thing to see.

use rattler_conda_types::RepoDataRecord;
use serde_json::json;
use url::Url;

use super::*;
use crate::{
    channel::{Channel, Place},
    intent::{Intent, Kind, Origin},
};

#[test]
fn an_exact_version_is_kept_though_a_newer_one_is_there() {
    let records = vec![record("numpy 1.15.4 py36_0", &[]), record("numpy 1.16.0 py36_0", &[])];
    assert_eq!(installed(&["*numpy==1.15.4"], records), ["numpy 1.15.4 py36_0"]);
}

#[test]
fn the_nearest_version_shares_most_of_the_number() {
    let all = ["1.15.1", "1.15.3", "1.16.0", "1.14.9", "2.0.0"];
    let world = |versions: &[&str]| versions.iter().map(|v| record(&format!("numpy {v} 0"), &[])).collect::<Vec<_>>();
    for (gone, nearest) in ["1.15.3", "1.15.1", "1.16.0", "1.14.9", "2.0.0"].into_iter().enumerate() {
        let left: Vec<&str> =
            all.into_iter().filter(|v| !["1.15.3", "1.15.1", "1.16.0", "1.14.9"][..gone].contains(v)).collect();
        let solution = try_solve(&["*numpy==1.15.4"], world(&left), None).unwrap();
        assert_eq!(fate(&solution, 1), format!("moved to {nearest}: NoSuchVersion"));
    }
}

#[test]
fn what_a_version_begins_with_is_aimed_at_and_all_that_begin_so_are_the_same() {
    let world = |versions: &[&str]| versions.iter().map(|v| record(&format!("numpy {v} 0"), &[])).collect::<Vec<_>>();
    for (wished, there, expected) in [
        ("*numpy=1.15", &["1.15.1", "1.15.4", "1.16.0"][..], "kept 1.15.4"),
        ("*numpy=1.15", &["1.14.9", "1.16.0", "1.17.2", "2.0.0"], "moved to 1.16.0: NoSuchVersion"),
        ("*numpy=1.15.7", &["1.15.1", "1.15.4", "1.16.0"], "moved to 1.15.4: NoSuchVersion"),
        ("*numpy=1", &["0.9", "2.5", "3.0"], "moved to 2.5: NoSuchVersion"),
    ] {
        let solution = try_solve(&[wished], world(there), None).unwrap();
        assert_eq!(fate(&solution, 1), expected, "{wished} {there:?}");
    }
    // As far as Python lets it.
    let records = vec![
        record("python 3.12.1 0", &[]),
        record("numpy 1.24.4 py311_0", &["python 3.11.*"]),
        record("numpy 1.26.0 py312_0", &["python 3.12.*"]),
        record("numpy 1.26.4 py312_0", &["python 3.12.*"]),
        record("numpy 2.5.2 py312_0", &["python 3.12.*"]),
    ];
    let solution = try_solve(&["*python=3.12", "*numpy=1.24"], records, None).unwrap();
    assert_eq!(fate(&solution, 2), "moved to 1.26.0: numpy 1.24.4 needs python 3.11.*, which isn't there for Linux");
    // Packages are built for one minor version of R.
    let records = ["4.0.5", "4.1.2", "4.5.3"].map(|version| record(&format!("r-base {version} 0"), &[]));
    let solution = try_solve(&["*r-base=4.1.0"], records.to_vec(), None).unwrap();
    assert_eq!(fate(&solution, 1), "moved to 4.1.2: NoSuchVersion");
}

#[test]
fn a_record_without_any_hash_is_never_chosen() {
    let hashless = record_with("numpy 1.16.0 0", &[], &json!({"sha256": null}));
    let solution = try_solve(&["*numpy==1.16.0"], vec![record("numpy 1.15.4 0", &[]), hashless.clone()], None).unwrap();
    assert_eq!(fate(&solution, 1), "moved to 1.15.4: its channel gives no hash to check it by");
    let solution = try_solve(&["*numpy", "*six"], vec![hashless, record("six 1.0 0", &[])], None).unwrap();
    assert_eq!(fate(&solution, 1), "gone: its channel gives no hash to check it by");
}

#[test]
fn a_package_of_another_platform_never_gets_in() {
    let mac = record_with("numpy 1.16.0 0", &[], &json!({"subdir": "osx-64"}));
    let solution = try_solve(&["*numpy==1.16.0"], vec![record("numpy 1.15.4 0", &[]), mac], None).unwrap();
    assert_eq!(fate(&solution, 1), "moved to 1.15.4: it is built for osx-64");
}

#[test]
fn a_noarch_package_that_needs_windows_or_macos_does_not_exist() {
    let noarch = json!({"subdir": "noarch", "noarch": "generic"});
    let records = vec![
        record_with("colours 1.0 win", &["__win"], &noarch),
        record_with("menu 1.0 osx", &["__osx >=10.12"], &noarch),
        record("six 1.0 0", &["__unix"]),
    ];
    let solution = try_solve(&["*colours==1.0", "*menu==1.0", "*six"], records, None).unwrap();
    assert_eq!(fate(&solution, 1), "gone: it needs __win, which a Linux image can't offer");
    assert_eq!(fate(&solution, 2), "gone: it needs __osx >=10.12, which a Linux image can't offer");
    assert_eq!(titles(&solution), ["six 1.0 0"]);
}

#[test]
fn the_image_decides_which_glibc_there_is() {
    let records = vec![record("six 1.0 0", &["__glibc >=2.17"]), record("six 2.0 0", &["__glibc >=2.99"])];
    let solution = try_solve(&["*six==2.0"], records, None).unwrap();
    assert_eq!(fate(&solution, 1), "moved to 1.0: it needs __glibc >=2.99, and the image has 2.41");
}

#[test]
fn nothing_newer_than_the_cut_off_is_taken_where_something_older_serves() {
    let at = |what: &str, depends: &[&str], day: i64| record_with(what, depends, &json!({"timestamp": days(day)}));
    let old_and_new = vec![
        at("app 1.0 0", &["lib", "only-new"], 100),
        at("lib 1.0 0", &[], 90),
        at("lib 2.0 0", &[], 400),
        at("only-new 1.0 0", &[], 300),
        at("only-new 2.0 0", &[], 500),
    ];
    let solution = try_solve(&["*app==1.0"], old_and_new.clone(), Some("2016-11-15T00:00:00Z")).unwrap();
    assert_eq!(titles(&solution), ["app 1.0 0", "lib 1.0 0", "only-new 1.0 0"], "the oldest of the newer ones");
    let solution = try_solve(&["*app==1.0"], old_and_new.clone(), None).unwrap();
    assert_eq!(titles(&solution), ["app 1.0 0", "lib 2.0 0", "only-new 2.0 0"]);
    let solution = try_solve(&["*app==1.0", "lib==2.0"], old_and_new, Some("2016-11-15T00:00:00Z")).unwrap();
    assert_eq!(fate(&solution, 2), "kept 2.0", "a pin's own version is exempt");
}

#[test]
fn the_first_channel_that_has_a_name_gives_it() {
    let in_second = |what: &str| record_with(what, &[], &json!({"channel": "https://example.org/second/"}));
    let records =
        Records::of([vec![record("numpy 1.15.4 0", &[])], vec![in_second("numpy 1.16.0 0"), in_second("six 1.0 0")]]);
    let channel = |name: &str| {
        let url: Url = format!("https://example.org/{name}/").parse().unwrap();
        Channel { name: name.to_owned(), alias: None, url: url.clone(), place: Place::Url(url) }
    };
    let channels = [channel("main"), channel("second")];
    let solved = |texts: &[&str], priority| {
        let (wishes, target) = (wishes(texts), linux());
        solve(&Request { priority, channels: &channels, ..request(&wishes, &records, &target) }).unwrap()
    };
    let chosen = |texts: &[&str], priority| titles(&solved(texts, priority));
    let [strict, flexible, disabled] = ChannelPriority::ALL;
    for (priority, numpy) in [(strict, "1.15.4"), (flexible, "1.15.4"), (disabled, "1.16.0")] {
        let numpy = format!("numpy {numpy} 0");
        assert_eq!(chosen(&["*numpy", "*six"], priority), [&numpy, "six 1.0 0"], "{priority:?}");
        assert_eq!(chosen(&["*second::numpy", "*six"], priority), ["numpy 1.16.0 0", "six 1.0 0"], "{priority:?}");
        assert_eq!(chosen(&["*main::numpy", "*six"], priority), ["numpy 1.15.4 0", "six 1.0 0"], "{priority:?}");
    }
    // What is pinned comes from where it is, unless that is hidden.
    assert_eq!(fate(&solved(&["*numpy==1.16.0"], flexible), 1), "kept 1.16.0");
    assert_eq!(fate(&solved(&["*numpy==1.16.0"], disabled), 1), "kept 1.16.0");
    let Fate::Moved { reason, .. } = &solved(&["*numpy==1.16.0"], strict).outcomes[0].fate else { panic!() };
    assert_eq!(*reason, Reason::Hidden { by: "second".to_owned(), first: "main".to_owned() });
    let Fate::Moved { reason, .. } = &solved(&["*numpy==1.17.0"], strict).outcomes[0].fate else { panic!() };
    assert_eq!(*reason, Reason::NoSuchVersion);
}

#[test]
fn python_s_minor_version_is_never_given_up() {
    let records = || {
        vec![
            record("python 3.5.6 0", &[]),
            record("python 3.6.7 0", &[]),
            record("python 3.8.1 0", &[]),
            record("numpy 1.15.4 py38_0", &["python 3.8.*"]),
            record("numpy 1.14.0 py36_0", &["python 3.6.*"]),
        ]
    };
    let solution = try_solve(&["python==3.6.6", "*numpy==1.15.4"], records(), None).unwrap();
    assert_eq!(fate(&solution, 1), "moved to 3.6.7: NoSuchVersion");
    assert_eq!(fate(&solution, 2), "moved to 1.14.0: no build for python 3.6");
    // However it is written.
    let solution = try_solve(&["python=3.6.6", "*numpy==1.15.4"], records(), None).unwrap();
    assert_eq!(fate(&solution, 1), "moved to 3.6.7: NoSuchVersion");
    for (wished, title, between) in [
        ("python==3.7.1", "python 3.7", &["3.6", "3.8"][..]),
        ("python=3.7", "python 3.7.*", &["3.6", "3.8"]),
        ("python=3.7.1", "python 3.7", &["3.6", "3.8"]),
        ("python=2.7", "python 2.7.*", &["3.5"]),
    ] {
        let error = try_solve(&[wished, "*numpy==1.15.4"], records(), None).unwrap_err();
        let SolveError::NoPython { wanted, line: 1, nearest, .. } = error else { panic!("{error}") };
        assert_eq!(
            (wanted.as_str(), nearest.iter().map(String::as_str).collect()),
            (title, between.to_vec()),
            "{wished}"
        );
    }
}

#[test]
fn a_python_that_cannot_be_installed_is_an_error() {
    let records = vec![record("python 3.6.7 0", &["libffi"]), record("six 1.0 0", &[])];
    let error = try_solve(&["python==3.6.6", "*six"], records, None).unwrap_err();
    assert!(matches!(&error, SolveError::PythonConflict { proof, .. } if proof.contains("libffi")), "{error:?}");
}

#[test]
fn a_pin_that_is_no_root_constrains_but_is_not_dragged_in() {
    let records = || {
        vec![
            record("app 1.0 0", &["lib"]),
            record("lib 1.0 0", &[]),
            record("lib 2.0 0", &[]),
            record("leftover 1.0 0", &[]),
        ]
    };
    let solution = try_solve(&["*app==1.0", "lib==1.0", "leftover==1.0"], records(), None).unwrap();
    assert_eq!(titles(&solution), ["app 1.0 0", "lib 1.0 0"]);
    assert_eq!(fate(&solution, 3), "gone: NotNeeded");
}

#[test]
fn what_people_use_is_there_though_what_needed_it_is_lost_and_a_library_is_not() {
    // `app` is there only for another python, `tool` needs something that isn't there.
    let records = vec![
        record("python 3.6.7 0", &[]),
        record("python 3.8.1 0", &[]),
        record("app 1.0 0", &["python 3.8.*", "lib"]),
        record("tool 1.0 0", &["missing", "helper"]),
        record("lib 1.0 0", &[]),
        record("helper 1.0 0", &[]),
    ];
    let solution =
        try_solve(&["python==3.6.7", "*app==1.0", "*tool==1.0", "lib==1.0", "+helper==0.9"], records, None).unwrap();
    assert_eq!(titles(&solution), ["helper 1.0 0", "python 3.6.7 0"]);
    assert_eq!(fate(&solution, 2), "gone: no build for python 3.6");
    assert_eq!(fate(&solution, 3), "gone: tool 1.0 needs missing, which isn't there for Linux");
    assert_eq!(fate(&solution, 4), "gone: NotNeeded");
    assert_eq!(fate(&solution, 5), "moved to 1.0: NoSuchVersion");
}

#[test]
fn what_people_use_is_worth_as_much_as_a_dozen_libraries() {
    let kept_or_gone = |libraries: usize, first: [&str; 2]| {
        let names: Vec<String> = (0..libraries).map(|number| format!("lib{number}")).collect();
        let needs = |version: u32| names.iter().map(|name| format!("{name} {version}")).collect::<Vec<_>>();
        let needing =
            |what: &str, needs: &[String]| record(what, &needs.iter().map(String::as_str).collect::<Vec<_>>());
        let of_libraries =
            names.iter().flat_map(|name| [1, 2].map(|version| record(&format!("{name} {version} 0"), &[])));
        let others = [needing("base 1 0", &needs(1)), record("base 2 0", &[]), needing("app 1 0", &needs(2))];
        let wishes: Vec<String> =
            first.map(str::to_owned).into_iter().chain(needs(1).iter().map(|it| it.replace(' ', "=="))).collect();
        let wishes: Vec<&str> = wishes.iter().map(String::as_str).collect();
        let solution = try_solve(&wishes, of_libraries.chain(others).collect(), None).unwrap();
        [fate(&solution, 1), fate(&solution, 2)]
    };
    // Either `app` in its version (15 and 3), or `base` in its version (3) with the libraries in theirs (1 each).
    let (app, base) = ("*app==1", "*base==1");
    assert_eq!(kept_or_gone(14, [base, app])[1], "kept 1");
    assert!(kept_or_gone(16, [app, base])[0].starts_with("gone: app 1 needs lib"));
    // Where they are worth the same, the more important one decides.
    assert_eq!(kept_or_gone(15, [base, app])[0], "kept 1");
    assert_eq!(kept_or_gone(15, [app, base])[0], "kept 1");
}

#[test]
fn where_versions_are_preferred_two_libraries_outweigh_a_package_that_people_use() {
    let records = vec![
        record("base 1 0", &["a", "b"]),
        record("app 1 0", &["a 2", "b 2"]),
        record("a 1 0", &[]),
        record("a 2 0", &[]),
        record("b 1 0", &[]),
        record("b 2 0", &[]),
    ];
    let records = Records::of([records]);
    let wishes = wishes(&["*base==1", "+app==1", "a==1", "b==1"]);
    let solved = |prefer| {
        let request = Request {
            wishes: &wishes,
            records: &records,
            virtual_packages: &linux(),
            channels: &[],
            priority: ChannelPriority::default(),
            as_of: None,
            horizon: None,
            prefer,
            only: None,
            timeout: None,
            trees: false,
        };
        titles(&solve(&request).unwrap())
    };
    assert_eq!(solved(Prefer::Packages), ["a 2 0", "app 1 0", "b 2 0", "base 1 0"]);
    assert_eq!(solved(Prefer::Versions), ["a 1 0", "b 1 0", "base 1 0"]);
}

#[test]
fn the_minor_version_of_an_interpreter_comes_before_what_is_built_for_another() {
    let records = || {
        vec![
            record("perl 5.26.2 0", &[]),
            record("perl 5.32.1 0", &[]),
            record("a 1 0", &["perl 5.32.*"]),
            record("a 2 0", &["perl 5.26.*"]),
            record("b 1 0", &["perl 5.32.*"]),
        ]
    };
    let solution = try_solve(&["*a==1", "*b==1", "perl==5.26.3"], records(), None).unwrap();
    assert_eq!(titles(&solution), ["a 2 0", "perl 5.26.2 0"]);
    assert_eq!(fate(&solution, 2), "gone: no build for perl 5.26");
    assert_eq!(fate(&solution, 3), "moved to 5.26.2: NoSuchVersion");
}

#[test]
fn a_library_that_nothing_needs_is_not_kept_for_its_version() {
    // Both are of the version that the file names, and need each other; nothing else does.
    let records = vec![record("a 1 0", &["b"]), record("b 1 0", &["a"]), record("app 1 0", &[])];
    let solution = try_solve(&["*app==1", "a==1", "b==1"], records, None).unwrap();
    assert_eq!(titles(&solution), ["app 1 0"]);
    assert_eq!(fate(&solution, 2), "gone: NotNeeded");
}

#[test]
fn something_that_needs_a_library_is_chosen_where_that_is_kept() {
    // The preferred build of `app` does without `lib`, the other one brings it in.
    let records = vec![
        record_with("app 1 plain_1", &[], &json!({"build_number": 1})),
        record("app 1 full_0", &["lib"]),
        record("lib 1 0", &[]),
        record("lib 2 0", &[]),
    ];
    assert_eq!(installed(&["*app==1", "lib==1"], records), ["app 1 full_0", "lib 1 0"]);
}

#[test]
fn a_root_is_there_even_where_its_version_is_not() {
    let records = vec![record("app 1.0 0", &["lib >=2"]), record("lib 2.0 0", &[]), record("lib 1.0 0", &[])];
    let solution = try_solve(&["*app==0.9", "*lib==1.0"], records, None).unwrap();
    assert_eq!(fate(&solution, 1), "moved to 1.0: NoSuchVersion");
    assert_eq!(fate(&solution, 2), "moved to 2.0: app 1.0 needs lib >=2");
}

#[test]
fn of_two_lines_for_python_one_names_the_other() {
    let records = vec![record("python 3.9.1 0_cpython", &[]), record("python 3.10.4 0_cpython", &[])];
    let solution = try_solve(&["*python=3.10", "*python=3.9"], records, None).unwrap();
    assert_eq!(fate(&solution, 1), "kept 3.10.4");
    assert_eq!(fate(&solution, 2), "moved to 3.10.4: another line asks for python 3.10.*");
}

#[test]
fn a_line_for_a_virtual_package_says_what_the_image_offers() {
    let solution = try_solve(&["*a", "*__glibc>=2.17", "*__cuda"], vec![record("a 1 0", &[])], None).unwrap();
    let why = "gone: a virtual package, of which there is nothing to install; the image";
    assert_eq!(fate(&solution, 2), format!("{why} offers 2.41"));
    assert_eq!(fate(&solution, 3), format!("{why} doesn't offer it"));
}

#[test]
fn a_reason_speaks_of_the_record_that_is_installed() {
    let records = vec![
        record_with("app 1.0 new_1", &["lib >=3,<4", "other >=2"], &json!({"build_number": 1})),
        record("app 1.0 old_0", &["lib >=2,<3"]),
        record("lib 1.0 0", &[]),
        record("lib 2.0 0", &[]),
        record("lib 3.0 0", &[]),
        record("other 1.0 0", &[]),
        record("other 2.0 0", &[]),
    ];
    let solution = try_solve(&["*app==1.0", "*other==1.0", "lib==1.0"], records, None).unwrap();
    assert_eq!(titles(&solution), ["app 1.0 old_0", "lib 2.0 0", "other 1.0 0"]);
    assert_eq!(fate(&solution, 3), "moved to 2.0: app 1.0 needs lib >=2,<3");
}

#[test]
fn another_build_of_what_is_installed_is_told_from_it() {
    let records = vec![
        record("app 1.0 mpi_0", &["lib >=3"]),
        record("app 1.0 plain_0", &["lib >=2"]),
        record("lib 2.0 0", &[]),
        record("lib 3.0 0", &[]),
    ];
    let solution = try_solve(&["*lib==2.0", "*app==1.0@mpi_*"], records, None).unwrap();
    assert_eq!(titles(&solution), ["app 1.0 plain_0", "lib 2.0 0"]);
    assert_eq!(fate(&solution, 2), "moved to 1.0: app 1.0 mpi_0 needs lib >=3, and lib 2.0 is kept");
}

#[test]
fn a_conflict_names_what_stands_in_the_way() {
    let records = vec![
        record("scikit-learn 0.20.1 0", &["openblas >=0.3.3,<0.3.4"]),
        record("openblas 0.2.20 8", &[]),
        record("openblas 0.3.3 1", &[]),
    ];
    let solution = try_solve(&["*scikit-learn==0.20.1", "openblas==0.2.20"], records, None).unwrap();
    assert_eq!(fate(&solution, 2), "moved to 0.3.3: scikit-learn 0.20.1 needs openblas >=0.3.3,<0.3.4");
    let Fate::Moved { reason: Reason::Conflict { because, .. }, .. } = &solution.outcomes[1].fate else { panic!() };
    assert_eq!(because, &["scikit-learn"], "in whatever version: there is no other");
}

#[test]
fn one_pin_is_given_up_rather_than_two() {
    // Solved greedily, `a` comes first and costs `b` and `c`.
    let records = vec![
        record("a 1.0 0", &["x 1.*"]),
        record("a 2.0 0", &[]),
        record("b 1.0 0", &["x 2.*"]),
        record("b 2.0 0", &[]),
        record("c 1.0 0", &["x 2.*"]),
        record("c 2.0 0", &[]),
        record("x 1.0 0", &[]),
        record("x 2.0 0", &[]),
    ];
    let solution = try_solve(&["*b==1.0", "*c==1.0", "*a==1.0"], records, None).unwrap();
    assert_eq!(fate(&solution, 1), "kept 1.0");
    assert_eq!(fate(&solution, 2), "kept 1.0");
    assert_eq!(fate(&solution, 3), "moved to 2.0: a 1.0 needs x 1.*, and b 1.0 needs x 2.*");
}

#[test]
fn a_variant_is_kept_where_it_can_be_had_and_given_up_before_the_version() {
    let records = || {
        vec![
            record("torch 1.10 cpu_py39_0", &[]),
            record("torch 1.10 cuda112_py39_0", &[]),
            record("torch 1.11 cuda112_py39_0", &[]),
            record("torch 1.12 cpu_py39_0", &[]),
        ]
    };
    let solved = |spec: &str| try_solve(&[spec], records(), None).unwrap();
    assert_eq!(titles(&solved("*torch==1.10@*cuda*")), ["torch 1.10 cuda112_py39_0"]);
    assert_eq!(titles(&solved("*torch==1.10@*cpu*")), ["torch 1.10 cpu_py39_0"]);
    let lost = solved("*torch==1.12@*cuda*");
    assert_eq!(fate(&lost, 1), "moved to 1.12: NoSuchVariant");
}

#[test]
fn nothing_to_install_is_an_error() {
    let error = try_solve(&["*missing==1.0"], vec![record("six 1.0 0", &[])], None).unwrap_err();
    assert!(matches!(error, SolveError::Nothing { wanted: 1, .. }), "{error}");
}

#[test]
fn the_cut_off_is_two_weeks_after_all_but_the_last_twentieth_of_the_pins() {
    let built = |name: &str, day: i64| record_with(&format!("{name} 1.0 0"), &[], &json!({"timestamp": days(day)}));
    let names: Vec<String> = (0..21).map(|index| format!("p{index}")).collect();
    let mut all: Vec<RepoDataRecord> =
        names.iter().enumerate().map(|(day, name)| built(name, i64::try_from(day).unwrap())).collect();
    // The last pin was ported years later, and an old version was rebuilt.
    all[20] = built("p20", 5000);
    all.push(record_with("p3 1.0 1", &[], &json!({"timestamp": days(4000)})));
    let records = Records::of([all]);
    let pins: Vec<Pin> = names.iter().map(|name| wish(&format!("*{name}==1.0"), 1).pin).collect();
    let as_of = |kind| {
        let origin = Origin { os: None, evidence: String::new() };
        crate::solve::infer_as_of(
            &Intent { kind, origin, pins: pins.clone(), elsewhere: vec![], requested: None },
            &records,
        )
        .unwrap()
        .as_millisecond()
    };
    // Of 21 dates, 0 to 19 and 5000, the 95th percentile is the one at index 19.
    assert_eq!(as_of(Kind::Export), days(19 + 14 + 1) - 1, "the end of the day");
    assert_eq!(as_of(Kind::HandWritten), days(5000 + 1) - 1);
}

/// A record that was built on a day.
fn built_on(day: i64, what: &str, depends: &[&str]) -> RepoDataRecord {
    record_with(what, depends, &json!({"timestamp": days(day)}))
}

fn on(day: i64) -> Timestamp {
    Timestamp::from_millisecond(days(day)).unwrap()
}

#[test]
fn the_horizon_lies_where_the_last_of_what_is_taken_had_been_built() {
    let records = vec![
        built_on(0, "app 1.0 0", &["lib >=2"]),
        built_on(10, "lib 1.0 0", &[]),
        built_on(100, "lib 2.0 0", &[]),
        built_on(200, "lib 3.0 0", &[]),
    ];
    let solution = try_solve(&["*app==1.0"], records, Some(&on(50).to_string())).unwrap();
    assert_eq!(titles(&solution), ["app 1.0 0", "lib 2.0 0"]);
    assert_eq!(solution.horizon, Some(on(100)));
}

#[test]
fn the_horizon_reaches_to_where_a_wish_can_first_be_granted() {
    // The older build of the version needs what isn't there. With what needs it gone, the package itself will do as
    // well.
    let records = vec![
        built_on(0, "came 1 first", &["between <=1"]),
        built_on(249, "came 1 second", &[]),
        built_on(0, "came 2 0", &[]),
        built_on(0, "between 2 0", &[]),
        built_on(0, "asked 1 0", &[]),
    ];
    let (wanted, as_of) = (["+came==1", "between", "*asked"], on(248).to_string());
    let solution = try_solve(&wanted, records.clone(), Some(&as_of)).unwrap();
    assert_eq!(solution.horizon, Some(on(249)));
    let again = try_solve_up_to(solution.horizon, &wanted, records, Some(&as_of)).unwrap();
    assert_eq!(titles(&again), titles(&solution));
}

#[test]
fn a_version_comes_before_a_variant_that_only_another_version_has() {
    let newer = json!({"build_number": 1});
    let records = vec![
        record("lib 1 cpu_0", &[]),
        record("lib 2 cuda_0", &[]),
        record("app 1 plain_0", &[]),
        record_with("app 1 full_1", &["lib"], &newer),
    ];
    assert_eq!(installed(&["lib==2@cpu*", "*app"], records), ["app 1 full_1", "lib 2 cuda_0"]);
}

#[test]
fn what_is_too_far_stays_away_though_it_is_the_nearest_that_fits() {
    let records = vec![
        record("app 1.0 0", &["lib"]),
        record("app 1.0 1", &[]),
        record("core 1.0 0", &[]),
        record("core 2.0 0", &[]),
        record("lib 1.0 0", &["core !=2.0"]),
        record("lib 2.0 0", &[]),
    ];
    let solution = try_solve(&["*core==2.0", "lib==1.0", "*app"], records, None).unwrap();
    assert_eq!(titles(&solution), ["app 1.0 1", "core 2.0 0"]);
    assert_eq!(fate(&solution, 2), "gone: NotNeeded");
}

#[test]
fn a_reason_holds_though_the_first_solution_had_a_newer_record() {
    let records = vec![
        record("lib 1.0 0", &[]),
        record("lib 2.0 0", &[]),
        record_with("app 2.0 1", &["lib"], &json!({"build_number": 1, "timestamp": days(0)})),
        record_with("app 2.0 0", &[], &json!({"timestamp": days(200)})),
        record_with("tool 1.0 0", &[], &json!({"constrains": ["app !=2.0"], "timestamp": days(0)})),
    ];
    let solution = try_solve(&["*app", "*tool"], records, None).unwrap();
    assert_eq!(titles(&solution), ["app 2.0 1", "lib 2.0 0"]);
    assert_eq!(fate(&solution, 2), "gone: tool 1.0 excludes app, and app is kept");
}

#[test]
fn what_was_nearest_stays_nearest_when_it_is_solved_again() {
    let records = vec![
        record_with("lib 1.0 0", &[], &json!({"timestamp": days(0)})),
        record_with("lib 3.0 0", &[], &json!({"timestamp": days(200)})),
        record_with("app 1.0 0", &[], &json!({"timestamp": days(0)})),
        record_with("app 2.0 0", &["lib <=1.0"], &json!({"timestamp": days(0)})),
    ];
    let wanted = ["lib==2.0", "*app"];
    let solution = try_solve(&wanted, records.clone(), None).unwrap();
    assert_eq!(titles(&solution), ["app 1.0 0"]);
    let again = try_solve_up_to(solution.horizon, &wanted, records, None).unwrap();
    assert_eq!(titles(&again), titles(&solution));
}
