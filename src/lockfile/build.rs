//! Making a lock of a solution.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rattler_conda_types::{GenericVirtualPackage, PackageName, RepoDataRecord, Subdir};

use super::{
    Artifact, Choices, Input, LOCK_VERSION, LockError, LockedName, LockedOutcome, LockedVersion, Lockfile, Package,
    Provenance, Reuse, Seals, dependencies::dependencies,
};
use crate::{
    base::credentials::stripped,
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
    /// Whether some packages were moved alone, so that solving doesn't find the packages again.
    pub is_frozen: bool,
    /// How the image is made.
    pub recipe: &'a Recipe,
    /// The environment file, relative to the lock.
    pub source: &'a str,
    /// What moved and what went.
    pub outcomes: &'a [LockedOutcome],
    /// What pip is to install.
    pub pip: &'a [PipPackage],
}

/// Makes the lock of a solution. The same solution and inputs give the same lock on every machine, on any day.
///
/// # Errors
///
/// Where a record has neither an MD5 nor a SHA-256, since its package could not be checked, or the address of a package
/// can't stand in a lock.
pub fn lock(solution: &Solution, inputs: &LockInputs) -> Result<Lockfile, LockError> {
    let mut packages = solution.records.iter().map(of_conda).collect::<Result<Vec<_>, _>>()?;
    packages.extend(inputs.pip.iter().map(of_pip));
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    let provenance = Provenance {
        envlock: env!("CARGO_PKG_VERSION").to_owned(),
        version: LOCK_VERSION.to_owned(),
        input: inputs.input.clone(),
        outcomes: inputs.outcomes.to_vec(),
        as_of: inputs.as_of,
        offered: describe(inputs.virtual_packages).split_whitespace().map(str::to_owned).collect(),
        choices: inputs.choices.clone(),
        reuse: Reuse::of(solution.horizon, inputs.is_frozen),
        recipe: inputs.recipe.clone(),
        layers: Vec::new(),
        seals: Seals::default(),
        unknown: BTreeMap::new(),
    };
    let mut lock = Lockfile {
        platforms: BTreeMap::from([(Subdir::Linux64, packages)]),
        channels: inputs.input.channels.clone(),
        sources: vec![inputs.source.to_owned()],
        provenance: Some(provenance),
    };
    lock.seal();
    Ok(lock)
}

fn of_conda(record: &RepoDataRecord) -> Result<Package, LockError> {
    let url = stripped(&record.url);
    let inner = &record.package_record;
    let name = inner.name.as_normalized();
    if inner.md5.is_none() && inner.sha256.is_none() {
        return Err(LockError::NoHash { name: name.to_owned(), url: url.to_string() });
    }
    let artifact = Artifact::conda(url, inner.md5, inner.sha256);
    Ok(Package {
        artifact: artifact.map_err(|reason| LockError::Unlockable { name: name.to_owned(), reason })?,
        name: LockedName::Conda(PackageName::new_unchecked(name)),
        version: LockedVersion::Conda(inner.version.clone()),
        dependencies: dependencies(&inner.depends),
        size: inner.size,
    })
}

fn of_pip(package: &PipPackage) -> Package {
    Package {
        artifact: package.artifact.clone(),
        name: LockedName::Pip(package.name.clone().into()),
        version: LockedVersion::Pip(package.version.clone().into()),
        dependencies: package.dependencies.clone(),
        size: package.size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::{
        Variable,
        testing::{image, inputs, lock_of, record, small_lock, solution},
        to_yaml,
    };

    #[test]
    fn packages_are_ordered_by_name_and_noarch_is_locked_for_the_target() {
        let lock = small_lock();
        let seen: Vec<_> = lock
            .platforms
            .iter()
            .flat_map(|(platform, packages)| packages.iter().map(|p| (p.name.as_str(), platform.as_str())))
            .collect();
        assert_eq!(seen, [("libzlib", "linux-64"), ("tzdata", "linux-64"), ("zlib", "linux-64")]);
        assert_eq!(lock.packages()[2].dependencies["libzlib"], "1.3.1 hb9d3cd8_2");
        assert_eq!(lock.packages()[2].dependencies["__glibc"], ">=2.17,<3.0.a0");
        assert_eq!(lock.packages()[1].md5().as_deref(), Some("ab".repeat(16).as_str()));
        assert_eq!(lock.packages()[1].sha256().as_deref(), Some("ab".repeat(32).as_str()));
    }

    #[test]
    fn credentials_stay_out_of_the_lock() {
        let mut secret = record("a-1-0", "linux-64", &[], "ab");
        secret.url = "https://user:pass@host/t/token/c/linux-64/a-1-0.conda?sig=x".parse().unwrap();
        assert_eq!(lock_of(vec![secret], &[]).packages()[0].address(), "https://host/c/linux-64/a-1-0.conda");
    }

    #[test]
    fn a_package_without_any_hash_is_refused() {
        let mut bare = record("a-1-0", "linux-64", &[], "ab");
        (bare.package_record.md5, bare.package_record.sha256) = (None, None);
        let (input, recipe) = (Input::default(), Recipe::plain(image()));
        let error = lock(&solution(vec![bare]), &inputs(&input, &recipe)).unwrap_err();
        assert!(matches!(error, LockError::NoHash { name, .. } if name == "a"));
    }

    #[test]
    fn the_lock_tells_what_it_was_made_from() {
        let lock = small_lock();
        let input = lock.input().unwrap();
        assert_eq!(input.variables["OMP_NUM_THREADS"], Variable::Plain("4".to_owned()));
        assert_eq!(lock.provenance.as_ref().unwrap().seals.input.as_deref().unwrap(), input.sha256());
        assert_eq!(lock.base_image().unwrap(), image());
        assert_eq!(lock.as_of().unwrap(), Some("2025-01-31T00:00:00Z".parse().unwrap()));
        assert!(to_yaml(&lock).contains("\n  content_hash:\n    linux-64: "));
    }

    #[test]
    fn the_content_hash_counts_the_date_and_the_input_hash_does_not() {
        let (input, recipe) = (Input::default(), Recipe::plain(image()));
        let of = |as_of| {
            let inputs = LockInputs { as_of, source: "a\\e.yml", ..inputs(&input, &recipe) };
            lock(&solution(Vec::new()), &inputs).unwrap()
        };
        let (old, new) = (of(Some(Timestamp::UNIX_EPOCH)), of(None));
        let seals = |lock: &Lockfile| lock.provenance.clone().unwrap().seals;
        assert_ne!(seals(&old).question, seals(&new).question);
        assert_eq!(seals(&old).input, seals(&new).input);
        assert!(to_yaml(&old).contains("\n    as_of: '1970-01-01T00:00:00Z'\n"));
        assert!(to_yaml(&new).contains("\n    as_of: latest\n"));
        assert_eq!(new.sources, ["a\\e.yml"], "a backslash is a character of a name");
    }
}
