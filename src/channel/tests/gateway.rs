//! What rattler's gateway reads of a channel, envlock reads, record by record and field by field. Where a newer gateway
//! reads more, these tests fail.

use std::{collections::BTreeMap, env, path::PathBuf};

use rattler_conda_types::{Channel as CondaChannel, Subdir};
use rattler_repodata_gateway::{ChannelConfig, Gateway, SourceConfig, sparse::PackageFormatSelection};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    site::{FORMS, Site, SiteForm},
    *,
};

/// The fields of a record that the gateway reads and envlock doesn't keep, each with the reason.
const NOT_KEPT: [(&str, &str); 7] = [
    ("arch", "it says nothing that the subdir doesn't say"),
    ("platform", "the same"),
    ("legacy_bz2_md5", "no archive is taken that it is the hash of"),
    ("legacy_bz2_size", "the same"),
    ("run_exports", "it is for those who build packages"),
    ("attestations_sha256", "nothing is told of attestations, and it would be another text for each record"),
    ("subdir", "it is where the record was found, whatever the record says"),
];

/// A record as JSON, without what isn't kept.
fn kept(record: &RepoDataRecord) -> Value {
    let mut value = serde_json::to_value(record).unwrap();
    for (field, _) in NOT_KEPT {
        value.as_object_mut().unwrap().remove(field);
    }
    // The gateway remembers that a time was in seconds; envlock has all of them in milliseconds.
    if let Some(seconds) = value.get("timestamp").and_then(Value::as_i64).filter(|time| *time <= 253_402_300_799) {
        value["timestamp"] = (seconds * 1000).into();
    }
    value
}

/// Records by URL.
fn by_url<'r>(records: impl IntoIterator<Item = &'r RepoDataRecord>) -> BTreeMap<String, Value> {
    records.into_iter().map(|record| (record.url.to_string(), kept(record))).collect()
}

/// What the gateway reads of these names, and if that is asked for of all that they need.
pub(super) async fn by_gateway(
    channel: &Channel,
    sharded_enabled: bool,
    wanted: &[&str],
    is_recursive: bool,
    cache: &Path,
) -> Vec<RepoDataRecord> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let source = SourceConfig { sharded_enabled, ..SourceConfig::default() };
    let gateway = Gateway::builder()
        .with_cache_dir(cache.to_owned())
        .with_channel_config(ChannelConfig { default: source, ..ChannelConfig::default() })
        .finish();
    let channel = CondaChannel::from_url(channel.url.clone());
    let found = gateway
        .query([channel], [Subdir::Linux64, Subdir::NoArch], names(wanted))
        .recursive(is_recursive)
        .package_format_selection(PackageFormatSelection::PreferConda)
        .execute()
        .await
        .unwrap();
    found.iter().flat_map(|part| part.iter().cloned().collect::<Vec<_>>()).collect()
}

/// Shows only the first difference.
fn assert_same(ours: &BTreeMap<String, Value>, its: &BTreeMap<String, Value>, where_it: &str) {
    for (url, it) in its {
        assert_eq!(ours.get(url), Some(it), "{where_it}: {url}");
    }
    assert_eq!(ours.keys().collect::<Vec<_>>(), its.keys().collect::<Vec<_>>(), "{where_it}");
}

fn record(name: &str, version: &str, build: &str, more: &Value) -> Value {
    let file = format!("{name}-{version}-{build}");
    let mut record = json!({
        "name": name, "version": version, "build": build, "build_number": 3, "subdir": "noarch", "depends": ["python"],
        "md5": const_hex::encode(&Sha256::digest(&file)[..16]), "sha256": const_hex::encode(Sha256::digest(&file)), "size": 12,
    });
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record
}

