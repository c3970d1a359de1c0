//! The `RUN` instructions that install the conda packages, and the proof that it worked.

use super::{
    lists::ImageList,
    place::PrefixPlace,
    quote::comment,
    run::{is_list, mounted, step},
    secrets::{Guarded, run_guarded},
};
use crate::{
    image::{Recipe, Tool},
    lockfile::Lockfile,
};

/// One instruction for each list. The last one proves that what is installed is what is locked.
pub(super) fn instructions(
    lists: &[ImageList],
    lockfile: &Lockfile,
    recipe: &Recipe,
    place: PrefixPlace,
) -> Vec<String> {
    let guarded = Guarded::of_conda(lockfile, recipe.tool());
    let instruction = |(index, list): (usize, &ImageList)| {
        let is_last = index + 1 == lists.len();
        let mut steps = vec![is_list(&list.name, &list.sha256()), install(recipe, place, &mounted(&list.name))];
        // micromamba's own .pyc files hold times. conda's don't, where it is told of one.
        if recipe.tool() != Tool::Conda && !recipe.no_pyc {
            steps.push(step(&format!("pyc {}", place.prefix)));
        }
        if is_last {
            steps.push(proof(lists, place));
        }
        // The proof needs all lists.
        let others = lists.iter().take(index).filter(|_| is_last).map(|list| list.name.as_str());
        let files: Vec<&str> = others.chain([list.name.as_str()]).collect();
        let title = match lists.len() {
            1 => "The conda packages, and the proof that they are those of the lock.".to_owned(),
            count if is_last => format!("The conda packages, part {count} of {count}, and the proof."),
            count => format!("The conda packages, part {} of {count}.", index + 1),
        };
        comment(&title) + &run_guarded(guarded.as_ref(), &files, &steps)
    };
    lists.iter().enumerate().map(instruction).collect()
}

/// The step that holds what is installed against the lists.
pub(super) fn proof(lists: &[ImageList], place: PrefixPlace) -> String {
    let lists: Vec<String> = lists.iter().map(|list| mounted(&list.name)).collect();
    step(&format!("proof {} {}", place.prefix, lists.join(" ")))
}

/// The command that installs a list.
fn install(recipe: &Recipe, place: PrefixPlace, list: &str) -> String {
    let prefix = place.prefix;
    let command = match recipe.tool() {
        Tool::Micromamba => format!("micromamba install --yes --no-pyc --prefix {prefix} --file {list}"),
        // conda has no way to leave .pyc files out.
        Tool::Conda => format!("conda install --yes --quiet --prefix {prefix} --file {list}"),
        Tool::Envlock => format!("envlock install --run-link-scripts --prefix {prefix} {list}"),
    };
    step(&format!("conda {command}"))
}
