//! The files of the cache: damaged, in the way, left behind, written by many at once.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    freshness::{AFTER, BEFORE, NEW, NOARCH, cached, fetched, owned},
    site::{FORMS, Site, SiteForm},
    *,
};

/// The files in a cache that end like this.
fn kept(cache: &Path, ending: &str) -> Vec<PathBuf> {
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
fn damage(files: &[PathBuf], place: impl Fn(usize) -> usize) {
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
            // The first byte, one behind the head, which is in a record table or a hash, and the last.
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
        let (site, cache) = cached(SiteForm::Shards).await;
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
            let site = Arc::new(site);
            let runs: Vec<_> = (0..12)
                .map(|_| {
                    let (site, cache) = (Arc::clone(&site), cache.path().to_owned());
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
        site.publish(SiteForm::Json, "noarch", &repodata("noarch", &NOARCH));
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
