//! Directories and `file://` URLs.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use super::super::subdirs_elsewhere;
use super::*;

#[test]
fn a_directory_gives_the_closure_of_a_name_from_both_subdirs_and_both_formats() {
    let directory = tempfile::tempdir().unwrap();
    let linux = repodata(
        "linux-64",
        &[
            ("app-1.0-0.conda", &["python >=3", "old", "__glibc >=2.17"]),
            ("app-0.9-0.tar.bz2", &["ancient"]),
            ("old-1.0-0.tar.bz2", &[]),
            ("ancient-1.0-0.conda", &[]),
            ("unrelated-1.0-0.conda", &[]),
        ],
    );
    write_json(directory.path(), "linux-64", &linux);
    write_json(directory.path(), "noarch", &repodata("noarch", &[("python-3.9-0.conda", &[])]));
    let channels = chosen(&["."], directory.path());
    let records = run(fetch_into(directory.path(), &channels, &["app"], false)).unwrap();
    let base = channels[0].url.as_str();
    assert_eq!(
        urls(&records),
        [
            format!("{base}linux-64/ancient-1.0-0.conda"),
            format!("{base}linux-64/app-0.9-0.tar.bz2"),
            format!("{base}linux-64/app-1.0-0.conda"),
            format!("{base}linux-64/old-1.0-0.tar.bz2"),
            format!("{base}noarch/python-3.9-0.conda"),
        ]
    );
}

#[test]
fn a_build_in_both_formats_comes_once() {
    let directory = tempfile::tempdir().unwrap();
    let twins = repodata("noarch", &[("app-1.0-0.conda", &[]), ("app-1.0-0.tar.bz2", &[])]);
    write_json(directory.path(), "noarch", &twins);
    let channels = chosen(&["conda-forge=."], directory.path());
    let records = run(fetch_into(directory.path(), &channels, &["app"], false)).unwrap();
    assert_eq!(urls(&records), ["https://conda.anaconda.org/conda-forge/noarch/app-1.0-0.conda"]);
}

#[test]
fn compressed_repodata_alone_is_enough_and_plain_repodata_goes_first() {
    let directory = tempfile::tempdir().unwrap();
    write_zst(directory.path(), "linux-64", &repodata("linux-64", &[("app-1.0-0.conda", &[])]));
    let channels = chosen(&["conda-forge=."], directory.path());
    let fetched = || urls(&run(fetch_into(directory.path(), &channels, &["app"], false)).unwrap());
    assert_eq!(fetched(), ["https://conda.anaconda.org/conda-forge/linux-64/app-1.0-0.conda"]);
    write_json(directory.path(), "linux-64", &repodata("linux-64", &[("app-2.0-0.conda", &[])]));
    assert_eq!(fetched(), ["https://conda.anaconda.org/conda-forge/linux-64/app-2.0-0.conda"]);
}

#[test]
fn a_channel_may_have_nothing_for_every_platform() {
    for noarch in [
        "",
        "{}",
        r#"{"repodata_version": 1}"#,
        r#"{"packages": {}, "packages.conda": {}, "unknown": {"a": [1]}}"#,
        r#"{"info": null, "packages": null, "packages.conda": null, "removed": null}"#,
    ] {
        for write in [write_json, write_zst] {
            let directory = tempfile::tempdir().unwrap();
            write_json(directory.path(), "linux-64", &repodata("linux-64", &[("app-1.0-0.conda", &[])]));
            write(directory.path(), "noarch", noarch);
            let channels = chosen(&["conda-forge=."], directory.path());
            let records = run(fetch_into(directory.path(), &channels, &["app"], false)).unwrap();
            assert_eq!(urls(&records), ["https://conda.anaconda.org/conda-forge/linux-64/app-1.0-0.conda"], "{noarch}");
        }
    }
}

#[test]
fn a_dependency_is_found_in_another_channel_and_its_own_back_in_the_first() {
    let directory = tempfile::tempdir().unwrap();
    let (one, two) = (directory.path().join("one"), directory.path().join("two"));
    write_json(&one, "linux-64", &repodata("linux-64", &[("a-1.0-0.conda", &["b"]), ("c-1.0-0.conda", &[])]));
    write_zst(&two, "noarch", &repodata("noarch", &[("b-1.0-0.conda", &["c"]), ("c-2.0-0.conda", &[])]));
    let channels = chosen(&["one=./one", "two=./two"], directory.path());
    let records = run(fetch_into(directory.path(), &channels, &["a"], false)).unwrap();
    let of =
        |name: &str| -> Vec<String> { records.whole(name).iter().map(|record| record.url.path().to_owned()).collect() };
    assert_eq!(of("a"), ["/one/linux-64/a-1.0-0.conda"]);
    assert_eq!(of("b"), ["/two/noarch/b-1.0-0.conda"]);
    assert_eq!(of("c"), ["/one/linux-64/c-1.0-0.conda", "/two/noarch/c-2.0-0.conda"]);
}

