//! A server with sharded repodata, as conda-forge has it:
//! <https://github.com/conda/ceps/blob/main/cep-0016.md>.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    site::{Site, SiteForm, compressed, shards},
    *,
};

/// Serves a subdir of the channel `c` with one shard for each package. With `spoilt`, the shards are not what their
/// hashes say.
fn serve(site: &Site, subdir: &str, packages: &[(&str, &[&str])], spoilt: bool) {
    site.publish(SiteForm::Shards, subdir, &repodata(subdir, packages));
    if spoilt {
        for (hash, _) in shards(subdir, &repodata(subdir, packages)).1 {
            site.put(&format!("{subdir}/shards/{hash}.msgpack.zst"), b"spoilt".to_vec());
        }
    }
}

const LINUX: [(&str, &[&str]); 2] = [("app-1.0-0.conda", &["lib >=1"]), ("unrelated-1.0-0.conda", &[])];
const NOARCH: [(&str, &[&str]); 1] = [("lib-1.0-0.tar.bz2", &[])];

#[test]
fn shards_are_fetched_for_the_names_in_reach_alone_and_serve_offline() {
    run(async {
        let site = Site::start().await;
        serve(&site, "linux-64", &LINUX, false);
        serve(&site, "noarch", &NOARCH, false);
        let cache = tempfile::tempdir().unwrap();
        let channels = site.channels();
        let expected = [
            "https://conda.anaconda.org/conda-forge/linux-64/app-1.0-0.conda",
            "https://conda.anaconda.org/conda-forge/noarch/lib-1.0-0.tar.bz2",
        ];
        assert_eq!(urls(&fetch_into(cache.path(), &channels, &["app"], false).await.unwrap()), expected);
        // Two indices and two shards.
        assert_eq!(site.requests().await.len(), 4);

        drop(site);
        assert_eq!(urls(&fetch_into(cache.path(), &channels, &["app"], true).await.unwrap()), expected);
        let unknown = fetch_into(cache.path(), &channels, &["unrelated"], true).await.unwrap_err();
        assert!(matches!(&unknown, ChannelError::Offline { what } if what.ends_with("unrelated")), "{unknown:?}");
    });
}

#[test]
fn spoilt_shards_give_way_to_the_one_file() {
    run(async {
        let site = Site::start().await;
        serve(&site, "linux-64", &LINUX, true);
        serve(&site, "noarch", &NOARCH, true);
        let cache = tempfile::tempdir().unwrap();
        let channels = chosen(&[&site.url()], cache.path());
        let error = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap_err();
        assert!(error.to_string().contains("the shard of app isn't what the index says"), "{error}");

        for (subdir, packages) in [("linux-64", &LINUX[..]), ("noarch", &NOARCH[..])] {
            site.put(&format!("{subdir}/repodata.json"), repodata(subdir, packages).into());
        }
        let records = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap();
        assert_eq!(records.iter().count(), 2);
        // That they are spoilt isn't found out again.
        site.requests().await;
        assert_eq!(fetch_into(cache.path(), &channels, &["app"], false).await.unwrap().iter().count(), 2);
        assert_eq!(site.requests().await, ["linux-64/repodata.json?", "noarch/repodata.json?"]);
    });
}

#[test]
fn a_shard_that_is_gone_gives_way_to_the_one_file() {
    run(async {
        let site = Site::start().await;
        serve(&site, "linux-64", &LINUX, false);
        serve(&site, "noarch", &NOARCH, false);
        site.remove("linux-64/shards/");
        let cache = tempfile::tempdir().unwrap();
        let error = fetch_into(cache.path(), &site.channels(), &["app"], false).await.unwrap_err();
        assert!(
            matches!(&error, ChannelError::Http { url, status, .. } if url.contains("/shards/") && status == "404 Not Found")
        );

        site.put("linux-64/repodata.json", repodata("linux-64", &LINUX).into());
        assert_eq!(fetch_into(cache.path(), &site.channels(), &["app"], false).await.unwrap().iter().count(), 2);
    });
}

