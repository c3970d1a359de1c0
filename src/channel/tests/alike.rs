//! A channel gives the same records wherever it is and in whatever form, and the same as rattler's gateway gives.

use proptest::prelude::*;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    gateway::by_gateway,
    site::{FORMS, Site, SiteForm},
    *,
};

const NAMES: [&str; 7] = ["app", "lib", "_private", "tool-kit", "z", "x.y", "Mixed-Case"];

/// A package of some name, version and build, that needs some names.
type Package = (usize, u8, u8, bool, Vec<usize>);

/// Packages with the first so many names.
fn packages(names: usize) -> impl Strategy<Value = Vec<Package>> {
    let needs = prop::collection::vec(0..names, 0..4);
    prop::collection::vec((0..names, 0_u8..12, 0_u8..3, any::<bool>(), needs), 1..40)
}

/// Repodata of a subdir with these packages.
fn repodata_of(subdir: &str, packages: &[Package]) -> String {
    let mut sections = json!({"packages": {}, "packages.conda": {}});
    for (name, version, build, is_conda, needs) in packages {
        let (section, ending) = if *is_conda { ("packages.conda", "conda") } else { ("packages", "tar.bz2") };
        let (name, version, build) = (NAMES[*name], format!("1.{version}"), format!("h{build}_{build}"));
        let file = format!("{name}-{version}-{build}.{ending}");
        let depends: Vec<String> = needs.iter().map(|need| format!("{} >=1.{}", NAMES[*need], need)).collect();
        let mut record = json!({
            "name": name, "version": version, "build": build, "build_number": 0, "depends": depends,
            "constrains": [format!("other >{version}")], "subdir": subdir, "size": file.len(),
            "timestamp": 1_543_500_000_000_u64 + file.len() as u64, "license": "MIT",
            "md5": const_hex::encode(&Sha256::digest(&file)[..16]), "sha256": const_hex::encode(Sha256::digest(&file)),
        });
        if version.ends_with('3') {
            record["track_features"] = "slow".into();
            record.as_object_mut().unwrap().remove("timestamp");
        }
        sections[section][file] = record;
    }
    let mut repodata = json!({"info": {"subdir": subdir}, "repodata_version": 1});
    repodata.as_object_mut().unwrap().append(sections.as_object_mut().unwrap());
    repodata.to_string()
}

/// Every name with its records, in order.
fn told(records: &Records) -> Vec<(String, Vec<RepoDataRecord>)> {
    records.iter().map(|(name, _)| (name.to_owned(), records.whole(name))).collect()
}

fn in_order(mut records: Vec<RepoDataRecord>) -> Vec<RepoDataRecord> {
    // The gateway writes the URL of a channel with its final slash, and so does envlock.
    records.sort_by(|a, b| a.url.cmp(&b.url));
    records
}

/// Shows only the first difference.
fn assert_same(ours: &[RepoDataRecord], its: &[RepoDataRecord]) {
    for (our, it) in ours.iter().zip(its) {
        assert_eq!(our, it);
    }
    let urls = |records: &[RepoDataRecord]| records.iter().map(|record| record.url.to_string()).collect::<Vec<_>>();
    assert_eq!(urls(ours), urls(its));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_channel_is_the_same_in_every_form(linux in packages(NAMES.len()), noarch in packages(NAMES.len())) {
        run(async {
            let subdirs = [("linux-64", repodata_of("linux-64", &linux)), ("noarch", repodata_of("noarch", &noarch))];
            let directory = tempfile::tempdir().unwrap();
            let (plain, compressed) = (directory.path().join("plain"), directory.path().join("zst"));
            for (subdir, json) in &subdirs {
                write_json(&plain, subdir, json);
                write_zst(&compressed, subdir, json);
            }
            let mut told_by = Vec::new();
            for place in [&plain, &compressed] {
                let cache = tempfile::tempdir().unwrap();
                let channels = chosen(&[&format!("conda-forge={}", place.display())], directory.path());
                for is_offline in [false, false, true] {
                    let records = fetch_into(cache.path(), &channels, &["app"], is_offline).await.unwrap();
                    told_by.push((format!("{place:?}"), told(&records)));
                }
            }
            for form in FORMS {
                let (site, cache) = (Site::start().await, tempfile::tempdir().unwrap());
                for (subdir, json) in &subdirs {
                    site.publish(form, subdir, json);
                }
                for is_offline in [false, false, true] {
                    let records = fetch_into(cache.path(), &site.channels(), &["app"], is_offline).await.unwrap();
                    told_by.push((format!("{form:?}"), told(&records)));
                }
            }
            for (place, told) in &told_by[1..] {
                assert_eq!(told, &told_by[0].1, "{place}");
            }
        });
    }

    // All names are in lower case, as they should be: others the gateway finds by the case of the file's name.
    #[test]
    fn a_channel_is_as_the_gateway_has_it(linux in packages(6), noarch in packages(6)) {
        run(async {
            let subdirs = [("linux-64", repodata_of("linux-64", &linux)), ("noarch", repodata_of("noarch", &noarch))];
            let directory = tempfile::tempdir().unwrap();
            for (subdir, json) in &subdirs {
                write_json(directory.path(), subdir, json);
            }
            let channels = chosen(&["."], directory.path());
            let cache = tempfile::tempdir().unwrap();
            let records = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap();
            let its = in_order(by_gateway(&channels[0], false, &["app"], true, &cache.path().join("its")).await);
            assert_same(&in_order(whole(&records)), &its);
            for form in FORMS {
                let (site, cache) = (Site::start().await, tempfile::tempdir().unwrap());
                for (subdir, json) in &subdirs {
                    site.publish(form, subdir, json);
                }
                let channels = chosen(&[&site.url()], cache.path());
                let records = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap();
                let is_sharded = form == SiteForm::Shards;
                let its = in_order(by_gateway(&channels[0], is_sharded, &["app"], true, &cache.path().join("its")).await);
                assert_same(&in_order(whole(&records)), &its);
            }
        });
    }
}
