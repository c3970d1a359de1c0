//! Why a wish that could be granted alone wasn't: one line that a person can follow.

use super::{
    Reason,
    candidates::Candidates,
    closest::{About, Closest, Court, Set, Verdicts},
    goal::Goal,
    ids::{CandidateId, ListId, NameId},
    patience::Patience,
    problem::{self, Problem},
    proof::proof,
    world::{Refusals, Spec, World},
};
use crate::{channel::Row, words::and};

/// So many of the pins that stand against a wish are named in a sentence.
const NAMED: usize = 3;
/// So many steps lead to what isn't there before the sentence gets too long.
const STEPS: usize = 4;

/// Answers why something wasn't granted.
pub(super) struct Reasons<'s> {
    /// What could be installed.
    pub world: &'s World<'s>,
    /// The same for a solver, up to the horizon.
    pub limited: &'s Problem,
    /// What stands against the wishes up to the horizon.
    pub verdicts: &'s Verdicts,
    /// The whole of the problem, where that doesn't explain it.
    pub problem: &'s Problem,
    /// What couldn't be installed.
    pub refusals: Refusals<'s>,
    /// The wishes.
    pub goals: &'s [Goal<'s>],
    /// What was granted of them.
    pub closest: &'s Closest,
    /// What is installed: first what is there as it was wanted, then the rest, each by name.
    pub chosen: Vec<CandidateId>,
    /// Where it is found out what stands against a wish in the whole of the problem, once that is asked.
    pub court: Option<Court<'s>>,
    /// What must be there in any case.
    pub hard: &'s [Set],
    /// How long to try.
    pub patience: &'s Patience,
    /// Whether to draw whole conflicts.
    pub trees: bool,
}

/// Puts what is installed in the order in which it is blamed: first what is there as it was wanted, then the rest, each by
/// name.
pub(super) fn sort_for_blame(world: &World, goals: &[Goal], chosen: &mut [CandidateId]) {
    let mut kept = Candidates::none_of(world.candidates.len());
    kept.add(goals.iter().filter_map(|goal| goal.version).flat_map(|spec| &world[spec].matches));
    chosen.sort_by_key(|candidate| (!kept.has(*candidate), &world[world[*candidate].name].text));
}

