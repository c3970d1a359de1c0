//! What `--installer` takes.

use std::str::FromStr;

/// What installs the packages of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstallerChoice {
    /// What the base image has.
    Own,
    /// micromamba, in a stage of its own.
    Micromamba,
    /// envlock, in a stage of its own.
    Envlock,
}

impl InstallerChoice {
    /// The names of all of them.
    pub const NAMES: [&str; 3] = ["own", "micromamba", "envlock"];
}

impl FromStr for InstallerChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "own" => Ok(Self::Own),
            "micromamba" => Ok(Self::Micromamba),
            "envlock" => Ok(Self::Envlock),
            _ => Err(format!("it is one of {}", Self::NAMES.join(", "))),
        }
    }
}
