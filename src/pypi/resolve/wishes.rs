//! The lines of an export as wishes: what can't be had together moves to the nearest that can, or goes.
//!
//! 1. What contradicts each other, Python or conda directly, by what packages say that they need, moves (`direct`).
//!    What uv names in a refusal besides gives way: any version of it will do, and the one of the line is preferred. What
//!    still stands in the way is found by asking without it, and goes.
//! 2. What has moved is asked for once more, line by line, so that nothing gives way that needn't.
//! 3. What moves for good moves to the nearest version: uv is asked for the highest below the line's and for the lowest
//!    above it.

use std::collections::BTreeMap;

use pep440_rs::{Operator, Version, VersionSpecifier};
use pep508_rs::PackageName;

use super::{Ask, Resolution, State, Stuck, learn::UNREAD};
use crate::{
    environment::without_secrets,
    pypi::{
        PipFate, PipOutcome,
        choose::Chosen,
        error::{Explained, PipError},
        near::nearer,
        section::{PipSource, WantedLine},
        uv,
    },
};

/// So often uv is asked for more than it has given already.
const QUESTIONS: usize = 48;
/// So many lines are each left out for once.
const ASKED_WITHOUT: usize = 6;
/// So often lines give way because uv names them; then they go. Of many that may be anything uv finds out slowly what
/// goes together.
const NAMINGS: usize = 12;

/// What uv said when a line was asked for once more, by its place among what is wanted.
pub(super) type Refusals = BTreeMap<usize, String>;