#[test]
fn an_index_that_is_none_gives_way_to_the_one_file_or_is_told() {
    run(async {
        for index in [b"<html>".to_vec(), compressed(&json!({"shards": {}})), compressed(&json!([1, 2]))] {
            let site = Site::start().await;
            site.publish(SiteForm::Json, "noarch", &repodata("noarch", &NOARCH));
            site.put("noarch/repodata_shards.msgpack.zst", index.clone());
            let cache = tempfile::tempdir().unwrap();
            assert_eq!(fetch_into(cache.path(), &site.channels(), &["lib"], false).await.unwrap().iter().count(), 1);

            site.remove("noarch/repodata.json");
            let cache = tempfile::tempdir().unwrap();
            let error = fetch_into(cache.path(), &site.channels(), &["lib"], false).await.unwrap_err();
            assert!(matches!(&error, ChannelError::Garbage { channel, .. } if channel == "conda-forge"), "{error:?}");
        }
    });
}

#[test]
fn what_is_wrong_with_shards_alone_is_told() {
    run(async {
        let lists = |count: u32| {
            [&[0x81, 0xa8][..], b"packages", &[0xdf], &count.to_be_bytes(), &[0xa0, 0xc0].repeat(300_000)].concat()
        };
        for (shard, base, told) in [
            (b"\xff\xff".to_vec(), "shards", "the shard of lib: a map was expected"),
            (lists(300_000), "shards", "the shard of lib: it has more than 262144 entries"),
            (b"\x80".to_vec(), "mailto:x", "it says that its shards are below `mailto:x`, where none can be"),
            (b"\x80".to_vec(), "file:///etc", "it says that its shards are below `file:///etc`, where none can be"),
        ] {
            let site = Site::start().await;
            let shard = zstd::encode_all(&*shard, 3).unwrap();
            let hash = const_hex::encode(Sha256::digest(&shard));
            site.put(&format!("noarch/shards/{hash}.msgpack.zst"), shard);
            let info = json!({"subdir": "noarch", "base_url": "", "shards_base_url": base});
            let index = json!({"info": info, "shards": {"lib": format!("hex:{hash}")}});
            site.put("noarch/repodata_shards.msgpack.zst", compressed(&index));
            let cache = tempfile::tempdir().unwrap();
            let error = fetch_into(cache.path(), &site.channels(), &["lib"], false).await.unwrap_err();
            assert_eq!(error.to_string(), format!("the repodata of conda-forge can't be read: {told}"));
        }
    });
}

#[test]
fn a_bad_hash_and_bad_entries_spoil_no_other() {
    run(async {
        let site = Site::start().await;
        let mut records: Value = serde_json::from_str(&repodata("noarch", &NOARCH)).unwrap();
        let record = &mut records["packages"]["lib-1.0-0.tar.bz2"];
        record.as_object_mut().unwrap().remove("md5");
        let mut shard = Vec::new();
        rmp::encode::write_map_len(&mut shard, 2).unwrap();
        rmp::encode::write_str(&mut shard, "packages").unwrap();
        rmp::encode::write_map_len(&mut shard, 4).unwrap();
        let deep = [&[0x91].repeat(3000)[..], &[0xc0]].concat();
        for (key, value) in [("lib-1.0-0.tar.bz2", rmp_serde::to_vec(&*record).unwrap()), ("lib-2.0-0.tar.bz2", deep)] {
            rmp::encode::write_str(&mut shard, key).unwrap();
            shard.extend(value);
        }
        // Keys that are no text.
        shard.extend([0x07, 0xc0, 0xa1, 0xff, 0xc0]);
        rmp::encode::write_str(&mut shard, "removed").unwrap();
        shard.extend(rmp_serde::to_vec(&json!([3, null, "lib-3.0-0.conda"])).unwrap());
        let shard = zstd::encode_all(&*shard, 3).unwrap();
        let hash = const_hex::encode(Sha256::digest(&shard));
        site.put(&format!("noarch/shards/{hash}.msgpack.zst"), shard);
        let info = json!({"subdir": "noarch", "base_url": 3, "shards_base_url": "shards"});
        let shards = json!({"lib": format!("hex:{hash}"), "short": "x", "none": null, "list": [1]});
        site.put("noarch/repodata_shards.msgpack.zst", compressed(&json!({"info": info, "shards": shards})));
        let cache = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let found = fetch_into(cache.path(), &site.channels(), &["lib", "short", "none"], false).await.unwrap();
            assert_eq!(urls(&found), ["https://conda.anaconda.org/conda-forge/noarch/lib-1.0-0.tar.bz2"]);
            assert!(found.faults("lib").next().unwrap().contains("has 3 records, the first of lib that can't be read"));
            for name in ["short", "none"] {
                let faults: Vec<_> = found.faults(name).collect();
                assert!(faults[0].ends_with("the hash of the shard isn't there, or is none"), "{faults:?}");
            }
        }
    });
}

