//! Channels that belong to others: CEP 42.

use serde_json::{Value, json};

use super::{
    site::{FORMS, Site, SiteForm},
    *,
};

/// Repodata of `noarch` with one package, which says what belongs to its channel.
fn related(package: &str, relations: &Value) -> String {
    let mut value: Value = serde_json::from_str(&repodata("noarch", &[(package, &[])])).unwrap();
    value["info"]["channel_relations"] = relations.clone();
    value.to_string()
}

/// The names of the channels that records are from, in order, without what they have in common.
fn order(records: &Records, common: &str) -> Vec<String> {
    let name = |channel: &Channel| channel.name.strip_prefix(common).unwrap_or(&channel.name).to_owned();
    records.channels().iter().map(name).collect()
}

/// A directory with channels: each with the one that it names as its base, and the one that it overrides.
fn directory(channels: &[(&str, &str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, base, overrides) in channels {
        let mut relations = json!({});
        for (key, value) in [("base", base), ("overrides", overrides)] {
            if !value.is_empty() {
                relations[key] = (*value).into();
            }
        }
        write_json(&directory.path().join(name), "noarch", &related(&format!("{name}-1.0-0.conda"), &relations));
    }
    directory
}

fn records_of(directory: &Path, channels: &[&str]) -> Result<Records, ChannelError> {
    let places: Vec<String> = channels.iter().map(|name| format!("./{name}")).collect();
    let chosen = chosen(&places.iter().map(String::as_str).collect::<Vec<_>>(), directory);
    run(fetch_into(&directory.join("cache"), &chosen, &["forge", "bio", "mine"], false))
}

#[test]
fn a_channel_brings_in_those_that_it_needs_in_their_order() {
    let directory =
        directory(&[("forge", "", ""), ("bio", "../forge", ""), ("mine", "../bio", "../late"), ("late", "", "")]);
    let common = format!("{}/", chosen(&["."], directory.path())[0].name);
    let records = records_of(directory.path(), &["mine"]).unwrap();
    assert_eq!(order(&records, &common), ["forge", "bio", "mine", "late"]);
    assert_eq!(urls(&records).len(), 3);
    let ranks = |name: &str| records.origin(&records.get(name)[0]).rank;
    assert_eq!((ranks("forge"), ranks("bio"), ranks("mine")), (0, 1, 2));
    assert!(records.notes().always.iter().any(|note| note.contains("bio is asked, too")), "{:?}", records.notes());
    // The user's order goes first.
    assert_eq!(order(&records_of(directory.path(), &["bio", "forge"]).unwrap(), &common), ["bio", "forge"]);
    assert_eq!(order(&records_of(directory.path(), &["forge"]).unwrap(), &common), ["forge"]);
}

#[test]
fn rings_and_endless_ways_are_told() {
    let ring = directory(&[("mine", "../bio", ""), ("bio", "../mine", "")]);
    let error = shown(&records_of(ring.path(), &["mine"]).unwrap_err());
    assert!(error.contains("goes round in a ring") && error.contains("/mine") && error.contains("/bio"), "{error}");
    let both = directory(&[("mine", "../bio", "../bio"), ("bio", "", "")]);
    assert!(matches!(records_of(both.path(), &["mine"]), Err(ChannelError::Relations { .. })));

    let names: Vec<String> =
        (0..13).map(|index| if index == 0 { "mine".into() } else { format!("c{index}") }).collect();
    let bases: Vec<String> =
        (1..14).map(|index| if index < 13 { format!("../c{index}") } else { String::new() }).collect();
    let way = |length: usize| -> Vec<(&str, &str, &str)> {
        (0..length)
            .map(|index| (names[index].as_str(), if index + 1 < length { bases[index].as_str() } else { "" }, ""))
            .collect()
    };
    assert_eq!(records_of(directory(&way(11)).path(), &["mine"]).unwrap().channels().len(), 11);
    assert!(matches!(records_of(directory(&way(12)).path(), &["mine"]), Err(ChannelError::Depth { most: 10, .. })));
}

#[test]
fn what_leads_nowhere_is_left_out_with_a_note() {
    for reference in ["../nowhere", "bio", "https://evil.example/c", "../"] {
        let directory = directory(&[("mine", reference, ""), ("bio", "", "")]);
        let records = records_of(directory.path(), &["mine"]).unwrap();
        assert_eq!(records.channels().len(), 1, "{reference}");
        assert!(records.notes().always[0].contains(&format!("belongs with `{reference}`")), "{:?}", records.notes());
    }
}

#[test]
fn servers_bring_them_in_too_and_what_they_say_may_change() {
    run(async {
        for form in FORMS {
            let site = Site::start().await;
            site.publish(form, "noarch", &related("mine-1.0-0.conda", &json!({"base": "../c/base", "more": "x"})));
            site.publish(SiteForm::Json, "base/noarch", &repodata("noarch", &[("bio-1.0-0.conda", &[])]));
            let cache = tempfile::tempdir().unwrap();
            let channels = chosen(&[&site.url()], cache.path());
            let common = format!("{}/", site.url());
            for is_offline in [false, false, true] {
                let records = fetch_into(cache.path(), &channels, &["mine", "bio"], is_offline).await.unwrap();
                assert_eq!(order(&records, &common), ["base".to_owned(), site.url()], "{form:?}");
                assert_eq!(urls(&records).len(), 2);
            }
            // What the cache has is too old.
            site.publish(form, "noarch", &related("mine-1.0-0.conda", &json!({})));
            let records = fetch_into(cache.path(), &channels, &["mine", "bio"], false).await.unwrap();
            assert_eq!(order(&records, &common), [site.url()], "{form:?}");
            assert_eq!(urls(&records).len(), 1);
        }
    });
}
