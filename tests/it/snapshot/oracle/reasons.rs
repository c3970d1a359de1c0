//! Each reason, held against another solver: with what it names the wish can't be had, and without any one of that it can.
//! And nothing that people use is left out which could still be added.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
};

use envlock::{
    intent::{Pin, Want, Wish},
    solve::{Fate, Outcome, Reason},
};
use rattler_conda_types::{ParseStrictness, StringMatcher, VersionSpec};
use varisat::Lit;

use super::{
    name,
    statement::{Clauses, Limits, pythons},
};
use crate::{
    snapshot::records::{AllRecords, Specs},
    snapshot::resolve::{Resolved, Target, each, exports},
    support::{fixtures, real_environments, snapshot_channel},
};

#[test]
fn every_reason_is_true_and_the_cause_and_nothing_that_is_free_is_thrown_away() {
    let (Some(directory), Some(snapshot)) = (real_environments(), snapshot_channel()) else { return };
    let target = Target::new(&snapshot, &["conda-forge"]);
    let all = AllRecords::read(&snapshot.join("conda-forge"), "https://conda.anaconda.org/conda-forge");
    let files: Vec<PathBuf> =
        [fixtures().join("seed/environment.yml")].into_iter().chain(exports(&directory)).collect();
    let judged = each(&files, |file| {
        let Ok(resolved) = target.resolve(file) else { return Judged::default() };
        judge(&target, &all, &resolved)
    });
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (file, judged) in files.iter().zip(judged) {
        for kind in judged.right {
            *counts.entry(kind).or_default() += 1;
        }
        wrong.extend(judged.wrong.into_iter().map(|why| format!("{}: {why}", name(file))));
    }
    println!("{counts:#?}");
    assert!(wrong.is_empty(), "{} are wrong: {wrong:#?}", wrong.len());
}

#[derive(Default)]
struct Judged {
    /// The kinds of the reasons that were confirmed.
    right: Vec<&'static str>,
    /// What isn't so.
    wrong: Vec<String>,
}

fn judge(target: &Target, all: &AllRecords, Resolved { wishes, solution, .. }: &Resolved) -> Judged {
    let specs = Specs::new(all, &target.virtual_packages);
    let names = || wishes.iter().map(|wish| wish.pin.name.as_normalized());
    let pythons = pythons(all, wishes);
    let limits = Limits { pythons: pythons.as_deref(), until: solution.horizon };
    let case = Case { all, wishes, pythons: pythons.as_deref() };
    let mut clauses = Clauses::of(all, &specs, names(), &limits);
    // For other pythons, too: there is no other way to see that the python is the cause.
    let mut any_python: Option<Clauses> = None;
    let used: HashSet<&str> =
        wishes.iter().filter(|wish| wish.used).map(|wish| wish.pin.name.as_normalized()).collect();
    let mut judged = Judged::default();
    for outcome in &solution.outcomes {
        let (Fate::Moved { reason, .. } | Fate::Gone { reason }) = &outcome.fate else { continue };
        let wanted = case.wanted(outcome);
        let lost = clauses.one_of(&wanted);
        let (kind, is_true) = match reason {
            // It could be had, but would leave a library that is kept without anything that needs it.
            Reason::Conflict { because, why, .. } if why.ends_with("which nothing would need then") => {
                let mut with_needs = Clauses::of(all, &specs, names(), &limits);
                with_needs.nothing_for_nothing(all, &specs, &used);
                let lost = with_needs.one_of(&wanted);
                ("conflict by need", case.confirm(&mut with_needs, lost, because, why))
            }
            Reason::Conflict { because, why, .. } => ("conflict", case.confirm(&mut clauses, lost, because, why)),
            Reason::OtherPython { python, .. } => {
                let all_pythons =
                    any_python.get_or_insert_with(|| Clauses::of(all, &specs, names(), &Limits::default()));
                let elsewhere = all_pythons.one_of(&wanted);
                let is_cause = case.confirm(all_pythons, elsewhere, std::slice::from_ref(python), python);
                ("other-python", !clauses.are_possible(&[lost]) && is_cause)
            }
            Reason::Unmet(_) | Reason::Unusable(_) | Reason::NotOffered { .. } => {
                ("unmet", !clauses.are_possible(&[lost]))
            }
            Reason::NoSuchVersion | Reason::NoSuchVariant | Reason::NoSuchName => {
                ("none", !clauses.are_possible(&[lost]))
            }
            Reason::NotNeeded => ("not-needed", !outcome.used && !is_there(outcome)),
            Reason::NotTried => ("not-tried", false),
            _ => continue,
        };
        if is_true {
            judged.right.push(kind);
        } else {
            judged.wrong.push(format!("{}: {reason:?}", outcome.pin.text));
        }
    }
    judged.wrong.extend(thrown_away(all, &specs, names(), &limits, solution));
    judged
}

