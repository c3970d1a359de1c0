//! A terminal that a program runs on, and what a person sees on it.

use std::{
    collections::BTreeSet,
    fs::File,
    io::Read as _,
    os::fd::OwnedFd,
    process::{Child, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use assert_cmd::Command;
use nix::{
    pty::{Winsize, openpty},
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use vt100::Parser;

/// What no program needs here.
const LONGEST: Duration = Duration::from_mins(2);
const ROWS: u16 = 40;

/// A program on a terminal.
pub struct Terminal {
    child: Child,
    chunks: Receiver<Vec<u8>>,
    parser: Parser,
    sent: Vec<u8>,
    /// Each line that was seen at some moment.
    seen: BTreeSet<String>,
}

/// What was seen, and how the program ended.
pub struct Seen {
    pub code: i32,
    /// All that it sent.
    pub sent: String,
    /// Each line that was seen at some moment.
    pub lines: BTreeSet<String>,
    /// What stands there in the end.
    pub last: String,
    /// Whether the cursor can be seen in the end.
    pub has_cursor: bool,
}

impl Terminal {
    /// Runs a program on a terminal of so many columns.
    pub fn run(command: &Command, columns: u16) -> Self {
        let size = Winsize { ws_row: ROWS, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let ends = openpty(&size, None).unwrap();
        let end = |end: &OwnedFd| Stdio::from(end.try_clone().unwrap());
        let mut program = std::process::Command::new(command.get_program());
        program.args(command.get_args()).current_dir(command.get_current_dir().unwrap());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => program.env(name, value),
                None => program.env_remove(name),
            };
        }
        let child = program.stdin(end(&ends.slave)).stdout(end(&ends.slave)).stderr(ends.slave).spawn().unwrap();
        // It has the other end as well, and would keep it open.
        drop(program);
        let (sender, chunks) = mpsc::channel();
        let mut own = File::from(ends.master);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Once nobody holds the other end, reading fails.
            while let Ok(count @ 1..) = own.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let parser = Parser::new(ROWS.try_into().unwrap(), columns.try_into().unwrap(), 1000);
        Self { child, chunks, parser, sent: Vec::new(), seen: BTreeSet::new() }
    }

    /// Looks until there is a line that begins so.
    pub fn wait_for(&mut self, beginning: &str) {
        let start = Instant::now();
        while !self.lines().iter().any(|line| line.starts_with(beginning)) {
            assert!(self.look() && start.elapsed() < LONGEST, "no {beginning}, but {:?}", self.seen);
        }
    }

    /// What Ctrl-C sends, with what the terminal shows of it.
    pub fn interrupt(&mut self) {
        self.parser.process(b"^C");
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    }

    /// Looks on until the program has ended.
    pub fn end(mut self) -> Seen {
        let start = Instant::now();
        while self.look() {
            assert!(start.elapsed() < LONGEST, "{:?}", self.seen);
        }
        let code = self.child.wait().unwrap().code().unwrap();
        let screen = self.parser.screen();
        let (has_cursor, last) = (!screen.hide_cursor(), screen.contents());
        let sent = String::from_utf8(std::mem::take(&mut self.sent)).unwrap();
        Seen { code, sent, lines: std::mem::take(&mut self.seen), last, has_cursor }
    }

    /// Takes in what was sent; `false` once nothing more will be.
    fn look(&mut self) -> bool {
        match self.chunks.recv_timeout(Duration::from_millis(100)) {
            Ok(bytes) => {
                self.parser.process(&bytes);
                self.sent.extend(bytes);
                self.seen.extend(self.lines());
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        }
    }

    fn lines(&self) -> Vec<String> {
        let screen = self.parser.screen();
        screen
            .rows(0, screen.size().1.get())
            .map(|row| row.trim_end().to_owned())
            .filter(|row| !row.is_empty())
            .collect()
    }
}

impl Drop for Terminal {
    /// Where the test failed, it may be running still.
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
