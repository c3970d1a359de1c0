//! One search, from the records to those that are chosen.

use std::{panic::resume_unwind, thread};

use jiff::Timestamp;
use rattler_conda_types::RepoDataRecord;

use super::{
    Request, Solution, SolveError,
    candidates::Candidates,
    choose::choose,
    closest::{About, Closest, ConflictAnalysis, Demand, Hopeless, Set, Settled, Verdicts, closest, closest_as},
    conflict::Sentences,
    deadline::Deadline,
    findings::{Findings, outcomes},
    flags::WantedFlags,
    goal::{self, Goal},
    ids::{CandidateId, NameId, SpecId},
    problem::{self, Problem, WantedRecords},
    proof::proof,
    python::Python,
    reason::Reasons,
    universe::{self, KnownRefusals, Name, Refusals, Target, Universe, Versions, gather},
};

/// Fewer wishes than these are judged by one thread.
const FEW: usize = 16;

/// What a search found.
pub(super) struct FoundSolution<'r> {
    request: Request<'r>,
    python: Option<Python>,
    flags: WantedFlags,
    world: Universe<'r>,
    goals: Vec<Goal<'r>>,
    problem: Problem,
    /// What must be there in any case.
    hard: Vec<Set>,
    closest: Closest,
    chosen: Vec<CandidateId>,
}

/// What stood against the wishes that weren't granted.
pub(super) struct JudgedWish {
    /// Up to when records count.
    horizon: Option<Timestamp>,
    /// The problem up to then.
    limited: Problem,
    verdicts: Verdicts,
}

impl<'r> FoundSolution<'r> {
    /// Searches; where it is settled what is granted, only among what has the settled versions.
    ///
    /// # Errors
    ///
    /// Those of [`solve`](super::solve).
    pub(super) fn search(
        request: Request<'r>,
        settled: Option<&Settled>,
        patience: &Deadline,
    ) -> Result<Self, SolveError> {
        let python = Python::wanted(&request)?;
        let flags = WantedFlags::of(request.wishes);
        let target =
            Target { virtual_packages: request.virtual_packages, python: python.as_ref(), flags: Some(&flags) };
        let channel_of = |text: &str| request.channels.iter().position(|channel| channel.is(text));
        let none = Versions::default();
        let versions = settled.map_or(&none, |settled| &settled.versions);
        let mut world = gather(&request, channel_of, &target, versions);
        let goals = goal::state(&mut world, request.wishes);
        universe::evaluate(&mut world);
        if goals.iter().all(|goal| world[goal.name].candidates.is_empty()) {
            return Err(SolveError::Nothing { wanted: goals.len(), unread: request.records.notes().all() });
        }
        let hard = python.as_ref().and(world.name("python"));
        let problem = problem::reduce(problem::state(&world, None), &wanted(&goals, hard));
        let hard: Vec<Set> = hard.map(Set::All).into_iter().collect();
        let closest = match settled {
            None => closest(&world, &problem, &goals, &hard, request.prefer, patience),
            Some(settled) => closest_as(&world, &problem, &goals, &hard, settled, patience),
        };
        let closest = closest.map_err(|hopeless| error(hopeless, &world, &hard, python.as_ref(), patience))?;
        let chosen = choose(&world, &problem, &goals, &hard, &closest, patience);
        Ok(Self { request, python, flags, world, goals, problem, hard, closest, chosen })
    }

    /// The last of these moments: the cut-off, when what was chosen had been built, when there was first a record of
    /// each wished name and version, and when one of it, or of the nearest version, could first be installed.
    pub(super) fn horizon(&self) -> Option<Timestamp> {
        let Self { world, goals, problem, chosen, .. } = self;
        let chosen = chosen.iter().filter_map(|candidate| world[*candidate].built);
        let there = goals.iter().flat_map(|goal| {
            let name = &world[goal.name];
            let gathered = &world.candidates[name.gathered.clone()];
            let is_wanted = |version: usize| {
                goal.version.is_some_and(|spec| world[spec].asks.accepts_version(&name.versions[version]))
            };
            let wanted = gathered.iter().filter(|it| is_wanted(it.version)).filter_map(|it| it.built).min();
            [gathered.iter().filter_map(|it| it.built).min(), wanted]
        });
        let since = problem::since(problem, world);
        let first = |candidates: &[CandidateId]| candidates.iter().map(|candidate| since[candidate.index()]).min();
        let possible = goals.iter().flat_map(|goal| {
            let of_specs = goal.specs().map(|spec| first(&problem.class(spec).members));
            of_specs.chain([first(problem.candidates(goal.name))])
        });
        let near = self.closest.near.iter().map(|near| first(&Demand::near(world, problem, goals, near).members));
        let last = chosen.chain(there.chain(possible).chain(near).flatten()).max();
        last.and_then(|last| Timestamp::from_millisecond(last).ok()).max(self.request.as_of)
    }

