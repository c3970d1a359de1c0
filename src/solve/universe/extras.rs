//! Extras: what packages need besides where it is asked for. CEP 44, <https://conda.org/learn/ceps/cep-0044>.
//!
//! An extra is a package of its own in the universe, `dask[array]`, with one candidate that needs nothing. Who asks for
//! the extra needs that, and where it is there, the records of `dask` need more.

use std::borrow::Cow;

use rattler_conda_types::Version;

use super::{
    Candidate, RecordPlace,
    gather::{Gather, Statements},
    judge::Relation,
    spec::Asks,
};
use crate::{
    channel::Row,
    solve::ids::{CandidateId, ListId, NameId, RulesId, SpecId},
    solve::rule::{Rule, Then},
};

impl<'r> Gather<'_, 'r> {
    /// The match spec on an extra of a package, which is asked for from now on.
    pub(super) fn extra(&mut self, package: NameId, extra: &str) -> SpecId {
        let known = self.extras.iter().find(|(of, _, text)| *of == package && **text == *extra);
        if let Some((_, spec, _)) = known {
            return *spec;
        }
        let text = format!("{}[{extra}]", self.world[package].text);
        let name = self.name(&text);
        let spec = self.world.add_spec(name, Cow::Owned(text), Asks::default());
        self.extras.push((package, spec, extra.into()));
        spec
    }

    /// Takes in what the extra of that number needs: its package's records have been taken in already. Tells whether
    /// there is one of that number.
    pub(super) fn take_in_extra(&mut self, number: usize) -> bool {
        let Some((package, spec, extra)) = self.extras.get(number).cloned() else { return false };
        self.add_candidate_of(spec);
        for candidate in self.world[package].candidates.clone() {
            let Some((_, row)) = self.world.row(candidate) else { continue };
            let rules = self.rules_of(row, spec, &extra);
            if !rules.is_empty() {
                let known = self.world[self.world[candidate].rules].iter().cloned();
                let all = known.chain(rules).collect();
                self.world[candidate].rules = self.rules(all);
            }
        }
        true
    }

    /// What a record needs where one of its extras is there.
    fn rules_of(&mut self, row: Row<'r>, spec: SpecId, extra: &str) -> Vec<Rule<SpecId>> {
        let texts = row.extra_depends().filter(|(group, text)| *group == extra && !text.is_empty());
        let Some(Statements { specs, rules }) = self.judge_all(Relation::Needs, texts.map(|(_, text)| text)) else {
            return vec![Rule { when: vec![spec], then: Then::Never }];
        };
        let needed = specs.into_iter().map(|needed| Rule { when: vec![spec], then: Then::Needs(needed) });
        let conditional = rules.into_iter().map(|mut rule| {
            rule.when.push(spec);
            rule
        });
        needed.chain(conditional).collect()
    }

    /// The one candidate of an extra. Its name was taken in like any other, and nothing was found.
    fn add_candidate_of(&mut self, spec: SpecId) {
        let name = self.world[spec].name;
        let candidate = CandidateId::new(self.world.candidates.len());
        self.world.candidates.push(Candidate {
            name,
            version: 0,
            version_text: "",
            build: "",
            build_number: 0,
            channel: 0,
            built: None,
            late: false,
            tracked: false,
            depends: ListId::new(0),
            constrains: ListId::new(0),
            rules: RulesId::new(0),
            place: RecordPlace { found: 0, row: 0 },
        });
        self.world[name].gathered = candidate.index()..candidate.index() + 1;
        self.world[name].candidates = vec![candidate];
        self.world[name].versions = vec![Version::major(0)];
    }
}
