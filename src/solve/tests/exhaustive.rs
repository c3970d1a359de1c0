//! Generated universes, small enough to look at every set of records there is, and to hold the solution against the
//! best.
//!
//! Nothing here is shared with the solver: what fits together is read from the meaning of `depends` and `constrains`,
//! and what is granted from the meaning of the wishes.

use std::cmp::Reverse;

use proptest::prelude::*;
use rattler_conda_types::MatchSpecCondition;

use super::*;

/// What is worth how much: that a package which people use is there, its version, and that of a library.
const PRESENCE: u32 = 15;
const VERSION: u32 = 3;
const LIBRARY: u32 = 1;

/// A set of records, by name; at most one of each name, as it is a map.
pub(super) type Set<'r> = BTreeMap<&'r str, &'r RepoDataRecord>;

/// The name of a record.
pub(super) fn name(record: &RepoDataRecord) -> &str {
    record.package_record.name.as_normalized()
}

/// The package that a spec is on.
fn of(spec: &MatchSpec) -> &str {
    spec.name.as_exact().unwrap().as_normalized()
}

/// Whether a condition is true where these are there.
fn is_true<'r>(condition: &MatchSpecCondition, there: &impl Fn(&str) -> Option<&'r RepoDataRecord>) -> bool {
    match condition {
        MatchSpecCondition::MatchSpec(spec) => match of(spec) {
            virtual_package if virtual_package.starts_with("__") => linux().iter().any(|it| spec.matches(it)),
            name => there(name).is_some_and(|record| spec.matches(record)),
        },
        MatchSpecCondition::And(one, other) => is_true(one, there) && is_true(other, there),
        MatchSpecCondition::Or(one, other) => is_true(one, there) || is_true(other, there),
    }
}

/// Specs of those texts whose conditions are true where these are there.
fn counting<'t, 'r>(
    texts: impl IntoIterator<Item = &'t String>,
    there: &impl Fn(&str) -> Option<&'r RepoDataRecord>,
) -> Vec<MatchSpec> {
    let specs = texts.into_iter().map(|text| MatchSpec::from_str(text, revision_3()).unwrap());
    specs.filter(|spec| spec.condition.as_ref().is_none_or(|condition| is_true(condition, there))).collect()
}

/// What records need, with the extras that they ask for of each other, where `there` tells which are there.
fn needs<'r>(
    records: &[&'r RepoDataRecord],
    there: &impl Fn(&str) -> Option<&'r RepoDataRecord>,
) -> Vec<(&'r RepoDataRecord, MatchSpec)> {
    let of_record = |record: &&'r RepoDataRecord| {
        let record = *record;
        counting(&record.package_record.depends, there).into_iter().map(move |spec| (record, spec))
    };
    let mut needs: Vec<(&RepoDataRecord, MatchSpec)> = records.iter().flat_map(of_record).collect();
    let mut next = 0;
    let mut known: Vec<(String, String)> = Vec::new();
    while let Some((_, spec)) = needs.get(next) {
        next += 1;
        let name = of(spec).to_owned();
        for extra in spec.extras.clone().unwrap_or_default() {
            let asked = (name.clone(), extra);
            if known.contains(&asked) {
                continue;
            }
            let asked_of = records.iter().copied().filter(|record| self::name(record) == name);
            for record in asked_of {
                let specs = record.package_record.extra_depends.get(&asked.1).into_iter().flatten();
                needs.extend(counting(specs, there).into_iter().map(|spec| (record, spec)));
            }
            known.push(asked);
        }
    }
    needs
}

/// Whether the records have what they need, and nothing that they exclude.
pub(super) fn flaw(set: &Set) -> Option<String> {
    let there = |name: &str| set.get(name).copied();
    let records: Vec<&RepoDataRecord> = set.values().copied().collect();
    for (record, spec) in needs(&records, &there) {
        if !there(of(&spec)).is_some_and(|other| spec.matches(other)) {
            return Some(format!("{} needs {spec}", record.url));
        }
    }
    for record in records {
        for spec in counting(&record.package_record.constrains, &there) {
            if there(of(&spec)).is_some_and(|other| !spec.matches(other)) {
                return Some(format!("{} allows {spec}", record.url));
            }
        }
    }
    None
}

