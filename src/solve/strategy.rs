//! The strategy: solve once with every wish soft, then try what was given up, one wish at a time.
//!
//! A solver that decides greedily gives up more than it must. So each wish that was lost is asked for once more, as
//! a hard one, together with everything that was kept: either the answer gets better, or the conflict says with
//! which kept wishes it can't be had, and that is the reason a person is given. A root that is lost may also be
//! traded for pins that stand against it. An answer is only ever replaced by one of a higher score, so the search
//! ends; that nothing better exists is not proven.

use std::collections::{BTreeMap, BTreeSet};

use rattler_conda_types::RepoDataRecord;
use url::Url;

use super::{
    engine::{Answer, Ask, Engine},
    error::SolveError,
    goal::Goal,
    literal::{About, Literal},
    python::Python,
};

/// How often pins are let go for the sake of one root before it is given up.
const TRADES: usize = 4;

/// How many exact pins a root is worth that a person asked for.
const ROOT: usize = 2;

/// The best answer found, and for each literal that was lost the literals it can't be had with.
pub(super) struct Best {
    /// The chosen records.
    pub answer: Answer,
    /// What was asked for in vain → indices of the literals that stand against it.
    pub lost: BTreeMap<Ask, Vec<usize>>,
}

/// How long to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// One solve with every wish soft.
    Once,
    /// Everything that was lost is tried.
    Thorough,
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
    effort: Effort,
) -> Result<Best, SolveError> {
    let answer = engine.attempt(&BTreeSet::new()).map_err(|clash| SolveError::PythonConflict {
        wanted: python.map_or("the environment".to_owned(), |python| python.title().to_owned()),
        proof: clash.proof.unwrap_or_default(),
    })?;
    let mut search =
        Search { engine, judge: Judge::new(goals, literals), best: Best { answer, lost: BTreeMap::new() } };
    if effort == Effort::Thorough {
        search.improve();
        if search.trade() {
            search.best.lost.clear();
            search.improve();
        }
    }
    Ok(search.best)
}

/// What must not be lost while something is asked for.
#[derive(Clone, Copy)]
enum Hold {
    /// The pins that are kept.
    Kept,
    /// The roots that are there as well, in whatever version.
    There,
    /// The variants as well.
    Variants,
}

/// The search for a better answer.
struct Search<'e, 's, 'g, 'a> {
    engine: &'e mut Engine<'s>,
    judge: Judge<'g, 'a>,
    best: Best,
}

impl Search<'_, '_, '_, '_> {
    /// Asks for everything that was lost, together with everything that was kept.
    fn improve(&mut self) {
        for about in [About::Version, About::Presence, About::Build] {
            for ask in self.judge.all(about) {
                if self.judge.wants(ask, &self.best.answer) {
                    self.ask(ask);
                }
            }
        }
    }

    /// Asks for one thing. For a version, roots that moved may go at first, if that is a gain; then nothing that is
    /// there may go.
    fn ask(&mut self, ask: Ask) {
        let holds: &[Hold] = match ask.1 {
            About::Version => &[Hold::Kept, Hold::There],
            About::Presence => &[Hold::There],
            About::Build => &[Hold::Variants],
        };
        for &hold in holds {
            let mut held = self.judge.held(hold, &self.best.answer);
            held.extend([ask, (ask.0, About::Presence)]);
            match self.engine.attempt(&held) {
                Ok(answer) => {
                    if self.adopt(answer) {
                        break;
                    }
                }
                Err(clash) => {
                    let others = clash.literals.into_iter().filter(|&other| other != ask.0).collect();
                    self.best.lost.insert(ask, others);
                    break;
                }
            }
        }
    }

    /// Brings in roots that were lost, at the price of pins that stand against them, where that is a gain. Tells
    /// whether anything was traded.
    fn trade(&mut self) -> bool {
        let mut traded = false;
        for ask in self.judge.all(About::Presence) {
            if self.judge.wants(ask, &self.best.answer) {
                traded |= self.trade_for(ask);
            }
        }
        traded
    }

    /// Lets go of what stands against a root, a few times over, since each conflict shows only some of it.
    fn trade_for(&mut self, ask: Ask) -> bool {
        let Some(mut against) = self.best.lost.get(&ask).cloned() else { return false };
        let mut held = self.judge.held(Hold::There, &self.best.answer);
        held.insert(ask);
        for _ in 0..TRADES {
            let before = held.len();
            held.retain(|(other, about)| *about != About::Version || !against.contains(other));
            if held.len() == before {
                return false;
            }
            match self.engine.attempt(&held) {
                Ok(answer) => return self.adopt(answer),
                Err(clash) => against = clash.literals,
            }
        }
        false
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
}

impl<'g, 'a> Judge<'g, 'a> {
    fn new(goals: &'g [Goal<'a>], literals: &'g [Literal]) -> Self {
        let records = goals.iter().flat_map(|goal| &goal.records).map(|record| (&record.url, *record)).collect();
        Self { goals, literals, records }
    }

    /// The wish that an ask is about, and the record that an answer has for it.
    fn look(&self, ask: Ask, answer: &Answer) -> (&'g Goal<'a>, Option<&'a RepoDataRecord>) {
        let goal = &self.goals[self.literals[ask.0].goal];
        let url = answer.get(&goal.wish.pin.name);
        (goal, url.and_then(|url| self.records.get(url).copied()))
    }

    /// Whether an answer grants what is asked for. Absence grants nothing.
    fn grants(&self, ask: Ask, answer: &Answer) -> bool {
        let (goal, record) = self.look(ask, answer);
        record.is_some_and(|record| match ask.1 {
            About::Presence => true,
            About::Version => goal.is_version(record),
            About::Build => goal.is_variant(record),
        })
    }

    /// All that can be asked for about one thing, in order of importance.
    fn all(&self, about: About) -> Vec<Ask> {
        let asks = self.literals.iter().enumerate().map(|(index, literal)| (index, &literal.asks));
        asks.filter(|(_, asks)| asks.iter().any(|(other, _)| *other == about))
            .map(|(index, _)| (index, about))
            .collect()
    }

    /// Whether something is worth asking for: it isn't granted, and it is about something that is there, or about a
    /// root, which ought to be.
    fn wants(&self, ask: Ask, answer: &Answer) -> bool {
        let (goal, record) = self.look(ask, answer);
        let ought = goal.wish.root && ask.1 != About::Build;
        (record.is_some() || ought) && !self.grants(ask, answer)
    }

    /// What an answer grants of what must not be lost.
    fn held(&self, hold: Hold, answer: &Answer) -> BTreeSet<Ask> {
        let of = |about| self.all(about).into_iter().filter(|ask| self.grants(*ask, answer));
        let mut asks: BTreeSet<Ask> = of(About::Version).collect();
        match hold {
            Hold::Kept => {
                let roots: Vec<Ask> = asks.iter().map(|ask| (ask.0, About::Presence)).collect();
                asks.extend(roots);
            }
            Hold::There => asks.extend(of(About::Presence)),
            Hold::Variants => asks.extend(of(About::Presence).chain(of(About::Build))),
        }
        asks
    }

    /// How good an answer is: exact pins kept and roots present, then roots, then variants kept.
    fn score(&self, answer: &Answer) -> (usize, usize, usize) {
        let granted = |about| self.all(about).into_iter().filter(|ask| self.grants(*ask, answer)).count();
        let roots = granted(About::Presence);
        (granted(About::Version) + ROOT * roots, roots, granted(About::Build))
    }
}
