//! An index of this machine, and what is taken from it.

use envlock::lockfile::sha256_hex;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{converted, dropped, environment, files::*, installed, locked, refused};
use crate::support::server::Server;

/// How an index says what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// PEP 691.
    Json,
    /// PEP 503.
    Html,
    /// PEP 503 without hashes.
    HtmlWithoutHashes,
}

/// An index with these files; pages for all packages of which there is one. In JSON it says at once what wheels need.
pub fn index(form: Form, files: &[File]) -> Server {
    let server = Server::empty();
    add(&server, "", form, files, &[]);
    server
}

/// Adds an index at a path. Of these files, some were yanked.
pub fn add(server: &Server, at: &str, form: Form, files: &[File], yanked: &[&str]) {
    let name = |file: &File| file.name.split('-').next().unwrap().replace('_', "-");
    let mut names: Vec<String> = files.iter().map(name).collect();
    names.sort();
    names.dedup();
    for package in names {
        let own = files.iter().filter(|file| name(file) == package);
        let answer = match form {
            Form::Json => {
                let entry = |file: &File| {
                    json!({
                        "filename": file.name, "url": format!("../../files/{}", file.name),
                        "hashes": {"sha256": sha256_hex(&file.bytes)}, "yanked": yanked.contains(&file.name.as_str()),
                        "size": file.bytes.len(), "core-metadata": file.metadata.is_some(),
                    })
                };
                let files: Vec<_> = own.map(entry).collect();
                let page = json!({"meta": {"api-version": "1.1"}, "name": package, "files": files});
                ResponseTemplate::new(200).set_body_raw(page.to_string(), "application/vnd.pypi.simple.v1+json")
            }
            Form::Html | Form::HtmlWithoutHashes => {
                let hash = |file: &File| match form {
                    Form::Html => format!("#sha256={}", sha256_hex(&file.bytes)),
                    _ => String::new(),
                };
                let link =
                    |file: &File| format!("<a href=\"../../files/{0}{1}\">{0}</a><br/>\n", file.name, hash(file));
                let links = own.map(link).collect::<Vec<_>>().concat();
                ResponseTemplate::new(200)
                    .set_body_raw(format!("<!DOCTYPE html><html><body>{links}</body></html>"), "text/html")
            }
        };
        // It is asked again, should it be another one the next time.
        server.respond(&format!("{at}/simple/{package}/"), answer.insert_header("cache-control", "no-cache"));
    }
    for file in files {
        server.serve(&format!("{at}/files/{}", file.name), file.bytes.clone());
        if let (Some(metadata), Form::Json) = (&file.metadata, form) {
            server.serve(&format!("{at}/files/{}.metadata", file.name), metadata.clone().into_bytes());
        }
    }
}

/// The line that names the index.
pub fn index_line(server: &Server) -> String {
    format!("--index-url {}/simple", server.address())
}

#[test]
fn a_line_is_locked_with_what_it_needs_and_the_hashes_of_its_files() {
    let files = [pure("app", "1.0", &["lib>=2"]), pure("lib", "2.1", &[]), pure("lib", "1.0", &[])];
    for form in [Form::Json, Form::Html] {
        let server = index(form, &files);
        let Some(workspace) = environment(&[], &[&index_line(&server), "app"]) else { return };
        let report = converted(&workspace, &[]);
        assert_eq!(installed(&report), ["app 1.0 wheel asked", "lib 2.1 wheel needed"]);
        let address = format!("{}/files/lib-2.1-py3-none-any.whl", server.address());
        assert_eq!(locked(&workspace, "lib"), (address, sha256_hex(&files[1].bytes)));
        // Of the two forms only JSON tells sizes.
        let size = (form == Form::Json).then_some(files[1].bytes.len() as u64);
        assert_eq!(workspace.lock().pip_packages().find(|it| it.name == "lib").unwrap().size, size);
        // The same again, from what is there already.
        let before = workspace.contents();
        converted(&workspace, &[]);
        assert_eq!(workspace.contents(), before);
    }
}

#[test]
fn of_many_wheels_the_one_for_the_target_is_taken() {
    let tags = [
        "cp37-cp37m-win_amd64",
        "cp37-cp37m-macosx_10_9_x86_64",
        "cp38-cp38-manylinux1_x86_64",
        "cp37-cp37m-manylinux2010_x86_64",
        "cp37-cp37m-manylinux_2_99_x86_64",
        "py3-none-any",
    ];
    let files: Vec<File> =
        tags.into_iter().map(|tags| wheel("app", "1.0", tags, &[])).chain([sdist("app", "1.0", &[])]).collect();
    let server = index(Form::Json, &files);
    let Some(workspace) = environment(&[], &[&index_line(&server), "app==1.0"]) else { return };
    converted(&workspace, &[]);
    assert!(locked(&workspace, "app").0.ends_with("/app-1.0-cp37-cp37m-manylinux2010_x86_64.whl"));
}

