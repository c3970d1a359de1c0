//! Making a record table of records.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt::Display,
    str::FromStr,
};

use foldhash::fast::FixedState;
use rattler_conda_types::{Version, package::BuildString};
use zerocopy::IntoBytes;

use crate::limits::{SPEC, WORD};

use super::{
    Bucket, CONDA, HAS_ADDITION, HAS_MD5, HAS_SHA256, NO_SIZE, NO_TIME, REVISION_3, RawAddition, RawRecord, RawRow,
    TableHead,
    pool::{Pool, count},
};

/// The two kinds of archives that conda installs.
const ENDINGS: [(&str, u8); 2] = [(".conda", CONDA), (".tar.bz2", 0)];

/// What tells a row from others: its version, its build, its file and its flags.
type RowKey = (u32, u32, u32, u8);

/// A wheel, as far as it is kept.
#[derive(Debug)]
struct RawWheel {
    version: Box<str>,
    url: Box<str>,
    sha256: Option<[u8; 32]>,
    /// Since when it has been there, in milliseconds since 1970.
    time: Option<i64>,
    depends: Vec<Box<str>>,
}

/// Collects the records of one name.
#[derive(Debug)]
pub(crate) struct RecordTableBuilder {
    rows: Vec<RawRow>,
    additions: HashMap<RowKey, RawAddition, FixedState>,
    lists: Pool<u32>,
    texts: Pool<u8>,
    removed: Vec<Box<str>>,
    /// Wheels, by their files.
    wheels: BTreeMap<Box<str>, RawWheel>,
    /// The first of the records that make no sense.
    fault: u32,
    faults: u32,
    /// The numbers of a list, and the text of [`RawRecord::extra`], while they are made: records come by the million.
    list: Vec<u32>,
    extra: Vec<u8>,
}

impl RecordTableBuilder {
    /// A record table without records, for a normalised name.
    pub(crate) fn new(name: &str) -> Self {
        let mut builder = Self {
            rows: Vec::new(),
            additions: HashMap::default(),
            lists: Pool::new(),
            texts: Pool::new(),
            removed: Vec::new(),
            wheels: BTreeMap::new(),
            fault: 0,
            faults: 0,
            list: Vec::new(),
            extra: Vec::new(),
        };
        builder.list([]);
        builder.text("");
        builder.text(name);
        builder
    }

    /// Adds a record that a bucket of a subdir lists under this key. One that says that it is for another platform is
    /// left out, and so is what is no archive of conda's. The file must be called after what is in it, so that it can
    /// be nowhere else than beside the others.
    pub(crate) fn push(&mut self, bucket: Bucket, key: &str, subdir: &str, record: &RawRecord) {
        let file = &*bucket.file(key);
        let is_foreign = |own: &str| !own.is_empty() && own != subdir && own != "noarch";
        if record.subdir.as_ref().is_some_and(|own| is_foreign(&own.0)) {
            return;
        }
        if bucket == Bucket::Wheels {
            let url = record.url.as_ref().map(|url| &*url.0).filter(|url| url.len() <= SPEC).unwrap_or(file);
            if record.depends.iter().any(|text| text.0.len() > SPEC) {
                return self.fail(file, "a dependency of it has no end");
            }
            let wheel = RawWheel {
                version: (&*record.version.0).into(),
                url: url.into(),
                sha256: record.sha256(),
                // Where it isn't known, channels of wheels write 0.
                time: record.indexed().or(record.built()).filter(|time| *time != 0),
                depends: record.depends.iter().map(|text| (&*text.0).into()).collect(),
            };
            self.wheels.insert(file.into(), wheel);
            return;
        }
        let archive = ENDINGS.iter().find_map(|(ending, kind)| Some((file.strip_suffix(ending)?, *kind)));
        let Some((stem, kind)) = archive else { return };
        let name = self.texts.get(1);
        let (own, rest) = stem.as_bytes().split_at(name.len().min(stem.len()));
        let [version, build] = [&record.version, &record.build].map(|text| text.0.as_bytes());
        let rest = rest.strip_prefix(b"-").and_then(|rest| rest.strip_prefix(version));
        let is_of_record =
            rest.and_then(|rest| rest.strip_prefix(b"-")) == Some(build) && own.eq_ignore_ascii_case(name);
        if !is_of_record || file.len() > WORD {
            return self.fail(file, "a file is called NAME-VERSION-BUILD after its package");
        }
        let groups = record.extra_depends.values().flatten();
        if record.depends.iter().chain(&record.constrains).chain(groups).any(|text| text.0.len() > SPEC) {
            return self.fail(file, "a dependency of it has no end");
        }
        let is_usual = own == name;
        let (md5, sha256) = (record.md5(), record.sha256());
        let addition = self.addition(record);
        let revision = if bucket == Bucket::Files { 0 } else { REVISION_3 };
        let row = RawRow {
            version: self.text(&record.version.0).into(),
            build: self.text(&record.build.0).into(),
            file: if is_usual { 0 } else { self.text(file) }.into(),
            extra: self.extra(record).into(),
            depends: self.list(record.depends.iter().map(|text| &*text.0)).into(),
            constrains: self.list(record.constrains.iter().map(|text| &*text.0)).into(),
            track_features: self.list(record.track_features.0.iter().map(|text| &**text)).into(),
            flags: kind
                | revision
                | md5.map_or(0, |_| HAS_MD5)
                | sha256.map_or(0, |_| HAS_SHA256)
                | addition.map_or(0, |_| HAS_ADDITION),
            build_number: record.build_number.into(),
            timestamp: record.indexed().or(record.built()).unwrap_or(NO_TIME).into(),
            size: record.size.unwrap_or(NO_SIZE).into(),
            md5: md5.unwrap_or_default(),
            sha256: sha256.unwrap_or_default(),
        };
        if let Some(addition) = addition {
            self.additions.insert(key_of(&row), addition);
        }
        self.rows.push(row);
    }

