//! Wheels that a channel serves, for lines of `dependencies:` that no conda package is there for.

use std::{collections::BTreeMap, process};

use envlock::lockfile::sha256_hex;
use serde_json::{Map, Value, json};

use super::{converted, files::*, index, index::Form, installed, locked};
use crate::support::{
    Workspace, done,
    real_channel::{channel, python},
    run,
    server::Server,
    tool,
};

/// How a channel says what it has.
#[derive(Clone, Copy, Debug)]
enum ChannelForm {
    File,
    Shards,
}

/// The record of a wheel as channels of wheels have it, with these fields, too.
fn record(file: &File, more: &Value) -> Value {
    let mut parts = file.name.split('-');
    let (name, version) = (parts.next().unwrap(), parts.next().unwrap());
    let mut record = json!({
        "name": name.replace('_', "-"), "version": version, "build": "py3_none_any_0", "build_number": 0,
        "subdir": "noarch", "noarch": "python", "depends": ["python"], "sha256": sha256_hex(&file.bytes),
        "size": file.bytes.len(), "timestamp": 0, "fn": file.name, "url": format!("../files/{}", file.name),
    });
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record
}

/// Serves a channel of these wheels at `/wheels`; of each record some fields are otherwise.
fn serve(server: &Server, form: ChannelForm, wheels: &[(&File, Value)]) {
    let mut all: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (file, more) in wheels {
        server.serve(&format!("/wheels/files/{}", file.name), file.bytes.clone());
        let record = record(file, more);
        let of_name = all.entry(record["name"].as_str().unwrap().to_owned()).or_default();
        of_name.insert(file.name.trim_end_matches(".whl").to_owned(), record);
    }
    let repodata = |whl: Map<String, Value>| json!({"packages": {}, "packages.conda": {}, "v3": {"whl": whl}});
    match form {
        ChannelForm::File => {
            let repodata = repodata(all.into_values().flatten().collect());
            server.serve("/wheels/noarch/repodata.json", repodata.to_string().into_bytes());
        }
        ChannelForm::Shards => {
            let packed =
                |value: &Value| zstd::encode_all(rmp_serde::to_vec_named(value).unwrap().as_slice(), 3).unwrap();
            let mut shards = Map::new();
            for (name, records) in all {
                let shard = packed(&repodata(records));
                shards.insert(name, sha256_hex(&shard).into());
                server.serve(&format!("/wheels/noarch/shards/{}.msgpack.zst", sha256_hex(&shard)), shard);
            }
            let info = json!({"subdir": "noarch", "base_url": "", "shards_base_url": "./shards/"});
            let index = packed(&json!({"version": 1, "info": info, "shards": shards}));
            server.serve("/wheels/noarch/repodata_shards.msgpack.zst", index);
        }
    }
}

/// A workspace with an environment of Python 3.7 and these lines; `None` where there is no uv.
fn environment(lines: &[&str]) -> Option<Workspace> {
    tool("uv")?;
    let lines = lines.iter().map(|line| format!("  - {line}\n")).collect::<Vec<_>>().concat();
    Some(Workspace::holding(&format!("dependencies:\n  - python=3.7.8\n{lines}")))
}

/// Converts with the fixtures' channel and that of the wheels, and gives the report.
fn report(workspace: &Workspace, server: &Server, options: &[&str]) -> Value {
    let channel = format!("{}/wheels", server.address());
    converted(workspace, &[&["--channel", &channel], options].concat())
}

fn pin<'r>(report: &'r Value, name: &str) -> &'r Value {
    report["pins"].as_array().unwrap().iter().find(|pin| pin["name"] == name).unwrap()
}

fn conda(workspace: &Workspace) -> Vec<String> {
    workspace.lock().conda_packages().map(|package| package.name.to_string()).collect()
}

