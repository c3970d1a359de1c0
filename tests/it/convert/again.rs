//! The command at the head of the files makes them again, whatever they were made with.

use std::fs;

use crate::support::{
    IMAGE, Workspace, done, fixtures, run,
    server::{Server, repodata},
};

/// An environment of a project, whose pip section isn't locked.
const FILE: &str = "channels: [bioconda]\ndependencies: [python=3.6, six, zlib]\n";

/// The channel of the fixtures as conda-forge.
fn mirror() -> String {
    format!("conda-forge={}", fixtures().join("channel").display())
}

/// Converts with options, and runs the command that the files then name.
fn made_again(file: &str, options: &[&str]) -> Workspace {
    let workspace = Workspace::holding(file);
    done(workspace.convert_bare().args(["environment.yml", "--base-image", IMAGE, "-c", &mirror()]).args(options));
    workspace.is_made_again("");
    workspace
}

#[test]
fn every_option_that_decides_on_packages_is_kept() {
    let usual = made_again(FILE, &[]);
    let exported = "dependencies: [python=3.6.6=h5001a0f_1003, six=1.15.0=pyh9f0ad1d_0]\n";
    for options in [
        &["--python", "3.7"][..],
        &["--prefer", "versions"],
        &["--channel-priority", "flexible"],
        &["--channel-priority", "disabled"],
        &["--as-of", "2018-12-31"],
        &["--as-of", "2020-01-01T12:00:00Z"],
        &["--as-of", "latest"],
        &["--virtual-package", "__cuda=11.8", "--virtual-package", "__archspec=1=x86_64_v3"],
        &["--virtual-package", "__glibc=2.17", "--python", "3.7", "--as-of", "2021-01-01", "--prefer", "versions"],
    ] {
        for file in [FILE, exported] {
            let workspace = made_again(file, options);
            let usual = if file == FILE { &usual } else { &made_again(file, &[]) };
            let lock = workspace.read("conda-lock.yml");
            assert_ne!(lock, usual.read("conda-lock.yml"), "{options:?} leaves no trace");
            assert_eq!(workspace.named_command(""), "envlock convert environment.yml");
        }
    }
}

#[test]
fn a_pip_section_that_was_left_out_stays_out() {
    let workspace = made_again("dependencies: [zlib, pip: [six]]\n", &["--no-pip"]);
    assert!(workspace.lock().choices().pip_left_out);
}

#[test]
fn every_option_that_decides_on_the_image_is_kept() {
    let debian = format!("debian:13-slim@{}", IMAGE.split_once('@').unwrap().1);
    let workspace = Workspace::holding(FILE);
    workspace.write("my vars.list", "A=1\n");
    let staged = ["--base-image", &debian, "--installer-image", IMAGE];
    for options in [
        &["--base-image", IMAGE, "--layers", "3"][..],
        &["--base-image", IMAGE, "--installer", "micromamba", "--installer-image", IMAGE],
        &["--base-image", IMAGE, "--compose", "--env-file", "my vars.list", "--no-pyc"],
        &staged,
        &[&staged[..], &["--installer", "envlock"]].concat(),
    ] {
        fs::remove_file(workspace.path().join("conda-lock.yml")).ok();
        done(workspace.convert_bare().args(["-c", &mirror()]).args(options));
        workspace.is_made_again("");
    }
}

#[test]
fn the_command_is_for_the_directory_of_the_lock() {
    let workspace = Workspace::empty();
    workspace.write("my envs/-mac.yml", FILE);
    for (directory, command) in [
        ("docker/image", "envlock convert '../../my envs/-mac.yml' --output-dir ."),
        ("my envs/docker", "envlock convert ../-mac.yml --output-dir ."),
        ("my envs", "envlock convert ./-mac.yml"),
    ] {
        done(workspace.convert().args(["my envs/-mac.yml", "--output-dir", directory]));
        assert_eq!(workspace.named_command(directory), command);
        workspace.is_made_again(directory);
    }
}

#[test]
fn channels_are_asked_again_wherever_they_were() {
    let server = Server::of_json();
    let directory = fixtures().join("channel").display().to_string();
    for channels in [
        vec![server.channel()],
        vec![format!("conda-forge={}", server.channel())],
        vec![directory.clone()],
        vec![format!("file://{directory}")],
        vec![format!("bioconda={directory}"), mirror()],
        vec![format!("defaults={directory}")],
    ] {
        let channels: Vec<&str> = channels.iter().map(String::as_str).collect();
        let workspace = Workspace::holding(FILE);
        // Whatever is called like a channel is none here.
        for name in ["conda-forge", "bioconda"] {
            workspace.write(&format!("{name}/noarch/repodata.json"), "{}");
        }
        done(&mut workspace.convert_from(&channels));
        let said = workspace.is_made_again("").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("as when the lock was made: --channel "), "{said}");
        assert!(said.contains("; --forget converts without it"), "{said}");
    }
}

