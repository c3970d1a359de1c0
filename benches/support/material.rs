//! What isn't in the repository.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The snapshot of conda-forge (`ENVLOCK_SNAPSHOT`, or `../shared/channel` beside the repository) and the environments
/// (`ENVLOCK_ENVIRONMENTS`, or `../shared/envs`); `None`, and a word about it, where one isn't there.
pub fn material() -> Option<(PathBuf, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = |variable: &str, beside: &str| env::var_os(variable).map_or_else(|| root.join(beside), PathBuf::from);
    let (snapshot, environments) =
        (place("ENVLOCK_SNAPSHOT", "../shared/channel"), place("ENVLOCK_ENVIRONMENTS", "../shared/envs"));
    if snapshot.is_dir() && environments.is_dir() {
        return Some((snapshot, environments));
    }
    println!("skipped: there is no snapshot of conda-forge, or there are no environments");
    None
}
