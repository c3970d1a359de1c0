//! What the names of channels mean on this machine, and where they are fetched from.

use std::collections::BTreeMap;

use url::Url;

/// The server of the channels that have a name everywhere.
pub const PUBLIC: &str = "https://conda.anaconda.org/";

/// What names of channels mean here, besides what they mean everywhere.
///
/// Source: `.condarc`, <https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/settings.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelNames {
    /// What other names are appended to (`channel_alias`). It may hold credentials.
    pub alias: Option<String>,
    /// What a name is appended to (`custom_channels`). It may hold credentials.
    pub custom: BTreeMap<String, String>,
    /// Names that stand for several channels (`custom_multichannels`, and `default_channels` as `defaults`).
    pub several: BTreeMap<String, Vec<String>>,
}

impl ChannelNames {
    /// Adds what names meant elsewhere (`NAME=URL`), where nothing is said of them here. Tells which were added.
    pub(crate) fn add_known(&mut self, known: &[String]) -> Vec<String> {
        let mut added = Vec::new();
        for (name, url) in known.iter().filter_map(|text| text.split_once('=')) {
            let is_said = self.several.contains_key(name) || self.custom(name).is_some() || self.alias.is_some();
            if !is_said {
                self.several.insert(name.to_owned(), vec![url.to_owned()]);
                added.push(format!("{name} is {url}"));
            }
        }
        added
    }

    /// The channels that a name stands for, if it stands for several, or for another one.
    pub(crate) fn several(&self, name: &str) -> Option<&[String]> {
        self.several.get(name).map(Vec::as_slice)
    }

    /// The URL of a name that has a server of its own, or whose beginning has: of `team/label/dev`, the server may be that of
    /// `team`.
    pub(crate) fn custom(&self, name: &str) -> Option<String> {
        let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
        let mut ends: Vec<usize> = ends.collect();
        ends.reverse();
        ends.into_iter().find_map(|end| self.custom.get(name.split_at(end).0)).map(|base| below(base, name))
    }

    /// The URL of any other name, where such names have another server than everywhere.
    pub(crate) fn aliased(&self, name: &str) -> Option<String> {
        self.alias.as_ref().map(|alias| below(alias, name))
    }
}

fn below(base: &str, name: &str) -> String {
    format!("{}/{name}", base.trim_end_matches('/'))
}

/// What is fetched from elsewhere than its URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// What the URLs begin with; its path ends in `/`.
    pub of: Url,
    /// What they begin with instead, in the order in which it is tried. They may hold credentials.
    pub places: Vec<Url>,
}

impl Mirror {
    /// The mirror of URLs that begin like this.
    pub(crate) fn new(of: &Url, places: Vec<Url>) -> Self {
        Self { of: directory(of.clone()), places: places.into_iter().map(directory).collect() }
    }

    /// Where a URL leads, if it begins like that.
    pub(crate) fn ways(&self, url: &Url) -> Vec<Url> {
        let Some(rest) = url.as_str().strip_prefix(self.of.as_str()) else { return Vec::new() };
        self.places.iter().filter_map(|place| Url::parse(&format!("{place}{rest}")).ok()).collect()
    }
}

/// The URL with a `/` at its end.
fn directory(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_of_a_name_has_its_server() {
        let custom = [("team", "https://a"), ("team/label", "https://b/x/")];
        let custom = custom.map(|(name, url)| (name.to_owned(), url.to_owned())).into();
        let names = ChannelNames { custom, alias: Some("https://c/conda".to_owned()), ..ChannelNames::default() };
        assert_eq!(names.custom("team").as_deref(), Some("https://a/team"));
        assert_eq!(names.custom("team/label/dev").as_deref(), Some("https://b/x/team/label/dev"));
        assert_eq!(names.custom("teams"), None);
        assert_eq!(names.aliased("other").as_deref(), Some("https://c/conda/other"));
    }

    #[test]
    fn a_mirror_is_for_what_lies_below() {
        let url = |text: &str| Url::parse(text).unwrap();
        let mirror = Mirror::new(&url("https://host/a"), vec![url("http://one/b/"), url("https://two")]);
        let ways = mirror.ways(&url("https://host/a/noarch/x-1-0.conda"));
        assert_eq!(ways, ["http://one/b/noarch/x-1-0.conda", "https://two/noarch/x-1-0.conda"].map(url));
        for other in ["https://host/ab/c", "https://host/", "http://host/a/c"] {
            assert_eq!(mirror.ways(&url(other)), []);
        }
    }
}
