//! `action.yml`: its scripts, run as GitHub's runner does, with a `gh` that knows the pull requests of a file.

use std::{collections::BTreeMap, fs, path::Path};

use assert_cmd::cargo::cargo_bin;
use serde_yaml::Value;

use super::{add_origin, branches, change_on_main, over_main, shellcheck};
use crate::support::{
    Run, done, fixtures,
    registry::{Image, Registry},
    repository::Repository,
    run, tool,
};

/// The action, read.
pub fn action() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    serde_yaml::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn steps(action: &Value) -> &Vec<Value> {
    action["runs"]["steps"].as_sequence().unwrap()
}

/// Stands for gh: notes each call, and keeps the text of a pull request. There is one already, of a fork. It wants
/// the token that is the default.
const GH: &str = r#"#!/bin/sh
[ "$GH_TOKEN" = '${{ github.token }}' ] || exit 4
here=$(dirname "$0")/../gh
printf '%s\n' "$*" | sed 's/--body-file .*/--body-file FILE/' >>"$here/calls"
what="$1 $2"
while [ $# -gt 0 ]; do
  case $1 in --jq) filter=$2 ;; --body-file) cp "$2" "$here/body" ;; esac
  shift
done
case $what in
  'pr list') jq --raw-output "$filter" "$here/list" ;;
  'pr create') echo '[{"number": 3, "isCrossRepository": true}, {"number": 7, "isCrossRepository": false}]' >"$here/list" ;;
  'pr edit') ;;
  *) exit 1 ;;
esac
"#;

const LIST: &str = "pr list --head envlock/update --base main --state open --json number,isCrossRepository \
                    --jq map(select(.isCrossRepository | not)) | .[0].number // empty";
const CREATE: &str = "pr create --head envlock/update --base main --title Update the conda lockfiles --body-file FILE";
const EDIT: &str = "pr edit 7 --title Update the conda lockfiles --body-file FILE";

