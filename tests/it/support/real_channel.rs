//! A channel whose packages hold what their names say: a Python that runs, pip, and packages of PyPI.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read as _},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use rattler_conda_types::{
    PackageRecord,
    compression_level::CompressionLevel,
    package::{FileMode, IndexJson, PathType, PathsEntry, PathsJson, PrefixPlaceholder},
};
use rattler_package_streaming::write::write_conda_package;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::{skipped, tool};

/// What stands in files for the prefix that they will be installed into.
pub const PLACEHOLDER: &str = "/placeholder_placeholder_placeholder_placeholder_placeholder_placeholder";

/// What Debian has changed in Python, undone.
const SCHEMES: &[u8] = b"

def _get_preferred_schemes():
    return {'prefix': 'posix_prefix', 'home': 'posix_home', 'user': 'posix_user'}
";
const SITE: &str = "\
import os, site, sys
site.addsitedir(os.path.join(sys.prefix, 'lib', 'python%d.%d' % sys.version_info[:2], 'site-packages'))
";

/// A package to be: its files, and what its record says.
pub struct Package {
    name: String,
    version: String,
    subdir: &'static str,
    index: Value,
    entry_points: Vec<String>,
    placeholders: BTreeMap<PathBuf, String>,
    claims: Vec<PathsEntry>,
    root: TempDir,
}

impl Package {
    /// A package for linux-64.
    pub fn new(name: &str, version: &str, depends: &[&str]) -> Self {
        let index = json!({"name": name, "version": version, "build": "0", "build_number": 0, "depends": depends,
                           "subdir": "linux-64", "timestamp": 1_700_000_000_000_u64, "license": "BSD-3-Clause"});
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            subdir: "linux-64",
            index,
            entry_points: Vec::new(),
            placeholders: BTreeMap::new(),
            claims: Vec::new(),
            root: tempfile::tempdir().unwrap(),
        }
    }

    /// A Python package for every platform, with programs of the form `name = module:function`.
    pub fn python(name: &str, version: &str, depends: &[&str], entry_points: &[&str]) -> Self {
        let mut package = Self::new(name, version, depends);
        package.subdir = "noarch";
        package.index["subdir"] = "noarch".into();
        package.index["noarch"] = "python".into();
        package.entry_points = entry_points.iter().map(|text| (*text).to_owned()).collect();
        package
    }

    /// Puts a file into it.
    pub fn with(self, path: &str, mode: u32, contents: impl AsRef<[u8]>) -> Self {
        let file = self.root.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, contents).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    /// Puts a symbolic link into it.
    pub fn linked(self, path: &str, to: &str) -> Self {
        let link = self.root.path().join(path);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(to, link).unwrap();
        self
    }

    /// Says of a program of it that it was built for a prefix.
    pub fn built_in(mut self, path: &str, prefix: &str) -> Self {
        self.placeholders.insert(path.into(), prefix.to_owned());
        self
    }

    /// Lists what isn't in it, or is something else.
    pub fn claiming(mut self, path: &str, path_type: PathType) -> Self {
        self.claims.push(PathsEntry {
            relative_path: path.into(),
            no_link: false,
            path_type,
            prefix_placeholder: None,
            sha256: None,
            size_in_bytes: None,
        });
        self
    }

    /// Unpacks a wheel into it, as what every Python or this one imports.
    pub fn with_wheel(self, wheel: &Path, directory: &str) -> Self {
        let mut archive = zip::ZipArchive::new(fs::File::open(wheel).unwrap()).unwrap();
        let mut package = self;
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).unwrap();
            if entry.is_dir() {
                continue;
            }
            let mut contents = Vec::new();
            entry.read_to_end(&mut contents).unwrap();
            let name = format!("{directory}/{}", entry.name().unwrap());
            drop(entry);
            package = package.with(&name, 0o644, contents);
        }
        package
    }

    /// The archive, and the record of it.
    fn finish(self) -> (String, Vec<u8>, PackageRecord) {
        let stem = format!("{}-{}-0", self.name, self.version);
        let mut files = Vec::new();
        collect(self.root.path(), self.root.path(), &mut files);
        let mut entries: Vec<PathsEntry> =
            files.iter().map(|path| entry(self.root.path(), path)).chain(self.claims).collect();
        for entry in &mut entries {
            if let Some(placeholder) = self.placeholders.get(&entry.relative_path).cloned() {
                let file_mode = FileMode::Binary;
                entry.prefix_placeholder =
                    Some(PrefixPlaceholder { file_mode, placeholder, experimental_offsets: None });
            }
        }
        let paths = PathsJson { paths: entries, paths_version: 1 };
        let info = self.root.path().join("info");
        fs::create_dir_all(&info).unwrap();
        fs::write(info.join("paths.json"), serde_json::to_vec(&paths).unwrap()).unwrap();
        fs::write(info.join("index.json"), self.index.to_string()).unwrap();
        let mut infos = vec![info.join("index.json"), info.join("paths.json")];
        if self.subdir == "noarch" {
            let link =
                json!({"noarch": {"type": "python", "entry_points": self.entry_points}, "package_metadata_version": 1});
            fs::write(info.join("link.json"), link.to_string()).unwrap();
            infos.push(info.join("link.json"));
        }
        infos.extend(files.iter().map(|path| self.root.path().join(path)));
        let mut bytes = Cursor::new(Vec::new());
        let level = CompressionLevel::Lowest;
        write_conda_package(&mut bytes, self.root.path(), &infos, level, Some(2), &stem, None, None).unwrap();
        let bytes = bytes.into_inner();
        let index: IndexJson = serde_json::from_value(self.index.clone()).unwrap();
        let md5 = rattler_digest::compute_bytes_digest::<rattler_digest::Md5>(&bytes);
        let record =
            PackageRecord::from_index_json(index, Some(bytes.len() as u64), Some(Sha256::digest(&bytes)), Some(md5));
        (format!("{stem}.conda"), bytes, record.unwrap())
    }
}