#[test]
fn a_mirror_ignores_base_url_and_a_plain_channel_honours_it() {
    let directory = tempfile::tempdir().unwrap();
    let json = repodata("linux-64", &[("app-1.0-0.conda", &[])])
        .replace(r#""info":{"#, r#""info":{"base_url":"https://files.example.org/x/","#);
    write_json(directory.path(), "linux-64", &json);
    let fetched = |option: &str| {
        let channels = chosen(&[option], directory.path());
        let records = run(fetch_into(directory.path(), &channels, &["app"], false)).unwrap();
        whole(&records).iter().map(|record| (record.url.to_string(), record.channel.clone())).collect::<Vec<_>>()
    };
    let mirrored = fetched("conda-forge=.");
    assert_eq!(mirrored.len(), 1);
    assert_eq!(mirrored[0].0, "https://conda.anaconda.org/conda-forge/linux-64/app-1.0-0.conda");
    assert_eq!(mirrored[0].1.as_deref(), Some("https://conda.anaconda.org/conda-forge/"));
    assert_eq!(fetched(".")[0].0, "https://files.example.org/x/app-1.0-0.conda");
}

#[test]
fn a_record_of_another_subdir_is_left_out() {
    let directory = tempfile::tempdir().unwrap();
    write_json(directory.path(), "linux-64", &repodata("osx-64", &[("app-2.0-0.conda", &[])]));
    write_json(directory.path(), "noarch", &repodata("noarch", &[("app-1.0-0.conda", &[])]));
    let channels = chosen(&["."], directory.path());
    let records = run(fetch_into(directory.path(), &channels, &["app"], false)).unwrap();
    assert_eq!(urls(&records), [format!("{}noarch/app-1.0-0.conda", channels[0].url)]);
}

#[test]
fn a_directory_without_repodata_and_a_subdir_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("linux-64")).unwrap();
    let channels = chosen(&["."], directory.path());
    let empty = run(fetch_into(directory.path(), &channels, &["app"], false)).unwrap_err();
    assert!(matches!(empty, ChannelError::NotAChannel { .. }), "{empty:?}");
    assert!(shown(&empty).contains("conda index"), "{}", shown(&empty));

    write_json(directory.path(), "linux-64", &repodata("linux-64", &[]));
    let channels = chosen(&["./linux-64"], directory.path());
    let subdir = run(fetch_into(directory.path(), &channels, &["app"], false)).unwrap_err();
    assert!(shown(&subdir).contains("the directory above"), "{}", shown(&subdir));
}

