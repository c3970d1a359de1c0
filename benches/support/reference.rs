//! The reference: rattler's gateway and `rattler_solve`, asked for the same packages by their names.

use std::path::Path;

use rattler_conda_types::{Channel, GenericVirtualPackage, MatchSpec, ParseMatchSpecOptions, Subdir};
use rattler_repodata_gateway::{ChannelConfig, Gateway, SourceConfig, sparse::PackageFormatSelection};
use rattler_solve::{SolverImpl as _, SolverTask, resolvo::Solver};
use tokio::runtime::Runtime;
use url::Url;

/// Reads what the specs can depend on from a channel and solves for them. Returns the number of packages.
pub fn solve(url: &str, cache: &Path, is_sharded: bool, specs: &[String]) -> usize {
    let runtime = Runtime::new().expect("threads can be started");
    let source = SourceConfig { sharded_enabled: is_sharded, ..SourceConfig::default() };
    let gateway = Gateway::builder()
        .with_cache_dir(cache.to_owned())
        .with_channel_config(ChannelConfig { default: source, ..ChannelConfig::default() })
        .finish();
    let channel = Channel::from_url(Url::parse(url).expect("it is a URL"));
    let specs: Vec<MatchSpec> = specs
        .iter()
        .map(|text| MatchSpec::from_str(text, ParseMatchSpecOptions::lenient()).expect("it is a match spec"))
        .collect();
    let query = gateway
        .query([channel], [Subdir::Linux64, Subdir::NoArch], specs.clone())
        .recursive(true)
        .package_format_selection(PackageFormatSelection::PreferConda)
        .execute();
    let found = runtime.block_on(query).expect("the channel can be read");
    let task = SolverTask { virtual_packages: linux(), specs, ..found.iter().collect() };
    // Where the names can't be had together it has done its work all the same.
    Solver.solve(task).map_or(0, |solution| solution.records.len())
}

/// What envlock says of the image.
pub fn linux() -> Vec<GenericVirtualPackage> {
    [("__glibc", "2.41", "0"), ("__linux", "5.10", "0"), ("__unix", "0", "0"), ("__archspec", "1", "x86_64")]
        .map(|(name, version, build)| GenericVirtualPackage {
            name: name.parse().expect("it is a name"),
            version: version.parse().expect("it is a version"),
            build_string: build.parse().expect("it is a build string"),
        })
        .to_vec()
}
