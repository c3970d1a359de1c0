//! `envlock install`: environments on this machine, from the channel of the fixtures.

mod cache;
mod hostile;
mod restart;
mod scripts;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::support::{
    Run, Workspace, done, fixtures,
    real_channel::{Package, channel, python, wheel},
    run,
    server::Server,
};
use assert_cmd::Command;
use envlock::lockfile::{Lockfile, sha256_hex};

/// A lock of the fixtures' channel on a server, which has its packages, too.
fn locked(environment: &str) -> (Server, Workspace) {
    let (server, workspace) = (Server::of_json().with_packages(), Workspace::holding(environment));
    done(&mut workspace.convert_from(&[&server.channel()]));
    (server, workspace)
}

/// An explicit list, `list.txt`, of packages that a server has.
fn listed(packages: Vec<Package>) -> (Server, Workspace) {
    let (server, workspace) = (Server::empty(), Workspace::empty());
    let mut list = "@EXPLICIT\n".to_owned();
    for (path, bytes) in channel(packages).into_iter().filter(|(path, _)| !path.contains("repodata")) {
        list += &serve(&server, &path, bytes);
    }
    workspace.write("list.txt", list);
    (server, workspace)
}

/// Serves a package; its line of a list.
fn serve(server: &Server, path: &str, bytes: Vec<u8>) -> String {
    let line = format!("{}/{path}#{}\n", server.channel(), sha256_hex(&bytes));
    server.serve(&format!("/channel/{path}"), bytes);
    line
}

/// Packages of some size, so that fetching and linking takes a while.
fn packages() -> Vec<Package> {
    let package = |number: u8| {
        let package = Package::new(&format!("p{number}"), "1", &[]);
        (0..40).fold(package, |package, file: u8| {
            package.with(&format!("lib/p{number}/{file}.txt"), 0o644, vec![number.wrapping_add(file); 20_000])
        })
    };
    (0..6).map(package).collect()
}

/// What lies in a directory of the workspace, by its paths there.
fn contents(workspace: &Workspace, directory: &str) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let all = workspace.contents().into_iter();
    all.filter_map(|(path, bytes)| Some((path.strip_prefix(directory).ok()?.to_owned(), bytes))).collect()
}

fn install(workspace: &Workspace, words: &[&str]) -> Command {
    let mut command = workspace.envlock();
    command.arg("install").args(words);
    command
}

