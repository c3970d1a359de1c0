//! The engine: `rattler_solve`'s view of the records, solved by resolvo.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rattler_conda_types::{
    GenericVirtualPackage, NamelessMatchSpec, PackageName, ParseStrictness, RepoDataRecord, VersionSpec,
};
use rattler_solve::{
    ChannelPriority, SolveStrategy,
    resolvo::{CondaDependencyProvider, NameType, RepoData, SolverPackageRecord},
};
use resolvo::{
    ConditionalRequirement, Problem, Solver, UnsolvableOrCancelled, VersionSetId,
    conflict::{ConflictEdge, ConflictNode},
};
use url::Url;

use super::{
    Request,
    candidates::Candidates,
    error::SolveError,
    literal::{About, Literal},
    python::Python,
};

/// What the engine solves over.
pub(super) struct Supply<'e> {
    /// The usable records, see [`eras`].
    pub eras: &'e [Vec<RepoDataRecord>],
    /// The wishes.
    pub literals: Vec<Literal>,
    /// What the target image offers.
    pub virtual_packages: &'e [GenericVirtualPackage],
}

/// The usable records by era.
///
/// The cut-off is a preference: each month after it poses as a channel of its own, of ever lower priority, so that
/// flexible channel priority turns to it only where nothing older will do.
pub(super) fn eras(request: &Request, candidates: &Candidates) -> Vec<Vec<RepoDataRecord>> {
    let era = |(months, records): (u32, Vec<&RepoDataRecord>)| {
        let channel = format!("{months} months later");
        let of_era = |record: &RepoDataRecord| RepoDataRecord { channel: Some(channel.clone()), ..record.clone() };
        records.into_iter().map(of_era).collect()
    };
    candidates.by_era(request).into_iter().map(era).collect()
}

/// The chosen records by name, without the literals.
pub(super) type Answer = BTreeMap<PackageName, Url>;

/// Something to ask for: the index of a literal, and what about its wish.
pub(super) type Ask = (usize, About);

/// Which hard wishes can't be had together.
#[derive(Clone, Debug)]
pub(super) struct Clash {
    /// Indices of the literals that take part.
    pub literals: Vec<usize>,
    /// The whole conflict as text.
    pub proof: Option<String>,
}

/// The engine, which keeps what it learned about the records from one attempt to the next.
pub(super) struct Engine<'s> {
    supply: &'s Supply<'s>,
    solver: Solver<CondaDependencyProvider<'s>>,
    base: Vec<VersionSetId>,
    soft: Vec<VersionSetId>,
    hard: BTreeMap<Ask, VersionSetId>,
}

impl<'s> Engine<'s> {
    /// Sets the engine up.
    ///
    /// # Errors
    ///
    /// [`SolveError::Records`] if the records contradict each other.
    pub(super) fn new(supply: &'s Supply<'s>, python: Option<&Python>) -> Result<Self, SolveError> {
        let literals: Vec<&RepoDataRecord> = supply.literals.iter().flat_map(|literal| &literal.candidates).collect();
        let repodata = supply
            .eras
            .iter()
            .map(|era| era.iter().collect::<Vec<_>>())
            .chain([literals])
            .map(|records| RepoData { records, multi_channel: None });
        let provider = CondaDependencyProvider::new(
            repodata,
            &[],
            &[],
            supply.virtual_packages,
            &[],
            None,
            None,
            ChannelPriority::Flexible,
            None,
            SolveStrategy::Highest,
            Vec::new(),
            &HashMap::new(),
        )
        .map_err(|error| SolveError::Records(error.to_string()))?;

        let any = |name: &str| {
            let name = provider.pool.intern_package_name(NameType::Base(name.to_owned()));
            provider.pool.intern_version_set(name, NamelessMatchSpec::default().into())
        };
        let mut base: Vec<_> =
            supply.virtual_packages.iter().map(|package| any(package.name.as_normalized())).collect();
        if let Some(python) = python {
            let name = provider.pool.intern_package_name(NameType::Base("python".to_owned()));
            let spec = NamelessMatchSpec { version: Some(python.required().clone()), ..NamelessMatchSpec::default() };
            base.push(provider.pool.intern_version_set(name, spec.into()));
        }
        let soft = supply.literals.iter().map(|literal| any(literal.name.as_normalized())).collect();
        let mut hard = BTreeMap::new();
        for (index, literal) in supply.literals.iter().enumerate() {
            let name = provider.pool.intern_package_name(NameType::Base(literal.name.as_normalized().to_owned()));
            for &(about, rank) in &literal.asks {
                let version = VersionSpec::from_str(&format!(">={rank}"), ParseStrictness::Strict)
                    .map_err(|error| SolveError::Records(error.to_string()))?;
                let spec = NamelessMatchSpec { version: Some(version), ..NamelessMatchSpec::default() };
                hard.insert((index, about), provider.pool.intern_version_set(name, spec.into()));
            }
        }
        Ok(Self { supply, solver: Solver::new(provider), base, soft, hard })
    }

    /// Solves with some literals held and the others wanted.
    ///
    /// # Errors
    ///
    /// The literals that can't be held together.
    pub(super) fn attempt(&mut self, held: &BTreeSet<Ask>) -> Result<Answer, Clash> {
        let requirements = self
            .base
            .iter()
            .copied()
            .chain(held.iter().filter_map(|ask| self.hard.get(ask).copied()))
            .chain(self.soft.iter().copied())
            .map(ConditionalRequirement::from)
            .collect();
        let result = self.solver.solve(Problem::new().requirements(requirements));
        match result {
            Ok(solvables) => {
                let pool = &self.solver.provider().pool;
                let records = solvables.into_iter().filter_map(|id| match &pool.resolve_solvable(id).record {
                    SolverPackageRecord::Record(record) if record.channel.is_some() => Some(*record),
                    _ => None,
                });
                Ok(records.map(|record| (record.package_record.name.clone(), record.url.clone())).collect())
            }
            Err(UnsolvableOrCancelled::Unsolvable(conflict)) => {
                let graph = conflict.graph(&self.solver);
                let pool = &self.solver.provider().pool;
                let mut names = BTreeSet::new();
                for edge in graph.graph.edges(graph.root_node) {
                    if let ConflictEdge::Requires(_) = edge.weight()
                        && let ConflictNode::Solvable(id) = graph.graph[petgraph::visit::EdgeRef::target(&edge)]
                        && let NameType::Base(name) = pool.resolve_package_name(pool.resolve_solvable(id).name)
                    {
                        names.insert(name.as_str());
                    }
                }
                let literals = (0..self.supply.literals.len())
                    .filter(|&index| names.contains(self.supply.literals[index].name.as_normalized()))
                    .collect();
                let proof = held.is_empty().then(|| conflict.display_user_friendly(&self.solver).to_string());
                Err(Clash { literals, proof })
            }
            // Nothing cancels a solve: there is neither a deadline nor a token.
            Err(UnsolvableOrCancelled::Cancelled(_)) => Err(Clash { literals: Vec::new(), proof: None }),
        }
    }
}
