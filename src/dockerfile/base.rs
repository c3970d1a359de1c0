//! What the last image is to the environment: what it must have, how the environment gets there, who uses it.

use rattler_conda_types::Version;

use super::{
    install::otherwise,
    place::{Place, SCRATCH},
    quote::comment,
};
use crate::{image::ImageKind, lockfile::Lockfile};

/// The user and the group of the images that would be root's otherwise.
const USER: &str = "1000";
/// The user and the group of docker-stacks' images.
const JOVYAN: &str = "1000:100";

/// The check that the packages find the C library they were built for.
pub(super) fn requirements(lockfile: &Lockfile) -> String {
    let file = format!("{SCRATCH}/libc");
    let need = glibc(lockfile);
    let mut steps = vec![format!("mkdir -p {SCRATCH}")];
    let missing = "envlock: the base image has no glibc, which conda packages need. Choose one built on Debian, Ubuntu or the \
                   like.";
    if let Some(need) = need {
        steps.push(format!("printf 'glibc {need}\\n' > {file}"));
        steps.push(otherwise(&format!("getconf GNU_LIBC_VERSION >> {file}"), missing, None));
        let old = "envlock: the glibc of the base image is too old for the packages. Choose a newer image, or convert with \
                   --virtual-package __glibc=VERSION. The versions needed and found are:";
        steps.push(otherwise(&format!("sort -V -C {file}"), old, Some(&file)));
    } else {
        steps.push(otherwise("getconf GNU_LIBC_VERSION", missing, None));
    }
    steps.push(format!("rm -r {SCRATCH}"));
    format!("{}RUN {}\n", comment("What the packages need of the image."), steps.join(" \\\n && "))
}

/// The newest glibc that a package wants at least.
fn glibc(lockfile: &Lockfile) -> Option<Version> {
    let wanted = lockfile.conda_packages().filter_map(|package| package.dependencies.get("__glibc"));
    let least = wanted.flat_map(|constraint| constraint.split(',')).filter_map(|part| part.trim().strip_prefix(">="));
    least.filter_map(|version| version.parse().ok()).max()
}

/// The environment is taken over at the same place, as its files know where they are.
pub(super) fn copy(place: &Place, kind: ImageKind) -> String {
    let prefix = place.prefix;
    let owner = if kind == ImageKind::Jupyter { format!(" --chown={JOVYAN}") } else { String::new() };
    format!("COPY --from=env_builder_amd64{owner} {prefix} {prefix}\n")
}

/// The shell that `RUN` has in images made from this one, where the image's own activates nothing.
pub(super) fn shell(place: &Place, kind: ImageKind) -> Option<String> {
    let is_ours = matches!(kind, ImageKind::Plain | ImageKind::Miniforge);
    let title = "For the RUN instructions of images that are made from this one.";
    is_ours.then(|| format!("{}SHELL [\"{}/sh\", \"-c\"]\n", comment(title), place.activated()))
}

/// A user who isn't root, where the image has none.
///
/// Written by hand, since `useradd` notes the day.
pub(super) fn user(kind: ImageKind) -> Option<String> {
    if !matches!(kind, ImageKind::Plain | ImageKind::Miniforge) {
        return None;
    }
    let work = kind.work();
    let home = work.trim_end_matches("/work");
    let steps = [
        format!(
            "(grep -q '^[^:]*:[^:]*:{USER}:' /etc/passwd || printf 'user:x:{USER}:{USER}::{home}:/bin/sh\\n' >> /etc/passwd)"
        ),
        format!("(grep -q '^[^:]*:[^:]*:{USER}:' /etc/group || printf 'user:x:{USER}:\\n' >> /etc/group)"),
        format!("mkdir -p {work}"),
        format!("chown {USER}:{USER} {home} {work}"),
    ];
    let title = comment("Whoever starts a container is not root.");
    Some(format!("{title}RUN {}\n\nENV HOME={home}\n\nUSER {USER}:{USER}\n\nWORKDIR {work}\n", steps.join(" \\\n && ")))
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
