//! What the packages that pip installs need of others.
//!
//! Source of the format: the core metadata (`Requires-Dist`), which an index serves beside a wheel (PEP 658, PEP 714).

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Read as _},
    path::Path,
    sync::Arc,
};

use pep508_rs::{ExtraName, MarkerEnvironment, PackageName, Requirement, VerbatimUrl, VersionOrUrl};
use tokio::task::JoinSet;
use url::Url;

use super::{
    PipOptions,
    choose::Chosen,
    index::{Asker, DistributionFile},
    learned::AllLearned,
    section::WantedLine,
    store,
};
use crate::{base::core_metadata::headers, limits::METADATA};

/// A wheel of so many bytes is small.
const SMALL: u64 = 4 << 20;

/// What packages say that they need, by their names. Those that don't say it aren't there.
pub(super) type AllRequires = BTreeMap<PackageName, Vec<Requirement<VerbatimUrl>>>;

/// What a package needs of others, by their names: version specifiers, or nothing for any version.
pub(super) type Dependencies = BTreeMap<String, String>;

/// Asks for what the chosen packages need: what was learned of a source distribution, and the metadata beside a wheel.
/// Nothing is installed by it; so where an index doesn't serve it, or doesn't answer, nothing is known.
pub(super) async fn requires(
    chosen: &[Chosen],
    learned: &AllLearned,
    options: &PipOptions,
    asker: &Arc<Asker>,
) -> AllRequires {
    let (mut tasks, mut all) = (JoinSet::new(), AllRequires::new());
    for it in chosen {
        let name = it.name.clone();
        if let Some(known) = learned.get(&name).and_then(|learned| learned.sdist.requires.as_deref()) {
            all.insert(name, read(known));
        } else if let Some((url, sha256)) = it.wheel() {
            let (asker, options) = (Arc::clone(asker), options.clone());
            tasks.spawn(async move {
                let known = of_wheel(&asker, &url, sha256.as_deref(), &options.cache_dir, options.offline).await;
                Some((name, read(&known?)))
            });
        }
    }
    all.extend(tasks.join_all().await.into_iter().flatten());
    all
}

/// The requirements that the metadata of a wheel holds, from what is kept or from the index.
async fn of_wheel(
    asker: &Asker,
    url: &Url,
    sha256: Option<&str>,
    cache_dir: &Path,
    offline: bool,
) -> Option<Vec<String>> {
    if let Some(known) = sha256.and_then(|sha256| store::read(cache_dir, sha256)) {
        return Some(known);
    }
    if offline {
        return None;
    }
    let bytes = asker.fetch(&format!("{}.metadata", url.as_str().split('#').next()?).parse().ok()?).await.ok()?;
    let requires = of_metadata(&bytes)?;
    if let Some(sha256) = sha256 {
        store::keep(cache_dir, sha256, &requires);
    }
    Some(requires)
}

/// The same of a wheel whose index doesn't serve its metadata: from the wheel itself, if it is small.
pub(super) async fn of_small_wheel(
    asker: &Asker,
    file: &DistributionFile,
    cache_dir: &Path,
    offline: bool,
) -> Option<Vec<String>> {
    let sha256 = file.sha256.as_ref().map(|it| it.to_ascii_lowercase());
    let known = of_wheel(asker, &file.url, sha256.as_deref(), cache_dir, offline).await;
    if known.is_some() || offline || file.size.is_none_or(|size| size > SMALL) {
        return known;
    }
    let bytes = asker.fetch(&file.url).await.ok()?;
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let is_it = |name: &String| name.ends_with(".dist-info/METADATA") && name.matches('/').count() == 1;
    let name = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).find(is_it)?;
    let mut metadata = Vec::new();
    METADATA.beginning(archive.by_name(&name).ok()?).read_to_end(&mut metadata).ok()?;
    let requires = of_metadata(&metadata)?;
    if let Some(sha256) = sha256 {
        store::keep(cache_dir, &sha256, &requires);
    }
    Some(requires)
}

/// The requirements in the metadata of a package.
fn of_metadata(bytes: &[u8]) -> Option<Vec<String>> {
    let headers = headers(&String::from_utf8_lossy(bytes));
    // A server may answer with a page that says that there is nothing.
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case("Metadata-Version"))?;
    let is_it = |key: &str| key.eq_ignore_ascii_case("Requires-Dist");
    Some(headers.into_iter().filter(|(key, _)| is_it(key)).map(|(_, value)| value).collect())
}

