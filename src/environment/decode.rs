//! From bytes to text, whatever shell wrote them.
//!
//! `conda env export > environment.yml` is UTF-16 with a byte order mark in Windows PowerShell 5, UTF-8 elsewhere, and
//! an editor may have added a UTF-8 mark or saved the file in the code page of Western Europe.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The text, with `\n` for every line end and neither byte order mark nor trailing NUL.
    pub text: String,
    /// The place of the first byte that isn't UTF-8, where the file was taken for Windows-1252.
    pub guessed_from: Option<usize>,
}

/// Why bytes aren't the text of an environment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotText {
    Empty,
    Binary,
    BrokenUtf16,
}

impl NotText {
    /// What is wrong, and what to do.
    pub(super) fn explain(self) -> (&'static str, &'static str) {
        match self {
            NotText::Empty => ("the file is empty", "write it again with `conda env export > environment.yml`"),
            NotText::Binary => (
                "this is not a text file",
                "give a conda environment file, as `conda env export > environment.yml` writes it",
            ),
            NotText::BrokenUtf16 => {
                ("the UTF-16 text in this file is broken", "write it again, or save it as UTF-8 in an editor")
            }
        }
    }
}

/// Reads the bytes as text.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, NotText> {
    let (text, guessed_from) = match utf16(bytes) {
        Some((encoding, bytes)) => (utf16_text(encoding, bytes)?, None),
        None => text_of_bytes(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))?,
    };
    let text = text.trim_end_matches('\0');
    if text.trim().is_empty() {
        return Err(NotText::Empty);
    }
    if text.contains('\0') {
        return Err(NotText::Binary);
    }
    // A lone carriage return ends a line in YAML, too; progress bars on the console are full of them.
    let before = |offset: usize| text.get(..offset).unwrap_or(text).matches("\r\n").count();
    let guessed_from = guessed_from.map(|offset| offset - before(offset));
    Ok(Decoded { text: text.replace("\r\n", "\n").replace('\r', "\n"), guessed_from })
}

/// The text of a file that stands beside an environment file, written by the same shells; it may be empty.
///
/// # Errors
///
/// Where it is no text: what is wrong.
pub(crate) fn text_of(bytes: &[u8]) -> Result<String, &'static str> {
    match decode(bytes) {
        Ok(decoded) => Ok(decoded.text),
        Err(NotText::Empty) => Ok(String::new()),
        Err(not_text) => Err(not_text.explain().0),
    }
}

/// The UTF-16 encoding that the bytes are in, and the bytes without their mark.
fn utf16(bytes: &[u8]) -> Option<(&'static Encoding, &[u8])> {
    match Encoding::for_bom(bytes) {
        Some((encoding, length)) if encoding == UTF_16LE || encoding == UTF_16BE => {
            bytes.get(length..).map(|text| (encoding, text))
        }
        Some(_) => None,
        None => utf16_by_pattern(bytes).map(|encoding| (encoding, bytes)),
    }
}

/// UTF-16 without a mark gives itself away: in YAML that is mostly ASCII, nearly every second byte is NUL.
fn utf16_by_pattern(bytes: &[u8]) -> Option<&'static Encoding> {
    let pairs = bytes.len().min(1024) / 2;
    let nul_at = |side: usize| bytes.iter().skip(side).step_by(2).take(pairs).filter(|byte| **byte == 0).count();
    let (first, second) = (nul_at(0), nul_at(1));
    let mostly = |nuls: usize| nuls * 10 > pairs * 8;
    match (first, second) {
        (first, second) if mostly(second) && first * 10 < pairs => Some(UTF_16LE),
        (first, second) if mostly(first) && second * 10 < pairs => Some(UTF_16BE),
        _ => None,
    }
}