/// Every set of records that fits together.
fn all_sets(records: &[RepoDataRecord]) -> Vec<Set<'_>> {
    let mut names: Vec<&str> = records.iter().map(name).collect();
    names.sort_unstable();
    names.dedup();
    let mut sets = vec![Set::new()];
    for chosen in names {
        sets = sets
            .into_iter()
            .flat_map(|set| {
                let of_name = records.iter().filter(|record| name(record) == chosen);
                let mut more: Vec<Set> = of_name
                    .map(|record| {
                        let mut set = set.clone();
                        set.insert(chosen, record);
                        set
                    })
                    .collect();
                more.push(set);
                more
            })
            .collect();
    }
    sets.retain(|set| flaw(set).is_none());
    sets
}

/// The records that don't need what isn't there, or what can't be installed for that reason.
fn possible(records: &[RepoDataRecord]) -> Vec<RepoDataRecord> {
    let mut left = records.to_vec();
    loop {
        let is_there = |spec: MatchSpec| left.iter().any(|other| spec.matches(other));
        // A condition on packages may be false.
        let is_possible =
            |record: &&RepoDataRecord| counting(&record.package_record.depends, &|_| None).into_iter().all(is_there);
        let next: Vec<RepoDataRecord> = left.iter().filter(is_possible).cloned().collect();
        if next.len() == left.len() {
            return left;
        }
        left = next;
    }
}

/// What a set grants: presence and versions, the most important wish first, with what they count together; how near the
/// other versions are, first of what people use and then of libraries; then variants.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Granted {
    score: u32,
    packages: Vec<bool>,
    near: [Vec<Reverse<(u32, bool)>>; 2],
    variants: Vec<bool>,
}

fn granted(set: &Set, wishes: &[Wish], possible: &[RepoDataRecord]) -> Granted {
    let mut granted = Granted { score: 0, packages: Vec::new(), near: [Vec::new(), Vec::new()], variants: Vec::new() };
    for wish in wishes {
        let there = set.get(wish.pin.name.as_normalized());
        let of_name = || possible.iter().filter(|record| record.package_record.name == wish.pin.name);
        let mut grant = |worth: u32, is_granted: bool| {
            granted.packages.push(is_granted);
            granted.score += worth * u32::from(is_granted);
        };
        if wish.used {
            grant(PRESENCE, there.is_some());
        }
        if wish.pin.want != Want::Any && of_name().any(|record| wish.pin.want.accepts(record)) {
            let worth = if wish.used { VERSION } else { LIBRARY };
            grant(worth, there.is_some_and(|record| wish.pin.want.accepts(record)));
        }
        if let Some(wanted) = wish.pin.want.exact() {
            let number = |version: &str| version.parse::<u32>().unwrap();
            let wanted = number(&wanted.to_string());
            // What isn't there isn't far: as near as the nearest that exists.
            let far = |record: &RepoDataRecord| {
                let version = number(&record.package_record.version.to_string());
                (version.abs_diff(wanted), version < wanted)
            };
            let nearest = of_name().map(far).min();
            let near = there.map(|record| far(record)).or(nearest).unwrap_or_default();
            granted.near[usize::from(!wish.used)].push(Reverse(near));
        }
        let is_variant = |record: &RepoDataRecord| {
            let of_glob = |glob: &String| record.package_record.build.as_str().starts_with(glob.trim_end_matches('*'));
            wish.pin.builds.iter().all(of_glob)
        };
        if !wish.pin.builds.is_empty() && of_name().any(is_variant) {
            granted.variants.push(there.is_some_and(|record| is_variant(record)));
        }
    }
    granted
}

/// The names that what people use leads to by its dependencies, itself among them.
fn needed<'r>(set: &Set<'r>, wishes: &[Wish]) -> Vec<&'r str> {
    let is_used = |name: &&str| wishes.iter().any(|wish| wish.used && wish.pin.name.as_normalized() == *name);
    let mut reached: Vec<&str> = set.keys().copied().filter(|name| is_used(name)).collect();
    loop {
        let records: Vec<&RepoDataRecord> = reached.iter().filter_map(|name| set.get(name).copied()).collect();
        // What isn't needed itself makes no condition true.
        let there = |name: &str| set.get(name).copied().filter(|_| reached.contains(&name));
        let needs = needs(&records, &there);
        let mut new: Vec<&str> =
            needs.iter().filter_map(|(_, spec)| set.get_key_value(of(spec)).map(|it| *it.0)).collect();
        new.retain(|name| !reached.contains(name));
        new.sort_unstable();
        new.dedup();
        if new.is_empty() {
            return reached;
        }
        reached.extend(new);
    }
}

