//! Wheels of `PyPI` among conda's packages, which are pip lines here.
//!
//! From conda 26.9 on, an export lists wheels that conda installed from the channel conda-pypi as ordinary lines, with builds
//! such as `py3_none_any_0`; `conda list --export` does the same with what pip installed, as `pypi_0`. That channel has
//! no repodata: its packages are those of `PyPI`, under the names that conda has for them.

use super::{Dependency, Environment, Located, Wanted};
use crate::{names::Names, words::and};

/// The channel of wheels.
const CHANNEL: &str = "conda-pypi";
/// So many are named.
const NAMED: usize = 5;

/// Makes pip lines, `name==version`, of the wheels among the dependencies, and says so.
pub(super) fn to_pip(environment: &mut Environment) {
    let has_channel = environment.channels.iter().any(|channel| channel.value == CHANNEL);
    let (mut wheels, mut others) = (Vec::new(), Vec::new());
    for dependency in std::mem::take(&mut environment.dependencies) {
        match requirement(&dependency, has_channel) {
            Some(requirement) => wheels.push((dependency, requirement)),
            None => others.push(dependency),
        }
    }
    environment.dependencies = others;
    let Some((first, _)) = wheels.first() else { return };
    let at = first.at.clone();
    let mut names: Vec<String> =
        wheels.iter().take(NAMED).map(|(it, _)| it.spec.name.as_normalized().to_owned()).collect();
    if wheels.len() > NAMED {
        names.push(format!("{} more", wheels.len() - NAMED));
    }
    let are = if wheels.len() == 1 { "is a wheel" } else { "are wheels" };
    environment.warn(&at, format!("{} {are} of PyPI: pip installs what conda did", and(&names)));
    environment.pip.extend(wheels.into_iter().map(|(it, value)| Located { value, at: it.at }));
}

/// The requirement of a wheel; `None` of any other package.
fn requirement(dependency: &Dependency, has_channel: bool) -> Option<String> {
    let spec = &dependency.spec;
    let build = spec.build.as_deref()?;
    let is_of_channel = spec.channel.as_deref().map_or(has_channel, |channel| channel == CHANNEL);
    if !(is_of_pip(build) || is_of_channel && is_wheel(build)) {
        return None;
    }
    let (Wanted::Exact(version) | Wanted::Like(version)) = &spec.version else { return None };
    let name = Names::default().of_name(spec.name.as_normalized())?;
    Some(format!("{name}=={}", version.as_str()))
}

/// `py3_none_any_0`.
fn is_wheel(build: &str) -> bool {
    let parts = build.strip_prefix("py").and_then(|rest| rest.split_once("_none_any_"));
    parts.is_some_and(|(python, number)| is_number(python) && is_number(number))
}

/// `pypi_0`.
fn is_of_pip(build: &str) -> bool {
    build.strip_prefix("pypi_").is_some_and(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}