impl Resolution<'_> {
    /// Grants as much of the lines as can be had together.
    ///
    /// # Errors
    ///
    /// Where an index or a repository can't be reached.
    pub(super) async fn grant(
        &self,
        mut state: State,
        stuck: Stuck,
        ask: &Ask<'_>,
    ) -> Result<(State, Vec<Chosen>, Refusals), PipError> {
        state.as_of = self.request.as_of;
        state.may_be_newer = false;
        state.newer.clear();
        state.notes.clear();
        let mut chosen = self.give_way(&mut state, stuck, ask).await?;
        // How new the files may be is settled.
        state.may_be_newer = false;
        let mut questions = QUESTIONS;
        keep(&mut state, &chosen);
        let refusals = self.ask_again(&mut state, &mut chosen, &mut questions, ask).await?;
        self.approach(&mut state, &mut chosen, &mut questions, ask).await?;
        Ok((state, chosen, refusals))
    }

    /// Lets lines give way until there is an answer.
    async fn give_way(&self, state: &mut State, mut stuck: Stuck, ask: &Ask<'_>) -> Result<Vec<Chosen>, PipError> {
        let mut namings = 0;
        loop {
            match stuck {
                Stuck::Error(error) => return Err(error),
                Stuck::Failed(text) => without_what_is_not_there(state, text)?,
                Stuck::Unread(names) => unread(state, &names),
                Stuck::Unsolvable(text) => {
                    namings += 1;
                    state.learn_from(&text);
                    let may_be_freed = |it: &WantedLine| namings <= NAMINGS && is_named(&text, it);
                    let has_moved = self.settle_directly(state, ask).await
                        || self.without_what_no_version_will_do_of(state, &text, ask).await?
                        || free(state, may_be_freed);
                    if !has_moved {
                        if state.as_of.is_some() && !state.may_be_newer {
                            state.may_be_newer = true;
                        } else if state.wanted.iter().any(|it| self::is_named(&text, it)) {
                            if let Some(chosen) = self.without_one(state, &text, namings <= NAMINGS, ask).await? {
                                return Ok(chosen);
                            }
                        } else if !free(state, |_| true)
                            && let Some(last) = state.wanted.pop()
                        {
                            let why = "it doesn't go with what conda provides".to_owned();
                            state.outcomes.push(PipOutcome::new(&last, PipFate::Gone { why }));
                        }
                    }
                }
            }
            match self.attempt(state, ask).await {
                Ok(chosen) => return Ok(chosen),
                // Nothing is asked for any more.
                Err(Stuck::Unsolvable(text) | Stuck::Failed(text)) if state.wanted.is_empty() => {
                    return Err(uv::failed(text));
                }
                Err(other) => stuck = other,
            }
        }
    }

    /// Takes out a line that uv names, that needs something else than there is, and that can't be had in any version
    /// even if it is all that is asked for. Tells whether there was one.
    async fn without_what_no_version_will_do_of(
        &self,
        state: &mut State,
        text: &str,
        ask: &Ask<'_>,
    ) -> Result<bool, PipError> {
        let why = |it: &WantedLine| it.gave.as_ref()?.why.clone().filter(|_| it.is_free() && is_named(text, it));
        for index in 0..state.wanted.len() {
            let Some(why) = why(&state.wanted[index]) else { continue };
            let wanted = vec![state.wanted[index].clone()];
            let mut alone = State { wanted, may_be_newer: true, ..state.clone() };
            match self.attempt(&mut alone, ask).await {
                Err(Stuck::Error(error)) => return Err(error),
                Err(Stuck::Unsolvable(_)) => {
                    let gone = state.wanted.remove(index);
                    state.outcomes.push(PipOutcome::new(&gone, PipFate::Gone { why }));
                    return Ok(true);
                }
                Ok(_) | Err(_) => {}
            }
        }
        Ok(false)
    }

    /// Asks without each line that uv names, until there is an answer. That line is gone. Where `is_asked` isn't so,
    /// and where no single one will do, it is the first one that is free already.
    async fn without_one(
        &self,
        state: &mut State,
        text: &str,
        is_asked: bool,
        ask: &Ask<'_>,
    ) -> Result<Option<Vec<Chosen>>, PipError> {
        let named: Vec<usize> = (0..state.wanted.len()).filter(|&index| is_named(text, &state.wanted[index])).collect();
        // Of one alone there is nothing to ask.
        for &index in named.iter().take(ASKED_WITHOUT).filter(|_| is_asked && named.len() > 1) {
            let mut without = state.clone();
            let gone = without.wanted.remove(index);
            match self.attempt(&mut without, ask).await {
                Ok(chosen) => {
                    *state = without;
                    state.outcomes.push(PipOutcome::new(&gone, PipFate::Gone { why: self.in_the_way(text, &gone) }));
                    return Ok(Some(chosen));
                }
                Err(Stuck::Error(error)) => return Err(error),
                Err(_) => {}
            }
        }
        // It takes more than one: the first one goes, and what is left is asked for again.
        let free = named.iter().find(|&&index| state.wanted[index].is_free());
        if let Some(&first) = free.or(named.first()) {
            let gone = state.wanted.remove(first);
            state.outcomes.push(PipOutcome::new(&gone, PipFate::Gone { why: self.in_the_way(text, &gone) }));
        }
        Ok(None)
    }

    /// Asks once more for each line that has moved, while the others keep what they have.
    async fn ask_again(
        &self,
        state: &mut State,
        chosen: &mut Vec<Chosen>,
        questions: &mut usize,
        ask: &Ask<'_>,
    ) -> Result<Refusals, PipError> {
        let mut refusals = Refusals::new();
        for index in 0..state.wanted.len() {
            let is_open = |it: &WantedLine| it.is_free() && it.gave.as_ref().is_some_and(|gave| gave.why.is_none());
            if !is_open(&state.wanted[index]) || *questions == 0 {
                continue;
            }
            *questions -= 1;
            let mut again = state.clone();
            again.wanted[index].restore();
            again.is_examined = true;
            match self.attempt(&mut again, ask).await {
                Ok(answer) => {
                    *state = again;
                    *chosen = answer;
                    keep(state, chosen);
                }
                Err(Stuck::Error(error)) => return Err(error),
                Err(Stuck::Unsolvable(text)) => {
                    refusals.insert(index, text);
                }
                Err(Stuck::Unread(_)) => {
                    if let Some(gave) = &mut state.wanted[index].gave {
                        gave.why = Some(UNREAD.to_owned());
                    }
                }
                Err(Stuck::Failed(_)) => {}
            }
        }
        Ok(refusals)
    }

    /// Moves each line that moves to the nearest version that goes with the others.
    async fn approach(
        &self,
        state: &mut State,
        chosen: &mut Vec<Chosen>,
        questions: &mut usize,
        ask: &Ask<'_>,
    ) -> Result<(), PipError> {
        for index in 0..state.wanted.len() {
            let wanted = &state.wanted[index];
            let Some(aim) = wanted.gave.as_ref().and_then(|gave| gave.aim.clone()) else { continue };
            let Some(now) = version(chosen, wanted) else { continue };
            if !wanted.is_free() || now == aim {
                continue;
            }
            let mut nearest = (now, None);
            for (operator, lowest) in [(Operator::LessThan, false), (Operator::GreaterThan, true)] {
                let Ok(side) = VersionSpecifier::from_version(operator, aim.clone()) else { continue };
                if *questions == 0 {
                    break;
                }
                *questions -= 1;
                let mut probe = fixed(state, chosen);
                probe.wanted[index].source = PipSource::Index(side.into());
                probe.lowest = lowest;
                match self.attempt(&mut probe, ask).await {
                    Ok(answer) => {
                        let found = version(&answer, &probe.wanted[index]);
                        if let Some(found) = found.filter(|it| nearer(it, &nearest.0, &aim).is_lt()) {
                            nearest = (found, Some((probe.learned, answer)));
                        }
                    }
                    Err(Stuck::Error(error)) => return Err(error),
                    Err(_) => {}
                }
            }
            let (version, found) = nearest;
            state.wanted[index].move_to(version, None);
            if let Some((learned, answer)) = found {
                state.learned = learned;
                *chosen = answer;
            }
        }
        Ok(())
    }
}

