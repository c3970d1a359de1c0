//! What became of each wish.

use rattler_conda_types::PackageName;

use super::{
    ChannelPriority, Fate, Outcome, Reason, Request,
    closest::About,
    goal::Goal,
    ids::{CandidateId, SpecId},
    reason::Reasons,
    universe::{Refusal, Refusals, Universe},
};
use crate::{
    channel::Row,
    intent::{self, Wish},
};

/// What the findings are made from, apart from the wishes and the choice.
#[derive(Clone, Copy)]
pub(super) struct Findings<'f> {
    /// What was asked.
    pub request: &'f Request<'f>,
    /// What could be installed.
    pub world: &'f Universe<'f>,
    /// What couldn't.
    pub refusals: Refusals<'f>,
}

/// What became of each wish, in the order of the file.
pub(super) fn outcomes(findings: &Findings, goals: &[Goal], reasons: &Reasons) -> Vec<Outcome> {
    let outcome = |(index, goal): (usize, &Goal)| {
        let there = reasons.chosen_of(goal.name);
        let record = there.and_then(|candidate| findings.world.record(candidate)).map(Box::new);
        let reason = match there {
            Some(candidate) => findings.moved(index, goal, candidate, reasons),
            None => Some(findings.gone(index, goal, reasons)),
        };
        let fate = match (record, reason) {
            (Some(record), None) => Fate::Kept { record },
            (Some(record), Some(reason)) => Fate::Moved { record, reason },
            (None, reason) => Fate::Gone { reason: reason.unwrap_or(Reason::NotNeeded) },
        };
        let Wish { pin, root, used } = goal.wish;
        Outcome { pin: pin.clone(), root: *root, used: *used, fate }
    };
    let mut outcomes: Vec<Outcome> = goals.iter().enumerate().map(outcome).collect();
    outcomes.sort_by_key(|outcome| outcome.pin.line);
    outcomes
}

impl Findings<'_> {
    /// Why a package is there in another version or variant than the wanted one; `None` where it is what was wanted.
    fn moved(&self, index: usize, goal: &Goal, candidate: CandidateId, reasons: &Reasons) -> Option<Reason> {
        let matches = |spec: SpecId, candidate| self.world[spec].matches.contains(&candidate);
        let is_version = |candidate| goal.version.is_none_or(|spec| matches(spec, candidate));
        let is_variant =
            |candidate| goal.variant.is_empty() || goal.variant.iter().any(|spec| matches(*spec, candidate));
        let candidates = &self.world[goal.name].candidates;
        if !is_version(candidate) {
            if !candidates.iter().any(|other| is_version(*other)) {
                let reason = self.hidden(goal, candidate).or_else(|| self.refused(goal, false));
                return Some(reason.unwrap_or(Reason::NoSuchVersion));
            }
            return Some(reasons.why(index, About::Version));
        }
        if is_variant(candidate) {
            return None;
        }
        if !candidates.iter().any(|other| is_version(*other) && is_variant(*other)) {
            return Some(self.refused(goal, true).unwrap_or(Reason::NoSuchVariant));
        }
        Some(reasons.why(index, About::Variant))
    }

    /// Which channel has the wanted version, where strict priority hides it.
    fn hidden(&self, goal: &Goal, candidate: CandidateId) -> Option<Reason> {
        if self.world.priority != ChannelPriority::Strict {
            return None;
        }
        let asks = goal.version.map(|spec| &self.world[spec].asks)?;
        let is_version = |row: &Row| row.version().parse().is_ok_and(|version| asks.accepts_version(&version));
        let name = |rank: usize| self.request.channels.get(rank).map(|channel| channel.name.clone());
        let first = self.world[candidate].channel;
        let by = self.refusals.channel_with(goal.name, is_version).filter(|by| *by != first)?;
        Some(Reason::Hidden { by: name(by)?, first: name(first)? })
    }

    /// Why a package isn't there.
    fn gone(&self, index: usize, goal: &Goal, reasons: &Reasons) -> Reason {
        if self.world[goal.name].candidates.is_empty() {
            return self.absence(goal);
        }
        if goal.wish.used { reasons.why(index, About::Presence) } else { Reason::NotNeeded }
    }

    /// Why there is no usable record of a name.
    fn absence(&self, goal: &Goal) -> Reason {
        let name = &goal.wish.pin.name;
        if name.as_normalized().starts_with("__") {
            return Reason::Unusable(self.virtual_package(name));
        }
        if let Some(why) = self.refusals.of(goal.name, |_| true) {
            return refused(why);
        }
        if let Some(platforms) = intent::only_on(name.as_normalized()) {
            return Reason::OnlyFor(platforms.to_vec());
        }
        if let Some(renamed) = intent::renamed(name.as_normalized()).and_then(|name| name.parse().ok()) {
            return Reason::Renamed(renamed);
        }
        if intent::defaults_only(name.as_normalized()) {
            return Reason::DefaultsOnly;
        }
        Reason::NoSuchName
    }

    /// What there is to say of a line that asks for a virtual package.
    fn virtual_package(&self, name: &PackageName) -> String {
        let offered = self.request.virtual_packages.iter().find(|it| it.name == *name);
        let offered = offered.map_or("doesn't offer it".to_owned(), |it| format!("offers {}", it.version));
        format!("a virtual package, of which there is nothing to install; the image {offered}")
    }

    /// Why the wanted version, or the wanted variant of it, can't be used on the target, if there is one.
    fn refused(&self, goal: &Goal, of_variant: bool) -> Option<Reason> {
        let asks = |spec: SpecId| &self.world[spec].asks;
        let is_version = |row: &Row| {
            let accepts = |spec| row.version().parse().is_ok_and(|version| asks(spec).accepts_version(&version));
            goal.version.is_none_or(accepts)
        };
        let is_variant = |row: &Row| goal.variant.iter().any(|spec| asks(*spec).accepts_build(row.build()));
        let refusal = self.refusals.of(goal.name, |row| is_version(row) && (!of_variant || is_variant(row)))?;
        match refusal {
            // It is python itself, of which two lines ask for different ones.
            Refusal::OtherPython(python) if goal.wish.pin.name.as_normalized() == "python" => {
                let why = format!("another line asks for {python}");
                Some(Reason::Conflict { because: vec![python], why, tree: None })
            }
            refusal => Some(refused(refusal)),
        }
    }
}

/// The reason for a record that can't be installed.
fn refused(refusal: Refusal) -> Reason {
    let why = refusal.to_string();
    match refusal {
        Refusal::OtherPython(python) => Reason::OtherPython { python, why },
        Refusal::NotOffered(needs) => Reason::NotOffered { needs, why, advice: None },
        Refusal::Untrue { .. } | Refusal::Unfit(_) => Reason::Unusable(why),
    }
}
