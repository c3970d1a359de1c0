//! MessagePack, taken apart: the values of a map or a list as they are written, so that one that makes no sense spoils no
//! other.
//!
//! Source of the format: <https://github.com/msgpack/msgpack/blob/master/spec.md>.

use std::io;

use rmp::Marker;

/// The members of a map, of which there may be so many. Nil has none.
///
/// # Errors
///
/// Where it is no map, has too many, or ends too early.
pub(super) fn members(map: &[u8], most: usize) -> io::Result<impl Iterator<Item = io::Result<(&[u8], &[u8])>>> {
    let mut rest = map;
    let length = match marker(&mut rest)? {
        Marker::Null => 0,
        Marker::FixMap(length) => length.into(),
        Marker::Map16 => number(&mut rest, 2)?,
        Marker::Map32 => number(&mut rest, 4)?,
        _ => return Err(io::Error::other("a map was expected")),
    };
    let count = within(length, most)?;
    Ok((0..count).map(move |_| Ok((value(&mut rest)?, value(&mut rest)?))))
}

/// The elements of a list, of which there may be so many. What is no list has none.
///
/// # Errors
///
/// Where it has too many, or ends too early.
pub(super) fn elements(list: &[u8], most: usize) -> io::Result<impl Iterator<Item = io::Result<&[u8]>>> {
    let mut rest = list;
    let length = match marker(&mut rest)? {
        Marker::FixArray(length) => length.into(),
        Marker::Array16 => number(&mut rest, 2)?,
        Marker::Array32 => number(&mut rest, 4)?,
        _ => 0,
    };
    let count = within(length, most)?;
    Ok((0..count).map(move |_| value(&mut rest)))
}

/// The text that a value is; `None` where it is none.
pub(super) fn text(value: &[u8]) -> Option<&str> {
    rmp_serde::from_slice(value).ok()
}

fn within(length: u64, most: usize) -> io::Result<u64> {
    if length > most as u64 { Err(io::Error::other(format!("it has more than {most} entries"))) } else { Ok(length) }
}

/// Takes the value that the bytes begin with, however deep it is.
fn value<'a>(rest: &mut &'a [u8]) -> io::Result<&'a [u8]> {
    let all = *rest;
    let mut open: u64 = 1;
    while open > 0 {
        // What the value has beside its marker: other values, and bytes.
        let (values, bytes) = match marker(rest)? {
            Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::True | Marker::False | Marker::Reserved => {
                (0, 0)
            }
            Marker::U8 | Marker::I8 => (0, 1),
            Marker::U16 | Marker::I16 | Marker::FixExt1 => (0, 2),
            Marker::FixExt2 => (0, 3),
            Marker::U32 | Marker::I32 | Marker::F32 => (0, 4),
            Marker::FixExt4 => (0, 5),
            Marker::U64 | Marker::I64 | Marker::F64 => (0, 8),
            Marker::FixExt8 => (0, 9),
            Marker::FixExt16 => (0, 17),
            Marker::FixStr(length) => (0, length.into()),
            Marker::Str8 | Marker::Bin8 => (0, number(rest, 1)?),
            Marker::Str16 | Marker::Bin16 => (0, number(rest, 2)?),
            Marker::Str32 | Marker::Bin32 => (0, number(rest, 4)?),
            Marker::Ext8 => (0, number(rest, 1)? + 1),
            Marker::Ext16 => (0, number(rest, 2)? + 1),
            Marker::Ext32 => (0, number(rest, 4)? + 1),
            Marker::FixArray(length) => (length.into(), 0),
            Marker::Array16 => (number(rest, 2)?, 0),
            Marker::Array32 => (number(rest, 4)?, 0),
            Marker::FixMap(length) => (2 * u64::from(length), 0),
            Marker::Map16 => (2 * number(rest, 2)?, 0),
            Marker::Map32 => (2 * number(rest, 4)?, 0),
        };
        take(rest, bytes)?;
        open = (open - 1).saturating_add(values);
    }
    Ok(all.get(..all.len() - rest.len()).unwrap_or_default())
}

fn marker(rest: &mut &[u8]) -> io::Result<Marker> {
    let first = take(rest, 1)?.first().copied().unwrap_or_default();
    Ok(Marker::from_u8(first))
}

/// A number of so many bytes, the highest first.
fn number(rest: &mut &[u8], bytes: u64) -> io::Result<u64> {
    Ok(take(rest, bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn take<'a>(rest: &mut &'a [u8], bytes: u64) -> io::Result<&'a [u8]> {
    let split = usize::try_from(bytes).ok().and_then(|bytes| rest.split_at_checked(bytes));
    let (taken, left) = split.ok_or_else(|| io::Error::other("it ends too early"))?;
    *rest = left;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use rmp::encode;
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_all_kinds_are_taken_as_they_are_written() {
        let text = "x".repeat(70_000);
        let many = |length: usize| json!(vec![1; length]);
        let map = |length: usize| (0..length).map(|it| (it.to_string(), json!(it))).collect::<serde_json::Map<_, _>>();
        let values = json!([
            null,
            true,
            1,
            -1,
            200,
            60_000,
            70_000,
            1_u64 << 40,
            -100,
            -30_000,
            -70_000,
            i64::MIN,
            1.5,
            "a",
            text[..100],
            text[..300],
            text,
            many(3),
            many(20),
            many(70_000),
            map(3),
            map(20),
            map(70_000),
        ]);
        let bytes = rmp_serde::to_vec(&values).unwrap();
        let taken = elements(&bytes, 30).unwrap().map(|value| rmp_serde::from_slice(value.unwrap()).unwrap());
        assert_eq!(serde_json::Value::Array(taken.collect()), values);
        let mut others = Vec::new();
        encode::write_array_len(&mut others, 10).unwrap();
        encode::write_f32(&mut others, 1.5).unwrap();
        for length in [1, 2, 4, 8, 16, 3, 300, 70_000] {
            encode::write_ext_meta(&mut others, length, 5).unwrap();
            others.extend(vec![0; length as usize]);
        }
        encode::write_bin(&mut others, &[0; 300]).unwrap();
        assert_eq!(elements(&others, 10).unwrap().filter_map(Result::ok).count(), 10);
        for end in 0..others.len() {
            let all = elements(&others[..end], 10).and_then(Iterator::collect::<io::Result<Vec<_>>>);
            assert!(all.is_err(), "{end}");
        }
    }

    #[test]
    fn what_is_deep_or_claims_much_is_taken_or_refused_without_harm() {
        let deep = [&[0x81, 0xa1, b'a'][..], &vec![0x91; 1 << 20], &[0xc0]].concat();
        let (key, value) = members(&deep, 1).unwrap().next().unwrap().unwrap();
        assert_eq!((text(key), value.len()), (Some("a"), (1 << 20) + 1));
        let huge = [0x81, 0xa1, b'a', 0xdf, 0xff, 0xff, 0xff, 0xff];
        assert!(members(&huge, 1).unwrap().next().unwrap().is_err());
        let error = members(&huge[3..], 1000).err().unwrap();
        assert_eq!(error.to_string(), "it has more than 1000 entries");
        assert!(members(&[0x90], 1).is_err() && elements(&[0x80], 1).unwrap().next().is_none());
    }
}