/// What a record says of another package.
fn any_spec() -> impl Strategy<Value = String> {
    (0..5usize, 1..4u32, 0..6usize).prop_map(|(name, version, form)| match form {
        0 => format!("p{name}"),
        1 => format!("p{name} >={version}"),
        2 => format!("p{name} <={version}"),
        3 => format!("p{name} {version}"),
        4 => format!("p{name} !={version}"),
        _ => format!("p{name} * {}*", if version == 1 { "cuda" } else { "cpu" }),
    })
}

/// When something that a record says counts.
fn any_condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        6 => (0..5usize, prop::sample::select(vec!["", " >=2", " <3", " 2"])).prop_map(|(name, version)| format!("p{name}{version}")),
        1 => Just("__linux".to_owned()),
        1 => Just("__osx".to_owned()),
    ];
    let joined = (leaf.clone(), prop::sample::select(vec!["and", "or"]), leaf.clone());
    prop_oneof![2 => leaf, 1 => joined.prop_map(|(one, joined, other)| format!("{one} {joined} {other}"))]
}

/// What a record says of another package, some of it under a condition.
fn any_statement() -> impl Strategy<Value = String> {
    let extra = prop::option::weighted(0.2, prop::sample::select(vec!["x", "y"]));
    (any_spec(), prop::option::weighted(0.3, any_condition()), extra).prop_map(|(spec, when, extra)| {
        let extra = extra.map(|extra| format!("extras=[{extra}]"));
        let parts: Vec<String> = extra.into_iter().chain(when.map(|when| format!("when=\"{when}\""))).collect();
        if parts.is_empty() { spec } else { format!("{spec}[{}]", parts.join(",")) }
    })
}

prop_compose! {
    /// A record of one of five names in one of three versions and one of two builds.
    fn any_record()(
        name in 0..5usize,
        version in 1..4u32,
        build in prop::sample::select(vec!["cpu_0", "cuda_0", "cuda_1"]),
        number in 0..2u32,
        depends in prop::collection::vec(any_statement(), 0..3),
        constrains in prop::collection::vec(any_statement(), 0..2),
        extra in prop::collection::vec(any_statement(), 0..2),
        tracked in prop::bool::weighted(0.1),
        day in 0..400i64,
    ) -> RepoDataRecord {
        let of_others = |specs: &[String]| -> Vec<String> {
            specs.iter().filter(|spec| !spec.starts_with(&format!("p{name}"))).cloned().collect()
        };
        let (depends, constrains, extra) = (of_others(&depends), of_others(&constrains), of_others(&extra));
        let depends: Vec<&str> = depends.iter().map(String::as_str).collect();
        let features: &[&str] = if tracked { &["last"] } else { &[] };
        let fields = json!({
            "constrains": constrains, "build_number": number, "timestamp": days(day), "track_features": features,
            "extra_depends": {"x": extra},
        });
        record_with(&format!("p{name} {version} {build}"), &depends, &fields)
    }
}

prop_compose! {
    /// The records of a channel, each file once.
    pub(super) fn any_channel()(records in prop::collection::vec(any_record(), 1..16)) -> Vec<RepoDataRecord> {
        let by_url: BTreeMap<String, RepoDataRecord> =
            records.into_iter().map(|record| (record.url.to_string(), record)).collect();
        by_url.into_values().collect()
    }
}

prop_compose! {
    /// A wish for a name in its role.
    fn any_wish(name: usize, role: &'static str)(
        version in prop::option::of(1..4u32),
        variant in prop::option::weighted(0.2, prop::sample::select(vec!["cpu*", "cuda*"])),
    ) -> String {
        let version = version.map(|version| format!("=={version}")).unwrap_or_default();
        let variant = variant.map(|glob| format!("@{glob}")).unwrap_or_default();
        format!("{role}p{name}{version}{variant}")
    }
}

