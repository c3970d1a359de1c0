//! Lines as people write them.

use std::process::{Child, Command, Stdio};

use envlock::lockfile::{Requested, sha256_hex};

use super::{
    converted, dropped, environment,
    files::{pure, sdist, sdist_with},
    index::{Form, add, index, index_line},
    installed, locked, refused,
};
use crate::support::{Workspace, done, run, server::Server, tool};

#[test]
fn extras_markers_ranges_and_requirements_files_are_followed() {
    let files = [
        pure("app", "1.0", &["lib; extra == 'more'"]),
        pure("lib", "1.0", &[]),
        pure("other", "1.5", &[]),
        pure("other", "2.0", &[]),
        pure("leaf", "1.0", &[]),
        pure("leaf", "2.0", &[]),
    ];
    let server = index(Form::Json, &files);
    let lines =
        [&*index_line(&server), "app[more]", "other>=1,<2  # old", "colours; sys_platform == 'win32'", "-r req.txt"];
    let Some(workspace) = environment(&[], &lines) else { return };
    workspace.write("req.txt", "leaf\n-c limits.txt\n");
    workspace.write("limits.txt", "leaf<2\nunneeded==1.0\n");
    let report = converted(&workspace, &[]);
    let expected = ["app 1.0 wheel asked", "leaf 1.0 wheel asked", "lib 1.0 wheel needed", "other 1.5 wheel asked"];
    assert_eq!(installed(&report), expected);
    let reason = "its marker is for another platform or Python";
    assert_eq!(dropped(&report), [format!("8: colours; sys_platform == 'win32': {reason}")]);
    // What the files say is a part of the input.
    let asked = workspace.lock().input().unwrap().requests;
    assert!(["leaf", "-c leaf<2"].iter().all(|line| asked.contains(&Requested::pip(line))), "{asked:?}");
    done(workspace.envlock().arg("check"));
}

#[test]
fn files_are_locked_by_their_addresses() {
    let wheel = pure("app", "1.0", &["lib"]);
    let archive =
        sdist_with("demo", "2.0", &[], "", &[("pyproject.toml", "[project]\nname = 'demo'\nversion = '2.0'\n")]);
    let server = index(Form::Json, &[pure("lib", "1.0", &[])]);
    server.serve(&format!("/elsewhere/{}", wheel.name), wheel.bytes.clone());
    server.serve("/elsewhere/main.tar.gz", archive.bytes.clone());
    let at = |file: &str| format!("{}/elsewhere/{file}", server.address());
    let lines = [index_line(&server), format!("app @ {}", at(&wheel.name)), at("main.tar.gz")];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let Some(workspace) = environment(&[], &lines) else { return };
    let report = converted(&workspace, &[]);
    assert_eq!(installed(&report), ["app 1.0 wheel asked", "demo 2.0 sdist asked", "lib 1.0 wheel asked"]);
    assert_eq!(locked(&workspace, "app"), (at(&wheel.name), sha256_hex(&wheel.bytes)));
    assert_eq!(locked(&workspace, "demo"), (at("main.tar.gz"), sha256_hex(&archive.bytes)));
}

#[test]
fn links_are_looked_through_as_well() {
    let server = index(Form::Json, &[pure("app", "1.0", &[])]);
    let file = pure("lib", "1.0+pt21cpu", &[]);
    let name = file.name.replace('+', "%2B");
    let page = format!("<!DOCTYPE html><a href=\"{name}\">{}</a>", file.name);
    let html = wiremock::ResponseTemplate::new(200).set_body_raw(page, "text/html");
    server.respond("/links/page.html", html);
    server.serve(&format!("/links/{name}"), file.bytes.clone());
    let links = format!("-f {}/links/page.html", server.address());
    let Some(workspace) = environment(&[], &[&index_line(&server), &links, "lib==1.0+pt21cpu"]) else { return };
    assert_eq!(installed(&converted(&workspace, &[])), ["lib 1.0+pt21cpu wheel asked"]);
    assert_eq!(locked(&workspace, "lib").1, sha256_hex(&file.bytes));
}

#[test]
fn what_conda_builds_leave_behind_is_understood() {
    let server = index(Form::Json, &[pure("app", "1.0", &[]), pure("app", "2.0", &[])]);
    let lines = [
        &*index_line(&server),
        "app @ file:///croot/app_1690232220950/work/app-1.0-py3-none-any.whl",
        "certifi @ file:///tmp/build/80754af9/certifi_1635123/work",
    ];
    let Some(workspace) = environment(&["certifi"], &lines) else { return };
    let report = converted(&workspace, &[]);
    assert_eq!(installed(&report), ["app 1.0 wheel asked"]);
    assert!(dropped(&report)[0].contains("conda provides it as certifi"), "{:?}", dropped(&report));
    let notes = report["notes"].to_string();
    assert!(notes.contains("names a file of the machine that built it; app ==1.0 is taken"), "{notes}");
}

