//! The `RUN` instruction that installs what the pip section comes to.
//!
//! Every file is named by its address and its hash, those that they need among them, so pip resolves nothing and asks
//! no index. Wheels come first, since archives and repositories may be built with them; those are built one by one,
//! without a build environment that pip would fetch from somewhere.

use super::{
    lists::ImageList,
    place::PrefixPlace,
    quote::comment,
    run::{is_list, mounted, step},
    secrets::{Guarded, run_guarded},
};
use crate::{image::Recipe, lockfile::Lockfile, pypi};

/// The instruction for a list.
pub(super) fn instruction(list: &ImageList, lockfile: &Lockfile, recipe: &Recipe, place: PrefixPlace) -> String {
    let pip = lockfile.conda_packages().find(|package| package.name == "pip");
    let options = pypi::install_options(pip.map(|pip| pip.version.to_string()).as_deref());
    let install = step(&format!("pip {} python -m pip install {}", mounted(&list.name), options.join(" ")));
    let mut steps = vec![is_list(&list.name, &list.sha256()), install];
    if !recipe.no_pyc {
        steps.push(step(&format!("pyc {}", place.prefix)));
    }
    comment("The packages of the pip section.")
        + &run_guarded(Guarded::of_pip(lockfile).as_ref(), &[&list.name], &steps)
}