#[test]
fn a_line_gets_the_newest_wheel_that_will_do_and_the_lock_stays() {
    let files = [
        pure("app", "1.0", &[]),
        pure("app", "1.1", &["tqdm", "own_lib"]),
        wheel("app", "1.2", "cp38-cp38-manylinux1_x86_64", &[]),
        wheel("app", "1.3", "cp37-cp37m-win_amd64", &[]),
        pure("own_lib", "2.0", &[]),
    ];
    for form in [ChannelForm::File, ChannelForm::Shards] {
        let server = Server::empty();
        let more = json!({"depends": ["python >=3.6", "tqdm >=4", "own-lib", "never[when=\"__win\"]"]});
        let wheels: Vec<(&File, Value)> =
            files.iter().map(|file| (file, if file.name.contains("1.1") { more.clone() } else { json!({}) })).collect();
        serve(&server, form, &wheels);
        let Some(workspace) = environment(&["app>=1.0"]) else { return };
        let told = report(&workspace, &server, &[]);
        assert_eq!(installed(&told), ["app 1.1 wheel asked", "own-lib 2.0 wheel needed"], "{form:?}");
        let app = pin(&told, "app");
        let channel = format!("{}/wheels", server.address());
        assert_eq!((&app["fate"], &app["version"], &app["build"]), (&json!("kept"), &json!("1.1"), &Value::Null));
        assert_eq!(app["reason"]["code"], "wheel");
        let why = format!("pip installs it, as the wheel app-1.1-py3-none-any.whl of the channel {channel}");
        assert_eq!(app["reason"]["text"], why);
        assert_eq!(told["pip"]["pins"], json!([]));
        let address = format!("{channel}/files/app-1.1-py3-none-any.whl");
        assert_eq!(locked(&workspace, "app"), (address, sha256_hex(&files[1].bytes)));
        // What it needs by conda's names comes from conda where there is such a package; what installs it does, too.
        let conda = conda(&workspace);
        assert!(["pip", "python", "tqdm"].iter().all(|name| conda.iter().any(|it| it == name)), "{conda:?}");
        let lock = workspace.read("conda-lock.yml");
        assert!(lock.contains(&format!("# app >=1.0 is installed by pip: {why}\n")), "{lock}");
        assert!(workspace.read("Dockerfile").contains("pip install"), "{}", workspace.read("Dockerfile"));

        let check = run(workspace.envlock().arg("check"));
        assert_eq!((check.code, check.stdout.as_str()), (0, ""), "{}", check.stderr);
        // Nothing moves by itself, be there a newer one or not.
        let before = workspace.contents();
        let newer = pure("app", "1.9", &[]);
        server.forget();
        serve(&server, form, &wheels.into_iter().chain([(&newer, json!({}))]).collect::<Vec<_>>());
        assert_eq!(installed(&report(&workspace, &server, &[]))[0], "app 1.1 wheel asked");
        assert_eq!(workspace.contents(), before);

        let explained = done(workspace.envlock().args(["explain", "app"])).stdout;
        assert!(explained.starts_with("app 1.1, installed by pip"), "{explained}");
        assert!(explained.contains("environment.yml asks for app >=1.0\nthe lock says: app >=1.0 is installed by pip"));
        let needed = done(workspace.envlock().args(["explain", "own-lib"])).stdout;
        assert!(needed.starts_with("own-lib 2.0, installed by pip"), "{needed}");
        let drawn = done(workspace.envlock().arg("graph")).stdout;
        assert!(drawn.contains("app 1.1"), "{drawn}");
        let said = done(workspace.envlock().args(["update", "app"]));
        assert!(said.stderr.contains("app 1.1 → 1.9"), "{}", said.stderr);
        assert_eq!(locked(&workspace, "app").1, sha256_hex(&newer.bytes));
        let check = run(workspace.envlock().arg("check"));
        assert_eq!((check.code, check.stdout.as_str()), (0, ""), "{}", check.stderr);
    }
}

#[test]
fn what_a_wheel_needs_besides_is_resolved_with_the_pip_section() {
    let files = [pure("app", "1.0", &["lib>=2", "six"]), pure("lib", "2.1", &[]), pure("lib", "3.0", &[])];
    let server = index::index(Form::Json, &files[1..]);
    serve(&server, ChannelForm::File, &[(&files[0], json!({}))]);
    let pip = ["pip:".to_owned(), format!("  - {}", index::index_line(&server)), "  - lib<3".to_owned()];
    let Some(workspace) = environment(&["six=1.15", "app", &pip.join("\n  ")]) else { return };
    let told = report(&workspace, &server, &[]);
    assert_eq!(installed(&told), ["app 1.0 wheel asked", "lib 2.1 wheel asked"]);
    assert!(conda(&workspace).iter().any(|name| name == "six"));
    assert_eq!(told["pip"]["pins"].as_array().unwrap().len(), 1);
}

