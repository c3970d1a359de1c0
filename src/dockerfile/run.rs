//! A `RUN` instruction whose files come in from beside the Dockerfile and leave nothing behind.

/// The script of the steps, the same for every environment.
pub(super) const SCRIPT: &str = "envlock.sh";
/// Where files are mounted. Every image has this directory, and nothing in it; builders leave nothing there.
const MOUNTED: &str = "/mnt";

/// Where a file is while a `RUN` has it mounted.
pub(super) fn mounted(name: &str) -> String {
    format!("{MOUNTED}/{name}")
}

/// A step of the script.
pub(super) fn step(words: &str) -> String {
    format!("sh {MOUNTED}/{SCRIPT} {words}")
}

/// The step that holds a list against its hash. Some builders know a layer again by its `RUN` alone, so the hash is in it.
pub(super) fn is_list(name: &str, sha256: &str) -> String {
    step(&format!("list {sha256} {}", mounted(name)))
}

/// One chain of steps, with these files and the script mounted one by one, so that a layer is made again where one of them
/// changes and only then.
///
/// Source of the flag: <https://docs.docker.com/reference/dockerfile/#run---mount>.
pub(super) fn run(files: &[&str], steps: &[String]) -> String {
    run_with(&[], files, steps)
}

/// The same with these secrets of the build, if they are given; whoever runs the steps may read them.
pub(super) fn run_with(secrets: &[&str], files: &[&str], steps: &[String]) -> String {
    let secrets = secrets.iter().map(|id| format!("--mount=type=secret,id={id},target={},mode=0444", mounted(id)));
    let files =
        files.iter().chain(&[SCRIPT]).map(|name| format!("--mount=type=bind,source={name},target={}", mounted(name)));
    let mounts: Vec<String> = secrets.chain(files).collect();
    format!("RUN {} \\\n    {}\n", mounts.join(" \\\n    "), steps.join(" \\\n && "))
}
