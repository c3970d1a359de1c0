//! Which packages of a lock need which.

#![allow(clippy::indexing_slicing, reason = "the positions of packages come from the list of packages itself")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Input, Lockfile, Manager, Package, pip_name};
use crate::names::Names;

/// The packages of a lock, those of conda first, and what they need of each other. They are named by their places.
#[derive(Debug)]
pub struct Graph<'a> {
    packages: Vec<&'a Package>,
    needs: Vec<Vec<Need<'a>>>,
    /// Who needs each, and in which versions.
    dependants: Vec<Vec<(usize, &'a str)>>,
}

/// Something that a package needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need<'a> {
    /// Its name, as the package that needs it has it.
    pub name: &'a str,
    /// In which versions or builds.
    pub constraint: &'a str,
    /// The package that meets it; `None` where the lock has none, as of virtual packages.
    pub at: Option<usize>,
}

impl<'a> Graph<'a> {
    /// The packages of a lock. What pip's packages need may be conda's, by another name.
    #[must_use]
    pub fn new(lock: &'a Lockfile) -> Self {
        let packages: Vec<&Package> = lock.conda_packages().chain(lock.pip_packages()).collect();
        let (names, mut conda, mut pip) = (Names::default(), BTreeMap::new(), BTreeMap::new());
        for (at, package) in packages.iter().enumerate() {
            match package.manager() {
                // It is installed over what conda has of the same name.
                Manager::Pip => _ = pip.insert(package.name.normalized().to_owned(), at),
                Manager::Conda => {
                    conda.insert(package.name.normalized(), at);
                    pip.extend(names.of_name(package.name.normalized()).map(|name| (name, at)));
                }
            }
        }
        let needs = |package: &&'a Package| {
            let at = |name: &str| match package.manager() {
                Manager::Pip => pip.get(&pip_name(name)).copied(),
                Manager::Conda => conda.get(name).copied(),
            };
            // Any version of a package of pip is written as nothing.
            let need = |(name, constraint): (&'a String, &'a String)| Need {
                name,
                constraint: if constraint.is_empty() { "*" } else { constraint },
                at: at(name),
            };
            package.dependencies.iter().map(need).collect()
        };
        let needs: Vec<Vec<Need>> = packages.iter().map(needs).collect();
        let mut dependants = vec![Vec::new(); packages.len()];
        for (by, needs) in needs.iter().enumerate() {
            let mut seen = BTreeSet::new();
            for (at, constraint) in needs.iter().filter_map(|need| Some((need.at?, need.constraint))) {
                if seen.insert(at) {
                    dependants[at].push((by, constraint));
                }
            }
        }
        Self { packages, needs, dependants }
    }

    /// The place of a package: that of conda where both have one of the name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        let (of_conda, of_pip) = (name.to_ascii_lowercase(), pip_name(name));
        let is_it = |package: &&Package| match package.manager() {
            Manager::Pip => package.name.normalized() == of_pip,
            Manager::Conda => package.name.normalized() == of_conda,
        };
        self.packages.iter().position(is_it)
    }

    /// How many packages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packages.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// The package at a place.
    #[must_use]
    pub fn package(&self, at: usize) -> &'a Package {
        self.packages[at]
    }

    /// What a package needs.
    #[must_use]
    pub fn needs(&self, at: usize) -> &[Need<'a>] {
        &self.needs[at]
    }

    /// Who needs a package, and in which versions.
    pub fn dependants(&self, at: usize) -> impl Iterator<Item = (usize, &'a str)> + '_ {
        self.dependants[at].iter().copied()
    }

    /// Which of the packages an environment file asks for, by their places.
    #[must_use]
    pub fn asked(&self, input: &Input) -> Vec<bool> {
        let asked: BTreeSet<_> = input.requests.iter().map(|it| (it.manager(), it.name())).collect();
        self.packages.iter().map(|it| asked.contains(&(it.manager(), it.name.normalized()))).collect()
    }

    /// The shortest way to a package from [what was asked for](Self::asked); nothing where none leads there.
    #[must_use]
    pub fn chain(&self, at: usize, asked: &[bool]) -> Vec<usize> {
        let (mut next, mut waiting) = (vec![None; self.len()], VecDeque::from([at]));
        while let Some(here) = waiting.pop_front() {
            if asked[here] {
                return std::iter::successors(Some(here), |here| next[*here]).collect();
            }
            for (by, _) in self.dependants(here) {
                if by != at && next[by].is_none() {
                    next[by] = Some(here);
                    waiting.push_back(by);
                }
            }
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::{
        Artifact, LockedName,
        testing::{requests, small_lock},
    };

    fn package(manager: Manager, name: &str, needs: &[(&str, &str)]) -> Package {
        let dependencies = needs.iter().map(|(name, it)| ((*name).to_owned(), (*it).to_owned())).collect();
        let like = small_lock().packages()[0].clone();
        let artifact = match manager {
            Manager::Conda => like.artifact,
            Manager::Pip => Artifact::pip("https://host/a.whl", &"ab".repeat(32)).unwrap(),
        };
        Package { name: LockedName::new(manager, name).unwrap(), artifact, dependencies, ..like }
    }

    #[test]
    fn what_pip_installs_may_need_what_conda_does_by_another_name() {
        let mut lock = small_lock();
        *lock.packages_mut() = vec![
            package(Manager::Conda, "msgpack-python", &[("python", "*"), ("__glibc", ">=2.17")]),
            package(Manager::Conda, "python", &[]),
            package(Manager::Conda, "six", &[]),
            package(Manager::Pip, "app", &[("msgpack", ">=1"), ("six", ""), ("lib-a", "<2")]),
            package(Manager::Pip, "lib_a", &[]),
            package(Manager::Pip, "six", &[]),
        ];
        let graph = Graph::new(&lock);
        let names = |places: &[usize]| places.iter().map(|at| graph.package(*at).name.as_str()).collect::<Vec<_>>();
        let of_pip = |name: &str| {
            lock.packages().iter().position(|it| it.name.as_str() == name && it.manager() == Manager::Pip).unwrap()
        };
        let app = graph.find("App").unwrap();
        let places: Vec<_> = graph.needs(app).iter().map(|need| need.at).collect();
        assert_eq!(places, [Some(of_pip("lib_a")), graph.find("msgpack-python"), Some(of_pip("six"))]);
        assert_eq!(graph.needs(0).iter().map(|need| need.at).collect::<Vec<_>>(), [None, Some(1)]);

        let asked = graph.asked(&Input { requests: requests(&[], &["app==1"]), ..Input::default() });
        assert_eq!(names(&graph.chain(graph.find("python").unwrap(), &asked)), ["app", "msgpack-python", "python"]);
        assert_eq!(names(&graph.chain(graph.find("LIB.a").unwrap(), &asked)), ["app", "lib_a"]);
        assert!(graph.chain(graph.find("six").unwrap(), &asked).is_empty());
        assert_eq!(graph.find("nothing"), None);
        assert_eq!(graph.dependants(1).collect::<Vec<_>>(), [(0, "*")]);
    }
}
