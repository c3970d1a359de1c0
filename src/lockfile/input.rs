//! The normalised input of a lock: what the environment file asks for, without what makes no difference.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::{Manager, Requested, Variable, sha256_hex};
use crate::{
    environment::{Environment, without_secrets},
    intent::{Intent, Pin, Want},
    pypi::without_comment,
    words::one_line,
};

/// What a lock was made from, in a form that two files share when they mean the same.
///
/// Comments, white space, the order of dependencies, builds of foreign platforms, `name:` and `prefix:` don't count.
/// The order of channels does. Lines for another platform (`# [osx]`, `sel(win): …`) are left out. Credentials in
/// URLs are taken out, and so are the values of secret variables, of which a hash stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// The channels, the most important first.
    pub channels: Vec<String>,
    /// What is asked for: conda's by name, then the lines of the pip section, in order of their text.
    pub requests: Vec<Requested>,
    /// The conda packages of an export that it says were asked for: they count for more than others. None where it
    /// doesn't say.
    pub roots: BTreeSet<String>,
    /// The environment variables.
    pub variables: BTreeMap<String, Variable>,
}

impl Input {
    /// The input that an environment file and its meaning make, solved with these channels.
    #[must_use]
    pub fn new(environment: &Environment, intent: &Intent, channels: &[String]) -> Self {
        let requests = in_order(asked(intent).chain(asked_of_pip(environment)).map(|(_, it)| it));
        Self {
            channels: channels.iter().map(|channel| one_line(&without_secrets(channel))).collect(),
            requests,
            roots: intent.requested.iter().flatten().map(|name| name.as_normalized().to_owned()).collect(),
            variables: variables(environment.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
        }
    }

    /// The one text of this input, a line for each thing, so that a change shows as a line in a review.
    ///
    /// A line is a word for its kind (`channel`, `conda`, `pip`, `root`, `variable`), a blank and the value; a variable is a
    /// JSON object, since its value may hold anything: `{"NAME":"value"}`, or `{"NAME":{"sha256":"…"}}` of a secret.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string can't fail.
        for channel in &self.channels {
            let _ = writeln!(text, "channel {channel}");
        }
        for request in &self.requests {
            let _ = writeln!(text, "{request}");
        }
        for root in &self.roots {
            let _ = writeln!(text, "root {root}");
        }
        for (name, value) in &self.variables {
            let _ = writeln!(text, "variable {}", serde_json::json!({ name: value }));
        }
        text
    }

    /// Reads [`Input::text`] back; `None` where the text isn't one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut input = Self::default();
        // Not `lines()`, which would take a carriage return for part of the line's end.
        for line in text.split_terminator('\n') {
            let (kind, value) = line.split_once(' ')?;
            match kind {
                "channel" => input.channels.push(value.to_owned()),
                "root" => {
                    input.roots.insert(value.to_owned());
                }
                "variable" => {
                    let read: BTreeMap<String, Variable> = serde_json::from_str(value).ok()?;
                    input.variables.extend(read);
                }
                _ => input.requests.push(line.parse().ok()?),
            }
        }
        Some(input)
    }

    /// The same as a lock of this input has it: see [`Requested::in_terms_of`].
    pub(crate) fn in_terms_of(self, kept: &Self) -> Self {
        let kept = kept.kept();
        Self { requests: in_order(self.requests.into_iter().map(|it| it.in_terms_of(&kept))), ..self }
    }

    /// What it asks for.
    pub(crate) fn kept(&self) -> BTreeSet<&Requested> {
        self.requests.iter().collect()
    }

    /// What is asked of one manager.
    pub fn requests_of(&self, manager: Manager) -> impl Iterator<Item = &Requested> {
        self.requests.iter().filter(move |it| it.manager() == manager)
    }

    /// The input as this version keeps it, without the values of secrets.
    pub(super) fn cleaned(self) -> Self {
        let cleaned = |(name, value): (String, Variable)| {
            let value = value.cleaned(&name);
            (name, value)
        };
        Self { variables: self.variables.into_iter().map(cleaned).collect(), ..self }
    }

    /// The secret variables whose values it holds, as earlier versions wrote them.
    pub(super) fn bare_secrets(&self) -> Vec<String> {
        let is_bare =
            |(name, value): &(&String, &Variable)| !value.is_secret() && (*value).clone().cleaned(name).is_secret();
        self.variables.iter().filter(is_bare).map(|(name, _)| name.clone()).collect()
    }

    /// The SHA-256 of [`Input::text`].
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256_hex(self.text())
    }
}