/// Repodata with everything that there is in revision 3, and some of what may come.
fn everything() -> Value {
    let refined = json!({
        "depends": ["python >=3.9", "lib[version=\">=2\",when=\"python <3.11 and (__linux or __osx)\"]", "dask[extras=[array]]"],
        "constrains": ["numpy[version=\"<2\",when=\"lib\"]"], "extra_depends": {"plot": ["lib"], "none": [], "deep": ["a", "b >1"]},
        "flags": ["gpu:cuda", "release"], "timestamp": 1_543_500_000_123_u64, "indexed_timestamp": 1_780_000_000_000_u64,
        "license": "MIT", "license_family": "MIT", "noarch": "python", "track_features": "slow", "features": "x",
        "purls": ["pkg:pypi/app@3.0"], "python_site_packages_path": "lib/python3.13t/site-packages",
        "arch": "x86_64", "platform": "linux", "attestations_sha256": "00".repeat(32),
        "legacy_bz2_md5": "00".repeat(16), "legacy_bz2_size": 7,
    });
    let (plain, seconds) = (json!({}), json!({"timestamp": 1_543_500_000_u64}));
    let indexed = json!({"timestamp": 1_543_500_000_000_u64, "indexed_timestamp": 1_700_000_000_000_u64});
    json!({
        "info": {"subdir": "noarch", "repodata_revisions": {
            "v3": {"message": "three", "n_packages": 7}, "v4": {"message": "get a newer one", "oldest": 1},
        }},
        "repodata_version": 1,
        "packages": {
            "app-1.0-0.tar.bz2": record("app", "1.0", "0", &plain),
            "app-1.1-0.tar.bz2": record("app", "1.1", "0", &seconds),
            "app-2.0-0.tar.bz2": record("app", "2.0", "0", &json!({"license": "the old part"})),
            "gone-1.0-0.tar.bz2": record("gone", "1.0", "0", &plain),
        },
        "packages.conda": {
            "app-1.0-0.conda": record("app", "1.0", "0", &indexed),
            "app-2.1-0.conda": record("app", "2.1", "0", &json!({"license": "the old part", "build_number": 0})),
            "app-2.2-0.conda": record("app", "2.2", "0", &plain),
        },
        "v3": {
            "conda": {
                "app-2.1-0": record("app", "2.1", "0", &json!({"license": "the new part"})),
                "app-3.0-0": record("app", "3.0", "0", &refined),
                "app-3.1-0": record("app", "3.1", "0", &plain),
                "gone-2.0-0": record("gone", "2.0", "0", &plain),
                "lib-2.0-0": record("lib", "2.0", "0", &json!({"flags": ["a"], "constrains": []})),
            },
            "tar.bz2": {
                "app-2.0-0": record("app", "2.0", "0", &json!({"license": "the new part"})),
                "app-2.2-0": record("app", "2.2", "0", &json!({"license": "the new part"})),
                "app-3.1-0": record("app", "3.1", "0", &plain),
                "only-1.0-0": record("only", "1.0", "0", &json!({"extra_depends": {"x": ["app"]}})),
            },
            "whl": {
                "app-4.0-py3_none_any_0": record("app", "4.0", "py3_none_any_0", &json!({"url": "https://files.example.org/app-4.0-py3-none-any.whl"})),
                "wheel-1.0-py3_none_any_0": record("wheel", "1.0", "py3_none_any_0", &json!({"url": "w/wheel-1.0-py3-none-any.whl"})),
            },
            "crate": {"later-1.0-0": {"name": "later", "more": [[{}]]}},
        },
        "removed": ["gone-1.0-0.tar.bz2", "gone-2.0-0.conda", "app-3.1-0.conda", "nothing-1.0-0.conda"],
        "v4": {"conda": {"app-5.0-0": {"name": "app"}}, "xyz": {}},
    })
}

const WANTED: [&str; 6] = ["app", "lib", "gone", "only", "wheel", "later"];

/// The ways to say where the packages are.
fn base_urls() -> Vec<Option<Value>> {
    let urls = ["", "x", "x/", "../../pool", "/pool/x", "https://files.example.org/x"];
    [None].into_iter().chain(urls.map(|url| Some(url.into()))).collect()
}

#[test]
fn everything_is_read_wherever_it_is_and_in_whatever_form() {
    run(async {
        for base_url in base_urls() {
            let mut repodata = everything();
            if let Some(base_url) = &base_url {
                repodata["info"]["base_url"] = base_url.clone();
                repodata["repodata_version"] = 2.into();
            }
            let text = repodata.to_string();
            let directory = tempfile::tempdir().unwrap();
            write_json(directory.path(), "noarch", &text);
            let channels = chosen(&["."], directory.path());
            let ours = fetch_into(&directory.path().join("cache"), &channels, &WANTED, false).await.unwrap();
            let its = by_gateway(&channels[0], false, &WANTED, false, &directory.path().join("its")).await;
            let its = by_url(&its);
            assert!(its.len() > 8, "{its:?}");
            assert_same(&by_url(&whole(&ours)), &its, &format!("a directory, {base_url:?}"));
            assert_eq!(ours.notes().unread.len(), 1, "{:?}", ours.notes());
            assert!(
                ours.notes().unread[0].ends_with("(repodata of v4); it says: get a newer one"),
                "{:?}",
                ours.notes()
            );
            let [wheel] = ours.only_wheels("wheel") else { panic!("{:?}", ours.only_wheels("wheel")) };
            assert!(wheel.url.as_str().ends_with("/wheel-1.0-py3-none-any.whl"), "{wheel:?}");
            let its_hash = &repodata["v3"]["whl"]["wheel-1.0-py3_none_any_0"]["sha256"];
            assert_eq!(wheel.sha256.map(const_hex::encode).as_deref(), its_hash.as_str(), "{wheel:?}");
            assert!(ours.only_wheels("app").is_empty() && ours.only_wheels("gone").is_empty());
            for form in FORMS {
                let (site, cache) = (Site::start().await, tempfile::tempdir().unwrap());
                site.publish(form, "noarch", &text);
                let channels = chosen(&[&site.url()], cache.path());
                let is_sharded = form == SiteForm::Shards;
                let its = by_gateway(&channels[0], is_sharded, &WANTED, false, &cache.path().join("its")).await;
                let its = by_url(&its);
                for is_offline in [false, true] {
                    let ours = fetch_into(cache.path(), &channels, &WANTED, is_offline).await.unwrap();
                    assert_same(&by_url(&whole(&ours)), &its, &format!("{form:?}, {base_url:?}"));
                }
            }
        }
    });
}

