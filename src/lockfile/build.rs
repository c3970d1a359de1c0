//! Making a lock of a solution.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord};
use rattler_redaction::strip_url_for_serialization;

use super::{
    ChannelEntry, Choices, Hash, Input, LOCK_VERSION, LockError, Lockfile, Manager, Metadata, Outcome, PLATFORM,
    Package, Sizes, conda_lock::packages_text, dependencies::dependencies, hex, model::key, sha256_hex,
};
use crate::{
    image::{Recipe, describe},
    pypi::PipPackage,
    solve::Solution,
};

/// What a lock says of its making.
#[derive(Clone, Debug)]
pub struct LockInputs<'a> {
    /// What was asked for.
    pub input: &'a Input,
    /// What the solver was told of the target.
    pub virtual_packages: &'a [GenericVirtualPackage],
    /// The date the solution is of; `None` for the newest there is.
    pub as_of: Option<Timestamp>,
    /// What was chosen that the environment file doesn't say.
    pub choices: Choices,
    /// How the image is made.
    pub recipe: &'a Recipe,
    /// The environment file, relative to the lock.
    pub source: &'a str,
    /// What moved and what went.
    pub outcomes: &'a [Outcome],
    /// What pip is to install.
    pub pip: &'a [PipPackage],
}

/// Makes the lock of a solution. The same solution and inputs give the same lock on every machine, on any day.
///
/// `content_hash` is the SHA-256 of all that the solver was asked: the input's text, then a line each for the virtual
/// packages, the date, and each choice that isn't as usual and decides on the packages. It is ours; conda-lock's own hash
/// leaves out things that matter, and nothing checks it on installing.
///
/// # Errors
///
/// Where a record has neither an MD5 nor a SHA-256, since its package could not be checked.
pub fn lock(solution: &Solution, inputs: &LockInputs) -> Result<Lockfile, LockError> {
    let mut package = solution.records.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    package.extend(inputs.pip.iter().map(pip_entry));
    package.sort_by(|a, b| (&a.manager, &a.name).cmp(&(&b.manager, &b.name)));

    let text = inputs.input.text();
    let virtual_packages = describe(inputs.virtual_packages);
    let as_of = inputs.as_of.map_or_else(|| key::LATEST.to_owned(), |date| date.to_string());
    let content_hash = content_hash(&text, &virtual_packages, &as_of, &inputs.choices);
    let ours = [
        (key::AS_OF, as_of),
        (key::CREATED_BY, format!("envlock {}", env!("CARGO_PKG_VERSION"))),
        (key::LOCK_VERSION, LOCK_VERSION.to_owned()),
        (key::INPUT_SHA256, sha256_hex(&text)),
        (key::INPUT, text),
        (key::PACKAGES_SHA256, packages_sha256(&package)),
        (key::VIRTUAL_PACKAGES, virtual_packages),
    ];
    let horizon = solution.horizon.map(|moment| (key::HORIZON, moment.to_string()));
    let channel = |url: &String| ChannelEntry { url: url.clone(), used_env_vars: Vec::new() };
    let metadata = Metadata {
        content_hash: BTreeMap::from([(PLATFORM.to_owned(), content_hash)]),
        channels: inputs.input.channels.iter().map(channel).collect(),
        platforms: vec![PLATFORM.to_owned()],
        sources: vec![inputs.source.to_owned()],
        custom_metadata: ours
            .into_iter()
            .chain(inputs.choices.entries())
            .chain(horizon)
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    };
    let mut lock = Lockfile { version: 1, metadata, package };
    lock.set_recipe(inputs.recipe);
    lock.set_outcomes(inputs.outcomes);
    lock.set_sizes(&sizes(&solution.records, inputs.pip));
    Ok(lock)
}

/// The sizes that the channels and the index say.
fn sizes(records: &[RepoDataRecord], pip: &[PipPackage]) -> Sizes {
    let mut sizes = Sizes::default();
    for record in records.iter().map(|it| &it.package_record) {
        if let Some(bytes) = record.size {
            sizes.insert(Manager::Conda, record.name.as_normalized(), bytes);
        }
    }
    for package in pip {
        if let Some(bytes) = package.size {
            sizes.insert(Manager::Pip, &package.name, bytes);
        }
    }
    sizes
}

/// The hash of all that the solver was asked.
pub(super) fn content_hash(input: &str, virtual_packages: &str, as_of: &str, choices: &Choices) -> String {
    sha256_hex(format!("{input}virtual-packages {virtual_packages}\nas-of {as_of}\n{}", choices.hashed()))
}

/// The hash of the list of packages, as it is written.
pub(super) fn packages_sha256(packages: &[Package]) -> String {
    sha256_hex(packages_text(packages))
}

