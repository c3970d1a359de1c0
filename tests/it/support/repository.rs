//! A git repository to run envlock in, as hooks and CI systems do, without a network.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use assert_cmd::{Command, cargo::cargo_bin};
use tempfile::TempDir;

use super::{IMAGE, done, files, fixtures, tool};

/// The environments of the tests: a Python, and a numpy on line 5 that `Repository::repin` replaces.
const ENVIRONMENT: &str = "\
name: small
channels: [conda-forge]
dependencies:
  - python=3.7.8
  - numpy=1.21.6
";

/// A repository of its own for a test; it goes when the test ends. Beside it are a home directory and programs that come
/// first on the search path: envlock, and what a test puts there.
pub struct Repository {
    directory: TempDir,
}

impl Repository {
    /// An empty repository on the branch `main`; `None` where there is no git.
    pub fn empty() -> Option<Self> {
        tool("git")?;
        let repository = Self { directory: tempfile::tempdir().unwrap() };
        for directory in ["work", "home", "bin"] {
            fs::create_dir(repository.beside(directory)).unwrap();
        }
        // `convert` is given an image and a channel, so that it asks nobody.
        let (envlock, channel) = (cargo_bin("envlock"), fixtures().join("channel"));
        repository.program(
            "envlock",
            &format!(
                "#!/bin/sh\nif [ \"$1\" = convert ]; then\n  shift\n  \
                 set -- convert --base-image '{IMAGE}' --channel 'conda-forge={}' \"$@\"\nfi\nexec '{}' \"$@\"\n",
                channel.display(),
                envlock.display()
            ),
        );
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        Some(repository)
    }

    /// A repository with an environment in each of these directories, converted and committed; `None` where there is no
    /// git.
    pub fn with(directories: &[&str]) -> Option<Self> {
        let repository = Self::empty()?;
        for directory in directories {
            let file = Path::new(directory).join("environment.yml");
            repository.write(file.to_str().unwrap(), ENVIRONMENT);
            done(repository.command("envlock").arg("convert").arg(file));
        }
        repository.commit("Environments");
        Some(repository)
    }

    /// Pins another numpy in the environment of this directory.
    pub fn repin(&self, directory: &str, version: &str) {
        let file = Path::new(directory).join("environment.yml");
        self.write(file.to_str().unwrap(), ENVIRONMENT.replace("1.21.6", version));
    }

    /// The repository's directory.
    pub fn path(&self) -> PathBuf {
        self.beside("work")
    }

    /// A file or directory beside the repository.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The text of a file in it.
    pub fn read(&self, file: &str) -> String {
        files::read(&self.path(), file)
    }

    /// Writes a file in it, and the directories above.
    pub fn write(&self, file: &str, contents: impl AsRef<[u8]>) {
        files::write(&self.path(), file, contents);
    }

    /// Puts a script first on the search path.
    pub fn program(&self, name: &str, script: &str) {
        let file = self.beside("bin").join(name);
        fs::write(&file, script).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A program, to be run in it. Nothing that this machine is set up with plays a part, and no server is reached.
    pub fn command(&self, program: &str) -> Command {
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([self.beside("bin")].into_iter().chain(env::split_paths(&path))).unwrap();
        let found = env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file());
        let mut command = Command::new(found.unwrap_or_else(|| panic!("{program} isn't installed")));
        command
            .current_dir(self.path())
            .env("PATH", path)
            .env("HOME", self.beside("home"))
            .env("ENVLOCK_CACHE_DIR", self.beside("home").join("cache"))
            .env("PRE_COMMIT_HOME", self.beside("home").join("pre-commit"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("NO_COLOR", "1")
            .env("COLUMNS", "120");
        for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            // Nobody listens there.
            command.env(proxy, "http://127.0.0.1:9").env(proxy.to_lowercase(), "http://127.0.0.1:9");
        }
        command
    }

    /// What git, which must succeed, prints.
    pub fn git(&self, arguments: &[&str]) -> String {
        let mut git = self.command("git");
        git.args(["-c", "user.name=Tester", "-c", "user.email=tester@example.org"]).args(arguments);
        done(&mut git).stdout.trim_end().to_owned()
    }

    /// Commits everything.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }
}
