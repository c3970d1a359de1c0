//! What is asked, as clauses: every record within reach is a variable, which is true if it is installed.

use std::collections::{HashMap, HashSet};

use envlock::intent::{Want, Wish};
use varisat::{ExtendFormula as _, Lit, Solver};

use crate::records::{AllRecords, Spec, Specs};

/// What can't be had any other way is worth this much, in exact versions.
const PRESENCE: u32 = 2;

/// Something that is wanted, and not at all costs.
pub struct Soft {
    /// The literal that makes it so.
    pub lit: Lit,
    /// What it costs to go without.
    pub weight: u32,
    /// Records of which one is to be installed; any set will do where it is `None`.
    one_of: Option<Vec<usize>>,
    /// Records that aren't to be installed.
    none_of: Vec<usize>,
}

impl Soft {
    /// Whether a set of records has it so.
    pub fn is_granted(&self, installed: &HashSet<usize>) -> bool {
        let any = |records: &[usize]| records.iter().any(|record| installed.contains(record));
        self.one_of.as_deref().is_none_or(any) && !any(&self.none_of)
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
    let wishes: Vec<&Wish> = wishes.iter().filter(|wish| wish.pin.only_for.is_none()).collect();
    let names = wishes.iter().map(|wish| wish.pin.name.as_normalized());
    let pythons = pythons(all, &wishes);
    let reach = Reach::of(all, specs, names, pythons.as_deref());
    let mut clauses =
        Clauses { reach: &reach, solver: Solver::new(), installed: HashMap::new(), specs: HashMap::new() };
    clauses.records(all, specs);
    if pythons.is_some() {
        let pythons = clauses.lits(reach.names.get("python").map_or(&[], Vec::as_slice));
        clauses.solver.add_clause(&pythons);
    }
    let softs = wishes.iter().flat_map(|wish| clauses.wish(all, wish)).collect();
    Statement { solver: clauses.solver, softs }
}

/// The records of python that will do, where the wishes say which; that isn't up for choice. Of an exact version the minor
/// one counts.
fn pythons(all: &AllRecords, wishes: &[&Wish]) -> Option<Vec<usize>> {
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
        pythons: Option<&[usize]>,
    ) -> Self {
        let mut names: HashMap<String, Vec<usize>> = HashMap::new();
        let mut ahead: Vec<String> = wanted.map(str::to_owned).collect();
        while let Some(name) = ahead.pop() {
            if names.contains_key(&name) {
                continue;
            }
            let is_fit = |index: &&usize| {
                let package = &all.records[**index].package_record;
                let is_python = name != "python" || pythons.is_none_or(|pythons| pythons.contains(index));
                is_python && package.depends.iter().all(|text| specs.get(text).offered.is_none_or(|(met, _)| met))
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

struct Clauses<'c> {
    reach: &'c Reach,
    solver: Solver<'static>,
    installed: HashMap<usize, Lit>,
    specs: HashMap<String, (Lit, Lit)>,
}

impl Clauses<'_> {
    fn lits(&self, records: &[usize]) -> Vec<Lit> {
        records.iter().map(|record| self.installed[record]).collect()
    }

    /// One record of each name at most, and with each what it needs and nothing that it excludes.
    fn records<'r>(&mut self, all: &'r AllRecords, specs: &Specs<'r>) {
        let mut names: Vec<&String> = self.reach.names.keys().collect();
        names.sort();
        for name in &names {
            let mut before: Option<Lit> = None;
            for &index in &self.reach.names[*name] {
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
            for &index in &self.reach.names[name] {
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
        let package = self.reach.names.get(&spec.name).map_or(&[][..], Vec::as_slice);
        let mut clause = vec![!one_of];
        for index in package {
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

    /// What a wish is for: its version, and for what was asked for, that it is there.
    fn wish(&mut self, all: &AllRecords, wish: &Wish) -> Vec<Soft> {
        let package = self.of_name(wish.pin.name.as_normalized());
        let (right, wrong): (Vec<usize>, Vec<usize>) =
            package.iter().copied().partition(|index| wish.pin.want.accepts(&all.records[*index]));
        let mut softs = Vec::new();
        if wish.pin.want != Want::Any && !right.is_empty() {
            let one_of = match (wish.root, wish.needed_by.is_empty()) {
                (true, _) => Some(right),
                // It came with the platform: it is wanted in no other version.
                (false, true) => None,
                // It came along: it may go with all that need it.
                (false, false) => {
                    let needing = wish.needed_by.iter().flat_map(|name| self.of_name(name.as_normalized()));
                    Some(right.into_iter().chain(needing).collect())
                }
            };
            softs.push(self.soft(1, one_of, wrong));
        }
        if wish.root && !package.is_empty() {
            softs.push(self.soft(PRESENCE, Some(package), Vec::new()));
        }
        softs
    }

    fn of_name(&self, name: &str) -> Vec<usize> {
        self.reach.names.get(name).cloned().unwrap_or_default()
    }

    fn soft(&mut self, weight: u32, one_of: Option<Vec<usize>>, none_of: Vec<usize>) -> Soft {
        let lit = self.solver.new_lit();
        if let Some(one_of) = &one_of {
            let clause: Vec<Lit> = std::iter::once(!lit).chain(self.lits(one_of)).collect();
            self.solver.add_clause(&clause);
        }
        for record in self.lits(&none_of) {
            self.solver.add_clause(&[!lit, !record]);
        }
        Soft { lit, weight, one_of, none_of }
    }
}
