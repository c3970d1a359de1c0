//! What the lines ask for, held against what conda provides.

use pep508_rs::MarkerEnvironment;

use super::{
    PipFate, PipOutcome, PipRequest, Preference,
    provided::{AllProvided, Provided},
    refuse::PipRefusal,
    section::{PipSource, WantedLine},
};
use crate::environment::{Environment, Location};

/// What became of the lines.
#[derive(Debug, Default)]
pub(super) struct SettledLines {
    /// Those that pip is to install.
    pub wanted: Vec<WantedLine>,
    /// Those that it needn't, or mustn't.
    pub outcomes: Vec<PipOutcome>,
    /// Those that contradict what conda provides.
    pub refused: Vec<PipRefusal>,
    /// What conda provides and pip is to replace, as asked.
    pub replaced: Vec<String>,
}

/// Leaves out what is for another platform or Python, and what conda provides already. What conda provides in another
/// version than a line wants is refused, unless one of the two is preferred; if that is pip, conda provides it no more.
/// In an export, where both are wishes, the line gives way.
pub(super) fn settle(
    wanted: Vec<WantedLine>,
    provided: &mut AllProvided,
    markers: &MarkerEnvironment,
    request: &PipRequest,
) -> SettledLines {
    let PipRequest { environment, is_export, options, .. } = *request;
    let mut settled = SettledLines::default();
    for wanted in wanted {
        if !wanted.marker.evaluate(markers, &[]) {
            let why = "its marker is for another platform or Python".to_owned();
            settled.outcomes.push(PipOutcome::new(&wanted, PipFate::Gone { why }));
            continue;
        }
        let Some((name, it)) = wanted.name.as_ref().and_then(|name| Some((name, provided.get(name)?))) else {
            settled.wanted.push(wanted);
            continue;
        };
        let title = it.title();
        let version = it.version.to_string();
        if is_met(&wanted, it) {
            let extras = if wanted.extras.is_empty() {
                String::new()
            } else {
                format!("; what its extras {} need is not added", wanted.extras)
            };
            let why = format!("conda provides it as {title}{extras}");
            settled.outcomes.push(PipOutcome::new(&wanted, PipFate::Provided { version, why }));
            continue;
        }
        let replaced = |why: String| PipOutcome::new(&wanted, PipFate::Replaced { version, why });
        match options.preference {
            Some(Preference::Conda) => {
                settled.outcomes.push(replaced(format!("conda's {title} is preferred, as asked")));
            }
            Some(Preference::Pip) => {
                settled.replaced.push(title);
                provided.remove(&name.clone());
                settled.wanted.push(wanted);
            }
            None if is_export => {
                let why = match conda_line(environment, &it.conda) {
                    Some(at) => format!("conda has {title} (line {}); --prefer-pip takes pip's", at.line),
                    None => format!(
                        "conda brings in {title} for others, and can't have the other version; --prefer-pip takes pip's"
                    ),
                };
                settled.outcomes.push(replaced(why));
            }
            None => settled.refused.push(contradiction(&wanted, it, environment)),
        }
    }
    settled
}

fn is_met(wanted: &WantedLine, it: &Provided) -> bool {
    match &wanted.source {
        PipSource::Index(versions) => versions.contains(&it.version),
        PipSource::Git(_) | PipSource::File(_) => false,
    }
}

fn contradiction(wanted: &WantedLine, it: &Provided, environment: &Environment) -> PipRefusal {
    let line = conda_line(environment, &it.conda);
    let from = match &line {
        Some(at) => format!("line {}", at.line),
        None => "no line of the file pins it".to_owned(),
    };
    let message = format!("`{}` contradicts conda, which provides {} ({from})", wanted.line.shown(), it.title());
    let help = "let both lines name the same version, or say which one counts: --prefer-conda drops the pip line, \
                --prefer-pip lets pip install its version over conda's";
    let mut refusal = PipRefusal::new(&wanted.line, message, help.to_owned(), String::new());
    refusal.also.extend(line.map(|at| (at, format!("conda has {}", it.title()))));
    refusal.can_be_left_out = false;
    refusal
}

/// Where the file names a conda package.
fn conda_line(environment: &Environment, conda: &str) -> Option<Location> {
    let named = environment.dependencies.iter().find(|it| it.spec.name.as_normalized() == conda);
    named.map(|it| it.at.clone())
}
