//! What the cache has, and what the servers have since.

use std::time::{Duration, SystemTime};

use super::{
    site::{FORMS, Form, Site},
    *,
};

const OLD: [(&str, &[&str]); 2] = [("app-1.0-0.conda", &["lib"]), ("unrelated-1.0-0.conda", &[])];
const NEW: [(&str, &[&str]); 3] =
    [("app-1.0-0.conda", &["lib"]), ("app-2.0-0.conda", &["lib", "more"]), ("more-1.0-0.conda", &[])];
const NOARCH: [(&str, &[&str]); 1] = [("lib-1.0-0.tar.bz2", &[])];

/// A server with a channel in some form, and a cache that has it.
async fn cached(form: Form) -> (Site, tempfile::TempDir) {
    let (site, cache) = (Site::start().await, tempfile::tempdir().unwrap());
    site.publish(form, "linux-64", &repodata("linux-64", &OLD));
    site.publish(form, "noarch", &repodata("noarch", &NOARCH));
    let fetched = fetch(&site.channels(), names(&["app"]), &options(cache.path(), false)).await.unwrap();
    assert_eq!(files(fetched.records()), ["app-1.0-0.conda", "lib-1.0-0.tar.bz2"]);
    assert!(fetched.renewed().await.unwrap().is_none(), "what was fetched just now is new");
    site.requests().await;
    (site, cache)
}

/// The files as they are at first, and as they are in the end if that is another.
async fn fetched(site: &Site, cache: &Path) -> (Vec<String>, Option<Vec<String>>) {
    let fetched = fetch(&site.channels(), names(&["app"]), &options(cache, false)).await.unwrap();
    let before = files(fetched.records());
    (before, fetched.renewed().await.unwrap().map(|records| files(&records)))
}

fn files(records: &Records) -> Vec<String> {
    whole(records).iter().map(|record| record.identifier.to_file_name()).collect()
}

const BEFORE: [&str; 2] = ["app-1.0-0.conda", "lib-1.0-0.tar.bz2"];
const AFTER: [&str; 4] = ["app-1.0-0.conda", "app-2.0-0.conda", "lib-1.0-0.tar.bz2", "more-1.0-0.conda"];

fn owned(files: &[&str]) -> Vec<String> {
    files.iter().map(ToString::to_string).collect()
}

#[test]
fn a_channel_that_has_not_changed_takes_one_request_for_each_subdir() {
    run(async {
        for (form, file) in FORMS.into_iter().zip(["repodata.json", "repodata.json.zst", "repodata_shards.msgpack.zst"])
        {
            let (site, cache) = cached(form).await;
            for _ in 0..2 {
                assert_eq!(fetched(&site, cache.path()).await, (owned(&BEFORE), None));
                assert_eq!(site.requests().await, [format!("linux-64/{file}?"), format!("noarch/{file}?")]);
            }
        }
    });
}

#[test]
fn a_channel_that_has_changed_is_read_again() {
    run(async {
        for form in FORMS {
            let (site, cache) = cached(form).await;
            site.publish(form, "linux-64", &repodata("linux-64", &NEW));
            assert_eq!(fetched(&site, cache.path()).await, (owned(&BEFORE), Some(owned(&AFTER))), "{form:?}");
            assert_eq!(fetched(&site, cache.path()).await, (owned(&AFTER), None), "{form:?}");
        }
    });
}

#[test]
fn a_change_to_what_is_not_reached_changes_nothing() {
    run(async {
        for form in FORMS {
            let (site, cache) = cached(form).await;
            let more = [OLD[0], ("unrelated-2.0-0.conda", &["more"])];
            site.publish(form, "linux-64", &repodata("linux-64", &more));
            assert_eq!(fetched(&site, cache.path()).await, (owned(&BEFORE), None), "{form:?}");
        }
    });
}

#[test]
fn a_name_that_was_not_there_before_is_a_change() {
    run(async {
        for form in FORMS {
            let (site, cache) = cached(form).await;
            let more = [NOARCH[0], ("app-3.0-0.conda", &[])];
            site.publish(form, "noarch", &repodata("noarch", &more));
            let after = owned(&["app-1.0-0.conda", "app-3.0-0.conda", "lib-1.0-0.tar.bz2"]);
            assert_eq!(fetched(&site, cache.path()).await, (owned(&BEFORE), Some(after)), "{form:?}");
        }
    });
}

