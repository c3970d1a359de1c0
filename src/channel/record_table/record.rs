//! From a row to the record that installers know.

use std::{collections::BTreeMap, str::FromStr};

use rattler_conda_types::{
    Flag, PackageName, PackageRecord, RepoDataRecord, VersionWithSource,
    package::{BuildString, DistArchiveIdentifier},
    utils::TimestampMs,
};

use super::{CONDA, Extra, HAS_MD5, HAS_SHA256, NO_SIZE, Row, row::moment};
use crate::channel::RecordOrigin;

impl Row<'_> {
    /// The file name of the archive.
    #[must_use]
    pub fn file_name(&self) -> String {
        match self.rows.text(self.raw.file.get()) {
            "" => {
                let ending = if self.raw.flags & CONDA == 0 { "tar.bz2" } else { "conda" };
                format!("{}-{}-{}.{ending}", self.name(), self.version(), self.build())
            }
            file => file.to_owned(),
        }
    }

    /// The match specs of each of its extras.
    fn groups(&self) -> BTreeMap<String, Vec<String>> {
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (group, spec) in self.extra_depends() {
            let specs = groups.entry(group.to_owned()).or_default();
            specs.extend((!spec.is_empty()).then(|| spec.to_owned()));
        }
        groups
    }

    /// The whole record; `None` where its name, version, build or file name can't be part of a URL or of a match spec.
    #[must_use]
    pub fn record(&self, origin: &RecordOrigin) -> Option<RepoDataRecord> {
        let (raw, file) = (self.raw, self.file_name());
        let text = self.rows.text(raw.extra.get());
        let extra: Extra = if text.is_empty() { Extra::default() } else { serde_json::from_str(text).ok()? };
        let mut record = PackageRecord::new(
            PackageName::from_str(self.name()).ok()?,
            VersionWithSource::from_str(self.version()).ok()?,
            BuildString::from_str(self.build()).ok()?,
        );
        let owned = |texts: &mut dyn Iterator<Item = &str>| texts.map(str::to_owned).collect();
        record.build_number = self.build_number();
        record.depends = owned(&mut self.depends());
        record.constrains = owned(&mut self.constrains());
        record.track_features = owned(&mut self.list(raw.track_features));
        let addition = self.addition();
        let time = |time| moment(time).map(TimestampMs::from_timestamp_millis);
        record.timestamp = time(addition.map_or(raw.timestamp, |it| it.built).get());
        record.indexed_timestamp = addition.and_then(|it| time(it.indexed.get()));
        record.flags = self.flags().map(Flag::new_unchecked).collect();
        record.extra_depends = self.groups();
        record.size = Some(raw.size.get()).filter(|size| *size != NO_SIZE);
        record.md5 = (raw.flags & HAS_MD5 != 0).then(|| raw.md5.into());
        record.sha256 = (raw.flags & HAS_SHA256 != 0).then(|| raw.sha256.into());
        record.subdir.clone_from(&origin.subdir);
        record.license = extra.license.map(|text| text.0.into_owned());
        record.license_family = extra.license_family.map(|text| text.0.into_owned());
        record.features = extra.features.map(|text| text.0.into_owned());
        record.python_site_packages_path = extra.python_site_packages_path.map(|text| text.0.into_owned());
        record.noarch = extra.noarch;
        record.purls = extra.purls.map(|purls| purls.iter().filter_map(|purl| purl.0.parse().ok()).collect());
        Some(RepoDataRecord {
            package_record: record,
            identifier: DistArchiveIdentifier::from_str(&file).ok()?,
            url: origin.base.join(&file).ok()?,
            channel: Some(origin.channel.to_string()),
        })
    }
}
