//! `convert --from-env`: an installed environment in the place of a file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use assert_cmd::Command;
use envlock::lockfile::Lockfile;

use crate::support::{Workspace, done, fixtures, prefix, run, server::Server, tool};

/// An environment of macOS, in `envs/mac` of a workspace, of which matplotlib and pandas were asked for.
fn mac() -> Workspace {
    let workspace = Workspace::empty();
    let export = fs::read_to_string(fixtures().join("macos/environment.yml")).unwrap();
    let directory = workspace.path().join("envs/mac");
    prefix::of_export(&directory, &export, "osx-64", &["python=3.6", "matplotlib", "pandas >=0.20,<1"]);
    prefix::pip(&directory, "lib/python3.6/site-packages", "termcolor", "1.1.0");
    workspace
}

/// `envlock convert --from-env`, without pip's packages.
fn from_env(workspace: &Workspace, named: &[&str]) -> Command {
    let mut command = workspace.convert();
    command.arg("--from-env").args(named);
    command
}

/// The versions that a lock has of conda's packages.
fn versions(lock: &Lockfile) -> BTreeMap<String, String> {
    lock.conda_packages().map(|it| (it.name.to_string(), it.version.to_string())).collect()
}

/// The lines of conda in an environment file.
fn conda_lines(environment: &str) -> BTreeSet<&str> {
    let lines = environment.lines().filter_map(|line| line.strip_prefix("  - ")).map(|line| line.trim_matches('\''));
    lines.filter(|line| line.matches('=').count() == 2).collect()
}

#[test]
fn an_environment_is_converted_as_its_export_and_what_is_written_is_fresh() {
    let workspace = mac();
    let said = done(&mut from_env(&workspace, &["envs/mac"]));
    assert!(said.stderr.contains("wrote environment.yml, conda-lock.yml, Dockerfile"), "{}", said.stderr);
    assert!(said.stderr.contains("an export from macOS"), "{}", said.stderr);
    assert!(said.stderr.contains("of pip; 3 were asked for"), "{}", said.stderr);
    let export = fs::read_to_string(fixtures().join("macos/environment.yml")).unwrap();
    let written = workspace.read("environment.yml");
    assert_eq!(conda_lines(&written), conda_lines(&export));
    assert!(written.contains("  - pip:\n      - termcolor==1.1.0\n"), "{written}");
    assert!(
        written.ends_with("platform: osx-64\n  requested:\n    - matplotlib\n    - pandas\n    - python\n"),
        "{written}"
    );

    // All that was asked for is there, in its version, as in the lock of the export.
    let of_export = Workspace::with("macos");
    done(&mut of_export.convert());
    let (ours, theirs) = (versions(&workspace.lock()), versions(&of_export.lock()));
    for name in ["matplotlib", "pandas", "python"] {
        assert_eq!(ours.get(name), theirs.get(name), "{name}");
    }

    let after = workspace.contents();
    assert_eq!(run(workspace.envlock().arg("check")).code, 0);
    for again in [vec![], vec!["--from-env", "envs/mac"]] {
        done(workspace.convert().args(again));
        assert_eq!(workspace.contents(), after);
    }
    // The environment is needed no more.
    fs::remove_dir_all(workspace.path().join("envs")).unwrap();
    done(&mut workspace.convert());
    assert_eq!(run(workspace.envlock().arg("check")).code, 0);
}

#[test]
fn what_was_asked_for_counts_and_a_change_of_it_makes_the_lock_stale() {
    let workspace = mac();
    done(&mut from_env(&workspace, &["envs/mac"]));
    let input = workspace.lock().input().unwrap();
    assert_eq!(input.roots, BTreeSet::from(["matplotlib", "pandas", "python"].map(str::to_owned)));
    let edited = workspace.read("environment.yml").replace("    - pandas\n", "    - scipy\n    - gone\n");
    workspace.write("environment.yml", &edited);
    let line = 1 + edited.lines().position(|line| line == "    - scipy").unwrap();
    let told = run(workspace.envlock().arg("check"));
    assert_eq!(
        (told.code, told.stdout.as_str()),
        (
            1,
            &*format!(
                "environment.yml:{line} scipy was added to what is asked for\nenvironment.yml pandas was removed from what \
                 is asked for\n  to mend it, run: envlock convert environment.yml\n"
            )
        )
    );
    let said = done(&mut workspace.convert());
    assert!(said.stderr.contains("`gone` of `requested:` was read past"), "{}", said.stderr);
    assert_eq!(run(workspace.envlock().arg("check")).code, 0);
}

