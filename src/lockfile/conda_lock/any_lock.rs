//! Any lock, for tests that hold for all.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use rattler_conda_types::Subdir;
use rattler_digest::{Md5, Sha256, parse_digest_from_hex};

use crate::{
    image::{BaseImage, Installer, Recipe, Tool},
    lockfile::{
        Artifact, Choices, Input, LockedFate, LockedName, LockedOutcome, LockedVersion, Lockfile, Manager, Package,
        Provenance, Reuse, Seals, Variable,
        testing::{ANY_SPEC, image, requests},
    },
    pypi::Preference,
    solve::{ChannelPriority, Prefer},
};

fn hash() -> impl Strategy<Value = String> {
    "[0-9a-f]{64}"
}

fn identity(manager: Manager, name: &str, version: &str) -> (LockedName, LockedVersion) {
    (LockedName::new(manager, name).unwrap(), LockedVersion::new(manager, version).unwrap())
}

fn conda() -> impl Strategy<Value = Package> {
    let file = ("[a-z0-9_][a-z0-9_.-]{0,8}", "[0-9]{1,3}([.][0-9]{1,3}){0,2}[a-z]?", "[a-z0-9_]{1,8}", hash());
    let hashes = (any::<bool>(), "[0-9a-f]{32}");
    (file, hashes, dependencies()).prop_map(|((name, version, build, sha256), (is_old, md5), dependencies)| {
        let url = format!("https://host/c/linux-64/{name}-{version}-{build}.conda").parse().unwrap();
        let hashes = (parse_digest_from_hex::<Md5>(&md5), parse_digest_from_hex::<Sha256>(&sha256));
        let artifact = Artifact::conda(url, hashes.0, hashes.1.filter(|_| !is_old)).unwrap();
        let (name, version) = identity(Manager::Conda, &name, &version);
        Package { name, version, dependencies, artifact, size: None }
    })
}

fn pip() -> impl Strategy<Value = Package> {
    let address = prop_oneof![
        "https://host/[!-~äβ漢]{1,9}/a[.]whl",
        "https://host/[!-~äβ漢]{1,9}[.]tar[.]gz(#subdirectory=[!-~ä]{0,9})?",
        "git[+]https://host/[!-~ä]{1,9}@ab(#subdirectory=[!-~ä]{0,9})?",
    ];
    let named = ("[a-zA-Z0-9]([a-zA-Z0-9._-]{0,5}[a-zA-Z0-9])?", "[0-9]{1,2}([.][0-9]{1,2}){0,2}(rc[0-9])?");
    (named, address, hash(), dependencies()).prop_filter_map(
        "no address",
        |((name, version), address, hash, dependencies)| {
            let hash = if address.starts_with("git+") { &hash[..40] } else { &hash };
            let artifact = Artifact::pip(&address, hash).ok()?;
            let (name, version) = identity(Manager::Pip, &name, &version);
            let package = Package { name, version, dependencies, artifact, size: None };
            // What looks like credentials isn't read back.
            (package.shown_address() == package.address()).then_some(package)
        },
    )
}

fn dependencies() -> impl Strategy<Value = BTreeMap<String, String>> {
    proptest::collection::btree_map("\\PC{0,9}", "\\PC{0,9}", 0..4)
}

fn packages() -> impl Strategy<Value = Vec<Package>> {
    let package = prop_oneof![conda(), pip()];
    proptest::collection::vec(package, 0..5).prop_map(|packages| {
        let by_name: BTreeMap<_, _> = packages.into_iter().map(|package| (package.name.clone(), package)).collect();
        by_name.into_values().collect()
    })
}