#[test]
fn shards_and_packages_may_be_anywhere() {
    run(async {
        let site = Site::start().await;
        let json = repodata("noarch", &NOARCH);
        let (_, shards) = shards("noarch", &json);
        for (base_url, shards_base_url, below) in [
            ("https://ada:s3cr3t@files.example.org/x", "../elsewhere", "elsewhere"),
            ("../packages", &format!("{}/deep/shards/", site.url()), "deep/shards"),
            ("/root", "/c/rooted", "rooted"),
        ] {
            let (hash, shard) = &shards[0];
            site.put(&format!("{below}/{hash}.msgpack.zst"), shard.clone());
            let info = json!({"subdir": "noarch", "base_url": base_url, "shards_base_url": shards_base_url});
            let index = json!({"version": 1, "info": info, "shards": {"lib": format!("hex:{hash}")}});
            site.put("noarch/repodata_shards.msgpack.zst", compressed(&index));
            let cache = tempfile::tempdir().unwrap();
            let channels = chosen(&[&site.url()], cache.path());
            let records = fetch_into(cache.path(), &channels, &["lib"], false).await.unwrap();
            let base = match base_url {
                "/root" => site.url().replace("/c", "/root"),
                "../packages" => format!("{}/packages", site.url()),
                _ => "https://files.example.org/x".to_owned(),
            };
            assert_eq!(urls(&records), [format!("{base}/lib-1.0-0.tar.bz2")]);
            let mirrored = fetch_into(cache.path(), &site.channels(), &["lib"], false).await.unwrap();
            assert_eq!(urls(&mirrored), ["https://conda.anaconda.org/conda-forge/noarch/lib-1.0-0.tar.bz2"]);
        }
    });
}

#[test]
fn a_record_that_makes_no_sense_is_left_out_of_its_shard() {
    run(async {
        let site = Site::start().await;
        serve(&site, "noarch", &NOARCH, false);
        let mut records: Value = serde_json::from_str(&repodata("noarch", &[("bad-2-0.tar.bz2", &["lib"])])).unwrap();
        records["packages"]["bad-1-0.tar.bz2"] = json!({"name": "bad", "deep": [{"er": 1}]});
        records["packages"]["bad-0-0.tar.bz2"] = json!(3);
        for record in records["packages"].as_object_mut().unwrap().values_mut() {
            record.as_object_mut().map(|record| record.remove("md5"));
        }
        let bad = compressed(&json!({"packages": records["packages"], "removed": [], "more": [[]]}));
        let hash = const_hex::encode(Sha256::digest(&bad));
        let lib = shards("noarch", &repodata("noarch", &NOARCH)).1[0].0.clone();
        site.put(&format!("noarch/shards/{hash}.msgpack.zst"), bad);
        let info = json!({"subdir": "noarch", "base_url": "", "shards_base_url": "shards"});
        let shards = json!({"bad": format!("hex:{hash}"), "lib": format!("hex:{lib}")});
        site.put("noarch/repodata_shards.msgpack.zst", compressed(&json!({"info": info, "shards": shards})));
        let cache = tempfile::tempdir().unwrap();
        assert_eq!(fetch_into(cache.path(), &site.channels(), &["lib"], false).await.unwrap().iter().count(), 1);
        // From the server, then from the cache.
        for _ in 0..2 {
            let records = fetch_into(cache.path(), &site.channels(), &["bad"], false).await.unwrap();
            assert_eq!(
                urls(&records),
                ["bad-2-0.tar.bz2", "lib-1.0-0.tar.bz2"]
                    .map(|file| format!("https://conda.anaconda.org/conda-forge/noarch/{file}"))
            );
            let faults: Vec<_> = records.faults("bad").collect();
            assert!(faults[0].contains("noarch has 2 records, the first of bad that can't be read"), "{faults:?}");
            assert_eq!((faults.len(), records.faults("lib").count()), (1, 0));
            let within = records.within(["bad".parse::<PackageName>().unwrap()]);
            assert_eq!(within.faults("bad").collect::<Vec<_>>(), faults);
        }
    });
}

