//! Prefixes made by hand, in the form that conda and micromamba write, of each platform.

use std::{collections::BTreeMap, fs, path::Path};

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    Installed, PrefixError,
    direct_url::{self, Direct},
    environment_file,
    history::requested_in,
    metadata, read,
};
use crate::environment::{Environment, parse_environment};

/// A prefix that goes when the test ends.
struct Prefix(TempDir);

impl Prefix {
    fn new() -> Self {
        let prefix = Self(tempfile::tempdir().unwrap());
        fs::create_dir(prefix.0.path().join("conda-meta")).unwrap();
        prefix
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn with(self, file: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
        self
    }

    /// A package of conda-forge, with the files that it brought.
    fn package(self, subdir: &str, name: &str, version: &str, build: &str, files: &[&str]) -> Self {
        let channel = format!("https://conda.anaconda.org/conda-forge/{subdir}");
        self.record(
            subdir,
            name,
            version,
            build,
            files,
            &format!("{channel}/{name}-{version}-{build}.tar.bz2"),
            &json!({}),
        )
    }

    #[allow(clippy::too_many_arguments, reason = "they are what a record has")]
    fn record(
        self,
        subdir: &str,
        name: &str,
        version: &str,
        build: &str,
        files: &[&str],
        url: &str,
        besides: &Value,
    ) -> Self {
        let paths: Vec<Value> = files.iter().map(|file| json!({"_path": file, "path_type": "hardlink"})).collect();
        let mut record = json!({
            "arch": "x86_64", "build": build, "build_number": 0, "channel": url.rsplit_once('/').unwrap().0,
            "depends": ["python"], "extracted_package_dir": format!("/opt/conda/pkgs/{name}-{version}-{build}"),
            "files": files, "fn": url.rsplit_once('/').unwrap().1, "license": "MIT",
            "link": {"source": format!("/opt/conda/pkgs/{name}-{version}-{build}"), "type": 1},
            "md5": "0123456789abcdef0123456789abcdef", "name": name, "platform": "osx",
            "paths_data": {"paths": paths, "paths_version": 1}, "requested_spec": "None", "size": 12345,
            "subdir": subdir, "timestamp": 1_541_000_000_000_i64, "url": url, "version": version,
        });
        record.as_object_mut().unwrap().extend(besides.as_object().unwrap().clone());
        let mut prefix = self.with(&format!("conda-meta/{name}-{version}-{build}.json"), record.to_string());
        for file in files {
            let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
            prefix = prefix.with(file, metadata);
        }
        prefix
    }

    /// A distribution that pip installed into this `site-packages`.
    fn pip(self, site: &str, name: &str, version: &str, besides: &[(&str, &str)]) -> Self {
        let directory = format!("{site}/{}-{version}.dist-info", name.replace('-', "_"));
        let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: not this\n");
        let prefix = self
            .with(&format!("{directory}/METADATA"), metadata)
            .with(&format!("{directory}/INSTALLER"), "pip\n")
            .with(&format!("{directory}/RECORD"), "");
        besides.iter().fold(prefix, |prefix, (file, text)| prefix.with(&format!("{directory}/{file}"), text))
    }

    fn read(&self) -> Installed {
        read(self.path(), "mac").unwrap()
    }
}

/// The environment of a prefix's file, which must be readable without a warning.
fn environment(installed: &Installed) -> Environment {
    let text = environment_file(installed);
    let environment = parse_environment("environment.yml", text.as_bytes()).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
    assert!(environment.warnings.is_empty(), "{:?}\n{text}", environment.warnings);
    environment
}

const HISTORY: &str = "==> 2018-12-01 10:00:00 <==\n# cmd: /opt/conda/bin/conda create -n mac python=3.6 numpy xlrd\n\
                       # conda version: 4.5.11\n+conda-forge::numpy-1.15.4-py36h6a91979_0\n\
                       # update specs: ['numpy', \"python=3.6\", 'xlrd']\n==> 2018-12-02 10:00:00 <==\n\
                       # cmd: /opt/conda/bin/conda remove xlrd\n# remove specs: ['xlrd']\n";

/// `mac`, as conda made it: numpy was asked for, libcxx came along.
fn mac() -> Prefix {
    let site = "lib/python3.6/site-packages";
    Prefix::new()
        .package("osx-64", "python", "3.6.6", "h4a56312_1003", &[])
        .package("osx-64", "numpy", "1.15.4", "py36h6a91979_0", &[&format!("{site}/numpy-1.15.4.dist-info/METADATA")])
        .package("osx-64", "libcxx", "7.0.0", "h2d50403_2", &[])
        .package("osx-64", "openssl", "1.0.2p", "h1de35cc_1002", &[])
        .package("noarch", "pytz", "2018.7", "py_0", &[&format!("{site}/pytz-2018.7-py3.6.egg-info")])
        .with("conda-meta/history", HISTORY)
        .pip(site, "requests", "2.20.1", &[("REQUESTED", "")])
        .pip(site, "idna", "2.7", &[])
}

#[test]
fn a_prefix_of_macos_is_read_whole() {
    let expected = "\
# Written by `envlock convert --from-env` from what is installed. It is yours to edit.
name: mac
channels:
  - conda-forge
dependencies:
  # asked for
  - numpy=1.15.4=py36h6a91979_0
  - python=3.6.6=h4a56312_1003
  # came along
  - libcxx=7.0.0=h2d50403_2
  - openssl=1.0.2p=h1de35cc_1002
  - pytz=2018.7=py_0
  - pip:
      # asked for
      - requests==2.20.1
      # came along
      - idna==2.7
# For envlock; conda and micromamba read past it.
x-envlock:
  platform: osx-64
  requested:
    - numpy
    - python
";
    let installed = mac().read();
    assert_eq!(environment_file(&installed), expected);
    let environment = environment(&installed);
    assert_eq!(environment.captured.platform, Some(rattler_conda_types::Subdir::Osx64));
    let asked: Vec<_> = environment.captured.requested.iter().flatten().map(|it| it.value.as_normalized()).collect();
    assert_eq!(asked, ["numpy", "python"]);
    let intent = crate::intent::understand(&environment);
    assert_eq!(intent.origin.os, Some(crate::intent::Os::Osx));
    assert_eq!(intent.requested.map(|it| it.len()), Some(2));
}

#[test]
fn windows_and_arm_have_their_packages_elsewhere() {
    let windows = Prefix::new()
        .package("win-64", "python", "3.8.6", "h60c2a47_0", &[])
        .package("win-64", "numpy", "1.19.4", "py38h0cc643e_0", &["Lib/site-packages/numpy-1.19.4.dist-info/METADATA"])
        .package("win-64", "vs2015_runtime", "14.28.29325", "h5e1d092_0", &[])
        .pip("Lib/site-packages", "Flask", "1.1.2", &[])
        .read();
    assert_eq!(windows.pip.iter().map(|it| &*it.requirement).collect::<Vec<_>>(), ["flask==1.1.2"]);
    assert_eq!(environment(&windows).captured.platform, Some(rattler_conda_types::Subdir::Win64));

    let free = json!({"python_site_packages_path": "lib/python3.13t/site-packages"});
    let url = "https://conda.anaconda.org/conda-forge/osx-arm64/python-3.13.1-h1_1_cp313t.conda";
    let arm = Prefix::new()
        .record("osx-arm64", "python", "3.13.1", "h1_1_cp313t", &[], url, &free)
        .pip("lib/python3.13t/site-packages", "flask", "3.1.0", &[])
        .read();
    assert_eq!(arm.pip.iter().map(|it| &*it.requirement).collect::<Vec<_>>(), ["flask==3.1.0"]);
    assert!(environment_file(&arm).contains("  platform: osx-arm64\n"));
}

#[test]
fn what_conda_brought_is_not_pips_and_what_pip_replaced_is_not_condas() {
    let site = "lib/python3.6/site-packages";
    let prefix = mac()
        .with(&format!("{site}/own-1.0.dist-info/METADATA"), "Name: own\nVersion: 1.0\n")
        .with(&format!("{site}/own-1.0.dist-info/INSTALLER"), "conda\n")
        .with(&format!("{site}/old-0.1-py3.6.egg-info"), "Name: old\nVersion: 0.1\n")
        .with(&format!("{site}/older.egg-info/PKG-INFO"), "Name: older\nVersion: 0.2\n")
        .with(&format!("{site}/easy-install.pth"), "import sys\n./oldest-0.3-py3.6.egg\n/home/me/src\n")
        .with(&format!("{site}/oldest-0.3-py3.6.egg/EGG-INFO/PKG-INFO"), "Name: oldest\nVersion: 0.3\n")
        .with(&format!("{site}/oldest-0.2-py3.6.egg/EGG-INFO/PKG-INFO"), "Name: oldest\nVersion: 0.2\n")
        .with(&format!("{site}/~umpy-1.15.3.dist-info/METADATA"), "Name: numpy\nVersion: 1.15.3\n")
        .pip(site, "numpy", "1.16.0", &[]);
    fs::remove_dir_all(prefix.path().join(site).join("numpy-1.15.4.dist-info")).unwrap();
    let installed = prefix.read();
    let lines: Vec<_> = installed.pip.iter().map(|it| &*it.requirement).collect();
    assert_eq!(lines, ["idna==2.7", "numpy==1.16.0", "old==0.1", "older==0.2", "oldest==0.3", "requests==2.20.1"]);
    assert!(!installed.packages.keys().any(|name| name.as_normalized() == "numpy"), "{installed:?}");
    assert!(installed.notes.iter().any(|it| it.starts_with("numpy 1.15.4 of conda was replaced")), "{installed:?}");
}

#[test]
fn credentials_stay_where_they_are() {
    let secret = "https://me:pw-1@conda.example.org/t/tk-2/team/osx-64/tool-1-0.conda?X-Signature=sg-3";
    let of = |url: &str| Prefix::new().record("osx-64", "tool", "1", "0", &[], url, &json!({"channel": url})).read();
    let site = "lib/python3.6/site-packages";
    let direct = r#"{"url": "https://me:pw-4@host/a.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b2c3d4e"}}"#;
    let signed = r#"{"url": "https://host/b-1.whl?token=tk-5", "archive_info": {}}"#;
    let state = json!({"env_vars": {"API_TOKEN": "tk-6", "DB": "postgres://me:pw-7@host/db", "OMP_NUM_THREADS": "4",
                                    "GONE": "***unset***", "{{": "a: b\n#"}});
    let prefix = mac()
        .record(
            "osx-64",
            "tool",
            "1",
            "0",
            &[],
            secret,
            &json!({"channel": "https://me:pw-8@conda.example.org/team", "fn": "tool-1-0.conda"}),
        )
        .pip(site, "a", "1", &[("direct_url.json", direct)])
        .pip(site, "b", "1", &[("direct_url.json", signed)])
        .with("conda-meta/state", state.to_string());
    let installed = prefix.read();
    let text = environment_file(&installed);
    let all = format!("{text}{:?}{installed:?}", installed.notes);
    for secret in ["pw-", "tk-", "sg-", "me:pw", "me@"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    assert_eq!(installed.channels, ["conda-forge", "https://conda.example.org/team"]);
    assert!(text.contains("- 'a @ git+https://host/a.git@0a1b2c3d4e'\n") && text.contains("- b==1\n"), "{text}");
    let expected = BTreeMap::from([("OMP_NUM_THREADS", "4"), ("{{", "a: b\n#")]);
    let written = environment(&installed).variables;
    assert_eq!(written.iter().map(|(name, value)| (&**name, &**value)).collect::<BTreeMap<_, _>>(), expected);
    assert!(installed.notes.iter().any(|it| it.starts_with("API_TOKEN and DB look like secrets")), "{installed:?}");

    let channels = |url: &str| of(url).channels;
    assert_eq!(channels("https://repo.anaconda.com/pkgs/main/osx-64/tool-1-0.conda"), ["defaults"]);
    assert_eq!(channels("https://conda.anaconda.org/t/tk-1/conda-forge/osx-64/tool-1-0.conda"), ["conda-forge"]);
    assert_eq!(channels("file:///srv/channel/osx-64/tool-1-0.conda"), ["file:///srv/channel"]);
    assert_eq!(channels("file:///home/me/tool-1-0.conda"), Vec::<String>::new());
}

#[test]
fn what_is_of_this_machine_alone_is_asked_of_no_index() {
    let site = "lib/python3.6/site-packages";
    let direct = r#"{"url": "file:///home/me/an%20app", "dir_info": {"editable": true}}"#;
    let installed = mac().pip(site, "app", "0.1", &[("direct_url.json", direct)]).read();
    let text = environment_file(&installed);
    assert!(text.contains("- 'app @ file:///home/me/an%20app'\n") && !text.contains("app=="), "{text}");
    assert!(!installed.notes.iter().any(|it| it.contains("app")), "{:?}", installed.notes);
}

#[test]
fn a_record_that_makes_no_sense_is_named_and_passed_over() {
    let evil = "0\n  - evil=1=0";
    let prefix = mac()
        .with("conda-meta/broken-1-0.json", "{")
        .with("conda-meta/empty-1-0.json", "")
        .with("conda-meta/array-1-0.json", "[]")
        .with(
            "conda-meta/numpy-0.9-0.json",
            fs::read(mac().path().join("conda-meta/python-3.6.6-h4a56312_1003.json")).unwrap(),
        )
        .with("conda-meta/state", "[")
        .with("lib/python3.6/site-packages/bad-1.dist-info/METADATA", "Name: bad\n\nVersion: 1\n")
        .with("lib/python3.6/site-packages/worse-1.dist-info/METADATA", b"Name: a\x1b[31m/../b\nVersion: \xff\n");
    let evil_record = Prefix::new().record(
        "osx-64",
        "evil",
        "1",
        "0",
        &[],
        "https://host/c/osx-64/evil-1-0.conda",
        &json!({"build": evil}),
    );
    fs::copy(evil_record.path().join("conda-meta/evil-1-0.json"), prefix.path().join("conda-meta/evil-1-0.json"))
        .unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("loop-1-0.json", prefix.path().join("conda-meta/loop-1-0.json")).unwrap();
        std::os::unix::fs::symlink(
            "circle-1.dist-info",
            prefix.path().join("lib/python3.6/site-packages/circle-1.dist-info"),
        )
        .unwrap();
    }
    let installed = prefix.read();
    assert_eq!(installed.packages, mac().read().packages);
    assert_eq!(installed.pip, mac().read().pip);
    for file in ["broken-1-0.json", "empty-1-0.json", "array-1-0.json", "evil-1-0.json", "state", "bad-1.dist-info"] {
        assert!(installed.notes.iter().any(|it| it.contains(file) && it.contains("is passed over")), "{file}");
    }
    assert!(installed.notes.iter().all(|it| !it.contains(crate::words::is_hidden)), "{:?}", installed.notes);
    environment(&installed);
}

#[test]
fn where_all_was_asked_for_or_nothing_it_is_not_known() {
    let all = HISTORY.replace("'numpy'", "'numpy', 'libcxx==7.0.0', 'pytz', 'conda-forge::openssl'");
    let mut installed = mac().with("conda-meta/history", all).read();
    assert_eq!(installed.requested, None);
    assert!(installed.notes[0].contains("nearly all were asked for by name"), "{:?}", installed.notes);
    installed = mac().with("conda-meta/history", "").read();
    assert_eq!(installed.requested, None);
    assert!(!environment_file(&installed).contains("requested"));
    // pixi and rattler write it into the records.
    let url = "https://conda.anaconda.org/conda-forge/osx-64/tool-1-0.conda";
    let of_record = |besides: Value| {
        let prefix = mac().with("conda-meta/history", "").record("osx-64", "tool", "1", "0", &[], url, &besides);
        prefix.read().requested.map(|it| it.iter().map(|name| name.as_normalized().to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(of_record(json!({"requested_specs": ["tool >=1"]})), Some(vec!["tool".to_owned()]));
    assert_eq!(of_record(json!({"requested_spec": "tool"})), Some(vec!["tool".to_owned()]));
    assert_eq!(of_record(json!({"requested_spec": ""})), None);
}

#[test]
fn what_is_no_environment_of_conda_is_told_from_what_is() {
    let told = |prefix: &Path| read(prefix, "a").unwrap_err();
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(told(empty.path()), PrefixError::NotConda { .. }));
    fs::write(empty.path().join("pyvenv.cfg"), "").unwrap();
    assert!(matches!(told(empty.path()), PrefixError::Virtual { .. }));
    assert!(matches!(told(Path::new("/no/such")), PrefixError::Missing { .. }));
    let prefix = Prefix::new();
    assert!(matches!(told(prefix.path()), PrefixError::Empty { .. }));
    let error = told(prefix.with("conda-meta/a-1-0.json", "{").path());
    assert!(miette::Diagnostic::help(&error).unwrap().to_string().contains("a-1-0.json is passed over"), "{error:?}");
}

fn asked(history: &str) -> Vec<String> {
    requested_in(history).iter().map(|name| name.as_normalized().to_owned()).collect()
}

#[test]
fn a_history_is_read_as_conda_reads_it() {
    for (history, expected) in [
        (HISTORY, vec!["numpy", "python"]),
        // micromamba.
        ("==> d <==\n# cmd: micromamba\n# update specs: [\"a>=1,<2\",\"conda-forge::b\"]\n", vec!["a", "b"]),
        // conda 4.4 and older.
        ("# install specs: python>=3.5.1,<4,jupyter >=1.0.0,<2.0,b\n", vec!["b", "jupyter", "python"]),
        ("# create specs: a\n# uninstall specs: a\n# update specs: ['b']\n# neutered specs: ['b']\n", vec!["b"]),
        ("# update specs: ['mkl@', 'https://h/c/osx-64/a-1-0.conda#0123', \"c[version='>=1']\"]\n", vec!["a", "c"]),
        ("# update specs: ['a\\'b', 'c\n# updates pecs: ['d']\n# update specs:\n# specs: ['e']\n", vec!["c"]),
        ("+conda-forge::numpy-1-0\n# conda version: 4.5\n", vec![]),
    ] {
        assert_eq!(asked(history), expected, "{history}");
    }
}

#[test]
fn a_history_of_megabytes_is_read_in_no_time() {
    let long = HISTORY.repeat(20_000) + "# update specs: [" + &"'a', ".repeat(500_000);
    assert!(long.len() > 8 << 20);
    let started = std::time::Instant::now();
    assert_eq!(asked(&long), ["a", "numpy", "python"]);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn where_a_package_was_fetched_from_is_said_as_pip_reads_it() {
    let read = |text: &str| match direct_url::read(text.as_bytes()).unwrap() {
        Direct::Address(address) | Direct::Here(address) => address,
        Direct::Nowhere(why) => why.to_owned(),
    };
    for (text, expected) in [
        (
            r#"{"url": "ssh://git@github.com/a/b", "vcs_info": {"vcs": "git", "requested_revision": "main",
                "commit_id": "7921be1537eac1e97bc40179a57f0349c2aee67d"}, "subdirectory": "python"}"#,
            "git+ssh://git@github.com/a/b@7921be1537eac1e97bc40179a57f0349c2aee67d#subdirectory=python",
        ),
        (
            r#"{"url": "https://host/a-1.tar.gz#egg=a", "archive_info": {"hashes": {"sha256": "2dc6b5a470a1bde68946f263f1af1515a"}}}"#,
            "https://host/a-1.tar.gz#sha256=2dc6b5a470a1bde68946f263f1af1515a",
        ),
        (
            r#"{"url": "https://host/a-1.whl", "archive_info": {"hash": "sha256=2dc6b5a470a1b"}}"#,
            "https://host/a-1.whl#sha256=2dc6b5a470a1b",
        ),
        (r#"{"url": "file:///home/me/a", "dir_info": {"editable": true}}"#, "file:///home/me/a"),
        (r#"{"url": "file:///home/me/an a", "dir_info": {}}"#, "file:///home/me/an%20a"),
        (
            r#"{"url": "https://host/a", "vcs_info": {"vcs": "hg", "commit_id": "0a1b2c3"}}"#,
            "from a repository that isn't git's",
        ),
        (
            r#"{"url": "https://host/a", "vcs_info": {"vcs": "git", "commit_id": "x\n- evil"}}"#,
            "from a commit that isn't known",
        ),
        (
            r#"{"url": "https://host/a", "vcs_info": {"vcs": "git", "commit_id": "0a1b2c3"}, "subdirectory": "../b\n"}"#,
            "git+https://host/a@0a1b2c3",
        ),
        (
            r#"{"url": "ssh:git@host/a --index-url=https://evil.example/ b", "vcs_info": {"vcs": "git", "commit_id": "0a1b2c3"}}"#,
            "from a URL that nobody else may be able to use",
        ),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    assert!(direct_url::read(b"[]").is_err());
}

proptest! {
    #[test]
    fn any_history_is_read(text in "([#,'\"\\[\\]=>: \n\\\\a-z@é]|specs: |# update ){0,60}") {
        requested_in(&text);
    }

    #[test]
    fn any_metadata_is_read_or_refused(text in "(Name|Version|: |\r?\n|[a-z0-9.é-]){0,20}") {
        if let Ok(found) = metadata::parse(&text) {
            prop_assert!(text.contains("ame") && text.contains(':') && !found.name.to_string().is_empty());
        }
    }

    #[test]
    fn any_direct_url_makes_a_line_or_none(url in "(https|ssh|file|x):(//)?[a-z:@/?#. \u{7f}-]{0,20}", commit in "[0-9a-f\n -]{0,12}") {
        let text = json!({"url": url, "vcs_info": {"vcs": "git", "commit_id": commit}}).to_string();
        if let Ok(Direct::Address(address)) = direct_url::read(text.as_bytes()) {
            prop_assert!(!address.contains(char::is_whitespace) && !address.contains(crate::words::is_hidden), "{}", address);
        }
    }

    #[test]
    fn what_is_written_is_what_was_installed(
        names in proptest::collection::btree_map("[a-z_][a-z0-9_.-]{0,8}", ("[0-9]{1,2}(\\.[0-9a-z]{1,3}){0,2}", "[a-z0-9_.]{1,8}"), 1..8),
        variables in proptest::collection::btree_map("[A-Z]{1,5}|[A-Z]{1010,1040}|\"{500,520}", "[^\0]{0,12}", 0..4),
        name in "[^\0]{1,12}",
    ) {
        let prefix = names.iter().fold(Prefix::new(), |prefix, (name, (version, build))| {
            prefix.package("osx-64", name, version, build, &[])
        });
        let state = json!({"env_vars": variables});
        let prefix = prefix.with("conda-meta/state", state.to_string());
        let Ok(installed) = read(prefix.path(), &name) else { return Ok(()) };
        let environment = parse_environment("environment.yml", environment_file(&installed).as_bytes());
        let environment = environment.map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        let read: BTreeMap<_, _> = environment
            .dependencies
            .iter()
            .map(|it| (it.spec.name.as_normalized().to_owned(), it.text.clone()))
            .collect();
        let wheels = environment.pip.len();
        prop_assert_eq!(read.len() + wheels, installed.packages.len());
        for (name, (version, build)) in &installed.packages {
            if let Some(text) = read.get(name.as_normalized()) {
                prop_assert_eq!(text, &format!("{}={version}={build}", name.as_normalized()));
            }
        }
        let written: BTreeMap<_, _> = environment.variables.into_iter().collect();
        prop_assert_eq!(written, installed.variables);
    }
}
