//! Whether the conda packages of a lock have what they need of each other.
//!
//! A second solver confirmed envlock's own locks when they were written, so that one which isn't consistent was edited or
//! damaged, and isn't installed. Locks of other programs are installed as they stand, as they always were: their authors
//! may know why a package does without another. What isn't there is told. What packages need of the machine (`__glibc`)
//! isn't looked at; a lock doesn't say what its machine has.

use rattler_conda_types::{PackageRecord, RepoDataRecord, package::BuildString};

use super::{Archive, InstallError};
use crate::{
    environment::Excerpt,
    lockfile::{LockedName, LockedVersion, Lockfile, PLATFORM, Package},
    solve::second_opinion::{Disagreement, Objection, confirm_together},
};

/// So many notes are told; there may be hundreds.
const TOLD: usize = 5;

/// Checks the packages of a lock, with the archives that they are. What isn't consistent in a lock of another program comes
/// back as notes.
///
/// # Errors
///
/// The first thing that isn't consistent in a lock of envlock's.
pub(super) fn check(
    name: &str,
    text: &str,
    lock: &Lockfile,
    archives: &[Archive],
) -> Result<Vec<String>, InstallError> {
    let records = lock.conda_packages().zip(archives).filter_map(|(package, archive)| record(package, archive));
    let records: Vec<RepoDataRecord> = records.collect();
    let Err(Disagreement { objections }) = confirm_together(&records, &[]) else { return Ok(Vec::new()) };
    let place = |objection: &Objection| place(text, objection.place());
    if lock.provenance.is_some()
        && let Some(first) = objections.first()
    {
        let offset = place(first);
        let more = match objections.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more of the kind)"),
        };
        return Err(InstallError::Inconsistent {
            reason: format!("{first}{more}"),
            line: line(text, offset),
            source_code: Excerpt::new(name, text),
            at: (offset, text.get(offset..).unwrap_or_default().lines().next().unwrap_or_default().len()).into(),
        });
    }
    let note = |objection: &Objection| format!("{name}:{}: {objection}", line(text, place(objection)));
    let mut notes: Vec<String> = objections.iter().take(TOLD).map(note).collect();
    if objections.len() > TOLD {
        notes.push(format!("{name}: {} more of the kind", objections.len() - TOLD));
    }
    Ok(notes)
}

/// What a lock says of a package, as a record.
fn record(package: &Package, archive: &Archive) -> Option<RepoDataRecord> {
    let (LockedName::Conda(name), LockedVersion::Conda(version)) = (&package.name, &package.version) else {
        return None;
    };
    let build = package.build_string()?.parse::<BuildString>().ok()?;
    let depends = archive.depends.iter().flatten().filter(|text| !text.starts_with("__")).cloned().collect();
    Some(RepoDataRecord {
        package_record: PackageRecord { depends, ..PackageRecord::new(name.clone(), version.clone(), build) },
        identifier: archive.file_name(),
        url: archive.url.clone(),
        channel: None,
    })
}

/// Where the text of a lock shows what a package needs, or else where the package begins; its start where neither is found.
fn place(text: &str, (package, need): (Option<&str>, Option<&str>)) -> usize {
    let lines = text.split_inclusive('\n').scan(0, |next, line| {
        let offset = *next;
        *next += line.len();
        Some((offset, line))
    });
    let lines: Vec<(usize, &str)> = lines.collect();
    let starts = |(_, line): &(usize, &str)| line.starts_with("- ");
    // Every item of a list that begins at the margin; those of packages are told by what they hold.
    let items = lines.chunk_by(|_, next| !starts(next)).filter(|item| item.first().is_some_and(starts));
    let shows = |item: &[(usize, &str)], key: &str, value: Option<&str>| {
        item.iter().find(|(_, line)| is_entry(line, key, value)).map(|(offset, _)| *offset)
    };
    let is_meant = |item: &&[(usize, &str)]| {
        [("name", package), ("manager", Some("conda")), ("platform", Some(PLATFORM))]
            .into_iter()
            .all(|(key, value)| value.is_some() && shows(item, key, value).is_some())
    };
    items
        .filter(is_meant)
        .find_map(|item| {
            let of_need = need.and_then(|need| shows(item, need, None));
            of_need.or(item.first().map(|(offset, _)| *offset))
        })
        .unwrap_or(0)
}

