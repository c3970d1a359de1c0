//! What is out to do harm: channels that point elsewhere, names that speak to the terminal, files that have no end.

use serde_json::{Map, Value, json};

use crate::support::{IMAGE, Workspace, done, run};

/// A record of a package without dependencies.
fn record(name: &str, version: &str) -> Value {
    json!({
        "name": name, "version": version, "build": "0", "build_number": 0, "depends": [], "subdir": "noarch",
        "md5": "d41d8cd98f00b204e9800998ecf8427e", "size": 1, "timestamp": 1_600_000_000_000_u64,
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    })
}

/// An environment file, and beside it a channel with these records, by file name.
fn workspace(specs: &str, records: impl IntoIterator<Item = (String, Value)>) -> Workspace {
    let workspace = Workspace::holding(&format!("name: a\ndependencies: {specs}\n"));
    let packages: Map<String, Value> = records.into_iter().collect();
    workspace.write("channel/noarch/repodata.json", json!({ "packages.conda": packages }).to_string());
    workspace
}

#[test]
fn a_file_name_leads_nowhere_but_into_the_channel() {
    for file in [
        "//evil.example/conda/noarch/app-2-0.conda",
        "https://evil.example/app-2-0.conda",
        "file:///etc/app-2-0.conda",
        "../../other/noarch/app-2-0.conda",
        "..%2F..%2Fother%2Fapp-2-0.conda",
        "app-2-0.conda#/app-2-0.conda",
        "other-2-0.conda",
    ] {
        let workspace = workspace(
            "[app]",
            [("app-1-0.conda".to_owned(), record("app", "1")), (file.to_owned(), record("app", "2"))],
        );
        let told = done(&mut workspace.convert_from(&["./channel"])).stderr;
        let lock = workspace.lock();
        let locked = &lock.packages()[0];
        let address = locked.address();
        assert!(locked.version == "1" && address.ends_with("/channel/noarch/app-1-0.conda"), "{address}");
        assert!(told.split_whitespace().collect::<String>().contains("hasarecordofappthatcan'tberead"), "{told}");
    }
}

#[test]
fn a_record_that_makes_no_sense_is_left_out_and_named_where_it_was_asked_for() {
    let broken = |key: &str, value: Value| {
        let mut record = record("app", "2");
        record[key] = value;
        record
    };
    for bad in [broken("md5", json!("")), broken("constrains", json!(null)), broken("depends", json!([3])), json!(3)] {
        let good =
            || [("app-1-0.conda".to_owned(), record("app", "1")), ("lib-1-0.conda".to_owned(), record("lib", "1"))];
        let workspace = workspace("[app]", good().into_iter().chain([("app-2-0.conda".to_owned(), bad.clone())]));
        let told = done(&mut workspace.convert_from(&["./channel"])).stderr;
        assert!(told.contains("`app-2-0.conda`"), "{told}");
        workspace.write("environment.yml", "dependencies: [lib]\n");
        let told = done(&mut workspace.convert_from(&["./channel"])).stderr;
        assert!(!told.contains("app"), "{told}");
    }
}

#[test]
fn nothing_but_text_and_styles_reaches_the_terminal() {
    let evil = "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}1A\r\u{202e}";
    let hidden = |text: &str| {
        text.replace("\u{1b}[", "").contains(|c: char| {
            c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
    };
    let records =
        || [("app-1-0.conda".to_owned(), record("app", "1")), (format!("app-{evil}.conda"), record("app", "2"))];
    let quoted = serde_json::to_string(evil).unwrap();
    let files = [
        format!("name: {quoted}\nchannels: [{quoted}]\ndependencies: [app]\n"),
        format!("name: a\n{quoted}: 1\ndependencies: [app, pip: [{quoted}]]\n"),
        format!("name: a\ndependencies: [{quoted}]\n"),
        format!("name: a\ndependencies:\n  - app={quoted}\n"),
        "name: a\ndependencies:\n  - app=\u{9b}2J\u{202e}<<\n".to_owned(),
    ];
    for file in files {
        let workspace = workspace("[app]", records());
        workspace.write("environment.yml", &file);
        for colour in ["always", "never"] {
            for arguments in [&["--channel", "./channel"][..], &["--channel", evil], &[evil], &["--as-of", evil]] {
                let command = &mut workspace.convert_bare();
                let told = run(command.args(["--color", colour, "--no-pip", "--base-image", IMAGE]).args(arguments));
                assert!(!hidden(&told.stderr) && !hidden(&told.stdout), "{:?}", told.stderr);
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_is_neither_an_environment_nor_a_lock() {
    let workspace = workspace("[app]", [("app-1-0.conda".to_owned(), record("app", "1"))]);
    done(&mut workspace.shell("mkfifo pipe.yml pipe-lock.yml"));
    for arguments in [
        &["convert", "pipe.yml"][..],
        &["convert", "/dev/zero"],
        &["render", "pipe-lock.yml"],
        &["install", "pipe-lock.yml", "--prefix", "p"],
        &["diff", "pipe.yml", "environment.yml"],
    ] {
        let told = run(workspace.envlock().args(arguments));
        assert!(told.code == 2 && told.stderr.contains("a pipe or a device"), "{arguments:?}: {}", told.stderr);
    }
}

#[cfg(unix)]
#[test]
fn what_was_written_is_not_denied_where_it_cannot_be_reported() {
    let workspace = workspace("[app]", [("app-1-0.conda".to_owned(), record("app", "1"))]);
    let line = format!("envlock convert --json --no-pip --channel ./channel --base-image {IMAGE} >/dev/full");
    let told = run(&mut workspace.shell(&line));
    assert!(told.code == 2 && told.stderr.contains("what was to be written is"), "{}", told.stderr);
    assert_eq!(workspace.lock().packages().len(), 1);
}

#[test]
fn what_was_just_converted_is_fresh() {
    for (file, specs) in [
        ("environment.yml", "[\"a::b::app\", \"conda-forge ::lib==1\", \"my own::app==1\"]"),
        ("a\\b.yml", "[app]"),
        ("a b\u{e9}.yml", "[app]"),
    ] {
        let records =
            [("app-1-0.conda".to_owned(), record("app", "1")), ("lib-1-0.conda".to_owned(), record("lib", "1"))];
        let workspace = workspace("[app]", records);
        workspace.write(file, format!("name: a\ndependencies: {specs}\n"));
        run(workspace.convert_from(&["./channel"]).arg(file));
        let checked = run(workspace.envlock().arg("check"));
        assert_eq!(checked.code, 0, "{file}: {}{}", checked.stdout, checked.stderr);
    }
}

#[test]
fn a_hundred_thousand_lines_take_seconds() {
    let distinct: Vec<String> = (0..100_000).map(|number| format!("p{number}=1.{number}")).collect();
    for specs in [distinct, vec!["app".to_owned(); 100_000]] {
        let specs = format!("[app, \"{}\"]", specs.join("\", \""));
        let workspace = workspace(&specs, [("app-1-0.conda".to_owned(), record("app", "1"))]);
        let start = std::time::Instant::now();
        done(&mut workspace.convert_from(&["./channel"]));
        assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    }
}
