//! What packages would put into a prefix, and whether all of it would stay there.
//!
//! A package is as its channel made it, so nothing that it says of paths is believed: a path leads nowhere else by
//! itself, nor through a symbolic link that a package brings, and what it names is in the package, of the kind that it
//! says.

use std::{
    collections::HashMap,
    io,
    path::{Component, Path, PathBuf},
};

use rattler::install::PythonInfo;
use rattler_conda_types::{
    PrefixRecord,
    package::{FileMode, LinkJson, NoArchLinks, PackageFile as _, PathType, PathsJson},
    prefix_record::PathType as RecordedType,
};

use super::{InstallError, fetch::Unpacked, reserved::is_reserved, tree::EntryKind};
use crate::{http::clean, words::with_causes};

/// What a package would put into a prefix.
#[derive(Clone, Debug)]
pub(super) struct Contents {
    /// Its name.
    pub name: String,
    /// Its files and links, as it lists them.
    pub listed: PathsJson,
    /// Directories that it lists, though there may be nothing in them.
    pub directories: Vec<PathBuf>,
    /// Where they would be, in the same order, relative to the prefix.
    pub paths: Vec<PathBuf>,
    /// The programs that would be made beside: they start a function of a Python package.
    pub programs: Vec<PathBuf>,
}

/// Reads what packages would put into a prefix with this Python.
///
/// # Errors
///
/// Where a package isn't in order, or something of it could end up elsewhere.
pub(super) fn read(packages: &[&Unpacked], python: Option<&PythonInfo>) -> Result<Vec<Contents>, InstallError> {
    let all = packages.iter().map(|package| read_one(package, python)).collect::<Result<Vec<_>, _>>()?;
    let mut links: HashMap<&Path, &str> = HashMap::new();
    for contents in &all {
        let kinds = contents.listed.paths.iter().map(|entry| entry.path_type);
        let is_link = kinds.map(|kind| kind == PathType::SoftLink);
        links.extend(
            contents
                .paths
                .iter()
                .zip(is_link)
                .filter(|(_, is_link)| *is_link)
                .map(|(path, _)| (&**path, &*contents.name)),
        );
    }
    for contents in &all {
        let all = contents.paths.iter().chain(&contents.directories);
        let above = all.flat_map(|path| path.ancestors().skip(1).map(move |above| (path, above)));
        let programs = contents.programs.iter().flat_map(|path| path.ancestors().map(move |above| (path, above)));
        for (path, above) in above.chain(programs) {
            if let Some(owner) = links.get(above) {
                let reason = format!("leads through {}, a symbolic link of {owner}", above.display());
                return Err(refused(&contents.name, path, &reason));
            }
        }
    }
    Ok(all)
}

/// No file of a package is where another has a directory.
///
/// # Errors
///
/// Where one is, and at least one of the two isn't there yet.
pub(super) fn refuse_crossing(added: &[Contents], kept: &[PrefixRecord]) -> Result<(), InstallError> {
    let new = added.iter().flat_map(|it| it.paths.iter().chain(&it.programs).map(|path| (path, &*it.name, true)));
    let old = kept.iter().flat_map(|record| {
        let files = record.paths_data.paths.iter().filter(|it| it.path_type != RecordedType::Directory);
        files.map(|it| (&it.relative_path, record.name().as_normalized(), false))
    });
    let all: Vec<(&PathBuf, &str, bool)> = new.chain(old).collect();
    let files: HashMap<&Path, (&str, bool)> =
        all.iter().map(|(path, name, is_new)| (&***path, (*name, *is_new))).collect();
    let listed = added.iter().flat_map(|it| it.directories.iter().map(|path| (path, &*it.name, true)));
    for (path, name, is_new) in all.iter().copied().chain(listed) {
        let crossed = path.ancestors().skip(1).find_map(|above| Some((above, files.get(above)?)));
        if let Some((above, (owner, is_owner_new))) = crossed
            && (is_new || *is_owner_new)
        {
            return Err(refused(name, path, &format!("leads through {}, a file of {owner}", above.display())));
        }
    }
    Ok(())
}

/// The path of the prefix has room in programs that had another one when they were built.
///
/// # Errors
///
/// Where it hasn't.
pub(super) fn refuse_long(added: &[Contents], prefix: &Path) -> Result<(), InstallError> {
    let length = prefix.as_os_str().len();
    for Contents { name, listed, .. } in added {
        let placeholders = listed.paths.iter().filter_map(|it| it.prefix_placeholder.as_ref().map(|held| (it, held)));
        for (entry, held) in placeholders.filter(|(_, held)| held.file_mode == FileMode::Binary) {
            if held.placeholder.len() < length {
                let reason = format!(
                    "its path has {length} bytes, and {} of {name} has room for {}",
                    entry.relative_path.display(),
                    held.placeholder.len()
                );
                return Err(InstallError::PrefixPath { prefix: prefix.display().to_string(), reason });
            }
        }
    }
    Ok(())
}