#[test]
fn garbage_in_a_directory_names_the_file() {
    for (file, bytes) in [
        ("repodata.json", &b"<html>"[..]),
        ("repodata.json", b""),
        ("repodata.json", br#"{"packages": 3}"#),
        ("repodata.json.zst", b"not compressed"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("linux-64")).unwrap();
        fs::write(directory.path().join("linux-64").join(file), bytes).unwrap();
        let channels = chosen(&["."], directory.path());
        let error = run(fetch_into(directory.path(), &channels, &["app"], false)).unwrap_err();
        assert!(matches!(&error, ChannelError::Garbage { .. }), "{error:?}");
        assert!(error.to_string().contains(&format!("linux-64/{file}")), "{error}");
    }
}

#[test]
fn a_record_that_makes_no_sense_is_left_out_and_told_of_its_channel() {
    let directory = tempfile::tempdir().unwrap();
    let (good, bad) = (directory.path().join("good"), directory.path().join("bad"));
    write_json(&good, "linux-64", &repodata("linux-64", &[("app-1.0-0.conda", &[])]));
    write_json(&bad, "linux-64", r#"{"packages": {"app-1.0-0.tar.bz2": {"name": "app"}}}"#);
    let channels = chosen(&["good=./good", "bad=./bad"], directory.path());
    let records = run(fetch_into(directory.path(), &channels, &["app"], false)).unwrap();
    assert_eq!(records.whole("app").len(), 1);
    let faults: Vec<_> = records.faults("app").collect();
    let bad = channels[1].url.as_str();
    assert!(faults.len() == 1 && faults[0].starts_with(&format!("{bad}linux-64 has a record of app ")), "{faults:?}");
}

#[test]
fn a_file_url_is_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    write_json(directory.path(), "noarch", &repodata("noarch", &[("app-1.0-0.conda", &[])]));
    let channels = chosen(&[&format!("file://{}", directory.path().display())], directory.path());
    let records = run(fetch_into(directory.path(), &channels, &["app"], true)).unwrap();
    assert_eq!(urls(&records), [format!("{}noarch/app-1.0-0.conda", channels[0].url)]);
}

#[test]
fn other_subdirs_tell_where_a_name_is_built() {
    let directory = tempfile::tempdir().unwrap();
    write_json(directory.path(), "linux-64", &repodata("linux-64", &[("both-1.0-0.conda", &[])]));
    write_zst(
        directory.path(),
        "osx-64",
        &repodata("osx-64", &[("appnope-1.0-0.conda", &[]), ("both-1.0-0.conda", &[])]),
    );
    write_json(directory.path(), "osx-arm64", &repodata("osx-arm64", &[("appnope-1.0-0.tar.bz2", &[])]));
    write_json(directory.path(), "win-64", "garbage");
    let channels = chosen(&["conda-forge=.", "bioconda"], directory.path());
    let found = subdirs_elsewhere(&channels, &names(&["appnope", "both", "nowhere"]), directory.path());
    let found: Vec<_> = found.iter().map(|(name, subdirs)| (name.as_normalized(), subdirs.join(" "))).collect();
    assert_eq!(found, [("appnope", "osx-64 osx-arm64".to_owned()), ("both", "osx-64".to_owned())]);
}

#[test]
fn a_directory_is_read_again_when_its_file_changes() {
    let directory = tempfile::tempdir().unwrap();
    let (channel, cache) = (directory.path().join("channel"), directory.path().join("cache"));
    let channels = || chosen(&["conda-forge=./channel"], directory.path());
    let fetched = || urls(&run(fetch_into(&cache, &channels(), &["app"], false)).unwrap());
    let file = channel.join("noarch/repodata.json");
    let write = |version: &str, hours: u64| {
        write_json(&channel, "noarch", &repodata("noarch", &[(&format!("app-{version}-0.conda"), &[])]));
        let time = SystemTime::UNIX_EPOCH + Duration::from_hours(hours);
        fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    };
    let url = |version: &str| [format!("https://conda.anaconda.org/conda-forge/noarch/app-{version}-0.conda")];
    write("1.0", 1);
    assert_eq!(fetched(), url("1.0"));
    // Neither its size nor its time have changed, so it isn't looked at.
    write("2.0", 1);
    assert_eq!(fetched(), url("1.0"));
    write("2.0", 2);
    assert_eq!(fetched(), url("2.0"));
    write("2.0.1", 2);
    assert_eq!(fetched(), url("2.0.1"));
    // What was written just now may be written again without that its time tells.
    for version in ["3.0", "4.0", "5.0"] {
        write_json(&channel, "noarch", &repodata("noarch", &[(&format!("app-{version}-0.conda"), &[])]));
        assert_eq!(fetched(), url(version));
    }
}

#[test]
fn a_directory_works_where_the_cache_cannot_be_written_or_is_damaged() {
    let directory = tempfile::tempdir().unwrap();
    let (channel, cache) = (directory.path().join("channel"), directory.path().join("cache"));
    write_json(&channel, "noarch", &repodata("noarch", &[("app-1.0-0.conda", &[])]));
    let time = SystemTime::UNIX_EPOCH;
    fs::File::options().write(true).open(channel.join("noarch/repodata.json")).unwrap().set_modified(time).unwrap();
    let channels = chosen(&["./channel"], directory.path());
    fs::write(&cache, "a file").unwrap();
    assert_eq!(run(fetch_into(&cache, &channels, &["app"], true)).unwrap().iter().count(), 1);
    fs::remove_file(&cache).unwrap();
    for place in [0, 60, 200] {
        assert_eq!(run(fetch_into(&cache, &channels, &["app"], true)).unwrap().iter().count(), 1);
        let packs: Vec<_> = fs::read_dir(cache.join("repodata")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(packs.len(), 1);
        let mut bytes = fs::read(&packs[0]).unwrap();
        bytes[place] ^= 1;
        fs::write(&packs[0], bytes).unwrap();
    }
    assert_eq!(run(fetch_into(&cache, &channels, &["app"], true)).unwrap().iter().count(), 1);
}

#[test]
fn what_only_other_platforms_need_is_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let packages: [(&str, &[&str]); 6] = [
        ("app-1.0-0.conda", &["a", "__unix"]),
        ("app-1.0-1.conda", &["b", "__win"]),
        ("app-1.0-2.conda", &["__osx >=10.13", "c"]),
        ("a-1.0-0.conda", &["__glibc"]),
        ("b-1.0-0.conda", &[]),
        ("c-1.0-0.conda", &[]),
    ];
    write_json(directory.path(), "noarch", &repodata("noarch", &packages));
    let records = run(fetch_into(directory.path(), &chosen(&["."], directory.path()), &["app"], false)).unwrap();
    assert_eq!(records.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "app"]);
    assert_eq!(records.whole("app").len(), 3);
}
