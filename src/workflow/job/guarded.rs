//! Which servers want credentials of whoever installs the lock.

use std::collections::BTreeSet;

use url::Url;

use super::{Job, Solved, channels::fetch_options};
use crate::{
    base::credentials::server_of,
    channel,
    pypi::{self, PipLock},
};

/// The servers (`host` or `host:port`) of conda's packages and of pip's that gave something for credentials alone. Where they
/// can't be asked, those that the lock names count on.
pub(super) async fn guarded(job: &Job, solved: &Solved, pip: Option<&PipLock>) -> Vec<String> {
    let of_pip = pip.map_or(&[][..], |pip| &pip.packages);
    // Wheels may be a channel's, too.
    let of_conda = solved.solution.records.iter().map(|record| &record.url);
    let packages: Vec<&Url> = of_conda.chain(of_pip.iter().map(|package| package.artifact.url())).collect();
    let servers: BTreeSet<String> = packages.iter().filter_map(|url| server_of(url)).collect();
    let known = || {
        let known = job.existing.as_ref().map(|existing| existing.lock.choices().credentials_for);
        known.unwrap_or_default().into_iter().filter(|server| servers.contains(server)).collect::<Vec<_>>()
    };
    if job.options().is_offline() {
        return known();
    }
    let options = fetch_options(job.options(), &job.machine, &job.pip_options.events);
    let Ok(channels) = channel::guarded(&job.channels, &options).await else { return known() };
    let Ok(of_pip) = pypi::guarded(&job.pip, of_pip, &job.pip_options).await else { return known() };
    let below =
        channels.iter().filter(|channel| packages.iter().any(|url| url.as_str().starts_with(channel.url.as_str())));
    let mut all: BTreeSet<String> = below.filter_map(|channel| server_of(&channel.url)).collect();
    all.extend(of_pip);
    all.into_iter().collect()
}
