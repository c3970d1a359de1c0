//! Credentials that a build is given for the servers which want some. They are mounted while something is fetched, and get
//! into no layer.
//!
//! Source of the flag: <https://docs.docker.com/build/building/secrets/>.

use std::collections::BTreeSet;

use url::Url;

use super::run::{run, run_with, step};
use crate::{
    base::credentials::server_of,
    image::Tool,
    lockfile::{Lockfile, Package},
};

/// A file of credentials that a build may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Secret {
    /// Its name, which is the end of where it is mounted, too.
    pub id: &'static str,
    /// Where people have it.
    source: &'static str,
}

/// What all of them read: user and password for a host.
const NETRC: Secret = Secret { id: "netrc", source: "$HOME/.netrc" };
/// What micromamba and envlock read besides: tokens, too.
const MAMBA: Secret = Secret { id: "authentication.json", source: "$HOME/.mamba/auth/authentication.json" };

/// The servers that want credentials, and the files that hold them.
#[derive(Clone, Debug)]
pub(super) struct Guarded {
    servers: BTreeSet<String>,
    pub secrets: Vec<Secret>,
}

impl Guarded {
    /// Those of what conda, micromamba or envlock installs; `None` where nothing is guarded.
    pub(super) fn of_conda(lockfile: &Lockfile, tool: Tool) -> Option<Self> {
        let secrets = if tool == Tool::Conda { vec![NETRC] } else { vec![NETRC, MAMBA] };
        Self::of(lockfile, lockfile.conda_packages(), secrets)
    }

    /// Those of what pip installs; `None` where nothing is guarded.
    pub(super) fn of_pip(lockfile: &Lockfile) -> Option<Self> {
        Self::of(lockfile, lockfile.pip_packages(), vec![NETRC])
    }

    fn of<'l>(lockfile: &Lockfile, packages: impl Iterator<Item = &'l Package>, secrets: Vec<Secret>) -> Option<Self> {
        let guarded = lockfile.choices().credentials_for;
        if guarded.is_empty() {
            return None;
        }
        let servers: BTreeSet<String> = packages
            .filter_map(|package| server_of(&Url::parse(&package.address()).ok()?))
            .filter(|server| guarded.contains(server))
            .collect();
        (!servers.is_empty()).then_some(Self { servers, secrets })
    }

    /// The step that tells whether any are given.
    fn step(&self) -> String {
        step(&format!("credentials {}", self.words()))
    }

    fn words(&self) -> String {
        self.servers.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// A `RUN` of these steps with the credentials that are wanted.
pub(super) fn run_guarded(guarded: Option<&Guarded>, files: &[&str], steps: &[String]) -> String {
    let Some(guarded) = guarded else { return run(files, steps) };
    let secrets: Vec<&str> = guarded.secrets.iter().map(|secret| secret.id).collect();
    run_with(&secrets, files, &[&[guarded.step()], steps].concat())
}

/// The comments at the top that say how the image is built; none where nothing is guarded.
pub(super) fn how_to_build(lockfile: &Lockfile, tool: Tool) -> Vec<String> {
    let all = [Guarded::of_conda(lockfile, tool), Guarded::of_pip(lockfile)];
    let guarded: Vec<Guarded> = all.into_iter().flatten().collect();
    let servers: BTreeSet<String> = guarded.iter().flat_map(|it| it.servers.iter().cloned()).collect();
    let mut secrets: Vec<Secret> = guarded.into_iter().flat_map(|it| it.secrets).collect();
    secrets.sort_by_key(|secret| secret.id != NETRC.id);
    secrets.dedup();
    if servers.is_empty() {
        return Vec::new();
    }
    let options: Vec<String> =
        secrets.iter().map(|secret| format!("--secret id={},src={}", secret.id, secret.source)).collect();
    vec![format!(
        "Credentials are wanted by {}; they are given by `{}`, and stay out of the image.",
        servers.into_iter().collect::<Vec<_>>().join(" and "),
        options.join("` or `")
    )]
}

#[cfg(test)]
mod tests {
    use crate::{
        dockerfile::tests::{instructions, lock_with_pip, rendered, runs},
        image::{BaseImage, Installer, Recipe},
        lockfile::testing::{image, lock_with},
    };

    #[test]
    fn credentials_are_mounted_where_they_are_wanted_and_nothing_else_changes() {
        let mut lock = lock_with_pip();
        let plain = rendered(&lock);
        let choices = &mut lock.provenance.as_mut().unwrap().choices;
        choices.credentials_for = vec!["conda.anaconda.org".to_owned(), "elsewhere".to_owned()];
        let guarded = rendered(&lock);
        let [conda, pip] = [0, 1].map(|index| runs(&guarded)[index].clone());
        let start = "--mount=type=secret,id=netrc,target=/mnt/netrc,mode=0444     \
                     --mount=type=secret,id=authentication.json,target=/mnt/authentication.json,mode=0444     --mount=type=bind";
        assert!(conda.starts_with(start), "{conda}");
        assert!(
            conda.contains(" sh /mnt/envlock.sh credentials conda.anaconda.org  && sh /mnt/envlock.sh list "),
            "{conda}"
        );
        assert!(!pip.contains("secret"), "{pip}");
        let comment = "# Credentials are wanted by conda.anaconda.org; they are given by `--secret \
                       id=netrc,src=$HOME/.netrc` or `--secret \
                       id=authentication.json,src=$HOME/.mamba/auth/authentication.json`, and stay out of the image.\n";
        assert!(guarded.contains(comment), "{guarded}");
        let without = |text: &str| {
            let mut all = instructions(text);
            all.retain(|it| !it.starts_with("RUN "));
            all
        };
        assert_eq!(without(&guarded), without(&plain));
        lock.provenance.as_mut().unwrap().choices.credentials_for = vec!["elsewhere".to_owned()];
        assert_eq!(rendered(&lock), plain);
    }

    #[test]
    fn conda_reads_netrc_alone() {
        let base = BaseImage::parse(&format!("condaforge/miniforge3:24.11.3-0@{}", image().digest)).unwrap();
        let mut lock = lock_with(&Recipe { installer: Installer::Own, ..Recipe::plain(base) }, &[]);
        lock.provenance.as_mut().unwrap().choices.credentials_for = vec!["conda.anaconda.org".to_owned()];
        let text = rendered(&lock);
        assert!(text.contains("id=netrc") && !text.contains("authentication.json"), "{text}");
    }
}
