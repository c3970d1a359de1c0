//! What there is to say of programs that don't read the lock.

/// The explicit list of conda's packages that stands beside the Dockerfile.
const EXPLICIT: &str = "conda-linux-64.lock";

/// What conda's users do with a lock that has packages of pip. `path` makes a word for the shell of the name of a file
/// beside the Dockerfile.
///
/// conda's plugin conda-lockfiles (0.2) knows no `manager: pip`, and refuses the whole lock.
pub(super) fn for_conda(path: impl FnOnce(&str) -> String) -> String {
    let file = path(EXPLICIT);
    format!(
        "for conda: conda create --name NAME --file {file}, without pip's packages (conda-lockfiles refuses a lock that has them)"
    )
}
