//! What source distributions are built with.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::VersionSpecifiers;
use pep508_rs::{MarkerEnvironment, PackageName, Requirement, VerbatimUrl, VersionOrUrl};

use super::{super::section::PipSource, Resolution, State};

/// What packages are built with.
pub(super) type Tools = BTreeMap<PackageName, BuildTool>;

/// One of them.
pub(super) struct BuildTool {
    /// The line that asks for it.
    pub(super) requirement: String,
    /// What is built with it.
    pub builds: BTreeSet<String>,
}

impl Resolution<'_> {
    /// What the source distributions are built with and nothing provides yet.
    pub(super) fn tools(&self, state: &State) -> Tools {
        let markers = self.target.markers();
        let mut tools = Tools::new();
        let from_git = state.wanted.iter().filter(|it| matches!(it.source, PipSource::Git(_)));
        let usual = ["setuptools".to_owned(), "wheel".to_owned()];
        let of_git = from_git.filter_map(|it| Some((it.name.as_ref()?, &usual[..])));
        let held = state.learned.iter().filter(|(_, it)| it.is_held);
        let of_sdists = held.map(|(name, it)| (name, &it.sdist.build_requires[..]));
        for (built, requires) in of_git.chain(of_sdists) {
            for text in requires {
                self.add_tool(&mut tools, state, &markers, built, text);
            }
        }
        tools
    }

    fn add_tool(&self, tools: &mut Tools, state: &State, markers: &MarkerEnvironment, built: &PackageName, text: &str) {
        let Ok(requirement) = text.parse::<Requirement<VerbatimUrl>>() else { return };
        let is_wanted = state.wanted.iter().any(|wanted| wanted.name.as_ref() == Some(&requirement.name));
        let is_there = is_wanted || self.provided.contains_key(&requirement.name);
        if is_there || !requirement.marker.evaluate(markers, &[]) {
            return;
        }
        let versions = match &requirement.version_or_url {
            Some(VersionOrUrl::VersionSpecifier(versions)) => versions.clone(),
            _ => VersionSpecifiers::empty(),
        };
        let tool = tools.entry(requirement.name.clone()).or_insert_with(|| BuildTool {
            requirement: format!("{}{versions}", requirement.name),
            builds: BTreeSet::new(),
        });
        tool.builds.insert(built.to_string());
    }
}
