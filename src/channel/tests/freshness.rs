//! What the cache has, and what the servers have since.

use super::{
    site::{FORMS, Site, SiteForm},
    *,
};

pub(super) const OLD: [(&str, &[&str]); 2] = [("app-1.0-0.conda", &["lib"]), ("unrelated-1.0-0.conda", &[])];
pub(super) const NEW: [(&str, &[&str]); 3] =
    [("app-1.0-0.conda", &["lib"]), ("app-2.0-0.conda", &["lib", "more"]), ("more-1.0-0.conda", &[])];
pub(super) const NOARCH: [(&str, &[&str]); 1] = [("lib-1.0-0.tar.bz2", &[])];

/// A server with a channel in some form, and a cache that has it.
pub(super) async fn cached(form: SiteForm) -> (Site, tempfile::TempDir) {
    let (site, cache) = (Site::start().await, tempfile::tempdir().unwrap());
    site.publish(form, "linux-64", &repodata("linux-64", &OLD));
    site.publish(form, "noarch", &repodata("noarch", &NOARCH));
    let mut fetched = fetch(&site.channels(), names(&["app"]), &options(cache.path(), false)).await.unwrap();
    assert_eq!(files(fetched.records()), ["app-1.0-0.conda", "lib-1.0-0.tar.bz2"]);
    assert!(fetched.renewed().await.unwrap().is_none(), "what was fetched just now is new");
    site.requests().await;
    (site, cache)
}

/// The files as they are at first, and as they are in the end if that is another.
pub(super) async fn fetched(site: &Site, cache: &Path) -> (Vec<String>, Option<Vec<String>>) {
    let mut fetched = fetch(&site.channels(), names(&["app"]), &options(cache, false)).await.unwrap();
    let before = files(fetched.records());
    (before, fetched.renewed().await.unwrap().map(|records| files(&records)))
}

fn files(records: &Records) -> Vec<String> {
    whole(records).iter().map(|record| record.identifier.to_file_name()).collect()
}

pub(super) const BEFORE: [&str; 2] = ["app-1.0-0.conda", "lib-1.0-0.tar.bz2"];
pub(super) const AFTER: [&str; 4] = ["app-1.0-0.conda", "app-2.0-0.conda", "lib-1.0-0.tar.bz2", "more-1.0-0.conda"];

pub(super) fn owned(files: &[&str]) -> Vec<String> {
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
fn a_compressed_file_that_has_gone_wrong_gives_way_to_the_other() {
    run(async {
        for garbage in ["", "<html>"] {
            let (site, cache) = cached(SiteForm::Zst).await;
            site.put("linux-64/repodata.json.zst", garbage.into());
            site.put("linux-64/repodata.json", repodata("linux-64", &NEW).into());
            assert_eq!(fetched(&site, cache.path()).await, (owned(&BEFORE), Some(owned(&AFTER))), "{garbage}");
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
            let mut fetched = fetch(&site.channels(), names(&["app"]), &options(cache.path(), false)).await.unwrap();
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
            site.break_down();
            let mut fetched = fetch(&channels, names(&["app"]), &options(cache.path(), false)).await.unwrap();
            assert_eq!(files(fetched.records()), BEFORE);
            let error = fetched.renewed().await.unwrap_err();
            assert!(matches!(&error, ChannelError::Http { status, .. } if status.starts_with("503")), "{error:?}");

            drop(site);
            let mut fetched = fetch(&channels, names(&["app"]), &options(cache.path(), false)).await.unwrap();
            assert_eq!(files(fetched.records()), BEFORE);
            let error = fetched.renewed().await.unwrap_err();
            assert!(matches!(&error, ChannelError::Unreachable { .. }), "{error:?}");

            let mut fetched = fetch(&channels, names(&["app"]), &options(cache.path(), true)).await.unwrap();
            assert_eq!(files(fetched.records()), BEFORE);
            assert!(fetched.renewed().await.unwrap().is_none());
        }
    });
}

#[test]
fn a_shard_that_the_server_has_replaced_is_found_under_its_new_name() {
    run(async {
        let (site, cache) = cached(SiteForm::Shards).await;
        let new = [OLD[0], ("unrelated-2.0-0.conda", &[])];
        site.publish(SiteForm::Shards, "linux-64", &repodata("linux-64", &new));
        let mut fetched = fetch(&site.channels(), names(&["unrelated"]), &options(cache.path(), false)).await.unwrap();
        assert_eq!(files(fetched.records()), ["unrelated-2.0-0.conda"]);
        assert!(fetched.renewed().await.unwrap().is_none());
    });
}

#[test]
fn a_record_that_was_put_right_is_taken() {
    run(async {
        for form in [SiteForm::Json, SiteForm::Zst] {
            let (site, cache) = (Site::start().await, tempfile::tempdir().unwrap());
            site.publish(form, "linux-64", r#"{"packages": {"app-1.0-0.tar.bz2": {"name": "app"}}}"#);
            for _ in 0..2 {
                let records = fetch_into(cache.path(), &site.channels(), &["app"], false).await.unwrap();
                assert_eq!((files(&records).len(), records.faults("app").count()), (0, 1));
            }
            site.publish(form, "linux-64", &repodata("linux-64", &[("app-1.0-0.conda", &[])]));
            let records = fetch_into(cache.path(), &site.channels(), &["app"], false).await.unwrap();
            assert_eq!(files(&records), ["app-1.0-0.conda"]);
            assert_eq!(records.faults("app").count(), 0);
        }
    });
}
