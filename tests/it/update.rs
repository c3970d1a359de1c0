//! `envlock update`: packages and images that move, and what stays.

use std::collections::BTreeMap;

use serde_json::json;

use crate::support::{
    Run, Workspace, done, fixtures,
    registry::{Image, Registry},
    run,
};

#[test]
fn a_tag_that_moved_is_reported_with_both_digests() {
    let Some(registry) = Registry::start(None) else { return };
    let before = registry.push("team/base:1.0", &[Image::empty("amd64")]).pop().unwrap();
    let workspace = Workspace::with("hand");
    let image = format!("{}/team/base:1.0", registry.host());
    let channel = format!("conda-forge={}", fixtures().join("channel").display());
    done(workspace.convert_bare().args(["--no-pip", "--channel", &channel, "--base-image", &image]));
    let update = |options: &[&str]| {
        let mut command = workspace.envlock();
        command.args(["update", "--base-image"]).args(options);
        command
    };
    let first = workspace.contents();
    let said = done(&mut update(&[]));
    assert_eq!(said.stderr, format!("{image} is still {before}\n"));
    assert_eq!(workspace.contents(), first);

    let pushed = registry.push("team/base:1.0", &[Image::empty("arm64"), Image::empty("amd64")]);
    let (platform, now) = (&pushed[1], &pushed[2]);
    let moved = format!("{image} has moved\n  from {before}\n  to   {now}\n");
    assert_eq!(done(&mut update(&["--dry-run"])).stderr, moved);
    assert_eq!(workspace.contents(), first);

    assert_eq!(done(&mut update(&[])).stderr, format!("{moved}conda-lock.yml written\nDockerfile written\n"));
    let lock = workspace.lock();
    let base = lock.base_image().unwrap();
    assert_eq!((&base.digest, base.platform.as_ref()), (now, Some(platform)));
    assert!(workspace.read("Dockerfile").contains(&format!("{image}@{now} AS env_amd64")));
    // Nothing else has changed in the lock.
    let text = String::from_utf8(first[std::path::Path::new("conda-lock.yml")].clone().unwrap()).unwrap();
    let changed: Vec<String> =
        workspace.read("conda-lock.yml").lines().filter(|line| !text.contains(line)).map(str::to_owned).collect();
    assert!(changed.len() == 1 && changed[0].contains("base_image"), "{changed:?}");
    // And converting again keeps it.
    let after = workspace.contents();
    done(workspace.convert_bare().args(["--no-pip", "--channel", &channel, "--offline"]));
    assert_eq!(workspace.contents(), after);
}

/// A lock of an image of a registry, and the Dockerfile with another image in its place, as a bot for updates leaves it.
fn edited_by_a_bot(registry: &Registry, now: &dyn Fn(&str) -> String) -> (Workspace, String) {
    let before = registry.push("team/base:1.0", &[Image::empty("amd64")]).pop().unwrap();
    let workspace = Workspace::with("hand");
    let image = format!("{}/team/base:1.0", registry.host());
    let channel = format!("conda-forge={}", fixtures().join("channel").display());
    done(workspace.convert_bare().args(["--no-pip", "--channel", &channel, "--base-image", &image]));
    let (from, now) = (format!("{image}@{before}"), now(&image));
    let dockerfile = workspace.read("Dockerfile");
    assert_eq!(dockerfile.matches(&format!(" {from} AS ")).count(), 1, "{dockerfile}");
    workspace.write("Dockerfile", dockerfile.replace(&format!(" {from} AS "), &format!(" {now} AS ")));
    (workspace, before)
}

fn take(workspace: &Workspace, options: &[&str]) -> Run {
    run(workspace.envlock().args(["update", "--base-image-from-dockerfile"]).args(options))
}

