//! What repodata says of itself: its member `info`, which is the same in one file (CEP 36) and in an index of shards
//! (CEP 16).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};
use url::Url;

use crate::base::credentials::stripped;

/// The revisions of repodata that are read: see [`Bucket`](super::record_table::Bucket).
const KNOWN_REVISIONS: u32 = 3;
/// Characters of a message that are shown; CEP 48 allows many more bytes of it.
const MESSAGE: usize = 500;

/// What the repodata of a subdir says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SubdirInfo {
    /// The URL that the packages are below, absolute or relative to that of the subdir; where none is given they are
    /// beside the repodata. CEP 15, <https://conda.org/learn/ceps/cep-0015>.
    #[serde(default, deserialize_with = "or_nothing")]
    pub base_url: Option<String>,
    /// Where the shards are, in the same way; only in an index of shards.
    #[serde(default, skip_serializing, deserialize_with = "or_nothing")]
    pub shards_base_url: Option<String>,
    /// Which channels belong to this one.
    #[serde(default, deserialize_with = "or_nothing")]
    pub channel_relations: Option<ChannelRelations>,
    /// What there is in later revisions of repodata, by `v` and the number: CEP 48,
    /// <https://conda.org/learn/ceps/cep-0048>.
    #[serde(default, deserialize_with = "or_nothing")]
    pub repodata_revisions: BTreeMap<String, RevisionInfo>,
}

/// The channels that belong to a channel, each as a path from its URL: CEP 42,
/// <https://conda.org/learn/ceps/cep-0042>.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChannelRelations {
    /// The one that comes before it.
    #[serde(default)]
    pub base: Option<String>,
    /// The one that comes after it.
    #[serde(default)]
    pub overrides: Option<String>,
}

/// What there is to say of a revision of repodata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RevisionInfo {
    /// What its channel says to those that can't read it.
    #[serde(default, deserialize_with = "or_nothing")]
    pub message: Option<String>,
}

impl SubdirInfo {
    /// Takes credentials out of the URLs, which are for those who download what is there, and leaves what matters to nobody.
    /// They may be relative to that of the subdir.
    pub(super) fn cleaned(mut self, subdir: &str) -> Self {
        let base = Url::parse(subdir).ok();
        let clean = |text: String| {
            let url = Url::options().base_url(base.as_ref()).parse(&text).ok();
            let clean = url.and_then(|url| Some(stripped(&url)).filter(|clean| *clean != url));
            clean.map_or(text, Into::into)
        };
        self.base_url = self.base_url.map(clean);
        self.shards_base_url = self.shards_base_url.map(clean);
        self.repodata_revisions.retain(|key, _| is_unknown_revision(key));
        for revision in self.repodata_revisions.values_mut() {
            let message = revision.message.take().map(|message| message.chars().take(MESSAGE).collect::<String>());
            revision.message = message.filter(|message| !message.trim().is_empty());
        }
        self
    }

    /// Notes that there are records of a revision, where that isn't said already.
    pub(super) fn note_revision(&mut self, key: &str) {
        self.repodata_revisions.entry(key.to_owned()).or_default();
    }
}

/// Whether a member of repodata, or of what it says of its revisions, is of a revision that isn't read.
pub(super) fn is_unknown_revision(key: &str) -> bool {
    let number = key.strip_prefix('v').and_then(|digits| digits.parse::<u32>().ok());
    number.is_some_and(|number| number > KNOWN_REVISIONS)
}

/// What is of another type than it should be counts for nothing.
fn or_nothing<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum AsItIs<T> {
        Expected(T),
        Other(IgnoredAny),
    }
    Ok(match AsItIs::deserialize(deserializer)? {
        AsItIs::Expected(value) => value,
        AsItIs::Other(_) => T::default(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(info: &Value) -> SubdirInfo {
        let cleaned = |info: SubdirInfo| info.cleaned("https://host/c/noarch/");
        let of_json = cleaned(serde_json::from_str(&info.to_string()).unwrap());
        assert_eq!(cleaned(rmp_serde::from_slice(&rmp_serde::to_vec(info).unwrap()).unwrap()), of_json);
        of_json
    }

    #[test]
    fn only_what_matters_is_kept() {
        let info = read(&json!({
            "subdir": "noarch", "base_url": "https://me:pw@host/a/t/b/x", "arch": null, "more": [{}],
            "shards_base_url": "/t/a/shards?b=c",
            "channel_relations": {"base": "../a", "later": 1},
            "repodata_revisions": {"v3": {"message": "three"}, "v4": {"message": "é".repeat(9000), "n_packages": 2}, "w": {}},
        }));
        assert_eq!(info.base_url.as_deref(), Some("https://host/a/x"));
        assert_eq!(info.shards_base_url.as_deref(), Some("https://host/shards"));
        assert_eq!(info.channel_relations.unwrap().base.as_deref(), Some("../a"));
        let revisions: Vec<_> = info.repodata_revisions.into_iter().collect();
        assert_eq!(revisions.len(), 1);
        assert_eq!((&*revisions[0].0, revisions[0].1.message.as_ref().unwrap().chars().count()), ("v4", MESSAGE));
    }

    #[test]
    fn what_is_of_another_type_counts_for_nothing() {
        for said in [json!(3), json!([4]), json!({"base": 1})] {
            let info = read(&json!({"base_url": said, "shards_base_url": said, "channel_relations": said}));
            assert_eq!(info, SubdirInfo::default());
        }
    }

    #[test]
    fn what_is_said_of_revisions_in_another_form_counts_for_nothing() {
        for said in [json!(null), json!([4]), json!({"v4": 1}), json!("v4")] {
            assert_eq!(read(&json!({"repodata_revisions": said})), SubdirInfo::default());
        }
        let said = read(&json!({"repodata_revisions": {"v5": {"message": ["x"]}}, "channel_relations": null}));
        assert_eq!(said.repodata_revisions["v5"], RevisionInfo::default());
    }
}
