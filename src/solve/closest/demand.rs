//! What is settled, or wished for, as one thing: one of these candidates is there.

use super::{About, Near, Set};
use crate::{
    intent::Want,
    solve::{
        goal::Goal,
        ids::{CandidateId, NameId},
        problem::Problem,
        universe::Universe,
    },
};

/// One of some candidates of a package is there.
#[derive(Clone, Debug)]
pub(in crate::solve) struct Demand {
    /// The package.
    pub name: NameId,
    /// The candidates.
    pub members: Vec<CandidateId>,
    /// How a person calls it, as a match spec: `numpy 1.15.4`, `python 3.6`, or `geopandas` where any version will do.
    pub title: String,
    /// Whether it is for the minor version of an interpreter.
    pub is_series: bool,
}

impl Demand {
    /// What is hard.
    pub(in crate::solve) fn hard(world: &Universe, problem: &Problem, set: Set, title: &str) -> Self {
        let class = &problem[set.class(problem)];
        debug_assert!(title.starts_with(&*world[class.name].text));
        Self { name: class.name, members: class.members.clone(), title: title.to_owned(), is_series: true }
    }

    /// What a wish comes to, granted or not.
    pub(in crate::solve) fn wish(world: &Universe, problem: &Problem, goal: &Goal, about: About) -> Self {
        let name = &*world[goal.name].text;
        let of_version = || goal.version.map_or(problem.candidates(goal.name), |spec| &problem.class(spec).members);
        let of_variant =
            |candidate: &CandidateId| goal.variant.iter().any(|spec| problem.class(*spec).members.contains(candidate));
        let version = match &goal.wish.pin.want {
            Want::Any => String::new(),
            Want::Exact(version) => format!(" {version}"),
            Want::Range(range) => format!(" {range}"),
        };
        let (members, rest) = match about {
            About::Presence => (problem.candidates(goal.name).to_vec(), String::new()),
            About::Version => (of_version().to_vec(), version),
            About::Series => {
                let members = goal.series.map(|spec| problem.class(spec).members.clone());
                let series = goal.series.and_then(|spec| world[spec].text.split_once(' '));
                (members.unwrap_or_default(), series.map_or(String::new(), |(_, it)| format!(" {it}")))
            }
            About::Variant => {
                let members = of_version().iter().copied().filter(of_variant).collect();
                let version = if version.is_empty() { " *" } else { &version };
                (members, format!("{version} {}", goal.wish.pin.builds.join("|")))
            }
        };
        Self { name: goal.name, members, title: format!("{name}{rest}"), is_series: about == About::Series }
    }

    /// That a package is there in the nearest version that can be had.
    pub(in crate::solve) fn near(world: &Universe, problem: &Problem, goals: &[Goal], near: &Near) -> Self {
        let name = goals[near.goal].name;
        let is_near = |candidate: &CandidateId| world[name].near[world[*candidate].version] == near.rank;
        let members: Vec<CandidateId> = problem.candidates(name).iter().copied().filter(is_near).collect();
        let title = members.first().map_or_else(|| world[name].text.to_string(), |member| world.title(*member));
        Self { name, members, title, is_series: false }
    }
}
