//! Credentials in the keyring of a desktop: GNOME Keyring, into which `secret-tool` writes what rattler would.

use std::{collections::BTreeMap, fs, os::unix::net::UnixListener, time::Instant};

use assert_cmd::Command;

use super::without_secrets;
use crate::support::{IMAGE, Run, Workspace, done, file_server::FileServer, proxy::Proxy, run, server::repodata, tool};

/// A channel at `https://127.0.0.2` below a path: without a port, as credentials for a host alone are meant. A proxy leads there.
struct Channel {
    proxy: Proxy,
    authority: String,
}

impl Channel {
    fn at(path: &str) -> Self {
        let file = |subdir| (format!("{path}/{subdir}/repodata.json"), repodata(subdir));
        let files: BTreeMap<_, _> = ["linux-64", "noarch"].map(file).into();
        let (server, authority) = FileServer::with_tls(files);
        Self { proxy: Proxy::to(server.host()), authority }
    }

    /// `envlock convert` with it, on a machine that trusts it. There is no bus, unless a test sets one.
    fn convert(&self, workspace: &Workspace) -> Command {
        workspace.write(".cache/ca.pem", &self.authority);
        workspace.write(".cache/.condarc", "ssl_verify: ~/ca.pem\n");
        fs::create_dir_all(workspace.path().join(".cache/run")).unwrap();
        let mut command = workspace.convert_bare();
        command.args(["-v", "--base-image", IMAGE, "--no-pip", "-c", "https://127.0.0.2/channel"]);
        command.env("HTTPS_PROXY", self.proxy.address()).env("XDG_RUNTIME_DIR", workspace.path().join(".cache/run"));
        for variable in ["DBUS_SESSION_BUS_ADDRESS", "ENVLOCK_NO_CONFIG", "ENVLOCK_NO_KEYRING", "XDG_DATA_HOME"] {
            command.env_remove(variable);
        }
        command
    }
}

/// The same command in a session with a bus, after a line of a shell, and with another one behind it.
fn in_session(workspace: &Workspace, command: &Command, before: &str, after: &str) -> Command {
    let mut session = Command::new("dbus-run-session");
    session
        .args(["--", "sh", "-c"])
        .arg(format!("set -e\n{before}\nstatus=0\n\"$@\" || status=$?\n{after}\nexit $status"));
    session.arg("sh").arg(command.get_program()).args(command.get_args()).current_dir(workspace.path());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => session.env(name, value),
            None => session.env_remove(name),
        };
    }
    session
}

/// Starts the keyring and opens it with a password.
const OPEN: &str = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n";
/// Stores a token as `rattler auth login 127.0.0.2 --conda-token` does.
const STORE: &str = r#"printf '{"CondaToken": "s3cr3t"}' | secret-tool store --label rattler service rattler username 127.0.0.2
"#;

const LOCK: &str = "dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
                    org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null";

/// What a run says, as one line.
fn told(run: &Run) -> String {
    run.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_token_of_the_keyring_opens_a_channel_unless_it_is_locked_or_left_alone() {
    let tools = ["dbus-run-session", "dbus-send", "gnome-keyring-daemon", "secret-tool"];
    if tools.iter().any(|name| tool(name).is_none()) {
        return;
    }
    // What isn't below the token isn't there.
    let channel = Channel::at("/t/s3cr3t/channel");
    let session = |workspace: &Workspace, then: &str| {
        in_session(workspace, &channel.convert(workspace), &format!("{OPEN}{STORE}{then}"), "")
    };
    let workspace = Workspace::holding("dependencies: [xz]\n");
    let made = done(&mut session(&workspace, ""));
    without_secrets(&workspace, &made);
    assert!(told(&made).contains("configured: credentials for 127.0.0.2 (keyring)"), "{}", made.stderr);
    assert_eq!(workspace.lock().channels, ["https://127.0.0.2/channel"]);
    assert_eq!(channel.proxy.asked().first().map(String::as_str), Some("CONNECT 127.0.0.2:443"));

    for (then, is_told) in [
        (LOCK, true),
        ("export ENVLOCK_NO_KEYRING=1", false),
        ("export ENVLOCK_NO_CONFIG=1 SSL_CERT_FILE=$HOME/ca.pem", false),
        // A file that is named comes first.
        (
            r#"printf '{"127.0.0.2": {"CondaToken": "wrong"}}' >auth.json; export RATTLER_AUTH_FILE=$PWD/auth.json"#,
            false,
        ),
    ] {
        let workspace = Workspace::holding("dependencies: [xz]\n");
        let begun = Instant::now();
        let refused = run(&mut session(&workspace, then));
        without_secrets(&workspace, &refused);
        let told = told(&refused);
        assert!(refused.code == 2 && told.contains("was answered with 404"), "{then}: {told}");
        let locked = "the keyring has credentials for 127.0.0.2, but it is locked: unlock it, and try again";
        assert_eq!(told.matches(locked).count(), usize::from(is_told), "{then}: {told}");
        assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
    }
}

#[test]
fn where_no_keyring_runs_none_is_started_and_nothing_is_said() {
    if ["dbus-run-session", "dbus-send"].iter().any(|name| tool(name).is_none()) {
        return;
    }
    let channel = Channel::at("/channel");
    let workspace = Workspace::holding("dependencies: [xz]\n");
    let has_owner = "dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
                     org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets";
    let made = done(&mut in_session(&workspace, &channel.convert(&workspace), "", has_owner));
    assert!(made.stdout.trim_end().ends_with("boolean false"), "{}", made.stdout);
    assert!(!made.stderr.contains("keyring"), "{}", made.stderr);
}

#[test]
fn a_bus_that_says_nothing_is_waited_for_no_longer_than_the_limit() {
    let channel = Channel::at("/channel");
    let workspace = Workspace::holding("dependencies: [xz]\n");
    let mut command = channel.convert(&workspace);
    let socket = workspace.path().join(".cache/run/bus");
    // The system takes connections for it, and nobody answers.
    let _silent = UnixListener::bind(&socket).unwrap();
    let begun = Instant::now();
    let made = done(&mut command);
    assert!((5..40).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    let expected = "the keyring didn't answer for 5s and isn't asked any more; ENVLOCK_NO_KEYRING=1 leaves it alone";
    assert_eq!(told(&made).matches(expected).count(), 1, "{}", made.stderr);
    // Not where nothing is fetched.
    let begun = Instant::now();
    let again = done(command.arg("--offline"));
    assert!(!again.stderr.contains("keyring") && begun.elapsed().as_secs() < 5, "{}", again.stderr);
}

#[test]
fn without_a_bus_nothing_happens() {
    let channel = Channel::at("/channel");
    let workspace = Workspace::holding("dependencies: [xz]\n");
    // What libdbus would start.
    workspace.write(".cache/bin/dbus-launch", "#!/bin/sh\n: >\"$HOME/launched\"\n");
    let launch = workspace.path().join(".cache/bin/dbus-launch");
    fs::set_permissions(&launch, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = channel.convert(&workspace);
    let made = done(command.env("PATH", launch.parent().unwrap()).env("DISPLAY", ":0"));
    assert!(!made.stderr.contains("keyring") && !workspace.path().join(".cache/launched").exists(), "{}", made.stderr);
}
