//! Where conda and micromamba keep environments on this machine, and which of them is active.
//!
//! Sources: `envs_dirs`, `root_prefix` and `locate_prefix_by_name` in `conda/base/context.py`; `conda/core/envs_manager.py`
//! for `environments.txt`; `libmamba/src/api/configuration.cpp` for the root of micromamba.

use std::path::{Path, PathBuf};

use super::{Machine, Surroundings};
use crate::limits::INPUT;

/// What is below the directory of an environment, and nowhere else.
const META: &str = "conda-meta";
/// The directory of a root in which its environments are.
const ENVS: &str = "envs";
/// The programs that export environments, by the names that they have on the path.
const PROGRAMS: [&str; 3] = ["conda", "mamba", "micromamba"];
/// Where installers put conda and micromamba, below the user's own directory.
const USUAL: [&str; 9] = [
    "miniforge3",
    "miniconda3",
    "anaconda3",
    "mambaforge",
    "micromamba",
    ".local/share/mamba",
    "opt/miniconda3",
    "opt/anaconda3",
    "AppData/Local/miniforge3",
];
/// Where they put it for all users of a machine.
const SHARED: [&str; 6] = [
    "opt/conda",
    "opt/miniconda3",
    "opt/anaconda3",
    "opt/homebrew/Caskroom/miniforge/base",
    "opt/homebrew/Caskroom/miniconda/base",
    "usr/local/Caskroom/miniconda/base",
];

/// An environment, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its directory.
    pub prefix: PathBuf,
    /// Its name: that of its directory, or `base`.
    pub name: String,
}

/// What is active in the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Active {
    /// An environment of conda.
    Conda(Found),
    /// A virtual environment of Python's own.
    Virtual(PathBuf),
    /// Nothing.
    Nothing,
}

/// A program that writes environment files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exporter(&'static str);

/// There is no environment of a name; there are these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchEnvironment {
    /// The names of others, in order.
    pub others: Vec<String>,
}

impl Exporter {
    /// The one that is on the path.
    #[must_use]
    pub fn on_path(around: &Surroundings) -> Option<Self> {
        let directories = around.paths("PATH");
        let is_there = |name: &str| {
            let files = [name.to_owned(), format!("{name}.exe"), format!("{name}.bat")];
            directories.iter().any(|directory| files.iter().any(|file| directory.join(file).is_file()))
        };
        PROGRAMS.into_iter().find(|name| is_there(name)).map(Self)
    }

    /// The command that exports the active environment.
    #[must_use]
    pub fn command(self) -> String {
        format!("{} env export > environment.yml", self.0)
    }
}

impl Active {
    /// What is active in a shell.
    #[must_use]
    pub fn of(around: &Surroundings) -> Self {
        match (around.path("CONDA_PREFIX"), around.path("VIRTUAL_ENV")) {
            (Some(prefix), _) => Self::Conda(Found::at(prefix, around)),
            (None, Some(directory)) => Self::Virtual(directory),
            (None, None) => Self::Nothing,
        }
    }

    /// The virtual environment that is active on top of one of conda.
    #[must_use]
    pub fn on_top(around: &Surroundings) -> Option<PathBuf> {
        around.path("CONDA_PREFIX").and(around.path("VIRTUAL_ENV"))
    }
}

impl Found {
    /// The environment in a directory.
    #[must_use]
    pub fn at(prefix: PathBuf, around: &Surroundings) -> Self {
        let is_root = roots(around).contains(&prefix);
        let of_directory = || prefix.canonicalize().unwrap_or_else(|_| prefix.clone());
        let name = if is_root { None } else { of_directory().file_name().map(|it| it.to_string_lossy().into_owned()) };
        Self { name: name.unwrap_or_else(|| "base".to_owned()), prefix }
    }
}

impl Machine {
    /// The environment of a name, or in a directory: a text with a separator in it is one, or one that begins with `.` or
    /// `~`; and so is what is no name of an environment, if it is a directory with one.
    ///
    /// # Errors
    ///
    /// Where there is none of that name.
    pub fn environment(&self, named: &str, around: &Surroundings) -> Result<Found, NoSuchEnvironment> {
        let path = around.user_path(named);
        if named.contains(['/', '\\']) || named.starts_with(['.', '~']) {
            return Ok(Found::at(path, around));
        }
        if named == "base"
            && let Some(prefix) = roots(around).into_iter().find(|root| is_environment(root))
        {
            return Ok(Found { prefix, name: named.to_owned() });
        }
        let directories = self.directories(around);
        let registered = registered(around);
        let by_name = directories.iter().map(|directory| directory.join(named));
        let is_it = |path: &&PathBuf| path.file_name().is_some_and(|it| it == named);
        let known = by_name.chain(registered.iter().filter(is_it).cloned()).chain([path]);
        match known.into_iter().find(|path| is_environment(path)) {
            Some(prefix) => Ok(Found { prefix, name: named.to_owned() }),
            None => Err(NoSuchEnvironment { others: names(&directories, &registered, around) }),
        }
    }

