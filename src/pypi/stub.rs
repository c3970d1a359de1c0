//! Stand-ins for what conda provides: wheels of the same name and version, with `+conda` behind it, that hold and need
//! nothing. uv can choose no other, and so neither another version nor the dependencies that conda has already met.
//!
//! Source of the form: the binary distribution format of the Python packaging guide (PEP 427).

use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
};

use pep440_rs::{LocalSegment, Version};
use pep508_rs::PackageName;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::provided::AllProvided;

/// What a stand-in's version ends with.
pub(super) const MARK: &str = "+conda";

/// Writes a stand-in for each distribution, and gives the constraints that leave uv nothing else.
///
/// # Errors
///
/// When a file can't be written.
pub(super) fn write_stubs(provided: &AllProvided, directory: &Path) -> io::Result<Vec<String>> {
    provided
        .iter()
        .map(|(name, it)| {
            let version = marked(&it.version);
            write_stub(name, &version, directory)?;
            Ok(format!("{name}=={version}"))
        })
        .collect()
}

/// The version of a stand-in. A local version that is there already stays before the mark.
fn marked(version: &Version) -> Version {
    let mut local = version.local().to_vec();
    local.push(LocalSegment::String("conda".to_owned()));
    version.clone().with_local(local)
}

fn write_stub(name: &PackageName, version: &Version, directory: &Path) -> io::Result<()> {
    let stem = format!("{}-{version}", name.as_dist_info_name());
    let mut wheel = ZipWriter::new(File::create(directory.join(format!("{stem}-py2.py3-none-any.whl")))?);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let files = [
        ("METADATA", format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")),
        ("WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n".to_owned()),
        ("RECORD", String::new()),
    ];
    for (file, text) in files {
        wheel.start_file(format!("{stem}.dist-info/{file}"), options)?;
        wheel.write_all(text.as_bytes())?;
    }
    wheel.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pypi::provided::Provided;

    #[test]
    fn a_stub_is_a_wheel_of_the_version_that_conda_has() {
        let directory = tempfile::tempdir().unwrap();
        let it = |version: &str| Provided {
            version: version.parse().unwrap(),
            conda: "x".to_owned(),
            conda_version: version.to_owned(),
        };
        let provided = [("ruamel.yaml", "0.15.46"), ("torch", "2.1+cpu")]
            .map(|(name, version)| (PackageName::new(name.to_owned()).unwrap(), it(version)));
        let constraints = write_stubs(&provided.into_iter().collect(), directory.path()).unwrap();
        assert_eq!(constraints, ["ruamel-yaml==0.15.46+conda", "torch==2.1+cpu.conda"]);
        let file = directory.path().join("ruamel_yaml-0.15.46+conda-py2.py3-none-any.whl");
        let mut wheel = zip::ZipArchive::new(File::open(file).unwrap()).unwrap();
        let metadata = wheel.by_name("ruamel_yaml-0.15.46+conda.dist-info/METADATA").unwrap();
        let text = io::read_to_string(metadata).unwrap();
        assert_eq!(text, "Metadata-Version: 2.1\nName: ruamel-yaml\nVersion: 0.15.46+conda\n");
    }
}
