//! What a source distribution needs, read from its archive: nothing of it is run.
//!
//! Source of the formats: the core metadata (`PKG-INFO`; since version 2.2, PEP 643, it says what is final),
//! setuptools' `requires.txt`, and `pyproject.toml` (PEP 518, PEP 621).

use std::io::{self, Cursor, Read};

use bzip2::read::BzDecoder;
use flate2::read::GzDecoder;
use pep508_rs::{Requirement, VerbatimUrl};
use serde::{Deserialize, Serialize};

use super::pylock::Packing;
use crate::{
    base::core_metadata::headers,
    limits::{METADATA, UNPACKED},
};

/// The endings of what a compiler must turn into machine code.
const COMPILED: [&str; 9] = [".c", ".cc", ".cpp", ".cxx", ".pyx", ".f", ".f90", ".rs", ".cu"];

/// What a source distribution says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sdist {
    /// What it needs; `None` where the archive doesn't say.
    pub requires: Option<Vec<String>>,
    /// Its extras.
    pub extras: Vec<String>,
    /// What building it needs.
    pub build_requires: Vec<String>,
    /// Whether it holds what must be compiled.
    pub is_compiled: bool,
}

/// The files of an archive that say something.
#[derive(Default)]
struct FoundMetadata {
    pkg_info: Option<String>,
    has_egg_info: bool,
    /// With how deep it lies.
    requires_txt: Option<(usize, String)>,
    pyproject: Option<String>,
    is_compiled: bool,
}

/// Reads an archive, whose name says its form.
///
/// # Errors
///
/// When it isn't one.
pub(super) fn read_sdist(file: &str, bytes: &[u8]) -> io::Result<Sdist> {
    let mut found = FoundMetadata::default();
    if Packing::of(file) == Some(Packing::Zip) {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(io::Error::other)?;
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(io::Error::other)?;
            let path = entry.name().map_err(io::Error::other)?.into_owned();
            found.add(&path, entry)?;
        }
    } else if bytes.starts_with(b"BZh") {
        tarball(UNPACKED.unpacked(bytes, |packed| Ok(BzDecoder::new(packed)))?, &mut found)?;
    } else {
        tarball(UNPACKED.unpacked(bytes, |packed| Ok(GzDecoder::new(packed)))?, &mut found)?;
    }
    Ok(found.sdist())
}

fn tarball(reader: impl Read, found: &mut FoundMetadata) -> io::Result<()> {
    for entry in tar::Archive::new(reader).entries()? {
        let entry = entry?;
        let path = entry.path()?.to_string_lossy().into_owned();
        found.add(&path, entry)?;
    }
    Ok(())
}

impl FoundMetadata {
    fn add(&mut self, path: &str, entry: impl Read) -> io::Result<()> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let text = || -> io::Result<String> {
            let mut bytes = Vec::new();
            METADATA.beginning(entry).read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let is_egg_info = parts.iter().any(|part| part.ends_with(".egg-info"));
        self.has_egg_info |= is_egg_info;
        match parts[..] {
            [_, "PKG-INFO"] => self.pkg_info = Some(text()?),
            [_, "pyproject.toml"] => self.pyproject = Some(text()?),
            [.., "requires.txt"]
                if is_egg_info && self.requires_txt.as_ref().is_none_or(|(depth, _)| parts.len() < *depth) =>
            {
                self.requires_txt = Some((parts.len(), text()?));
            }
            [.., last] if COMPILED.iter().any(|ending| last.ends_with(ending)) => {
                let is_aside = parts.iter().any(|part| ["tests", "test", "docs", "doc", "examples"].contains(part));
                self.is_compiled |= !is_aside;
            }
            _ => {}
        }
        Ok(())
    }

    fn sdist(self) -> Sdist {
        let project = self.pyproject.as_deref().and_then(|text| toml::from_str::<PyProject>(text).ok());
        let project = project.unwrap_or_default();
        let build_requires = match &project.build_system {
            Some(system) => system.requires.clone(),
            None => ["setuptools", "wheel"].map(str::to_owned).to_vec(),
        };
        let headers = self.pkg_info.as_deref().map(headers).unwrap_or_default();
        let of = |key: &str| -> Vec<String> {
            headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.clone()).collect()
        };
        let dist = of("Requires-Dist");
        let is_final = of("Metadata-Version").iter().any(|version| is_at_least_2_2(version))
            && !of("Dynamic").iter().any(|field| field.eq_ignore_ascii_case("Requires-Dist"));
        let (requires, mut extras) = match (self.requires_txt, project.project) {
            _ if is_final => (Some(dist), Vec::new()),
            (Some((_, text)), _) => {
                let (requires, extras) = of_requires_txt(&text);
                (Some(requires), extras)
            }
            _ if !dist.is_empty() => (Some(dist), Vec::new()),
            (None, Some(project)) if !project.dynamic.iter().any(|it| it == "dependencies") => {
                (Some(project.dependencies), Vec::new())
            }
            // setuptools writes down what is needed; what distutils builds can't need anything.
            (None, _) => ((self.has_egg_info || self.pkg_info.is_some()).then(Vec::new), Vec::new()),
        };
        extras.extend(of("Provides-Extra"));
        extras.sort();
        extras.dedup();
        let requires = requires.map(|all| all.into_iter().filter(|one| is_requirement(one)).collect());
        Sdist { requires, extras, build_requires, is_compiled: self.is_compiled }
    }
}

