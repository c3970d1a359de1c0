//! The `RUN` instruction that installs what the pip section comes to.
//!
//! Every file is named by its address and its hash, those that they need among them, so pip resolves nothing and asks no
//! index. Wheels come first, since archives and repositories may be built with them; those are built one by one, without
//! a build environment that pip would fetch from somewhere.

use super::{
    lists::List,
    quote::comment,
    run::{is_list, mounted, run, step},
};
use crate::{image::Recipe, lockfile::Lockfile, pypi};

/// The instruction for a list.
pub(super) fn instruction(list: &List, lockfile: &Lockfile, recipe: &Recipe) -> String {
    let pip = lockfile.conda_packages().find(|package| package.name == "pip");
    let mut options = pypi::install_options(pip.map(|pip| &*pip.version));
    if recipe.no_pyc {
        options.push("--no-compile");
    }
    let install = step(&format!("pip {} python -m pip install {}", mounted(&list.name), options.join(" ")));
    comment("The packages of the pip section.") + &run(&[&list.name], &[is_list(&list.name, &list.sha256()), install])
}
