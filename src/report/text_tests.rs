use std::collections::BTreeMap;

use super::*;
use crate::{
    intent::{Os, Pin},
    report::{
        Facts, Pip,
        testing::{self, built, gone, intent, kept, record, solution},
    },
    solve::{Outcome, Reason},
};

/// The report without styles.
fn told(report: &Report, layout: Layout) -> String {
    anstream::adapter::strip_str(&render(report, layout)).to_string()
}

const ALL: Layout = Layout { detail: Detail::All, width: USUAL_WIDTH };

fn written(path: &str, changed: bool) -> Written {
    Written { path: path.into(), changed, removed: false }
}

fn hand_written(outcomes: Vec<Outcome>) -> Report {
    let mut environment = testing::environment();
    environment.pip.clear();
    environment.warnings.clear();
    Report::new(&Facts {
        environment: &environment,
        intent: &intent(Kind::HandWritten, None, ""),
        solution: &solution(outcomes, vec![]),
        elsewhere: &BTreeMap::new(),
        wheels: &BTreeMap::new(),
        channels: &[],
        notes: &[],
        virtual_packages: &[],
        as_of: None,
        timeout: None,
        pip: None,
    })
}

#[test]
fn the_whole_report_of_a_small_export() {
    let mut report = testing::report();
    report.written = ["conda-lock.yml", "Dockerfile", "conda-linux-64.lock"].map(|file| written(file, true)).to_vec();
    let expected = "\
environment.yml: an export from macOS, 5 conda packages, 1 pip line
kept 1 of 5 conda packages, 2 moved, 2 gone; 4 packages for linux-64, and 3 by
  pip, 1 of them from source

moved
  numpy     1.15.4 → 1.15.3  no channel has 1.15.4 for Linux
  openblas  0.2.20 → 0.3.3   scikit-learn 0.20.1 needs openblas >=0.3.3,<0.3.4

gone
  appnope, libcxx  only built for macOS

moved by pip
  idna  3.0 → 2.8  requests 2.22.0 needs idna <2.9

not installed by pip
  six>=1.10  conda provides it as six 1.12.0
  -e .       on a machine's disk

note: conda-forge stands in for defaults
note: these channels have no environment closer to the file; that is proven
note: the cut-off date is 2019-02-13, inferred (--as-of sets it); 1 is newer
note: pip installs wheel as well, which others are built with
warning: environment.yml:3: `foo` means nothing here
wrote conda-lock.yml, Dockerfile and conda-linux-64.lock
next: docker build -t py36 .
for conda: conda create --name NAME --file conda-linux-64.lock, without pip's
  packages (conda-lockfiles refuses a lock that has them)
";
    assert_eq!(told(&report, Layout::default()), expected);
}

#[test]
fn a_narrow_terminal_gets_reasons_below_and_broken_notes() {
    let expected = "\
environment.yml: an export from macOS, 5 conda
  packages, 1 pip line
kept 1 of 5 conda packages, 2 moved, 2 gone; 4
  packages for linux-64, and 3 by pip, 1 of them
  from source

moved
  numpy     1.15.4 → 1.15.3
      no channel has 1.15.4 for Linux
  openblas  0.2.20 → 0.3.3
      scikit-learn 0.20.1 needs openblas
      >=0.3.3,<0.3.4

gone
  appnope, libcxx  only built for macOS

moved by pip
  idna  3.0 → 2.8  requests 2.22.0 needs idna
                   <2.9

not installed by pip
  six>=1.10  conda provides it as six 1.12.0
  -e .       on a machine's disk

note: conda-forge stands in for defaults
note: these channels have no environment closer
      to the file; that is proven
note: the cut-off date is 2019-02-13, inferred
      (--as-of sets it); 1 is newer
note: pip installs wheel as well, which others
      are built with
warning: environment.yml:3: `foo` means nothing
         here
";
    assert_eq!(told(&testing::report(), Layout { width: 48, ..Layout::default() }), expected);
}

/// A report in which every second pin is a library.
fn with_libraries() -> Report {
    let mut report = testing::report();
    for pin in report.pins.iter_mut().filter(|pin| ["openblas", "libcxx"].contains(&pin.name.as_str())) {
        pin.used = false;
    }
    report
}

