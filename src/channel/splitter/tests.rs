use std::{
    collections::{BTreeMap, BTreeSet},
    io::Cursor,
};

use proptest::prelude::*;

use super::*;
use crate::channel::record_table::RecordTable;

/// Reads a text some bytes at a time.
struct Slowly<'t>(&'t [u8], usize);

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (now, rest) = self.0.split_at(self.1.min(self.0.len()).min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        self.0 = rest;
        Ok(now.len())
    }
}

/// The files of each name, and what is wrong with the first that is left out.
type Names = BTreeMap<String, (Vec<String>, Option<String>)>;

/// These files, and nothing wrong.
fn sound(files: &[&str]) -> (Vec<String>, Option<String>) {
    (files.iter().map(|file| (*file).to_owned()).collect(), None)
}

fn names(cut: Cut) -> Names {
    let read = |(name, block): (String, Vec<u8>)| {
        let block = RecordTable::open(block.into()).unwrap();
        let rows = block.rows();
        assert_eq!(rows.name(), name);
        let files = rows.iter().map(|row| row.file_name()).collect();
        (name, (files, rows.fault().map(|(_, fault)| fault.to_owned())))
    };
    cut.blocks().map(read).collect()
}

fn names_of(json: &str) -> Names {
    names(cut(json.as_bytes(), false, "linux-64").unwrap())
}

fn trouble(json: &str) -> String {
    cut(json.as_bytes(), false, "linux-64").unwrap_err().to_string()
}

/// A file with a record, as it stands in a section.
fn entry(name: &str, version: &str, ending: &str) -> String {
    format!(
        r#""{name}-{version}-0{ending}": {{"name": "{name}", "version": "{version}", "build": "0", "build_number": 0}}"#
    )
}

#[test]
fn sections_may_come_in_any_order_and_unknown_ones_are_passed_over() {
    let packages = format!(r#""packages": {{{}}}"#, entry("a", "1", ".tar.bz2"));
    let conda = format!(r#""packages.conda": {{{}, {}}}"#, entry("b", "1", ".conda"), entry("a", "2", ".conda"));
    let info = r#""info": {"subdir": "linux-64", "base_url": "../x", "more": {"packages": {"y": 1}}}"#;
    let unknown =
        r#""v3": {"a": [{"}": "]"}, "\\\"}", -1.5e3, null, true]}, "repodata_version": 1, "x": "\"", "y": []"#;
    let parts = [packages.as_str(), &conda, info, unknown];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let json = format!("\n{{ {} }} \n", order.map(|part| parts[part]).join(" ,\n"));
        let cut = cut(json.as_bytes(), false, "linux-64").unwrap();
        assert_eq!(cut.info.base_url.as_deref(), Some("../x"));
        let found = names(cut);
        assert_eq!(found["a"], sound(&["a-1-0.tar.bz2", "a-2-0.conda"]), "{json}");
        assert_eq!(found["b"], sound(&["b-1-0.conda"]));
    }
}

#[test]
fn escapes_are_undone_and_names_are_in_lower_case() {
    let json = r#"{"packages": {"\u0041pp-1-\u0030.tar.bz2": {"build": "0", "na\u006de": "App", "version": "1",
        "license": "a \"quoted\" \\ word", "unknown": {"deep": [[{}], "\u00e4}"]}}}}"#;
    assert_eq!(names_of(json)["app"], sound(&["App-1-0.tar.bz2"]));
}

