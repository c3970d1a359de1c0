//! `envlock update --base-image`: a tag that has moved.

mod support;

use support::{
    Workspace, done, fixtures,
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

#[test]
fn it_says_what_it_can_look_up() {
    let workspace = Workspace::empty();
    let run = run(workspace.envlock().arg("update"));
    assert!(run.code == 2 && run.stderr.contains("--base-image"), "{}", run.stderr);
}