#[test]
fn a_base_url_of_null_is_none_and_so_is_a_missing_one_of_shards() {
    run(async {
        let mut repodata = everything();
        repodata["info"]["base_url"] = Value::Null;
        let directory = tempfile::tempdir().unwrap();
        write_json(directory.path(), "noarch", &repodata.to_string());
        let channels = chosen(&["."], directory.path());
        let ours = fetch_into(&directory.path().join("cache"), &channels, &["app"], false).await.unwrap();
        assert!(urls(&ours).iter().all(|url| url.starts_with(&format!("{}noarch/", channels[0].url))));
    });
}

#[test]
fn an_empty_channel_says_that_all_of_it_is_for_newer_programs() {
    run(async {
        let mut repodata = everything();
        for key in ["packages", "packages.conda", "v3"] {
            repodata[key] = json!({});
        }
        repodata["info"]["repodata_revisions"]["v4"]["message"] = "get \u{1b}[2J\n\n a newer one".into();
        let site = Site::start().await;
        for form in FORMS {
            site.publish(form, "noarch", &repodata.to_string());
            let cache = tempfile::tempdir().unwrap();
            let records = fetch_into(cache.path(), &site.channels(), &["app"], false).await.unwrap();
            assert_eq!(records.notes().always.len(), 1, "{form:?}: {:?}", records.notes());
            assert!(!records.notes().always[0].contains('\n'));
        }
    });
}

/// A directory of test data: what a variable says, else its usual place beside the repository.
fn snapshot() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/channel");
    let directory = env::var_os("ENVLOCK_SNAPSHOT").map_or_else(beside, PathBuf::from);
    let channel = directory.join("conda-forge");
    if channel.join("noarch").is_dir() {
        return Some(channel);
    }
    assert!(env::var_os("ENVLOCK_REQUIRE_ALL").is_none(), "there is no snapshot of conda-forge");
    eprintln!("skipped: there is no snapshot of conda-forge");
    None
}

/// Copies a directory's channel without its compression, of which the gateway reads none on this disk. Gives the names of
/// all packages.
fn copied(channel: &Path, to: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for subdir in ["linux-64", "noarch"] {
        let file = fs::File::open(channel.join(subdir).join("repodata.json.zst")).unwrap();
        let text = String::from_utf8(zstd::decode_all(file).unwrap()).unwrap();
        write_json(to, subdir, &text);
        let repodata: Value = serde_json::from_str(&text).unwrap();
        for section in ["packages", "packages.conda"] {
            let records = repodata[section].as_object().into_iter().flatten();
            all.extend(records.map(|(_, record)| record["name"].as_str().unwrap().to_owned()));
        }
    }
    all.sort();
    all.dedup();
    all
}

#[test]
fn the_snapshot_is_read_as_the_gateway_reads_it() {
    let Some(channel) = snapshot() else { return };
    run(async {
        let cache = tempfile::tempdir().unwrap();
        let copy = cache.path().join("copy");
        let all = copied(&channel, &copy);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let channels = chosen(&[copy.to_str().unwrap()], cache.path());
        let ours = fetch_into(cache.path(), &channels, &all, false).await.unwrap();
        let its = by_url(&by_gateway(&channels[0], false, &all, false, &cache.path().join("its")).await);
        assert!(its.len() > 1000);
        assert_same(&by_url(&whole(&ours)), &its, "the snapshot");
    });
}
