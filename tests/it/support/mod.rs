//! What the tests share: the fixtures, a place to run envlock in, and what isn't on every machine.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

mod again;
pub mod base_image;
pub mod browser;
pub mod channel;
pub mod expected;
pub mod file_server;
mod files;
pub mod growth;
pub mod pages;
pub mod prefix;
pub mod proxy;
pub mod readme;
pub mod real_channel;
pub mod registry;
pub mod repository;
pub mod server;
pub mod terminal;
pub mod tools;
pub mod validity;
mod workspace;

use std::{
    env,
    path::{Path, PathBuf},
};

use insta::internals::SettingsBindDropGuard;

pub use workspace::{IMAGE, Run, Workspace, done, run};

/// The folder `fixtures`.
pub fn fixtures() -> PathBuf {
    root().join("fixtures")
}

/// The top of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Until the guard is dropped, snapshots are those of the folder `snapshots`, named by the tests alone.
pub fn snapshots() -> SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind_to_scope()
}

/// The snapshot of conda-forge: `ENVLOCK_SNAPSHOT`, or `../shared/channel` beside the repository.
pub fn snapshot_channel() -> Option<PathBuf> {
    directory("ENVLOCK_SNAPSHOT", "../shared/channel")
}

/// Environment files of real projects: `ENVLOCK_ENVIRONMENTS`, or `../shared/envs` beside the repository.
pub fn real_environments() -> Option<PathBuf> {
    directory("ENVLOCK_ENVIRONMENTS", "../shared/envs")
}

fn directory(variable: &str, beside: &str) -> Option<PathBuf> {
    let directory = env::var_os(variable).map_or_else(|| root().join(beside), PathBuf::from);
    if directory.is_dir() { Some(directory) } else { skipped(&format!("no {beside}, and {variable} isn't set")) }
}

/// A program of the search path.
pub fn tool(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file());
    found.or_else(|| skipped(&format!("{name} isn't installed")))
}

/// Says why a test is skipped; where nothing may be skipped (`ENVLOCK_REQUIRE_ALL=1`), that is a failure.
pub fn skipped<T>(why: &str) -> Option<T> {
    assert!(env::var("ENVLOCK_REQUIRE_ALL").as_deref() != Ok("1"), "a test may not be skipped here: {why}");
    eprintln!("skipped: {why}");
    None
}
