//! What an image must have to install packages, and the commands that do it.

use super::{
    install::otherwise,
    place::{Place, SCRATCH},
};
use crate::image::{Installer, Recipe, Tool};

/// The checks that the program is there, and checks hashes.
///
/// Sources: conda 24.9 was the first to take a SHA-256 in an explicit list; micromamba 2 takes 64 digits for one.
pub(super) fn requirements(tool: Tool) -> Vec<String> {
    let version = format!("{SCRATCH}/version");
    let mut checks = vec![otherwise("test \"$(uname -m)\" = x86_64", OTHER_PLATFORM, None)];
    checks.extend(match tool {
        Tool::Micromamba => vec![
            otherwise("command -v micromamba > /dev/null", NO_MICROMAMBA, None),
            format!("micromamba --version > {version}"),
            otherwise(&format!("grep -qE '^([2-9]|[1-9][0-9])[.]' {version}"), OLD_MICROMAMBA, Some(&version)),
        ],
        Tool::Conda => vec![
            otherwise("command -v conda > /dev/null", NO_CONDA, None),
            format!("printf 'conda 24.9\\n' > {version}"),
            format!("conda --version >> {version}"),
            otherwise(&format!("sort -V -C {version}"), OLD_CONDA, Some(&version)),
        ],
        Tool::Envlock => vec![otherwise("command -v envlock > /dev/null", NO_ENVLOCK, None)],
    });
    checks
}

const OTHER_PLATFORM: &str = "envlock: the packages are for linux/amd64, and this image is for another platform. Build with \
                              docker build --platform linux/amd64.";
const FAILED: &str = "envlock: the packages can not be installed as they are locked. If one is said to be gone or to have \
                      another hash, convert the environment anew.";

const NO_MICROMAMBA: &str = "envlock: the image has no micromamba, which installs the packages. Build on one of \
                             docker.io/mambaorg/micromamba, or convert with --installer micromamba.";
const OLD_MICROMAMBA: &str = "envlock: the image has a micromamba older than 2.0, which may install packages unchecked. \
                              Choose a newer image. Its version is:";
const NO_CONDA: &str = "envlock: the image has no conda, which installs the packages. Build on one of \
                        docker.io/condaforge/miniforge3, or convert with --installer micromamba.";
const OLD_CONDA: &str = "envlock: the image has a conda older than 24.9, which can't check a SHA-256. Choose a newer image. \
                         The versions asked for and found are:";
const NO_ENVLOCK: &str = "envlock: the image of the installer has no envlock on its path, which installs the packages. \
                          Choose another one with --installer-image.";

/// The commands that install a list, and leave nothing besides behind.
pub(super) fn install(tool: Tool, place: &Place, list: &str) -> Vec<String> {
    let prefix = place.prefix;
    match tool {
        Tool::Micromamba => vec![
            otherwise(&format!("micromamba install --yes --no-pyc --prefix {prefix} --file {list}"), FAILED, None),
            "micromamba clean --all --yes".to_owned(),
        ],
        Tool::Conda => vec![
            otherwise(&format!("conda install --yes --quiet --prefix {prefix} --file {list}"), FAILED, None),
            "conda clean --all --yes --quiet".to_owned(),
        ],
        Tool::Envlock => vec![
            otherwise(
                &format!("ENVLOCK_CACHE_DIR={SCRATCH}/cache envlock install --prefix {prefix} {list}"),
                FAILED,
                None,
            ),
            format!("rm -r {SCRATCH}/cache"),
        ],
    }
}

/// What the commands of a recipe are said to be.
pub(super) fn describe(recipe: &Recipe) -> &'static str {
    match (&recipe.installer, recipe.tool()) {
        (Installer::Own, Tool::Conda) => "the image's own conda",
        (Installer::Own, _) => "the image's own micromamba",
        (Installer::Stage { .. }, Tool::Envlock) => "envlock in a stage of its own",
        (Installer::Stage { .. }, _) => "micromamba in a stage of its own",
    }
}
