//! Why an environment can't be installed, and what to do.

use std::{error::Error, io, path::Path};

use miette::{Diagnostic, SourceSpan};

use crate::{
    channel::ChannelError,
    environment::Excerpt,
    http::{Broken, Failure},
    words::and,
};

/// Why an environment can't be installed.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum InstallError {
    /// The machine is of another kind than the lock.
    #[error("the packages are for {lock}, and this machine is {here}")]
    #[diagnostic(code("install-platform"))]
    #[diagnostic(help(
        "install them on linux-64; on another machine, build an image: docker build --platform linux/amd64 ."
    ))]
    Platform {
        /// What the packages are for.
        lock: &'static str,
        /// What the machine is.
        here: String,
    },

    /// A line of an explicit list can't be read, or leaves a package unchecked.
    #[error("{}:{line}: {reason}", source_code.name())]
    #[diagnostic(code("list-line"))]
    #[diagnostic(help(
        "write it as URL#SHA256, such as https://conda.anaconda.org/conda-forge/noarch/NAME-VERSION-BUILD.conda#…"
    ))]
    Line {
        /// What is wrong.
        reason: String,
        /// The line, counted from 1.
        line: usize,
        /// The file.
        #[source_code]
        source_code: Excerpt,
        /// Where.
        #[label("here")]
        at: SourceSpan,
    },

    /// The lock can't be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Lock(#[from] crate::lockfile::LockError),

    /// A package of a lock lacks something that it needs.
    #[error("{}:{line}: {reason}", source_code.name())]
    #[diagnostic(code("lock-inconsistent"))]
    #[diagnostic(help(
        "nothing was changed. The lock isn't as envlock wrote it: restore it, or write it anew with `envlock convert`. What is meant to be without that can be installed from an explicit list, such as the conda-linux-64.lock beside it, which says nothing of what packages need"
    ))]
    Inconsistent {
        /// What is lacking.
        reason: String,
        /// The line, counted from 1.
        line: usize,
        /// The lock.
        #[source_code]
        source_code: Excerpt,
        /// Where.
        #[label("here")]
        at: SourceSpan,
    },

    /// The lock has nothing for the platform.
    #[error("{file} has no packages for linux-64")]
    #[diagnostic(code("lock-empty"))]
    #[diagnostic(help("write a lock with `envlock convert`"))]
    Nothing {
        /// The file.
        file: String,
    },

    /// The prefix holds something else.
    #[error("{prefix} holds files, and is no conda environment")]
    #[diagnostic(code("prefix-foreign"))]
    #[diagnostic(help("choose an empty directory, or one that isn't there yet"))]
    Foreign {
        /// The prefix.
        prefix: String,
    },

    /// The prefix can't be used.
    #[error("{prefix} can't be used")]
    #[diagnostic(code("prefix-unusable"))]
    #[diagnostic(help("choose a directory that you may write to"))]
    Prefix {
        /// The prefix.
        prefix: String,
        /// Why.
        source: io::Error,
    },

    /// Packages can't be put where this path leads.
    #[error("nothing can be installed into {prefix}: {reason}")]
    #[diagnostic(code("prefix-path"))]
    #[diagnostic(help("nothing was changed; choose a prefix with another path"))]
    PrefixPath {
        /// The prefix.
        prefix: String,
        /// What is wrong with its path.
        reason: String,
    },

    /// A package is one of Python's, and there is none.
    #[error("{package} is a package for Python, and neither the list nor the prefix has a Python")]
    #[diagnostic(code("install-no-python"))]
    #[diagnostic(help("nothing was changed; add the python that the package is for, or convert the environment anew"))]
    NoPython {
        /// The package.
        package: String,
    },

    /// A shell that runs scripts would read something else than the path of the prefix.
    #[error("scripts of packages can't be run in {prefix}: a shell would take its path for something else")]
    #[diagnostic(code("prefix-scripts"))]
    #[diagnostic(help(
        "choose a directory without `$`, `\"`, a backtick or `\\` in its path, or leave out --run-link-scripts"
    ))]
    ScriptPrefix {
        /// The prefix.
        prefix: String,
    },

    /// What was downloaded isn't what the lock says.
    #[error("{url} is not what the lock says: its SHA-256 (or MD5) is {found}, and should be {expected}")]
    #[diagnostic(code("package-hash"))]
    #[diagnostic(help(
        "nothing was installed. Try again, as a download can be damaged; if it stays so, the file was replaced on the server, and the environment has to be converted anew"
    ))]
    Hash {
        /// Where it was downloaded.
        url: String,
        /// The hash of the lock.
        expected: String,
        /// The hash of what is there.
        found: String,
    },

    /// Something that was locked isn't there any more.
    #[error("{url} is not there any more (404 or 410)")]
    #[diagnostic(code("package-gone"))]
    #[diagnostic(help(
        "nothing was installed. Convert the environment anew: another build of the package may be there"
    ))]
    Gone {
        /// Where it was.
        url: String,
    },

    /// Something can't be downloaded.
    #[error("{url} can't be fetched: {reason}")]
    #[diagnostic(code("package-unreachable"))]
    #[diagnostic(help("nothing was installed. Check the network, and HTTPS_PROXY; what has been fetched is kept"))]
    Fetch {
        /// What.
        url: String,
        /// Why.
        reason: String,
    },

    /// Offline, and the cache hasn't got it.
    #[error("{} not in the cache, and --offline forbids to fetch: {}", are(names), names.join(", "))]
    #[diagnostic(code("install-offline"))]
    #[diagnostic(help("run once without --offline; nothing was installed"))]
    Offline {
        /// What is missing.
        names: Vec<String>,
    },

    /// The package isn't one.
    #[error("{url} is no conda package: {reason}")]
    #[diagnostic(code("package-malformed"))]
    #[diagnostic(help("nothing was installed; the channel has to be mended"))]
    NoPackage {
        /// Where it comes from.
        url: String,
        /// What is wrong.
        reason: String,
    },

    /// Something of a package, or of an environment, would be elsewhere than in the prefix.
    #[error("{package} can't be installed: {path} {reason}")]
    #[diagnostic(code("package-path"))]
    #[diagnostic(help(
        "nothing was installed. No good package has that: pin another build of it, and tell those who run the channel"
    ))]
    Path {
        /// The package.
        package: String,
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },

    /// What an environment keeps of itself is elsewhere.
    #[error("{path} is a symbolic link, and what is written there would be elsewhere")]
    #[diagnostic(code("prefix-link"))]
    #[diagnostic(help("nothing was installed; remove the link, or choose another prefix"))]
    Link {
        /// The link.
        path: String,
    },

    /// A record of the environment can't be read.
    #[error("{path} is no record of a package: {reason}")]
    #[diagnostic(code("prefix-record"))]
    #[diagnostic(help("nothing was installed; remove the file, or choose another prefix"))]
    Record {
        /// The record.
        path: String,
        /// What is wrong with it.
        reason: String,
    },

    /// The packages can't be linked.
    #[error("{what} can't be put into {prefix}, or taken away")]
    #[diagnostic(code("install-incomplete"))]
    #[diagnostic(help(
        "the environment isn't complete: run the command again once the cause is gone, and it goes on from there"
    ))]
    Unlinked {
        /// The package, or what else.
        what: String,
        /// The prefix.
        prefix: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },

    /// Scripts of packages fail.
    #[error("the link {} of {} failed", if names.len() == 1 { "script" } else { "scripts" }, and(names))]
    #[diagnostic(code("link-script"))]
    #[diagnostic(help("everything else is installed; run the command again, or without --run-link-scripts"))]
    Script {
        /// The packages.
        names: Vec<String>,
    },

    /// Packages would be built, which runs their code.
    #[error("{} built from source, which runs code of the package", is_or_are(names))]
    #[diagnostic(code("install-build"))]
    #[diagnostic(help(
        "nothing was installed. Say --allow-build if you trust the lock, or build the image, where that happens in a container"
    ))]
    Build {
        /// The packages.
        names: Vec<String>,
    },

    /// pip isn't there.
    #[error("the environment has no pip, and the lock has packages that pip installs")]
    #[diagnostic(code("install-no-pip"))]
    #[diagnostic(help("convert the environment anew: pip comes with it"))]
    NoPip,

    /// pip fails.
    #[error("pip can't install {what}:\n{said}")]
    #[diagnostic(code("install-pip-failed"))]
    #[diagnostic(help("the conda packages are installed; run the command again once the cause is gone"))]
    Pip {
        /// What was to be installed.
        what: String,
        /// The end of what pip said.
        said: String,
    },

    /// A channel error: no client, no credentials.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Channel(#[from] ChannelError),

    /// A file can't be read or written.
    #[error("{what}")]
    #[diagnostic(code("install-files"))]
    Files {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
}

impl InstallError {
    pub(super) fn prefix(prefix: &Path, source: io::Error) -> Self {
        Self::Prefix { prefix: prefix.display().to_string(), source }
    }
}

impl From<Failure> for InstallError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unanswered { url, reason, .. } | Failure::Final { url, reason } => Self::Fetch { url, reason },
            other => Self::Channel(other.into()),
        }
    }
}

impl From<InstallError> for Broken<InstallError> {
    fn from(error: InstallError) -> Self {
        Self::Final(error)
    }
}

fn is_or_are(names: &[String]) -> String {
    format!("{} {}", and(names), if names.len() == 1 { "is" } else { "are" })
}

fn are(names: &[String]) -> &'static str {
    if names.len() == 1 { "one package is" } else { "some packages are" }
}