    /// Whether it is proven that nothing closer can be had.
    pub(super) fn is_proven(&self) -> bool {
        self.closest.proven
    }

    /// The lines of the pins that have what they want.
    pub(super) fn kept(&self) -> Vec<usize> {
        let of = |goal: &Goal| self.chosen.iter().copied().find(|candidate| self.world[*candidate].name == goal.name);
        let matches = |spec: SpecId, candidate| self.world[spec].matches.contains(&candidate);
        let is_kept = |goal: &&Goal| {
            of(goal).is_some_and(|candidate| {
                goal.version.is_none_or(|spec| matches(spec, candidate))
                    && (goal.variant.is_empty() || goal.variant.iter().any(|spec| matches(*spec, candidate)))
            })
        };
        self.goals.iter().filter(is_kept).map(|goal| goal.wish.pin.line).collect()
    }

    /// What is granted: it is the same for every search that is asked the same.
    pub(super) fn settled(&self) -> Settled {
        let granted = self.closest.granted.iter().map(|soft| (soft.goal, soft.about)).collect();
        let is_granted = |(index, _): &(usize, &Goal)| self.closest.grants(*index, About::Version);
        let versions = self.goals.iter().enumerate().filter(is_granted).filter_map(|(_, goal)| {
            let version = self.world[goal.version?].asks.version.clone()?;
            Some((self.world[goal.name].text.clone(), version))
        });
        let near = self.closest.near.iter().map(|near| {
            let Name { versions, near: ranks, .. } = &self.world[self.goals[near.goal].name];
            let enough = versions.iter().zip(ranks).filter(|(_, rank)| **rank <= near.rank);
            (near.goal, enough.map(|(version, _)| version.clone()).collect())
        });
        Settled { granted, versions: versions.collect(), near: near.collect() }
    }

    /// Takes the choice of another search.
    pub(super) fn choose_as(&mut self, other: &Self) {
        let own = |candidate: &CandidateId| {
            let there = &other.world[*candidate];
            let name = self.world.name(&other.world[there.name].text)?;
            let mut own = self.world[name].gathered.clone().map(CandidateId::new);
            own.find(|candidate| self.world[*candidate].place == there.place)
        };
        self.chosen = other.chosen.iter().filter_map(own).collect();
    }

    /// What must be there in any case, with how a person calls it.
    fn hard(&self) -> Vec<(Set, &str)> {
        let title = self.python.as_ref().map_or("python", Python::title);
        self.hard.iter().map(|set| (*set, title)).collect()
    }

    /// Judges the wishes that weren't granted, as if what was built after the horizon didn't exist: the reasons must be
    /// the same once the channels have gained more.
    pub(super) fn judge(&self, horizon: Option<Timestamp>, patience: &Deadline) -> JudgedWish {
        let Self { world, goals, closest, .. } = self;
        let limited = problem::reduce(
            problem::state(world, horizon),
            &wanted(goals, self.python.as_ref().and(world.name("python"))),
        );
        // Of a package that isn't there, the version is of no interest, and of another version not the variant.
        let lost = |(index, goal): (usize, &Goal)| {
            let is_there = self.chosen.iter().any(|candidate| world[*candidate].name == goal.name);
            let abouts: &[About] = if is_there { &[About::Version, About::Variant] } else { &[About::Presence] };
            let about = *abouts.iter().find(|about| closest.is_lost(index, **about))?;
            let is_possible = !Demand::wish(world, &limited, goal, about).members.is_empty();
            is_possible.then_some((index, about))
        };
        let lost: Vec<(usize, About)> = goals.iter().enumerate().filter_map(lost).collect();
        let verdicts = in_halves(lost, patience, |lost, patience| {
            ConflictAnalysis::new(world, &limited, goals, &self.hard(), closest, patience).judge(&lost)
        });
        let verdicts = verdicts.into_iter().flatten().collect();
        JudgedWish { horizon, limited, verdicts }
    }