#[test]
fn libraries_are_counted_unless_asked_for() {
    let text = told(&with_libraries(), Layout::default());
    assert!(text.contains("\n\n1 library moved, 1 left out; -v names them\nnote: "), "{text}");
    assert!(!text.contains("openblas") && !text.contains("libcxx"), "{text}");
    let verbose = told(&with_libraries(), ALL);
    let expected = "
moved
  numpy  1.15.4 → 1.15.3  no channel has 1.15.4 for Linux

libraries moved
  openblas  0.2.20 → 0.3.3  scikit-learn 0.20.1 needs openblas >=0.3.3,<0.3.4

gone
  appnope  only built for macOS

libraries gone
  libcxx  only built for macOS
";
    assert!(verbose.contains(expected), "{verbose}");
    assert!(!verbose.contains("-v names them"), "{verbose}");
}

#[test]
fn many_that_moved_for_the_same_reason_share_a_row_unless_asked_for() {
    let names = ["a", "b", "c", "d", "e"];
    let mut outcomes: Vec<Outcome> = names
        .iter()
        .map(|it| testing::moved(&format!("{it}=1.15.4"), record(it, "1.15.3", "0"), Reason::NoSuchVersion))
        .collect();
    outcomes.push(testing::moved("f=2", record("f", "3", "0"), Reason::Unmet("no build for python 3.8".into())));
    let expected = "
moved
  f  2 → 3  no build for python 3.8
  a 1.15.4 → 1.15.3, b 1.15.4 → 1.15.3, c 1.15.4 → 1.15.3, d 1.15.4 → 1.15.3,
  e 1.15.4 → 1.15.3
      no channel has these versions for Linux
";
    let text = told(&hand_written(outcomes.clone()), Layout::default());
    assert!(text.contains(expected), "{text}");
    let verbose = told(&hand_written(outcomes), ALL);
    assert!(verbose.contains("\n  e  1.15.4 → 1.15.3  no channel has 1.15.4 for Linux\n"), "{verbose}");
}

