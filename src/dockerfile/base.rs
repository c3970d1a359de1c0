//! What the last image is to the environment: what it must have, how the environment gets there, who uses it.

use rattler_conda_types::Version;

use super::{place::PrefixPlace, quote::comment, run::step};
use crate::{image::ImageKind, lockfile::Lockfile};

/// The user and the group of docker-stacks' images.
const JOVYAN: &str = "1000:100";
/// The user of the images that would be root's otherwise.
const USER: &str = "1000:1000";

/// The step that checks that the packages find the C library they were built for.
pub(super) fn check_glibc(lockfile: &Lockfile) -> String {
    // conda-forge has built for nothing older for years, and images without any glibc are to be found out.
    let need = glibc(lockfile).map_or("2.5".to_owned(), |version| version.to_string());
    step(&format!("glibc {need}"))
}

/// The newest glibc that a package wants at least.
fn glibc(lockfile: &Lockfile) -> Option<Version> {
    let wanted = lockfile.conda_packages().filter_map(|package| package.dependencies.get("__glibc"));
    let least = wanted.flat_map(|constraint| constraint.split(',')).filter_map(|part| part.trim().strip_prefix(">="));
    least.filter_map(|version| version.parse().ok()).max()
}

/// The environment is taken over at the same place, as its files know where they are.
pub(super) fn copy(place: PrefixPlace, kind: ImageKind) -> String {
    let prefix = place.prefix;
    let owner = if kind == ImageKind::Jupyter { format!(" --chown={JOVYAN}") } else { String::new() };
    format!("COPY --from=env_builder_amd64{owner} {prefix} {prefix}\n")
}

/// Whether the image's own user is root, and another one is made for containers.
pub(super) fn gets_a_user(kind: ImageKind) -> bool {
    matches!(kind, ImageKind::Plain | ImageKind::Miniforge)
}

/// The step that makes the user.
pub(super) fn make_user(kind: ImageKind) -> Option<String> {
    gets_a_user(kind).then(|| step(&format!("user {} {}", home(kind), kind.work())))
}

fn home(kind: ImageKind) -> &'static str {
    kind.work().trim_end_matches("/work")
}

/// The instructions that containers, and the `RUN` of images made from this one, start with.
pub(super) fn start(place: PrefixPlace, kind: ImageKind, is_activated: bool) -> Option<String> {
    let shell =
        |words: &str| if is_activated { format!("SHELL [\"{}/{words}]\n", place.ours()) } else { String::new() };
    if gets_a_user(kind) {
        let title = comment("Whoever starts a container is not root, and RUN has the environment.");
        let (home, work, shell) = (home(kind), kind.work(), shell("sh\", \"-c\""));
        return Some(format!("{title}ENV HOME={home}\nUSER {USER}\nWORKDIR {work}\n{shell}"));
    }
    // The shell that these images have, but for what it activates.
    (kind == ImageKind::Micromamba && is_activated)
        .then(|| comment("RUN has the environment.") + &shell("bash\", \"-o\", \"pipefail\", \"-c\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::testing::{lock_of, record};

    #[test]
    fn the_newest_glibc_that_is_wanted_counts() {
        let lock = lock_of(
            vec![
                record("a-1-0", "linux-64", &["__glibc >=2.17,<3.0.a0"], "ab"),
                record("b-1-0", "linux-64", &["__glibc >=2.28"], "ab"),
                record("c-1-0", "linux-64", &["__glibc >=2.5"], "ab"),
            ],
            &[],
        );
        assert_eq!(glibc(&lock).unwrap().to_string(), "2.28");
        assert_eq!(glibc(&lock_of(Vec::new(), &[])), None);
    }
}
