//! `envlock update`: packages and images of a lock are moved, and everything else stays where it is.

mod alone_of_pip;
mod images;
mod moves;
mod packages;

use miette::{IntoDiagnostic, WrapErr, miette};
use tokio::runtime::Runtime;

use super::{UpdateArgs, outcome::Outcome, subjects::Subjects, ui::Ui};

/// Moves packages, or the digests of images, in locks.
///
/// # Errors
///
/// Where a lock can't be read, or what is asked for can't be had. Locks that come before it have been written by then.
pub fn update(args: &UpdateArgs, ui: &Ui) -> miette::Result<Outcome> {
    let Subjects { found, skipped } = Subjects::of(&args.files)?;
    if let Some(file) = skipped.first() {
        return Err(miette!(help = "name a lock, or a file or directory that has one", "{file} has no lock beside it"));
    }
    let runtime = Runtime::new().into_diagnostic().wrap_err("no threads can be started")?;
    for subject in &found {
        if args.base_image {
            images::update(subject, args, &runtime, ui)?;
        } else {
            packages::update(subject, args, &runtime, ui)?;
        }
    }
    Ok(Outcome::Done)
}
