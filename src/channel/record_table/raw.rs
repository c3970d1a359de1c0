//! A record as channels write it, in JSON (`repodata.json`) or in MessagePack (shards).

use std::{borrow::Cow, collections::BTreeMap, fmt};

use rattler_conda_types::{NoArchType, PackageName};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, SeqAccess, Visitor},
};

use crate::base::text::Text;

/// Time stamps above this are milliseconds, others are seconds: it is the last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// A record, as far as it is kept.
///
/// For the meaning of the fields see CEP 34, <https://conda.org/learn/ceps/cep-0034>, and CEP 36,
/// <https://conda.org/learn/ceps/cep-0036>; for extras, flags and the time at which a record was indexed CEPs 44, 45 and
/// 47.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RawRecord<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) version: Text<'a>,
    #[serde(borrow)]
    pub(super) build: Text<'a>,
    #[serde(default)]
    pub(super) build_number: u64,
    #[serde(borrow, default)]
    pub(super) subdir: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) depends: Vec<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) constrains: Vec<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) track_features: Features<'a>,
    #[serde(borrow, default)]
    pub(super) extra_depends: BTreeMap<Text<'a>, Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub(super) flags: Vec<Text<'a>>,
    #[serde(default)]
    timestamp: Option<i64>,
    #[serde(default)]
    indexed_timestamp: Option<i64>,
    #[serde(default)]
    pub(super) size: Option<u64>,
    #[serde(default)]
    md5: Option<Hash<16>>,
    #[serde(default)]
    sha256: Option<Hash<32>>,
    /// Where a wheel is.
    #[serde(borrow, default)]
    pub(super) url: Option<Text<'a>>,
    #[serde(borrow, default)]
    license: Option<Text<'a>>,
    #[serde(borrow, default)]
    license_family: Option<Text<'a>>,
    #[serde(borrow, default)]
    features: Option<Text<'a>>,
    #[serde(borrow, default)]
    python_site_packages_path: Option<Text<'a>>,
    #[serde(default)]
    noarch: NoArchType,
    #[serde(borrow, default)]
    purls: Option<Vec<Text<'a>>>,
}

impl RawRecord<'_> {
    /// The name as it is looked up: in lower case.
    pub(crate) fn normalized_name(&self) -> Cow<'_, str> {
        PackageName::normalized_name_from_matchspec_str(&self.name.0)
    }

    /// When it was built, in milliseconds since 1970. Old records give seconds.
    pub(super) fn built(&self) -> Option<i64> {
        self.timestamp.map(|time| if time > LAST_SECOND { time } else { time.saturating_mul(1000) })
    }

    /// When its server first listed it, in milliseconds since 1970.
    pub(super) fn indexed(&self) -> Option<i64> {
        self.indexed_timestamp
    }

    pub(super) fn md5(&self) -> Option<[u8; 16]> {
        self.md5.map(|hash| hash.0)
    }

    pub(super) fn sha256(&self) -> Option<[u8; 32]> {
        self.sha256.map(|hash| hash.0)
    }

    /// The fields that nothing looks at before the record is chosen.
    pub(super) fn extra(&self) -> Extra<'_> {
        Extra {
            license: self.license.as_ref().map(Text::borrowed),
            license_family: self.license_family.as_ref().map(Text::borrowed),
            features: self.features.as_ref().map(Text::borrowed),
            python_site_packages_path: self.python_site_packages_path.as_ref().map(Text::borrowed),
            noarch: self.noarch,
            purls: self.purls.as_ref().map(|purls| purls.iter().map(Text::borrowed).collect()),
        }
    }
}

/// What a record table keeps of a record as one text, since most records of a name have the same.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Extra<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub license: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub license_family: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub python_site_packages_path: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "NoArchType::is_none")]
    pub noarch: NoArchType,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub purls: Option<Vec<Text<'a>>>,
}

/// `track_features`: a list, or words in one text, between blanks or commas.
#[derive(Clone, Debug, Default)]
pub(crate) struct Features<'a>(pub Vec<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Features<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum RawForm<'a> {
            Words(#[serde(borrow)] Text<'a>),
            List(#[serde(borrow)] Vec<Text<'a>>),
            None(()),
        }
        let words = |text: &str| -> Vec<Cow<'a, str>> {
            text.split([',', ' ']).filter(|word| !word.is_empty()).map(|word| Cow::Owned(word.to_owned())).collect()
        };
        Ok(Self(match RawForm::deserialize(deserializer)? {
            RawForm::Words(text) => words(&text.0),
            RawForm::List(list) => list.into_iter().map(|text| text.0).collect(),
            RawForm::None(()) => Vec::new(),
        }))
    }
}

/// A hash of N bytes: JSON writes it in hexadecimal digits, MessagePack as bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hash<const N: usize>(pub [u8; N]);

impl<'de, const N: usize> Deserialize<'de> for Hash<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfHash<const N: usize>;
        impl<'de, const N: usize> Visitor<'de> for OfHash<N> {
            type Value = Hash<N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a hash of {N} bytes")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                let (digits, mut hash) = (text.trim(), [0; N]);
                // It passes over `0x`, which stands in no repodata.
                if digits.len() == 2 * N && const_hex::decode_to_slice(digits, &mut hash).is_ok() {
                    Ok(Hash(hash))
                } else {
                    Err(E::invalid_value(de::Unexpected::Str(text), &self))
                }
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                bytes.try_into().map(Hash).map_err(|_| E::invalid_length(bytes.len(), &self))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut hash = [0; N];
                for (index, byte) in hash.iter_mut().enumerate() {
                    *byte = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(index, &self))?;
                }
                Ok(Hash(hash))
            }
        }
        deserializer.deserialize_any(OfHash::<N>)
    }
}
