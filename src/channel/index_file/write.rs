//! Writing an index file.

use std::io::{self, Seek, SeekFrom, Write};

use serde::Serialize;
use zerocopy::IntoBytes;

use super::{IndexHead, MAGIC, NameEntry, VERSION};

/// Writes an index file, part by part.
pub(in crate::channel) struct PackWriter<W> {
    output: W,
    end: u64,
    entries: Vec<NameEntry>,
    names: String,
}

impl<W: Write + Seek> PackWriter<W> {
    /// Begins an index file at the start of an output.
    ///
    /// # Errors
    ///
    /// Where it can't be written to, as below.
    pub(in crate::channel) fn new(mut output: W) -> io::Result<Self> {
        // The head comes last: what is cut off has none.
        output.write_all(&[0; size_of::<IndexHead>()])?;
        Ok(Self { output, end: size_of::<IndexHead>() as u64, entries: Vec::new(), names: String::new() })
    }

    /// Adds a part. The names must come in order, and each once.
    pub(in crate::channel) fn add(&mut self, name: &str, part: &[u8]) -> io::Result<()> {
        self.names.push_str(name);
        self.entries.push(NameEntry {
            name_end: number(self.names.len())?.into(),
            length: number(part.len())?.into(),
            offset: self.end.into(),
            checksum: crc32fast::hash(part).into(),
        });
        self.end += part.len() as u64;
        self.output.write_all(part)
    }

    /// Ends the index file, and says what it was made from.
    pub(in crate::channel) fn finish(mut self, made: &impl Serialize) -> io::Result<W> {
        let made = serde_json::to_vec(made)?;
        let directory = [self.entries.as_bytes(), self.names.as_bytes(), &made].concat();
        self.output.write_all(&directory)?;
        let head = IndexHead {
            magic: MAGIC,
            version: VERSION.into(),
            names: number(self.entries.len())?.into(),
            names_len: number(self.names.len())?.into(),
            made_len: number(made.len())?.into(),
            directory: self.end.into(),
            checksum: crc32fast::hash(&directory).into(),
        };
        self.output.seek(SeekFrom::Start(0))?;
        self.output.write_all(head.as_bytes())?;
        self.output.flush()?;
        Ok(self.output)
    }
}

fn number(number: usize) -> io::Result<u32> {
    u32::try_from(number).map_err(io::Error::other)
}
