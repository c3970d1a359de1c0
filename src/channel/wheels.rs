//! Wheels that a channel serves. They are no conda packages: pip installs them.
//!
//! Source: `whl` in the third revision of repodata as conda-index and rattler have it (CEP 48 doesn't name it). A record of a
//! wheel has the fields of any other, and `url`. What it depends on goes by the names of conda.

use jiff::Timestamp;
use rattler_conda_types::Version;
use rattler_digest::{Sha256, Sha256Hash, parse_digest_from_hex};
use url::Url;

use super::{RecordOrigin, place::led, record_table::WheelRow};

/// A wheel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedWheel {
    /// Its version.
    pub version: Version,
    /// Where it is, as its channel has it.
    pub url: Url,
    /// Its SHA-256, where the channel says it.
    pub sha256: Option<Sha256Hash>,
    /// Since when it has been there, where the channel says it.
    pub time: Option<Timestamp>,
    /// What it needs: match specs of conda's packages.
    pub depends: Vec<String>,
    /// The place of its channel among those asked: 0 for the most important.
    pub channel: usize,
}

impl ServedWheel {
    /// What a record table has of it; `None` where its version is none, or its address none of a server.
    pub(super) fn of(row: WheelRow, from: &RecordOrigin) -> Option<Self> {
        let time = row.time.parse().ok().and_then(|time| Timestamp::from_millisecond(time).ok());
        Some(Self {
            version: row.version.parse().ok()?,
            url: led(&from.base, row.url)?,
            sha256: parse_digest_from_hex::<Sha256>(row.sha256),
            time,
            depends: row.depends.lines().map(str::to_owned).collect(),
            channel: from.rank,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_relative_to_the_packages_or_whole() {
        let from = RecordOrigin {
            channel: "https://host/c/".parse().unwrap(),
            rank: 2,
            subdir: "noarch".to_owned(),
            base: "https://files/pool/noarch/".parse().unwrap(),
        };
        let row = WheelRow { version: "1.0", url: "w/a-1.0-py3-none-any.whl", sha256: "", time: "", depends: "" };
        let wheel = ServedWheel::of(row, &from).unwrap();
        assert_eq!(wheel.url.as_str(), "https://files/pool/noarch/w/a-1.0-py3-none-any.whl");
        assert_eq!((wheel.sha256, wheel.time, wheel.depends.len(), wheel.channel), (None, None, 0, 2));
        let url = "https://other/a-1.0-py3-none-any.whl";
        let hash = "ab".repeat(32);
        let row = WheelRow { url, sha256: &hash, time: "1000", depends: "python >=3\nb[when=\"c\"]", ..row };
        let wheel = ServedWheel::of(row, &from).unwrap();
        assert_eq!((wheel.url.as_str(), wheel.sha256), (url, Some([0xab; 32].into())));
        assert_eq!(wheel.time, Some("1970-01-01T00:00:01Z".parse().unwrap()));
        assert_eq!(wheel.depends, ["python >=3", "b[when=\"c\"]"]);
        for bad in [
            WheelRow { version: "1 0", ..row },
            WheelRow { url: "https://[", ..row },
            WheelRow { url: "file:///a", ..row },
        ] {
            assert_eq!(ServedWheel::of(bad, &from), None);
        }
        assert_eq!(ServedWheel::of(WheelRow { sha256: "ab", ..row }, &from).unwrap().sha256, None, "half a hash");
    }
}