#[test]
fn each_platform_is_known_by_its_records() {
    let windows = fs::read(fixtures().join("windows/environment.yml")).unwrap();
    let units: Vec<u16> = windows[2..].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let windows = String::from_utf16(&units).unwrap().replace("\r\n", "\n");
    let mac = fs::read_to_string(fixtures().join("macos/environment.yml")).unwrap();
    for (subdir, export, system, site) in [
        ("win-64", &windows, "Windows", "Lib/site-packages"),
        ("osx-arm64", &mac, "macOS", "lib/python3.6/site-packages"),
        ("linux-64", &mac, "Linux", "lib/python3.6/site-packages"),
    ] {
        let workspace = Workspace::empty();
        let directory = workspace.path().join("env");
        prefix::of_export(&directory, export, subdir, &["numpy"]);
        prefix::pip(&directory, site, "termcolor", "1.1.0");
        let said = done(&mut from_env(&workspace, &["./env"]));
        assert!(said.stderr.contains(&format!("an export from {system}")), "{subdir}: {}", said.stderr);
        let written = workspace.read("environment.yml");
        assert_eq!(conda_lines(&written), conda_lines(export), "{subdir}");
        assert!(written.contains("- termcolor==1.1.0\n"), "{subdir}: {written}");
        assert_eq!(run(workspace.envlock().arg("check")).code, 0);
    }
}

#[test]
fn an_environment_that_envlock_installed_is_read_back() {
    let server = Server::of_json().with_packages();
    let workspace = Workspace::holding("dependencies:\n  - python=3.7\n  - pytz\n");
    let channel = server.channel();
    done(&mut workspace.convert_from(&[&channel]));
    done(workspace.envlock().args(["install", "conda-lock.yml", "--prefix", "env"]));
    let locked = versions(&workspace.lock());
    let mut command = workspace.convert_from(&[&channel]);
    done(command.args(["--from-env", "./env", "--output-dir", "again"]));
    let written = workspace.read("again/environment.yml");
    let lines: BTreeMap<String, String> = conda_lines(&written)
        .into_iter()
        .map(|line| {
            let mut parts = line.split('=');
            (parts.next().unwrap().to_owned(), parts.next().unwrap().to_owned())
        })
        .collect();
    assert_eq!(lines, locked);
    assert!(
        written.contains(&format!("channels:\n  - {channel}\n")) && written.contains("platform: linux-64\n"),
        "{written}"
    );
    assert_eq!(versions(&workspace.lock_in("again")), locked);
    assert_eq!(run(workspace.envlock().args(["check", "again"])).code, 0);
}