#[test]
fn a_line_that_gets_no_wheel_says_why() {
    let for_38 = wheel("app", "1.2", "cp38-cp38-manylinux1_x86_64", &[]);
    let plain = pure("lib", "1.0", &[]);
    let needy = pure("needy", "1.0", &["six==99"]);
    let changed = pure("changed", "1.0", &[]);
    let server = Server::empty();
    let nothing = json!({"sha256": Value::Null});
    let outer = pure("outer", "1.0", &["lib"]);
    let on_lib = json!({"depends": ["python", "lib"]});
    let wheels = [(&for_38, json!({})), (&plain, nothing), (&needy, json!({})), (&outer, on_lib)];
    serve(&server, ChannelForm::File, &wheels);
    let Some(workspace) = environment(&["six=1.15", "app", "lib", "needy", "outer"]) else { return };
    let told = report(&workspace, &server, &[]);
    let reason = |name: &str| {
        let pin = pin(&told, name);
        assert_eq!((&pin["fate"], &pin["reason"]["code"]), (&json!("gone"), &json!("no-wheel")), "{pin}");
        pin["reason"]["text"].as_str().unwrap().to_owned()
    };
    assert!(reason("app").contains("none of which is for Python 3.7 on Linux"), "{}", reason("app"));
    assert!(reason("lib").contains("no SHA-256"), "{}", reason("lib"));
    assert!(reason("needy").starts_with("pip can't install needy-1.0-py3-none-any.whl"), "{}", reason("needy"));
    // What its channel has is looked for nowhere else.
    assert!(reason("outer").starts_with("outer-1.0-py3-none-any.whl needs lib: "), "{}", reason("outer"));
    assert_eq!(workspace.lock().pip_packages().count(), 0);
    let check = run(workspace.envlock().arg("check"));
    assert_eq!((check.code, check.stdout.as_str()), (0, ""), "{}", check.stderr);
    let before = workspace.contents();
    report(&workspace, &server, &[]);
    assert_eq!(workspace.contents(), before);

    // Nothing of it without pip.
    let without = report(&workspace, &server, &["--no-pip"]);
    let why = pin(&without, "needy")["reason"]["text"].as_str().unwrap().to_owned();
    assert!(why.contains("--no-pip"), "{why}");

    // What isn't the file that the channel means is locked by nobody.
    serve(&server, ChannelForm::Shards, &[(&changed, json!({"sha256": "ab".repeat(32)}))]);
    let other = Workspace::holding("dependencies:\n  - python=3.7.8\n  - changed\n");
    let channel = format!("{}/wheels", server.address());
    let refused = run(other.convert_all().args(["--channel", &channel]));
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("wheel-hash"), "{}", refused.stderr);
    assert!(!other.path().join("conda-lock.yml").exists());
}

#[test]
fn credentials_of_the_channel_reach_neither_lock_nor_report() {
    let file = pure("app", "1.0", &[]);
    let server = Server::empty();
    serve(&server, ChannelForm::File, &[(&file, json!({}))]);
    let Some(workspace) = environment(&["app"]) else { return };
    let address = server.address().replace("://", "://me:sesame@");
    let channel = format!("{address}/wheels");
    let said = done(workspace.convert_all().args(["--channel", &channel, "--json"]));
    assert_eq!(locked(&workspace, "app").0, format!("{}/wheels/files/app-1.0-py3-none-any.whl", server.address()));
    for text in [said.stdout, said.stderr, workspace.read("conda-lock.yml"), workspace.read("Dockerfile")] {
        assert!(!text.contains("sesame"), "{text}");
    }
    // They were used all the same.
    let is_of_wheel = |request: &&wiremock::Request| request.url.path().contains("/files/app-1.0-");
    let requests = server.requests();
    assert!(requests.iter().filter(is_of_wheel).any(|request| request.headers.contains_key("authorization")));
}

#[test]
fn the_wheel_is_installed_and_imported() {
    let (Some((_, packages)), Some(_)) = (python(), tool("uv")) else { return };
    let server = Server::empty();
    for (path, bytes) in channel(packages) {
        server.serve(&format!("/channel/{path}"), bytes);
    }
    let file = pure("served", "1.5", &[]);
    serve(&server, ChannelForm::Shards, &[(&file, json!({}))]);
    let workspace = Workspace::holding("dependencies: [python, served]\n");
    let channels = [server.channel(), format!("{}/wheels", server.address())];
    done(&mut workspace.convert_all_from(&[&channels[0], &channels[1]]));
    let said = done(workspace.envlock().args(["install", "-p", "env"]));
    assert!(said.stderr.ends_with(" and 1 of pip\n"), "{}", said.stderr);
    let python = workspace.path().join("env/bin/python");
    let output = process::Command::new(python).args(["-c", "import served; print(served.version)"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "1.5");
}