/// Variables as an input has them.
pub(crate) fn variables<'a>(of: impl IntoIterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, Variable> {
    of.into_iter().map(|(name, value)| (name.to_owned(), Variable::new(name, value))).collect()
}

/// Each once.
fn in_order(requests: impl Iterator<Item = Requested>) -> Vec<Requested> {
    let mut requests: Vec<Requested> = requests.collect();
    requests.sort_by(|a, b| order(a).cmp(&order(b)));
    requests.dedup();
    requests
}

/// conda's by name, pip's by line.
fn order(request: &Requested) -> (Manager, &str, &str) {
    match request {
        Requested::Conda { name, spec } => (Manager::Conda, name.as_normalized(), spec),
        Requested::Pip { line, .. } => (Manager::Pip, line, ""),
    }
}

/// The conda specs that an environment file asks for, each with its line: first those for linux-64, then what is of
/// another platform though no selector says so.
pub(crate) fn asked(intent: &Intent) -> impl Iterator<Item = (usize, Requested)> {
    let foreign = intent.elsewhere.iter().filter(|it| !it.by_selector).map(|it| &it.pin);
    let asked = |pin: &Pin| (pin.line, Requested::Conda { name: pin.name.clone(), spec: spec(pin) });
    intent.pins.iter().chain(foreign).map(asked)
}

/// The pip lines of an environment file, in its order, each with the number of its line.
pub(crate) fn asked_of_pip(environment: &Environment) -> impl Iterator<Item = (usize, Requested)> {
    let lines = environment.pip.iter().map(|line| (line.at.line, pip_line(&line.value)));
    lines.filter(|(_, text)| !text.is_empty()).map(|(line, text)| (line, Requested::pip(&text)))
}

fn spec(pin: &Pin) -> String {
    let channel = pin.channel.as_ref().map(|channel| format!("{}::", without_secrets(channel))).unwrap_or_default();
    let version = match &pin.want {
        Want::Any if pin.builds.is_empty() => String::new(),
        Want::Any => " *".to_owned(),
        Want::Exact(version) => format!(" =={version}"),
        Want::Range(range) => format!(" {range}"),
    };
    let mut builds = pin.builds.clone();
    builds.sort();
    let builds = if builds.is_empty() { String::new() } else { format!(" {}", builds.join("|")) };
    one_line(&format!("{channel}{}{version}{builds}{}", pin.name.as_normalized(), pin.refinement))
}