#[test]
fn what_a_bot_has_put_into_the_dockerfile_is_taken_into_the_lock() {
    let Some(registry) = Registry::start(None) else { return };
    let now = registry.push("team/base:1.0", &[Image::empty("arm64"), Image::empty("amd64")]);
    let (platform, now) = (now[1].clone(), now[2].clone());
    let (workspace, before) = edited_by_a_bot(&registry, &|image| format!("{image}@{now}"));
    let image = format!("{}/team/base:1.0", registry.host());
    let line = 1 + workspace.read("Dockerfile").lines().position(|line| line.contains(&*now)).unwrap();

    let checked = run(workspace.envlock().arg("check"));
    let message = format!("base image: changed in this file alone, {image} from {before} to {now}");
    let command = "envlock update --base-image-from-dockerfile";
    assert_eq!(
        (checked.code, checked.stdout),
        (1, format!("Dockerfile:{line} {message}\n  to mend it, run: {command}\n"))
    );
    let json = run(workspace.envlock().args(["check", "--json"])).json();
    let found = &json["environments"][0];
    assert_eq!(found["commands"], json!([command]));
    assert_eq!(
        found["findings"],
        json!([{"file": "Dockerfile", "line": line, "message": message, "mend": "base-image"}])
    );

    let edited = workspace.contents();
    let moved = format!("{image} has moved\n  from {before}\n  to   {now}\n");
    let dry = take(&workspace, &["--dry-run"]);
    assert_eq!((dry.code, dry.stderr), (0, moved.clone()));
    assert_eq!(workspace.contents(), edited);
    let taken = take(&workspace, &[]);
    assert_eq!((taken.code, taken.stderr), (0, format!("{moved}conda-lock.yml written\nDockerfile written\n")));
    let lock = workspace.lock();
    let base = lock.base_image().unwrap();
    assert_eq!((&base.digest, base.platform.as_ref()), (&now, Some(&platform)));
    assert!(workspace.read("Dockerfile").contains(&format!(" {image}@{now} AS ")));
    assert_eq!(run(workspace.envlock().arg("check")).code, 0);
    let after = workspace.contents();
    let again = take(&workspace, &[]);
    assert_eq!((again.code, again.stderr.as_str()), (0, "the base image is that of the lock\n"));
    assert_eq!(workspace.contents(), after);
}

#[test]
fn a_tag_that_a_bot_has_moved_is_taken_with_its_digest() {
    let Some(registry) = Registry::start(None) else { return };
    let now = registry.push("team/base:1.1", &[Image::empty("amd64")]).pop().unwrap();
    let tag = |image: &str| image.replace(":1.0", ":1.1");
    for image in [&(|image: &str| format!("{}@{now}", tag(image))) as &dyn Fn(&str) -> String, &tag] {
        let (workspace, _) = edited_by_a_bot(&registry, image);
        let checked = run(workspace.envlock().arg("check"));
        assert!(checked.code == 1 && checked.stdout.contains("changed in this file alone"), "{}", checked.stdout);
        assert_eq!(take(&workspace, &[]).code, 0);
        let name = format!("{}/team/base:1.1@{now}", registry.host());
        assert_eq!(workspace.lock().base_image().unwrap().to_string(), name);
        assert!(workspace.read("Dockerfile").contains(&name));
        assert_eq!(run(workspace.envlock().arg("check")).code, 0);
    }
}

#[test]
fn what_no_bot_should_have_done_is_refused_and_nothing_is_written() {
    let Some(registry) = Registry::start(None) else { return };
    let arm = registry.push("team/base:arm", &[Image::empty("arm64")]).pop().unwrap();
    let other = registry.push("team/other:1.0", &[Image::empty("amd64")]).pop().unwrap();
    let refused = |now: &dyn Fn(&str) -> String, also: &str| {
        let (workspace, _) = edited_by_a_bot(&registry, now);
        workspace.write("Dockerfile", workspace.read("Dockerfile") + also);
        let before = workspace.contents();
        let told = take(&workspace, &[]);
        assert_eq!((told.code, told.stdout.as_str()), (2, ""), "{}", told.stderr);
        assert_eq!(workspace.contents(), before);
        told.stderr
    };
    let missing = format!("sha256:{}", "0".repeat(64));
    let said = refused(&|image| format!("{image}@{missing}"), "");
    assert!(said.contains("the registry has no image"), "{said}");
    let said = refused(&|image| format!("{image}@{arm}"), "");
    assert!(said.contains("is not there for linux/amd64, only for linux/arm64"), "{said}");
    let said = refused(&|image| format!("{}@{other}", image.replace("/base", "/other")), "");
    let words = said.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let command = format!("envlock convert --base-image {}/team/other:1.0@{other}", registry.host());
    assert!(words.contains("is another image than") && words.contains(&command), "{said}");
    let said = refused(&|image| format!("{image}@sha256:short"), "");
    assert!(said.contains("Dockerfile:"), "{said}");
    let said = refused(&|image| format!("{image}@{other}"), "RUN more\n");
    assert!(said.contains("more than the base image was changed"), "{said}");
}