/// A wish each for some of five names, in any order of importance: roots, what people use besides, and libraries.
pub(super) fn any_wishes() -> impl Strategy<Value = Vec<String>> {
    let names = prop::sample::subsequence((0..5).collect::<Vec<usize>>(), 1..=5).prop_shuffle();
    let roles = prop::collection::vec(prop::sample::select(vec!["*", "+", ""]), 5);
    (names, roles)
        .prop_flat_map(|(names, roles)| names.iter().map(|name| any_wish(*name, roles[*name])).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_solution_is_the_best_of_all_there_are(
        records in any_channel(),
        wanted in any_wishes(),
        as_of in prop::option::of(0..400i64),
    ) {
        let texts: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let wishes = wishes(&texts);
        let as_of = as_of.map(|day| Timestamp::from_millisecond(days(day)).unwrap().to_string());
        let solution = match try_solve(&texts, records.clone(), as_of.as_deref()) {
            Ok(solution) => solution,
            Err(SolveError::Nothing { .. }) => {
                let exists = |wish: &Wish| records.iter().any(|record| record.package_record.name == wish.pin.name);
                prop_assert!(!wishes.iter().any(exists));
                return Ok(());
            }
            Err(error) => return Err(TestCaseError::fail(format!("without a python there is always an answer: {error}"))),
        };
        let found: Set = solution.records.iter().map(|record| (name(record), record)).collect();
        prop_assert_eq!(found.len(), solution.records.len(), "a name came twice");
        prop_assert_eq!(flaw(&found), None);
        prop_assert!(solution.proven);

        let possible = possible(&records);
        let mut ours = granted(&found, &wishes, &possible);
        let sets = all_sets(&records);
        let founded = sets.iter().filter(|set| needed(set, &wishes).len() == set.len());
        let mut all: Vec<Granted> = founded.map(|set| granted(set, &wishes, &possible)).collect();
        if as_of.is_some() {
            // Of two versions that are as near, one that had been built comes first; what comes after that differs,
            // too.
            for granted in all.iter_mut().chain([&mut ours]) {
                (granted.near, granted.variants) = Default::default();
            }
        }
        prop_assert_eq!(Some(&ours), all.iter().max(), "{:?}", titles(&solution));

        let needed = needed(&found, &wishes);
        for record in &solution.records {
            prop_assert!(needed.contains(&name(record)), "{} is there for nothing", record.url);
        }
    }

    #[test]
    fn what_a_channel_gains_later_changes_nothing(
        records in any_channel(),
        gained in any_channel(),
        wanted in any_wishes(),
        as_of in prop::option::of(0..400i64),
    ) {
        let texts: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let as_of = as_of.map(|day| Timestamp::from_millisecond(days(day)).unwrap().to_string());
        let Ok(solution) = try_solve(&texts, records.clone(), as_of.as_deref()) else { return Ok(()) };
        let later = gained.into_iter().filter(|record| records.iter().all(|old| old.url != record.url)).map(|record| {
            let mut record = record;
            record.package_record.timestamp = Some(jiff::Timestamp::from_millisecond(days(500)).unwrap().into());
            record
        });
        let grown: Vec<RepoDataRecord> = records.iter().cloned().chain(later).collect();
        for records in [records, grown] {
            let again = try_solve_up_to(solution.horizon, &texts, records, as_of.as_deref()).unwrap();
            prop_assert_eq!(titles(&again), titles(&solution));
            prop_assert_eq!(again.horizon, solution.horizon);
        }
    }

    #[test]
    fn every_fate_says_what_the_records_say_and_every_answer_comes_twice(
        records in any_channel(),
        wanted in any_wishes(),
    ) {
        let texts: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let Ok(solution) = try_solve(&texts, records.clone(), None) else { return Ok(()) };
        let mut turned = records;
        turned.reverse();
        prop_assert_eq!(titles(&solution), titles(&try_solve(&texts, turned, None).unwrap()));
        prop_assert_eq!(solution.outcomes.len(), wanted.len());
        for outcome in &solution.outcomes {
            let there = solution.records.iter().find(|record| record.package_record.name == outcome.pin.name);
            let is_variant = |record: &RepoDataRecord| {
                let of_glob = |glob: &String| record.package_record.build.as_str().starts_with(glob.trim_end_matches('*'));
                outcome.pin.builds.iter().all(of_glob)
            };
            let is_wanted = |record: &RepoDataRecord| outcome.pin.want.accepts(record) && is_variant(record);
            match &outcome.fate {
                Fate::Kept { record } => {
                    prop_assert_eq!(Some(&**record), there);
                    prop_assert!(is_wanted(record));
                }
                Fate::Moved { record, reason } => {
                    prop_assert_eq!(Some(&**record), there);
                    prop_assert!(!is_wanted(record));
                    prop_assert!(*reason != Reason::NotTried, "{outcome:?} of {:?}", titles(&solution));
                }
                Fate::Gone { reason } => {
                    prop_assert_eq!(None, there);
                    prop_assert!(*reason != Reason::NotTried, "{outcome:?} of {:?}", titles(&solution));
                }
            }
        }
    }
}
