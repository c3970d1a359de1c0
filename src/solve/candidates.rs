//! Which records may be chosen at all, and in which order of preference the cut-off puts them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, NamelessMatchSpec, PackageName, PackageNameMatcher, ParseMatchSpecOptions,
    RepoDataRecord,
};

use super::{Request, python::Python};

/// The records that may be chosen, and why the others may not.
pub(super) struct Candidates<'a> {
    usable: BTreeMap<&'a PackageName, Vec<&'a RepoDataRecord>>,
    refused: BTreeMap<&'a PackageName, Vec<(&'a RepoDataRecord, String)>>,
}

impl<'a> Candidates<'a> {
    /// Sorts out what can't be installed on the target.
    ///
    /// Of several channels, the first that has a usable record of a name gives all its records: strict channel
    /// priority, as conda-forge recommends it. A line `channel::spec` chooses the channel for its name.
    pub(super) fn new(request: &Request<'a>, python: Option<&Python>) -> Self {
        let asked: BTreeMap<&PackageName, &str> =
            request.wishes.iter().filter_map(|wish| Some((&wish.pin.name, wish.pin.channel.as_deref()?))).collect();
        let mut filter = Filter { virtual_packages: request.virtual_packages, python, parsed: BTreeMap::new() };
        let (mut usable, mut refused) = (BTreeMap::new(), BTreeMap::new());
        for name in request.records.names() {
            let all = request.records.get(name);
            let (mut good, mut bad) = (Vec::new(), Vec::new());
            for record in all {
                match filter.refuse(record) {
                    None => good.push(record),
                    Some(why) => bad.push((record, why)),
                }
            }
            let channel = asked
                .get(name)
                .and_then(|wanted| good.iter().find(|record| is_of_channel(record, wanted)))
                .or(good.first())
                .map(|record| record.channel.clone());
            if let Some(channel) = channel {
                good.retain(|record| record.channel == channel);
                usable.insert(name, good);
            }
            if !bad.is_empty() {
                refused.insert(name, bad);
            }
        }
        Self { usable, refused }
    }

    /// The usable records of a name, in ascending order of version and build number.
    pub(super) fn get(&self, name: &PackageName) -> &[&'a RepoDataRecord] {
        self.usable.get(name).map_or(&[], Vec::as_slice)
    }

    /// The records of a name that can't be used, each with the reason.
    pub(super) fn refused(&self, name: &PackageName) -> &[(&'a RepoDataRecord, String)] {
        self.refused.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every usable record with its era: 0 up to the cut-off, then the number of months that it came later, counted
    /// from 1. A record without a time stamp is never late, nor is one whose very version is wanted, unless there is
    /// an older build of that version.
    pub(super) fn by_era(&self, request: &Request) -> BTreeMap<u32, Vec<&'a RepoDataRecord>> {
        let wanted: BTreeMap<&PackageName, &crate::intent::Want> =
            request.wishes.iter().map(|wish| (&wish.pin.name, &wish.pin.want)).collect();
        let mut eras: BTreeMap<u32, Vec<&RepoDataRecord>> = BTreeMap::new();
        for (name, records) in &self.usable {
            let wanted = wanted.get(name).filter(|want| want.exact().is_some());
            let is_wanted = |record: &RepoDataRecord| wanted.is_some_and(|want| want.accepts(record));
            let in_time = |record: &RepoDataRecord| months_late(record, request.as_of) == 0;
            let exempt = !records.iter().any(|record| is_wanted(record) && in_time(record));
            for &record in records {
                let era = if exempt && is_wanted(record) { 0 } else { months_late(record, request.as_of) };
                eras.entry(era).or_default().push(record);
            }
        }
        eras
    }
}

/// How many months after the cut-off a record was built, counted from 1; 0 where it wasn't.
fn months_late(record: &RepoDataRecord, as_of: Option<Timestamp>) -> u32 {
    const MONTH: i64 = 30 * 24 * 60 * 60;
    let (Some(as_of), Some(built)) = (as_of, built(record)) else { return 0 };
    if built <= as_of {
        return 0;
    }
    u32::try_from((built.as_second() - as_of.as_second()) / MONTH + 1).unwrap_or(u32::MAX)
}

/// When a record was built, where it says so.
#[must_use]
pub fn built(record: &RepoDataRecord) -> Option<Timestamp> {
    record.package_record.timestamp.map(|time| time.jiff_timestamp())
}

/// Whether the record comes from the channel that a line names, as a name or as a URL.
fn is_of_channel(record: &RepoDataRecord, wanted: &str) -> bool {
    let wanted = wanted.trim_end_matches('/');
    record.channel.as_deref().is_some_and(|channel| {
        let channel = channel.trim_end_matches('/');
        channel == wanted || channel.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('/'))
    })
}

/// Decides what can be installed, parsing each distinct dependency once.
struct Filter<'r> {
    virtual_packages: &'r [GenericVirtualPackage],
    python: Option<&'r Python>,
    parsed: BTreeMap<String, Option<(PackageName, NamelessMatchSpec)>>,
}

impl Filter<'_> {
    /// Why a record can't be installed on the target, if it can't.
    fn refuse(&mut self, record: &RepoDataRecord) -> Option<String> {
        let package = &record.package_record;
        if package.subdir != "linux-64" && package.subdir != "noarch" {
            return Some(format!("it is built for {}", package.subdir));
        }
        if package.sha256.is_none() && package.md5.is_none() {
            return Some("its channel gives no hash to check it by".to_owned());
        }
        package.depends.iter().find_map(|depends| self.unmet(depends))
    }

    /// What is wrong with a dependency whatever else is installed.
    fn unmet(&mut self, depends: &str) -> Option<String> {
        let name = PackageName::normalized_name_from_matchspec_str(depends);
        if !name.starts_with("__") && (name != "python" || self.python.is_none()) {
            return None;
        }
        let (name, spec) = self.parsed.entry(depends.to_owned()).or_insert_with(|| parse(depends)).as_ref()?;
        if name.as_normalized() == "python" {
            let python = self.python.filter(|python| !python.allows(spec))?;
            return Some(format!("it needs {depends}, and {} is wanted", python.title()));
        }
        let offered = self.virtual_packages.iter().find(|package| package.name == *name);
        match offered {
            Some(package) if offers(package, spec) => None,
            Some(package) => Some(format!("it needs {depends}, and the image has {}", package.version)),
            None => Some(format!("it needs {depends}, which a Linux image {}", lacks(name.as_normalized()))),
        }
    }
}

fn lacks(name: &str) -> &'static str {
    match name {
        "__win" | "__osx" => "can't offer",
        _ => "doesn't offer unless you say so with --virtual-package",
    }
}

fn offers(package: &GenericVirtualPackage, spec: &NamelessMatchSpec) -> bool {
    spec.version.as_ref().is_none_or(|version| version.matches(&package.version))
        && spec.build.as_ref().is_none_or(|build| build.matches(package.build_string.as_str()))
}

/// Parses a dependency without a condition; one that holds only sometimes refuses nothing.
fn parse(depends: &str) -> Option<(PackageName, NamelessMatchSpec)> {
    let spec = MatchSpec::from_str(depends, ParseMatchSpecOptions::lenient()).ok()?;
    if spec.condition.is_some() {
        return None;
    }
    match spec.into_nameless() {
        (PackageNameMatcher::Exact(name), spec) => Some((name, spec)),
        _ => None,
    }
}
