use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{
    lockfile::{
        self, Artifact, LockedVersion, Lockfile, Manager,
        diff::{diff, entries},
        testing::{lock_of, record},
    },
    report::{Report, Why, testing},
};

/// The packages of the report of the tests, and one that needs them.
fn lock() -> Lockfile {
    let mut lock = lock_of(
        vec![
            record("icu-58.2-hf484d3e_1000", "linux-64", &[], "ab"),
            record("numpy-1.15.3-py36_0", "linux-64", &["openblas >=0.3.3", "python"], "ab"),
            record("openblas-0.3.3-h9ac9557_1001", "linux-64", &["icu"], "ab"),
            record("python-3.6.7-h0371630_0", "linux-64", &["__glibc >=2.17"], "ab"),
        ],
        &[],
    );
    for (package, size) in lock.packages_mut().iter_mut().zip([Some(3_000_000), Some(2_000_000), None, Some(5_000_000)])
    {
        package.size = size;
    }
    lock
}

fn of(report: &Report, lock: &Lockfile, dockerfile: &str) -> String {
    conversion(&Conversion { report, lock, dockerfile, files: &["Dockerfile", "envlock.sh"] })
}

/// What another reader of HTML finds: each element with the names of its attributes.
fn read(page: &str) -> Vec<(String, Vec<String>)> {
    let page = without_our_own(page);
    let document = tl::parse(&page, tl::ParserOptions::default()).unwrap();
    let mut found = Vec::new();
    for node in document.nodes() {
        if let Some(tag) = node.as_tag() {
            let attributes = tag.attributes().iter().map(|(name, _)| name.into_owned()).collect();
            found.push((tag.name().as_utf8_str().into_owned(), attributes));
        }
    }
    found
}

/// The page without style and script, in which that reader would see elements.
fn without_our_own(page: &str) -> String {
    page.replacen(STYLE, "", 1).replacen(SCRIPT, "", 1)
}

/// The ends that links lead to, and the places that there are.
fn targets(page: &str) -> (BTreeSet<String>, Vec<String>) {
    let page = without_our_own(page);
    let document = tl::parse(&page, tl::ParserOptions::default()).unwrap();
    let value = |name: &str, tag: &tl::HTMLTag| Some(tag.attributes().get(name)??.as_utf8_str().into_owned());
    let tags: Vec<&tl::HTMLTag> = document.nodes().iter().filter_map(tl::Node::as_tag).collect();
    let links = tags.iter().filter_map(|tag| value("href", tag)?.strip_prefix('#').map(str::to_owned)).collect();
    (links, tags.iter().filter_map(|tag| value("id", tag)).collect())
}

#[test]
fn every_link_leads_somewhere_and_every_place_is_one() {
    let page = of(&testing::report(), &lock(), "FROM x\n");
    let (links, places) = targets(&page);
    let known: BTreeSet<String> = places.iter().cloned().collect();
    assert_eq!(known.len(), places.len(), "{places:?}");
    assert_eq!(links.difference(&known).collect::<Vec<_>>(), [""; 0]);
    for package in ["conda-icu", "conda-numpy", "conda-appnope", "conda-libcxx"] {
        assert!(links.contains(package), "{package}");
    }
}

#[test]
fn what_moved_is_told_with_its_reason_and_who_stands_against_it() {
    let mut report = testing::report();
    let openblas = report.pins.iter_mut().find(|it| it.name == "openblas").unwrap();
    openblas.reason = Some(Why {
        code: "conflict",
        text: "numpy 1.15.3 needs openblas >=0.3.3".to_owned(),
        because: vec!["numpy 1.15.3".to_owned(), "icu 58.2".to_owned()],
        tree: Some("a\n└─ b".to_owned()),
    });
    let page = of(&report, &lock(), "FROM x\n");
    let expected = "<td data-title=\"Why\"><a href=\"#conda-numpy\">numpy</a> 1.15.3 needs \
                    <a href=\"#conda-openblas\">openblas</a> &gt;=0.3.3 (because of <a href=\"#conda-icu\">icu 58.2</a>)\
                    <details><summary>The whole conflict</summary><pre class=\"tree\">a\n└─ b</pre></details></td>";
    assert!(page.contains(expected), "{page}");
}

#[test]
fn the_policy_names_the_script_that_stands_there() {
    let page = of(&testing::report(), &lock(), "FROM x\n");
    assert_eq!(page, of(&testing::report(), &lock(), "FROM x\n"), "the same input gives the same bytes");
    let (head, rest) = page.split_once("script-src &#39;sha256-").unwrap();
    assert!(head.contains("default-src &#39;none&#39;"));
    let hash = rest.split("&#39;").next().unwrap();
    let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    assert_eq!(STANDARD.decode(hash).unwrap(), Sha256::digest(script).as_slice());
    for (text, end) in [(SCRIPT, "</script"), (STYLE, "</style")] {
        assert!(!text.to_lowercase().contains(end) && !text.contains("http") && !text.contains("url("), "{end}");
    }
    assert!(!page.contains("src=\"") && !page.contains("<link"), "something is asked for");
}

