//! Whole processes, with their time and memory.

use std::{
    env,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::sys::resource::{UsageWho, getrusage};

/// What the benchmark is to do when it runs itself.
const ROLE: &str = "ENVLOCK_BENCH_ROLE";

/// What a process took.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub time: Duration,
    /// The most memory that it held at a time, in MiB.
    pub memory: f64,
}

/// The role in which the benchmark runs itself, if it does.
pub fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// The benchmark itself, in a role.
pub fn myself(role: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("the benchmark knows where it is"));
    command.env(ROLE, role);
    command
}

/// Runs a command to its end, in a process of its own, as the system tells of the memory of all children together.
pub fn usage(command: &Command) -> Usage {
    let mut watch = myself("watch");
    watch.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            // The watch has a role of its own; it passes this one on.
            Some(value) if name == ROLE => watch.env("ENVLOCK_BENCH_WATCHED_ROLE", value),
            Some(value) => watch.env(name, value),
            None => watch.env_remove(name),
        };
    }
    let output = watch.output().expect("the benchmark can run itself");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("it prints numbers");
    let numbers: Vec<u64> = text.split_whitespace().map(|text| text.parse().expect("it is a number")).collect();
    #[expect(clippy::cast_precision_loss, reason = "nobody has so much memory")]
    Usage { time: Duration::from_nanos(numbers[0]), memory: numbers[1] as f64 / 1024.0 }
}

/// Runs the command of the arguments, and prints its nanoseconds and KiB.
pub fn watch() {
    let mut arguments = env::args_os().skip(1);
    let mut command = Command::new(arguments.next().expect("there is a command"));
    command.args(arguments).stdout(Stdio::null()).env_remove(ROLE);
    if let Ok(role) = env::var("ENVLOCK_BENCH_WATCHED_ROLE") {
        command.env(ROLE, role);
    }
    let start = Instant::now();
    let status = command.status().expect("the command can be run");
    let time = start.elapsed();
    assert!(status.success(), "{status}");
    let memory = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system tells").max_rss();
    println!("{} {memory}", time.as_nanos());
}

/// The middle of several measurements, of time and of memory apart.
pub fn median(usages: &[Usage]) -> Usage {
    let mut times: Vec<Duration> = usages.iter().map(|usage| usage.time).collect();
    let mut memories: Vec<f64> = usages.iter().map(|usage| usage.memory).collect();
    times.sort_unstable();
    memories.sort_unstable_by(f64::total_cmp);
    Usage { time: times[times.len() / 2], memory: memories[memories.len() / 2] }
}