fn read_one(package: &Unpacked, python: Option<&PythonInfo>) -> Result<Contents, InstallError> {
    let record = &package.record.package_record;
    let name = record.name.as_normalized().to_owned();
    let bad =
        |error: io::Error| InstallError::NoPackage { url: clean(&package.record.url), reason: with_causes(&error) };
    if record.noarch.is_python() && python.is_none() {
        return Err(InstallError::NoPython { package: name });
    }
    let python = python.filter(|_| record.noarch.is_python());
    let mut listed = PathsJson::from_package_directory_with_deprecated_fallback(&package.directory).map_err(bad)?;
    let (mut paths, mut directories) = (Vec::new(), Vec::new());
    let mut seen: HashMap<PathBuf, PathType> = HashMap::new();
    for entry in &listed.paths {
        let path = &entry.relative_path;
        check(&name, path)?;
        let wanted = match entry.path_type {
            PathType::HardLink => EntryKind::File,
            PathType::SoftLink => EntryKind::Link,
            PathType::Directory => EntryKind::Directory,
        };
        if package.tree.entries.get(path) != Some(&wanted) {
            return Err(refused(&name, path, "is not in the package, or something else than it is said to be"));
        }
        let target = python.map_or_else(|| path.clone(), |it| it.get_python_noarch_target_path(path).into_owned());
        check(&name, &target)?;
        if let Some(other) = seen.insert(target.clone(), entry.path_type)
            && other != entry.path_type
        {
            return Err(refused(&name, &target, "is listed twice, as a file and as something else"));
        }
        match entry.path_type {
            PathType::Directory => directories.push(target),
            PathType::HardLink | PathType::SoftLink => paths.push(target),
        }
    }
    // Rattler would link them as if they were files.
    listed.paths.retain(|it| it.path_type != PathType::Directory);
    let programs = match python.map(|_| LinkJson::from_package_directory(&package.directory)) {
        Some(Ok(LinkJson { noarch: NoArchLinks::Python(points), .. })) => {
            let bin = |command: &str| PathBuf::from("bin").join(command);
            points.entry_points.iter().map(|point| bin(&point.command)).collect()
        }
        Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(bad(error)),
        _ => Vec::new(),
    };
    programs.iter().try_for_each(|path| check(&name, path))?;
    Ok(Contents { name, listed, directories, paths, programs })
}

/// A path of a package is one in the prefix, and none that the environment keeps its own books in.
fn check(package: &str, path: &Path) -> Result<(), InstallError> {
    check_plain(package, path)?;
    if is_reserved(path) {
        return Err(refused(package, path, "is where the environment keeps its own records"));
    }
    Ok(())
}

/// A path is one in the prefix, by itself.
///
/// # Errors
///
/// Where it isn't.
pub(super) fn check_plain(package: &str, path: &Path) -> Result<(), InstallError> {
    if path.as_os_str().is_empty() || !path.components().all(|it| matches!(it, Component::Normal(_))) {
        return Err(refused(package, path, "is not a path in the prefix"));
    }
    Ok(())
}

pub(super) fn refused(package: &str, path: &Path, reason: &str) -> InstallError {
    InstallError::Path { package: package.to_owned(), path: path.display().to_string(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs};

    use rattler_conda_types::{NoArchType, PackageRecord, RepoDataRecord, Subdir};

    use super::*;
    use crate::install::tree::Tree;

    /// A Python package for every platform that has one module, and starts one program.
    fn package(directory: &Path) -> Unpacked {
        fs::create_dir_all(directory.join("info")).unwrap();
        fs::create_dir_all(directory.join("site-packages")).unwrap();
        fs::write(directory.join("site-packages/m.py"), "").unwrap();
        let paths = r#"{"paths": [{"_path": "site-packages/m.py", "path_type": "hardlink"}], "paths_version": 1}"#;
        fs::write(directory.join("info/paths.json"), paths).unwrap();
        let link = r#"{"noarch": {"type": "python", "entry_points": ["run = m:main"]}, "package_metadata_version": 1}"#;
        fs::write(directory.join("info/link.json"), link).unwrap();
        let version = "1".parse::<rattler_conda_types::VersionWithSource>().unwrap();
        let record = PackageRecord::new("m".parse().unwrap(), version, "0".parse().unwrap());
        Unpacked {
            record: RepoDataRecord {
                package_record: PackageRecord { noarch: NoArchType::python(), ..record },
                identifier: "m-1-0.conda".parse().unwrap(),
                url: "https://host/noarch/m-1-0.conda".parse().unwrap(),
                channel: None,
            },
            directory: directory.to_owned(),
            tree: Tree::read(directory).unwrap(),
        }
    }

    fn python(site_packages: Option<&str>) -> PythonInfo {
        PythonInfo::from_version(&"3.12".parse().unwrap(), site_packages, Subdir::Linux64).unwrap()
    }

    #[test]
    fn a_python_package_goes_where_python_is_and_nowhere_else() {
        let directory = tempfile::tempdir().unwrap();
        let package = package(directory.path());
        let contents = read(&[&package], Some(&python(None))).unwrap().remove(0);
        assert_eq!(contents.paths, [Path::new("lib/python3.12/site-packages/m.py")]);
        assert_eq!(contents.programs, [Path::new("bin/run")]);

        let error = read(&[&package], Some(&python(Some("../site-packages")))).unwrap_err();
        assert_eq!(error.to_string(), "m can't be installed: ../site-packages/m.py is not a path in the prefix");
    }

    #[test]
    fn a_program_is_not_written_through_a_link() {
        let directory = tempfile::tempdir().unwrap();
        let mut links = package(directory.path());
        links.record.package_record.name = "links".parse().unwrap();
        links.record.package_record.noarch = NoArchType::none();
        let paths = r#"{"paths": [{"_path": "bin/run", "path_type": "softlink"}], "paths_version": 1}"#;
        fs::write(directory.path().join("info/paths.json"), paths).unwrap();
        links.tree.entries = BTreeMap::from([("bin/run".into(), EntryKind::Link)]);
        let other = tempfile::tempdir().unwrap();
        let error = read(&[&package(other.path()), &links], Some(&python(None))).unwrap_err();
        assert_eq!(error.to_string(), "m can't be installed: bin/run leads through bin/run, a symbolic link of links");
    }
}