#[test]
fn null_stands_for_nothing_and_costs_no_more_than_a_record() {
    run(async {
        let site = Site::start().await;
        serve(&site, "noarch", &[], false);
        let mut records: Value = serde_json::from_str(&repodata("linux-64", &[("app-1.0-0.conda", &[])])).unwrap();
        let good = records["packages.conda"]["app-1.0-0.conda"].clone();
        let bad = [
            ("md5", json!("")),
            ("constrains", json!(null)),
            ("size", json!(-1)),
            ("build_number", json!("0")),
            ("timestamp", json!(1.5)),
            ("version", json!("2..0")),
        ];
        for (index, (field, value)) in bad.iter().enumerate() {
            let mut record = good.clone();
            record["version"] = json!(format!("2.{index}"));
            record[field] = value.clone();
            let file = format!("app-{}-0.conda", record["version"].as_str().unwrap());
            records["packages.conda"][file] = record;
        }
        for record in records["packages.conda"].as_object_mut().unwrap().values_mut() {
            if record["md5"] != json!("") {
                record.as_object_mut().map(|record| record.remove("md5"));
            }
        }
        let shard = json!({"packages": null, "packages.conda": records["packages.conda"], "removed": null, "more": {}});
        let shard = compressed(&shard);
        let hash = const_hex::encode(Sha256::digest(&shard));
        site.put(&format!("linux-64/shards/{hash}.msgpack.zst"), shard);
        let info = json!({"subdir": "linux-64", "base_url": null, "shards_base_url": "shards", "more": 1});
        let index = json!({"info": info, "shards": {"app": format!("hex:{hash}")}, "more": null});
        site.put("linux-64/repodata_shards.msgpack.zst", compressed(&index));
        let cache = tempfile::tempdir().unwrap();
        let found = fetch_into(cache.path(), &site.channels(), &["app"], false).await.unwrap();
        assert_eq!(urls(&found), ["https://conda.anaconda.org/conda-forge/linux-64/app-1.0-0.conda"]);
        let faults: Vec<_> = found.faults("app").collect();
        assert!(faults[0].contains("has 6 records, the first of app that can't be read"), "{faults:?}");
    });
}

#[test]
fn names_of_other_packages_and_paths_in_names_do_no_harm() {
    run(async {
        let site = Site::start().await;
        let evil = [("../evil-1.0-0.conda", &[][..]), ("app-1.0-0.conda", &["../evil", "/etc/passwd", "lib >=1"])];
        serve(&site, "linux-64", &evil, false);
        // The shard of `lib` has a record of `other`, too.
        let mut both: Value = serde_json::from_str(&repodata("noarch", &NOARCH)).unwrap();
        let mut other = both["packages"]["lib-1.0-0.tar.bz2"].clone();
        other["name"] = "other".into();
        both["packages"]["other-1.0-0.tar.bz2"] = other;
        for record in both["packages"].as_object_mut().unwrap().values_mut() {
            record.as_object_mut().unwrap().remove("md5");
        }
        let shard = compressed(&json!({"packages": both["packages"]}));
        let hash = const_hex::encode(Sha256::digest(&shard));
        site.put(&format!("noarch/shards/{hash}.msgpack.zst"), shard);
        let info = json!({"subdir": "noarch", "base_url": "", "shards_base_url": "shards"});
        let index = json!({"info": info, "shards": {"lib": format!("hex:{hash}")}});
        site.put("noarch/repodata_shards.msgpack.zst", compressed(&index));

        let directory = tempfile::tempdir().unwrap();
        let cache = directory.path().join("deep/down/cache");
        let records = fetch_into(&cache, &site.channels(), &["app"], false).await.unwrap();
        assert_eq!(records.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["app", "lib"]);
        assert_eq!(records.whole("lib").len(), 1);
        let outside: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(outside.len(), 1, "{outside:?}");
    });
}

#[test]
fn those_who_want_shards_at_once_fetch_each_once() {
    run(async {
        let site = Site::start().await;
        serve(&site, "linux-64", &LINUX, false);
        serve(&site, "noarch", &NOARCH, false);
        let cache = tempfile::tempdir().unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..6 {
            // As many processes: each opens its own files, and has a client of its own.
            let (channels, options) = (site.channels(), options(cache.path(), false));
            tasks.spawn(
                async move { fetch(&channels, names(&["app"]), &options).await.unwrap().records().iter().count() },
            );
        }
        assert_eq!(tasks.join_all().await, [2; 6]);
        let asked = site.requests().await;
        assert_eq!(asked.iter().filter(|it| !it.ends_with('?')).count(), 4, "{asked:?}");
    });
}
