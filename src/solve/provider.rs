//! The problem as resolvo asks for it.

use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Display,
};

use foldhash::fast::FixedState;
use resolvo::{
    Candidates, Condition, ConditionId, ConditionalRequirement, Dependencies, DependencyProvider,
    HintDependenciesAvailable, Interner, KnownDependencies, LogicalOperator, NameId as Name, Requirement,
    SolvableId as Solvable, SolverCache, StringId, VersionSetId, VersionSetUnionId,
};

use super::{
    closest::{Demand, Set},
    deadline::Deadline,
    ids::{CandidateId, ClassId, NameId, SpecId},
    problem::{Class, Problem},
    rule::{Rule, Then},
    universe::Universe,
};

/// Packages, candidates and classes under resolvo's names: names, solvables and version sets.
pub(super) struct Provider<'p> {
    world: &'p Universe<'p>,
    problem: &'p Problem,
    patience: Deadline,
    /// The place of each candidate among those of its package.
    place: Vec<u32>,
    unions: Vec<Vec<ClassId>>,
    /// Classes besides those of the problem.
    more: Vec<Class>,
    /// By list of rules, what they come to.
    rules: Vec<Vec<ConditionalRequirement>>,
    conditions: Vec<Condition>,
    /// By package, the union of the candidates that need it, where there must be one of them.
    needed_by: HashMap<NameId, VersionSetUnionId, FixedState>,
    /// Whether the question is a small one.
    is_easy: bool,
    /// A spec of each class, for people.
    specs: HashMap<ClassId, SpecId, FixedState>,
}

/// The candidate of a solvable.
pub(super) fn candidate(solvable: Solvable) -> CandidateId {
    CandidateId::new(solvable.into_raw() as usize)
}

fn solvable(candidate: CandidateId) -> Solvable {
    Solvable::from_raw(raw(candidate.index()))
}

fn name(name: Name) -> NameId {
    NameId::new(name.into_raw() as usize)
}

fn class(set: VersionSetId) -> ClassId {
    ClassId::new(set.0 as usize)
}

fn set(class: ClassId) -> VersionSetId {
    VersionSetId(raw(class.index()))
}

#[expect(clippy::expect_used, reason = "our own numbers are as wide")]
fn raw(index: usize) -> u32 {
    u32::try_from(index).expect("our own numbers are as wide")
}

impl<'p> Provider<'p> {
    /// Shows a problem to resolvo until the patience is over.
    pub(super) fn new(world: &'p Universe<'p>, problem: &'p Problem, patience: Deadline) -> Self {
        let mut place = vec![0; problem.requires.len()];
        for package in &problem.packages {
            for (candidate, index) in package.iter().zip(0..) {
                place[candidate.index()] = index;
            }
        }
        let mut specs = HashMap::default();
        for (index, class) in problem.of_spec.iter().enumerate() {
            specs.entry(*class).or_insert(SpecId::new(index));
        }
        let mut provider = Self {
            world,
            problem,
            patience,
            place,
            unions: Vec::new(),
            more: Vec::new(),
            rules: Vec::new(),
            conditions: Vec::new(),
            needed_by: HashMap::default(),
            is_easy: false,
            specs,
        };
        let rules = problem.rule_lists.iter();
        provider.rules = rules.map(|list| list.iter().map(|rule| provider.rule(rule)).collect()).collect();
        provider
    }

    /// What a rule comes to. resolvo knows conditions of requirements only, so what may not be under a condition is a
    /// requirement that nothing meets.
    fn rule(&mut self, rule: &Rule<ClassId>) -> ConditionalRequirement {
        let mut when: Vec<VersionSetId> = rule.when.iter().map(|class| set(*class)).collect();
        let requirement = match rule.then {
            Then::Needs(class) => set(class),
            Then::Allows(class) => {
                let name = self.problem[class].name;
                let outside = self.problem.outside(class).collect();
                when.push(self.add(Class { name, members: outside }));
                self.add(Class { name, members: Vec::new() })
            }
            Then::Never => {
                let name = rule.when.first().map_or(NameId::new(0), |class| self.problem[*class].name);
                self.add(Class { name, members: Vec::new() })
            }
        };
        let mut conditions = when.into_iter().map(Condition::Requirement).collect::<Vec<_>>().into_iter();
        let mut condition = conditions.next().map(|first| self.condition(first));
        for next in conditions {
            let next = self.condition(next);
            condition = condition.map(|all| self.condition(Condition::Binary(LogicalOperator::And, all, next)));
        }
        ConditionalRequirement { condition, requirement: requirement.into() }
    }

    fn condition(&mut self, condition: Condition) -> ConditionId {
        self.conditions.push(condition);
        ConditionId::new(raw(self.conditions.len() - 1))
    }

    /// The set of the candidates of a class that isn't one of the problem.
    fn add(&mut self, class: Class) -> VersionSetId {
        self.more.push(class);
        set(ClassId::new(self.problem.classes.len() + self.more.len() - 1))
    }

    /// The same for a question on a few packages that is known to be contradictory.
    pub(super) fn for_conflict(world: &'p Universe<'p>, problem: &'p Problem, patience: Deadline) -> Self {
        Self { is_easy: true, ..Self::new(world, problem, patience) }
    }