/// Takes out a file or a revision that its server hasn't got.
///
/// # Errors
///
/// Where uv failed otherwise: a server can't be reached.
fn without_what_is_not_there(state: &mut State, text: String) -> Result<(), PipError> {
    let is_meant = |it: &WantedLine| match &it.source {
        PipSource::Git(url) | PipSource::File(url) => {
            let address = without_secrets(url.split('#').next().unwrap_or(url));
            text.contains(address.trim_start_matches("git+"))
        }
        PipSource::Index(_) => false,
    };
    let Some(index) = state.wanted.iter().position(is_meant) else { return Err(uv::failed(text)) };
    let wanted = &state.wanted[index];
    let Some(why) = uv::not_there(&text) else {
        return Err(PipError::Failed {
            message: format!("{}: `{}` can't be fetched", wanted.line.place(), wanted.line.shown()),
            why: Explained(text),
            help: "see whether it can be reached, and try again; or take the line out".to_owned(),
        });
    };
    let gone = state.wanted.remove(index);
    state.outcomes.push(PipOutcome::new(&gone, PipFate::Gone { why }));
    Ok(())
}

/// Lets the lines give way that are meant. Tells whether there were any that had not yet.
fn free(state: &mut State, is_meant: impl Fn(&WantedLine) -> bool) -> bool {
    let mut has_changed = false;
    for wanted in &mut state.wanted {
        let is_bound = matches!(wanted.source, PipSource::Index(_)) && !wanted.is_free();
        if !is_bound || !is_meant(wanted) {
            continue;
        }
        wanted.give_way();
        has_changed = true;
        // What an archive says counts for that version only.
        if let Some(name) = &wanted.name {
            state.learned.remove(name);
        }
    }
    has_changed
}

/// What doesn't say what it needs is had as a wheel, or not at all.
fn unread(state: &mut State, names: &[String]) {
    let is_meant = |it: &WantedLine| it.name.as_ref().is_none_or(|name| names.iter().any(|it| *it == name.to_string()));
    for name in names.iter().filter_map(|name| name.parse::<PackageName>().ok()) {
        state.learned.remove(&name);
        state.unread.insert(name);
    }
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    for mut wanted in std::mem::take(&mut state.wanted) {
        let is_index = matches!(wanted.source, PipSource::Index(_));
        if !is_meant(&wanted) || (wanted.name.is_none() && !names.is_empty()) {
            kept.push(wanted);
        } else if is_index && !wanted.is_free() {
            wanted.give_way();
            if let Some(gave) = &mut wanted.gave {
                gave.why = Some(UNREAD.to_owned());
            }
            kept.push(wanted);
        } else {
            gone.push(wanted);
        }
    }
    state.wanted = kept;
    state.outcomes.extend(gone.iter().map(|it| PipOutcome::new(it, PipFate::Gone { why: UNREAD.to_owned() })));
}

/// Lines that gave way and have what they asked for ask for it again: it goes together.
fn keep(state: &mut State, chosen: &[Chosen]) {
    for wanted in &mut state.wanted {
        let Some(version) = version(chosen, wanted) else { continue };
        let Some(gave) = wanted.gave.as_ref().filter(|_| wanted.is_free()) else { continue };
        if gave.asked.contains(&version) && !gave.asked.is_empty() {
            wanted.restore();
        } else if gave.why.is_some() && gave.aim.as_ref() == Some(&version) {
            wanted.move_to(version, None);
        }
    }
}

/// The same question with each line held to what it has.
fn fixed(state: &State, chosen: &[Chosen]) -> State {
    let mut fixed = state.clone();
    for wanted in &mut fixed.wanted {
        let is_index = matches!(wanted.source, PipSource::Index(_));
        if let Some(version) = version(chosen, wanted).filter(|_| is_index) {
            wanted.source = PipSource::Index(VersionSpecifier::equals_version(version).into());
        }
    }
    fixed
}

/// The version that was chosen of what is wanted.
pub(super) fn version(chosen: &[Chosen], wanted: &WantedLine) -> Option<Version> {
    let name = wanted.name.as_ref()?;
    chosen.iter().find(|it| it.name == *name)?.version.clone()
}

/// Whether uv's words name a package that is wanted.
fn is_named(text: &str, wanted: &WantedLine) -> bool {
    wanted.name.as_ref().is_some_and(|name| names(text, name.as_ref()))
}

/// Whether a text names a package.
pub(super) fn names(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    text.match_indices(name).any(|(at, found)| {
        let (before, from) = text.split_at(at);
        !before.ends_with(is_part) && !from.strip_prefix(found).is_some_and(|after| after.starts_with(is_part))
    })
}