#[test]
fn two_locks_are_compared() {
    let before = lock();
    let mut after = lock();
    after.packages_mut().remove(0);
    after.packages_mut()[0].version = LockedVersion::new(Manager::Conda, "1.16.0").unwrap();
    let (earlier, later) = (entries(&before), entries(&after));
    let changes = diff(&earlier, &later);
    let side = |title, lock, entries| Compared { title, entries, lock: Some(lock) };
    let page = comparison(&Comparison {
        before: side("old", &before, &earlier),
        after: side("new", &after, &later),
        changes: &changes,
        other: &[("base image", "a", "b")],
        download: 2_000_000,
    });
    let (links, places) = targets(&page);
    assert!(links.is_subset(&places.into_iter().collect()));
    assert!(page.contains("class=\"node removed\"") && page.contains(" up\" data-n="), "{page}");
    assert!(page.contains("<td data-title=\"Before\">1.15.3</td><td data-title=\"After\">1.16.0</td>"));
    // openblas needed it before, and does so now: what is gone is still joined with those who needed it.
    assert!(page.contains("old: 4 packages, 10.0 MB") && page.contains("new: 3 packages, 7.0 MB"), "{page}");
}

/// Texts that mean something in HTML, JSON, CSS and scripts.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("</script>"),
        Just("<script>alert(1)</script>"),
        Just("<img src=x onerror=alert(1)>"),
        Just("\"onload=\"x"),
        Just("'"),
        Just("\""),
        Just("<!--"),
        Just("-->"),
        Just("]]>"),
        Just("</style>"),
        Just("&lt;"),
        Just("javascript:x"),
        Just("\u{202e}"),
        Just("\0"),
        Just("\n"),
        Just("`"),
        Just("a"),
        Just(" "),
        Just("needs"),
        Just("</details></table>"),
        Just("\\u003c"),
        Just("{{"),
        Just("é漢"),
    ];
    proptest::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn hostile_words_become_no_markup(texts in proptest::collection::vec(hostile(), 12)) {
        const ELEMENTS: &str = "html head meta title style body a header h1 p nav ul li main section h2 h3 strong span div dl dt \
            dd details summary table caption thead tbody tr th td code label input button svg g path rect text b pre ol footer \
            script";
        const ATTRIBUTES: &str = "lang charset http-equiv content name class href id aria-label aria-labelledby aria-hidden \
            tabindex style scope data-title type for autocomplete hidden role viewBox width height d data-f data-t x y rx data-n \
            title placeholder data-zoom data-copy";
        let (mut report, mut lock) = (testing::report(), lock());
        report.file.clone_from(&texts[0]);
        report.name = Some(texts[1].clone());
        report.channels = vec![texts[2].clone()];
        report.notes = vec![texts[3].clone()];
        for pin in &mut report.pins {
            pin.text.clone_from(&texts[4]);
            pin.wanted.clone_from(&texts[5]);
            if let Some(why) = &mut pin.reason {
                why.text.clone_from(&texts[6]);
                why.because = vec![texts[7].clone(), "numpy 1".to_owned()];
                why.tree = Some(texts[6].clone());
            }
            if pin.version.is_none() {
                pin.name.clone_from(&texts[8]);
            }
        }
        for line in &mut report.pip.pins {
            line.text.clone_from(&texts[9]);
            line.reason = Some(texts[6].clone());
        }
        let packages = lock.packages_mut();
        // Their names and versions are read by their managers' rules, which let none of this in.
        packages[1].dependencies.insert(texts[10].clone(), texts[9].clone());
        packages[2].artifact = Artifact::pip("https://host/a%3Cb.whl", &"ab".repeat(32)).unwrap();
        let page = of(&report, &lock, &texts.concat());
        let found = read(&page);
        for (name, attributes) in &found {
            prop_assert!(ELEMENTS.split_whitespace().any(|it| it == name), "{name}");
            for attribute in attributes {
                prop_assert!(ATTRIBUTES.split_whitespace().any(|it| it == attribute), "{name} {attribute}");
            }
        }
        for (name, count) in [("script", 2), ("style", 1), ("body", 1), ("main", 1), ("html", 1)] {
            prop_assert_eq!(found.iter().filter(|(it, _)| it == name).count(), count);
        }
        let (links, places) = targets(&page);
        let places: BTreeSet<String> = places.into_iter().collect();
        prop_assert!(links.is_subset(&places), "{:?}", links.difference(&places).collect::<Vec<_>>());
        // The data is what it was.
        let json = page.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
        let data: serde_json::Value = serde_json::from_str(json).unwrap();
        let mut names = data["packages"].as_array().unwrap().iter().filter_map(|it| it["name"].as_str());
        prop_assert!(names.any(|name| name == texts[8]), "{}", data["packages"]);
        prop_assert_eq!(lock.packages()[2].manager(), Manager::Pip);
    }
}

#[test]
fn four_hundred_packages_make_no_megabyte() {
    let depends: Vec<String> = (0..400).map(|at| format!("p{at}")).collect();
    let records = (0..400).map(|at| {
        let needs: Vec<&str> = (1..9).filter_map(|by| depends.get(at + by * by).map(String::as_str)).collect();
        record(&format!("p{at}-1.{at}-0"), "linux-64", &needs, "ab")
    });
    let lock = lock_of(records.collect(), &[]);
    let page = of(&testing::report(), &lock, "FROM x\n");
    assert!(page.len() < 1_000_000, "{}", page.len());
    assert_eq!(lockfile::diff::entries(&lock).len(), 400);
}
