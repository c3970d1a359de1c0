//! `envlock update`: what moved, and why.

use std::sync::Arc;

use miette::miette;

use super::{UpdateArgs, outcome::ExitStatus, ui::Ui};
use crate::{
    lockfile::Manager,
    progress::Events,
    project::locks::ProjectLocks,
    report::Written,
    workflow::update::{
        Move, MovedImage, MovedImages, Moves, Update, move_images, take_images, update as move_packages,
    },
};

/// Moves packages, or the digests of images, in locks.
///
/// # Errors
///
/// Where a lock can't be read, or what is asked for can't be had. Locks that come before it have been written by then.
pub fn update(args: &UpdateArgs, ui: &Arc<Ui>) -> miette::Result<ExitStatus> {
    let ProjectLocks { found, skipped } = ProjectLocks::of(&args.files)?;
    if let Some(file) = skipped.first() {
        return Err(miette!(
            code = "lock-none-beside",
            help = "name a lock, or a file or directory that has one",
            "{file} has no lock beside it"
        ));
    }
    let update =
        Update { packages: args.packages.clone(), options: args.options(), force: args.force, dry_run: args.dry_run };
    let events: Arc<dyn Events> = ui.clone();
    for lock in &found {
        if args.base_image || args.base_image_from_dockerfile {
            let images = if args.base_image {
                move_images(lock, &update, ui.as_ref())?
            } else {
                take_images(lock, &update, ui.as_ref())?
            };
            ui.tell(&images, &of_images(&images))?;
        } else {
            let moves = move_packages(lock, &update, &events)?;
            ui.tell(&moves, &of_packages(&moves))?;
        }
    }
    Ok(ExitStatus::Done)
}

fn of_images(moved: &MovedImages) -> String {
    let line = |MovedImage { name, before, now }: &MovedImage| {
        if before == now {
            format!("{name} is still {now}\n")
        } else {
            format!("{name} has moved\n  from {before}\n  to   {now}\n")
        }
    };
    let none = "the base image is that of the lock\n".to_owned();
    let none = if moved.images.is_empty() { Some(none) } else { None };
    moved.images.iter().map(line).chain(none).chain(written(&moved.written)).collect()
}

fn written(files: &[Written]) -> impl Iterator<Item = String> {
    files.iter().filter(|it| it.changed).map(|it| format!("{} written\n", it.path))
}

fn of_packages(moves: &Moves) -> String {
    let line = |it: &Move| {
        let pip = if it.manager == Manager::Pip { "pip " } else { "" };
        let change = match (&it.before, &it.now) {
            (Some(before), Some(now)) => format!("{before} → {now}"),
            (None, Some(now)) => format!("{now} added"),
            (before, None) => format!("{} removed", before.as_deref().unwrap_or_default()),
        };
        let why = it.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        format!("  {pip}{} {change}{why}\n", it.name)
    };
    let head = match moves.moves.len() {
        0 => format!("{}: nothing moves\n", moves.lock),
        number => {
            format!("{}: {number} of its packages {}\n", moves.lock, if number == 1 { "moves" } else { "move" })
        }
    };
    let notes = moves.notes.iter().map(|note| format!("note: {note}\n"));
    let written = written(&moves.written);
    [head].into_iter().chain(moves.moves.iter().map(line)).chain(notes).chain(written).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::schema_version::SchemaVersion;

    #[test]
    fn moves_are_told_with_their_reasons() {
        let entry = |manager, name: &str, before: Option<&str>, now: Option<&str>, why: Option<&str>| Move {
            manager,
            name: name.to_owned(),
            before: before.map(str::to_owned),
            now: now.map(str::to_owned),
            why: why.map(str::to_owned),
        };
        let of = |moves| Moves {
            schema_version: SchemaVersion,
            lock: "conda-lock.yml".to_owned(),
            moves,
            notes: vec![],
            written: vec![],
        };
        let moves = vec![
            entry(Manager::Conda, "libzlib", Some("1.3.1"), Some("1.3.2"), Some("asked for")),
            entry(Manager::Conda, "tzdata", Some("2025b"), None, None),
            entry(Manager::Conda, "zz", None, Some("1.3.2"), None),
            entry(Manager::Pip, "idna", Some("2.9"), Some("2.10"), None),
        ];
        assert_eq!(
            of_packages(&of(moves)),
            "conda-lock.yml: 4 of its packages move\n  libzlib 1.3.1 → 1.3.2: asked for\n  tzdata 2025b removed\n  \
             zz 1.3.2 added\n  pip idna 2.9 → 2.10\n"
        );
        assert_eq!(of_packages(&of(vec![])), "conda-lock.yml: nothing moves\n");
    }
}
