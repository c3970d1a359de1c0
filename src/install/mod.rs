//! A lock becomes an environment: its packages are downloaded, checked and linked, and then pip installs the rest.
//!
//! Everything is downloaded and checked before the prefix is touched, so that a wrong hash or a package that has
//! vanished leaves it as it was. What is broken off after that is finished by the next installation of the same list.

mod archive;
mod begun;
mod beneath;
mod cache;
mod confined;
mod consistent;
mod contents;
mod distributions;
mod download;
mod environment;
mod error;
mod fetch;
mod files;
mod link;
mod list;
mod pip;
mod reserved;
mod tree;
mod unpack;

use std::{
    collections::{BTreeSet, HashMap},
    io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use rattler_conda_types::{RepoDataRecord, Subdir};

pub use self::{archive::Archive, error::InstallError, list::List};
use self::{distributions::remove_others, environment::PrefixEnvironment, link::LinkPlan};
use crate::{
    channel::mirrors,
    http::{Client, Limits},
    lockfile::PLATFORM,
    machine::Machine,
    progress::{Events, Progress},
};

/// How to install.
#[derive(Clone, Debug)]
pub struct InstallOptions {
    /// Whether to use only packages that are cached or on this disk.
    pub offline: bool,
    /// Whether source distributions and repositories are built, which runs their code.
    pub allow_build: bool,
    /// Whether packages may run scripts of theirs once they are linked, and before they go.
    pub run_link_scripts: bool,
    /// Where packages are cached.
    pub cache_dir: PathBuf,
    /// How much patience there is with servers.
    pub limits: Limits,
    /// What this machine is set up with.
    pub machine: Arc<Machine>,
    /// What hears of it meanwhile.
    pub events: Arc<dyn Events>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// How many conda packages the environment has now.
    pub conda: usize,
    /// How many of them it had already.
    pub kept: usize,
    /// How many conda packages were taken away.
    pub removed: usize,
    /// How many packages pip was given.
    pub pip: usize,
    /// How many packages of pip's were taken away.
    pub pip_removed: usize,
    /// Scripts of packages which weren't run, by their paths in the prefix.
    pub scripts: Vec<String>,
}

/// Installs a list into a prefix, which becomes the environment of a lock, or gains the packages of an explicit list.
///
/// # Errors
///
/// On another platform than linux-64, where the prefix holds something else than an environment, and where something
/// can't be downloaded, isn't what the list says, or can't be linked.
pub async fn install(list: &List, prefix: &Path, options: &InstallOptions) -> Result<Installed, InstallError> {
    check_platform(Subdir::current())?;
    let prefix = whole(prefix).map_err(|source| InstallError::prefix(prefix, source))?;
    if prefix.to_str().is_none() {
        let reason = "its path isn't UTF-8".to_owned();
        return Err(InstallError::PrefixPath { prefix: prefix.display().to_string(), reason });
    }
    if options.run_link_scripts && prefix.to_string_lossy().contains(['$', '`', '"', '\\']) {
        return Err(InstallError::ScriptPrefix { prefix: prefix.display().to_string() });
    }
    let built: Vec<String> = list.pip.iter().filter(|it| it.is_built()).map(|it| it.name.to_string()).collect();
    if !options.allow_build && !built.is_empty() {
        return Err(InstallError::Build { names: built });
    }
    environment::check(&prefix)?;
    for note in &list.notes {
        options.events.note(&format!("note: {note}"));
    }
    let progress = Progress::new(&options.events, "Fetching packages");
    let InstallOptions { limits, machine, .. } = options;
    let client = Client::with_mirrors(mirrors(machine), Vec::new(), machine, *limits, progress.clone());
    let (pkgs, offline) = (options.cache_dir.join("pkgs"), options.offline);
    let mut packages = fetch::fetch(&list.packages, &pkgs, &client, offline, &progress).await?;
    let files = files::fetch(&list.pip, &options.cache_dir.join("files"), &client, offline, &progress).await?;

    let mut environment = PrefixEnvironment::enter(&prefix, options.events.as_ref())?;
    let before = environment.records()?;
    let waiting = if options.run_link_scripts { environment.waiting()? } else { BTreeSet::new() };
    let of_pip = list.pip.iter().map(|it| it.name.normalized().to_owned()).collect();
    let (is_whole, is_unfinished) = (list.is_whole, environment.is_unfinished());
    let plan = LinkPlan::new(&prefix, before, &packages, is_whole, is_unfinished, &waiting, &of_pip)?;
    // With another Python, packages that are there already are linked anew.
    let is_fetched = |record: &RepoDataRecord| packages.iter().any(|it| it.record == *record);
    let missing = plan.added().into_iter().filter(|it| !is_fetched(it)).map(Archive::of_record);
    let missing = missing.collect::<Result<Vec<_>, _>>()?;
    packages.extend(fetch::fetch(&missing, &pkgs, &client, offline, &progress).await?);
    progress.rest();
    let linking = options.events.begin("Linking packages");
    let by_name: HashMap<_, _> = packages.iter().map(|it| (&it.record.package_record.name, it)).collect();
    let added: Vec<_> = plan.added().iter().filter_map(|it| by_name.get(&it.package_record.name).copied()).collect();
    let contents = contents::read(&added, plan.python())?;
    plan.check(&environment, &contents)?;

    let site = plan.python().map(|it| it.site_packages_path.clone());
    let inner = environment.begin(&plan.touched(&contents))?;
    let link = || plan.carry_out(&environment, &inner, &added, &contents, options.run_link_scripts, linking.as_ref());
    // Scripts of packages do what they like.
    let linked = if options.run_link_scripts { link().await? } else { environment.confined(link)? };
    drop(linking);
    let pip_removed =
        if is_whole { remove_others(&environment, &environment.records()?, site.as_deref(), &of_pip) } else { 0 };
    let pip = options.events.begin("Installing with pip");
    pip::install(&prefix, &files, &options.cache_dir)?;
    drop(pip);
    environment.finish();
    Ok(Installed { pip: files.len(), pip_removed, ..linked })
}

/// The whole path of a prefix. It stands in files of packages, and is what it is wherever one was when it was made: without `..`.
fn whole(prefix: &Path) -> io::Result<PathBuf> {
    // Without a slash at its end.
    let path: PathBuf = std::path::absolute(prefix)?.components().collect();
    if !path.components().any(|it| it == Component::ParentDir) {
        return Ok(path);
    }
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            // What is above a link is above what it leads to.
            Component::ParentDir => {
                whole = whole.canonicalize()?;
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    Ok(whole)
}

/// The packages are for one platform. On another, an environment of them would be of no use.
fn check_platform(current: Option<Subdir>) -> Result<(), InstallError> {
    match current {
        Some(Subdir::Linux64) => Ok(()),
        other => Err(InstallError::Platform {
            lock: PLATFORM,
            here: other.map_or_else(|| "of another kind".to_owned(), |subdir| subdir.to_string()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_prefix_has_no_way_back_in_it() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        for (path, expected) in [
            ("a/b/../../env", "env"),
            ("a/b/", "a/b"),
            ("a//c/", "a/c"),
            ("a/../env/x", "env/x"),
            ("a/b", "a/b"),
            ("none", "none"),
        ] {
            assert_eq!(whole(&root.join(path)).unwrap(), root.join(expected), "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("a/b", root.join("link")).unwrap();
            assert_eq!(whole(&root.join("link/../env")).unwrap(), root.join("a/env"));
            assert_eq!(whole(&root.join("link/env")).unwrap(), root.join("link/env"));
        }
        assert!(whole(&root.join("none/../env")).is_err());
    }

    #[test]
    fn other_platforms_are_refused() {
        assert!(check_platform(Some(Subdir::Linux64)).is_ok());
        for other in [Some(Subdir::LinuxAarch64), Some(Subdir::OsxArm64), Some(Subdir::Win64), None] {
            let error = check_platform(other).unwrap_err();
            assert!(error.to_string().starts_with("the packages are for linux-64, and this machine is "), "{error}");
        }
    }
}
