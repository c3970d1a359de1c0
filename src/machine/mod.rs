//! What this machine is set up with: the files in which conda, micromamba, pixi and curl keep the names of channels, mirrors,
//! proxies, certificates and credentials.
//!
//! Nothing here is asked of anybody but the keyring, and that when a server is about to be asked. A file that makes no sense is a
//! note: it is another program's, and the run may do well without it.

mod accounts;
mod aws;
mod condarc;
mod environments;
mod files;
pub(crate) mod keyring;
mod mamba;
mod names;
mod netrc;
mod network;
mod rattler;

use std::{collections::BTreeMap, path::PathBuf};

pub use self::{
    accounts::Account,
    aws::{Aws, AwsKeys, S3Bucket},
    environments::{Active, Exporter, Found, NoSuchEnvironment},
    files::Surroundings,
    keyring::Keyring,
    names::{ChannelNames, PUBLIC},
    network::{Bundle, ConfiguredProxy, Network, ProxyScope},
};
pub(crate) use names::Mirror;

/// The variable that has the same effect as `--no-config`.
const NO_CONFIG: &str = "ENVLOCK_NO_CONFIG";

/// What this machine is set up with.
#[derive(Clone, Default)]
pub struct Machine {
    /// What names of channels mean here.
    pub names: ChannelNames,
    /// What is fetched from elsewhere than its URL says.
    pub mirrors: Vec<Mirror>,
    /// How servers are reached.
    pub network: Network,
    /// Credentials, the first that fits counts.
    pub accounts: Vec<Account>,
    /// What is known of S3.
    pub aws: Aws,
    /// What is known of single buckets.
    pub buckets: BTreeMap<String, S3Bucket>,
    /// Directories in which conda looks for environments, the first that has one counts.
    pub environments: Vec<PathBuf>,
    /// Files of credentials of rattler's form that somebody has named, the first that has some counts.
    pub auth_files: Vec<PathBuf>,
    /// The keyring, which comes after them, as it does for rattler.
    pub keyring: Keyring,
    /// The file of credentials in which rattler stores what the keyring doesn't take. It comes after that, and before the
    /// accounts.
    pub usual_auth_file: Option<PathBuf>,
    /// What can't be read or isn't followed, each a sentence without a full stop.
    pub notes: Vec<String>,
    /// What was taken from which file, without secrets.
    pub taken: Vec<String>,
}

impl std::fmt::Debug for Machine {
    /// Much of it is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine").field("taken", &self.taken).finish_non_exhaustive()
    }
}

impl Machine {
    /// Reads the files of this machine; with `is_ignored`, or where `ENVLOCK_NO_CONFIG` is set, only those that
    /// `RATTLER_AUTH_FILE` and `NETRC` name, since these hold credentials and are said for this run.
    #[must_use]
    pub fn read(is_ignored: bool) -> Self {
        let is_said = std::env::var(NO_CONFIG).is_ok_and(|it| !it.is_empty() && it != "0");
        Self::of(&Surroundings::of_process(), is_ignored || is_said)
    }

    /// The same for other surroundings than those of this process.
    #[must_use]
    pub fn of(around: &Surroundings, is_ignored: bool) -> Self {
        let mut machine = Self::default();
        machine.auth_files.extend(around.path("RATTLER_AUTH_FILE"));
        if !is_ignored {
            condarc::read(around, &mut machine);
            rattler::read(around, &mut machine);
            machine.keyring = Keyring::of_system(around);
            machine.usual_auth_file = around.home(".rattler/credentials.json");
            mamba::read(around, &mut machine);
        }
        netrc::read(around, is_ignored, &mut machine);
        aws::read(around, is_ignored, &mut machine);
        machine
    }

    /// What was taken from where until now: that of the keyring comes while servers are asked.
    #[must_use]
    pub fn all_taken(&self) -> Vec<String> {
        self.taken.iter().cloned().chain(self.keyring.taken()).collect()
    }

    /// Notes what was taken from somewhere.
    fn take(&mut self, what: &str, from: &str) {
        self.taken.push(format!("{what} ({from})"));
    }
}
