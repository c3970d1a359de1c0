//! What is seen of the work while it goes on: on terminals of several widths, and where there is none.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use assert_cmd::Command;

use crate::support::{
    Workspace, done,
    file_server::FileServer,
    server::{channel_files, repodata},
    terminal::{Seen, Terminal},
};

/// How long each file takes.
const WITHIN: Duration = Duration::from_millis(2500);

/// The channel of the fixtures on a server that takes its time.
fn slow_channel() -> FileServer {
    let file = |subdir| (format!("/channel/{subdir}/repodata.json"), repodata(subdir));
    FileServer::slowly(["linux-64", "noarch"].map(file).into(), WITHIN)
}

/// `envlock convert` with that channel, on a usual terminal where it runs on one.
fn convert(workspace: &Workspace, server: &FileServer) -> Command {
    let mut command = workspace.convert_from(&[&format!("conda-forge={}/channel", server.address())]);
    // The width is the terminal's own.
    command.env_remove("ENVLOCK_NO_PROGRESS").env_remove("COLUMNS").env("TERM", "xterm-256color");
    command
}

/// The lines of something that were seen, each a moment of it.
fn moments<'s>(seen: &'s Seen, what: &str) -> Vec<&'s str> {
    seen.lines.iter().map(String::as_str).filter(|line| line.starts_with(what)).collect()
}

/// Nothing of it is left.
fn assert_gone(seen: &Seen) {
    for what in ["Fetching", "Reading", "Solving", "Linking", "["] {
        assert!(!seen.last.lines().any(|line| line.starts_with(what)), "{}", seen.last);
    }
    assert!(seen.has_cursor);
}

#[test]
fn a_bar_shows_bytes_rate_and_time_left_and_is_gone_in_the_end() {
    let server = slow_channel();
    for (columns, has_bar, has_rate) in [(80, true, true), (40, false, false), (200, true, true)] {
        let workspace = Workspace::holding("dependencies: [zlib]\n");
        let seen = Terminal::run(&convert(&workspace, &server), columns).end();
        assert_eq!(seen.code, 0, "{}", seen.last);
        let moments = moments(&seen, "Fetching repodata");
        // As much as both files have.
        assert!(moments.iter().any(|it| it.contains(" of 50.6 KiB")), "{moments:?}");
        assert!(moments.iter().all(|it| it.len() + 2 < columns.into()), "{moments:?}");
        assert_eq!(moments.iter().any(|it| it.contains("  [=") && it.contains("> ")), has_bar, "{moments:?}");
        assert_eq!(moments.iter().any(|it| it.contains(" KiB/s  ")), has_rate, "{moments:?}");
        assert!(columns == 40 || moments.iter().any(|it| it.ends_with(" s left")), "{moments:?}");
        // Above it there is nothing, and it is one line.
        assert!(seen.lines.iter().all(|line| !line.starts_with(['[', '='])), "{:?}", seen.lines);
        assert_gone(&seen);

        // What stands there is what is said where there is no terminal.
        let again = Workspace::holding("dependencies: [zlib]\n");
        let plain = done(again.convert().env("COLUMNS", columns.to_string()));
        let paragraph = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(paragraph(&seen.last), paragraph(&plain.stderr));
    }
}

#[test]
fn where_quiet_or_json_is_asked_for_nothing_goes_to_the_terminal_besides() {
    let server = slow_channel();
    let workspace = Workspace::holding("dependencies: [zlib]\n");
    let seen = Terminal::run(convert(&workspace, &server).arg("--quiet"), 80).end();
    assert_eq!((seen.code, seen.sent.as_str()), (0, ""));
    let unwanted = Workspace::holding("dependencies: [zlib]\n");
    let seen = Terminal::run(convert(&unwanted, &server).env("ENVLOCK_NO_PROGRESS", "1"), 80).end();
    assert_eq!((seen.code, moments(&seen, "Fetching").len()), (0, 0), "{}", seen.sent);
    let json = Workspace::holding("dependencies: [zlib]\n");
    let seen = Terminal::run(convert(&json, &server).arg("--json"), 80).end();
    assert!(seen.code == 0 && seen.sent.starts_with('{') && seen.sent.ends_with("}\r\n"), "{}", seen.sent);
}

#[test]
fn what_takes_no_half_second_is_not_shown() {
    let workspace = Workspace::holding("dependencies: [zlib]\n");
    let mut command = workspace.convert();
    command.env_remove("ENVLOCK_NO_PROGRESS").env("TERM", "xterm-256color").env("NO_COLOR", "1");
    let seen = Terminal::run(&command, 120).end();
    // No cursor is moved for it, either.
    assert!(seen.code == 0 && !seen.sent.contains('\u{1b}'), "{:?}", seen.sent);
}

