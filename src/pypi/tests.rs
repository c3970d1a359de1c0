//! The loop around the resolver, with one that answers what a test says.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Mutex},
};

use miette::Diagnostic as _;
use rattler_conda_types::RepoDataRecord;

use super::{
    uv::{Question, Refused, Resolver},
    *,
};
use crate::{environment::parse_environment, lockfile::testing::record, progress::Silent};

const IDNA: (&str, &str) = ("idna", "2.10");
const NUMPY: (&str, &str) = ("numpy", "1.15.4");

/// What a question asks, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    as_of: Option<Timestamp>,
    exempt: Vec<String>,
    requirements: Vec<String>,
    constraints: Vec<String>,
}

/// Answers one after the other, and remembers the questions.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Result<String, Refused>>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Script {
    fn of(answers: impl IntoIterator<Item = Result<String, Refused>>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Self::default() }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolver for Script {
    fn resolve(&self, question: &Question) -> Result<String, Refused> {
        let Question { as_of, exempt, requirements, constraints, .. } = question.clone();
        self.asked.lock().unwrap().push(Asked { as_of, exempt, requirements, constraints });
        self.answers.lock().unwrap().pop_front().expect("there is an answer to each question")
    }
}

/// A `pylock.toml` with a wheel of each.
fn answer(packages: &[(&str, &str)]) -> String {
    let package = |(name, version): &(&str, &str)| {
        let sha256 = "ab".repeat(32);
        format!(
            "[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\n[[packages.wheels]]\n\
             url = \"https://files.invalid/{name}-{version}-py3-none-any.whl\"\nhashes = {{ sha256 = \"{sha256}\" }}\n"
        )
    };
    packages.iter().map(package).collect()
}

fn unsolvable() -> Refused {
    Refused::Unsolvable("idna isn't there".to_owned())
}

