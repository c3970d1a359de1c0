//! Channels that belong to channels: CEP 42, <https://conda.org/learn/ceps/cep-0042>.
//!
//! The repodata of a channel may name one that comes before it, its *base*, and one that comes after it, which it
//! *overrides*. Both are taken in, and so are theirs.

#![allow(clippy::indexing_slicing, reason = "numbers are places in the list of channels that they were made for")]

use std::collections::BTreeMap;

use url::Url;

use super::{Channel, ChannelError, Place, address, info::ChannelRelations, local::is_channel, place::shown};
use crate::{base::credentials::stripped, words::and};

/// So many channels may lead from one that was asked to another: the CEP recommends it.
pub(super) const MAX_DEPTH: usize = 10;

/// A channel that comes before another one, each by its URL.
pub(super) type Edge = (Url, Url);

/// The channels that a channel is related to.
#[derive(Debug, Default)]
pub(super) struct Related {
    /// The channels, which may be known.
    pub channels: Vec<Channel>,
    /// Which comes before which.
    pub edges: Vec<Edge>,
    /// What is wrong with those that are left out.
    pub notes: Vec<String>,
}

/// The channels that a channel says it is related to.
///
/// # Errors
///
/// Where it says that the same channel comes before and after it.
pub(super) fn related(channel: &Channel, relations: &ChannelRelations) -> Result<Related, ChannelError> {
    let mut related = Related::default();
    let mut of = |reference: &Option<String>| {
        let reference = reference.as_deref()?;
        let found = resolved(channel, reference);
        if found.is_none() {
            let said = shown(reference);
            related.notes.push(format!("the channel {} belongs with `{said}`, which isn't there", channel.name));
        }
        found
    };
    let (base, overridden) = (of(&relations.base), of(&relations.overrides));
    if let (Some(base), Some(overridden)) = (&base, &overridden)
        && base.url == overridden.url
    {
        return Err(ChannelError::Relations { channels: and(&[channel.name.clone(), base.name.clone()]) });
    }
    let own = || channel.url.clone();
    related.edges.extend(base.iter().map(|base| (base.url.clone(), own())));
    related.edges.extend(overridden.iter().map(|overridden| (own(), overridden.url.clone())));
    related.channels.extend(base.into_iter().chain(overridden));
    Ok(related)
}

/// The channel at a path from another one, which must lead upwards first. Where the repodata comes from elsewhere, that of
/// the related one comes from beside it. `None` where there can be none.
fn resolved(channel: &Channel, reference: &str) -> Option<Channel> {
    if !reference.starts_with("../") {
        return None;
    }
    let slashed = |url: Url| -> Option<Url> {
        let mut url = url.join(reference).ok()?;
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Some(url)
    };
    let url = slashed(channel.url.clone())?;
    let place = match &channel.place {
        Place::Url(place) => Place::Url(slashed(place.clone())?),
        Place::Directory(directory) => {
            let directory = std::fs::canonicalize(directory.join(reference)).ok().filter(|it| is_channel(it))?;
            Place::Directory(directory)
        }
    };
    if url.scheme() == "file" {
        let Place::Directory(directory) = &place else { return None };
        let url = Url::from_directory_path(directory).ok()?;
        return Some(Channel { name: url.as_str().trim_end_matches('/').to_owned(), url, place, alias: None });
    }
    let named = address::at_url(&stripped(&url))?;
    Some(Channel { place, ..named })
}

/// Puts channels in order, those that were asked first among them, in their order.
///
/// What an edge says of two channels that were asked counts for nothing where their order says otherwise.
///
/// # Errors
///
/// Where the channels can't be put in order.
pub(super) fn ordered(asked: &[Channel], found: &[Channel], edges: &[Edge]) -> Result<Vec<Channel>, ChannelError> {
    let all: Vec<&Channel> = asked.iter().chain(found).collect();
    let numbers: BTreeMap<&Url, usize> = all.iter().enumerate().map(|(number, it)| (&it.url, number)).rev().collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); all.len()];
    for number in 1..asked.len() {
        after[number - 1].push(number);
    }
    for (before, behind) in edges {
        let (Some(&before), Some(&behind)) = (numbers.get(before), numbers.get(behind)) else { continue };
        let is_overruled = before < asked.len() && behind < before;
        if !is_overruled && !after[before].contains(&behind) {
            after[before].push(behind);
        }
    }
    let mut sort = Sort { after: &after, state: vec![Visit::Not; all.len()], way: Vec::new(), last_first: Vec::new() };
    for number in 0..all.len() {
        if let Err(ring) = sort.visit(number) {
            let names: Vec<String> = ring.into_iter().map(|number| all[number].name.clone()).collect();
            return Err(ChannelError::Relations { channels: and(&names) });
        }
    }
    Ok(sort.last_first.into_iter().rev().map(|number| all[number].clone()).collect())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Not,
    Going,
    Done,
}

