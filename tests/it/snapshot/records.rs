//! The records of a channel, whole, as rattler reads them, and what its match specs match among them.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    fs::File,
    path::Path,
    rc::Rc,
};

use rattler_conda_types::{
    Channel, GenericVirtualPackage, MatchSpec, Matches, PackageNameMatcher, ParseMatchSpecOptions, RepoData,
    RepoDataRecord,
};
use url::Url;

/// Every record of a channel.
pub struct AllRecords {
    /// The records of linux-64 and noarch.
    pub records: Vec<RepoDataRecord>,
    by_name: HashMap<String, Vec<usize>>,
}

impl AllRecords {
    /// Reads both `repodata.json.zst` of a channel's directory.
    pub fn read(directory: &Path, url: &str) -> Self {
        let channel = Channel::from_url(Url::parse(url).unwrap());
        let subdirs = ["linux-64", "noarch"].map(|subdir| {
            let file = File::open(directory.join(subdir).join("repodata.json.zst")).unwrap();
            let json = zstd::decode_all(file).unwrap();
            serde_json::from_slice::<RepoData>(&json).unwrap().into_repo_data_records(&channel)
        });
        let mut records: Vec<RepoDataRecord> = subdirs.into_iter().flatten().collect();
        // Of the two formats of a build, conda takes the newer one alone.
        let stem = |record: &RepoDataRecord| record.url.as_str().rsplit_once(".conda").map(|(stem, _)| stem.to_owned());
        let newer: HashSet<String> = records.iter().filter_map(stem).collect();
        records.retain(|it| it.url.as_str().strip_suffix(".tar.bz2").is_none_or(|stem| !newer.contains(stem)));
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, record) in records.iter().enumerate() {
            by_name.entry(record.package_record.name.as_normalized().to_owned()).or_default().push(index);
        }
        Self { records, by_name }
    }

    /// The records of a name, as indices.
    pub fn of(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
}

/// What a match spec comes to.
pub struct Spec {
    /// The name that it speaks of.
    pub name: String,
    /// The records that it matches.
    pub matches: Vec<usize>,
    asks: MatchSpec,
    /// For a virtual package: whether the image has one that matches, and whether it has one at all.
    pub offered: Option<(bool, bool)>,
}

impl Spec {
    /// Whether it matches a record, of whatever channel.
    pub fn is_match(&self, record: &RepoDataRecord) -> bool {
        self.asks.matches(record)
    }
}

/// Match specs, each read and matched once.
pub struct Specs<'r> {
    all: &'r AllRecords,
    virtual_packages: &'r [GenericVirtualPackage],
    known: RefCell<HashMap<&'r str, Rc<Spec>>>,
}

impl<'r> Specs<'r> {
    /// None are known yet.
    pub fn new(all: &'r AllRecords, virtual_packages: &'r [GenericVirtualPackage]) -> Self {
        Self { all, virtual_packages, known: RefCell::default() }
    }

    /// What a match spec comes to.
    pub fn get(&self, text: &'r str) -> Rc<Spec> {
        Rc::clone(self.known.borrow_mut().entry(text).or_insert_with(|| Rc::new(self.look(text))))
    }

    fn look(&self, text: &str) -> Spec {
        let Ok(mut spec) = MatchSpec::from_str(text, ParseMatchSpecOptions::lenient()) else {
            // What can't be read can't be met, by whatever the image offers.
            let asks = MatchSpec::from_str("__unreadable", ParseMatchSpecOptions::lenient()).unwrap();
            return Spec { name: "__unreadable".to_owned(), matches: Vec::new(), asks, offered: Some((false, true)) };
        };
        spec.channel = None;
        let PackageNameMatcher::Exact(name) = &spec.name else { panic!("{text} names no package") };
        let name = name.as_normalized().to_owned();
        let is_match = |index: &usize| spec.matches(&self.all.records[*index]);
        let offered = name.starts_with("__").then(|| {
            let mut same = self.virtual_packages.iter().filter(|package| package.name.as_normalized() == name);
            let first = same.next();
            (first.is_some_and(|package| spec.matches(package)), first.is_some())
        });
        let matches = self.all.of(&name).iter().copied().filter(is_match).collect();
        Spec { name, matches, asks: spec, offered }
    }
}