#[test]
fn an_image_on_which_other_packages_run_has_to_be_solved_for() {
    let Some(registry) = Registry::start(None) else { return };
    // Ubuntu 24.04 has glibc 2.39; of an image that doesn't say what it is built on, 2.28 is taken for granted.
    let now = registry.push("team/base:1.1-noble", &[Image::empty("amd64")]).pop().unwrap();
    let image = format!("{}/team/base:1.1-noble@{now}", registry.host());
    let (workspace, _) = edited_by_a_bot(&registry, &|_| image.clone());
    let before = workspace.contents();
    let refused = take(&workspace, &["--json"]);
    let offers = |glibc: &str| format!("__archspec=1=x86_64 __glibc={glibc} __linux=5.10 __unix=0");
    let message = format!(
        "{} offers {}, and the lock was solved for {}",
        image.split('@').next().unwrap(),
        offers("2.39"),
        offers("2.28")
    );
    assert_eq!(refused.code, 2);
    let error = &refused.json()["error"];
    assert_eq!((&error["code"], &error["message"]), (&json!("bot-edit-offers"), &json!(message)));
    assert_eq!(error["help"], format!("to solve for it, run: envlock convert --base-image {image}"));
    assert_eq!(workspace.contents(), before);

    // The command that the error names is a way out, and so is a word of what the machine has.
    let channel = format!("conda-forge={}", fixtures().join("channel").display());
    let converted = |options: &[&str]| {
        done(workspace.convert_bare().args(["--no-pip", "--channel", &channel, "--base-image"]).args(options));
    };
    converted(&[&image]);
    assert_eq!(run(workspace.envlock().arg("check")).code, 0);
    let first = format!("{}/team/base:1.0", registry.host());
    converted(&[&first, "--virtual-package", "__glibc=2.39"]);
    let line = workspace.read("Dockerfile").lines().find(|line| line.starts_with("FROM ")).unwrap().to_owned();
    let locked = line.split(' ').find(|word| word.contains('@')).unwrap();
    workspace.write("Dockerfile", workspace.read("Dockerfile").replace(locked, &image));
    assert_eq!(take(&workspace, &[]).code, 0);
    assert_eq!(workspace.lock().base_image().unwrap().to_string(), image);
}

#[test]
fn a_lock_that_lacks_a_package_gets_no_other_image() {
    let workspace = old();
    let lock = workspace.read("conda-lock.yml");
    let (before, rest) = lock.split_once("- name: openssl\n").unwrap();
    let after = rest.find("- name: ").unwrap();
    workspace.write("conda-lock.yml", format!("{before}{}", &rest[after..]));
    let first = workspace.contents();
    // No registry is asked for it.
    let refused = run(workspace.envlock().args(["update", "--base-image"]));
    let said = refused.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(refused.code == 2 && said.contains("needs openssl") && said.contains("nothing was changed"), "{said}");
    assert_eq!(workspace.contents(), first);
}

/// A lock of the newest of python 3.7, pandas and numpy up to the end of 2020.
fn old() -> Workspace {
    let workspace = Workspace::holding(
        "channels: [conda-forge]\ndependencies:\n  - python=3.7\n  - numpy\n  - pandas\n  - openssl=1.1.1h\n",
    );
    done(workspace.convert().args(["--as-of", "2020-12-31"]));
    workspace
}

fn update(workspace: &Workspace, arguments: &[&str]) -> Run {
    let channel = format!("conda-forge={}", fixtures().join("channel").display());
    run(workspace.envlock().args(["update", "--channel", &channel]).args(arguments))
}

/// The version of each conda package.
fn versions(workspace: &Workspace) -> BTreeMap<String, String> {
    workspace.lock().conda_packages().map(|it| (it.name.to_string(), it.version.to_string())).collect()
}

