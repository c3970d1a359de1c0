//! Solutions of small universes, and the helpers that build them.

mod conditions;
mod exhaustive;
mod limits;
mod rattler;
mod second_opinion;
mod worlds;

use std::collections::BTreeMap;

use jiff::Timestamp;
use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, Matches, ParseMatchSpecOptions, ParseStrictness, RepoDataRecord,
    RepodataRevision, VersionSpec,
};
use serde_json::json;

use super::{ChannelPriority, Fate, Prefer, Reason, Request, Solution, SolveError, second_opinion::confirm, solve};
use crate::{
    channel::Records,
    intent::{Pin, Refinement, Want, Wish},
};

/// A record of `name version build`, with what it depends on.
fn record(what: &str, depends: &[&str]) -> RepoDataRecord {
    record_with(what, depends, &json!({}))
}

/// The same, with other fields of repodata on top.
fn record_with(what: &str, depends: &[&str], fields: &serde_json::Value) -> RepoDataRecord {
    let [name, version, build] = what.split(' ').collect::<Vec<_>>()[..] else { panic!("{what}") };
    let subdir = fields["subdir"].as_str().unwrap_or("linux-64");
    let channel = fields["channel"].as_str().unwrap_or("https://example.org/main/");
    let file = format!("{name}-{version}-{build}.conda");
    let mut value = json!({
        "name": name, "version": version, "build": build, "build_number": 0, "depends": depends, "subdir": subdir,
        "sha256": "00".repeat(32), "fn": file, "url": format!("{channel}{subdir}/{file}"), "channel": channel,
    });
    for (key, field) in fields.as_object().into_iter().flatten() {
        value[key] = field.clone();
    }
    serde_json::from_value(value).unwrap()
}

/// A time stamp as repodata has it: so many days after 2016-07-18, in milliseconds.
fn days(days: i64) -> i64 {
    (17_000 + days) * 24 * 60 * 60 * 1000
}

/// A wish for `name==version`, `name>=range` or `name`; a trailing `@glob` asks for a variant, a leading `*` makes it a
/// root, a leading `+` something else that people use, and `channel::` names its channel.
fn wish(text: &str, line: usize) -> Wish {
    let root = text.starts_with('*');
    let used = root || text.starts_with('+');
    let bare = text.trim_start_matches(['*', '+']);
    let (channel, spec) = bare.split_once("::").map_or((None, bare), |(channel, spec)| (Some(channel), spec));
    let (spec, glob) = spec.rsplit_once('@').map_or((spec, None), |(spec, glob)| (spec, Some(glob)));
    let cut = spec.find(['=', '<', '>', '!']).unwrap_or(spec.len());
    let (name, version) = spec.split_at(cut);
    let want = match version {
        "" => Want::Any,
        exact if exact.starts_with("==") => Want::Exact(exact[2..].parse().unwrap()),
        range => Want::Range(VersionSpec::from_str(range, ParseStrictness::Lenient).unwrap()),
    };
    let pin = Pin {
        name: name.parse().unwrap(),
        text: bare.to_owned(),
        line,
        want,
        builds: glob.map(str::to_owned).into_iter().collect(),
        channel: channel.map(str::to_owned),
        refinement: Refinement::default(),
    };
    Wish { pin, root, used }
}

fn wishes(texts: &[&str]) -> Vec<Wish> {
    texts.iter().enumerate().map(|(index, text)| wish(text, index + 1)).collect()
}

/// How match specs are read that may have conditions, extras and flags.
fn revision_3() -> ParseMatchSpecOptions {
    ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3)
}

fn linux() -> Vec<GenericVirtualPackage> {
    [("__glibc", "2.41", "0"), ("__linux", "5.10", "0"), ("__unix", "0", "0"), ("__archspec", "1", "x86_64")]
        .map(|(name, version, build)| GenericVirtualPackage {
            name: name.parse().unwrap(),
            version: version.parse().unwrap(),
            build_string: build.parse().unwrap(),
        })
        .to_vec()
}

fn try_solve(wanted: &[&str], records: Vec<RepoDataRecord>, as_of: Option<&str>) -> Result<Solution, SolveError> {
    try_solve_up_to(None, wanted, records, as_of)
}

/// Solves, and has the second solver confirm it.
fn try_solve_up_to(
    horizon: Option<Timestamp>,
    wanted: &[&str],
    records: Vec<RepoDataRecord>,
    as_of: Option<&str>,
) -> Result<Solution, SolveError> {
    let (wishes, records, target) = (wishes(wanted), Records::of([records]), linux());
    let as_of = as_of.map(|date| date.parse::<Timestamp>().unwrap());
    solve(&Request { as_of, horizon, ..request(&wishes, &records, &target) })
        .inspect(|solution| confirm(solution, &target).unwrap())
}

/// A request that says nothing else.
fn request<'r>(wishes: &'r [Wish], records: &'r Records, target: &'r [GenericVirtualPackage]) -> Request<'r> {
    Request {
        wishes,
        records,
        priority: ChannelPriority::Strict,
        virtual_packages: target,
        as_of: None,
        channels: &[],
        horizon: None,
        prefer: Prefer::default(),
        only: None,
        timeout: None,
        trees: false,
    }
}

/// Solves, and gives `name version build` of what is installed.
fn installed(wanted: &[&str], records: Vec<RepoDataRecord>) -> Vec<String> {
    titles(&try_solve(wanted, records, None).unwrap())
}

fn titles(solution: &Solution) -> Vec<String> {
    let title = |record: &RepoDataRecord| {
        let package = &record.package_record;
        format!("{} {} {}", package.name.as_normalized(), package.version, package.build)
    };
    solution.records.iter().map(title).collect()
}

/// The fate of the wish on a line, in words.
fn fate(solution: &Solution, line: usize) -> String {
    let outcome = solution.outcomes.iter().find(|outcome| outcome.pin.line == line).unwrap();
    let version = |record: &RepoDataRecord| record.package_record.version.to_string();
    match &outcome.fate {
        Fate::Kept { record } => format!("kept {}", version(record)),
        Fate::Moved { record, reason } => format!("moved to {}: {}", version(record), words(reason)),
        Fate::Gone { reason } => format!("gone: {}", words(reason)),
    }
}

fn words(reason: &Reason) -> String {
    match reason {
        Reason::Conflict { why, .. } | Reason::OtherPython { why, .. } | Reason::Unusable(why) | Reason::Unmet(why) => {
            why.clone()
        }
        other => format!("{other:?}"),
    }
}