#[test]
fn a_conflict_is_drawn_when_asked_for_twice_and_broken_beside_its_branches() {
    let mut report = testing::report();
    let tree = "The following packages are incompatible\n├─ openblas 0.2.20\n└─ scikit-learn would require";
    report.pins[1].reason.as_mut().unwrap().tree = Some(tree.into());
    assert!(!told(&report, ALL).contains("incompatible"));
    let text = told(&report, Layout { detail: Detail::Conflicts, width: 24 });
    let expected = "
conflicts
  openblas 0.2.20
    The following
    packages are
    incompatible
    ├─ openblas 0.2.20
    └─ scikit-learn
       would require
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn verbose_lists_what_was_kept_and_added_and_the_virtual_packages() {
    let text = told(&testing::report(), ALL);
    assert!(
        text.contains(
            "\nkept\n  python  3.6.7  h0371630_0\n\nadded\n  icu  58.2  hf484d3e_1000\n\n\
             installed by pip\n  idna    2.8     wheel  needed by others\n  pyyaml  3.12    sdist\n  \
             wheel   0.33.6  wheel  builds pyyaml\n\nnote:"
        ),
        "{text}"
    );
    assert!(
        text.starts_with("environment.yml: an export from macOS (the prefix /Users/…), 5 conda packages,\n"),
        "{text}"
    );
    assert!(text.contains("\nnote: the target is taken to offer __glibc=2.36=0\n"), "{text}");
}

#[test]
fn a_short_file_that_was_kept_whole_is_told_in_two_lines() {
    let report = hand_written(vec![kept("numpy=1.15.4", "py36_0")]);
    let expected = "\
environment.yml: written by hand, 1 conda package
kept 1 of 1 conda package; 1 package for linux-64
";
    assert_eq!(told(&report, Layout::default()), expected);
}

#[test]
fn a_long_group_is_broken_and_names_every_pin() {
    let names = ["m2w64-gcc-libgfortran", "m2w64-gcc-libs", "m2w64-gmp", "menuinst", "vs2015_runtime", "wincertstore"];
    let outcomes = names.iter().map(|it| gone(it, Reason::OnlyFor(vec![Os::Win]))).collect();
    let text = told(&hand_written(outcomes), Layout::default());
    // With a second name on it, the first line would have 38 characters; the second has 36, the most allowed.
    let expected = "\
gone
  m2w64-gcc-libgfortran,                only built for Windows
  m2w64-gcc-libs, m2w64-gmp, menuinst,
  vs2015_runtime, wincertstore
";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn a_lost_variant_shows_both_builds_and_a_renamed_package_both_names() {
    let variant = Outcome {
        pin: Pin { builds: vec!["cuda*".into()], ..testing::pin("pytorch=1.0.0=cuda92py36_0") },
        ..testing::moved("pytorch", record("pytorch", "1.0.0", "cpu_py36_0"), Reason::NoSuchVariant)
    };
    let renamed = testing::moved(
        "pytables=3.4.4",
        record("tables", "3.4.4", "py36_0"),
        Reason::Renamed("tables".parse().unwrap()),
    );
    let ranged = Outcome {
        pin: Pin { want: testing::range(">=2,<3"), ..testing::pin("zlib") },
        ..testing::moved("zlib", record("zlib", "1.2.11", "0"), Reason::NoSuchVersion)
    };
    let text = told(&hand_written(vec![renamed, variant, ranged]), Layout::default());
    let expected = "\
moved
  pytables  3.4.4       → tables 3.4.4      called tables on Linux
  pytorch   1.0.0 cuda* → 1.0.0 cpu_py36_0  no build for Linux matches cuda*
  zlib      >=2,<3      → 1.2.11            no channel has >=2,<3 for Linux
";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn many_late_packages_are_counted_unless_asked_for() {
    let records = ["a", "b", "c", "d", "e", "f", "g"].map(|name| built(record(name, "1", "0"), "2022-03-01T10:00:00Z"));
    let report = Report::new(&Facts {
        environment: &testing::environment(),
        intent: &intent(Kind::Export, None, ""),
        solution: &solution(vec![], records.to_vec()),
        elsewhere: &BTreeMap::new(),
        wheels: &BTreeMap::new(),
        channels: &[],
        notes: &[],
        virtual_packages: &[],
        as_of: Some(testing::cut_off("2019-12-31")),
        timeout: None,
        pip: None,
    });
    let text = told(&report, Layout::default());
    assert!(text.contains("note: the cut-off date is 2019-12-31, inferred (--as-of sets it); 7 are newer\n"), "{text}");
    let verbose = told(&report, ALL);
    assert!(verbose.contains("f 1 (2022-03-01) and g 1\n      (2022-03-01)\n"), "{verbose}");
}

#[test]
fn what_was_written_and_what_was_not() {
    let mut report = hand_written(vec![]);
    let mut last_lines = |written: Vec<Written>| {
        report.written = written;
        ending(&report, USUAL_WIDTH)
    };
    assert_eq!(
        last_lines(vec![written("my env/conda-lock.yml", true), written("my env/Dockerfile", false)]),
        "wrote my env/conda-lock.yml; my env/Dockerfile is unchanged\nnext: docker build -t py36 'my env'\n"
    );
    assert!(last_lines(vec![written("-d/Dockerfile", true)]).ends_with("next: docker build -t py36 ./-d\n"));
    assert_eq!(
        last_lines(vec![written("conda-lock.yml", false), written("Dockerfile", false)]),
        "conda-lock.yml and Dockerfile are unchanged\nnext: docker build -t py36 .\n"
    );
    assert_eq!(
        last_lines(vec![written("Dockerfile", true), written("compose.yaml", false)]),
        "wrote Dockerfile; compose.yaml is unchanged\nnext: docker compose up\n"
    );
    assert_eq!(
        last_lines(vec![written("my env/Dockerfile", true), written("my env/compose.yaml", true)]),
        "wrote my env/Dockerfile and my env/compose.yaml\nnext: docker compose -f 'my env/compose.yaml' up\n"
    );
    assert_eq!(last_lines(vec![]), "");
    let long = format!("/srv/{}", "d".repeat(60));
    assert_eq!(
        last_lines(vec![written(&format!("{long}/Dockerfile"), true)]),
        format!("wrote\n  {long}/Dockerfile\nnext: docker build -t py36 \\\n  {long}\n")
    );
}

#[test]
fn a_pip_section_that_is_left_out_on_purpose_is_named_as_such() {
    let mut report = testing::report();
    report.pip = Pip { lines: 1, left_out: true, ..Pip::default() };
    assert!(told(&report, Layout::default()).contains("5 conda packages, 1 pip line left out\n"));
}

#[test]
fn an_image_is_named_after_the_last_part_of_the_environments_name() {
    assert_eq!(image_name(Some("My_Env")), "my-env");
    assert_eq!(image_name(Some("/opt/envs/py36/")), "py36");
    assert_eq!(image_name(Some(r"C:\envs\A..b--c")), "a-b-c");
    assert_eq!(image_name(Some("__")), "environment");
    assert_eq!(image_name(None), "environment");
}

#[test]
fn headings_are_bold() {
    assert!(render(&testing::report(), Layout::default()).contains("\u{1b}[1mmoved\u{1b}[0m\n"));
}

#[test]
fn a_file_name_with_an_escape_sequence_does_not_reach_the_terminal() {
    let mut report = hand_written(vec![]);
    report.file = "a\u{1b}]0;title\u{7}.yml".into();
    assert!(!render(&report, Layout::default()).contains('\u{1b}'));
}
