//! A directory to run envlock in, and what a run printed.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{self, Child, Stdio},
};

use assert_cmd::{
    Command,
    cargo::{cargo_bin, cargo_bin_cmd},
};
use envlock::lockfile::{self, Lockfile};
use serde_json::Value;
use tempfile::TempDir;

use super::{files, fixtures};

/// The base image of the tests. Nothing pulls it: the digest is made up.
pub const IMAGE: &str = "docker.io/mambaorg/micromamba:2.6.1@sha256:\
                         0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A directory of its own for a test, with a cache of its own; it goes when the test ends.
pub struct Workspace {
    directory: TempDir,
}

impl Workspace {
    /// An empty directory.
    pub fn empty() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// A directory that holds the `environment.yml` of a folder of `fixtures`.
    pub fn with(folder: &str) -> Self {
        let workspace = Self::empty();
        let file = fixtures().join(folder).join("environment.yml");
        fs::copy(file, workspace.path().join("environment.yml")).unwrap();
        workspace
    }

    /// A directory that holds an `environment.yml` of this text.
    pub fn holding(environment: &str) -> Self {
        let workspace = Self::empty();
        workspace.write("environment.yml", environment);
        workspace
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The text of a file in it.
    pub fn read(&self, file: &str) -> String {
        files::read(self.path(), file)
    }

    /// Writes a file in it, and the directories above.
    pub fn write(&self, file: &str, contents: impl AsRef<[u8]>) {
        files::write(self.path(), file, contents);
    }

    /// The lock that was written, read back.
    pub fn lock(&self) -> Lockfile {
        self.lock_in("")
    }

    /// The lock that was written to a directory in it, read back.
    pub fn lock_in(&self, directory: &str) -> Lockfile {
        let file = Path::new(directory).join("conda-lock.yml");
        let file = file.to_str().unwrap();
        lockfile::parse(file, &self.read(file)).unwrap()
    }

    /// Everything in it but the cache: directories, which hold nothing themselves, and files with their contents.
    pub fn contents(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut found = BTreeMap::new();
        let mut directories = vec![self.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(self.path()).unwrap().to_owned();
                if name == Path::new(".cache") {
                    continue;
                }
                found.insert(name, path.is_file().then(|| fs::read(&path).unwrap()));
                if path.is_dir() {
                    directories.push(path);
                }
            }
        }
        found
    }

    /// envlock, to be run there, on a terminal of 120 columns without colour. Nothing that this machine is set up with
    /// (a cache, credentials, a proxy) plays a part.
    pub fn envlock(&self) -> Command {
        self.set_up(cargo_bin_cmd!("envlock"))
    }

    /// A line for a shell that finds envlock, to be run in the same way.
    pub fn shell(&self, line: &str) -> Command {
        let program = cargo_bin!("envlock");
        let path = env::var_os("PATH").unwrap_or_default();
        let directories = program.parent().map(Path::to_owned).into_iter().chain(env::split_paths(&path));
        let mut command = Command::new("sh");
        command.args(["-c", line]).env("PATH", env::join_paths(directories).unwrap());
        self.set_up(command)
    }

    /// Has a program run with what a command would be given, and doesn't wait for its end.
    pub fn start(&self, mut program: process::Command, command: &Command) -> Child {
        program
            .args(command.get_args())
            .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(self.path())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn set_up(&self, mut command: Command) -> Command {
        command
            .current_dir(self.path())
            .env("ENVLOCK_CACHE_DIR", self.path().join(".cache"))
            .env("HOME", self.path().join(".cache"))
            .env("NO_COLOR", "1")
            .env("COLUMNS", "120")
            // What goes on is told by how long it takes, which isn't the same each time.
            .env("ENVLOCK_NO_PROGRESS", "1");
        // A test that is about the files of a machine takes this away, and has its home to write them to.
        command
            .env("ENVLOCK_NO_KEYRING", "1")
            .env("ENVLOCK_NO_CONFIG", "1")
            .env("XDG_CONFIG_HOME", self.path().join(".cache/.config"));
        for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "VIRTUAL_ENV"] {
            command.env_remove(variable).env_remove(variable.to_lowercase());
        }
        let is_of_another =
            |name: &str| ["CONDA", "MAMBA", "RATTLER_", "PIXI_", "NETRC", "AWS_"].iter().any(|it| name.starts_with(it));
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_another)) {
            command.env_remove(name);
        }
        command
    }

    /// `envlock convert` with the image of the tests, and with these channels. The pip section is left out: no index is
    /// asked.
    pub fn convert_from(&self, channels: &[&str]) -> Command {
        let mut command = self.convert_all_from(channels);
        command.arg("--no-pip");
        command
    }

    /// `envlock convert` without any option.
    pub fn convert_bare(&self) -> Command {
        let mut command = self.envlock();
        command.arg("convert");
        command
    }

    /// The same with the pip section.
    pub fn convert_all_from(&self, channels: &[&str]) -> Command {
        let mut command = self.convert_bare();
        command.args(["--base-image", IMAGE]);
        for channel in channels {
            command.args(["--channel", channel]);
        }
        command
    }

    /// `envlock convert` with another image, and with the channel of the fixtures as conda-forge, without the pip section.
    pub fn convert_on(&self, image: &str) -> Command {
        let channel = format!("conda-forge={}", fixtures().join("channel").display());
        let mut command = self.convert_bare();
        command.args(["--base-image", image, "--no-pip", "--channel", &channel]);
        command
    }

    /// `envlock convert` with the image of the tests, and with the channel of the fixtures as conda-forge, without the
    /// pip section.
    pub fn convert(&self) -> Command {
        self.convert_from(&[&format!("conda-forge={}", fixtures().join("channel").display())])
    }

    /// The same with the pip section.
    pub fn convert_all(&self) -> Command {
        self.convert_all_from(&[&format!("conda-forge={}", fixtures().join("channel").display())])
    }
}

/// What a run printed, and how it ended.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The one JSON document that stdout is.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {:?}", self.stdout))
    }
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let code = output.status.code().unwrap_or_else(|| panic!("ended by a signal:\n{stderr}"));
    assert!(!stderr.contains("panicked"), "{stderr}");
    Run { code, stdout, stderr }
}

/// Runs a command that must succeed.
pub fn done(command: &mut Command) -> Run {
    let run = run(command);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run
}
