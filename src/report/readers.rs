//! What there is to say of programs that don't read the lock.

/// What conda's users do with a lock that has packages of pip, given the explicit lists beside the Dockerfile as words for
/// the shell.
///
/// conda's plugin conda-lockfiles (0.2) knows no `manager: pip`, and refuses the whole lock.
pub(super) fn for_conda(lists: &[String]) -> String {
    let files = lists.join(" --file ");
    format!(
        "for conda: conda create --name NAME --file {files}, without pip's packages (conda-lockfiles refuses a lock that has them)"
    )
}