#[test]
fn no_colour_is_sent_where_none_is_wanted() {
    let server = slow_channel();
    let workspace = Workspace::holding("dependencies: [zlib]\n");
    let seen = Terminal::run(convert(&workspace, &server).env("NO_COLOR", "1"), 80).end();
    assert!(moments(&seen, "Fetching repodata").len() > 3, "{:?}", seen.lines);
    // A style begins with ESC [ and ends with m.
    let styles = seen.sent.split("\u{1b}[").skip(1).filter(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';');
        end.is_some_and(|end| rest[end..].starts_with('m'))
    });
    assert_eq!(styles.count(), 0, "{:?}", seen.sent);
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_gets_lines() {
    let server = slow_channel();
    let workspace = Workspace::holding("dependencies: [zlib]\n");
    let mut command = convert(&workspace, &server);
    // Logs of CI show colours, whatever their terminal is said to be.
    command.env("TERM", "dumb").env_remove("NO_COLOR").env_remove("CI");
    let seen = Terminal::run(&command, 80).end();
    assert_eq!(seen.code, 0);
    assert!(seen.sent.starts_with("Fetching repodata (50.6 KiB)\r\n"), "{:?}", seen.sent);
    assert_eq!(seen.sent.matches("Fetching repodata").count(), 1, "{:?}", seen.sent);
    assert!(!seen.sent.contains('\u{1b}') && !seen.sent.replace("\r\n", "\n").contains('\r'), "{:?}", seen.sent);
}

#[test]
fn off_a_terminal_each_thing_is_one_line() {
    let server = slow_channel();
    let workspace = Workspace::holding("dependencies: [zlib]\n");
    let said = done(convert(&workspace, &server).env_remove("NO_COLOR")).stderr;
    assert!(said.starts_with("Fetching repodata (50.6 KiB)\n"), "{said}");
    assert_eq!(said.matches("Fetching repodata").count(), 1, "{said}");
    assert!(!said.contains(['\r', '\u{1b}']), "{said:?}");
    let quiet = Workspace::holding("dependencies: [zlib]\n");
    assert_eq!(done(convert(&quiet, &server).arg("-q")).stderr, "");
}

#[test]
fn nothing_is_left_when_it_is_interrupted() {
    let server = slow_channel();
    let workspace = Workspace::holding("dependencies: [zlib]\n");
    let mut terminal = Terminal::run(&convert(&workspace, &server), 80);
    terminal.wait_for("Fetching repodata");
    terminal.interrupt();
    let seen = terminal.end();
    assert_eq!((seen.code, seen.last.trim()), (130, ""), "{:?}", seen.sent);
    assert_gone(&seen);
}

#[test]
fn nothing_is_left_after_an_error() {
    let garbage = "x".repeat(20_000).into_bytes();
    let file = |subdir| (format!("/channel/{subdir}/repodata.json"), garbage.clone());
    let server = FileServer::slowly(["linux-64", "noarch"].map(file).into(), WITHIN);
    let workspace = Workspace::holding("dependencies: [zlib]\n");
    let seen = Terminal::run(&convert(&workspace, &server), 80).end();
    assert!(moments(&seen, "Fetching repodata").len() > 1, "{:?}", seen.lines);
    assert!(seen.code == 2 && seen.last.trim_start().starts_with('×'), "{}", seen.last);
    assert_gone(&seen);
}

#[test]
fn packages_are_counted_in_bytes_by_what_the_lock_says_of_their_sizes() {
    let quick = Workspace::holding("dependencies: [python=3.7, six]\n");
    let server = FileServer::slowly(packages(), Duration::from_millis(1200));
    done(&mut quick.convert_from(&[&format!("{}/channel", server.address())]));
    let mut command = quick.envlock();
    command.args(["install", "--prefix", "env"]);
    command.env_remove("ENVLOCK_NO_PROGRESS").env_remove("COLUMNS").env("TERM", "xterm-256color");
    let seen = Terminal::run(&command, 120).end();
    assert_eq!(seen.code, 0, "{}", seen.last);
    let lock = quick.lock();
    let (count, bytes) = (lock.conda_packages().count(), lock.conda_packages().filter_map(|it| it.size).sum::<u64>());
    let moments = moments(&seen, "Fetching packages");
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    let amount = format!(" of {:.1} KiB", bytes as f64 / 1024.0);
    assert!(moments.iter().any(|it| it.contains(&amount)), "{amount}: {moments:?}");
    assert!(moments.iter().any(|it| it.contains(&format!(" of {count} files"))), "{moments:?}");
    assert_gone(&seen);
}

/// The channel of the fixtures, packages and all, with the sizes that the packages have.
fn packages() -> BTreeMap<String, Vec<u8>> {
    let file = |(subdir, name, path)| (format!("/channel/{subdir}/{name}"), fs::read::<PathBuf>(path).unwrap());
    channel_files().map(file).collect()
}
