//! The `RUN` instructions that install what pip installs.
//!
//! They name files by their addresses with their hashes, so pip resolves nothing and asks no index. Wheels come first,
//! since archives and repositories may be built with them; those are built one by one, without a build environment
//! that pip would fetch from somewhere.

use super::{
    install::{INDENT, otherwise},
    layers,
    place::SCRATCH,
    quote::{comment, shell},
};
use crate::{
    lockfile::{Lockfile, Package},
    pypi,
};

/// One instruction for each layer; mostly there is one. None where pip has nothing to install.
pub(super) fn instructions(lockfile: &Lockfile) -> Vec<String> {
    let packages: Vec<&Package> = lockfile.pip_packages().collect();
    let (wheels, sources): (Vec<&Package>, Vec<&Package>) = packages.iter().partition(|package| is_wheel(package));
    let pip = Pip::of(lockfile);
    let mut steps: Vec<Step> = Vec::new();
    let lists = layers::split(wheels, layers::LIMIT, |package| line(package).len() + INDENT.len() + 1);
    steps.extend(lists.iter().enumerate().map(|(index, wheels)| pip.install_wheels(index + 1, wheels)));
    steps.extend(sources.iter().map(|package| pip.install_source(package)));
    let layers = layers::split(steps, layers::LIMIT, |step| step.iter().map(|command| command.len() + 5).sum());
    let count = layers.len();
    let has_git = sources.iter().any(|package| is_git(package));
    let instruction = |(index, layer): (usize, &Vec<Step>)| {
        let mut commands = if index == 0 { before(has_git) } else { Vec::new() };
        commands.extend(layer.iter().flatten().cloned());
        if index + 1 == count {
            commands.extend(after());
        }
        let title = match count {
            1 => "The packages of the pip section.".to_owned(),
            _ => format!("The packages of the pip section, part {} of {count}.", index + 1),
        };
        format!("{}RUN {}\n", comment(&title), commands.join(" \\\n && "))
    };
    layers.iter().enumerate().map(instruction).collect()
}

/// Commands that belong together.
type Step = Vec<String>;

/// How pip is called.
struct Pip {
    install: String,
}

impl Pip {
    /// The pip of a lock. Without an index, neither pip nor what a build asks of it can fetch what isn't named here.
    fn of(lockfile: &Lockfile) -> Self {
        let pip = lockfile.conda_packages().find(|package| package.name == "pip");
        let options = pypi::install_options(pip.map(|pip| &*pip.version));
        let (first, second) = options.split_at(3);
        Self {
            install: format!(
                "HOME={SCRATCH} PIP_NO_INDEX=1 python -m pip install {} \\\n{INDENT}{}",
                first.join(" "),
                second.join(" ")
            ),
        }
    }

    fn install_wheels(&self, number: usize, wheels: &[&Package]) -> Step {
        let list = format!("{SCRATCH}/wheels-{number}.txt");
        let words: Vec<String> = wheels.iter().map(|package| shell(&line(package))).collect();
        vec![
            format!("printf '%s\\n' \\\n{INDENT}{} \\\n{INDENT}> {list}", words.join(&format!(" \\\n{INDENT}"))),
            format!("{} --require-hashes --requirement {list}", self.install),
        ]
    }

    /// Of a repository the commit is the hash, which pip doesn't take for one.
    fn install_source(&self, package: &Package) -> Step {
        if is_git(package) {
            return vec![format!("{} {}", self.install, shell(&package.url))];
        }
        let hash = package.hash.sha256.as_deref().unwrap_or_default();
        // A fragment is there already where the package lies deeper in the archive.
        let mark = if package.url.contains('#') { '&' } else { '#' };
        let address = shell(&format!("{}{mark}sha256={hash}", package.url));
        vec![format!("{} --require-hashes \\\n{INDENT}{address}", self.install)]
    }
}

fn is_wheel(package: &Package) -> bool {
    pypi::is_wheel(&package.url)
}

fn is_git(package: &Package) -> bool {
    package.url.starts_with("git+")
}

/// A line of a requirements file: the address, and the hash that pip checks.
fn line(package: &Package) -> String {
    format!("{} --hash=sha256:{}", package.url, package.hash.sha256.as_deref().unwrap_or_default())
}

/// What pip needs is there. What conda's packages lack by pip's reckoning is noted: that isn't the pip section's doing.
fn before(has_git: bool) -> Step {
    let pip = "envlock: the environment has no pip, which installs the pip section.";
    let git = "envlock: the image has no git, which fetches a part of the pip section. Add git to the dependencies.";
    let mut commands = vec![otherwise("python -m pip --version", pip, None)];
    if has_git {
        commands.push(otherwise("command -v git > /dev/null", git, None));
    }
    commands.push(format!("mkdir -p {SCRATCH}"));
    // An old setuptools would fetch what a build asks for by itself.
    commands.push(format!("printf '[easy_install]\\nallow_hosts = None\\n' > {SCRATCH}/.pydistutils.cfg"));
    commands.push(format!("(python -m pip check > {SCRATCH}/before || true)"));
    commands
}

/// `pip check` has nothing to complain of that it hadn't before.
fn after() -> Step {
    let sentence = "envlock: the packages of the pip section don't agree with each other or with conda's:";
    vec![
        format!("(python -m pip check > {SCRATCH}/after || true)"),
        format!("sort -o {SCRATCH}/before {SCRATCH}/before"),
        format!("sort -o {SCRATCH}/after {SCRATCH}/after"),
        format!("comm -13 {SCRATCH}/before {SCRATCH}/after > {SCRATCH}/new"),
        format!("sed -e '/^No broken requirements found/d' {SCRATCH}/new > {SCRATCH}/complaints"),
        otherwise(&format!("test ! -s {SCRATCH}/complaints"), sentence, Some(&format!("{SCRATCH}/complaints"))),
        format!("rm -r {SCRATCH}"),
    ]
}
