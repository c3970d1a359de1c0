//! What is asked, as clauses: every record within reach is a variable, which is true if it is installed.

use std::collections::{HashMap, HashSet};

use envlock::{
    intent::{Want, Wish},
    solve::built,
};
use jiff::Timestamp;
use varisat::{ExtendFormula as _, Lit, Solver};

use crate::snapshot::records::{AllRecords, Spec, Specs};

/// What is worth how much: that a package which people use is there, its exact version, and that of a library.
const PRESENCE: u32 = 15;
const VERSION: u32 = 3;
const LIBRARY: u32 = 1;

/// What runs a language other than python. Its minor version comes before all of that.
const INTERPRETERS: [&str; 5] = ["julia", "nodejs", "perl", "r-base", "ruby"];

/// Something that is wanted, and not at all costs.
pub struct Soft {
    /// The literal that makes it so.
    pub lit: Lit,
    /// What it costs to go without.
    pub weight: u32,
    /// What it is.
    pub kind: Kind,
    /// Records of which one is to be installed.
    one_of: Vec<usize>,
}

/// What is wanted of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An interpreter's minor version.
    Minor,
    /// That a package which people use is there.
    Presence,
    /// Its version.
    Version,
    /// A library's version.
    Library,
}

impl Soft {
    /// Whether a set of records has it so.
    pub fn is_granted(&self, installed: &HashSet<usize>) -> bool {
        self.one_of.iter().any(|record| installed.contains(record))
    }
}

/// The question.
pub struct Statement {
    /// What must be.
    pub solver: Solver<'static>,
    /// What is wanted.
    pub softs: Vec<Soft>,
}

/// States what the wishes ask for.
pub fn state<'r>(all: &'r AllRecords, specs: &Specs<'r>, wishes: &[Wish]) -> Statement {
    let names = wishes.iter().map(|wish| wish.pin.name.as_normalized());
    let pythons = pythons(all, wishes);
    let mut clauses = Clauses::of(all, specs, names, &Limits { pythons: pythons.as_deref(), until: None });
    if pythons.is_some() {
        let pythons = clauses.lits(&clauses.of_name("python"));
        clauses.solver.add_clause(&pythons);
    }
    let used: HashSet<&str> =
        wishes.iter().filter(|wish| wish.used).map(|wish| wish.pin.name.as_normalized()).collect();
    clauses.nothing_for_nothing(all, specs, &used);
    let mut softs: Vec<Soft> = wishes.iter().flat_map(|wish| clauses.wish(all, wish)).collect();
    let rest: u32 = softs.iter().map(|soft| soft.weight).sum();
    softs.extend(wishes.iter().filter_map(|wish| clauses.minor(all, wish, rest + 1)));
    Statement { solver: clauses.solver, softs }
}

/// The records of python that will do, where the wishes say which; that isn't up for choice. Of an exact version the minor
/// one counts.
pub fn pythons(all: &AllRecords, wishes: &[Wish]) -> Option<Vec<usize>> {
    let wish = wishes.iter().find(|wish| wish.pin.name.as_normalized() == "python" && wish.pin.want != Want::Any)?;
    let minor = |text: &str| text.split('.').take(2).collect::<Vec<_>>().join(".");
    let will_do = |index: &usize| match &wish.pin.want {
        Want::Exact(version) => {
            minor(&version.to_string()) == minor(&all.records[*index].package_record.version.to_string())
        }
        want => want.accepts(&all.records[*index]),
    };
    Some(all.of("python").iter().copied().filter(will_do).collect())
}

/// Which records count.
#[derive(Clone, Copy, Default)]
pub struct Limits<'l> {
    /// Of python, these alone; `None` for all.
    pub pythons: Option<&'l [usize]>,
    /// What had been built by then; `None` for all.
    pub until: Option<Timestamp>,
}

/// The records that the wishes can lead to and that could be installed, by name.
struct Reach {
    names: HashMap<String, Vec<usize>>,
    possible: HashSet<usize>,
}