fn utf16_text(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, NotText> {
    // A NUL byte that some tools append leaves half a character.
    let bytes = if bytes.len() % 2 == 1 { bytes.strip_suffix(b"\0").unwrap_or(bytes) } else { bytes };
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(std::borrow::Cow::into_owned).ok_or(NotText::BrokenUtf16)
}

/// UTF-8, or Windows-1252 where the bytes look like it.
fn text_of_bytes(bytes: &[u8]) -> Result<(String, Option<usize>), NotText> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok((text.to_owned(), None)),
        Err(error) => error,
    };
    let is_text = |byte: &u8| match byte {
        b'\t' | b'\n' | b'\r' => true,
        // The control characters, and the holes in the code page.
        0..0x20 | 0x7f | 0x81 | 0x8d | 0x8f | 0x90 | 0x9d => false,
        _ => true,
    };
    let foreign = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    if foreign * 4 > bytes.len() || !bytes.iter().all(is_text) {
        return Err(NotText::Binary);
    }
    let windows = |bytes| WINDOWS_1252.decode_without_bom_handling(bytes).0;
    let (valid, _) = bytes.split_at(error.valid_up_to());
    let guessed_from = windows(valid).len();
    Ok((windows(bytes).into_owned(), Some(guessed_from)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf16_bytes(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    fn text(bytes: &[u8]) -> String {
        decode(bytes).unwrap().text
    }

    #[test]
    fn every_encoding_of_the_shells_gives_the_same_text() {
        let text_wanted = "name: café\ndependencies:\n  - python\n";
        let little = utf16_bytes(text_wanted, u16::to_le_bytes);
        let big = utf16_bytes(text_wanted, u16::to_be_bytes);
        for bytes in [
            text_wanted.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text_wanted.as_bytes()].concat(),
            [b"\xff\xfe".as_slice(), &little].concat(),
            [b"\xfe\xff".as_slice(), &big].concat(),
            little,
            big,
        ] {
            assert_eq!(decode(&bytes), Ok(Decoded { text: text_wanted.to_owned(), guessed_from: None }));
        }
    }

    #[test]
    fn trailing_nuls_are_dropped_in_every_encoding() {
        assert_eq!(text(b"name: a\n\0\0"), "name: a\n");
        let utf16 = utf16_bytes("name: a\n", u16::to_le_bytes);
        for nuls in 1..4 {
            assert_eq!(text(&[b"\xff\xfe", utf16.as_slice(), &vec![0; nuls]].concat()), "name: a\n");
        }
    }

    #[test]
    fn every_line_end_becomes_a_newline() {
        assert_eq!(text(b"a\r\nb\rc\n"), "a\nb\nc\n");
    }

    #[test]
    fn western_european_text_is_read_and_its_first_odd_byte_named() {
        let decoded = decode(b"a: b\r\nprefix: C:\\Users\\Ren\xe9\\env\n").unwrap();
        assert_eq!(decoded.text, "a: b\nprefix: C:\\Users\\René\\env\n");
        let at = decoded.guessed_from.unwrap();
        assert!(decoded.text[at..].starts_with('é'));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        for bytes in [b"".as_slice(), b"  \n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0\0"] {
            assert_eq!(decode(bytes), Err(NotText::Empty), "{bytes:?}");
        }
        for bytes in [b"PK\x03\x04\x14\0\0\0\x08\0".as_slice(), b"name: a\0b\n", b"\x1f\x8b\x08\xff\xff", b"\xe9\xe8"] {
            assert_eq!(decode(bytes), Err(NotText::Binary), "{bytes:?}");
        }
        assert_eq!(decode(b"\xff\xfea\0\0\xd8b\0"), Err(NotText::BrokenUtf16), "a lone surrogate");
    }

    proptest! {
        #[test]
        fn any_bytes_are_text_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(decoded) = decode(&bytes) {
                prop_assert!(!decoded.text.contains(['\0', '\r']));
                prop_assert!(decoded.guessed_from.is_none_or(|at| decoded.text.is_char_boundary(at)));
            }
        }

        #[test]
        fn utf8_text_comes_back_as_it_was(wanted in "[a-z: é\n-]{1,60}[a-z]") {
            prop_assert_eq!(text(wanted.as_bytes()), wanted);
        }
    }
}
