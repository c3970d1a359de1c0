//! The strategy: solve once with every wish soft, then try what was given up, one wish at a time.
//!
//! A solver that decides greedily gives up more than it must. So each wish that was lost is asked for once more, as
//! a hard one, together with everything that was kept: either the answer gets better, or the conflict says with
//! which kept wishes it can't be had, and that is the reason a person is given. What is kept only ever grows, so a
//! conflict found once stays true, no wish is tried twice for the same thing, and the search ends.

use std::collections::{BTreeMap, BTreeSet};

use rattler_conda_types::RepoDataRecord;
use url::Url;

use super::{
    engine::{Answer, Engine},
    error::SolveError,
    goal::Goal,
    literal::{About, Literal},
    python::Python,
};

/// How often pins are let go for the sake of one root before it is given up.
const TRADES: usize = 12;

/// How many exact pins a root is worth that a person asked for.
const ROOT: usize = 2;

/// The best answer found, and for each literal that was lost the literals it can't be had with.
pub(super) struct Best {
    /// The chosen records.
    pub answer: Answer,
    /// Index of a lost literal → indices of the literals that stand against it.
    pub lost: BTreeMap<usize, Vec<usize>>,
}

/// Finds the answer that keeps most exact pins, then most roots, then most variants, as far as trying tells.
///
/// # Errors
///
/// [`SolveError::PythonConflict`] if there is no answer even with every other wish given up.
pub(super) fn closest(
    engine: &mut Engine,
    goals: &[Goal],
    literals: &[Literal],
    python: Option<&Python>,
) -> Result<Best, SolveError> {
    let answer = engine.attempt(&BTreeSet::new()).map_err(|clash| SolveError::PythonConflict {
        wanted: python.map_or("the environment".to_owned(), |python| python.title().to_owned()),
        proof: clash.proof.unwrap_or_default(),
    })?;
    let mut search =
        Search { engine, judge: Judge::new(goals, literals), best: Best { answer, lost: BTreeMap::new() } };
    search.improve();
    if search.trade() {
        search.best.lost.clear();
        search.improve();
    }
    Ok(search.best)
}

/// The search for a better answer.
struct Search<'e, 's, 'g, 'a> {
    engine: &'e mut Engine<'s>,
    judge: Judge<'g, 'a>,
    best: Best,
}

impl Search<'_, '_, '_, '_> {
    /// Asks for each literal that was lost, together with everything that was kept.
    fn improve(&mut self) {
        for about in [About::Version, About::Presence, About::Build] {
            for index in self.judge.all(about) {
                if !self.judge.wants(index, &self.best.answer) {
                    continue;
                }
                let mut held = self.judge.held(about, &self.best.answer);
                held.insert(index);
                held.extend(self.judge.presence_of(index));
                match self.engine.attempt(&held) {
                    Ok(answer) => drop(self.adopt(answer)),
                    Err(clash) => {
                        let others = clash.literals.into_iter().filter(|&other| other != index).collect();
                        self.best.lost.insert(index, others);
                    }
                }
            }
        }
    }

    /// Brings in roots that were lost, at the price of pins that stand against them, where that is a gain. Tells
    /// whether anything was traded.
    fn trade(&mut self) -> bool {
        let mut traded = false;
        for index in self.judge.all(About::Presence) {
            if !self.judge.wants(index, &self.best.answer) {
                continue;
            }
            let mut held = self.judge.held(About::Presence, &self.best.answer);
            held.insert(index);
            for _ in 0..TRADES {
                match self.engine.attempt(&held) {
                    Ok(answer) => {
                        traded |= self.adopt(answer);
                        break;
                    }
                    Err(clash) => {
                        let price =
                            |other: &usize| *other != index && self.judge.literals[*other].about == About::Version;
                        let before = held.len();
                        clash.literals.iter().filter(|other| price(other)).for_each(|other| drop(held.remove(other)));
                        if held.len() == before {
                            break;
                        }
                    }
                }
            }
        }
        traded
    }

    /// Takes an answer if it is better than the best.
    fn adopt(&mut self, answer: Answer) -> bool {
        let better = self.judge.score(&answer) > self.judge.score(&self.best.answer);
        if better {
            self.best.answer = answer;
        }
        better
    }
}

/// Says what an answer grants.
struct Judge<'g, 'a> {
    goals: &'g [Goal<'a>],
    literals: &'g [Literal],
    records: BTreeMap<&'a Url, &'a RepoDataRecord>,
    presence: BTreeMap<usize, usize>,
}

impl<'g, 'a> Judge<'g, 'a> {
    fn new(goals: &'g [Goal<'a>], literals: &'g [Literal]) -> Self {
        let records = goals.iter().flat_map(|goal| &goal.records).map(|record| (&record.url, *record)).collect();
        let presence = literals
            .iter()
            .enumerate()
            .filter(|(_, literal)| literal.about == About::Presence)
            .map(|(index, literal)| (literal.goal, index))
            .collect();
        Self { goals, literals, records, presence }
    }

    /// The record that an answer has for a wish.
    fn record(&self, goal: usize, answer: &Answer) -> Option<&'a RepoDataRecord> {
        let url = answer.get(&self.goals[goal].wish.pin.name)?;
        self.records.get(url).copied()
    }

    /// Whether an answer grants what a literal holds.
    fn grants(&self, literal: &Literal, answer: &Answer) -> bool {
        let goal = &self.goals[literal.goal];
        self.record(literal.goal, answer).is_some_and(|record| match literal.about {
            About::Presence => true,
            About::Version => goal.is_version(record),
            About::Build => goal.is_variant(record),
            About::Nearness => goal.near.first() == Some(record.package_record.version.version()),
        })
    }

    /// The literals about one thing, in order of importance.
    fn all(&self, about: About) -> Vec<usize> {
        (0..self.literals.len()).filter(|&index| self.literals[index].about == about).collect()
    }

    /// Whether a literal is worth asking for: it isn't granted, and it is about something that is there, or about a
    /// root, which ought to be.
    fn wants(&self, index: usize, answer: &Answer) -> bool {
        let literal = &self.literals[index];
        let there = self.record(literal.goal, answer).is_some();
        let ought = self.presence.contains_key(&literal.goal) && literal.about != About::Build;
        (there || ought) && !self.grants(literal, answer)
    }

    /// The presence that has to be asked for with a literal, so that it isn't granted by absence.
    fn presence_of(&self, index: usize) -> Option<usize> {
        self.presence.get(&self.literals[index].goal).copied()
    }

    /// What must not be lost while a literal is tried: the pins that are kept and the roots that are there; the
    /// variants as well where it is about one.
    fn held(&self, about: About, answer: &Answer) -> BTreeSet<usize> {
        let held = |literal: &Literal| match literal.about {
            About::Version | About::Presence => true,
            About::Build => about == About::Build,
            About::Nearness => false,
        };
        let granted = |literal: &Literal| held(literal) && self.grants(literal, answer);
        (0..self.literals.len()).filter(|&index| granted(&self.literals[index])).collect()
    }

    /// How good an answer is: exact pins kept and roots present, then roots, then variants kept.
    fn score(&self, answer: &Answer) -> (usize, usize, usize) {
        let granted =
            |about| self.all(about).into_iter().filter(|&index| self.grants(&self.literals[index], answer)).count();
        let roots = granted(About::Presence);
        (granted(About::Version) + ROOT * roots, roots, granted(About::Build))
    }
}
