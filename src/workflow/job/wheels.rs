//! What becomes of lines for which there is no conda package, where a channel has wheels: pip installs one that will do.
//!
//! Which will do depends on the Python of the environment, so that it is settled between the conda packages and the pip
//! section. What a wheel needs by conda's names comes from conda where a channel has it, and else as a wheel of a channel; the
//! rest is pip's to find.

use std::collections::{BTreeMap, BTreeSet};

use miette::miette;
use rattler_conda_types::PackageName;

use super::{Job, Solved, of};
use crate::{
    base::match_spec,
    channel::{Channel, Place, Records},
    environment::Location,
    http::clean,
    intent::{Pin, Want, Wish},
    lockfile::{Artifact, LockError, Requested},
    pypi::{ChosenWheel, Line, PipLock, Role, WheelRequest, choose_wheel},
    report::WheelFate,
    solve::{Fate, Reason},
};

/// The wheels that pip is to install for lines of `dependencies:`.
#[derive(Clone, Debug, Default)]
pub(in crate::workflow) struct Wheels {
    pub(super) granted: Vec<GrantedWheel>,
    /// Why a line gets none.
    refused: BTreeMap<PackageName, String>,
    /// What conda is to bring for them.
    needs: Vec<Wish>,
}

/// A wheel that pip is to install.
#[derive(Clone, Debug)]
pub(in crate::workflow) struct GrantedWheel {
    /// The package as the file or another wheel has it.
    package: PackageName,
    /// The line that a pip section would have. It may hold credentials.
    pub(super) line: Line,
    chosen: ChosenWheel,
    /// The channel, by name.
    channel: String,
    /// Whether a line of the file asks for it, and not only another wheel.
    pub(super) is_asked: bool,
    /// What it needs that comes as a wheel, too. Without that it is refused: who looks elsewhere may find something else of
    /// that name.
    needs: Vec<PackageName>,
}

/// What is asked for and may come as a wheel.
struct AskedWheel<'a> {
    package: PackageName,
    want: Want,
    extras: Vec<String>,
    /// The channel that it is to be from.
    channel: Option<String>,
    /// The line that it is for, in the end.
    at: &'a Location,
    /// Whether it is that line which asks for it.
    is_asked: bool,
}

impl Wheels {
    /// The wheels for the lines that conda has nothing for.
    pub(super) fn of(job: &Job, records: &Records, solved: &Solved) -> Self {
        let mut wheels = Self::default();
        let gone = solved.solution.outcomes.iter().filter_map(|outcome| {
            let is_missing = matches!(outcome.fate, Fate::Gone { reason: Reason::NoSuchName });
            Some(&outcome.pin).filter(|pin| is_missing && !records.only_wheels(pin.name.as_normalized()).is_empty())
        });
        let mut open: Vec<AskedWheel> = gone.filter_map(|pin| AskedWheel::of_pin(pin, job)).collect();
        open.reverse();
        let lines: BTreeSet<PackageName> = open.iter().map(|it| it.package.clone()).collect();
        if job.options().leaves_pip_out() {
            let why = "channels have it as wheels alone, which pip installs, and --no-pip leaves that out";
            wheels.refused = lines.into_iter().map(|name| (name, why.to_owned())).collect();
            return wheels;
        }
        if open.is_empty() {
            return wheels;
        }
        let mut seen = lines.clone();
        while let Some(asked) = open.pop() {
            match wheels.choose(&asked, job, records, solved) {
                Ok(None) => {}
                Ok(Some(mut granted)) => {
                    for need in needs(&granted.chosen, asked.at) {
                        let name = need.package.as_normalized();
                        if !records.only_wheels(name).is_empty() {
                            granted.needs.push(need.package.clone());
                            if seen.insert(need.package.clone()) {
                                open.push(need);
                            }
                        } else if !records.get(name).is_empty() && !is_named(job, name) {
                            wheels.needs.push(Wish::besides(need.package, need.want, true));
                        }
                    }
                    wheels.granted.push(granted);
                }
                Err(why) => {
                    wheels.refused.insert(asked.package, why);
                }
            }
        }
        while let Some((place, why)) = (0..).zip(&wheels.granted).find_map(|(at, it)| Some((at, wheels.lacking(it)?))) {
            let granted = wheels.granted.remove(place);
            wheels.refused.insert(granted.package, why);
        }
        let has = |name: &str| solved.solution.records.iter().any(|it| it.package_record.name.as_normalized() == name);
        if !wheels.granted.is_empty() || !has("python") {
            // It brings a Python along.
            wheels.needs.push(Wish::besides(PackageName::new_unchecked("pip"), Want::Any, true));
        }
        if !has("pip") {
            let why = "channels have it as wheels alone, which pip installs, and no channel has a pip for its Python";
            let refused = std::mem::take(&mut wheels.granted).into_iter().map(|it| (it.package, why.to_owned()));
            wheels.refused.extend(refused);
        }
        wheels
    }

