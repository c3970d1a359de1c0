//! JSON that arrives piece by piece, read value by value.

use std::{fmt, io, str, sync::mpsc::Receiver};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Visitor},
};

use super::Trouble;
use crate::{base::text::Text, channel::record_table::RawRecord, limits::VALUE};

/// Some bytes of a text, or why there are no more.
pub(super) type Piece = io::Result<Vec<u8>>;

/// The part of a JSON text that is at hand and not read yet.
pub(super) struct Json {
    pieces: Receiver<Piece>,
    /// Text, since the parser would look at each string of bytes alone whether it is one.
    buffer: String,
    /// Where the part begins that isn't read yet.
    start: usize,
    /// The bytes of a character whose others come with the next piece.
    half: Vec<u8>,
}

impl Json {
    /// A text that arrives in pieces.
    pub(super) fn new(pieces: Receiver<Piece>) -> Self {
        Self { pieces, buffer: String::new(), start: 0, half: Vec::new() }
    }

    /// Takes a byte that must come next, but for white space.
    pub(super) fn expect(&mut self, wanted: u8) -> Result<(), Trouble> {
        let found = self.peek()?;
        if found == wanted {
            self.start += 1;
            return Ok(());
        }
        let [wanted, found] = [wanted, found].map(u8::escape_ascii);
        Err(Trouble::Garbage(format!("`{wanted}` was expected, but `{found}` is there")))
    }

    /// Whether an object or an array that was opened, and ends so, has another member. Takes the comma before it, or the end.
    pub(super) fn has_another(&mut self, end: u8, is_first: bool) -> Result<bool, Trouble> {
        if self.peek()? == end {
            self.start += 1;
            return Ok(false);
        }
        if !is_first {
            self.expect(b',')?;
        }
        Ok(true)
    }

    /// Reads the name of a member, and the colon behind it.
    pub(super) fn key(&mut self, key: &mut String) -> Result<(), Trouble> {
        self.text(key)?;
        self.expect(b':')
    }

    /// Reads a text. In the place of half a character stands the mark of what is none.
    pub(super) fn text(&mut self, into: &mut String) -> Result<(), Trouble> {
        into.clear();
        self.read(|text| match first::<Text>(text) {
            Ok((text, end)) => {
                into.push_str(&text);
                Ok(((), end))
            }
            Err(error) if is_half_a_character(&error) => {
                let (Lossy(text), end) = first(text)?;
                into.push_str(&text);
                Ok(((), end))
            }
            Err(error) => Err(error),
        })
    }

    /// Whether this comes next, but for white space.
    pub(super) fn is_next(&mut self, wanted: u8) -> Result<bool, Trouble> {
        Ok(self.peek()? == wanted)
    }

    /// Whether `null` comes next, which is taken then.
    pub(super) fn takes_null(&mut self) -> Result<bool, Trouble> {
        if !self.is_next(b'n')? {
            return Ok(false);
        }
        self.read(|text| first::<()>(text)).map(|()| true)
    }

    /// Reads a value whole; `None` where it is something else than what is expected, and is passed over.
    pub(super) fn value<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Trouble> {
        let value = self.read(|text| match first(text) {
            Ok((value, end)) => Ok((Some(value), end)),
            Err(error) if is_of_value(&error) => Ok((None, 0)),
            Err(error) => Err(error),
        })?;
        if value.is_none() {
            self.skip()?;
        }
        Ok(value)
    }