#[test]
fn a_channel_may_take_another_form() {
    run(async {
        for (from, to) in FORMS.into_iter().flat_map(|from| FORMS.map(|to| (from, to))) {
            let (site, cache) = cached(from).await;
            site.publish(to, "linux-64", &repodata("linux-64", &NEW));
            assert_eq!(fetched(&site, cache.path()).await, (owned(&BEFORE), Some(owned(&AFTER))), "{from:?} {to:?}");
            assert_eq!(fetched(&site, cache.path()).await, (owned(&AFTER), None), "{from:?} {to:?}");
        }
    });
}

#[test]
fn a_subdir_may_come_and_go() {
    run(async {
        for form in FORMS {
            let (site, cache) = cached(form).await;
            site.remove("noarch/");
            assert_eq!(fetched(&site, cache.path()).await, (owned(&BEFORE), Some(owned(&BEFORE[..1]))), "{form:?}");
            assert_eq!(fetched(&site, cache.path()).await, (owned(&BEFORE[..1]), None), "{form:?}");
            site.publish(form, "noarch", &repodata("noarch", &NOARCH));
            assert_eq!(fetched(&site, cache.path()).await, (owned(&BEFORE[..1]), Some(owned(&BEFORE))), "{form:?}");
            site.remove("");
            let fetched = fetch(&site.channels(), names(&["app"]), &options(cache.path(), false)).await.unwrap();
            let error = fetched.renewed().await.unwrap_err();
            assert!(matches!(&error, ChannelError::NoSuchChannel { .. }), "{error:?}");
            // That may be a mistake, so the cache keeps what was there.
            let records = fetch_into(cache.path(), &site.channels(), &["app"], true).await.unwrap();
            assert_eq!(files(&records), BEFORE);
        }
    });
}

#[test]
fn a_server_that_cannot_be_asked_is_an_error_unless_offline() {
    run(async {
        for form in FORMS {
            let (site, cache) = cached(form).await;
            let channels = site.channels();
            drop(site);
            let fetched = fetch(&channels, names(&["app"]), &options(cache.path(), false)).await.unwrap();
            assert_eq!(files(fetched.records()), BEFORE);
            let error = fetched.renewed().await.unwrap_err();
            assert!(matches!(&error, ChannelError::Unreachable { .. }), "{error:?}");

            let fetched = fetch(&channels, names(&["app"]), &options(cache.path(), true)).await.unwrap();
            assert_eq!(files(fetched.records()), BEFORE);
            assert!(fetched.renewed().await.unwrap().is_none());
        }
    });
}

#[test]
fn a_shard_that_the_server_has_replaced_is_found_under_its_new_name() {
    run(async {
        let (site, cache) = cached(Form::Shards).await;
        let new = [OLD[0], ("unrelated-2.0-0.conda", &[])];
        site.publish(Form::Shards, "linux-64", &repodata("linux-64", &new));
        let fetched = fetch(&site.channels(), names(&["unrelated"]), &options(cache.path(), false)).await.unwrap();
        assert_eq!(files(fetched.records()), ["unrelated-2.0-0.conda"]);
        assert!(fetched.renewed().await.unwrap().is_none());
    });
}

