//! The directory that the blocks of README and book are run in.
//!
//! It is a git repository with exports of the fixtures, converted and committed. envlock is on the search path and
//! home has a `config.toml` of pixi that takes conda-forge, and what else the pages name, from a server of this machine, which
//! also has the packages. One thing is put in: `convert` without `--base-image` is given one, since the registry of Docker
//! has no mirror.

use std::fs;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};

use crate::support::{
    IMAGE, Run, fixtures,
    repository::Repository,
    run,
    server::{Server, channel_files},
};

/// The channels that the pages name.
const CHANNELS: [&str; 4] = [
    "https://conda.anaconda.org/conda-forge",
    "https://conda.anaconda.org/pytorch",
    "https://conda.example.org/team",
    "https://mirror.example.org/conda-forge",
];

/// Such a directory.
pub struct Place {
    pub repository: Repository,
    _server: Server,
}

/// An environment file of the fixtures without its pip section, which would need an index.
pub fn environment(folder: &str) -> String {
    let bytes = fs::read(fixtures().join(folder).join("environment.yml")).unwrap();
    // As PowerShell writes it, or as everything else does.
    let text = bytes.strip_prefix(&[0xff, 0xfe]).map_or_else(
        || String::from_utf8(bytes.clone()).unwrap(),
        |units| {
            let units = units.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
            String::from_utf16(&units.collect::<Vec<_>>()).unwrap()
        },
    );
    let mut kept = String::new();
    let mut inside = false;
    for line in text.lines() {
        inside = line.trim_end().ends_with("- pip:") || inside && line.starts_with("    ");
        if !inside {
            kept += line;
            kept.push('\n');
        }
    }
    kept
}

/// The repodata of noarch with a jupyterlab, which the channel of the fixtures hasn't got: a decorator by another name.
fn with_jupyterlab(repodata: &[u8]) -> Vec<u8> {
    let mut repodata: Value = serde_json::from_slice(repodata).unwrap();
    if let Some(Value::Object(record)) = repodata["packages"].get("decorator-4.3.0-py_0.tar.bz2").cloned().as_mut() {
        record.extend([("name".to_owned(), json!("jupyterlab")), ("version".to_owned(), json!("0.35.4"))]);
        repodata["packages"]["jupyterlab-0.35.4-py_0.tar.bz2"] = json!(record);
    }
    serde_json::to_vec(&repodata).unwrap()
}

impl Place {
    /// A directory with an environment file of the fixtures; `None` where there is no git.
    pub fn bare(folder: &str) -> Option<Self> {
        let repository = Repository::empty()?;
        let server = Server::empty();
        for (subdir, name, path) in channel_files() {
            let bytes = fs::read(path).unwrap();
            let bytes = if name == "repodata.json" { with_jupyterlab(&bytes) } else { bytes };
            server.serve(&format!("/channel/{subdir}/{name}"), bytes);
        }
        let mirrors = CHANNELS.map(|channel| format!("\"{channel}\" = [\"{}\"]\n", server.channel())).concat();
        let config = repository.beside("home").join(".config/pixi");
        fs::create_dir_all(&config).unwrap();
        fs::write(config.join("config.toml"), format!("[mirrors]\n{mirrors}")).unwrap();
        repository.program(
            "envlock",
            &format!(
                "#!/bin/sh\ncase \" $* \" in\n  *--base-image*|*' schema '*) ;;\n  *' convert '*)\n    \
                 set -- \"$@\" --base-image '{IMAGE}' ;;\nesac\nexec '{}' \"$@\"\n",
                cargo_bin("envlock").display()
            ),
        );
        repository.write("environment.yml", environment(folder));
        Some(Self { repository, _server: server })
    }

    /// What the pages go on from: a repository with locks, in which some things have changed.
    pub fn furnished() -> Option<Self> {
        let place = Self::bare("macos")?;
        let repository = &place.repository;
        let (macos, windows, hand) = (environment("macos"), environment("windows"), environment("hand"));
        for (file, text) in [
            ("mac.yml", &macos),
            ("web.yml", &hand),
            ("gpu.yml", &windows),
            ("gpu/environment.yml", &windows),
            ("docker/environment.yml", &hand),
            ("old/environment.yml", &macos.replace("numpy=1.15.3", "numpy")),
        ] {
            repository.write(file, text);
        }
        for directory in ["share/man/man1", "share/bash-completion/completions"] {
            fs::create_dir_all(repository.beside("home").join(".local").join(directory)).unwrap();
        }
        std::os::unix::fs::symlink(fixtures().join("channel"), repository.path().join("channel")).unwrap();
        for file in ["old/environment.yml", "docker/environment.yml"] {
            place.done(&format!("envlock convert {file}"));
        }
        repository.commit("Older locks");
        repository.git(&["tag", "v1"]);
        place.done("envlock convert");
        repository.commit("The lock");
        repository.git(&["tag", "v2"]);
        Some(place)
    }

    /// Runs a line of a shell there, on a terminal of 80 columns.
    pub fn run(&self, line: &str) -> Run {
        let mut shell = self.repository.command("sh");
        shell.args(["-c", line]).env("COLUMNS", "80").env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        for who in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            shell.env(format!("{who}_NAME"), "Tester").env(format!("{who}_EMAIL"), "tester@example.org");
        }
        // What git would ask for is written by this.
        shell.env("GIT_EDITOR", "sh -c 'echo Merge >\"$0\"'");
        for variable in ["XDG_CONFIG_HOME", "CONDARC", "CONDA_PREFIX", "RATTLER_AUTH_FILE", "NETRC"] {
            shell.env_remove(variable);
        }
        run(&mut shell)
    }

    /// Runs a line that must succeed.
    pub fn done(&self, line: &str) -> Run {
        let said = self.run(line);
        assert_eq!(said.code, 0, "{line}: {}{}", said.stdout, said.stderr);
        said
    }
}