    /// The names of the environments of this machine, in order.
    #[must_use]
    pub fn environment_names(&self, around: &Surroundings) -> Vec<String> {
        names(&self.directories(around), &registered(around), around)
    }

    /// Where environments are: what variables say, what `.condarc` says, and then what is usual.
    fn directories(&self, around: &Surroundings) -> Vec<PathBuf> {
        let said = ["CONDA_ENVS_PATH", "CONDA_ENVS_DIRS"].into_iter().flat_map(|it| around.paths(it));
        let of_roots = roots(around).into_iter().map(|root| root.join(ENVS));
        let own = around.home(".conda/envs");
        let mut found: Vec<PathBuf> = Vec::new();
        for directory in said.chain(self.environments.iter().cloned()).chain(of_roots).chain(own) {
            if !found.contains(&directory) {
                found.push(directory);
            }
        }
        found
    }
}

fn is_environment(directory: &Path) -> bool {
    directory.join(META).is_dir()
}

/// The roots of conda and micromamba that variables, the path and custom lead to.
fn roots(around: &Surroundings) -> Vec<PathBuf> {
    let said = ["CONDA_ROOT", "MAMBA_ROOT_PREFIX"].into_iter().filter_map(|it| around.path(it));
    let programs = around.path("CONDA_EXE").into_iter().chain(
        around.paths("PATH").into_iter().flat_map(|directory| ["conda", "conda.exe"].map(|it| directory.join(it))),
    );
    let of_programs = programs.filter_map(|program| root_of(&program));
    let of_active = around.path("CONDA_PREFIX").and_then(|prefix| {
        let above = prefix.parent().filter(|it| it.file_name().is_some_and(|name| name == ENVS));
        above
            .and_then(Path::parent)
            .map(Path::to_owned)
            .or_else(|| prefix.join(ENVS).is_dir().then_some(prefix.clone()))
    });
    let usual = USUAL.into_iter().filter_map(|it| around.home(it));
    let shared = SHARED.into_iter().filter_map(|it| Some(around.root.as_ref()?.join(it)));
    let all = said.chain(of_programs).chain(of_active).chain(usual).chain(shared);
    let mut found: Vec<PathBuf> = Vec::new();
    for root in all.filter(|root| is_environment(root) || root.join(ENVS).is_dir()) {
        if !found.contains(&root) {
            found.push(root);
        }
    }
    found
}

/// The root that a program of conda's belongs to: `ROOT/bin/conda`, `ROOT/condabin/conda`, `ROOT\Scripts\conda.exe`.
fn root_of(program: &Path) -> Option<PathBuf> {
    let real = program.canonicalize().ok()?;
    real.parent()?.parent().map(Path::to_owned)
}

/// The environments that conda keeps a list of, wherever they are.
fn registered(around: &Surroundings) -> Vec<PathBuf> {
    let file = around.home(".conda/environments.txt");
    let text = file.and_then(|file| INPUT.read_text(&file).ok()).unwrap_or_default();
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(PathBuf::from).collect()
}