    /// What few records have.
    fn addition(&mut self, record: &RawRecord) -> Option<RawAddition> {
        if record.extra_depends.is_empty() && record.flags.is_empty() && record.indexed().is_none() {
            return None;
        }
        let mut groups: Vec<&str> = Vec::new();
        for (group, specs) in &record.extra_depends {
            if specs.is_empty() {
                groups.extend([&*group.0, ""]);
            }
            groups.extend(specs.iter().flat_map(|spec| [&*group.0, &*spec.0]));
        }
        Some(RawAddition {
            row: 0.into(),
            extra_depends: self.list(groups).into(),
            flags: self.list(record.flags.iter().map(|text| &*text.0)).into(),
            built: record.built().unwrap_or(NO_TIME).into(),
            indexed: record.indexed().unwrap_or(NO_TIME).into(),
        })
    }

    /// Leaves out an archive that the channel has removed, wherever its record is.
    pub(crate) fn remove(&mut self, file: &str) {
        self.removed.push(file.into());
    }

    /// Notes that the record of a file makes no sense and is left out.
    pub(crate) fn fail(&mut self, file: &str, why: &str) {
        self.faults = self.faults.saturating_add(1);
        if self.fault == 0 {
            let file: String = file.chars().take(WORD).collect();
            self.fault = self.text(&format!("`{file}`: {why}"));
        }
    }