fn is_there(outcome: &Outcome) -> bool {
    matches!(outcome.fate, Fate::Kept { .. } | Fate::Moved { .. })
}

/// What people use, isn't there, and could be added to what is there.
fn thrown_away<'r, 'n>(
    all: &'r AllRecords,
    specs: &Specs<'r>,
    names: impl Iterator<Item = &'n str>,
    limits: &Limits,
    solution: &envlock::solve::Solution,
) -> Vec<String> {
    let mut clauses = Clauses::of(all, specs, names, &Limits { until: None, ..*limits });
    let is_installed = |index: &usize| solution.records.iter().any(|record| record.url == all.records[*index].url);
    let installed: Vec<usize> = (0..all.records.len()).filter(is_installed).collect();
    let mut there: Vec<Lit> = installed.iter().map(|index| clauses.one_of(&[*index])).collect();
    assert!(clauses.are_possible(&there), "what is installed doesn't fit together");
    let gone = solution.outcomes.iter().filter(|outcome| outcome.used && !is_there(outcome));
    let mut free = Vec::new();
    for outcome in gone {
        let lit = clauses.one_of(all.of(outcome.pin.name.as_normalized()));
        there.push(lit);
        if clauses.are_possible(&there) {
            free.push(format!("{} could be added", outcome.pin.text));
        }
        there.pop();
    }
    free
}

/// What a reason is judged by.
struct Case<'c> {
    all: &'c AllRecords,
    wishes: &'c [Wish],
    pythons: Option<&'c [usize]>,
}

impl Case<'_> {
    /// The records that would have granted what an outcome gave up.
    fn wanted(&self, Outcome { pin, fate, .. }: &Outcome) -> Vec<usize> {
        let of_name = self.all.of(pin.name.as_normalized()).iter().copied();
        of_name
            .filter(|index| match fate {
                Fate::Gone { reason: Reason::NoSuchVersion } => pin.want.accepts(&self.all.records[*index]),
                Fate::Gone { .. } | Fate::Kept { .. } => true,
                Fate::Moved { record, .. } => {
                    let other = &self.all.records[*index];
                    let is_version = pin.want.accepts(other);
                    is_version
                        && (!pin.want.accepts(record) || is_variant(&pin.builds, other.package_record.build.as_str()))
                }
            })
            .collect()
    }

    /// Whether the wish can't be had with what the reason names, and can be without any one of that; and whether the
    /// sentence names one of it.
    fn confirm(&self, clauses: &mut Clauses, lost: Lit, because: &[String], why: &str) -> bool {
        let titles: Vec<(&String, Lit)> =
            because.iter().map(|title| (title, clauses.one_of(&self.meant(title)))).collect();
        let named = because.iter().any(|title| why.contains(title.split(' ').next().unwrap()));
        let all: Vec<Lit> = titles.iter().map(|(_, lit)| *lit).chain([lost]).collect();
        let is_enough = !clauses.are_possible(&all);
        let is_least = titles.iter().all(|(_, without)| {
            let rest: Vec<Lit> = all.iter().copied().filter(|lit| lit != without).collect();
            clauses.are_possible(&rest)
        });
        is_enough && is_least && (named || because.is_empty())
    }

    /// The records that a title stands for: `numpy 1.15.4`, `numpy >=1.15`, `numpy`, `python 3.6`, `blas 1.0 *mkl*`.
    fn meant(&self, title: &str) -> Vec<usize> {
        let mut words = title.splitn(3, ' ');
        let name = words.next().unwrap();
        let (version, builds) = (words.next(), words.next());
        let is_exact = |pin: &Pin| {
            pin.name.as_normalized() == name
                && matches!(&pin.want, Want::Exact(exact) if Some(exact.to_string().as_str()) == version)
        };
        if name == "python" && !self.wishes.iter().any(|wish| is_exact(&wish.pin)) {
            return self.pythons.unwrap().to_vec();
        }
        let spec = version.filter(|version| *version != "*").map(|version| {
            let is_number = version.chars().all(|c| c.is_ascii_alphanumeric() || "._+-!".contains(c));
            let text = if is_number { format!("=={version}") } else { version.to_owned() };
            VersionSpec::from_str(&text, ParseStrictness::Lenient).unwrap()
        });
        let globs: Vec<String> = builds.iter().flat_map(|builds| builds.split('|')).map(str::to_owned).collect();
        let is_meant = |index: &usize| {
            let package = &self.all.records[*index].package_record;
            spec.as_ref().is_none_or(|spec| spec.matches(&package.version))
                && is_variant(&globs, package.build.as_str())
        };
        self.all.of(name).iter().copied().filter(is_meant).collect()
    }
}

/// Whether a build is of a variant; of any where there are no globs.
fn is_variant(globs: &[String], build: &str) -> bool {
    globs.is_empty() || globs.iter().any(|glob| glob.parse::<StringMatcher>().unwrap().matches(build))
}
