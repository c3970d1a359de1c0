//! A second opinion on what was chosen, before it is locked.
//!
//! `rattler_solve` reads the records themselves, and knows nothing of the universe, the classes and the reductions here.
//! What both stand on is resolvo's search, and what a match spec means. It is given the chosen records alone, the virtual
//! packages, and what was granted of the wishes; it must come to the same environment. As there is one record of each name,
//! that takes milliseconds.

mod ask;
mod conditions;
mod objection;

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, NamelessMatchSpec, PackageName, PackageNameMatcher, RepoDataRecord, StringMatcher,
};

use super::{Fate, Outcome, Solution, goal::wanted_version};
use crate::intent::{Pin, Want};

use ask::ask;
use conditions::settled;
use objection::{denied, objections};

pub(super) use ask::Found;
#[cfg(test)]
pub(super) use ask::find;
pub use objection::{Disagreement, Objection, Title};

/// What the second solver is given.
#[derive(Clone, Copy, Debug)]
struct Question<'q> {
    /// All records that there are.
    records: &'q [RepoDataRecord],
    /// What the image offers.
    virtual_packages: &'q [GenericVirtualPackage],
    demands: &'q Demands,
}

/// What the second solver is asked for.
#[derive(Clone, Debug, Default)]
struct Demands {
    /// What must be there.
    needed: Vec<MatchSpec>,
    /// What must match, and is there for the sake of something else.
    granted: Vec<MatchSpec>,
}

/// Asks whether a solution is one: whether all records of it, and no fewer, are what it takes to grant what it says is
/// granted. A pin that is kept must have what its line demands, one that moved must be there. Libraries must be there
/// for the sake of something else. The channel that a line names isn't a part of that: another channel's package may stand in.
///
/// # Errors
///
/// What the second solver objects to.
pub fn confirm(solution: &Solution, virtual_packages: &[GenericVirtualPackage]) -> Result<(), Disagreement> {
    let demands = Demands::of(&solution.outcomes);
    judge(Question { records: &solution.records, virtual_packages, demands: &demands })
}

/// Asks whether records can be installed together, each for its own sake, where there is nothing else.
///
/// # Errors
///
/// What the second solver objects to.
pub fn confirm_together(
    records: &[RepoDataRecord],
    virtual_packages: &[GenericVirtualPackage],
) -> Result<(), Disagreement> {
    let needed = records.iter().map(|record| named(&record.package_record.name)).collect();
    judge(Question { records, virtual_packages, demands: &Demands { needed, granted: Vec::new() } })
}

impl Demands {
    fn of(outcomes: &[Outcome]) -> Self {
        let mut demands = Self::default();
        for Outcome { pin, used, fate, .. } in outcomes {
            // A python that is asked for is there whoever uses it.
            let is_sought = *used || pin.name.as_normalized() == "python" && pin.want != Want::Any;
            match fate {
                Fate::Kept { record } if is_sought => demands.needed.push(demand(pin, record)),
                Fate::Kept { record } => demands.granted.push(demand(pin, record)),
                Fate::Moved { .. } if is_sought => demands.needed.push(with_extras(pin, NamelessMatchSpec::default())),
                Fate::Moved { .. } | Fate::Gone { .. } => {}
            }
        }
        demands
    }
}

/// A package in whatever version.
fn named(name: &PackageName) -> MatchSpec {
    MatchSpec::from_nameless(NamelessMatchSpec::default(), PackageNameMatcher::Exact(name.clone()))
}

/// What a line of the file demands. Of several globs for the build, one is enough: that which the record has.
fn demand(pin: &Pin, record: &RepoDataRecord) -> MatchSpec {
    let globs: Vec<StringMatcher> = pin.builds.iter().filter_map(|glob| glob.parse().ok()).collect();
    let has = |glob: &&StringMatcher| glob.matches(record.package_record.build.as_str());
    let build = globs.iter().find(has).or(globs.first()).cloned();
    let rest = NamelessMatchSpec { version: wanted_version(&pin.want), build, ..NamelessMatchSpec::default() };
    with_extras(pin, rest)
}

/// A spec on the package of a line, with the extras that the line asks for.
fn with_extras(pin: &Pin, rest: NamelessMatchSpec) -> MatchSpec {
    let extras = Some(pin.refinement.extras.clone()).filter(|it| !it.is_empty());
    MatchSpec::from_nameless(NamelessMatchSpec { extras, ..rest }, PackageNameMatcher::Exact(pin.name.clone()))
}

fn judge(question: Question) -> Result<(), Disagreement> {
    let records = &settled(question.records, question.virtual_packages);
    let question = Question { records, ..question };
    let objections = match ask(question) {
        Found::Records(chosen) => {
            let is_chosen = |record: &&RepoDataRecord| chosen.iter().any(|it| std::ptr::eq(*it, *record));
            let left_out = question.records.iter().filter(|record| !is_chosen(record));
            let is_twice = |record: &RepoDataRecord| {
                let of_name = |it: &&RepoDataRecord| it.package_record.name == record.package_record.name;
                chosen.iter().any(of_name)
            };
            let left_out = left_out.map(|record| {
                let package = Title::of(record);
                if is_twice(record) { Objection::Twice { package } } else { Objection::Needless { package } }
            });
            left_out.chain(denied(&question.demands.granted, question.records)).collect()
        }
        Found::Nothing(names) => match objections(question) {
            // It doesn't show in any of them alone.
            none if none.is_empty() => vec![Objection::Together { names }],
            objections => objections,
        },
    };
    if objections.is_empty() { Ok(()) } else { Err(Disagreement { objections }) }
}