impl Reasons<'_> {
    /// Why something about a wish wasn't granted.
    pub(super) fn why(&mut self, goal: usize, about: About) -> Reason {
        let wanted = self.wanted(goal, about);
        if let Some(why) = self.impossible(&wanted) {
            return Reason::Unmet(why);
        }
        let Some(against) = self.against(goal, about) else { return Reason::NotTried };
        let name = self.goals[goal].name;
        let against: Vec<NameId> = against.into_iter().filter(|other| *other != name).collect();
        let tree = self.tree(goal, about, &against);
        let because: Vec<CandidateId> = against.into_iter().filter_map(|name| self.chosen_of(name)).collect();
        let why = self
            .excluded(name, &wanted, &because)
            .or_else(|| self.unmet(&wanted))
            .unwrap_or_else(|| format!("it doesn't go together with {}", self.list(&because)));
        let because = because.into_iter().map(|candidate| self.world.title(candidate)).collect();
        Reason::Conflict { because, why, tree }
    }

    /// The packages that stand against it.
    fn against(&mut self, goal: usize, about: About) -> Option<Vec<NameId>> {
        let Self { verdicts, problem, court, goals, hard, closest, patience, .. } = self;
        verdicts.get(&(goal, about)).cloned().or_else(|| {
            let court = court.get_or_insert_with(|| Court::new(problem, goals, hard, closest, patience));
            court.against(goal, about)
        })
    }

    /// The candidates that would have granted it, the preferred first.
    fn wanted(&self, goal: usize, about: About) -> Vec<CandidateId> {
        let goal = &self.goals[goal];
        let of_version =
            |candidate: &CandidateId| goal.version.is_none_or(|spec| self.world[spec].matches.contains(candidate));
        let of_variant =
            |candidate: &CandidateId| goal.variant.iter().any(|spec| self.world[*spec].matches.contains(candidate));
        let is_wanted = |candidate: &CandidateId| match about {
            About::Presence | About::Use => true,
            About::Version => of_version(candidate),
            About::Variant => of_version(candidate) && of_variant(candidate),
        };
        self.world[goal.name].candidates.iter().copied().filter(is_wanted).collect()
    }

    /// The conflict between a wish and those that stand against it, as a tree.
    fn tree(&self, goal: usize, about: About, against: &[NameId]) -> Option<String> {
        if !self.trees {
            return None;
        }
        let of = |goal: usize, is_version: bool| match self.goals[goal].version {
            Some(spec) if is_version => Set::Of(spec),
            _ => Set::All(self.goals[goal].name),
        };
        let lost = of(goal, matches!(about, About::Version | About::Variant));
        let kept = against.iter().map(|&name| {
            let of_name = |goal: &usize| self.goals[*goal].name == name;
            let is_granted = |goal: &usize| self.closest.grants(*goal, About::Version);
            let goal = (0..self.goals.len()).filter(of_name).find(is_granted);
            goal.map_or(Set::All(name), |goal| of(goal, true))
        });
        let demands: Vec<Set> = self.hard.iter().copied().chain([lost]).chain(kept).collect();
        proof(self.world, &problem::state(self.world, None), &demands, self.patience)
    }

    /// What is installed of a package.
    pub(super) fn chosen_of(&self, name: NameId) -> Option<CandidateId> {
        self.chosen.iter().copied().find(|candidate| self.world[*candidate].name == name)
    }

    /// What all of the candidates need and what isn't there, step by step for the preferred one; `None` where one of
    /// them can be installed.
    fn impossible(&self, wanted: &[CandidateId]) -> Option<String> {
        let possible = &self.limited.possible;
        if possible.first_of(wanted).is_some() {
            return None;
        }
        let mut candidate = *wanted.first()?;
        let mut steps: Vec<String> = Vec::new();
        while steps.len() < STEPS {
            let missing = self.world[self.world[candidate].depends]
                .iter()
                .find(|spec| possible.first_of(&self.world[**spec].matches).is_none());
            let Some(&missing) = missing else {
                steps.push(format!("{} contradicts itself", self.world.title(candidate)));
                break;
            };
            let text = &self.world[missing].text;
            match self.world[missing].matches.first() {
                None => {
                    let why = self.nowhere(&self.world[missing]);
                    steps.push(format!("{} needs {text}, {why}", self.world.title(candidate)));
                    break;
                }
                Some(&next) => {
                    steps.push(format!("{} needs {text}", self.world.title(candidate)));
                    candidate = next;
                }
            }
        }
        Some(steps.join(", and "))
    }

    /// Why nothing matches a spec.
    fn nowhere(&self, spec: &Spec) -> String {
        let is_meant = |row: &Row| {
            let is_version = |version| spec.asks.accepts_version(&version);
            row.version().parse().is_ok_and(is_version) && spec.asks.accepts_build(row.build())
        };
        let refused = self.refusals.of(spec.name, is_meant).map(|why| format!("but {why}"));
        refused.unwrap_or_else(|| "which isn't there for Linux".to_owned())
    }

    /// An installed package that excludes all that was wanted: one that stands against it if there is one, else one that
    /// is there as it was wanted, else any.
    fn excluded(&self, name: NameId, wanted: &[CandidateId], because: &[CandidateId]) -> Option<String> {
        let against = self.chosen.iter().filter(|candidate| because.contains(candidate));
        let chosen = against.chain(&self.chosen).copied();
        chosen.filter(|candidate| self.world[*candidate].name != name).find_map(|candidate| {
            let excludes = |list: ListId| {
                let specs = self.world[list].iter().map(|spec| &self.world[*spec]);
                let mut on_name = specs.filter(|spec| spec.name == name);
                on_name.find(|spec| !wanted.iter().any(|wanted| spec.matches.contains(wanted))).map(|spec| &spec.text)
            };
            let needs = excludes(self.world[candidate].depends).map(|text| ("needs", text));
            let says = needs.or_else(|| excludes(self.world[candidate].constrains).map(|text| ("allows only", text)));
            says.map(|(verb, text)| format!("{} {verb} {text}", self.world.title(candidate)))
        })
    }

    /// What the preferred of the wanted candidates needs, and what is installed instead.
    fn unmet(&self, wanted: &[CandidateId]) -> Option<String> {
        let candidate = *wanted.first()?;
        let (depends, constrains) = (self.world[candidate].depends, self.world[candidate].constrains);
        let lists = [("needs", depends), ("allows only", constrains)];
        lists.into_iter().find_map(|(verb, list)| {
            self.world[list].iter().map(|spec| &self.world[*spec]).find_map(|spec| {
                let instead = self.chosen_of(spec.name).filter(|chosen| !spec.matches.contains(chosen))?;
                let chosen = &self.world[instead];
                let version = &self.world[chosen.name].versions[chosen.version];
                // Where the version would do, it is the build that doesn't.
                let build =
                    if spec.asks.accepts_version(version) { format!(" {}", chosen.build) } else { String::new() };
                let titles = (self.world.title(candidate), self.world.title(instead));
                Some(format!("{} {verb} {}, and {}{build} is chosen", titles.0, spec.text, titles.1))
            })
        })
    }

    /// The candidates as part of a sentence; of many, the first few.
    fn list(&self, candidates: &[CandidateId]) -> String {
        let titles: Vec<String> = candidates.iter().map(|candidate| self.world.title(*candidate)).collect();
        match titles.as_slice() {
            [] => "itself".to_owned(),
            [named @ .., _] if titles.len() > NAMED => {
                format!("{} and {} more", named[..NAMED].join(", "), titles.len() - NAMED)
            }
            few => and(few),
        }
    }
}