#[test]
fn credentials_of_an_index_get_nowhere() {
    let files = [pure("app", "1.0", &[]), sdist("lib", "1.0", &[])];
    let server = Server::empty();
    add(&server, "/private", Form::Html, &files, &[]);
    let address = server.address().replace("http://", "http://ada:s3cr3t@");
    let line = format!("--index-url {address}/private/simple");
    let Some(workspace) = environment(&[], &[&line, "app", "lib==1.0"]) else { return };
    let run = done(workspace.convert_all().args(["--json", "-v"]));
    let asked = server.requests();
    assert!(asked.iter().any(|request| request.headers.contains_key("authorization")), "they are used");
    let written = workspace.read("conda-lock.yml") + &workspace.read("Dockerfile");
    for text in [&run.stdout, &run.stderr, &written] {
        assert!(!text.contains("s3cr3t"), "{text}");
    }
    // Nor where the index fails.
    let Some(workspace) = environment(&[], &[&line, "none==1.0"]) else { return };
    assert!(!refused(&workspace, &[]).contains("s3cr3t"));
    let line = format!("--index-url {}/private/simple", address.replace("s3cr3t", "${INDEX_PASSWORD}"));
    let Some(workspace) = environment(&[], &[&line, "app"]) else { return };
    assert!(refused(&workspace, &[]).contains("needs the environment variable INDEX_PASSWORD, which is not set"));
    let run = done(workspace.convert_all().arg("-v").env("INDEX_PASSWORD", "s3cr3t"));
    let written = workspace.read("conda-lock.yml") + &workspace.read("Dockerfile");
    assert!(!run.stderr.contains("s3cr3t") && !written.contains("s3cr3t"));
}

/// A directory that a web server serves, until it is dropped.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(python: &std::path::Path, directory: &std::path::Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(python)
            .args(["-m", "http.server", "--bind", "127.0.0.1", &port.to_string()])
            .current_dir(directory)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Self { child, address: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn git(workspace: &Workspace, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b"])
        .args(arguments)
        .current_dir(workspace.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_repository_is_locked_by_its_commit() {
    let (Some(_), Some(python)) = (tool("git"), tool("python3")) else { return };
    let repository = Workspace::empty();
    repository.write("pyproject.toml", "[project]\nname = 'demo'\nversion = '1.2'\ndependencies = ['lib']\n");
    git(&repository, &["init", "--quiet"]);
    git(&repository, &["add", "."]);
    git(&repository, &["commit", "--quiet", "--message", "one"]);
    git(&repository, &["tag", "v1"]);
    let commit = git(&repository, &["rev-parse", "HEAD"]);
    repository.write("setup.py", "raise SystemExit('setup.py was run')\n");
    git(&repository, &["rm", "--quiet", "pyproject.toml"]);
    git(&repository, &["add", "."]);
    git(&repository, &["commit", "--quiet", "--message", "two"]);
    git(&repository, &["branch", "old"]);
    git(&repository, &["update-server-info"]);
    let web = Served::start(&python, repository.path());
    let address = format!("{}/.git", web.address);

    let server = index(Form::Json, &[pure("lib", "1.0", &[])]);
    let line = format!("-e git+{address}@v1#egg=demo");
    let Some(workspace) = environment(&[], &[&index_line(&server), &line]) else { return };
    let report = converted(&workspace, &[]);
    assert_eq!(installed(&report), ["demo 1.2 git asked", "lib 1.0 wheel needed"]);
    assert_eq!(locked(&workspace, "demo"), (format!("git+{address}@{commit}"), commit));
    let notes = report["notes"].to_string();
    assert!(notes.contains("not to be edited") && notes.contains("git"), "{notes}");
    let list = workspace.read("requirements-linux-64.txt");
    assert!(list.contains(&format!("\ngit+{address}@")) && !list.contains("-e "), "{list}");

    // What only building would tell is not built unasked.
    let line = format!("git+{address}@old#egg=demo");
    let Some(workspace) = environment(&[], &[&index_line(&server), &line]) else { return };
    let told = refused(&workspace, &[]);
    assert!(told.contains("doesn't say what it needs unless it is built") && told.contains("--allow-build"), "{told}");
    let run = run(workspace.convert_all().arg("--allow-build"));
    assert_eq!(run.code, 2, "its setup.py ends the build");

    let line = format!("git+{address}@nowhere#egg=demo");
    let Some(workspace) = environment(&[], &[&index_line(&server), &line]) else { return };
    assert!(refused(&workspace, &[]).contains("nowhere"));
}