pub(super) fn read(texts: &[String]) -> Vec<Requirement<VerbatimUrl>> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

/// What each package needs on the target, with the extras that are asked of it.
pub(super) fn dependencies(
    requires: &AllRequires,
    wanted: &[WantedLine],
    markers: &MarkerEnvironment,
) -> BTreeMap<PackageName, Dependencies> {
    let extras = extras(requires, wanted, markers);
    let own = |name: &PackageName| extras.get(name).map(|it| it.iter().cloned().collect::<Vec<_>>());
    let of = |(name, requires): (&PackageName, &Vec<Requirement<VerbatimUrl>>)| {
        let extras = own(name).unwrap_or_default();
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for it in requires.iter().filter(|it| it.marker.evaluate(markers, &extras) && it.name != *name) {
            let versions = match &it.version_or_url {
                Some(VersionOrUrl::VersionSpecifier(versions)) => versions.to_string().replace(' ', ""),
                _ => String::new(),
            };
            found.entry(it.name.to_string()).or_default().extend((!versions.is_empty()).then_some(versions));
        }
        // Any version is an empty text: `*` is none of PEP 440, and py-rattler refuses the whole lock for it.
        let text = |versions: BTreeSet<String>| versions.into_iter().collect::<Vec<_>>().join(",");
        (name.clone(), found.into_iter().map(|(name, versions)| (name, text(versions))).collect())
    };
    requires.iter().map(of).collect()
}

/// The extras of each package that a line or another package asks for.
fn extras(
    requires: &AllRequires,
    wanted: &[WantedLine],
    markers: &MarkerEnvironment,
) -> BTreeMap<PackageName, BTreeSet<ExtraName>> {
    let mut all: BTreeMap<PackageName, BTreeSet<ExtraName>> = BTreeMap::new();
    for it in wanted {
        let Some(name) = &it.name else { continue };
        let own = it.extras.trim_matches(['[', ']']).split(',').filter_map(|extra| extra.trim().parse().ok());
        all.entry(name.clone()).or_default().extend(own);
    }
    loop {
        let mut asked: Vec<(PackageName, ExtraName)> = Vec::new();
        for (name, requires) in requires {
            let own: Vec<ExtraName> = all.get(name).into_iter().flatten().cloned().collect();
            for it in requires.iter().filter(|it| it.marker.evaluate(markers, &own)) {
                asked.extend(it.extras.iter().map(|extra| (it.name.clone(), extra.clone())));
            }
        }
        let count = |all: &BTreeMap<PackageName, BTreeSet<ExtraName>>| all.values().map(BTreeSet::len).sum::<usize>();
        let before = count(&all);
        for (name, extra) in asked {
            all.entry(name).or_default().insert(extra);
        }
        if count(&all) == before {
            return all;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        environment::parse_environment,
        pypi::{read_lines, section, target::PipTarget},
    };

    #[test]
    fn what_is_needed_depends_on_the_target_and_on_extras() {
        let all: [(&str, &[&str]); 4] = [
            ("app", &["lib[fast] >= 2, <3", "winapi; sys_platform == 'win32'", "tester; extra == 'test'", "lib!=2.5"]),
            ("lib", &["speedups>1; extra == 'fast'", "lib[more]; extra == 'fast'", "rest; extra == 'more'"]),
            ("speedups", &["other @ https://h/o.whl"]),
            ("rest", &[]),
        ];
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let requires: AllRequires =
            all.iter().map(|(name, requires)| (name.parse().unwrap(), read(&texts(requires)))).collect();
        let environment = parse_environment("a.yml", b"dependencies: [{pip: ['app[test]']}]").unwrap();
        let wanted = section::read(&read_lines(&environment, Path::new(""))).wanted;
        let target = PipTarget { version: "3.10.1".to_owned(), minor: (3, 10), glibc: (2, 17) };
        let found: BTreeMap<String, String> = dependencies(&requires, &wanted, &target.markers())
            .into_iter()
            .map(|(name, needs)| {
                let needs: Vec<String> =
                    needs.into_iter().map(|(name, versions)| format!("{name} {versions}")).collect();
                (name.to_string(), needs.join("; "))
            })
            .collect();
        let expected =
            [("app", "lib !=2.5,>=2,<3; tester "), ("lib", "rest ; speedups >1"), ("rest", ""), ("speedups", "other ")];
        assert_eq!(found, expected.map(|(name, needs)| (name.to_owned(), needs.to_owned())).into());
    }
}