#[test]
fn a_package_moves_alone_and_stays_there_when_it_is_converted_again() {
    let workspace = old();
    let (before, text) = (versions(&workspace), workspace.read("conda-lock.yml"));
    assert_eq!(before["numpy"], "1.19.4");
    let dry = update(&workspace, &["numpy", "--dry-run"]);
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    assert!(dry.stderr.contains("  numpy 1.19.4 → 1.21.6: update numpy was asked for\n"), "{}", dry.stderr);
    assert_eq!(workspace.read("conda-lock.yml"), text, "nothing is written");

    let said = update(&workspace, &["numpy"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(
        said.stderr,
        format!("{}conda-lock.yml written\nDockerfile written\nconda-linux-64.lock written\n", dry.stderr)
    );
    let after = versions(&workspace);
    let moved: Vec<&String> =
        after.iter().filter(|(name, version)| before.get(*name) != Some(version)).map(|it| it.0).collect();
    assert_eq!(after["numpy"], "1.21.6");
    // Whatever else moved is told, and nothing but that.
    for name in &moved {
        assert!(said.stderr.contains(&format!("\n  {name} ")), "{name} in {}", said.stderr);
    }
    assert_eq!(after["pandas"], before["pandas"]);
    assert_eq!(after["python"], before["python"]);
    // No package changes its place in the file.
    let order =
        |text: &str| text.lines().filter(|line| line.starts_with("- name: ")).map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (order(&text), order(&workspace.read("conda-lock.yml")));
    let common = |lines: &[String], other: &[String]| -> Vec<String> {
        lines.iter().filter(|it| other.contains(it)).cloned().collect()
    };
    assert_eq!(common(&old, &new), common(&new, &old));

    assert_eq!(run(workspace.envlock().arg("check")).code, 0);
    let updated = workspace.contents();
    done(&mut workspace.convert());
    assert_eq!(workspace.contents(), updated);
    assert_eq!(update(&workspace, &["numpy"]).stderr.lines().next().unwrap(), "conda-lock.yml: nothing moves");
    assert_eq!(workspace.contents(), updated);
}

#[test]
fn a_date_limits_how_far_a_package_moves() {
    let workspace = old();
    let before = workspace.contents();
    let said = update(&workspace, &["numpy", "--as-of", "2020-12-31"]);
    let expected = "conda-lock.yml: nothing moves\n\
                    note: numpy stays at 1.19.4: nothing newer goes with what the file asks for\n";
    assert_eq!((said.code, said.stderr.as_str()), (0, expected));
    assert_eq!(workspace.contents(), before);
}

#[test]
fn what_the_file_pins_stays_and_is_named() {
    let workspace = old();
    let before = workspace.contents();
    let said = update(&workspace, &["openssl"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let expected = "conda-lock.yml: nothing moves\nnote: openssl stays at 1.1.1h: environment.yml:6 asks for openssl=1.1.1h; \
                    to move it further, change that line and run envlock convert\n";
    assert_eq!(said.stderr, expected);
    assert_eq!(workspace.contents(), before);
    for (name, message) in [("nompy", "nompy isn't in the lock"), ("scipy", "scipy isn't in the lock")] {
        let refused = update(&workspace, &[name]);
        assert!(refused.code == 2 && refused.stderr.contains(message), "{}", refused.stderr);
    }
}

#[test]
fn time_moves_everything_that_the_file_leaves_open() {
    let workspace = old();
    let said = update(&workspace, &["--as-of", "latest"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(versions(&workspace)["numpy"], "1.21.6");
    assert_eq!(workspace.lock().as_of().unwrap(), None);
    let back = update(&workspace, &["--as-of", "2020-12-31", "--json"]).json();
    assert_eq!(versions(&workspace)["numpy"], "1.19.4");
    let moved = back["moves"].as_array().unwrap().iter().find(|it| it["name"] == "numpy").unwrap();
    assert_eq!((&moved["before"], &moved["now"]), (&"1.21.6".into(), &"1.19.4".into()));
    // As if it had been converted as of then.
    let as_of = Workspace::holding(&workspace.read("environment.yml"));
    done(as_of.convert().args(["--as-of", "2020-12-31"]));
    assert_eq!(workspace.read("Dockerfile").lines().count(), as_of.read("Dockerfile").lines().count());
    assert_eq!(versions(&workspace), versions(&as_of));
}

#[test]
fn a_dockerfile_of_somebody_else_is_not_overwritten() {
    let workspace = old();
    workspace.write("Dockerfile", "FROM scratch\n");
    let text = workspace.read("conda-lock.yml");
    for arguments in [vec!["numpy"], vec!["--base-image"]] {
        let refused = update(&workspace, &arguments);
        assert!(refused.code == 2 && refused.stderr.contains("Dockerfile is there already"), "{}", refused.stderr);
    }
    assert_eq!((workspace.read("Dockerfile"), workspace.read("conda-lock.yml")), ("FROM scratch\n".to_owned(), text));
}