#[test]
fn pips_packages_are_those_that_pip_lists() {
    let Some(python) = tool("python3") else { return };
    let ask = |words: &[&str]| {
        let output = std::process::Command::new(&python).args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let site = ask(&["-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"]);
    let version = ask(&["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"]);
    let minor = version.rsplit_once('.').unwrap().0;
    let listed = ask(&["-m", "pip", "list", "--format", "json", "--path", &site, "--disable-pip-version-check"]);
    let listed: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
    let listed: BTreeSet<String> = listed
        .iter()
        .map(|it| {
            let name = it["name"].as_str().unwrap().to_lowercase().replace(['_', '.'], "-");
            format!("{name}=={}", it["version"].as_str().unwrap())
        })
        .collect();
    assert!(listed.len() > 3, "{listed:?}");

    let workspace = Workspace::empty();
    let directory = workspace.path().join("env");
    let channel = "https://conda.anaconda.org/conda-forge";
    prefix::record(&directory, channel, "linux-64", &format!("python={version}=h0_0_cpython"));
    let lib = directory.join("lib").join(format!("python{minor}"));
    fs::create_dir_all(&lib).unwrap();
    std::os::unix::fs::symlink(&site, lib.join("site-packages")).unwrap();
    // There is no such Python in the channel of the fixtures.
    done(from_env(&workspace, &["./env"]).args(["--python", "3.7"]));
    let written = workspace.read("environment.yml");
    let lines: BTreeSet<String> = written
        .lines()
        .filter_map(|line| line.strip_prefix("      - "))
        .map(|it| it.trim_matches('\'').to_owned())
        .collect();
    assert_eq!(lines, listed);
}

/// What a run without an environment file or with a wrong one says.
fn told(workspace: &Workspace, words: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = workspace.convert_bare();
    command.args(words).env("PATH", "").env_remove("VIRTUAL_ENV");
    for (name, value) in variables {
        command.env(name, value.replace('~', workspace.path().to_str().unwrap()));
    }
    let run = run(&mut command);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    plain(&run.stderr)
}

/// An error as it is drawn, without its indentation.
fn plain(stderr: &str) -> String {
    let lines = stderr.lines().map(|line| line.strip_prefix("  ").unwrap_or(line).replace("× ", "error: "));
    // That errors end with a link is tested with the book.
    lines.filter(|line| !line.starts_with("link: ")).map(|line| line + "\n").collect()
}

#[test]
fn who_comes_without_a_file_is_told_what_to_do() {
    let workspace = mac();
    let active = [("CONDA_PREFIX", "~/envs/mac")];
    let head = "error: there is no environment.yml in this directory\nhelp: ";
    let own = "to convert the active environment, mac:\n        envlock convert --from-env\n";
    assert_eq!(told(&workspace, &[], &active), format!("{head}{own}"));
    workspace.write("bin/micromamba", "");
    let on_path = ("PATH", "~/bin");
    let export = |when: &str| {
        format!("      or write its environment file{when}:\n        micromamba env export > environment.yml\n")
    };
    assert_eq!(told(&workspace, &[], &[active[0], on_path]), format!("{head}{own}{}", export("")));
    assert_eq!(
        told(&workspace, &[], &[on_path]),
        format!(
            "{head}to convert an installed environment:\n        envlock convert --from-env NAME\n{}",
            export(", once it is active")
        )
    );
}

#[test]
fn an_environment_that_isnt_there_is_told_with_those_that_are() {
    let workspace = mac();
    let from =
        |named: &[&str], variables: &[(&str, &str)]| told(&workspace, &[&["--from-env"], named].concat(), variables);
    let envs = [("CONDA_ENVS_PATH", "~/envs")];
    assert_eq!(
        from(&["web"], &envs),
        "error: there is no conda environment called web\nhelp: there is mac; name one, or its directory: envlock convert \
         --from-env NAME\n"
    );
    assert_eq!(
        from(&[], &[]),
        "error: no conda environment is active\nhelp: name one, or its directory: envlock convert --from-env NAME\n"
    );
    let virtual_env = from(&[], &[("VIRTUAL_ENV", "/venv")]);
    assert!(
        virtual_env.starts_with("error: /venv is a virtual environment of Python, not one of conda\n"),
        "{virtual_env}"
    );
    assert!(from(&["./bin"], &[]).starts_with("error: ./bin isn't there\n"));
    assert!(from(&["./envs"], &[]).starts_with("error: ./envs is no conda environment"));
    assert_eq!(
        workspace.contents().keys().filter(|it| it.parent() == Some(Path::new(""))).count(),
        1,
        "nothing is written"
    );
}

#[test]
fn names_and_the_active_environment_are_found() {
    let workspace = mac();
    for (named, variable) in [(vec!["mac"], "CONDA_ENVS_DIRS"), (vec![], "CONDA_PREFIX")] {
        let value = workspace.path().join(if named.is_empty() { "envs/mac" } else { "envs" });
        done(from_env(&workspace, &named).env(variable, value));
        assert!(workspace.read("environment.yml").contains("\nname: mac\n"));
    }
    let prefix = workspace.path().join("envs/mac");
    let said = done(from_env(&workspace, &[]).env("CONDA_PREFIX", prefix).env("VIRTUAL_ENV", "/venv"));
    assert!(said.stderr.contains("/venv is active, too, and what pip installed there isn't read"), "{}", said.stderr);
}

#[test]
fn another_environment_file_is_overwritten_with_force_only() {
    let workspace = mac();
    workspace.write("environment.yml", "dependencies:\n  - python=3.7\n");
    let before = workspace.contents();
    let refused = run(&mut from_env(&workspace, &["envs/mac"]));
    assert_eq!(refused.code, 2);
    assert_eq!(
        plain(&refused.stderr),
        "error: environment.yml is there already, and isn't what is installed\nhelp: convert that file without --from-env; \
         choose another place with --output-dir; or overwrite it with --force\n"
    );
    assert_eq!(workspace.contents(), before);
    done(from_env(&workspace, &["envs/mac"]).args(["--output-dir", "new"]));
    assert_eq!(run(workspace.envlock().args(["check", "new"])).code, 0);
    done(from_env(&workspace, &["envs/mac"]).arg("--force"));
    assert_eq!(workspace.read("environment.yml"), workspace.read("new/environment.yml"));
}

/// An environment with a Python that no channel has.
fn old() -> Workspace {
    let workspace = Workspace::empty();
    let directory = workspace.path().join("envs/old");
    for line in ["python=2.5.6=0", "zlib=1.3.1=h8359307_2"] {
        prefix::record(&directory, "https://conda.anaconda.org/conda-forge", "osx-64", line);
    }
    workspace
}

#[test]
fn the_file_that_an_error_shows_is_written_and_can_be_changed() {
    let workspace = old();
    let before = workspace.contents();
    let failed = run(&mut from_env(&workspace, &["envs/old"]));
    assert_eq!(failed.code, 2);
    let said = plain(&failed.stderr);
    let written = workspace.read("environment.yml");
    let line = 1 + written.lines().position(|line| line == "  - python=2.5.6=0").unwrap();
    assert!(said.contains(&format!("environment.yml:{line}: ")) && said.contains("- python=2.5.6=0"), "{said}");
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "environment.yml was written, as the environment was read: change it, and convert it without --from-env";
    assert!(words.contains(told), "{said}");
    let new: Vec<_> = workspace.contents().into_keys().filter(|it| !before.contains_key(it)).collect();
    assert_eq!(new, [Path::new("environment.yml")]);

    // Once it is there, the error is about what is there.
    let again = plain(&run(&mut from_env(&workspace, &["envs/old"])).stderr);
    assert!(again.contains("- python=2.5.6=0") && !again.contains("was written"), "{again}");
    workspace.write("environment.yml", written.replace("python=2.5.6=0", "python=3.7"));
    done(&mut workspace.convert());
}

#[test]
fn another_file_stays_where_an_error_shows_what_would_have_been_written() {
    let workspace = old();
    workspace.write("environment.yml", "dependencies:\n  - python=3.7\n");
    let before = workspace.contents();
    let failed = run(from_env(&workspace, &["envs/old"]).arg("--force"));
    let words = failed.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "the lines are those of the environment, and not of a file: environment.yml wasn't written";
    assert!(failed.code == 2 && words.contains(told), "{}", failed.stderr);
    assert_eq!(workspace.contents(), before);
}

#[test]
fn an_error_that_is_not_about_the_file_writes_nothing() {
    let workspace = old();
    let before = workspace.contents();
    let mut command = workspace.convert_from(&["./no-such-channel"]);
    assert_eq!(run(command.args(["--from-env", "envs/old"])).code, 2);
    assert_eq!(workspace.contents(), before);
}

#[test]
fn options_of_a_configuration_count() {
    let workspace = mac();
    workspace.write("envlock.toml", "as-of = \"2018-12-31\"\nno-pip = true\n");
    done(&mut from_env(&workspace, &["envs/mac"]));
    let after = workspace.contents();
    assert_eq!(run(workspace.envlock().arg("check")).code, 0);
    done(&mut workspace.convert());
    assert_eq!(workspace.contents(), after);
    assert!(workspace.read("conda-lock.yml").contains("as_of: '2018-12-31"), "{}", workspace.read("conda-lock.yml"));
}
