//! What the dependencies and constraints of a record come to: match specs, and rules.

use std::borrow::Cow;

use super::{
    gather::{Gather, JudgedRecord, Statements},
    judge::{ConditionalVerdict, RecordVerdict, Relation},
};
use crate::{
    channel::Row,
    solve::ids::{ListId, NameId, RulesId, SpecId},
    solve::rule::{Rule, Then},
};

impl<'r> Gather<'_, 'r> {
    /// What remains open of a record's dependencies; `None` where one can't be met. What is wanted of the package's
    /// extras is one of them.
    pub(super) fn needs(&mut self, name: NameId, row: Row<'r>) -> Option<(ListId, RulesId)> {
        let mut statements = self.judge_all(Relation::Needs, row.depends())?;
        statements.specs.extend(self.wanted_extras.get(&name).into_iter().flatten());
        Some(self.numbered(statements))
    }

    /// The same of its constraints.
    pub(super) fn allows(&mut self, row: Row<'r>) -> Option<(ListId, RulesId)> {
        let statements = self.judge_all(Relation::Allows, row.constrains())?;
        Some(self.numbered(statements))
    }

    fn numbered(&mut self, statements: Statements) -> (ListId, RulesId) {
        (self.list(statements.specs), self.rules(statements.rules))
    }

    /// What remains open of dependencies or constraints; `None` where one can't be met.
    pub(super) fn judge_all(&mut self, relation: Relation, texts: impl Iterator<Item = &'r str>) -> Option<Statements> {
        let mut open = Statements::default();
        for text in texts {
            match self.judge(relation, text) {
                JudgedRecord::Open(spec) if !open.specs.contains(&spec) => open.specs.push(spec),
                JudgedRecord::Open(_) | JudgedRecord::Met => {}
                JudgedRecord::Unmet => return None,
                JudgedRecord::Conditional(place) => {
                    let Statements { specs, rules } = &self.statements[place];
                    open.specs.extend(specs);
                    open.rules.extend(rules.iter().cloned());
                }
            }
        }
        Some(open)
    }

    /// What a conditional dependency or constraint comes to.
    pub(super) fn conditional(
        &mut self,
        relation: Relation,
        text: &'r str,
        verdict: ConditionalVerdict<'r>,
    ) -> Statements {
        let ConditionalVerdict { cases, verdict, extras } = verdict;
        let mut consequences: Vec<Then<SpecId>> = Vec::new();
        if let RecordVerdict::Open(name, asks) = verdict {
            let name = self.name(&name);
            let spec = self.world.add_spec(name, Cow::Borrowed(text), asks);
            consequences.push(if relation == Relation::Needs { Then::Needs(spec) } else { Then::Allows(spec) });
            consequences.extend(extras.iter().map(|extra| Then::Needs(self.extra(name, extra))));
        } else {
            consequences.push(Then::Never);
        }
        let Some(cases) = cases else {
            let specs = consequences.into_iter().filter_map(|then| Rule { when: Vec::new(), then }.needs());
            return Statements { specs: specs.collect(), rules: Vec::new() };
        };
        let of_condition: Vec<SpecId> = cases
            .specs
            .into_iter()
            .map(|spec| {
                let name = self.name(&spec.name);
                self.world.add_spec(name, Cow::Owned(spec.text), spec.asks)
            })
            .collect();
        let mut rules = Vec::new();
        for case in &cases.cases {
            let when: Vec<SpecId> = case.iter().map(|spec| of_condition[*spec]).collect();
            rules.extend(consequences.iter().map(|then| Rule { when: when.clone(), then: *then }));
        }
        Statements { specs: Vec::new(), rules }
    }

    /// The list of rules.
    pub(super) fn rules(&mut self, mut rules: Vec<Rule<SpecId>>) -> RulesId {
        rules.sort_unstable();
        rules.dedup();
        if let Some(&known) = self.rules.get(rules.as_slice()) {
            return known;
        }
        let id = RulesId::new(self.world.rules.len());
        self.world.rules.push(rules.clone().into());
        self.rules.insert(rules.into(), id);
        id
    }

    /// The list of what is in either of two.
    pub(super) fn both(&mut self, one: RulesId, other: RulesId) -> RulesId {
        match (self.world[one].is_empty(), self.world[other].is_empty()) {
            (_, true) => one,
            (true, false) => other,
            (false, false) => self.rules([&*self.world[one], &*self.world[other]].concat()),
        }
    }
}
