//! What installs a package.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What installs a package, as conda-lock's format names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Manager {
    /// conda, or one of the tools that install its packages.
    #[default]
    Conda,
    /// pip.
    Pip,
}

impl Manager {
    /// The manager of a name; `None` of any other.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Conda, Self::Pip].into_iter().find(|it| it.to_string() == name)
    }
}

impl fmt::Display for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conda => "conda",
            Self::Pip => "pip",
        })
    }
}