    /// The same, where nothing that isn't sought may be there unless something that needs it is.
    pub(super) fn with_needs(world: &'p Universe<'p>, problem: &'p Problem, patience: Deadline) -> Self {
        let mut provider = Self::new(world, problem, patience);
        let mut needed_by: BTreeMap<NameId, Vec<ClassId>> = BTreeMap::new();
        for (index, package) in problem.packages.iter().enumerate() {
            let mut needing: BTreeMap<NameId, Vec<CandidateId>> = BTreeMap::new();
            for &candidate in package {
                let at_times = problem.needs_at_times(candidate).map(|(needed, _)| needed);
                let needed: BTreeSet<NameId> = problem.needs(candidate).chain(at_times).collect();
                for needed in needed.into_iter().filter(|needed| needed.index() != index) {
                    needing.entry(needed).or_default().push(candidate);
                }
            }
            for (needed, members) in needing {
                needed_by.entry(needed).or_default().push(ClassId::new(problem.classes.len() + provider.more.len()));
                provider.more.push(Class { name: NameId::new(index), members });
            }
        }
        for (needed, classes) in needed_by.into_iter().filter(|(needed, _)| !problem.sought[needed.index()]) {
            let union = provider.union(classes);
            provider.needed_by.insert(needed, union);
        }
        provider
    }

    fn union(&mut self, classes: Vec<ClassId>) -> VersionSetUnionId {
        self.unions.push(classes);
        VersionSetUnionId(raw(self.unions.len() - 1))
    }

    /// The set of exactly the candidates of a demand.
    pub(super) fn demand(&mut self, demand: &Demand) -> VersionSetId {
        self.add(Class { name: demand.name, members: demand.members.clone() })
    }

    /// The candidates of a set.
    pub(super) fn class(&self, set: VersionSetId) -> &Class {
        let index = set.0 as usize;
        self.problem.classes.get(index).unwrap_or_else(|| &self.more[index - self.problem.classes.len()])
    }

    /// The requirement of a candidate of one of these sets, the first ones before the others.
    pub(super) fn require(&mut self, sets: &[Set]) -> Requirement {
        let classes: Vec<ClassId> = sets.iter().map(|set| set.class(self.problem)).collect();
        if let [only] = classes[..] {
            return set(only).into();
        }
        self.union(classes).into()
    }
}

impl Interner for Provider<'_> {
    type NameId = Name;
    type SolvableId = Solvable;

    fn display_solvable(&self, solvable: Solvable) -> impl Display + '_ {
        let candidate = &self.world[candidate(solvable)];
        format!("{} {} {}", self.world[candidate.name].text, candidate.version_text, candidate.build)
    }

    fn display_merged_solvables(&self, solvables: &[Solvable]) -> impl Display + '_ {
        let Some(first) = solvables.first() else { return String::new() };
        let mut versions: Vec<&str> =
            solvables.iter().map(|solvable| self.world[candidate(*solvable)].version_text).collect();
        versions.dedup();
        format!("{} {}", self.world[self.world[candidate(*first)].name].text, versions.join(" | "))
    }

    fn display_name(&self, id: Name) -> impl Display + '_ {
        &*self.world[name(id)].text
    }

    fn display_version_set(&self, set: VersionSetId) -> impl Display + '_ {
        let spec = self.specs.get(&class(set)).map(|spec| &*self.world[*spec].text);
        let constraint = spec.and_then(|text| text.split_once(' ')).map(|(_, constraint)| constraint.to_owned());
        // A demand has no text of its own.
        let only_version = || {
            let mut versions = self.class(set).members.iter().map(|member| self.world[*member].version_text);
            let first = versions.next()?;
            versions.all(|version| version == first).then(|| format!("=={first}"))
        };
        constraint.or_else(only_version).unwrap_or_else(|| "*".to_owned())
    }

    fn display_string(&self, _: StringId) -> impl Display + '_ {
        ""
    }

    fn version_set_name(&self, set: VersionSetId) -> Name {
        Name::from_raw(raw(self.class(set).name.index()))
    }

    fn solvable_name(&self, solvable: Solvable) -> Name {
        Name::from_raw(raw(self.world[candidate(solvable)].name.index()))
    }

    fn version_sets_in_union(&self, union: VersionSetUnionId) -> impl Iterator<Item = VersionSetId> {
        self.unions[union.0 as usize].iter().map(|class| set(*class))
    }

    fn resolve_condition(&self, id: ConditionId) -> Condition {
        self.conditions[id.as_u32() as usize].clone()
    }
}

impl DependencyProvider for Provider<'_> {
    async fn filter_candidates(&self, _: &[Solvable], set: VersionSetId, inverse: bool) -> Vec<Solvable> {
        if inverse {
            return self.problem.others(self.class(set)).map(solvable).collect();
        }
        self.class(set).members.iter().copied().map(solvable).collect()
    }

    async fn get_candidates(&self, id: Name) -> Option<Candidates> {
        Some(Candidates {
            candidates: self.problem.candidates(name(id)).iter().copied().map(solvable).collect(),
            // Without this the search is quick on easy problems and endless on hard ones.
            hint_dependencies_available: if self.is_easy {
                HintDependenciesAvailable::None
            } else {
                HintDependenciesAvailable::All
            },
            ..Candidates::default()
        })
    }

    async fn sort_candidates(&self, _: &SolverCache<Self>, solvables: &mut [Solvable]) {
        solvables.sort_by_key(|solvable| self.place[candidate(*solvable).index()]);
    }

    async fn get_dependencies(&self, solvable: Solvable) -> Dependencies {
        let candidate = candidate(solvable);
        Dependencies::Known(KnownDependencies {
            requirements: (self.problem.requires(candidate).iter().map(|class| set(*class).into()))
                .chain(self.rules[self.problem.rules[candidate.index()].index()].iter().copied())
                .chain(self.needed_by.get(&self.world[candidate].name).map(|union| (*union).into()))
                .collect(),
            constrains: self.problem.constrains(candidate).iter().map(|class| set(*class)).collect(),
        })
    }

    fn should_cancel_with_value(&self) -> Option<Box<dyn Any>> {
        self.patience.is_over().then(|| Box::new(()) as Box<dyn Any>)
    }
}
