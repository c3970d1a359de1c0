//! What came with the third revision of repodata: conditions, extras and flags, of channels and of lines; and channels
//! that belong to others.

use serde_json::{Value, json};

use crate::support::{Workspace, done, run};

/// A record of the third revision.
fn record(name: &str, version: &str, more: &Value) -> Value {
    let mut record = json!({
        "name": name, "version": version, "build": "0", "build_number": 0, "subdir": "noarch", "noarch": "generic",
        "depends": [], "md5": "d41d8cd98f00b204e9800998ecf8427e", "sha256": "00".repeat(32), "size": 10,
    });
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record
}

/// A channel in the directory `c` of a workspace, with these records of the third revision.
fn write_channel(workspace: &Workspace, directory: &str, info: &Value, records: &[Value]) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let key = |record: &Value| format!("{}-{}-0", text(&record["name"]), text(&record["version"]));
    let conda: serde_json::Map<String, Value> = records.iter().map(|it| (key(it), it.clone())).collect();
    let wheels = json!({"idna-3.11-0": record("idna", "3.11", &json!({"url": "idna-3.11-py3-none-any.whl"}))});
    let repodata = json!({"info": info, "v3": {"conda": conda, "whl": wheels}, "packages": {}, "packages.conda": {}});
    workspace.write(&format!("{directory}/noarch/repodata.json"), repodata.to_string());
}

fn workspace(lines: &str) -> Workspace {
    let workspace = Workspace::holding(&format!("dependencies:\n{lines}"));
    let condition = r#"backport[when="python <3.11 and (__linux or __osx)"]"#;
    write_channel(
        &workspace,
        "c",
        &json!({"subdir": "noarch", "repodata_revisions": {"v4": {"message": "get a newer envlock"}}}),
        &[
            record("python", "3.10", &json!({})),
            record("python", "3.12", &json!({})),
            record(
                "app",
                "1.0",
                &json!({"depends": ["python", condition], "extra_depends": {"plot": ["lib[version=\">=2\"]"]}}),
            ),
            record("backport", "1.0", &json!({})),
            record("lib", "2.0", &json!({"flags": ["gpu:cuda"]})),
            record("lib", "3.0", &json!({})),
        ],
    );
    workspace
}

/// The conda packages that were locked.
fn locked(workspace: &Workspace) -> Vec<String> {
    workspace.lock().conda_packages().map(|package| format!("{} {}", package.name, package.version)).collect()
}

#[test]
fn what_the_file_and_the_channel_say_takes_part_and_the_lock_is_fresh() {
    let text = "- python=3.10\n- app[extras=[plot]]\n- 'lib[flags=[\"gpu:*\"]]'\n- 'menu[when=\"__osx\"]'\n- 'lib>=2[when=\"python <3.11\"]'\n";
    let workspace = workspace(text);
    let report = done(workspace.convert_from(&["./c"]).arg("--json")).json();
    assert_eq!(locked(&workspace), ["app 1.0", "backport 1.0", "lib 2.0", "python 3.10"]);
    let menu = report["pins"].as_array().unwrap().iter().find(|pin| pin["name"] == "menu").unwrap();
    assert_eq!(menu["reason"]["code"], "only-when");
    let lock = workspace.read("conda-lock.yml");
    for asked in ["conda app[extras=[plot]]", "conda lib[flags=[gpu:*]]", "conda lib >=2[when=\"python<3.11\"]"] {
        assert!(lock.contains(asked), "{asked} isn't in\n{lock}");
    }
    let check = run(workspace.envlock().arg("check"));
    assert_eq!((check.code, check.stdout.as_str()), (0, ""), "{}", check.stderr);
    // What was asked for is no longer what the lock has.
    workspace.write(
        "environment.yml",
        format!("dependencies:\n{}", text.replace("[plot]", "[]").replace("app[extras=[]]", "app")),
    );
    let check = run(workspace.envlock().arg("check"));
    assert_eq!(check.code, 1);
    assert!(check.stdout.contains("app [extras=[plot]] → any version"), "{}", check.stdout);
}

#[test]
fn a_condition_that_cant_be_honoured_is_an_error_and_nothing_is_written() {
    let workspace = workspace("- python=3.10\n- 'lib[when=\"app >=1\"]'\n");
    let run = run(&mut workspace.convert_from(&["./c"]));
    assert_ne!(run.code, 0);
    assert!(run.stderr.contains("depends on app >=1") && run.stderr.contains("environment.yml:3"), "{}", run.stderr);
    assert!(!workspace.path().join("conda-lock.yml").exists());
}

#[test]
fn what_cant_be_read_is_told_where_something_is_missing() {
    let workspace = workspace("- python=3.10\n- idna\n- nowhere\n");
    let told = done(&mut workspace.convert_from(&["./c"])).stderr;
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("(repodata of v4); it says: get a newer envlock"), "{told}");
    assert!(told.contains("idna channels have it as wheels alone, which pip installs, and --no-pip"), "{told}");
}

#[test]
fn a_channel_that_belongs_to_another_is_asked_and_the_lock_names_only_what_the_user_named() {
    let workspace = workspace("- python=3.12\n- tool\n");
    let related = json!({"subdir": "noarch", "channel_relations": {"base": "../c"}});
    write_channel(&workspace, "mine", &related, &[record("tool", "1.0", &json!({"depends": ["app"]}))]);
    done(&mut workspace.convert_from(&["./mine"]));
    assert_eq!(locked(&workspace), ["app 1.0", "python 3.12", "tool 1.0"]);
    let lock = workspace.read("conda-lock.yml");
    let channels: Vec<&str> = lock.lines().filter(|line| line.trim_start().starts_with("channel file:")).collect();
    assert!(lock.contains("/c/noarch/app-1.0-0.conda"), "{lock}");
    assert!(channels.iter().all(|line| line.ends_with("/mine")), "{channels:?}");
    let check = run(workspace.envlock().arg("check"));
    assert_eq!((check.code, check.stdout.as_str()), (0, ""), "{}", check.stderr);
}
