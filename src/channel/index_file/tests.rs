use std::{fs, io::Cursor};

use super::*;

const PARTS: [(&str, &[u8]); 4] = [("a", b"first"), ("a-b", b""), ("b", b"second"), ("zlib", &[7; 300])];
const NAMES: [&str; 8] = ["", "a", "a-", "a-b", "b", "c", "zlib", "zzz"];

fn written(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = PackWriter::new(Cursor::new(Vec::new())).unwrap();
    for (name, part) in parts {
        writer.add(name, part).unwrap();
    }
    writer.finish(&"made of this").unwrap().into_inner()
}

fn expected(name: &str) -> Option<&'static [u8]> {
    PARTS.iter().find(|part| part.0 == name).map(|part| part.1)
}

/// The index file in these bytes, and the same in a file.
fn both(bytes: &[u8]) -> [Option<IndexFile>; 2] {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    [IndexFile::of_bytes(bytes.to_vec().into()), IndexFile::open(file.reopen().unwrap())]
}

#[test]
fn every_part_is_found_and_nothing_else() {
    for pack in both(&written(&PARTS)) {
        let pack = pack.unwrap();
        assert_eq!(pack.made::<String>().as_deref(), Some("made of this"));
        assert_eq!(pack.made::<u32>(), None);
        for name in NAMES {
            assert_eq!(pack.get(name).unwrap().as_deref(), expected(name), "{name}");
            assert_eq!(pack.holds(name), expected(name).is_some(), "{name}");
        }
    }
}

#[test]
fn a_pack_may_have_no_parts() {
    for pack in both(&written(&[])) {
        assert_eq!(pack.unwrap().get("a"), Ok(None));
    }
}

#[test]
fn damage_is_noticed_wherever_it_is() {
    let whole = written(&PARTS);
    let head = size_of::<IndexHead>();
    let parts = head..head + PARTS.iter().map(|part| part.1.len()).sum::<usize>();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        for pack in both(&bytes) {
            assert_eq!(pack.is_some(), parts.contains(&at), "a pack with a wrong byte at {at}");
            let Some(pack) = pack else { continue };
            let damaged = NAMES.iter().filter(|name| pack.get(name) == Err(Damaged)).count();
            assert_eq!(damaged, 1, "a wrong byte at {at}");
            assert!(
                NAMES
                    .iter()
                    .all(|name| pack.get(name).is_err() || pack.get(name).unwrap().as_deref() == expected(name))
            );
        }
    }
}

#[test]
fn what_is_cut_off_is_no_pack() {
    let whole = written(&PARTS);
    for end in 0..whole.len() {
        assert!(both(&whole[..end]).iter().all(Option::is_none), "{end}");
    }
    assert!(both(&[whole, b"x".to_vec()].concat()).iter().all(Option::is_none));
}
