//! What is made of any bytes that a server or the cache may have in the place of records.

use bytes::Bytes;

use super::{
    index_file::IndexFile, made::RepodataSource, record_table::RecordTable, records::RecordOrigin, server,
    splitter::cut,
};

pub(crate) fn repodata(bytes: &[u8]) {
    if let Ok(cut) = cut(bytes, false, "linux-64") {
        for (name, block) in cut.blocks() {
            let table = RecordTable::open(block.into());
            look_at(&table.unwrap_or_else(|| panic!("{name} has no record table")));
        }
    }
}

pub(crate) fn shard(bytes: &[u8]) {
    if let Ok(Some(block)) = server::block_of_shard(bytes, "zlib", "linux-64") {
        look_at(&RecordTable::open(block.into()).unwrap_or_else(|| panic!("a shard has no record table")));
    }
}

pub(crate) fn record_table(bytes: &[u8]) {
    if let Some(table) = RecordTable::open(Bytes::copy_from_slice(bytes)) {
        look_at(&table);
    }
}

pub(crate) fn index_file(bytes: &[u8]) {
    let Some(file) = IndexFile::of_bytes(IndexFile::with_checksum(bytes).into()) else { return };
    _ = file.made::<RepodataSource>();
    for name in ["", "numpy", "zlib"] {
        let part = file.get(name);
        assert!(file.holds(name) || matches!(part, Ok(None)), "{name}");
        if let Ok(Some(part)) = part {
            record_table(&part);
        }
    }
}

/// Reads all of a record table.
fn look_at(table: &RecordTable) {
    let origin = RecordOrigin {
        channel: url("https://host/c/"),
        rank: 0,
        subdir: "linux-64".to_owned(),
        base: url("https://host/c/linux-64/"),
    };
    let rows = table.rows();
    for (version, range) in rows.versions() {
        assert!(range.end <= rows.len(), "{version}");
    }
    for row in rows.iter() {
        _ = (row.version(), row.build(), row.timestamp(), row.file_name());
        _ = (row.depends().count(), row.constrains().count());
        _ = row.record(&origin);
    }
}

fn url(text: &str) -> url::Url {
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}