fn is_requirement(text: &str) -> bool {
    text.parse::<Requirement<VerbatimUrl>>().is_ok()
}

fn is_at_least_2_2(version: &str) -> bool {
    version.parse::<pep440_rs::Version>().is_ok_and(|version| version >= pep440_rs::Version::new([2, 2]))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PyProject {
    build_system: Option<BuildSystem>,
    project: Option<Project>,
}

#[derive(Deserialize)]
struct BuildSystem {
    #[serde(default)]
    requires: Vec<String>,
}

#[derive(Deserialize)]
struct Project {
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(default)]
    dynamic: Vec<String>,
}

/// The requirements of setuptools' `requires.txt`, and the extras. Sections bear the name of an extra, a marker behind
/// a colon, or both.
fn of_requires_txt(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut requires, mut extras) = (Vec::new(), Vec::new());
    let mut marker = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            let (extra, condition) = section.split_once(':').unwrap_or((section, ""));
            let extra = extra.trim();
            let of_extra = (!extra.is_empty()).then(|| format!("extra == '{extra}'"));
            let condition = (!condition.trim().is_empty()).then(|| format!("({})", condition.trim()));
            marker = condition.into_iter().chain(of_extra).collect::<Vec<_>>().join(" and ");
            if !extra.is_empty() {
                extras.push(extra.to_owned());
            }
        } else if marker.is_empty() {
            requires.push(line.to_owned());
        } else {
            requires.push(format!("{line} ; {marker}"));
        }
    }
    (requires, extras)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn sdist(files: &[(&str, &str)]) -> Sdist {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_cksum();
            archive.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        read_sdist("a-1.0.tar.gz", &archive.into_inner().unwrap().finish().unwrap()).unwrap()
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    const OLD: &str =
        "Metadata-Version: 1.1\nName: a\nVersion: 1.0\nDescription: x\n        Requires-Dist: no\n\nbody\n";

    #[test]
    fn setuptools_writes_down_what_is_needed() {
        let it = sdist(&[
            ("a-1.0/PKG-INFO", OLD),
            (
                "a-1.0/src/a.egg-info/requires.txt",
                "six\nnumpy>=1.9\n\n[:python_version < \"3\"]\nfutures\n\n[test]\npytest\n",
            ),
            ("a-1.0/vendor/b/b.egg-info/requires.txt", "wrong\n"),
            ("a-1.0/tests/x.c", ""),
        ]);
        let expected = ["six", "numpy>=1.9", "futures ; (python_version < \"3\")", "pytest ; extra == 'test'"];
        assert_eq!(it.requires, Some(texts(&expected)));
        assert_eq!(it.extras, ["test"]);
        assert_eq!(it.build_requires, ["setuptools", "wheel"]);
        assert!(!it.is_compiled);
    }

    #[test]
    fn what_distutils_builds_needs_nothing() {
        let it = sdist(&[("a-1.0/PKG-INFO", OLD), ("a-1.0/ext/_a.c", "")]);
        assert_eq!(it.requires, Some(Vec::new()));
        assert!(it.is_compiled);
    }

    #[test]
    fn final_metadata_comes_before_everything_else() {
        let new = "Metadata-Version: 2.2\nName: a\nRequires-Dist: idna>=2\nProvides-Extra: x\n";
        let it = sdist(&[
            ("a-1.0/PKG-INFO", new),
            ("a-1.0/a.egg-info/requires.txt", "six\n"),
            ("a-1.0/pyproject.toml", "[build-system]\nrequires = [\"hatchling>=1\"]\n"),
        ]);
        assert_eq!(it.requires, Some(texts(&["idna>=2"])));
        assert_eq!(it.build_requires, ["hatchling>=1"]);
        assert_eq!(it.extras, ["x"]);
        let open = format!("{new}Dynamic: Requires-Dist\n");
        let it = sdist(&[("a-1.0/PKG-INFO", &open), ("a-1.0/a.egg-info/requires.txt", "six\n")]);
        assert_eq!(it.requires, Some(texts(&["six"])));
    }

    #[test]
    fn a_project_table_says_it_where_nothing_else_does() {
        let it = sdist(&[("a/pyproject.toml", "[project]\nname = 'a'\ndependencies = ['six']\n")]);
        assert_eq!(it.requires, Some(texts(&["six"])));
        let it = sdist(&[("a/pyproject.toml", "[project]\nname = 'a'\ndynamic = ['dependencies']\n")]);
        assert_eq!(it.requires, None);
        assert_eq!(sdist(&[("a/setup.py", "")]).requires, None);
    }

    #[test]
    fn zip_files_are_read_as_well() {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (path, text) in [("a-1.0/PKG-INFO", OLD), ("a-1.0/a.egg-info/requires.txt", "six\n")] {
            archive.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        let it = read_sdist("a-1.0.zip", &archive.finish().unwrap().into_inner()).unwrap();
        assert_eq!(it.requires, Some(texts(&["six"])));
    }

    #[test]
    fn what_is_no_archive_is_an_error() {
        assert!(read_sdist("a-1.0.tar.gz", b"<html>").is_err());
        assert!(read_sdist("a-1.0.zip", b"").is_err());
    }
}