fn provenance() -> impl Strategy<Value = Provenance> {
    let words = || proptest::collection::vec("[!-~ä]{1,9}", 0..3);
    let time =
        || proptest::option::of((0i64..4_000_000_000_000).prop_map(|it| Timestamp::from_millisecond(it).unwrap()));
    let lines = || proptest::collection::vec("[^\n]{0,20}", 0..3);
    let variables = proptest::collection::btree_map(any::<String>(), any::<String>(), 0..3);
    let specs = proptest::collection::vec(ANY_SPEC, 0..3);
    let input = (lines(), specs, lines(), variables).prop_map(|(channels, dependencies, pip, variables)| Input {
        channels,
        requests: requests(&dependencies, &pip),
        roots: dependencies.into_iter().collect(),
        variables: variables.into_iter().map(|(name, value)| (name, Variable::Plain(value))).collect(),
    });
    let outcome =
        (any::<bool>(), any::<String>(), any::<String>(), any::<String>()).prop_map(|(is_pip, name, asked, why)| {
            LockedOutcome {
                manager: if is_pip { Manager::Pip } else { Manager::Conda },
                fate: if is_pip { LockedFate::NotByPip } else { LockedFate::MovedTo(name.clone()) },
                name,
                asked,
                why,
            }
        });
    let outcomes = proptest::collection::vec(outcome, 0..3);
    let is = any::<[bool; 8]>();
    let choices = (is, words(), words(), proptest::option::of(any::<String>())).prop_map(
        |(is, virtual_packages, pypi_names, python)| Choices {
            channels_given: is[0],
            as_of_given: is[1],
            channel_names: pypi_names.clone(),
            credentials_for: virtual_packages.clone(),
            virtual_packages,
            pip_left_out: is[2],
            pip_preference: is[3].then_some(Preference::Pip),
            unlockable_skipped: is[4],
            pypi_names,
            build_allowed: is[5],
            priority: if is[6] { ChannelPriority::Flexible } else { ChannelPriority::default() },
            prefer: if is[7] { Prefer::Versions } else { Prefer::default() },
            python,
        },
    );
    let digest = || hash().prop_map(|hash| format!("sha256:{hash}"));
    let recipe = (any::<[bool; 4]>(), digest(), proptest::option::of(digest()), proptest::option::of(any::<String>()))
        .prop_map(|(is, digest, platform, env_file)| Recipe {
            base: BaseImage { digest, platform, ..image() },
            installer: if is[0] { Installer::Stage { tool: Tool::Envlock, image: image() } } else { Installer::Own },
            jupyter: is[1],
            compose: is[2],
            env_file,
            no_pyc: is[3],
        });
    let hash = || proptest::option::of(hash());
    let seals = (hash(), hash(), hash(), hash()).prop_map(|(input, question, outcomes, packages)| Seals {
        input,
        question,
        outcomes,
        packages,
    });
    let layers = proptest::collection::vec(proptest::collection::vec("[!-~]{1,5}", 1..3), 0..3);
    let unknown = proptest::collection::btree_map("x_\\PC{0,9}", "(\\PC{0,9}\n?){0,3}", 0..3);
    let reuse = (time(), any::<bool>()).prop_map(|(horizon, is_frozen)| Reuse::of(horizon, is_frozen));
    let said = ("[02-9]?", any::<String>(), time(), words(), reuse);
    (said, input, outcomes, choices, recipe, layers, seals, unknown).prop_map(
        |((version, envlock, as_of, offered, reuse), input, outcomes, choices, recipe, layers, seals, unknown)| {
            Provenance {
                envlock,
                version,
                input,
                outcomes,
                as_of,
                offered,
                choices,
                reuse,
                recipe,
                layers,
                seals,
                unknown,
            }
        },
    )
}

/// Any lock: of envlock or of another program, for linux-64 or not.
pub(super) fn lockfile() -> impl Strategy<Value = Lockfile> {
    let strings = || proptest::collection::vec(any::<String>(), 0..3);
    let provenance = proptest::option::of((provenance(), proptest::option::of(any::<u64>())));
    (proptest::option::of(packages()), packages(), strings(), strings(), provenance).prop_map(
        |(target, other, channels, sources, provenance)| {
            let (provenance, size) = provenance.unzip();
            let target = target.map(|mut packages| {
                for package in &mut packages {
                    package.size = size.flatten();
                }
                (Subdir::Linux64, packages)
            });
            let platforms = target.into_iter().chain([(Subdir::OsxArm64, other)]).collect();
            Lockfile { platforms, channels, sources, provenance }
        },
    )
}