impl Reach {
    fn of<'r, 'n>(
        all: &'r AllRecords,
        specs: &Specs<'r>,
        wanted: impl Iterator<Item = &'n str>,
        limits: &Limits,
    ) -> Self {
        let mut names: HashMap<String, Vec<usize>> = HashMap::new();
        let mut ahead: Vec<String> = wanted.map(str::to_owned).collect();
        while let Some(name) = ahead.pop() {
            if names.contains_key(&name) {
                continue;
            }
            let is_fit = |index: &&usize| {
                let package = &all.records[**index].package_record;
                let is_python = name != "python" || limits.pythons.is_none_or(|pythons| pythons.contains(index));
                let time = built(&all.records[**index]);
                let is_in_time = limits.until.is_none_or(|until| time.is_none_or(|time| time <= until));
                is_python
                    && is_in_time
                    && package.depends.iter().all(|text| specs.get(text).offered.is_none_or(|(met, _)| met))
            };
            let fit: Vec<usize> = all.of(&name).iter().filter(is_fit).copied().collect();
            let needs = fit.iter().flat_map(|index| &all.records[*index].package_record.depends);
            ahead.extend(needs.map(|text| specs.get(text)).filter(|it| it.offered.is_none()).map(|it| it.name.clone()));
            names.insert(name, fit);
        }
        let mut reach = Self { possible: names.values().flatten().copied().collect(), names };
        reach.strike_out_what_lacks_something(all, specs);
        reach
    }

    fn strike_out_what_lacks_something<'r>(&mut self, all: &'r AllRecords, specs: &Specs<'r>) {
        loop {
            let is_there =
                |spec: &Spec| spec.offered.is_some() || spec.matches.iter().any(|index| self.possible.contains(index));
            let lacks = |index: &&usize| {
                !all.records[**index].package_record.depends.iter().all(|text| is_there(&specs.get(text)))
            };
            let struck: Vec<usize> = self.possible.iter().filter(lacks).copied().collect();
            if struck.is_empty() {
                return;
            }
            for index in struck {
                self.possible.remove(&index);
            }
            for records in self.names.values_mut() {
                records.retain(|index| self.possible.contains(index));
            }
        }
    }
}

/// What fits together.
pub struct Clauses {
    reach: Reach,
    /// What must be.
    pub solver: Solver<'static>,
    installed: HashMap<usize, Lit>,
    specs: HashMap<String, (Lit, Lit)>,
}

impl Clauses {
    /// States what fits together of what these names can lead to.
    pub fn of<'r, 'n>(
        all: &'r AllRecords,
        specs: &Specs<'r>,
        names: impl Iterator<Item = &'n str>,
        limits: &Limits,
    ) -> Self {
        let reach = Reach::of(all, specs, names, limits);
        let mut clauses = Self { reach, solver: Solver::new(), installed: HashMap::new(), specs: HashMap::new() };
        clauses.records(all, specs);
        clauses
    }

    /// A literal that makes it so that one of these records is installed, as far as they can be at all.
    pub fn one_of(&mut self, records: &[usize]) -> Lit {
        let lit = self.solver.new_lit();
        let clause: Vec<Lit> = records.iter().filter_map(|record| self.installed.get(record)).copied().collect();
        self.solver.add_clause(&clause.into_iter().chain([!lit]).collect::<Vec<_>>());
        lit
    }

    /// Whether all of these can be so at once.
    pub fn are_possible(&mut self, lits: &[Lit]) -> bool {
        self.solver.assume(lits);
        self.solver.solve().unwrap()
    }

    fn lits(&self, records: &[usize]) -> Vec<Lit> {
        records.iter().map(|record| self.installed[record]).collect()
    }