/// A repository on GitHub with the environments `one` and `two`; `None` where a program is missing.
fn on_github() -> Option<Repository> {
    tool("jq")?;
    let repository = Repository::with(&["one", "two"])?;
    add_origin(&repository);
    let gh = repository.beside("gh");
    fs::create_dir(&gh).unwrap();
    fs::write(gh.join("calls"), "").unwrap();
    fs::write(gh.join("list"), r#"[{"number": 3, "isCrossRepository": true}]"#).unwrap();
    repository.program("gh", GH);
    Some(repository)
}

/// The calls of gh so far.
fn calls(repository: &Repository) -> Vec<String> {
    fs::read_to_string(repository.beside("gh/calls")).unwrap().lines().map(str::to_owned).collect()
}

/// The text of the pull request.
fn body(repository: &Repository) -> String {
    fs::read_to_string(repository.beside("gh/body")).unwrap()
}

/// Runs the action with these inputs: the steps whose condition holds, up to the first that fails.
fn act(repository: &Repository, inputs: &[(&str, &str)]) -> Run {
    let action = action();
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for (name, input) in action["inputs"].as_mapping().unwrap() {
        values.insert(name.as_str().unwrap().to_owned(), input["default"].as_str().unwrap().to_owned());
    }
    for (name, value) in inputs {
        assert!(values.insert((*name).to_owned(), (*value).to_owned()).is_some(), "there is no input {name}");
    }
    let mut all = Run { code: 0, stdout: String::new(), stderr: String::new() };
    for step in steps(&action) {
        if let Some(condition) = step["if"].as_str() {
            let (input, value) = condition.strip_prefix("inputs.").unwrap().split_once(" == ").unwrap();
            if values[input] != value.trim_matches('\'') {
                continue;
            }
        }
        assert_eq!(step["shell"].as_str(), Some("bash"));
        let script = repository.beside("step.sh");
        fs::write(&script, step["run"].as_str().unwrap()).unwrap();
        let mut bash = repository.command("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(script);
        // Each run is at another time.
        bash.env("GIT_COMMITTER_DATE", format!("{} +0000", 2_000_000_000 + calls(repository).len()));
        bash.env("GITHUB_REF_NAME", "main")
            .env("GITHUB_HEAD_REF", "bot/numpy")
            .env("TMPDIR", repository.beside("home"));
        for (name, value) in step["env"].as_mapping().unwrap() {
            // What GitHub says of the action counts where envlock isn't on the path, as it is here.
            let Some(input) = value.as_str().unwrap().strip_prefix("${{ inputs.") else { continue };
            let input = input.strip_suffix(" }}").unwrap();
            bash.env(name.as_str().unwrap(), &values[input]);
        }
        let Run { code, stdout, stderr } = run(&mut bash);
        all = Run { code, stdout: all.stdout + &stdout, stderr: all.stderr + &stderr };
        if code != 0 {
            break;
        }
    }
    all
}

const BOTH: &str = "one/environment.yml\ntwo/environment.yml\n";

/// Runs the action in the mode `update` on both environments.
fn update(repository: &Repository) -> Run {
    act(repository, &[("mode", "update"), ("files", BOTH)])
}

#[test]
fn shellcheck_is_content_and_nothing_is_put_into_a_script() {
    let Some(repository) = Repository::empty() else { return };
    for step in steps(&action()) {
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "{script}");
        let Some(said) = shellcheck(&repository, "bash", script) else { return };
        assert_eq!(said, "", "{script}");
    }
}

#[test]
fn where_nothing_changes_there_is_no_pull_request() {
    let Some(repository) = on_github() else { return };
    let nothing = update(&repository);
    assert_eq!(nothing.code, 0, "{}", nothing.stderr);
    assert_eq!(branches(&repository), ["main"]);
    assert!(calls(&repository).is_empty());
}

#[test]
fn what_changed_becomes_one_pull_request_which_is_kept_up_to_date() {
    let Some(repository) = on_github() else { return };
    change_on_main(&repository, "one", "1.19.4");
    repository.write("notes.txt", "not envlock's");
    let first = update(&repository);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(branches(&repository), ["envlock/update", "main"]);
    assert_eq!(
        over_main(&repository),
        (1, ["one/Dockerfile", "one/conda-linux-64.lock", "one/conda-lock.yml"].map(str::to_owned).to_vec())
    );
    let author = repository.git(&["show", "--no-patch", "--format=%an|%s", "origin/envlock/update"]);
    assert_eq!(author, "github-actions[bot]|Update the conda lockfiles");
    assert_eq!(calls(&repository), [LIST, CREATE]);
    let text = body(&repository);
    assert!(text.starts_with("### one/conda-lock.yml\n\n") && !text.contains("two"), "{text}");
    assert!(["numpy", "1.21.6", "1.19.4"].iter().all(|part| text.contains(part)), "{text}");

    // Another run finds the same: nothing is pushed, so that nothing else starts.
    let pushed = repository.git(&["rev-parse", "origin/envlock/update"]);
    repository.git(&["reset", "--quiet", "--hard", "origin/main"]);
    assert_eq!(update(&repository).code, 0);
    repository.git(&["fetch", "--quiet", "origin"]);
    assert_eq!(repository.git(&["rev-parse", "origin/envlock/update"]), pushed);
    assert_eq!(calls(&repository), [LIST, CREATE, LIST, EDIT]);

    change_on_main(&repository, "two", "1.19.4");
    assert_eq!(update(&repository).code, 0);
    let (commits, files) = over_main(&repository);
    assert_eq!((commits, files.len()), (1, 6), "{files:?}");
    assert_eq!(calls(&repository)[4..], [LIST, EDIT]);
    let text = body(&repository);
    assert!(text.contains("### one/conda-lock.yml\n") && text.contains("### two/conda-lock.yml\n"), "{text}");
}

#[test]
fn a_first_lock_is_new_and_a_branch_can_be_named() {
    let Some(repository) = on_github() else { return };
    repository.repin("three", "1.21.6");
    repository.commit("A third environment");
    repository.git(&["push", "--quiet"]);
    let run = act(&repository, &[("mode", "update"), ("files", "three/environment.yml"), ("branch", "locks")]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(branches(&repository), ["locks", "main"]);
    assert_eq!(body(&repository), "### three/conda-lock.yml\n\nNew.\n\n");
    assert!(calls(&repository).iter().all(|call| call.contains("--head locks ")));
}

#[test]
fn without_files_the_top_directory_is_converted() {
    let Some(repository) = on_github() else { return };
    repository.repin("", "1.21.6");
    let run = act(&repository, &[("mode", "update")]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(body(&repository), "### conda-lock.yml\n\nNew.\n\n");
}

#[test]
fn what_the_channels_have_gained_is_taken_up_where_that_is_asked_for() {
    let Some(repository) = on_github() else { return };
    let log = repository.beside("home/log");
    repository.program("envlock", &format!("#!/bin/sh\necho \"$*\" >>'{}'\n", log.display()));
    for newest in ["false", "true"] {
        assert_eq!(act(&repository, &[("mode", "update"), ("files", BOTH), ("newest", newest)]).code, 0);
    }
    assert_eq!(act(&repository, &[("mode", "update"), ("newest", "true")]).code, 0);
    let convert = "convert -- one/environment.yml two/environment.yml\n";
    let expected =
        format!("{convert}{convert}update --file=one/environment.yml --file=two/environment.yml\nconvert --\nupdate\n");
    assert_eq!(fs::read_to_string(log).unwrap(), expected);
}

#[test]
fn an_error_of_envlock_ends_the_action() {
    let Some(repository) = on_github() else { return };
    repository.repin("one", "1.19.4");
    repository.write("two/environment.yml", "dependencies: [");
    let broken = update(&repository);
    assert!(broken.code == 2 && broken.stderr.contains("two/environment.yml"), "{}", broken.stderr);
    // So does one of `envlock diff`, whose 1 says that there is something to tell.
    for (code, ends) in [(2, 1), (1, 0)] {
        repository.git(&["reset", "--quiet", "--hard", "origin/main"]);
        repository.write("one/conda-lock.yml", "changed");
        repository.program("envlock", &format!("#!/bin/sh\n[ \"$1\" != diff ] || exit {code}\n"));
        assert_eq!(branches(&repository), ["main"]);
        assert!(calls(&repository).is_empty());
        assert_eq!(update(&repository).code, ends);
    }
    assert_eq!(branches(&repository), ["envlock/update", "main"]);
}

#[test]
fn a_long_text_is_cut_at_a_line() {
    let Some(repository) = on_github() else { return };
    repository.write("one/conda-lock.yml", "changed");
    let line = "a line of forty characters, as it seems.";
    let many = format!("#!/bin/sh\n[ \"$1\" = diff ] || exit 0\nyes '{line}' | head -n 5000\nexit 1\n");
    repository.program("envlock", &many);
    let run = update(&repository);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = body(&repository);
    assert!((59_000..65_536).contains(&text.len()), "{}", text.len());
    assert!(text.ends_with(&format!("\n{line}\n\nAnd more.\n")), "{}", &text[text.len() - 100..]);
}

#[test]
fn a_check_annotates_what_is_stale() {
    let Some(repository) = on_github() else { return };
    let check = || act(&repository, &[("files", BOTH)]);
    let fresh = check();
    assert_eq!(fresh.code, 0, "{}{}", fresh.stdout, fresh.stderr);
    repository.repin("two", "1.19.4");
    let stale = check();
    let said = &stale.stdout;
    assert_eq!(stale.code, 1, "{said}{}", stale.stderr);
    assert!(said.contains("::error file=two/environment.yml,line=5") && !said.contains("file=one"), "{said}");
    assert_eq!(branches(&repository), ["main"]);
}

#[test]
fn a_bot_s_branch_gets_what_its_change_makes_of_the_lock() {
    let Some(repository) = on_github() else { return };
    repository.git(&["checkout", "--quiet", "-b", "bot/numpy"]);
    let mend = || act(&repository, &[("mode", "mend"), ("files", BOTH)]);
    let nothing = mend();
    assert_eq!(nothing.code, 0, "{}", nothing.stderr);
    assert_eq!(branches(&repository), ["main"]);

    repository.repin("one", "1.19.4");
    repository.commit("Pin another numpy");
    repository.git(&["push", "--quiet", "origin", "HEAD:refs/heads/bot/numpy"]);
    let mended = mend();
    assert_eq!(mended.code, 0, "{}", mended.stderr);
    repository.git(&["fetch", "--quiet", "origin"]);
    assert_eq!(repository.git(&["rev-list", "origin/main..origin/bot/numpy"]).lines().count(), 2);
    let files = repository.git(&["diff", "--name-only", "origin/bot/numpy~1", "origin/bot/numpy"]);
    assert_eq!(files.lines().collect::<Vec<_>>(), ["one/Dockerfile", "one/conda-linux-64.lock", "one/conda-lock.yml"]);
    assert_eq!(act(&repository, &[("files", BOTH)]).code, 0, "all is fresh");
    assert_eq!(mend().code, 0);
    repository.git(&["fetch", "--quiet", "origin"]);
    assert_eq!(repository.git(&["rev-list", "origin/main..origin/bot/numpy"]).lines().count(), 2);

    // More than a bot would have done stops it, and nothing is pushed.
    let dockerfile = fs::read_to_string(repository.path().join("two/Dockerfile")).unwrap();
    repository.write("two/Dockerfile", dockerfile + "RUN more\n");
    let refused = mend();
    assert!(refused.code == 2 && refused.stderr.contains("more than the base image was changed"), "{}", refused.stderr);
}

#[test]
fn an_image_that_a_bot_has_put_into_a_dockerfile_gets_into_the_lock() {
    let (Some(registry), Some(repository)) = (Registry::start(None), on_github()) else { return };
    // The image is that of the lock here, and its registry is reached.
    let channel = fixtures().join("channel");
    repository.program(
        "envlock",
        &format!(
            "#!/bin/sh\nexport NO_PROXY=127.0.0.1\nif [ \"$1\" = convert ]; then\n  shift\n  \
             set -- convert --channel 'conda-forge={}' \"$@\"\nfi\nexec '{}' \"$@\"\n",
            channel.display(),
            cargo_bin("envlock").display()
        ),
    );
    let before = registry.push("team/base:1.0", &[Image::empty("amd64")]).pop().unwrap();
    let image = format!("{}/team/base:1.0", registry.host());
    done(repository.command("envlock").args(["convert", "one/environment.yml", "--base-image", &image]));
    repository.commit("Build on the image of the team");
    repository.git(&["push", "--quiet"]);

    // One file is all that a bot changes.
    let edit = |now: &str| {
        let dockerfile = repository.read("one/Dockerfile");
        assert!(dockerfile.contains(&format!(" {image}@{before} AS ")), "{dockerfile}");
        repository.write("one/Dockerfile", dockerfile.replace(&format!("{image}@{before}"), now));
        repository.commit("Take another base image");
        repository.git(&["push", "--quiet", "--force", "origin", "HEAD:refs/heads/bot/numpy"]);
    };
    let act = |mode: &str| act(&repository, &[("mode", mode), ("files", "one/environment.yml")]);
    let pushed = || {
        repository.git(&["fetch", "--quiet", "origin"]);
        repository.git(&["log", "--format=%s", "origin/main..origin/bot/numpy"])
    };
    repository.git(&["checkout", "--quiet", "-b", "bot/numpy"]);
    let now = registry.push("team/base:1.0", &[Image::empty("arm64"), Image::empty("amd64")]).pop().unwrap();
    edit(&format!("{image}@{now}"));
    let stale = act("check");
    assert!(stale.code == 1 && stale.stdout.contains("base image: changed in this file alone"), "{}", stale.stdout);
    let mended = act("mend");
    assert_eq!(mended.code, 0, "{}", mended.stderr);
    assert_eq!(pushed(), "Mend the conda lockfiles\nTake another base image");
    let files = repository.git(&["diff", "--name-only", "origin/bot/numpy~1", "origin/bot/numpy"]);
    assert_eq!(files.lines().collect::<Vec<_>>(), ["one/Dockerfile", "one/conda-lock.yml"]);
    for file in ["one/Dockerfile", "one/conda-lock.yml"] {
        let text = repository.git(&["show", &format!("origin/bot/numpy:{file}")]);
        assert!(text.contains(&now) && !text.contains(&before), "{file}: {text}");
    }
    assert_eq!(act("check").code, 0, "all is fresh");
    assert_eq!(act("mend").code, 0);
    assert_eq!(pushed().lines().count(), 2, "there is nothing more to mend");

    // An image on which other packages run is more than can be mended so, and nothing is pushed.
    repository.git(&["reset", "--quiet", "--hard", "origin/main"]);
    let other = registry.push("team/base:1.1-noble", &[Image::empty("amd64")]).pop().unwrap();
    edit(&format!("{}/team/base:1.1-noble@{other}", registry.host()));
    let refused = act("mend");
    assert!(refused.code == 2 && refused.stderr.contains("errors.html#bot-edit-offers"), "{}", refused.stderr);
    assert_eq!(pushed(), "Take another base image");
}

#[test]
fn inputs_are_words_and_nothing_else() {
    let Some(repository) = on_github() else { return };
    change_on_main(&repository, "one", "1.19.4");
    for inputs in [
        [("mode", "update; touch \"$HOME/owned\""), ("files", "")],
        [("mode", "update"), ("files", "$(touch \"$HOME/owned\")")],
        [("mode", "update"), ("files", "a'; touch \"$HOME/owned\" #")],
        [("mode", "update"), ("files", "--help")],
        [("mode", "update"), ("branch", "a\"; touch \"$HOME/owned\" #")],
        [("mode", "update"), ("branch", "$(touch \"$HOME/owned\")")],
    ] {
        let files = ("files", "one/environment.yml");
        let run = if inputs[1].0 == "branch" {
            act(&repository, &[inputs[0], inputs[1], files])
        } else {
            act(&repository, &inputs)
        };
        assert_ne!(run.code, 0, "{inputs:?}");
        assert!(!repository.beside("home/owned").exists(), "{inputs:?}");
        assert_eq!(branches(&repository), ["main"]);
        repository.git(&["reset", "--quiet", "--hard", "origin/main"]);
    }
}

/// Stands for gh where releases are: gives a wheel to whoever asks for that of `v0.1.0`, and says what it was asked.
const RELEASES: &str = r#"#!/bin/sh
echo gh "$@"
if [ "$2" = download ]; then
  [ "$3" = v0.1.0 ] || exit 1
  while [ $# -gt 1 ]; do if [ "$1" = --dir ]; then : >"$2/some.whl"; fi; shift; done
fi
"#;

#[test]
fn a_wheel_is_taken_or_else_envlock_is_built() {
    let Some(repository) = Repository::empty() else { return };
    repository.program("gh", RELEASES);
    repository.program("pipx", "#!/bin/sh\necho pipx \"$@\"\n");
    let action = action();
    let install = steps(&action)[0]["run"].as_str().unwrap();
    let bin = repository.beside("bin").to_str().unwrap().to_owned();
    let script = |release: &str| {
        let mut bash = repository.command("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", install]).env("MODE", "check");
        bash.env("GITHUB_ACTION_PATH", "/its/source").env("REPOSITORY", "its/envlock");
        bash.env("RELEASE", release).env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
        let Run { code, stdout, stderr } = run(bash.env("PATH", format!("{bin}:/usr/bin:/bin")));
        assert_eq!(code, 0, "{stderr}");
        let directory = stdout.split(" --dir ").nth(1).and_then(|it| it.lines().next()).unwrap_or("-").to_owned();
        stdout.replace(&directory, "DIR").lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(script("v0.1.0"), [""; 0]);
    fs::remove_file(repository.beside("bin/envlock")).unwrap();
    let download = |release: &str| {
        format!("gh release download {release} --repo its/envlock --pattern *-manylinux*_x86_64*.whl --dir DIR")
    };
    assert_eq!(
        script("v0.1.0"),
        [
            download("v0.1.0"),
            "gh attestation verify DIR/some.whl --repo its/envlock".to_owned(),
            "pipx install DIR/some.whl".to_owned()
        ]
    );
    assert_eq!(
        script("main"),
        [
            download("main"),
            "::notice::there is no wheel of this version, so envlock is built, which takes minutes".to_owned(),
            "pipx install /its/source".to_owned()
        ]
    );
}