    /// Puts what stood against each wish into a sentence, once it is settled which records are chosen: they are what it
    /// speaks of.
    pub(super) fn tell(&self, judged: &mut JudgedWish, patience: &Deadline) {
        let mut chosen = Candidates::none_of(self.problem.requires.len());
        chosen.add(&self.chosen);
        let JudgedWish { limited, verdicts, .. } = judged;
        in_halves(verdicts.values_mut().collect(), patience, |verdicts, patience| {
            let mut sentences = Sentences::of(&self.world, limited, &chosen, patience);
            for verdict in verdicts {
                verdict.why = sentences.told(verdict);
            }
        });
    }

    /// The answer.
    pub(super) fn solution(self, judged: &JudgedWish, patience: &Deadline) -> Solution {
        let Self { request, python, flags, world, goals, closest, chosen, .. } = self;
        let JudgedWish { horizon, limited, verdicts } = judged;
        let target =
            Target { virtual_packages: request.virtual_packages, python: python.as_ref(), flags: Some(&flags) };
        let mut records: Vec<RepoDataRecord> = chosen.iter().filter_map(|candidate| world.record(*candidate)).collect();
        records.sort_by(|a, b| a.package_record.name.cmp(&b.package_record.name));
        let known = KnownRefusals::default();
        let refusals = Refusals { world: &world, target, horizon: *horizon, known: &known };
        let reasons = Reasons {
            world: &world,
            limited,
            verdicts,
            refusals,
            goals: &goals,
            chosen,
            patience,
            trees: request.trees,
        };
        let outcomes = outcomes(&Findings { request: &request, world: &world, refusals }, &goals, &reasons);
        Solution { records, outcomes, horizon: *horizon, proven: closest.proven }
    }
}

/// Does with wishes what takes half the time in two halves, as it is done one by one. Neighbours, which often have the
/// same reason, are dealt out to both.
fn in_halves<T: Send, R: Send>(
    wishes: Vec<T>,
    patience: &Deadline,
    work: impl Fn(Vec<T>, &Deadline) -> R + Sync,
) -> Vec<R> {
    if wishes.len() < FEW {
        return vec![work(wishes, patience)];
    }
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (index, wish) in wishes.into_iter().enumerate() {
        if index % 2 == 0 { first.push(wish) } else { second.push(wish) }
    }
    let (work, its_patience) = (&work, patience.clone());
    thread::scope(|scope| {
        let second = scope.spawn(move || work(second, &its_patience));
        let first = work(first, patience);
        vec![first, second.join().unwrap_or_else(|panic| resume_unwind(panic))]
    })
}

fn error(
    hopeless: Hopeless,
    world: &Universe,
    hard: &[Set],
    python: Option<&Python>,
    patience: &Deadline,
) -> SolveError {
    match hopeless {
        Hopeless::OutOfTime => SolveError::OutOfTime,
        Hopeless::Contradiction => SolveError::PythonConflict {
            wanted: python.map_or("python".to_owned(), |python| python.title().to_owned()),
            proof: {
                let all = problem::state(world, None);
                let demands: Vec<Demand> = hard.iter().map(|set| Demand::hard(world, &all, *set, "python")).collect();
                proof(world, &all, &demands.iter().collect::<Vec<_>>(), patience).unwrap_or_default()
            },
        },
    }
}

/// What the wishes speak of.
fn wanted(goals: &[Goal], python: Option<NameId>) -> WantedRecords {
    WantedRecords {
        sought: goals.iter().filter(|goal| goal.wish.used).map(|goal| goal.name).chain(python).collect(),
        specs: goals.iter().flat_map(Goal::specs).collect(),
    }
}