fn entry(record: &RepoDataRecord) -> Result<Package, LockError> {
    let url = strip_url_for_serialization(&record.url).to_string();
    let inner = &record.package_record;
    let name = inner.name.as_normalized().to_owned();
    let hash =
        Hash { md5: inner.md5.as_ref().map(|md5| hex(md5)), sha256: inner.sha256.as_ref().map(|sha256| hex(sha256)) };
    if hash == Hash::default() {
        return Err(LockError::NoHash { name, url });
    }
    Ok(Package {
        name,
        version: inner.version.to_string(),
        manager: Manager::Conda,
        platform: PLATFORM.to_owned(),
        dependencies: dependencies(&inner.depends),
        url,
        hash,
        category: "main".to_owned(),
        optional: false,
    })
}

/// What pip installs, in the form that conda-lock has for it: of a repository, the hash is the commit.
fn pip_entry(package: &PipPackage) -> Package {
    Package {
        name: package.name.clone(),
        version: package.version.clone(),
        manager: Manager::Pip,
        platform: PLATFORM.to_owned(),
        dependencies: package.dependencies.clone(),
        url: package.url.clone(),
        hash: Hash { md5: None, sha256: Some(package.hash.clone()) },
        category: "main".to_owned(),
        optional: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::{
        Variable,
        testing::{image, lock_of, record, small_lock},
    };

    #[test]
    fn packages_are_ordered_by_name_and_noarch_is_locked_for_the_target() {
        let lock = small_lock();
        let seen: Vec<_> = lock.package.iter().map(|p| (p.name.as_str(), p.platform.as_str())).collect();
        assert_eq!(seen, [("libzlib", "linux-64"), ("tzdata", "linux-64"), ("zlib", "linux-64")]);
        assert_eq!(lock.package[2].dependencies["libzlib"], "1.3.1 hb9d3cd8_2");
        assert_eq!(lock.package[2].dependencies["__glibc"], ">=2.17,<3.0.a0");
        assert_eq!(lock.package[1].hash.md5.as_deref(), Some("ab".repeat(16).as_str()));
        assert_eq!(lock.package[1].hash.sha256.as_deref(), Some("ab".repeat(32).as_str()));
    }

    #[test]
    fn credentials_stay_out_of_the_lock() {
        let mut secret = record("a-1-0", "linux-64", &[], "ab");
        secret.url = "https://user:pass@host/t/token/c/linux-64/a-1-0.conda?sig=x".parse().unwrap();
        assert_eq!(lock_of(vec![secret], &[]).package[0].url, "https://host/c/linux-64/a-1-0.conda");
    }

    #[test]
    fn a_package_without_any_hash_is_refused() {
        let mut bare = record("a-1-0", "linux-64", &[], "ab");
        (bare.package_record.md5, bare.package_record.sha256) = (None, None);
        let input = Input::default();
        let inputs = LockInputs {
            input: &input,
            virtual_packages: &[],
            as_of: None,
            choices: Choices::default(),
            recipe: &Recipe::plain(image()),
            source: "e.yml",
            outcomes: &[],
            pip: &[],
        };
        let error = lock(&Solution { records: vec![bare], outcomes: Vec::new(), horizon: None, proven: true }, &inputs)
            .unwrap_err();
        assert!(matches!(error, LockError::NoHash { name, .. } if name == "a"));
    }

    #[test]
    fn the_lock_tells_what_it_was_made_from() {
        let lock = small_lock();
        let input = lock.input().unwrap();
        assert_eq!(input.variables["OMP_NUM_THREADS"], Variable::Plain("4".to_owned()));
        assert_eq!(lock.metadata.custom_metadata["input_sha256"], input.sha256());
        assert_eq!(lock.base_image().unwrap(), image());
        assert_eq!(lock.as_of().unwrap(), Some("2025-01-31T00:00:00Z".parse().unwrap()));
        assert_eq!(lock.metadata.content_hash.keys().collect::<Vec<_>>(), ["linux-64"]);
    }

    #[test]
    fn the_content_hash_counts_the_date_and_the_input_hash_does_not() {
        let input = Input::default();
        let of = |as_of| {
            let inputs = LockInputs {
                input: &input,
                virtual_packages: &[],
                as_of,
                choices: Choices::default(),
                recipe: &Recipe::plain(image()),
                source: "a\\e.yml",
                outcomes: &[],
                pip: &[],
            };
            lock(&Solution { records: Vec::new(), outcomes: Vec::new(), horizon: None, proven: true }, &inputs)
                .unwrap()
                .metadata
        };
        let (old, new) = (of(Some(Timestamp::UNIX_EPOCH)), of(None));
        assert_ne!(old.content_hash, new.content_hash);
        assert_eq!(old.custom_metadata["input_sha256"], new.custom_metadata["input_sha256"]);
        assert_eq!(old.custom_metadata["as_of"], "1970-01-01T00:00:00Z");
        assert_eq!(new.custom_metadata["as_of"], "latest");
        assert_eq!(new.sources, ["a\\e.yml"], "a backslash is a character of a name");
    }
}
