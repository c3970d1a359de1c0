//! Generated worlds, small enough to look at every set of records there is, and to hold the solution against the best.
//!
//! Nothing here is shared with the solver: what fits together is read from the meaning of `depends` and `constrains`, and
//! what is granted from the meaning of the wishes.

use proptest::prelude::*;

use super::*;

/// How many exact versions the presence of a package is worth that a person asked for.
const PRESENCE: u32 = 2;

/// A set of records, by name; at most one of each name, as it is a map.
type Set<'r> = BTreeMap<&'r str, &'r RepoDataRecord>;

/// The name of a record.
pub(super) fn name(record: &RepoDataRecord) -> &str {
    record.package_record.name.as_normalized()
}

/// Whether the records have what they need, and nothing that they exclude.
fn flaw(set: &Set) -> Option<String> {
    for record in set.values() {
        let package = &record.package_record;
        let depends = package.depends.iter().map(|text| (text, true));
        for (text, needed) in depends.chain(package.constrains.iter().map(|text| (text, false))) {
            let spec = MatchSpec::from_str(text, ParseMatchSpecOptions::lenient()).unwrap();
            let other = set.get(text.split(' ').next().unwrap());
            if !other.map_or(!needed, |other| spec.matches(*other)) {
                return Some(format!("{} and {text}", record.url));
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
        let is_there = |text: &String| {
            let spec = MatchSpec::from_str(text, ParseMatchSpecOptions::lenient()).unwrap();
            left.iter().any(|other| spec.matches(other))
        };
        let next: Vec<RepoDataRecord> =
            left.iter().filter(|record| record.package_record.depends.iter().all(is_there)).cloned().collect();
        if next.len() == left.len() {
            return left;
        }
        left = next;
    }
}

/// What a set grants: of versions and presence, the most important wish first, with what each counts; then of what came
/// along; then of variants.
struct Granted {
    score: u32,
    versions: Vec<bool>,
    uses: Vec<bool>,
    variants: Vec<bool>,
}

fn granted(set: &Set, wishes: &[Wish], possible: &[RepoDataRecord]) -> Granted {
    let mut granted = Granted { score: 0, versions: Vec::new(), uses: Vec::new(), variants: Vec::new() };
    for wish in wishes {
        let there = set.get(wish.pin.name.as_normalized());
        let of_name = || possible.iter().filter(|record| record.package_record.name == wish.pin.name);
        let is_version = there.map(|record| wish.pin.want.accepts(record));
        let is_needed = wish.needed_by.iter().any(|other| set.contains_key(other.as_normalized()));
        let version = match (wish.root, wish.needed_by.is_empty(), is_version) {
            (true, _, is_version) => is_version == Some(true),
            (false, _, Some(is_version)) => is_version,
            (false, true, None) => true,
            (false, false, None) => is_needed,
        };
        if wish.pin.want != Want::Any && of_name().any(|record| wish.pin.want.accepts(record)) {
            granted.versions.push(version);
            granted.score += u32::from(version);
        }
        if wish.root {
            granted.versions.push(there.is_some());
            granted.score += PRESENCE * u32::from(there.is_some());
        } else if !wish.needed_by.is_empty() && of_name().next().is_some() {
            granted.uses.push(there.is_some() || is_needed);
        }
        let is_variant = |record: &RepoDataRecord| {
            let of_glob = |glob: &String| record.package_record.build.as_str().starts_with(glob.trim_end_matches('*'));
            wish.pin.builds.iter().all(of_glob)
        };
        if !wish.pin.builds.is_empty() && of_name().any(is_variant) {
            granted.variants.push(there.is_none_or(|record| is_variant(record)));
        }
    }
    granted
}

/// The names that a package leads to by its dependencies, itself among them.
fn reach<'r>(record: &'r RepoDataRecord, set: &Set<'r>) -> Vec<&'r str> {
    let mut reached = vec![name(record)];
    let mut next = 0;
    while let Some(of) = reached.get(next).and_then(|name| set.get(name)) {
        let needs = of.package_record.depends.iter().filter_map(|text| text.split(' ').next());
        let new: Vec<&str> = needs.filter(|name| !reached.contains(name)).collect();
        reached.extend(new);
        next += 1;
    }
    reached
}

/// Whether a package is there for something: a wish, or another package. What came along is there for its own sake where
/// nothing that needs it is there, but for what it brings in itself.
fn is_there_for_something(record: &RepoDataRecord, set: &Set, wishes: &[Wish]) -> bool {
    let needs = |other: &&RepoDataRecord| {
        other.package_record.depends.iter().any(|text| text.split(' ').next() == Some(name(record)))
    };
    let brought_in = reach(record, set);
    let is_wished = |wish: &Wish| {
        let is_gone = |other: &PackageName| {
            let other = other.as_normalized();
            !set.contains_key(other) || brought_in.contains(&other)
        };
        let heir = !wish.needed_by.is_empty() && wish.needed_by.iter().all(is_gone);
        wish.pin.name.as_normalized() == name(record) && (wish.root || heir)
    };
    // What came along and can't be had may be stood in for by what needs it.
    let stands_in = |wish: &Wish| {
        let needs = |other: &PackageName| other.as_normalized() == name(record);
        !set.contains_key(wish.pin.name.as_normalized()) && wish.needed_by.iter().any(needs)
    };
    set.values().any(needs) || wishes.iter().any(|wish| is_wished(wish) || stands_in(wish))
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

prop_compose! {
    /// A record of one of five names in one of three versions and one of two builds.
    fn any_record()(
        name in 0..5usize,
        version in 1..4u32,
        build in prop::sample::select(vec!["cpu_0", "cuda_0", "cuda_1"]),
        number in 0..2u32,
        depends in prop::collection::vec(any_spec(), 0..3),
        constrains in prop::collection::vec(any_spec(), 0..2),
        tracked in prop::bool::weighted(0.1),
        day in 0..400i64,
    ) -> RepoDataRecord {
        let of_others = |specs: &[String]| -> Vec<String> {
            specs.iter().filter(|spec| !spec.starts_with(&format!("p{name}"))).cloned().collect()
        };
        let (depends, constrains) = (of_others(&depends), of_others(&constrains));
        let depends: Vec<&str> = depends.iter().map(String::as_str).collect();
        let features: &[&str] = if tracked { &["last"] } else { &[] };
        let fields = json!({
            "constrains": constrains, "build_number": number, "timestamp": days(day), "track_features": features,
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
    fn any_wish(name: usize, role: Role, needing: Vec<usize>)(
        version in prop::option::of(1..4u32),
        variant in prop::option::weighted(0.2, prop::sample::select(vec!["cpu*", "cuda*"])),
        needed_by in prop::sample::subsequence(needing.clone(), 0..=needing.len()),
    ) -> String {
        let version = version.map(|version| format!("=={version}")).unwrap_or_default();
        let variant = variant.map(|glob| format!("@{glob}")).unwrap_or_default();
        let needed_by: Vec<String> =
            needed_by.into_iter().map(|other| format!("p{other}")).collect();
        match role {
            Role::Root => format!("*p{name}{version}{variant}"),
            // With nothing that needs it, it is what was asked for.
            Role::CameAlong if needed_by.is_empty() => format!("*p{name}{version}{variant}"),
            Role::CameAlong => format!("p{name}{version}{variant} for {}", needed_by.join(",")),
            Role::CameWithThePlatform => format!("p{name}{version}{variant}"),
        }
    }
}

/// A wish each for some of five names, in any order of importance. What came with the platform needs nothing that is
/// wanted.
fn any_wishes() -> impl Strategy<Value = Vec<String>> {
    let names = prop::sample::subsequence((0..5).collect::<Vec<usize>>(), 1..=5).prop_shuffle();
    let role = prop::sample::select(vec![Role::Root, Role::CameAlong, Role::CameWithThePlatform]);
    (names, prop::collection::vec(role, 5)).prop_flat_map(|(names, roles)| {
        let wanted = |name: &usize| roles[*name] != Role::CameWithThePlatform;
        // No rings: in an export, a root leads to whatever came along.
        let needing = |name: usize| names.iter().copied().filter(wanted).filter(|other| *other > name).collect();
        names.iter().map(|name| any_wish(*name, roles[*name], needing(*name))).collect::<Vec<_>>()
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Root,
    CameAlong,
    CameWithThePlatform,
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
        let ours = granted(&found, &wishes, &possible);
        let sets = all_sets(&records);
        let all: Vec<Granted> = sets.iter().map(|set| granted(set, &wishes, &possible)).collect();
        let most = all.iter().map(|other| other.score).max().unwrap();
        prop_assert_eq!(ours.score, most, "{:?}", titles(&solution));
        let best = all.iter().filter(|other| other.score == most).map(|other| (&other.versions, &other.uses, &other.variants)).max();
        prop_assert_eq!(Some((&ours.versions, &ours.uses, &ours.variants)), best);

        for record in &solution.records {
            prop_assert!(is_there_for_something(record, &found, &wishes), "{} is there for nothing", record.url);
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
