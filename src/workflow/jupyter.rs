//! What conda is to bring so that notebooks can use the environment.

use miette::miette;
use rattler_conda_types::{PackageName, RepoDataRecord};

use crate::{
    image::{ImageKind, Recipe},
    intent::{Intent, Want, Wish},
};

/// The servers that `--jupyter` can start.
const SERVERS: [&str; 2] = ["jupyterlab", "notebook"];
/// What lets the server of another environment start this one's Python.
const KERNEL: &str = "ipykernel";

/// What is wished for besides what the file says: a server, or a kernel for the server that the image has.
pub(super) fn wishes(recipe: &Recipe, intent: &Intent) -> Vec<Wish> {
    needed(recipe, intent)
        .map(|name| Wish::besides(PackageName::new_unchecked(name), Want::Any, true))
        .into_iter()
        .collect()
}

fn needed(recipe: &Recipe, intent: &Intent) -> Option<&'static str> {
    let has = |is_it: &dyn Fn(&str) -> bool| intent.pins.iter().any(|pin| is_it(pin.name.as_normalized()));
    match recipe.kind() {
        ImageKind::Jupyter => (!has(&|name| name == KERNEL)).then_some(KERNEL),
        _ if recipe.jupyter => (!has(&|name| SERVERS.contains(&name))).then_some(SERVERS[0]),
        _ => None,
    }
}

/// The note on what was added.
///
/// # Errors
///
/// Where there is nothing to be started.
pub(super) fn added(recipe: &Recipe, intent: &Intent, records: &[RepoDataRecord]) -> miette::Result<Option<String>> {
    let is_there = |name: &str| records.iter().any(|it| it.package_record.name.as_normalized() == name);
    let is_jupyter = recipe.kind() == ImageKind::Jupyter;
    if recipe.jupyter && !is_jupyter && !SERVERS.iter().any(|name| is_there(name)) {
        return Err(miette!(
            code = "jupyter-missing",
            help = "add jupyterlab or notebook to the file in a version that goes with the rest, or build on `--base-image jupyter`, which has a server of its own",
            "--jupyter: neither jupyterlab nor notebook can be installed together with the rest"
        ));
    }
    let Some(name) = needed(recipe, intent) else { return Ok(None) };
    Ok(Some(if is_there(name) {
        format!("{name} is added from conda, so that notebooks can use the environment")
    } else {
        format!("{name} can't be installed together with the rest: notebooks can't use the environment")
    }))
}