/// A line of a pip section without its comment and credentials.
fn pip_line(line: &str) -> String {
    without_secrets(&without_comment(line))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        intent::{ForeignPin, Os},
        lockfile::testing::{ANY_SPEC, environment, intent, pin, requests},
    };

    #[test]
    fn the_text_has_a_line_for_each_thing() {
        let mut environment = environment();
        environment.variables =
            vec![("OMP_NUM_THREADS".to_owned(), "4".to_owned()), ("A".to_owned(), "x\ny".to_owned())];
        let mut torch = pin("pytorch", Want::Range(">=2".parse_spec()));
        torch.builds = vec!["cuda*".to_owned()];
        torch.channel = Some("pytorch".to_owned());
        let intent = intent(vec![torch, pin("numpy", Want::Exact("1.15.4".parse().unwrap())), pin("pip", Want::Any)]);
        let input = Input::new(&environment, &intent, &["conda-forge".to_owned(), "https://u:p@host/c".to_owned()]);
        let expected = "channel conda-forge\nchannel https://host/c\n\
                        conda numpy ==1.15.4\nconda pip\nconda pytorch::pytorch >=2 cuda*\n\
                        pip requests==2.31.0\n\
                        variable {\"A\":\"x\\ny\"}\nvariable {\"OMP_NUM_THREADS\":\"4\"}\n";
        assert_eq!(input.text(), expected);
    }

    #[test]
    fn what_makes_no_difference_does_not_count() {
        let channels = ["conda-forge".to_owned()];
        let pins = vec![pin("b", Want::Any), pin("a", Want::Exact("1".parse().unwrap()))];
        let first = Input::new(&environment(), &intent(pins.clone()), &channels);

        let mut other = environment();
        other.name = Some("other".to_owned());
        other.prefix = Some("/Users/a/envs/other".to_owned());
        other.pip[0].value = "  requests==2.31.0   # for the web".to_owned();
        let mut reversed: Vec<Pin> = pins.into_iter().rev().collect();
        for pin in &mut reversed {
            pin.text.push_str("=h0a44026_1000");
            pin.line += 10;
        }
        let second = Input::new(&other, &intent(reversed), &channels);

        assert_eq!(first, second);
        assert_eq!(first.sha256(), second.sha256());
    }

    #[test]
    fn what_makes_a_difference_counts() {
        let of = |pins: Vec<Pin>, channels: &[&str]| {
            let channels: Vec<String> = channels.iter().map(|channel| (*channel).to_owned()).collect();
            Input::new(&environment(), &intent(pins), &channels).sha256()
        };
        let one = || vec![pin("a", Want::Exact("1".parse().unwrap()))];
        let base = of(one(), &["x", "y"]);
        assert_ne!(base, of(one(), &["y", "x"]));
        assert_ne!(base, of(vec![pin("a", Want::Exact("2".parse().unwrap()))], &["x", "y"]));
        assert_ne!(base, of(vec![pin("a", Want::Any)], &["x", "y"]));
        let mut variant = one();
        variant[0].builds = vec!["cuda*".to_owned()];
        assert_ne!(base, of(variant, &["x", "y"]));
    }

    #[test]
    fn lines_for_another_platform_are_left_out() {
        let of_conda = |by_selector: bool| -> Vec<String> {
            let foreign = ForeignPin { pin: pin("appnope", Want::Any), only_for: Os::Osx, by_selector };
            let intent = Intent { elsewhere: vec![foreign], ..intent(vec![pin("zlib", Want::Any)]) };
            let input = Input::new(&environment(), &intent, &[]);
            input.requests_of(Manager::Conda).map(|it| it.text().to_owned()).collect()
        };
        assert_eq!(of_conda(true), ["zlib"]);
        // An export names what its platform has; a file that names more is another one.
        assert_eq!(of_conda(false), ["appnope", "zlib"]);
    }

    #[test]
    fn what_is_no_input_is_refused() {
        for text in ["x", "conda", "conda <2", "unknown a\n", "variable {\n", "variable [1]\n", "\n"] {
            assert_eq!(Input::parse(text), None, "{text}");
        }
        assert_eq!(Input::parse(""), Some(Input::default()));
    }

    trait ParseSpec {
        fn parse_spec(&self) -> rattler_conda_types::VersionSpec;
    }

    impl ParseSpec for str {
        fn parse_spec(&self) -> rattler_conda_types::VersionSpec {
            rattler_conda_types::VersionSpec::from_str(self, rattler_conda_types::ParseStrictness::Strict).unwrap()
        }
    }

    proptest! {
        #[test]
        fn the_text_is_read_back(
            lines in proptest::collection::vec("[^\n]{0,20}", 0..6),
            specs in proptest::collection::vec(ANY_SPEC, 0..6),
            variables in proptest::collection::btree_map(any::<String>(), any::<String>(), 0..4),
        ) {
            let input = Input {
                channels: lines.clone(),
                requests: requests(&specs, &lines),
                roots: lines.iter().cloned().collect(),
                variables: super::variables(variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
            };
            prop_assert_eq!(Input::parse(&input.text()), Some(input));
        }
    }
}