#[test]
fn what_comes_from_source_is_read_and_not_run() {
    let files = [
        sdist("app", "1.0", &["lib<3", "[extra]", "none"]),
        wheel("app", "1.0", "cp38-cp38-manylinux1_x86_64", &[]),
        // Nothing says which version, and there is no wheel.
        sdist("lib", "2.0", &["leaf"]),
        sdist("lib", "3.0", &["other"]),
        pure("leaf", "1.0", &[]),
        pure("other", "1.0", &[]),
    ];
    let server = index(Form::Json, &files);
    let Some(workspace) = environment(&[], &[&index_line(&server), "app==1.0"]) else { return };
    let report = converted(&workspace, &[]);
    assert_eq!(installed(&report), ["app 1.0 sdist asked", "leaf 1.0 wheel needed", "lib 2.0 sdist needed"]);
    assert_eq!(locked(&workspace, "app").1, sha256_hex(&files[0].bytes));
}

#[test]
fn a_zip_file_is_taken_only_where_there_is_no_other_archive() {
    let server = index(Form::Json, &[zipped("app", "1.0"), sdist("app", "1.0", &[]), zipped("lib", "1.0")]);
    let Some(workspace) = environment(&[], &[&index_line(&server), "app==1.0", "lib==1.0"]) else { return };
    let report = converted(&workspace, &[]);
    assert_eq!(installed(&report), ["app 1.0 sdist asked", "lib 1.0 sdist asked"]);
    assert!(locked(&workspace, "app").0.ends_with("/app-1.0.tar.gz"));
    assert!(locked(&workspace, "lib").0.ends_with("/lib-1.0.zip"));
    let notes = report["notes"].to_string();
    assert!(notes.contains("lib comes as a zip file only: micromamba can't read a lock that names one"), "{notes}");
    assert!(!notes.contains("app comes as"), "{notes}");
}

#[test]
fn what_a_source_distribution_is_built_with_is_locked_unless_conda_has_it() {
    let with = |requires: &str| {
        let pyproject = format!("[build-system]\nrequires = [{requires}]\n");
        sdist_with("app", "1.0", &[], "", &[("pyproject.toml", &pyproject)])
    };
    let hatchling = pure("hatchling", "1.9", &["plug"]);
    for (requires, expected) in [
        ("'setuptools>=40', 'wheel', 'numpy'", &["app 1.0 sdist asked"][..]),
        (
            "'hatchling>=1; python_version > \"3\"', 'colours; sys_platform == \"win32\"'",
            &["app 1.0 sdist asked", "hatchling 1.9 wheel builds", "plug 1.0 wheel needed"],
        ),
    ] {
        let server = index(Form::Json, &[with(requires), hatchling.clone(), pure("plug", "1.0", &[])]);
        let Some(workspace) = environment(&["numpy=1.19.4"], &[&index_line(&server), "app==1.0"]) else { return };
        assert_eq!(installed(&converted(&workspace, &[])), expected);
    }
}

#[test]
fn what_was_yanked_is_taken_only_where_it_is_asked_for_by_its_version() {
    let server = Server::empty();
    let files = [pure("app", "1.0", &[]), pure("app", "2.0", &[])];
    add(&server, "", Form::Json, &files, &["app-2.0-py3-none-any.whl"]);
    for (line, version) in [("app>=1", "1.0"), ("app==2.0", "2.0")] {
        let Some(workspace) = environment(&[], &[&index_line(&server), line]) else { return };
        assert_eq!(installed(&converted(&workspace, &[])), [format!("app {version} wheel asked")]);
    }
}

#[test]
fn a_hash_that_the_index_does_not_say_is_taken_of_the_file() {
    let files = [pure("app", "1.0", &[])];
    let server = index(Form::HtmlWithoutHashes, &files);
    let Some(workspace) = environment(&[], &[&index_line(&server), "app"]) else { return };
    converted(&workspace, &[]);
    assert_eq!(locked(&workspace, "app").1, sha256_hex(&files[0].bytes));
}

#[test]
fn a_file_that_is_not_what_the_index_says_is_refused() {
    let server = Server::empty();
    let real = sdist("app", "1.0", &[]);
    let other = File { name: real.name.clone(), ..sdist("app", "1.0", &["more"]) };
    let page = json!({"meta": {"api-version": "1.1"}, "name": "app", "files": [
        {"filename": real.name, "url": format!("../../files/{}", real.name), "hashes": {"sha256": sha256_hex(&real.bytes)}},
    ]});
    let json = "application/vnd.pypi.simple.v1+json";
    server.respond("/simple/app/", ResponseTemplate::new(200).set_body_raw(page.to_string(), json));
    server.serve(&format!("/files/{}", other.name), other.bytes);
    let Some(workspace) = environment(&[], &[&index_line(&server), "app==1.0"]) else { return };
    let told = refused(&workspace, &[]);
    assert!(told.contains("app-1.0.tar.gz has another SHA-256 than its index says"), "{told}");
}

