//! The reference: rattler's gateway and `rattler_solve`, asked for the same packages by their names.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

use std::path::Path;

use envlock::image::{BaseImage, virtual_packages};
use rattler_conda_types::{Channel, GenericVirtualPackage, MatchSpec, ParseMatchSpecOptions, Subdir};
use rattler_repodata_gateway::{
    ChannelConfig, Gateway, RepoDataQueryOutput, SourceConfig, sparse::PackageFormatSelection,
};
use rattler_solve::{SolverImpl as _, SolverTask, resolvo::Solver};
use url::Url;

/// The image that envlock solves for, and so does the reference.
pub const IMAGE: &str =
    "docker.io/mambaorg/micromamba:2.6.1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Reads all that the specs can lead to from a channel.
pub async fn fetch(
    url: &str,
    cache: &Path,
    is_sharded: bool,
    specs: impl IntoIterator<Item = impl Into<MatchSpec>>,
) -> RepoDataQueryOutput {
    let source = SourceConfig { sharded_enabled: is_sharded, ..SourceConfig::default() };
    let gateway = Gateway::builder()
        .with_cache_dir(cache.to_owned())
        .with_channel_config(ChannelConfig { default: source, ..ChannelConfig::default() })
        .finish();
    let channel = Channel::from_url(Url::parse(url).expect("it is a URL"));
    let found = gateway
        .query([channel], [Subdir::Linux64, Subdir::NoArch], specs)
        .recursive(true)
        .package_format_selection(PackageFormatSelection::PreferConda)
        .execute()
        .await;
    found.expect("the channel can be read")
}

/// Reads what the specs can depend on from a channel and solves for them. Returns the number of packages.
pub async fn solve(url: &str, cache: &Path, is_sharded: bool, specs: &[String]) -> usize {
    let specs: Vec<MatchSpec> = specs.iter().map(|text| spec(text)).collect();
    let found = fetch(url, cache, is_sharded, specs.clone()).await;
    let task = SolverTask { virtual_packages: offered(), specs, ..found.iter().collect() };
    // Where the names can't be had together it has done its work all the same.
    Solver.solve(task).map_or(0, |solution| solution.records.len())
}

/// What is asked for where envlock installs a pin's package in a version: a root by its name, and python in its minor
/// version. The rest has to come along.
pub fn asks(name: &str, version: &str, is_root: bool) -> Option<String> {
    if name == "python" {
        let minor: Vec<&str> = version.split('.').take(2).collect();
        return Some(format!("python {}.*", minor.join(".")));
    }
    is_root.then(|| name.to_owned())
}

/// Reads a match spec.
pub fn spec(text: &str) -> MatchSpec {
    MatchSpec::from_str(text, ParseMatchSpecOptions::lenient()).expect("it is a match spec")
}

/// What the image offers.
pub fn offered() -> Vec<GenericVirtualPackage> {
    virtual_packages(&BaseImage::parse(IMAGE).expect("it is an image"), &[]).expect("the image is known")
}