    /// The wheel; `None` where another wheel needs what is there already.
    fn choose(
        &self,
        asked: &AskedWheel,
        job: &Job,
        records: &Records,
        solved: &Solved,
    ) -> Result<Option<GrantedWheel>, String> {
        let channels = of(records, &job.channels);
        let may_be_from = |rank: usize| {
            let channel = channels.get(rank);
            asked.channel.as_ref().is_none_or(|named| channel.is_some_and(|channel| channel.is(named)))
        };
        let mut served = records.only_wheels(asked.package.as_normalized()).to_vec();
        served.retain(|wheel| may_be_from(wheel.channel));
        let chosen = choose_wheel(&WheelRequest {
            wheels: &served,
            want: &asked.want,
            records: &solved.solution.records,
            virtual_packages: &job.virtual_packages,
            names: &job.pip_options.names,
            as_of: job.pip_as_of(&solved.times),
            held: &solved.held,
        })?;
        let own = chosen.name.as_ref();
        let other = self.granted.iter().find(|it| it.chosen.name == chosen.name);
        let there = if job.pip.iter().any(|line| Requested::pip(&line.text).name() == own) {
            Some(format!("a line of the pip section asks for {own}"))
        } else {
            other.map(|other| format!("{} comes for {}", other.chosen.file, other.package.as_normalized()))
        };
        if let Some(there) = there {
            return if asked.is_asked { Err(there) } else { Ok(None) };
        }
        let channel = channels.get(chosen.wheel.channel);
        let extras = if asked.extras.is_empty() { String::new() } else { format!("[{}]", asked.extras.join(",")) };
        let line = Line {
            text: format!("{own}{extras} @ {}", fetched_from(&chosen, channel)),
            at: asked.at.clone(),
            from: None,
            is_constraint: false,
            unreadable: None,
        };
        let channel = channel.map(|channel| channel.name.clone()).unwrap_or_default();
        let (package, is_asked, needs) = (asked.package.clone(), asked.is_asked, Vec::new());
        Ok(Some(GrantedWheel { package, line, chosen, channel, is_asked, needs }))
    }

    /// What conda is to bring so that they can be installed.
    pub(super) fn needs(&self) -> Vec<Wish> {
        self.needs.clone()
    }

    /// What a wheel needs that should have come as a wheel and doesn't, with the reason.
    pub(super) fn lacking(&self, granted: &GrantedWheel) -> Option<String> {
        let (name, why) = granted.needs.iter().find_map(|name| Some((name, self.refused.get(name)?)))?;
        Some(format!("{} needs {}: {why}", granted.chosen.file, name.as_normalized()))
    }

    /// Refuses one that pip can't install with the rest.
    pub(super) fn refuse(&mut self, granted: GrantedWheel) {
        let other =
            || format!("pip can't install {} of {} with what else is there", granted.chosen.file, granted.channel);
        let why = self.lacking(&granted).unwrap_or_else(other);
        self.refused.insert(granted.package, why);
    }