/// The names of all environments in directories and in a list.
fn names(directories: &[PathBuf], registered: &[PathBuf], around: &Surroundings) -> Vec<String> {
    let entries = directories.iter().flat_map(|it| it.read_dir().into_iter().flatten().flatten());
    let within = entries.map(|entry| entry.path()).chain(registered.iter().cloned());
    let found = within.filter(|path| is_environment(path)).map(|path| Found::at(path, around).name);
    let base = roots(around).iter().any(|root| is_environment(root)).then(|| "base".to_owned());
    let mut names: Vec<String> = found.chain(base).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// A home with a root in the usual place, and environments in it and elsewhere.
    fn home() -> TempDir {
        let home = tempfile::tempdir().unwrap();
        for prefix in
            ["miniforge3", "miniforge3/envs/web", "miniforge3/envs/no", "elsewhere/gpu", "said/web", "mamba/envs/old"]
        {
            fs::create_dir_all(home.path().join(prefix).join(META)).unwrap();
        }
        fs::remove_dir(home.path().join("miniforge3/envs/no").join(META)).unwrap();
        fs::create_dir_all(home.path().join(".conda")).unwrap();
        let list = format!("{}\n/no/such/env\n\n", home.path().join("elsewhere/gpu").display());
        fs::write(home.path().join(".conda/environments.txt"), list).unwrap();
        home
    }

    fn around(home: &TempDir, variables: &[(&str, &str)]) -> Surroundings {
        let in_home = |value: &str| value.replace('~', home.path().to_str().unwrap());
        let variables = variables.iter().map(|(name, value)| (name.into(), in_home(value).into()));
        Surroundings { home: Some(home.path().to_owned()), variables: variables.collect(), ..Surroundings::default() }
    }

    /// Where an environment is found, below the home.
    fn find(home: &TempDir, named: &str, variables: &[(&str, &str)]) -> Result<String, Vec<String>> {
        let around = around(home, variables);
        let found = Machine::of(&around, false).environment(named, &around).map_err(|why| why.others)?;
        Ok(found.prefix.strip_prefix(home.path()).unwrap_or(&found.prefix).display().to_string())
    }

    #[test]
    fn names_are_looked_for_where_conda_and_micromamba_do() {
        let home = home();
        let of = |named: &str, variables: &[(&str, &str)]| find(&home, named, variables);
        assert_eq!(of("web", &[]).unwrap(), "miniforge3/envs/web");
        assert_eq!(of("base", &[]).unwrap(), "miniforge3");
        assert_eq!(of("gpu", &[]).unwrap(), "elsewhere/gpu", "of the list");
        assert_eq!(of("old", &[]), Err(vec!["base".to_owned(), "gpu".to_owned(), "web".to_owned()]));
        assert_eq!(of("old", &[("MAMBA_ROOT_PREFIX", "~/mamba")]).unwrap(), "mamba/envs/old");
        assert_eq!(of("old", &[("CONDA_PREFIX", "~/mamba/envs/old")]).unwrap(), "mamba/envs/old");
        for variable in ["CONDA_ENVS_PATH", "CONDA_ENVS_DIRS"] {
            assert_eq!(of("web", &[(variable, "~/nowhere:~/said")]).unwrap(), "said/web", "{variable}");
        }
        assert_eq!(of("~/said/web", &[]).unwrap(), "said/web");
        assert_eq!(of("./web", &[]).unwrap(), "./web", "a path, whatever is there");
        assert!(of("no", &[]).is_err() && of("", &[]).is_err() && of("..", &[]).is_ok());

        fs::write(home.path().join(".condarc"), "envs_dirs:\n  - ~/said\n").unwrap();
        assert_eq!(of("web", &[]).unwrap(), "said/web");
        fs::write(home.path().join(".condarc"), "envs_path: ~/said\n").unwrap();
        assert_eq!(of("web", &[]).unwrap(), "said/web");
        fs::write(home.path().join(".condarc"), "envs_dirs: {a: b}\n").unwrap();
        assert_eq!(of("web", &[]).unwrap(), "miniforge3/envs/web");
    }

    #[test]
    fn what_is_active_is_named_as_conda_names_it() {
        let home = home();
        let of = |variables: &[(&str, &str)]| match Active::of(&around(&home, variables)) {
            Active::Conda(found) => found.name,
            Active::Virtual(_) => "virtual".to_owned(),
            Active::Nothing => "nothing".to_owned(),
        };
        assert_eq!(of(&[("CONDA_PREFIX", "~/miniforge3/envs/web"), ("VIRTUAL_ENV", "~/venv")]), "web");
        assert_eq!(of(&[("CONDA_PREFIX", "~/miniforge3")]), "base");
        assert_eq!(of(&[("VIRTUAL_ENV", "~/venv")]), "virtual");
        assert_eq!(of(&[("CONDA_PREFIX", "")]), "nothing");
    }

    #[test]
    fn the_first_program_on_the_path_exports() {
        let home = home();
        let bin = home.path().join("bin");
        fs::create_dir(&bin).unwrap();
        let of = || Exporter::on_path(&around(&home, &[("PATH", "/nowhere:~/bin")])).map(Exporter::command);
        assert_eq!(of(), None);
        fs::write(bin.join("micromamba"), "").unwrap();
        assert_eq!(of().as_deref(), Some("micromamba env export > environment.yml"));
        fs::write(bin.join("conda.bat"), "").unwrap();
        assert_eq!(of().as_deref(), Some("conda env export > environment.yml"));
    }
}