/// Whether a line of YAML has a key, with this value.
fn is_entry(line: &str, key: &str, value: Option<&str>) -> bool {
    let Some((its_key, its_value)) = line.trim().trim_start_matches("- ").split_once(':') else { return false };
    let bare = |text: &str| text.trim().trim_matches(['\'', '"']).to_owned();
    bare(its_key) == key && value.is_none_or(|value| bare(its_value) == value)
}

fn line(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or_default().matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use crate::{
        install::List,
        lockfile::{testing::small_lock, to_yaml},
    };

    /// A lock of conda-lock's own, of `app`, which needs `lib` in this version.
    fn of_conda_lock(constraint: &str, packages: &[&str]) -> String {
        let package = |name: &&str| {
            let needs = if *name == "app" {
                format!("{{}}\n    __glibc: '>=2.99'\n    lib: '{constraint}'")
            } else {
                "{}".to_owned()
            };
            let needs = needs.trim_start_matches("{}\n").to_owned();
            let needs = if needs == "{}" { " {}".to_owned() } else { format!("\n{needs}") };
            format!(
                "- name: {name}\n  version: '1.10'\n  manager: conda\n  platform: linux-64\n  dependencies:{needs}\n  \
                 url: https://host/linux-64/{name}-1.10-0.conda\n  hash:\n    sha256: {}\n  category: main\n  optional: false\n",
                "ab".repeat(32)
            )
        };
        format!(
            "version: 1\nmetadata:\n  content_hash: {{linux-64: ab}}\n  channels: []\n  platforms: [linux-64]\n  \
             sources: [a.yml]\npackage:\n{}",
            packages.iter().map(package).collect::<String>()
        )
    }

    #[test]
    fn a_lock_that_has_what_it_needs_is_installed() {
        let list = List::of_lock("conda-lock.yml", &to_yaml(&small_lock())).unwrap();
        assert_eq!(list.notes, [""; 0]);
        for constraint in ["", "*", ">=1.9,<2", "1.10.*", "1.10 0", ">= 1.9, <2", "1.10|1.11"] {
            let list = List::of_lock("conda-lock.yml", &of_conda_lock(constraint, &["app", "lib"])).unwrap();
            assert_eq!(list.notes, [""; 0], "{constraint}");
        }
    }

    #[test]
    fn a_lock_of_envlock_that_lacks_something_is_refused_with_its_line() {
        let mut lock = small_lock();
        lock.packages_mut().remove(0);
        let text = to_yaml(&lock);
        let line = text.lines().position(|line| line == "    libzlib: '1.3.1 hb9d3cd8_2'").unwrap() + 1;
        let error = List::of_lock("conda-lock.yml", &text).unwrap_err();
        let reason = "zlib 1.3.1 needs libzlib 1.3.1 hb9d3cd8_2, which isn't there";
        assert_eq!(error.to_string(), format!("conda-lock.yml:{line}: {reason}"));

        let text = to_yaml(&small_lock()).replace("libzlib: '1.3.1 hb9d3cd8_2'", "libzlib: '1.3.2'");
        let error = List::of_lock("conda-lock.yml", &text).unwrap_err();
        assert!(error.to_string().ends_with("zlib 1.3.1 needs libzlib 1.3.2, and libzlib 1.3.1 is there"), "{error}");
    }

    #[test]
    fn a_lock_of_another_program_is_installed_and_what_it_lacks_is_told() {
        let notes = |constraint, packages: &[&str]| {
            List::of_lock("conda-lock.yml", &of_conda_lock(constraint, packages)).unwrap().notes
        };
        let lacking = of_conda_lock("", &["app"]);
        let line = lacking.lines().position(|line| line == "    lib: ''").unwrap() + 1;
        assert_eq!(notes("", &["app"]), [format!("conda-lock.yml:{line}: app 1.10 needs lib, which isn't there")]);
        let other = format!("conda-lock.yml:{line}: app 1.10 needs lib >=2, and lib 1.10 is there");
        assert_eq!(notes(">=2", &["app", "lib"]), [other]);
        let unreadable = notes(">=", &["app", "lib"]);
        assert!(
            unreadable[0]
                .starts_with(&format!("conda-lock.yml:{line}: `lib >=`, which app 1.10 names, can't be read: "))
        );
        assert_eq!(notes(">=2", &["lib"]), [""; 0]);
    }
}