#[test]
fn a_record_that_makes_no_sense_is_left_out_of_its_name() {
    for record in [
        r#"{"name": "bad", "version": "1", "build": "0", "md5": ""}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "constrains": null}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "depends": [3]}"#,
        r#"{"name": "bad", "version": "1..0", "build": "0"}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "size": -1}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "build_number": "0"}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "timestamp": 1.5}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "depends": null}"#,
        r#"{"name": "bad"}"#,
        r#"{"name": "bad", "version": 1, "build": "0"}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "md5": "zz"}"#,
        r#"{"name": "bad", "version": "=", "build": "0"}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "license": "half \ud800"}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "size": 1e999}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "timestamp": -1e999}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "size": NaN, "license": "}"}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "timestamp": -Infinity}"#,
        r#"{"name": "bad", "version": "1", "build": "0", "unknown": [Infinity]}"#,
        &format!(r#"{{"name": "bad", "purls": {}"]"{}}}"#, "[".repeat(5000), "]".repeat(5000)),
        r#"{"name": "bad", "version": "1", "build": "0", "license": "\ud83d\u0041 \"}"}"#,
        "3",
        "null",
        r#"["}", {"a": "]"}]"#,
    ] {
        let others = [entry("bad", "2", ".tar.bz2"), entry("good", "1", ".tar.bz2")].join(", ");
        let found = names_of(&format!(r#"{{"packages": {{"bad-1-0.tar.bz2": {record}, {others}}}}}"#));
        let (files, fault) = &found["bad"];
        assert_eq!(files, &["bad-2-0.tar.bz2"]);
        let is_told = |why: &String| why.starts_with("`bad-1-0.tar.bz2`: ") && !why.contains(" at line ");
        assert!(fault.as_ref().is_some_and(is_told), "{found:?}");
        assert_eq!(found["good"], sound(&["good-1-0.tar.bz2"]), "{record}");
    }
}

#[test]
fn what_the_channel_removed_is_left_out() {
    let json = format!(
        r#"{{"removed": ["a-1-0.conda", "gone-1-0.conda"], "packages.conda": {{{}, {}}}}}"#,
        entry("a", "1", ".conda"),
        entry("a", "2", ".conda")
    );
    let found = names_of(&json);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["a"]);
    assert_eq!(found["a"], sound(&["a-2-0.conda"]));
}

#[test]
fn what_is_of_another_type_beside_the_records_counts_for_nothing() {
    let deep = format!(r#"{{"base_url": {}{}}}"#, "[".repeat(500), "]".repeat(500));
    for beside in [
        r#""info": 3"#,
        r#""info": [{"base_url": "}"}]"#,
        r#""info": {"base_url": 3, "channel_relations": "x"}"#,
        &format!(r#""info": {deep}"#),
        r#""removed": 3"#,
        r#""removed": {"a-1-0.conda": 1}"#,
        r#""removed": [3, null, [["]"]], {"x": "a-1-0.conda"}]"#,
    ] {
        let cut = cut(
            format!(r#"{{{beside}, "packages.conda": {{{}}}}}"#, entry("a", "1", ".conda")).as_bytes(),
            false,
            "noarch",
        );
        let cut = cut.unwrap();
        assert_eq!(cut.info, SubdirInfo::default());
        assert_eq!(names(cut)["a"], sound(&["a-1-0.conda"]), "{beside}");
    }
}

#[test]
fn half_a_character_in_a_file_name_spoils_no_other() {
    let others = entry("a", "1", ".conda");
    let json = format!(
        r#"{{"\udc00": 1, "removed": ["\ud800", "a-2-0.conda"], "packages.conda": {{
            "a-2-\ud800.conda": {{"name": "a", "version": "2", "build": "0"}}, {others}}}}}"#
    );
    let (files, fault) = &names_of(&json)["a"];
    assert_eq!(files, &["a-1-0.conda"]);
    assert!(fault.as_ref().unwrap().starts_with("`a-2-\u{fffd}"), "{fault:?}");
}

#[test]
fn there_are_no_more_names_and_records_than_a_subdir_can_have() {
    let many = |count: usize, entry: &dyn Fn(usize) -> String| {
        let entries = (0..count).map(entry).collect::<Vec<_>>().join(",");
        cut(format!(r#"{{"packages": {{{entries}}}}}"#).as_bytes(), false, "noarch").map(|cut| cut.entries)
    };
    assert_eq!(many(1000, &|it| format!(r#""{it}-1-0.conda":0"#)).unwrap(), 1000);
    let error = many(NAMES + 1, &|it| format!(r#""{it}-1-0.conda":0"#)).unwrap_err();
    assert_eq!(error.to_string(), "it has more than 524288 names of packages");
    let error = many(RECORDS + 1, &|_| r#""":0"#.to_owned()).unwrap_err();
    assert_eq!(error.to_string(), "it has more than 4194304 records");
    let removed = format!(r#"{{"removed": [{}0]}}"#, r#""","#.repeat(RECORDS + 1));
    assert_eq!(trouble(&removed), "it has more than 4194304 records");
    let long = format!(r#"{{"packages": {{"{}-1-0.conda": 0}}}}"#, "x".repeat(300));
    assert!(names_of(&long).is_empty());
}

#[test]
fn an_empty_subdir_is_repodata() {
    for json in [
        "{}",
        r#"{"repodata_version": 1}"#,
        r#"{"packages": {}}"#,
        r#"{"packages.conda": {}, "info": null}"#,
        r#"{"packages": {}, "v3": null}"#,
        r#"{"info": {"subdir": "noarch"}}"#,
        r#"{"x": 1, "v3": {}}"#,
        r#"{"packages": null, "packages.conda": null, "removed": null, "info": null}"#,
    ] {
        assert!(names_of(json).is_empty());
    }
}

#[test]
fn a_file_without_anything_says_that_there_are_no_noarch_packages() {
    for (bytes, is_compressed) in [(&b""[..], false), (b" \n", false), (b"", true)] {
        assert!(names(cut(bytes, is_compressed, "noarch").unwrap()).is_empty(), "{is_compressed}");
        // Of the platform itself it is told, since that can't be meant.
        assert!(cut(bytes, is_compressed, "linux-64").is_err());
    }
    let empty = zstd::encode_all(&b""[..], 3).unwrap();
    assert!(names(cut(Cursor::new(&empty), true, "noarch").unwrap()).is_empty());
}

#[test]
fn what_is_no_repodata_is_told() {
    for json in [
        "",
        " ",
        "<html></html>",
        "null",
        "[]",
        "3",
        r#""packages""#,
        r#"{"message": "not logged in"}"#,
        r#"{"packages": 3}"#,
        r#"{"packages": nul}"#,
        r#"{"packages": []}"#,
        r#"{"packages": {}}}"#,
        r#"{"packages": {}} {}"#,
        r#"{"packages": {},}"#,
        r#"{"packages": {"a-1-0.conda" {}}}"#,
        r#"{"packages": {"a-1-0.conda": {"name": "a" "b"}}}"#,
        r#"{"packages": {3: {}}}"#,
        "{\"packages\": {\"a\u{0}",
    ] {
        let trouble = trouble(json);
        assert!(!trouble.is_empty() && !trouble.contains(" at line "), "{json}: {trouble}");
    }
    assert!(matches!(cut(&b"\xff\xfe{"[..], false, "noarch"), Err(Trouble::Garbage(_))));
    assert!(matches!(cut(&b"not compressed"[..], true, "noarch"), Err(Trouble::Read(_))));
    assert!(matches!(cut(&b""[..], true, "linux-64"), Err(Trouble::Short | Trouble::Read(_))));
}

#[test]
fn characters_may_come_in_two_pieces_and_bytes_that_are_none_are_told() {
    let json = r#"{"packages": {"a-1-0.conda": {"name": "a", "version": "1", "build": "0", "license": "é日🦀"}}}"#;
    let read = |bytes: &[u8], size: usize| {
        let (sender, pieces) = sync_channel(bytes.len());
        deal(bytes, size, &sender);
        drop(sender);
        Cutter::new(Json::new(pieces), "linux-64").run()
    };
    for size in 1..=json.len() {
        let mut cut = read(json.as_bytes(), size).unwrap();
        let block = cut.names.remove("a").unwrap().finish().unwrap();
        assert!(String::from_utf8_lossy(&block).contains("é日🦀"), "{size}");
    }
    let at = json.find('é').unwrap();
    // A byte that begins nothing, and a character that isn't ended.
    for bad in [&b"\xff"[..], b"\xc3", b"\xe6\x97"] {
        let bytes = [&json.as_bytes()[..at], bad, &json.as_bytes()[at..]].concat();
        for size in 1..=bytes.len() {
            assert_eq!(read(&bytes, size).unwrap_err().to_string(), "it isn't UTF-8", "{bad:?} {size}");
        }
        assert!(matches!(read(&bytes[..at + bad.len()], 1 << 20), Err(Trouble::Short | Trouble::Garbage(_))));
    }
    assert!(read(&[json.as_bytes(), b"\xc3"].concat(), 1 << 20).is_err());
}

#[test]
fn cut_off_anywhere_it_is_no_repodata() {
    let json = format!(
        r#"{{"info": {{"base_url": "x"}}, "packages": {{{}, {}}}, "x": [1, "\""]}}"#,
        entry("a", "1", ".tar.bz2"),
        entry("b", "1", ".tar.bz2")
    );
    for end in 0..json.len() {
        assert!(cut(&json.as_bytes()[..end], false, "linux-64").is_err(), "{}", &json[..end]);
    }
    let compressed = zstd::encode_all(json.as_bytes(), 3).unwrap();
    assert_eq!(names(cut(Cursor::new(&compressed), true, "linux-64").unwrap()).len(), 2);
    for end in 0..compressed.len() {
        assert!(cut(&compressed[..end], true, "linux-64").is_err(), "{end}");
    }
}

#[test]
fn later_revisions_are_read_or_noted_wherever_they_stand() {
    let of = |ending: &str, key: &str| entry(key, "1", ending);
    let v3 = format!(
        r#""v3": {{"crate": {{"x": [{{}}]}}, "conda": {{{}}}, "tar.bz2": {{{}}}, "whl": {{{}}}}}"#,
        of("", "a"),
        of("", "b"),
        of("", "c")
    );
    let info = r#""info": {"subdir": "linux-64", "repodata_revisions": {"v3": {}, "v5": {"message": "m"}}}"#;
    let old = format!(r#""packages": {{{}}}"#, of(".tar.bz2", "d"));
    let later = r#""v4": {"conda": {"e-1-0": {}}}, "v": 1, "value": {}"#;
    for parts in [[info, &v3, &old, later], [later, &old, &v3, info]] {
        let cut = cut(format!("{{{}}}", parts.join(", ")).as_bytes(), false, "linux-64").unwrap();
        let revisions: Vec<_> = cut.info.repodata_revisions.keys().map(String::as_str).collect();
        assert_eq!(revisions, ["v3", "v4", "v5"]);
        let nothing = (Vec::new(), None);
        let expected = [
            ("a", sound(&["a-1-0.conda"])),
            ("b", sound(&["b-1-0.tar.bz2"])),
            ("c", nothing),
            ("d", sound(&["d-1-0.tar.bz2"])),
        ];
        assert_eq!(names(cut), expected.map(|(name, it)| (name.to_owned(), it)).into());
    }
}

proptest! {
    #[test]
    fn it_does_not_matter_how_it_arrives(
        versions in prop::collection::btree_map("[a-c]{1,2}", prop::collection::btree_set(0_u8..50, 1..20), 0..8),
        at_once in 1_usize..200,
        piece in 1_usize..200,
    ) {
        let entries: Vec<_> = versions
            .iter()
            .flat_map(|(name, versions)| versions.iter().map(|version| entry(name, &version.to_string(), ".conda")))
            .collect();
        let json = format!(r#"{{"info": {{"subdir": "linux-64"}}, "packages.conda": {{{}}}}}"#, entries.join(", "));
        let files = |name: &str, versions: &BTreeSet<u8>| {
            (versions.iter().map(|version| format!("{name}-{version}-0.conda")).collect(), None)
        };
        let expected: Names =
            versions.iter().map(|(name, versions)| (name.clone(), files(name, versions))).collect();
        prop_assert_eq!(&names_of(&json), &expected);
        let (sender, pieces) = sync_channel(WAITING);
        let slowly = thread::scope(|scope| {
            let json = Slowly(json.as_bytes(), at_once);
            scope.spawn(move || deal(json, piece, &sender));
            Cutter::new(Json::new(pieces), "linux-64").run()
        });
        prop_assert_eq!(&names(slowly.unwrap()), &expected);
    }
}
