//! Export or hand-written: who wrote the file, a tool or a person.
//!
//! An export lists everything that is installed. Two things give that away, and a file is an export when it has either:
//!
//! 1. At least half of its lines name a version and a build to the letter (`name=version=build`). People write builds
//!    for a package or two, and mostly as globs.
//! 2. Builds were left out (`--no-builds`), but nine lines of ten give one version to the letter, python's is written
//!    in full (`3.9.7`, never `3.9`), and at least three are plumbing: packages that every environment contains and
//!    nobody asks for, such as ca-certificates, xz and ncurses.
//!
//! The share of exact versions alone doesn't tell: careful people pin every line, too. The prefix doesn't tell either,
//! for `conda env export --from-history` writes it under the few specs that a person once asked for.

use crate::environment::{CondaSpec, Dependency, Wanted};

use super::{Kind, plumbing::is_plumbing};

/// How many packages that nobody asks for give an export without builds away.
const PLUMBING: usize = 3;

/// Tells an export from a file that a person wrote, by the rule at the top of this module.
pub(super) fn kind(dependencies: &[Dependency]) -> Kind {
    let lines = dependencies.len();
    let with_build = count(dependencies, has_literal_build);
    let exact = count(dependencies, has_one_version);
    let plumbing = count(dependencies, |spec| is_plumbing(spec.name.as_normalized()));
    let python_in_full = count(dependencies, is_python_in_part) == 0;

    let builds_written = with_build > 0 && 2 * with_build >= lines;
    let builds_left_out = 10 * exact >= 9 * lines && plumbing >= PLUMBING && python_in_full;
    if builds_written || builds_left_out { Kind::Export } else { Kind::HandWritten }
}

fn count(dependencies: &[Dependency], test: impl Fn(&CondaSpec) -> bool) -> usize {
    dependencies.iter().filter(|dependency| test(&dependency.spec)).count()
}

fn has_literal_build(spec: &CondaSpec) -> bool {
    has_one_version(spec) && spec.build.as_deref().is_some_and(is_literal)
}

fn has_one_version(spec: &CondaSpec) -> bool {
    matches!(spec.version, Wanted::Exact(_) | Wanted::Like(_))
}

fn is_python_in_part(spec: &CondaSpec) -> bool {
    spec.name.as_normalized() == "python" && matches!(&spec.version, Wanted::Like(version) if is_partial(version))
}

/// Whether a version has fewer than three components, so that a person may mean every release of a series by it.
pub(super) fn is_partial(version: &rattler_conda_types::VersionWithSource) -> bool {
    version.as_str().split('.').count() < 3
}

/// Whether a build part is one build string, not a glob or a regular expression.
pub(super) fn is_literal(build: &str) -> bool {
    !build.contains('*') && !build.starts_with('^')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::tests::environment;

    fn kind_of(lines: &[&str]) -> Kind {
        kind(&environment(lines).dependencies)
    }

    #[test]
    fn a_handful_of_lines_with_builds_is_an_export() {
        assert_eq!(kind_of(&["python=3.9.7=h12debd9_1", "numpy=1.21.2=py39h20f2e39_0"]), Kind::Export);
    }

    #[test]
    fn an_export_with_a_few_lines_added_by_hand_is_still_an_export() {
        let lines = ["zlib=1.2.11=h7b6447c_3", "xz=5.2.5=h7b6447c_0", "python=3.5", "rise"];
        assert_eq!(kind_of(&lines), Kind::Export);
    }

    #[test]
    fn an_export_without_builds_is_known_by_its_plumbing() {
        let lines = ["ca-certificates=2021.10.26", "numpy=1.21.2", "openssl=1.1.1l", "python=3.9.7", "xz=5.2.5"];
        assert_eq!(kind_of(&lines), Kind::Export);
    }

    #[test]
    fn exact_versions_alone_are_the_work_of_a_careful_person() {
        let lines: Vec<String> = (0..30).map(|n| format!("package{n}=1.2.{n}")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(kind_of(&lines), Kind::HandWritten);
    }

    #[test]
    fn python_in_part_means_a_person_wrote_it() {
        let lines = ["ca-certificates=2021.10.26", "openssl=1.1.1l", "python=3.9", "xz=5.2.5"];
        assert_eq!(kind_of(&lines), Kind::HandWritten);
    }

    #[test]
    fn globbed_builds_do_not_make_an_export() {
        assert_eq!(kind_of(&["pytorch=2.1=cuda*", "python=3.10"]), Kind::HandWritten);
    }

    #[test]
    fn an_empty_file_is_hand_written() {
        assert_eq!(kind_of(&[]), Kind::HandWritten);
    }
}