/// A topological sort, depth first, which puts related channels side by side.
struct Sort<'s> {
    after: &'s [Vec<usize>],
    state: Vec<Visit>,
    /// From where the visit began to where it is.
    way: Vec<usize>,
    last_first: Vec<usize>,
}

impl Sort<'_> {
    /// Visits a channel and all that come after it. The ring where there is one.
    fn visit(&mut self, number: usize) -> Result<(), Vec<usize>> {
        match self.state[number] {
            Visit::Done => return Ok(()),
            Visit::Going => {
                let start = self.way.iter().position(|it| *it == number).unwrap_or_default();
                return Err(self.way[start..].to_vec());
            }
            Visit::Not => {}
        }
        self.state[number] = Visit::Going;
        self.way.push(number);
        for next in &self.after[number] {
            self.visit(*next)?;
        }
        self.way.pop();
        self.state[number] = Visit::Done;
        self.last_first.push(number);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(name: &str) -> Channel {
        let url: Url = format!("https://host.example/{name}/").parse().unwrap();
        Channel { name: name.to_owned(), place: Place::Url(url.clone()), url, alias: None }
    }

    /// The order of channels, where `a<b` says that a comes before b.
    fn order(asked: &str, edges: &str) -> Result<String, String> {
        let url = |name: &str| channel(name).url;
        let edges: Vec<Edge> =
            edges.split_whitespace().filter_map(|edge| edge.split_once('<')).map(|(a, b)| (url(a), url(b))).collect();
        let asked: Vec<Channel> = asked.split_whitespace().map(channel).collect();
        let mut found: Vec<Channel> = Vec::new();
        for url in edges.iter().flat_map(|(a, b)| [a, b]) {
            if !asked.iter().chain(&found).any(|known| known.url == *url) {
                found.push(channel(url.path().trim_matches('/')));
            }
        }
        let names = |channels: Vec<Channel>| channels.into_iter().map(|it| it.name).collect::<Vec<_>>().join(" ");
        ordered(&asked, &found, &edges).map(names).map_err(|error| error.to_string())
    }

    #[test]
    fn the_examples_of_the_proposal_come_out_as_it_says() {
        let ok = |order: &str| Ok(order.to_owned());
        assert_eq!(order("bioconda", "forge<bioconda"), ok("forge bioconda"));
        assert_eq!(order("rc", "rc<forge"), ok("rc forge"));
        assert_eq!(order("mine", "bioconda<mine forge<bioconda"), ok("forge bioconda mine"));
        assert_eq!(order("mine", "forge<mine mine<hotfixes"), ok("forge mine hotfixes"));
        assert_eq!(order("forge bioconda", "forge<bioconda"), ok("forge bioconda"));
        assert_eq!(order("bioconda forge", "forge<bioconda"), ok("bioconda forge"));
        assert_eq!(order("a b c", "c<a"), ok("a b c"));
    }

    #[test]
    fn a_ring_is_an_error_that_names_its_channels() {
        for (asked, edges) in [("a", "a<b b<c c<b"), ("a", "a<a"), ("a b", "b<x x<a")] {
            let error = order(asked, edges).unwrap_err();
            let named = if edges == "a<a" {
                "a"
            } else if asked == "a" {
                "b and c"
            } else {
                "a, b and x"
            };
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn a_path_leads_upwards_first() {
        let of = |channel: &Channel, reference: &str| resolved(channel, reference).map(|it| it.url.to_string());
        let label = address::named("conda-forge/label/rc").unwrap();
        assert_eq!(of(&label, "../.."), Some("https://conda.anaconda.org/conda-forge/".to_owned()));
        assert_eq!(resolved(&label, "../..").unwrap().name, "conda-forge");
        assert_eq!(of(&channel("a"), "../b"), Some("https://host.example/b/".to_owned()));
        for reference in ["", "b", "/b", "https://evil.example/", "//evil.example/", ".."] {
            assert_eq!(of(&channel("a"), reference), None, "{reference}");
        }
        // The repodata of both comes from beside each other.
        let mut mirrored = address::named("bioconda").unwrap();
        mirrored.place = Place::Url("https://me:pw@mirror.example/conda/bioconda/".parse().unwrap());
        let related = resolved(&mirrored, "../conda-forge").unwrap();
        assert_eq!(related.url.as_str(), "https://conda.anaconda.org/conda-forge/");
        assert_eq!(related.place, Place::Url("https://me:pw@mirror.example/conda/conda-forge/".parse().unwrap()));
    }
}
