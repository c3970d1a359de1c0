//! How pip is told to install what is locked, and nothing else.

/// From this version on, pip builds apart from the environment unless it is told not to.
const BUILDS_APART: u32 = 10;

/// The options of `pip install` for files that are named with their hashes: nothing is resolved, no index is asked, and
/// what is built is built with what is there. Nothing is compiled: an image does so for all packages together, and elsewhere
/// Python does, where it may write.
///
/// The version is that of pip; of one that isn't known, the newest is assumed.
#[must_use]
pub fn install_options(version: Option<&str>) -> Vec<&'static str> {
    let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    let together = major.is_none_or(|major| major >= BUILDS_APART).then_some("--no-build-isolation");
    let options = ["--no-deps", "--no-index", "--no-cache-dir", "--disable-pip-version-check", "--no-compile"];
    options.into_iter().chain(together).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pip_that_knows_no_isolated_builds_is_not_told_to_do_without() {
        let has = |version| install_options(version).contains(&"--no-build-isolation");
        assert!(has(None) && has(Some("10.0.1")) && has(Some("24.0")));
        assert!(!has(Some("9.0.3")));
    }
}
