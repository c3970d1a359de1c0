//! pip installs what the lock has for it, from files that have been checked, with their hashes once more.

use std::{
    env,
    ffi::{OsStr, OsString},
    fmt::Write as _,
    fs, io, iter,
    path::Path,
    process::{Command, Output, Stdio},
};

use url::Url;

use super::{InstallError, files::PipFile};
use crate::{pypi, temporary::Scratch};

/// How much of what pip said is shown.
const SAID: usize = 12;

/// Installs them: the wheels in one go, then the others one by one, as they may be built with what the wheels brought.
///
/// # Errors
///
/// Where the environment has no pip, or pip fails.
pub(super) fn install(prefix: &Path, files: &[PipFile], cache_dir: &Path) -> Result<(), InstallError> {
    if files.is_empty() {
        return Ok(());
    }
    let pip = PrefixPip::of(prefix, cache_dir)?;
    let (wheels, others): (Vec<&PipFile>, Vec<&PipFile>) = files
        .iter()
        .partition(|file| file.path.as_ref().is_some_and(|path| path.extension().is_some_and(|it| it == "whl")));
    if !wheels.is_empty() {
        pip.wheels(&wheels)?;
    }
    others.into_iter().try_for_each(|file| pip.source(file))
}

/// The environment's pip.
struct PrefixPip<'a> {
    prefix: &'a Path,
    options: Vec<&'static str>,
    scratch: Scratch,
}

impl<'a> PrefixPip<'a> {
    fn of(prefix: &'a Path, cache_dir: &Path) -> Result<Self, InstallError> {
        let scratch =
            Scratch::new(cache_dir).map_err(|source| files_error("no temporary directory can be made", source))?;
        let mut pip = Self { prefix, options: Vec::new(), scratch };
        let version = pip.run(&["--version"], &[])?;
        if !version.status.success() {
            return Err(InstallError::NoPip);
        }
        // `pip 24.0 from /…`
        pip.options = pypi::install_options(String::from_utf8_lossy(&version.stdout).split(' ').nth(1));
        Ok(pip)
    }

    /// Wheels are found by name and version in a directory that holds nothing else, so that nothing tells later where
    /// they lay.
    fn wheels(&self, wheels: &[&PipFile]) -> Result<(), InstallError> {
        let directory = self.scratch.path().join("wheels");
        let list = self.scratch.path().join("wheels.txt");
        let mut text = String::new();
        let link = |file: &PipFile| {
            let Some((path, name)) = file.path.as_ref().and_then(|path| Some((path, path.file_name()?))) else {
                return Ok(());
            };
            fs::hard_link(path, directory.join(name)).or_else(|_| fs::copy(path, directory.join(name)).map(drop))
        };
        let laid = fs::create_dir_all(&directory).and_then(|()| wheels.iter().try_for_each(|file| link(file)));
        for PipFile { package, .. } in wheels {
            let hash = package.sha256().unwrap_or_default();
            // Writing to a string can't fail.
            let _ = writeln!(text, "{}=={} --hash=sha256:{hash}", package.name, package.version);
        }
        laid.and_then(|()| fs::write(&list, text)).map_err(|source| files_error("wheels can't be laid out", source))?;
        let arguments = [
            "--find-links".as_ref(),
            directory.as_os_str(),
            "--require-hashes".as_ref(),
            "--requirement".as_ref(),
            list.as_os_str(),
        ];
        self.install(&arguments, "the wheels of the lock")
    }

    /// An archive or a repository is built in the environment, without a network.
    fn source(&self, file: &PipFile) -> Result<(), InstallError> {
        let PipFile { package, path } = file;
        let target = match path {
            None => OsString::from(&*package.address()),
            Some(path) => match package.address().split_once('#') {
                // Deeper in the archive, which only an address can say.
                Some((_, fragment)) => {
                    let url = Url::from_file_path(path)
                        .map_or_else(|()| package.address().into_owned(), |url| url.to_string());
                    OsString::from(format!("{url}#{fragment}"))
                }
                None => path.clone().into_os_string(),
            },
        };
        self.install(&[&target], &format!("{} {}", package.name, package.version))
    }

    fn install(&self, arguments: &[&OsStr], what: &str) -> Result<(), InstallError> {
        let mut first = vec!["install"];
        first.extend(&self.options);
        let output = self.run(&first, arguments)?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
        let (_, last) = lines.split_at(lines.len().saturating_sub(SAID));
        let said = last.join("\n");
        Err(InstallError::Pip { what: what.to_owned(), said })
    }

    /// Runs pip as in the activated environment. What the user has set up for other uses of pip doesn't count.
    fn run(&self, first: &[&str], more: &[&OsStr]) -> Result<Output, InstallError> {
        let bin = self.prefix.join("bin");
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(iter::once(bin.clone()).chain(env::split_paths(&path))).unwrap_or(path);
        let ours = env::vars_os().map(|(name, _)| name).filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("PIP_") || name.starts_with("PYTHON")
        });
        let mut command = Command::new(bin.join("python"));
        ours.for_each(|name| _ = command.env_remove(name));
        command
            .args(["-m", "pip", "--isolated", "--no-input"])
            .args(first)
            .args(more)
            .env("PATH", path)
            .env("CONDA_PREFIX", self.prefix)
            .env("HOME", self.scratch.path())
            .env("PYTHONNOUSERSITE", "1")
            .env("PIP_NO_INDEX", "1")
            .current_dir(self.scratch.path())
            .stdin(Stdio::null());
        match command.output() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(InstallError::NoPip),
            output => output.map_err(|source| files_error("pip can't be run", source)),
        }
    }
}

fn files_error(what: &str, source: io::Error) -> InstallError {
    InstallError::Files { what: what.to_owned(), source }
}
