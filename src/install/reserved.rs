//! Where an environment keeps its own books, and where no package has a file.

use std::path::Path;

/// Where an environment keeps the records of its packages.
pub(super) const RECORDS: &str = "conda-meta";
/// Beside them, locked by whoever installs into the environment, and no longer empty once something of it has been changed.
pub(super) const MARK: &str = ".envlock";
/// Beside them, the packages whose scripts haven't been run, a name a line.
pub(super) const WAITING: &str = ".envlock.scripts";
/// Beside them, what was done to the environment.
pub(super) const HISTORY: &str = "history";
/// Tells programs that keep copies to pass the environment over.
pub(super) const CACHE_TAG: &str = "CACHEDIR.TAG";
/// Records that aren't written to the end: ours, and rattler's.
pub(super) const UNFINISHED: [&str; 2] = [OUR_UNFINISHED, "prefix_record_"];
/// What the names of ours begin with until they are written to the end.
pub(super) const OUR_UNFINISHED: &str = ".envlock-";
/// Where rattler tries out how files can be copied, for a moment.
pub(super) const PROBE: &str = ".refprobe-";
/// Where rattler keeps files that several packages have, all but one of each.
pub(super) const CLOBBERS: &str = "__clobbers__";
/// What is written without a package having it, which no symbolic link may lead elsewhere.
pub(super) const OWN: [&str; 7] = [
    RECORDS,
    "conda-meta/history",
    "conda-meta/.envlock",
    "conda-meta/.envlock.scripts",
    CLOBBERS,
    ".trash",
    CACHE_TAG,
];

/// Whether a path is one that an environment keeps its own books in, which no package has a file in.
pub(super) fn is_reserved(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_record = || path.parent() == Some(Path::new(RECORDS)) && (is_json(path) || is_unfinished(&name));
    let is_below = |own: &str| own != RECORDS && path.starts_with(own) || path == Path::new(own);
    OWN.iter().any(|own| is_below(own)) || is_record()
}

pub(super) fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "json")
}

pub(super) fn is_unfinished(name: &str) -> bool {
    // A package may be called like this, too, and its record has an ending.
    !is_json(Path::new(name)) && UNFINISHED.iter().any(|prefix| name.starts_with(prefix))
}