    /// Holds what was locked against what the channels say of the wheels, and takes the outcomes of their lines out of those
    /// of the pip section.
    ///
    /// # Errors
    ///
    /// Where a file isn't the one that its channel means.
    pub(super) fn settle(&mut self, locked: &mut PipLock) -> miette::Result<()> {
        for granted in std::mem::take(&mut self.granted) {
            let text = granted.line.shown();
            let place = locked.outcomes.iter().position(|it| it.text == text && it.line == granted.line.at.line);
            let outcome = place.map(|place| locked.outcomes.remove(place));
            let not_by_pip = outcome.as_ref().and_then(|outcome| outcome.not_by_pip()).map(str::to_owned);
            let ChosenWheel { name, file, wheel } = &granted.chosen;
            let package = locked.packages.iter_mut().find(|it| it.name == *name);
            let (Some(package), None) = (package, &not_by_pip) else {
                let why = not_by_pip.unwrap_or_else(|| format!("pip doesn't install {file}"));
                self.refused.insert(granted.package, why);
                continue;
            };
            let (expected, found) = (wheel.sha256, package.artifact.sha256());
            if found != expected {
                return Err(miette!(
                    code = "wheel-hash",
                    help = "the channel and its server contradict each other: try again later, or tell whoever runs the \
                            channel; --no-pip leaves the wheel out",
                    "{}: the channel says that {file} has the SHA-256 {}, and what is there has {}",
                    granted.channel,
                    expected.map(const_hex::encode).unwrap_or_default(),
                    found.map(const_hex::encode).unwrap_or_default()
                ));
            }
            let hash = expected.map(const_hex::encode).unwrap_or_default();
            let unlockable = |(reason, _)| LockError::Unlockable { name: name.to_string(), reason };
            package.artifact = Artifact::pip(&clean(&wheel.url), &hash).map_err(unlockable)?;
            if !granted.is_asked {
                package.role = Role::Needed;
            }
            self.granted.push(granted);
        }
        Ok(())
    }

    /// What became of the lines, for the report.
    pub(super) fn fates(&self) -> BTreeMap<PackageName, WheelFate> {
        let granted = self.granted.iter().map(|it| {
            let fate = WheelFate::Granted {
                name: it.chosen.name.to_string(),
                version: it.chosen.wheel.version.to_string(),
                file: it.chosen.file.clone(),
                channel: it.channel.clone(),
            };
            (it.package.clone(), fate)
        });
        let refused = self.refused.iter().map(|(name, why)| (name.clone(), WheelFate::Refused(why.clone())));
        refused.chain(granted).collect()
    }
}

impl<'a> AskedWheel<'a> {
    fn of_pin(pin: &Pin, job: &'a Job) -> Option<Self> {
        let written = job.environment.dependencies.iter().find(|it| it.at.line == pin.line && it.spec.name == pin.name);
        Some(Self {
            package: pin.name.clone(),
            want: pin.want.clone(),
            extras: pin.refinement.extras.clone(),
            channel: pin.channel.clone(),
            at: &written?.at,
            is_asked: true,
        })
    }
}

/// What a wheel needs by conda's names, but for what is there in any case and what counts under a condition: pip knows
/// better.
fn needs<'a>(chosen: &ChosenWheel, at: &'a Location) -> Vec<AskedWheel<'a>> {
    let specs = chosen.wheel.depends.iter().filter_map(|text| match_spec::of_record(text).ok());
    let need = |spec: rattler_conda_types::MatchSpec| {
        let package = spec.name.as_exact()?.clone();
        let is_there =
            ["python", "pip"].contains(&package.as_normalized()) || package.as_normalized().starts_with("__");
        let want = spec.version.map_or(Want::Any, Want::Range);
        let extras = spec.extras.unwrap_or_default();
        let asked = AskedWheel { package, want, extras, channel: None, at, is_asked: false };
        (!is_there && spec.condition.is_none()).then_some(asked)
    };
    specs.filter_map(need).collect()
}

/// Whether a line of the file names a package for Linux.
fn is_named(job: &Job, name: &str) -> bool {
    job.intent.pins.iter().any(|pin| pin.name.as_normalized() == name)
}

/// Where the wheel is fetched from here: where the repodata of its channel is, with the credentials that this needs.
fn fetched_from(chosen: &ChosenWheel, channel: Option<&Channel>) -> String {
    let url = &chosen.wheel.url;
    let here = channel.and_then(|channel| {
        let Place::Url(place) = &channel.place else { return None };
        let below = url.as_str().strip_prefix(channel.url.as_str())?;
        place.join(below).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
    });
    here.as_ref().unwrap_or(url).to_string()
}
