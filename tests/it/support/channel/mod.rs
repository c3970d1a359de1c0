//! The channel of `fixtures/channel`, described: its packages are data, and [`write`] makes real archives of them.
//!
//! The names and versions are those of late 2018 to 2022, so that an export of that time meets what it would meet on
//! conda-forge. What the packages depend on is made up, and kept to what the tests need.

mod foreign;
mod foundation;
mod pure;
mod science;
mod write;

use rattler_conda_types::package::CondaArchiveType;

pub use write::write;

/// Every package of the channel.
pub fn packages() -> Vec<Package> {
    [foundation::packages(), science::packages(), pure::packages(), foreign::packages()].concat()
}

/// One package of the channel.
#[derive(Clone, Debug)]
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
    pub build: &'static str,
    pub subdir: &'static str,
    /// The day it was built, as `2018-11-29`.
    pub day: &'static str,
    pub depends: Vec<&'static str>,
    pub constrains: Vec<&'static str>,
    pub track_features: Option<&'static str>,
    /// `python` or `generic`, for a package of the subdir `noarch`.
    pub noarch: Option<&'static str>,
    /// Whether the repodata gives the hashes of the archive.
    pub hashed: bool,
}

impl Package {
    pub fn new(
        subdir: &'static str,
        name: &'static str,
        version: &'static str,
        build: &'static str,
        day: &'static str,
    ) -> Self {
        Self {
            name,
            version,
            build,
            subdir,
            day,
            depends: Vec::new(),
            constrains: Vec::new(),
            track_features: None,
            noarch: None,
            hashed: true,
        }
    }

    /// Adds dependencies.
    pub fn needs<const N: usize>(mut self, specs: [&'static str; N]) -> Self {
        self.depends.extend(specs);
        self
    }

    /// Adds constraints.
    pub fn constrains<const N: usize>(mut self, specs: [&'static str; N]) -> Self {
        self.constrains.extend(specs);
        self
    }

    /// Makes solvers like it less.
    pub fn tracks(mut self, feature: &'static str) -> Self {
        self.track_features = Some(feature);
        self
    }

    /// Leaves its hashes out of the repodata.
    pub fn hashless(mut self) -> Self {
        self.hashed = false;
        self
    }

    /// The build number: the last part of the build string that is a number, as in `h14c3975_1004` and `1_cp37m`.
    pub fn build_number(&self) -> u64 {
        self.build.rsplit('_').find_map(|part| part.parse().ok()).unwrap_or(0)
    }

    /// `.tar.bz2` for what was built before `.conda` came into use, in June 2019.
    pub fn archive_type(&self) -> CondaArchiveType {
        if self.day < "2019-06" { CondaArchiveType::TarBz2 } else { CondaArchiveType::Conda }
    }

    /// The file name without its extension.
    pub fn stem(&self) -> String {
        format!("{}-{}-{}", self.name, self.version, self.build)
    }

    /// The file name.
    pub fn file_name(&self) -> String {
        format!("{}{}", self.stem(), self.archive_type().extension())
    }
}

/// A package for linux-64.
fn linux(name: &'static str, version: &'static str, build: &'static str, day: &'static str) -> Package {
    Package::new("linux-64", name, version, build, day)
}