    /// Reads a record where it is; one that makes no sense is passed over.
    pub(super) fn record(
        &mut self,
        mut then: impl FnMut(Result<RawRecord, String>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let (makes_sense, done) = self.read(|text| match first(text) {
            Ok((record, end)) => Ok(((true, then(Ok(record))), end)),
            Err(error) if is_of_value(&error) => Ok(((false, then(Err(said(&error)))), 0)),
            Err(error) => Err(error),
        })?;
        done?;
        if makes_sense { Ok(()) } else { self.skip() }
    }

    /// Parses what is at hand, again with more of it as long as it ends too early. The parser says where it ended.
    fn read<T>(&mut self, mut parse: impl FnMut(&str) -> Result<(T, usize), serde_json::Error>) -> Result<T, Trouble> {
        loop {
            match parse(self.rest()) {
                Ok((value, end)) => {
                    self.start += end;
                    return Ok(value);
                }
                Err(error) if error.is_eof() => self.more()?,
                Err(error) => return Err(Trouble::Garbage(said(&error))),
            }
        }
    }

    /// Passes a value over.
    pub(super) fn skip(&mut self) -> Result<(), Trouble> {
        let (mut depth, mut is_quoted, mut is_escaped) = (0_usize, false, false);
        loop {
            while let Some(byte) = self.buffer.as_bytes().get(self.start) {
                match byte {
                    _ if is_escaped => is_escaped = false,
                    b'\\' if is_quoted => is_escaped = true,
                    b'"' => is_quoted = !is_quoted,
                    _ if is_quoted => {}
                    b'{' | b'[' => depth += 1,
                    // What comes after a bare value belongs to what it is part of.
                    b',' | b'}' | b']' if depth == 0 => return Ok(()),
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                self.start += 1;
            }
            self.more()?;
        }
    }

    /// Whether nothing but white space is left.
    pub(super) fn is_over(&mut self) -> Result<bool, Trouble> {
        match self.peek() {
            Ok(_) => Ok(false),
            Err(Trouble::Short) => Ok(self.half.is_empty()),
            Err(trouble) => Err(trouble),
        }
    }

    /// What is at hand and hasn't been read.
    fn rest(&self) -> &str {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// The next byte that isn't white space.
    fn peek(&mut self) -> Result<u8, Trouble> {
        loop {
            match self.rest().bytes().enumerate().find(|(_, byte)| !byte.is_ascii_whitespace()) {
                Some((blanks, byte)) => {
                    self.start += blanks;
                    return Ok(byte);
                }
                None => self.more()?,
            }
        }
    }

    /// Gets the next piece, or several where what isn't read yet is long, lest that be parsed too often.
    fn more(&mut self) -> Result<(), Trouble> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let before = self.buffer.len();
        VALUE.check(before).map_err(Trouble::Read)?;
        while self.buffer.len() <= 2 * before {
            match self.pieces.recv() {
                Ok(piece) => self.add(piece.map_err(Trouble::Read)?)?,
                Err(_) if self.buffer.len() == before => return Err(Trouble::Short),
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Adds a piece to what is at hand. It may end in the midst of a character.
    fn add(&mut self, mut piece: Vec<u8>) -> Result<(), Trouble> {
        if !self.half.is_empty() {
            self.half.append(&mut piece);
            piece = std::mem::take(&mut self.half);
        }
        match str::from_utf8(&piece) {
            Ok(text) => self.buffer.push_str(text),
            Err(error) if error.error_len().is_none() => {
                let (text, half) = piece.split_at(error.valid_up_to());
                self.buffer.push_str(str::from_utf8(text).unwrap_or_default());
                self.half = half.to_vec();
            }
            Err(_) => return Err(Trouble::Garbage("it isn't UTF-8".to_owned())),
        }
        Ok(())
    }
}

/// The value that a text begins with, and where it ends.
fn first<'t, T: Deserialize<'t>>(text: &'t str) -> Result<(T, usize), serde_json::Error> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    match values.next() {
        Some(value) => value.map(|value| (value, values.byte_offset())),
        // Only white space: what an empty text gives is the error that says so.
        None => serde_json::from_str("").map(|value| (value, 0)),
    }
}

/// What the parser says of numbers without end, of `NaN` and `-Infinity`, which Python writes, and of what is too deep.
const EXTREMES: [&str; 4] = ["number out of range", "expected value", "invalid number", "recursion limit exceeded"];

/// Whether a value isn't what is expected, while its end can be found all the same.
fn is_of_value(error: &serde_json::Error) -> bool {
    error.is_data() || is_half_a_character(error) || EXTREMES.contains(&said(error).as_str())
}

/// Whether a string has one half of a surrogate pair, which JSON's grammar allows (RFC 8259, section 8.2), and which is no text.
fn is_half_a_character(error: &serde_json::Error) -> bool {
    ["lone leading surrogate in hex escape", "unexpected end of hex escape"].contains(&said(error).as_str())
}

/// What a parser says, without the place, which is counted from the start of a record.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(said, _)| said).to_owned()
}

/// A text in which half a character may stand.
struct Lossy(String);

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfBytes;
        impl Visitor<'_> for OfBytes {
            type Value = Lossy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Lossy, E> {
                Ok(Lossy(String::from_utf8_lossy(bytes).into_owned()))
            }
        }
        deserializer.deserialize_bytes(OfBytes)
    }
}