    /// One record of each name at most, and with each what it needs and nothing that it excludes.
    fn records<'r>(&mut self, all: &'r AllRecords, specs: &Specs<'r>) {
        let reach = self.reach.names.clone();
        let mut names: Vec<&String> = reach.keys().collect();
        names.sort();
        for name in &names {
            let mut before: Option<Lit> = None;
            for &index in &reach[*name] {
                let (record, so_far) = (self.solver.new_lit(), self.solver.new_lit());
                self.installed.insert(index, record);
                self.solver.add_clause(&[!record, so_far]);
                if let Some(before) = before {
                    self.solver.add_clause(&[!before, so_far]);
                    self.solver.add_clause(&[!before, !record]);
                }
                before = Some(so_far);
            }
        }
        for name in names {
            for &index in &reach[name] {
                let package = &all.records[index].package_record;
                let record = self.installed[&index];
                for text in &package.depends {
                    if specs.get(text).offered.is_none() {
                        let (one_of, _) = self.spec(text, &specs.get(text));
                        self.solver.add_clause(&[!record, one_of]);
                    }
                }
                for text in &package.constrains {
                    let spec = specs.get(text);
                    match spec.offered {
                        Some((false, true)) => self.solver.add_clause(&[!record]),
                        Some(_) => {}
                        None => {
                            let (_, no_other) = self.spec(text, &spec);
                            self.solver.add_clause(&[!record, no_other]);
                        }
                    }
                }
            }
        }
    }

    /// The literals of a spec: that a record that matches is installed, and that none is that doesn't.
    fn spec(&mut self, text: &str, spec: &Spec) -> (Lit, Lit) {
        if let Some(known) = self.specs.get(text) {
            return *known;
        }
        let (one_of, no_other) = (self.solver.new_lit(), self.solver.new_lit());
        let matches: HashSet<usize> = spec.matches.iter().copied().collect();
        let package = self.of_name(&spec.name);
        let mut clause = vec![!one_of];
        for index in &package {
            let record = self.installed[index];
            if matches.contains(index) {
                clause.push(record);
            } else {
                self.solver.add_clause(&[!no_other, !record]);
            }
        }
        self.solver.add_clause(&clause);
        self.specs.insert(text.to_owned(), (one_of, no_other));
        (one_of, no_other)
    }

    /// What people don't use is installed only where something else needs it.
    pub fn nothing_for_nothing<'r>(&mut self, all: &'r AllRecords, specs: &Specs<'r>, used: &HashSet<&str>) {
        let mut needing: HashMap<String, Vec<Lit>> = HashMap::new();
        for (name, records) in &self.reach.names {
            for record in records {
                for text in &all.records[*record].package_record.depends {
                    let spec = specs.get(text);
                    if spec.offered.is_none() && spec.name != *name {
                        needing.entry(spec.name.clone()).or_default().push(self.installed[record]);
                    }
                }
            }
        }
        for (name, records) in self.reach.names.iter().filter(|(name, _)| !used.contains(name.as_str())) {
            let needing = needing.get(name).map_or(&[][..], Vec::as_slice);
            for record in records {
                let clause: Vec<Lit> = needing.iter().copied().chain([!self.installed[record]]).collect();
                self.solver.add_clause(&clause);
            }
        }
    }

    /// What a wish is for: its version, and for what people use, that it is there.
    fn wish(&mut self, all: &AllRecords, wish: &Wish) -> Vec<Soft> {
        let package = self.of_name(wish.pin.name.as_normalized());
        let is_right = |index: &usize| wish.pin.want.accepts(&all.records[*index]);
        let right: Vec<usize> = package.iter().copied().filter(is_right).collect();
        let mut softs = Vec::new();
        if wish.pin.want != Want::Any && !right.is_empty() {
            let (weight, kind) = if wish.used { (VERSION, Kind::Version) } else { (LIBRARY, Kind::Library) };
            softs.push(self.soft(weight, kind, right));
        }
        if wish.used && !package.is_empty() {
            softs.push(self.soft(PRESENCE, Kind::Presence, package));
        }
        softs
    }

    /// The minor version of an interpreter that is pinned.
    fn minor(&mut self, all: &AllRecords, wish: &Wish, weight: u32) -> Option<Soft> {
        let name = wish.pin.name.as_normalized();
        let wanted = wish.pin.want.exact().filter(|_| INTERPRETERS.contains(&name))?;
        let minor = |text: &str| text.split('.').take(2).map(str::to_owned).collect::<Vec<_>>();
        let is_minor = |index: &usize| {
            minor(&all.records[*index].package_record.version.to_string()) == minor(&wanted.to_string())
        };
        let right: Vec<usize> = self.of_name(name).into_iter().filter(is_minor).collect();
        (!right.is_empty()).then(|| self.soft(weight, Kind::Minor, right))
    }

    /// The records of a name that can be installed, if only alone.
    pub fn of_name(&self, name: &str) -> Vec<usize> {
        self.reach.names.get(name).cloned().unwrap_or_default()
    }

    fn soft(&mut self, weight: u32, kind: Kind, one_of: Vec<usize>) -> Soft {
        Soft { lit: self.one_of(&one_of), weight, kind, one_of }
    }
}