#[test]
fn what_is_built_for_other_platforms_only_is_left_out_and_named() {
    let files = [wheel("menus", "1.0", "cp37-cp37m-win_amd64", &[]), pure("app", "1.0", &[])];
    let server = index(Form::Json, &files);
    let Some(workspace) = environment(&[], &[&index_line(&server), "menus==1.0", "app==1.0"]) else { return };
    let report = converted(&workspace, &[]);
    assert_eq!(installed(&report), ["app 1.0 wheel asked"]);
    assert_eq!(dropped(&report), ["6: menus==1.0: only built for Windows"]);
    assert!(workspace.read("conda-lock.yml").contains("# pip's menus==1.0 is gone: only built for Windows\n"));
}

#[test]
fn what_is_built_for_other_pythons_only_is_an_error() {
    let server = index(Form::Json, &[wheel("app", "1.0", "cp38-cp38-manylinux1_x86_64", &[])]);
    let Some(workspace) = environment(&[], &[&index_line(&server), "app==1.0"]) else { return };
    let told = refused(&workspace, &[]);
    assert!(told.contains("environment.yml:6: `app==1.0` has no file for Python 3.7 on Linux"), "{told}");
}

#[test]
fn an_index_that_fails_midway_is_an_error_that_names_it() {
    let server = index(Form::Json, &[pure("app", "1.0", &["lib"])]);
    server.respond("/simple/lib/", ResponseTemplate::new(503));
    let Some(workspace) = environment(&[], &[&index_line(&server), "app"]) else { return };
    let told = refused(&workspace, &[]);
    assert!(told.contains("uv failed") && told.contains("/simple/lib/"), "{told}");
}

#[test]
fn of_two_indexes_the_added_one_comes_first_and_the_other_has_the_rest() {
    let server = Server::empty();
    add(&server, "/team", Form::Json, &[pure("app", "1.0", &["lib"]), pure("lib", "1.0", &[])], &[]);
    add(&server, "", Form::Json, &[pure("app", "9.0", &[]), pure("lib", "9.0", &[]), pure("leaf", "1.0", &[])], &[]);
    let extra = format!("--extra-index-url {}/team/simple", server.address());
    let Some(workspace) = environment(&[], &[&index_line(&server), &extra, "app", "lib==9.0", "leaf"]) else { return };
    let expected = ["app 1.0 wheel asked", "leaf 1.0 wheel asked", "lib 9.0 wheel asked"];
    assert_eq!(installed(&converted(&workspace, &[])), expected);
    assert!(locked(&workspace, "app").0.contains("/team/files/"));
}

#[test]
fn the_cut_off_date_holds_for_what_no_line_asks_for_by_its_version() {
    let server = Server::empty();
    let files = [pure("app", "1.0", &[]), pure("app", "2.0", &[]), pure("lib", "5.0", &[])];
    for (package, own) in [("app", &files[..2]), ("lib", &files[2..])] {
        let entry = |file: &File| {
            let day = if file.name.starts_with("app-1.0") { "2019-01-01" } else { "2025-01-01" };
            json!({"filename": file.name, "url": format!("/files/{}", file.name),
                   "hashes": {"sha256": sha256_hex(&file.bytes)}, "upload-time": format!("{day}T00:00:00Z")})
        };
        let files: Vec<_> = own.iter().map(entry).collect();
        let page = json!({"meta": {"api-version": "1.1"}, "name": package, "files": files});
        let json = "application/vnd.pypi.simple.v1+json";
        server.respond(&format!("/simple/{package}/"), ResponseTemplate::new(200).set_body_raw(page.to_string(), json));
    }
    for file in &files {
        server.serve(&format!("/files/{}", file.name), file.bytes.clone());
    }
    let Some(workspace) = environment(&[], &[&index_line(&server), "app", "lib==5.0"]) else { return };
    let report = converted(&workspace, &["--as-of", "2021-12-31"]);
    assert_eq!(installed(&report), ["app 1.0 wheel asked", "lib 5.0 wheel asked"]);
    let report = converted(&workspace, &["--as-of", "latest"]);
    assert_eq!(installed(&report), ["app 2.0 wheel asked", "lib 5.0 wheel asked"]);

    // Of what it can't be met by, newer is taken, and that is said; the others stay as old as they were.
    let Some(workspace) = environment(&[], &[&index_line(&server), "app", "lib"]) else { return };
    let report = converted(&workspace, &["--as-of", "2021-12-31"]);
    assert_eq!(installed(&report), ["app 1.0 wheel asked", "lib 5.0 wheel asked"]);
    let note = "nothing will do of lib that was uploaded until the cut-off date; newer is taken";
    assert!(report["notes"].to_string().contains(note), "{}", report["notes"]);
}