/// The files of a channel by their paths: archives, and the repodata of both subdirs.
pub fn channel(packages: Vec<Package>) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut records: BTreeMap<&str, BTreeMap<String, PackageRecord>> =
        BTreeMap::from([("linux-64", BTreeMap::new()), ("noarch", BTreeMap::new())]);
    for package in packages {
        let subdir = package.subdir;
        let (name, bytes, record) = package.finish();
        files.insert(format!("{subdir}/{name}"), bytes);
        records.get_mut(subdir).unwrap().insert(name, record);
    }
    for (subdir, records) in records {
        let repodata =
            json!({"info": {"subdir": subdir}, "packages": {}, "packages.conda": records, "repodata_version": 1});
        files.insert(format!("{subdir}/repodata.json"), repodata.to_string().into_bytes());
    }
    files
}

/// The Python of this machine as a package, with its version, and pip as another. `None` where there is none that Debian
/// has made, whose files are where they are looked for here.
pub fn python() -> Option<(String, Vec<Package>)> {
    let ask = |code: &str| {
        let output = Command::new("/usr/bin/python3").args(["-c", code]).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(version) = ask("import platform; print(platform.python_version())") else {
        return skipped("/usr/bin/python3 isn't there");
    };
    let minor = version.rsplit_once('.')?.0.to_owned();
    let library = PathBuf::from(format!("/usr/lib/python{minor}"));
    let wheel = |name: &str| {
        let wheels = fs::read_dir("/usr/share/python-wheels").ok()?;
        wheels
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.file_name().is_some_and(|it| it.to_string_lossy().starts_with(&format!("{name}-"))))
    };
    let (Some(pip), Some(setuptools)) = (wheel("pip"), wheel("setuptools")) else {
        return skipped("python3-venv isn't installed, which brings the wheels of pip");
    };
    let mut python = Package::new("python", &version, &["__glibc >=2.17"]);
    python = python.with(&format!("bin/python{minor}"), 0o755, fs::read(format!("/usr/bin/python{minor}")).unwrap());
    python = python.linked("bin/python3", &format!("python{minor}")).linked("bin/python", &format!("python{minor}"));
    let mut files = Vec::new();
    collect(&library, &library, &mut files);
    for path in files {
        let name = path.to_string_lossy();
        let is_left_out = ["EXTERNALLY-MANAGED", "sitecustomize.py"].contains(&&*name)
            || ["test/", "idlelib/", "tkinter/", "config-", "lib2to3/", "pydoc_data/"]
                .iter()
                .any(|it| name.starts_with(it))
            || name.contains("__pycache__");
        if is_left_out {
            continue;
        }
        let mut contents = fs::read(library.join(&path)).unwrap();
        // Debian's Python installs packages elsewhere than everybody else's, and looks for them there.
        if name == "sysconfig.py" {
            contents.extend_from_slice(SCHEMES);
        }
        python = python.with(&format!("lib/python{minor}/{name}"), 0o644, contents);
    }
    python = python.with(&format!("lib/python{minor}/sitecustomize.py"), 0o644, SITE);
    let installed = |name: &str, wheel: &Path| {
        let version = wheel.file_name().unwrap().to_string_lossy().split('-').nth(1).unwrap().to_owned();
        let programs: &[&str] = if name == "pip" { &["pip = pip._internal.cli.main:main"] } else { &[] };
        Package::python(name, &version, &["python"], programs).with_wheel(wheel, "site-packages")
    };
    Some((version, vec![python, installed("pip", &pip), installed("setuptools", &setuptools)]))
}

/// A wheel of PyPI for a Python, in a directory: fetched by pip. `None` where that can't be done.
pub fn wheel(requirement: &str, python_version: &str, directory: &Path) -> Option<PathBuf> {
    let python = tool("python3")?;
    let output = Command::new(python)
        .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet", "--disable-pip-version-check"])
        .args(["--python-version", python_version, "--platform", "manylinux2014_x86_64", "--dest"])
        .arg(directory)
        .arg(requirement)
        .output()
        .unwrap();
    if !output.status.success() {
        return skipped(&format!("pip can't fetch {requirement}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let prefix = requirement.split("==").next().unwrap().to_lowercase();
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().to_lowercase().starts_with(&prefix))
}

/// The files below a directory, relative to `root`, in order.
fn collect(root: &Path, directory: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.is_symlink() {
            collect(root, &path, files);
        } else {
            files.push(path.strip_prefix(root).unwrap().to_owned());
        }
    }
}

fn entry(root: &Path, path: &Path) -> PathsEntry {
    let file = root.join(path);
    let is_link = file.is_symlink();
    // A link may lead nowhere before it is installed.
    let contents = if is_link { Vec::new() } else { fs::read(&file).unwrap() };
    let holds_prefix = !is_link && contents.windows(PLACEHOLDER.len()).any(|it| it == PLACEHOLDER.as_bytes());
    let placeholder = PrefixPlaceholder {
        file_mode: FileMode::Text,
        placeholder: PLACEHOLDER.to_owned(),
        experimental_offsets: None,
    };
    PathsEntry {
        relative_path: path.to_owned(),
        no_link: false,
        path_type: if is_link { PathType::SoftLink } else { PathType::HardLink },
        prefix_placeholder: holds_prefix.then_some(placeholder),
        sha256: Some(Sha256::digest(&contents)),
        size_in_bytes: Some(contents.len() as u64),
    }
}
