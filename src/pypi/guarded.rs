//! Which servers of files want credentials.

use std::collections::BTreeSet;

use url::Url;

use super::{Line, PipOptions, PipPackage, section};
use crate::{
    base::credentials::server_of,
    http::{Client, Failure},
    progress::Progress,
};

/// The servers (`host` or `host:port`) that give files for credentials alone, so that pip needs some, too. Of those only that
/// have an index with credentials in its URL, or for which there are some on this machine.
///
/// # Errors
///
/// Where a server can't be asked.
pub(crate) async fn guarded(
    lines: &[Line],
    packages: &[PipPackage],
    options: &PipOptions,
) -> Result<BTreeSet<String>, String> {
    let places = section::read(lines).places;
    let with_credentials = |place: &String| {
        let url = Url::parse(place).ok()?;
        let has_some = !url.username().is_empty() || url.password().is_some();
        server_of(&url).filter(|_| has_some)
    };
    let named: BTreeSet<String> =
        places.index.iter().chain(&places.extra).chain(&places.links).filter_map(with_credentials).collect();
    let client = Client::new(
        Vec::new(),
        &options.machine,
        options.limits,
        Progress::new(&options.events, "Asking package indexes"),
    );
    let mut seen = BTreeSet::new();
    let mut guarded = BTreeSet::new();
    for package in packages {
        let url = package.artifact.url();
        let Some(server) = server_of(url).filter(|_| matches!(url.scheme(), "http" | "https")) else { continue };
        if !seen.insert(server.clone()) {
            continue;
        }
        let fail = |failure: Failure| failure.to_string();
        let has_some = named.contains(&server) || client.has_credentials(url).await.map_err(fail)?;
        if has_some && !client.is_open(url).await.map_err(fail)? {
            guarded.insert(server);
        }
    }
    Ok(guarded)
}
