//! What activating the environment exports, for processes that nobody activates it for.
//!
//! Packages put scripts into `etc/conda/activate.d`, which a shell runs when it activates the environment. In an image
//! there may be no such shell: `docker exec`, `docker run` with a program, and `RUN` start processes by name. So the
//! scripts are run once while the image is built, and what they export is written down for the environment's own
//! programs, for login shells and for the shell of `RUN`.

use super::{
    place::PrefixPlace,
    quote::comment,
    run::{run, step},
};
use crate::image::ImageKind;

/// The step that runs the scripts.
pub(super) fn activate(place: PrefixPlace) -> String {
    step(&format!("activate {}", place.prefix))
}

/// The instruction with these steps, that one among them; none where there are no steps. In micromamba's images it is
/// root's, so that login shells are told, too.
pub(super) fn instruction(kind: ImageKind, steps: &[String]) -> Option<String> {
    if steps.is_empty() {
        return None;
    }
    let title = comment("What the packages export when they are activated, for every way to start a process.");
    let run = run(&[], steps);
    Some(match kind {
        ImageKind::Micromamba => format!("{title}USER 0\n{run}# hadolint ignore=DL3066\nUSER $MAMBA_USER\n"),
        _ => title + &run,
    })
}
