//! Another minor version of Python than the file's.

use std::{fmt, str::FromStr};

use rattler_conda_types::{ParseStrictness, VersionSpec};

use super::{Intent, Pin, Want, Wish};

/// The package.
const PYTHON: &str = "python";

/// A minor version of Python, such as 3.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PythonMinor {
    major: u16,
    minor: u16,
}

impl FromStr for PythonMinor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Option<(u16, u16)> =
            text.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        let (major, minor) = parts.ok_or("it is no minor version of Python; write it as 3.9")?;
        Ok(Self { major, minor })
    }
}

impl fmt::Display for PythonMinor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl PythonMinor {
    /// Lets an environment ask for this Python instead of its own.
    pub(crate) fn replace(self, intent: &mut Intent) {
        // A minor version and `.*` is always a version spec.
        let Ok(spec) = VersionSpec::from_str(&format!("{self}.*"), ParseStrictness::Strict) else { return };
        let own = |pin: &&mut Pin| pin.name.as_normalized() == PYTHON;
        let mut is_there = false;
        for pin in intent.pins.iter_mut().filter(own) {
            is_there = true;
            // Which version of it doesn't matter where it is of the minor version already.
            let is_of_it = pin.want.exact().is_some_and(|version| spec.matches(version.version()));
            if !is_of_it {
                pin.want = Want::Range(spec.clone());
                pin.builds.clear();
            }
        }
        if let (false, Ok(name)) = (is_there, PYTHON.parse()) {
            intent.pins.push(Wish::besides(name, Want::Range(spec), true).pin);
        }
    }

    /// What the report says of it. `before` is what the file means by itself.
    pub(crate) fn note(self, before: &Intent) -> String {
        let own = before.pins.iter().find(|pin| pin.name.as_normalized() == PYTHON);
        let has = match own.map(|pin| &pin.want) {
            None | Some(Want::Any) => "the file has no version of it".to_owned(),
            Some(Want::Exact(version)) => format!("the file has {version}"),
            Some(Want::Range(spec)) => format!("the file has {spec}"),
        };
        format!("converted to Python {self}, as asked; {has}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{environment::parse_environment, intent::understand};

    fn intent(dependencies: &str) -> Intent {
        understand(&parse_environment("e.yml", format!("dependencies: [{dependencies}]\n").as_bytes()).unwrap())
    }

    /// What is wanted of python once 3.9 is asked for.
    fn wanted(dependencies: &str) -> Vec<Want> {
        let mut intent = intent(dependencies);
        PythonMinor { major: 3, minor: 9 }.replace(&mut intent);
        intent.pins.into_iter().filter(|pin| pin.name.as_normalized() == PYTHON).map(|pin| pin.want).collect()
    }

    #[test]
    fn a_minor_version_is_read_and_nothing_else() {
        assert_eq!("3.10".parse::<PythonMinor>().unwrap().to_string(), "3.10");
        for text in ["3", "3.", "3.9.1", "3.9.*", "", "x.y", "-3.9"] {
            text.parse::<PythonMinor>().unwrap_err();
        }
    }

    #[test]
    fn it_stands_in_the_place_of_the_files_own() {
        let any_of_it = Want::Range(VersionSpec::from_str("3.9.*", ParseStrictness::Strict).unwrap());
        for dependencies in ["numpy, python=3.7.3=h1_0", "python>=3.6", "numpy"] {
            assert_eq!(wanted(dependencies), std::slice::from_ref(&any_of_it), "{dependencies}");
        }
    }

    #[test]
    fn an_exact_version_of_it_stays() {
        assert_eq!(wanted("python==3.9.7"), [Want::Exact("3.9.7".parse().unwrap())]);
    }

    #[test]
    fn the_note_names_the_files_own() {
        let note = |dependencies| PythonMinor { major: 3, minor: 9 }.note(&intent(dependencies));
        assert_eq!(note("python==3.7.3"), "converted to Python 3.9, as asked; the file has 3.7.3");
        assert_eq!(note("numpy"), "converted to Python 3.9, as asked; the file has no version of it");
    }
}
