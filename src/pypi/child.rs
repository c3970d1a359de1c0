//! A program that is started: how long it may take, and how much memory.

use std::{
    io::{self, Read as _},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::limits::{RESOLVER_MEMORY, RESOLVER_MEMORY_OF_PROCESSOR};

/// What a program says; `None` where it takes longer than that, and is stopped with all that it has started.
///
/// It stays in the group of processes of the terminal, so that Ctrl-C reaches all of them, and that git and ssh may ask for a
/// password.
pub(super) fn output(command: &mut Command, limit: Duration) -> io::Result<Option<Output>> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    limit_memory(&child, memory());
    let (sender, receiver) = mpsc::channel();
    let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
    thread::spawn(move || {
        let mut said = (Vec::new(), Vec::new());
        thread::scope(|scope| {
            scope.spawn(|| stderr.as_mut().map(|it| it.read_to_end(&mut said.1)));
            stdout.as_mut().map(|it| it.read_to_end(&mut said.0))
        });
        // Nobody may listen any more.
        _ = sender.send(said);
    });
    let Ok((stdout, stderr)) = receiver.recv_timeout(limit) else {
        stop(&mut child)?;
        return Ok(None);
    };
    Ok(Some(Output { status: child.wait()?, stdout, stderr }))
}

/// How many bytes of memory it may have, where the system can tell it so.
pub(super) fn memory() -> u64 {
    let processors = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    RESOLVER_MEMORY + processors * RESOLVER_MEMORY_OF_PROCESSOR
}

/// Limits what it may write to, as it were: what programs only reserve doesn't count. Where less is allowed already, that stays.
#[cfg(target_os = "linux")]
fn limit_memory(child: &Child, most: u64) {
    use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
    let known = getrlimit(Resource::Data);
    let is_less = [known.current, known.maximum].into_iter().flatten().any(|known| known <= most);
    if !is_less {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        // Where that can't be done, there is no limit.
        _ = prlimit(Some(Pid::from_child(child)), Resource::Data, limit);
    }
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_: &Child, _: u64) {}

fn stop(child: &mut Child) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    let started = started_by(child.id());
    child.kill()?;
    #[cfg(target_os = "linux")]
    for process in started {
        use rustix::process::{Pid, Signal, kill_process};
        if let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw) {
            // It may have come to its end.
            _ = kill_process(process, Signal::KILL);
        }
    }
    child.wait()?;
    Ok(())
}

/// The processes that a process has started, and those that these have: proc(5), `/proc/PID/task/TID/children`.
#[cfg(target_os = "linux")]
fn started_by(process: u32) -> Vec<u32> {
    use std::fs;
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let own: Vec<u32> =
        lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect();
    own.iter().copied().chain(own.iter().flat_map(|id| started_by(*id))).collect()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn shell(script: &str, limit: Duration) -> Option<Output> {
        output(Command::new("sh").args(["-c", script]), limit).unwrap()
    }

    #[test]
    fn what_a_program_has_started_is_stopped_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ids");
        let script = format!("sh -c 'sleep 1000 & echo $! $$ > {0}.new; mv {0}.new {0}; wait' & wait", file.display());
        assert!(shell(&script, Duration::from_secs(2)).is_none());
        for id in fs::read_to_string(&file).unwrap().split_whitespace() {
            let is_over = || {
                let stat = fs::read_to_string(Path::new("/proc").join(id).join("stat")).unwrap_or_default();
                // It may be there until somebody has asked how it ended.
                stat.is_empty() || stat.contains(") Z ")
            };
            let looks = (0..200).any(|_| {
                is_over() || {
                    thread::sleep(Duration::from_millis(10));
                    false
                }
            });
            assert!(looks, "{id}");
        }
    }

    #[test]
    fn a_program_has_a_limit_of_memory() {
        // It is set while the program begins.
        let said = shell("sleep 0.3; ulimit -d", Duration::from_mins(1)).unwrap();
        let most: u64 = String::from_utf8(said.stdout).unwrap().trim().parse().unwrap();
        assert!(most <= memory() / 1024);
        assert!(memory() > RESOLVER_MEMORY);
    }
}