    /// Gives back the memory that was taken in advance: no more records are to be expected soon.
    pub(crate) fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        self.lists.shrink();
        self.texts.shrink();
        (self.list, self.extra) = (Vec::new(), Vec::new());
    }

    /// The record table as bytes; `None` where there is nothing in it.
    pub(crate) fn finish(mut self) -> Option<Vec<u8>> {
        self.leave_out_removed();
        self.sort();
        if self.rows.is_empty() && self.fault == 0 && self.wheels.is_empty() {
            return None;
        }
        let additions = self.rows.iter().zip(0_u32..).filter_map(|(row, index)| {
            let is_there = row.flags & HAS_ADDITION != 0;
            let addition = is_there.then(|| self.additions.get(&key_of(row))).flatten()?;
            Some(RawAddition { row: index.into(), ..*addition })
        });
        let additions: Vec<RawAddition> = additions.collect();
        let wheels = self.list_of_wheels();
        let (lists, texts) = (&self.lists, &self.texts);
        let head = TableHead {
            rows: count(self.rows.len()).into(),
            additions: count(additions.len()).into(),
            lists: count(lists.ends().len()).into(),
            items: count(lists.items().len()).into(),
            texts: count(texts.ends().len()).into(),
            bytes: count(texts.items().len()).into(),
            fault: self.fault.into(),
            faults: self.faults.into(),
            wheels: wheels.into(),
        };
        let numbers = [lists.ends(), lists.items(), texts.ends()];
        let size = numbers.iter().map(|numbers| size_of_val(*numbers)).sum::<usize>() + texts.items().len();
        let rows = [self.rows.as_bytes(), additions.as_bytes()];
        let mut block = Vec::with_capacity(size_of::<TableHead>() + rows[0].len() + rows[1].len() + size);
        block.extend_from_slice(head.as_bytes());
        for rows in rows {
            block.extend_from_slice(rows);
        }
        for number in numbers.into_iter().flatten() {
            block.extend_from_slice(&number.to_le_bytes());
        }
        block.extend_from_slice(texts.items());
        Some(block)
    }

    /// The wheels in the order of their versions, with what [`Rows::wheels`](super::Rows::wheels) gives of each.
    fn list_of_wheels(&mut self) -> u32 {
        let mut wheels: Vec<RawWheel> = std::mem::take(&mut self.wheels).into_values().collect();
        wheels.sort_by_cached_key(|wheel| wheel.version.parse::<Version>().ok());
        let texts = wheels.into_iter().flat_map(|RawWheel { version, url, sha256, time, depends }| {
            let sha256 = sha256.map(const_hex::encode).unwrap_or_default();
            let time = time.map(|time| time.to_string()).unwrap_or_default();
            // No match spec has a line's end in it.
            [version.into(), url.into(), sha256, time, depends.join("\n")]
        });
        let texts: Vec<String> = texts.collect();
        self.list(texts.iter().map(String::as_str))
    }

    fn leave_out_removed(&mut self) {
        if self.removed.is_empty() {
            return;
        }
        let removed: HashSet<Box<str>, FixedState> = std::mem::take(&mut self.removed).into_iter().collect();
        let mut rows = std::mem::take(&mut self.rows);
        rows.retain(|row| !removed.contains(self.file(row).as_str()));
        self.rows = rows;
        self.wheels.retain(|wheel, _| !removed.contains(wheel));
    }

    /// The file name of a record.
    fn file(&self, row: &RawRow) -> String {
        let text = |id: u32| String::from_utf8_lossy(self.texts.get(id));
        match row.file.get() {
            0 => {
                let [(conda, _), (tar_bz2, _)] = ENDINGS;
                let ending = if row.flags & CONDA == 0 { tar_bz2 } else { conda };
                format!("{}-{}-{}{ending}", text(1), text(row.version.get()), text(row.build.get()))
            }
            named => text(named).into_owned(),
        }
    }

    /// Leaves out what the older part of the repodata says of a file that is also in the third revision.
    fn leave_out_older(&mut self) {
        let is_new = |row: &RawRow| row.flags & REVISION_3 != 0;
        let file = |row: &RawRow| (row.version.get(), row.build.get(), row.flags & CONDA);
        let new: HashSet<_, FixedState> = self.rows.iter().filter(|row| is_new(row)).map(file).collect();
        if !new.is_empty() {
            self.rows.retain(|row| is_new(row) || !new.contains(&file(row)));
        }
    }

    /// Puts the records in order, so that nothing depends on how they came, and takes out the `.tar.bz2` of what is
    /// there as `.conda`, too. A version that can't be ordered is a fault, and so is a build string that is none.
    fn sort(&mut self) {
        let mut versions: HashMap<u32, Result<Version, String>, FixedState> = HashMap::default();
        let mut builds: HashMap<u32, Result<BuildString, String>, FixedState> = HashMap::default();
        let mut rows = std::mem::take(&mut self.rows);
        rows.retain(|row| {
            let version = parsed(&mut versions, &self.texts, row.version.get());
            let fault = version.err().or_else(|| parsed(&mut builds, &self.texts, row.build.get()).err());
            if let Some(why) = &fault {
                self.fail(&self.file(row), why);
            }
            fault.is_none()
        });
        self.rows = rows;
        self.leave_out_older();
        let texts = &self.texts;
        let mut ordered: Vec<(&Version, &[u8], u32)> =
            versions.iter().filter_map(|(id, version)| Some((version.as_ref().ok()?, texts.get(*id), *id))).collect();
        ordered.sort_unstable();
        let places: HashMap<u32, usize, FixedState> =
            ordered.iter().enumerate().map(|(place, (_, _, id))| (*id, place)).collect();
        self.rows.sort_by_cached_key(|row| {
            let (place, build, file) = (places.get(&row.version.get()), row.build.get(), row.file.get());
            (place, row.build_number.get(), texts.get(build), row.flags & CONDA == 0, texts.get(file))
        });
        self.rows.dedup_by(|later, earlier| (later.version, later.build) == (earlier.version, earlier.build));
    }

    fn text(&mut self, text: &str) -> u32 {
        self.texts.number(text.as_bytes())
    }

    fn list<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> u32 {
        let Self { list, lists, texts: known, .. } = self;
        list.clear();
        list.extend(texts.into_iter().map(|text| known.number(text.as_bytes())));
        lists.number(list)
    }

    /// The fields that are kept as one text; empty where there are none.
    fn extra(&mut self, record: &RawRecord) -> u32 {
        self.extra.clear();
        let is_made = serde_json::to_writer(&mut self.extra, &record.extra()).is_ok();
        self.texts.number(if is_made && self.extra != b"{}" { &self.extra } else { b"" })
    }
}

fn key_of(row: &RawRow) -> RowKey {
    (row.version.get(), row.build.get(), row.file.get(), row.flags)
}

/// Parses each text once.
fn parsed<T: FromStr<Err: Display>>(
    known: &mut HashMap<u32, Result<T, String>, FixedState>,
    texts: &Pool<u8>,
    id: u32,
) -> Result<(), String> {
    let parse = || {
        let text = String::from_utf8_lossy(texts.get(id));
        T::from_str(&text).map_err(|error| format!("`{text}`: {error}"))
    };
    known.entry(id).or_insert_with(parse).as_ref().map(|_| ()).map_err(Clone::clone)
}