/// Locks a pip section of one line by a script, offline.
fn locked(line: &str, as_of: Option<Timestamp>, script: &Script) -> Result<PipLock, PipError> {
    let cache = tempfile::tempdir().unwrap();
    let text = format!("dependencies:\n  - python\n  - pip:\n      - --no-index\n      - {line}\n");
    let environment = parse_environment("e.yml", text.as_bytes()).unwrap();
    let records: Vec<RepoDataRecord> =
        [("python-3.7.1-h1_0", &[][..]), ("pip-20.0-py_0", &["python"]), ("numpy-1.15.4-py37_0", &["python"])]
            .map(|(dist, depends)| record(dist, "linux-64", depends, "ab"))
            .into();
    let options = PipOptions {
        preference: None,
        names: Names::default(),
        may_build: false,
        skip_unlockable: false,
        offline: true,
        cache_dir: cache.path().to_owned(),
        limits: Limits::default(),
        machine: Arc::default(),
        events: Arc::new(Silent),
    };
    let request = PipRequest {
        environment: &environment,
        lines: &read_lines(&environment, Path::new(".")),
        records: &records,
        virtual_packages: &[],
        is_export: false,
        settled: &BTreeSet::new(),
        as_of,
        held: &[],
        options: &options,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(lock_by(&request, &|_, _| Ok(Box::new(script.clone()))))
}

fn names(lock: &PipLock) -> Vec<String> {
    lock.packages.iter().map(|it| format!("{} {}", it.name, it.version)).collect()
}

#[test]
fn what_is_answered_is_locked_but_for_what_conda_provides() {
    let script = Script::of([Ok(answer(&[IDNA, NUMPY]))]);
    let lock = locked("idna>=2", None, &script).unwrap();
    assert_eq!(names(&lock), ["idna 2.10"]);
    let [asked] = <[Asked; 1]>::try_from(script.asked()).unwrap();
    assert_eq!(asked.requirements, ["idna>=2"]);
    assert!(asked.constraints.iter().any(|it| it.starts_with("numpy==1.15.4")), "{:?}", asked.constraints);
}

#[test]
fn what_nothing_could_install_from_is_an_error_of_the_package() {
    let answered = answer(&[IDNA]);
    for (from, to, why) in [
        ("version = \"2.10\"\n", "", "idna can't be locked: its version isn't known"),
        (&*"ab".repeat(32), "ab", "idna can't be locked: its SHA-256 is not 64 lower-case hexadecimal digits"),
    ] {
        let error = locked("idna", None, &Script::of([Ok(answered.replacen(from, to, 1))])).unwrap_err();
        assert_eq!(error.to_string(), why);
        assert_eq!(error.code().map(|it| it.to_string()).as_deref(), Some("package-unlockable"));
    }
}

#[test]
fn no_index_on_a_server_leads_to_a_file_of_this_machine() {
    let answered = answer(&[IDNA]).replace("https://files.invalid", "file:///etc");
    let error = locked("idna", None, &Script::of([Ok(answered)])).unwrap_err();
    let PipError::Failed { why, .. } = error else { panic!("{error}") };
    let expected = "the index says that idna is at `file:///etc/idna-2.10-py3-none-any.whl`, which is on no server";
    assert_eq!(why.to_string(), expected);
}

#[test]
fn a_line_with_hashes_is_locked_as_one_of_those_files_alone() {
    let (there, other) = ("ab".repeat(32), "cd".repeat(32));
    let lock = |line: &str, version| locked(line, None, &Script::of([Ok(answer(&[("idna", version)]))]));
    let url = "https://files.invalid/idna-2.10-py3-none-any.whl";
    for line in [
        format!("idna==2.10 --hash=sha256:{there}"),
        format!("idna==2.10 --hash=sha256:{other} --hash=sha256:{}", there.to_uppercase()),
        format!("idna>=2 --hash sha256:{there}"),
        format!("idna @ {url}#sha256={there}"),
    ] {
        assert_eq!(names(&lock(&line, "2.10").unwrap()), ["idna 2.10"], "{line}");
    }
    for line in [
        format!("idna==2.10 --hash=sha256:{other}"),
        format!("idna --hash=sha256:{other} --hash sha256:{}", "ef".repeat(32)),
        format!("idna @ {url}#egg=idna&sha256={other}"),
    ] {
        let error = lock(&line, "2.10").unwrap_err();
        let PipError::Lines { line: 5, message, .. } = &error else { panic!("{error:?}") };
        assert!(message.contains(&format!("has the SHA-256 {there}, which is none that the line gives")), "{message}");
        assert!(!message.contains("--hash"), "{message}");
    }
    // Other options of a line are told.
    let notes = lock("idna==2.10 --hash=md5:00 --config-settings=a=b", "2.10").unwrap().notes;
    assert_eq!(
        notes,
        ["`--hash=md5:00` of `idna==2.10` isn't followed", "`--config-settings=a=b` of `idna==2.10` isn't followed"]
    );
}

#[test]
fn a_date_is_given_up_where_nothing_that_old_will_do_and_that_is_told() {
    let script = Script::of([Err(unsolvable()), Ok(answer(&[IDNA]))]);
    let date = Timestamp::UNIX_EPOCH;
    let lock = locked("idna", Some(date), &script).unwrap();
    assert_eq!(script.asked().iter().map(|it| it.as_of).collect::<Vec<_>>(), [Some(date), None]);
    assert_eq!(names(&lock), ["idna 2.10"]);
    assert!(lock.notes.iter().any(|note| note.ends_with("newer is taken")), "{:?}", lock.notes);
}

#[test]
fn the_date_is_given_up_first_for_what_it_stands_against() {
    let hidden = "`idna` was filtered by `exclude-newer` to only include packages uploaded before 1970";
    let script = Script::of([Err(Refused::Unsolvable(hidden.to_owned())), Ok(answer(&[IDNA]))]);
    let date = Timestamp::UNIX_EPOCH;
    let lock = locked("idna>=2", Some(date), &script).unwrap();
    let asked = script.asked();
    assert!(asked.iter().all(|it| it.as_of == Some(date)));
    let is_exempt = |it: &Asked| it.exempt.iter().any(|name| name == "idna");
    assert_eq!(asked.iter().map(is_exempt).collect::<Vec<_>>(), [false, true]);
    let note = "nothing will do of idna that was uploaded until the cut-off date; newer is taken";
    assert!(lock.notes.iter().any(|it| it == note), "{:?}", lock.notes);
}

#[test]
fn a_contradiction_is_told_in_the_words_of_the_resolver() {
    let script = Script::of([Err(unsolvable())]);
    let error = locked("idna", None, &script).unwrap_err();
    let PipError::Unsolvable { python, why, limits, .. } = error else { panic!("{error:?}") };
    assert_eq!((python.as_str(), why.0.as_str(), limits.len()), ("3.7.1", "idna isn't there", 0));
}

#[test]
fn a_resolver_that_fails_is_asked_once() {
    let script = Script::of([Err(Refused::Failed("out of memory".to_owned()))]);
    let error = locked("idna", Some(Timestamp::UNIX_EPOCH), &script).unwrap_err();
    assert!(format!("{error:?}").contains("out of memory"), "{error:?}");
    assert_eq!(script.asked().len(), 1);
}