#[test]
fn a_relative_directory_is_the_same_from_elsewhere() {
    let workspace = Workspace::empty();
    workspace.write("envs/environment.yml", FILE);
    for subdir in ["linux-64", "noarch"] {
        workspace.write(&format!("mirror/{subdir}/repodata.json"), repodata(subdir));
    }
    for channel in ["./mirror", "conda-forge=mirror"] {
        done(workspace.convert_from(&[channel]).arg("envs/environment.yml"));
        workspace.is_made_again("envs");
    }
}

/// What converting fails with where the channel itself is asked, since there is no network to ask it.
fn asks_conda_forge(workspace: &Workspace, options: &[&str]) {
    let failed = run(workspace.convert_bare().arg("--offline").args(options));
    assert_eq!(failed.code, 2, "{}", failed.stderr);
    assert!(failed.stderr.contains("https://conda.anaconda.org/"), "{}", failed.stderr);
}

#[test]
fn the_place_of_a_channel_stays_on_this_machine() {
    let workspace = Workspace::holding(FILE);
    for subdir in ["linux-64", "noarch"] {
        workspace.write(&format!("mirror/{subdir}/repodata.json"), repodata(subdir));
    }
    let convert = |place: &str| done(&mut workspace.convert_from(&[&format!("conda-forge={place}")]));
    convert("mirror");
    let lock = workspace.read("conda-lock.yml");
    assert!(!lock.contains("mirror"), "{lock}");
    workspace.is_made_again("");
    // On a machine that doesn't know the place, or where it is gone, the channel itself is meant.
    let cache = workspace.path().join(".cache");
    fs::rename(cache.join("places"), cache.join("elsewhere")).unwrap();
    asks_conda_forge(&workspace, &[]);
    convert("mirror");
    fs::rename(workspace.path().join("mirror"), workspace.path().join("other")).unwrap();
    asks_conda_forge(&workspace, &[]);
    // Said without a place, it has none any more.
    convert("other");
    workspace.is_made_again("");
    asks_conda_forge(&workspace, &["-c", "conda-forge"]);
}

#[test]
fn credentials_are_not_kept() {
    let server = Server::of_json();
    let workspace = Workspace::holding(FILE);
    let place = server.channel().replace("://", "://ada:pa55word@");
    done(&mut workspace.convert_from(&[&format!("conda-forge={place}")]));
    assert!(!workspace.path().join(".cache/places").exists());
    asks_conda_forge(&workspace, &[]);
}

#[test]
fn what_is_said_now_comes_first_and_what_is_forgotten_is_as_if_never_said() {
    let never = made_again(FILE, &[]);
    let workspace = made_again(FILE, &["--python", "3.7", "--as-of", "2018-12-31", "--virtual-package", "__cuda=11.8"]);
    done(workspace.convert_bare().args(["--python", "3.6", "--as-of", "latest"]));
    let choices = workspace.lock().choices();
    assert_eq!(choices.python.as_deref(), Some("3.6"));
    assert_eq!(choices.virtual_packages, ["__cuda=11.8"]);
    assert_eq!(workspace.lock().as_of().unwrap(), None);
    workspace.is_made_again("");
    done(workspace.convert_bare().args(["--forget", "-c", &mirror()]));
    assert_eq!(workspace.contents(), never.contents());
    // The channels of the file are asked again, too.
    asks_conda_forge(&workspace, &["--forget"]);
    let failed = run(workspace.convert_bare().args(["--offline", "--forget"]));
    assert!(failed.stderr.contains("bioconda") || failed.stderr.contains("conda-forge"), "{}", failed.stderr);
}

#[test]
fn a_date_that_was_given_stays_when_an_export_changes() {
    let export = "dependencies: [python=3.6.6=h5001a0f_1003, six=1.15.0=pyh9f0ad1d_0]\n";
    let workspace = made_again(export, &["--as-of", "2018-12-31"]);
    workspace.write("environment.yml", export.replace(']', ", zlib=1.2.11=h1_0]"));
    done(&mut workspace.convert_bare());
    assert_eq!(workspace.lock().as_of().unwrap().unwrap().to_string(), "2018-12-31T23:59:59.999Z");
    workspace.is_made_again("");
}

#[test]
fn what_was_said_of_another_file_does_not_count() {
    let workspace = made_again(FILE, &["--python", "3.7"]);
    workspace.write("other.yml", FILE);
    done(workspace.convert_bare().args(["other.yml", "-c", &mirror(), "--force"]));
    assert_eq!(workspace.lock().choices().python, None);
}

#[test]
fn an_update_keeps_it_too() {
    let workspace = made_again(FILE, &["--as-of", "2018-12-31", "--virtual-package", "__cuda=11.8"]);
    done(workspace.envlock().args(["update", "six"]));
    assert!(workspace.lock().choices().as_of_given);
    workspace.is_made_again("");
    done(workspace.envlock().arg("update"));
    let lock = workspace.lock();
    assert_eq!((lock.as_of().unwrap(), lock.choices().as_of_given), (None, false));
    assert_eq!(lock.choices().virtual_packages, ["__cuda=11.8"]);
    workspace.is_made_again("");
}