#[test]
fn a_record_that_was_put_right_is_taken() {
    run(async {
        for form in [Form::Json, Form::Zst] {
            let (site, cache) = (Site::start().await, tempfile::tempdir().unwrap());
            site.publish(form, "linux-64", r#"{"packages": {"app-1.0-0.tar.bz2": {"name": "app"}}}"#);
            let error = fetch_into(cache.path(), &site.channels(), &["app"], false).await.unwrap_err();
            assert!(matches!(&error, ChannelError::Garbage { .. }), "{error:?}");
            let error = fetch_into(cache.path(), &site.channels(), &["app"], false).await.unwrap_err();
            assert!(matches!(&error, ChannelError::Garbage { .. }), "{error:?}");
            site.publish(form, "linux-64", &repodata("linux-64", &[("app-1.0-0.conda", &[])]));
            let records = fetch_into(cache.path(), &site.channels(), &["app"], false).await.unwrap();
            assert_eq!(files(&records), ["app-1.0-0.conda"]);
        }
    });
}

/// The files in a cache that end like this.
fn kept(cache: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let (mut found, mut directories) = (Vec::new(), vec![cache.join("repodata")]);
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.to_str().unwrap().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found
}

/// Changes one byte of each of these files.
fn damage(files: &[std::path::PathBuf], place: impl Fn(usize) -> usize) {
    assert!(!files.is_empty());
    for file in files {
        let mut bytes = fs::read(file).unwrap();
        let at = place(bytes.len());
        bytes[at] ^= 1;
        fs::write(file, bytes).unwrap();
    }
}

#[test]
fn a_damaged_cache_is_fetched_again_and_counts_for_nothing_offline() {
    run(async {
        for form in FORMS {
            let (site, cache) = cached(form).await;
            // The first byte, one behind the head, which is in a block or a hash, and the last.
            for place in [|_| 0, |_| 60, |length: usize| length - 1] {
                damage(&kept(cache.path(), ".pack"), place);
                assert_eq!(fetched(&site, cache.path()).await, (owned(&BEFORE), None), "{form:?}");
                damage(&kept(cache.path(), ".pack"), place);
                let error = fetch_into(cache.path(), &site.channels(), &["app"], true).await.unwrap_err();
                assert!(matches!(&error, ChannelError::Offline { .. }), "{error:?}");
                assert_eq!(fetched(&site, cache.path()).await, (owned(&BEFORE), None), "{form:?}");
            }
        }
    });
}

#[test]
fn a_damaged_block_of_a_shard_is_fetched_again() {
    run(async {
        let (site, cache) = cached(Form::Shards).await;
        for place in [|_| 0, |_| 60, |length: usize| length - 1] {
            let blocks = kept(cache.path(), ".block");
            assert_eq!(blocks.len(), 2);
            damage(&blocks, place);
            let error = fetch_into(cache.path(), &site.channels(), &["app"], true).await.unwrap_err();
            assert!(matches!(&error, ChannelError::Offline { .. }), "{error:?}");
            assert_eq!(fetched(&site, cache.path()).await, (owned(&BEFORE), None));
        }
    });
}

#[test]
fn without_a_place_for_a_cache_everything_works() {
    run(async {
        for form in FORMS {
            let (site, _) = cached(form).await;
            let directory = tempfile::tempdir().unwrap();
            let file = directory.path().join("file");
            fs::write(&file, "").unwrap();
            for _ in 0..2 {
                assert_eq!(fetched(&site, &file).await, (owned(&BEFORE), None));
            }
            assert_eq!(fs::read(&file).unwrap(), b"");
        }
    });
}

#[test]
fn many_runs_at_once_do_not_disturb_each_other() {
    run(async {
        for form in FORMS {
            let (site, cache) = cached(form).await;
            site.publish(form, "linux-64", &repodata("linux-64", &NEW));
            let site = std::sync::Arc::new(site);
            let runs: Vec<_> = (0..12)
                .map(|_| {
                    let (site, cache) = (std::sync::Arc::clone(&site), cache.path().to_owned());
                    tokio::spawn(async move { fetched(&site, &cache).await })
                })
                .collect();
            for run in runs {
                let (before, after) = run.await.unwrap();
                assert_eq!(after.unwrap_or(before), AFTER);
            }
            assert!(kept(cache.path(), "").iter().all(|file| !file.to_str().unwrap().contains(".unfinished")));
        }
    });
}

#[test]
fn what_a_killed_run_left_behind_is_removed_after_a_day() {
    run(async {
        let (site, cache) = (Site::start().await, tempfile::tempdir().unwrap());
        site.publish(Form::Json, "noarch", &repodata("noarch", &NOARCH));
        let directory = cache.path().join("repodata");
        fs::create_dir(&directory).unwrap();
        for (name, hours) in [(".unfinished-old", 25), (".unfinished-young", 23), ("other", 1000)] {
            fs::write(directory.join(name), "").unwrap();
            let time = SystemTime::now() - Duration::from_hours(hours);
            fs::File::options().write(true).open(directory.join(name)).unwrap().set_modified(time).unwrap();
        }
        fetch_into(cache.path(), &site.channels(), &["lib"], false).await.unwrap();
        let left = [".unfinished-old", ".unfinished-young", "other"].map(|name| directory.join(name).exists());
        assert_eq!(left, [false, true, true]);
    });
}