/// The names of the records of an environment.
fn records(prefix: &Path) -> Vec<String> {
    let entries = fs::read_dir(prefix.join("conda-meta")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> =
        entries.filter_map(|name| Some(name.to_str()?.strip_suffix(".json")?.to_owned())).collect();
    names.sort();
    names
}

/// What a lock names, as records are named.
fn names(lock: &Lockfile) -> Vec<String> {
    let file =
        |url: &str| url.rsplit('/').next().unwrap().trim_end_matches(".conda").trim_end_matches(".tar.bz2").to_owned();
    let mut names: Vec<String> = lock.conda_packages().map(|package| file(&package.address())).collect();
    names.sort();
    names
}

/// It fails, and the prefix isn't touched.
fn refused(workspace: &Workspace, words: &[&str]) -> String {
    let Run { code, stderr, .. } = run(&mut install(workspace, words));
    assert_eq!(code, 2, "{stderr}");
    assert!(!workspace.path().join("env").exists());
    stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text without the part that begins with one text and ends before another, or at the end.
fn without(text: &str, from: &str, until: &str) -> String {
    let (before, rest) = text.split_once(from).unwrap();
    let end = rest.find(until).unwrap_or(rest.len());
    format!("{before}{}", &rest[end..])
}

#[test]
fn a_lock_that_lacks_a_package_is_refused_and_one_of_another_program_is_told_of() {
    let (_server, workspace) = locked("dependencies: [python=3.7, six]\n");
    let lacking = without(&workspace.read("conda-lock.yml"), "- name: zlib\n", "- name: ");
    let lines: Vec<&str> = lacking.lines().collect();
    let python = lines.iter().position(|line| *line == "- name: python").unwrap();
    let line = python + lines[python..].iter().position(|line| line.starts_with("    zlib: ")).unwrap() + 1;
    workspace.write("conda-lock.yml", &lacking);
    let said = refused(&workspace, &["--prefix", "env"]);
    let lacks = format!("conda-lock.yml:{line}: python 3.7.8 needs zlib >=1.2.11,<1.3.0a0, which isn't there");
    assert!(said.contains(&lacks) && said.contains("nothing was changed"), "{said}");

    // What conda-lock itself writes has nothing of envlock's.
    workspace.write("conda-lock.yml", without(&lacking, "  custom_metadata:\n", "package:\n"));
    let said = done(&mut install(&workspace, &["--prefix", "env"]));
    assert!(said.stderr.contains("note: conda-lock.yml:"), "{}", said.stderr);
    assert!(said.stderr.contains("python 3.7.8 needs zlib >=1.2.11,<1.3.0a0, which isn't there"), "{}", said.stderr);
    assert_eq!(records(&workspace.path().join("env")), names(&workspace.lock()));
}

#[test]
fn the_environment_is_exactly_what_the_lock_says() {
    let (server, workspace) = locked("dependencies: [python=3.7, numpy, six]\n");
    let said = done(&mut install(&workspace, &["--prefix", "env"]));
    let prefix = workspace.path().join("env");
    let lock = workspace.lock();
    assert_eq!(records(&prefix), names(&lock));
    assert_eq!(said.stderr, format!("env: {} conda packages\n", lock.conda_packages().count()));
    let text = fs::read_to_string(prefix.join("lib/python3.7/site-packages/six.txt")).unwrap();
    assert_eq!(text, "six 1.16.0 is a stand-in of envlock's tests.\n");

    let six = lock.conda_packages().find(|package| package.name == "six").unwrap();
    let file = prefix.join("conda-meta/six-1.16.0-pyh6c4a22f_0.json");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
    let record: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(record["url"], *six.address());
    assert_eq!(record["sha256"], six.sha256().unwrap());
    assert_eq!(record["md5"], six.md5().unwrap());
    assert_eq!(record["channel"], server.channel());
    assert_eq!(record["depends"], serde_json::json!(["python"]));
    assert_eq!(record["files"], serde_json::json!(["lib/python3.7/site-packages/six.txt"]));

    // Once more, without a network; then another lock, into the same prefix.
    server.forget();
    let again = done(install(&workspace, &["--prefix", "env", "--offline"]).arg("--json"));
    let count = lock.conda_packages().count();
    assert_eq!(
        again.json(),
        serde_json::json!({"schema_version": 1, "prefix": "env", "conda": count, "kept": count, "removed": 0, "pip": 0,
                           "pip_removed": 0, "scripts_not_run": []})
    );
    let other = workspace.read("conda-lock.yml");
    let at = other.find("- name: numpy").unwrap();
    let end = other[at + 1..].find("- name:").map_or(other.len(), |end| at + 1 + end);
    workspace.write("conda-lock.yml", format!("{}{}", &other[..at], &other[end..]));
    let said = done(&mut install(&workspace, &["--prefix", "env", "--offline"]));
    assert_eq!(records(&prefix), names(&workspace.lock()));
    assert!(said.stderr.contains("1 other taken away"), "{}", said.stderr);
}

#[test]
fn programs_are_for_others_to_run_and_not_to_change() {
    let python = Package::new("python", "3.12.4", &[]).with("bin/python3.12", 0o755, "");
    let tool = Package::python("tool", "1", &["python"], &["tool = tool:main"]);
    let (_server, workspace) = listed(vec![python, tool]);
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let mode = fs::metadata(workspace.path().join("env/bin/tool")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}

#[test]
fn an_explicit_list_comes_to_what_is_there() {
    let (server, workspace) = locked("dependencies: [xz]\n");
    done(&mut install(&workspace, &["-p", "env"]));
    let file = "noarch/tzdata-2022a-h191b570_0.conda";
    let hash = sha256_hex(fs::read(fixtures().join("channel").join(file)).unwrap());
    workspace.write("list.txt", format!("@EXPLICIT\n{}/{file}#{hash}\n", server.channel()));
    let before = records(&workspace.path().join("env"));
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let after = records(&workspace.path().join("env"));
    assert!(before.iter().all(|name| after.contains(name)) && after.contains(&"tzdata-2022a-h191b570_0".to_owned()));
}

#[test]
fn a_wrong_hash_a_vanished_package_and_no_network_leave_the_prefix_as_it_was() {
    let (server, workspace) = locked("dependencies: [xz, tzdata]\n");
    let lock = workspace.read("conda-lock.yml");
    let package = workspace.lock().packages().iter().find(|it| it.name == "tzdata").unwrap().clone();
    let hash = package.sha256().unwrap();
    let offline = refused(&workspace, &["-p", "env", "--offline"]);
    assert!(offline.contains("some packages are not in the cache, and --offline forbids to fetch: "), "{offline}");

    workspace.write("conda-lock.yml", lock.replace(&hash, &"0".repeat(64)));
    let wrong = refused(&workspace, &["-p", "env"]);
    assert!(wrong.contains("is not what the lock says: its SHA-256 (or MD5) is") && wrong.contains(&hash), "{wrong}");

    let gone = package.address().replace("tzdata-2", "tzdata-3");
    workspace.write("conda-lock.yml", lock.replace(&*package.address(), &gone));
    let said = refused(&workspace, &["-p", "env"]);
    assert!(said.contains(&format!("{gone} is not there any more")), "{said}");
    drop(server);
    workspace.write("conda-lock.yml", &lock);
    let said = refused(&workspace, &["-p", "env"]);
    assert!(said.contains("can't be fetched: ") && said.contains("HTTPS_PROXY"), "{said}");
}

#[test]
fn what_can_not_be_an_environment_is_refused() {
    let (_server, workspace) = locked("dependencies: [xz]\n");
    let foreign = run(&mut install(&workspace, &["-p", "."]));
    assert_eq!(foreign.code, 2);
    assert!(foreign.stderr.contains("holds files, and is no conda environment"), "{}", foreign.stderr);

    let missing = refused(&workspace, &["-p", "env", "other-lock.yml"]);
    assert!(missing.contains("can't read other-lock.yml"), "{missing}");

    workspace.write("list.txt", "@EXPLICIT\n\nhttps://host/noarch/a-1-0.conda#abcd\n");
    let unchecked = refused(&workspace, &["-p", "env", "list.txt"]);
    assert!(unchecked.contains("list.txt:3: a-1-0.conda has no SHA-256 to check it by"), "{unchecked}");

    let other = workspace.read("conda-lock.yml").replace("linux-64", "osx-64");
    workspace.write("conda-lock.yml", other);
    let other = refused(&workspace, &["-p", "env"]);
    assert!(other.contains("conda-lock.yml has no packages for linux-64"), "{other}");
}

#[test]
fn pip_installs_what_the_lock_has_for_it_with_its_hashes() {
    let Some((version, packages)) = python() else { return };
    let (server, workspace) = (Server::empty(), Workspace::holding("dependencies: [python, pip]\n"));
    let minor = version.rsplit_once('.').unwrap().0;
    let Some(six) = wheel("six==1.16.0", minor, workspace.path()) else { return };
    for (path, bytes) in channel(packages) {
        server.serve(&format!("/channel/{path}"), bytes);
    }
    // The lock without an index: pip's packages stand in it as they would.
    done(workspace.convert_bare().args(["--no-pip", "--base-image", crate::support::IMAGE, "-c", &server.channel()]));
    let name = six.file_name().unwrap().to_str().unwrap();
    let bytes = fs::read(&six).unwrap();
    server.serve(&format!("/files/{name}"), bytes.clone());
    let lock = workspace.read("conda-lock.yml");
    let entry = |hash: &str| {
        format!(
            "{lock}- name: six\n  version: 1.16.0\n  manager: pip\n  platform: linux-64\n  dependencies: {{}}\n  url: {}/files/{name}\n  \
             hash:\n    sha256: {hash}\n  category: main\n  optional: false\n",
            server.address()
        )
    };
    workspace.write("conda-lock.yml", entry(&"0".repeat(64)));
    let wrong = refused(&workspace, &["-p", "env"]);
    assert!(wrong.contains("is not what the lock says"), "{wrong}");

    workspace.write("conda-lock.yml", entry(&sha256_hex(&bytes)));
    let said = done(&mut install(&workspace, &["-p", "env"]));
    assert!(said.stderr.ends_with(" and 1 of pip\n"), "{}", said.stderr);
    let python = workspace.path().join("env/bin/python");
    let output = std::process::Command::new(&python).args(["-m", "pip", "list", "--format=freeze"]).output().unwrap();
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(listed.lines().any(|line| line == "six==1.16.0"), "{listed}");

    // A lock that has it no more takes it away, and leaves what somebody works on.
    let site = workspace.path().join(format!("env/lib/python{minor}/site-packages"));
    workspace.write("mine/pyproject.toml", "");
    // What conda has is conda's, whatever pip has written down.
    let recorded = format!("env/lib/python{minor}/site-packages/six-1.16.0.dist-info/RECORD");
    workspace.write(&recorded, workspace.read(&recorded) + "../../../bin/python,,\n");
    for (file, text) in [("RECORD", "mine.pth,,\n"), ("direct_url.json", r#"{"url": "file:///mine", "dir_info": {}}"#)]
    {
        workspace.write(&format!("env/lib/python{minor}/site-packages/mine-1.dist-info/{file}"), text);
    }
    workspace.write("conda-lock.yml", &lock);
    let said = done(install(&workspace, &["-p", "env"]).arg("--json")).json();
    assert_eq!((&said["pip_removed"], &said["pip"]), (&serde_json::json!(1), &serde_json::json!(0)));
    let left: Vec<_> = fs::read_dir(&site).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("six")), "{left:?}");
    assert!(site.join("mine-1.dist-info").exists() && site.join("pip").exists() && python.exists());
    workspace.write("conda-lock.yml", entry(&sha256_hex(&bytes)));

    // Offline, from the cache, into another prefix.
    server.forget();
    done(&mut install(&workspace, &["-p", "other", "--offline"]));
    assert!(workspace.path().join("other/lib").join(format!("python{minor}")).join("site-packages/six.py").exists());
}

#[test]
fn an_environment_without_pip_is_said_to_have_none() {
    let (server, workspace) = locked("dependencies: [xz]\n");
    let lock = workspace.read("conda-lock.yml");
    server.serve("/files/a-1-py3-none-any.whl", b"a".to_vec());
    let entry = format!(
        "- name: a\n  version: '1'\n  manager: pip\n  platform: linux-64\n  dependencies: {{}}\n  url: {}/files/a-1-py3-none-any.whl\n  \
         hash:\n    sha256: {}\n  category: main\n  optional: false\n",
        server.address(),
        sha256_hex(b"a")
    );
    workspace.write("conda-lock.yml", format!("{lock}{}", entry.replace("a-1-py3-none-any.whl", "a-1.tar.gz")));
    let built = refused(&workspace, &["-p", "env"]);
    assert!(built.contains("a is built from source, which runs code of the package"), "{built}");
    let said = run(&mut install(&workspace, &["-p", "env", "--allow-build"]));
    assert!(said.code == 2 && said.stderr.contains("a-1.tar.gz is not there any more"), "{}", said.stderr);

    workspace.write("conda-lock.yml", lock + &entry);
    let said = run(&mut install(&workspace, &["-p", "env"]));
    assert!(said.code == 2 && said.stderr.contains("the environment has no pip"), "{}", said.stderr);
}

/// Answers everything by leading to the same path on another server, token and all.
struct Elsewhere(String);

impl wiremock::Respond for Elsewhere {
    fn respond(&self, request: &wiremock::Request) -> wiremock::ResponseTemplate {
        let url = format!("{}{}", self.0, request.url.path());
        wiremock::ResponseTemplate::new(302).insert_header("location", url.as_str())
    }
}

#[test]
fn stored_credentials_go_to_what_they_are_stored_for_and_to_no_other_server() {
    let (files, workspace) = locked("dependencies: [xz]\n");
    let front = Server::empty();
    let lock = workspace.read("conda-lock.yml").replace(&files.address(), &front.address());
    workspace.write("conda-lock.yml", &lock);
    let paths: Vec<String> =
        workspace.lock().conda_packages().map(|package| package.address().replace(&front.address(), "")).collect();
    for path in &paths {
        front.respond(&format!("/t/se-cret{path}"), Elsewhere(files.address()));
    }
    let host = front.address().replace("http://", "");
    let install_with = |key: &str, credentials: &str| {
        workspace.write("auth.json", format!("{{\"{key}\": {credentials}}}"));
        run(install(&workspace, &["-p", "env"]).env("RATTLER_AUTH_FILE", workspace.path().join("auth.json")))
    };
    // A host alone stands for https.
    for key in ["127.0.0.1", &host, &format!("https://{host}"), &format!("http://{host}/other")] {
        let failed = install_with(key, "{\"CondaToken\": \"se-cret\"}");
        assert_eq!(failed.code, 2, "{}", failed.stderr);
    }
    let told = |server: &Server| format!("{:?}", server.requests()).to_lowercase();
    assert!(!told(&front).contains("se-cret"));

    // What the other server saw while the lock was made counts no more.
    let before = files.requests().len();
    let done = install_with(&format!("{}/channel", front.address()), "{\"CondaToken\": \"se-cret\"}");
    assert_eq!(done.code, 0, "{}", done.stderr);
    let seen = files.requests().split_off(before);
    assert_eq!(seen.len(), paths.len());
    for request in seen {
        let told = format!("{request:?}").to_lowercase();
        assert!(!["referer", "authorization", "se-cret"].iter().any(|it| told.contains(it)), "{told}");
        assert_eq!(request.headers["user-agent"], concat!("envlock/", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn what_can_not_come_to_be_is_told_before_anything_changes() {
    let (server, workspace) = listed(vec![Package::new("good", "1", &[]).with("share/good", 0o644, "")]);
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let before = contents(&workspace, "env");
    let long = Package::new("good", "2", &[]).with("bin/good", 0o755, "\0/short\0").built_in("bin/good", "/short");
    let tool = || Package::python("tool", "1", &[], &["good = tool:main"]).with("site-packages/tool.py", 0o644, "");
    let file = |name: &str, path: &str| Package::new(name, "1", &[]).with(path, 0o644, "");
    for (packages, reason) in [
        (vec![long], "bin/good of good has room for 6"),
        (vec![tool()], "tool is a package for Python, and neither the list nor the prefix has a Python"),
        (vec![file("a", "share/x"), file("z", "share/x/y")], "share/x/y leads through share/x, a file of a"),
        (vec![file("b", "share/good/y")], "share/good/y leads through share/good, a file of good"),
        (vec![file("c", "share")], "share/good leads through share, a file of c"),
    ] {
        restart::list(&server, &workspace, packages);
        let said = run(&mut install(&workspace, &["-p", "env", "list.txt"]));
        let text = said.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.code == 2 && text.contains(reason), "{text}");
        assert_eq!(contents(&workspace, "env"), before, "{reason}");
    }
    let odd = std::ffi::OsStr::from_bytes(b"odd-\xff");
    let said = run(workspace.envlock().args(["install", "list.txt", "-p"]).arg(odd));
    assert!(said.code == 2 && said.stderr.contains("its path isn't UTF-8"), "{}", said.stderr);
    assert!(!workspace.path().join(odd).exists());
}

#[test]
fn a_program_that_another_package_has_as_a_file_is_the_same_each_time() {
    let python = || Package::new("python", "3.12.4", &[]).with("bin/python3.12", 0o755, "");
    let tool =
        || Package::python("tool", "1", &["python"], &["both = tool:main"]).with("site-packages/tool.py", 0o644, "");
    let other = Package::new("other", "1", &[]).with("bin/both", 0o755, "other");
    let (_server, workspace) = listed(vec![python(), tool(), other]);
    for round in 0..10 {
        let prefix = format!("env{round}");
        done(&mut install(&workspace, &["-p", &prefix, "list.txt"]));
        let text = workspace.read(&format!("{prefix}/bin/both"));
        assert!(text.contains("tool"), "{round}: {text}");
    }
}

#[test]
fn what_a_killed_run_began_to_write_is_what_is_installed() {
    let (_server, workspace) = listed(vec![Package::new("a", "1", &[]).with("share/a", 0o644, "")]);
    workspace.write(".envlock-abc123", workspace.read("list.txt"));
    workspace.write("list.txt", "half");
    workspace.write(".envlock-journal.json", r#"{"names": [[".envlock-abc123", "list.txt"]], "leaving": []}"#);
    done(&mut install(&workspace, &["-p", "env/", "list.txt"]));
    assert!(workspace.path().join("env/share/a").exists() && !workspace.path().join(".envlock-journal.json").exists());
}
