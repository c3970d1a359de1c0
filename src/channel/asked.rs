//! What is asked for.

use rattler_conda_types::PackageName;

/// A package that is asked for, with all that it can depend on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// The package.
    pub name: PackageName,
    /// The extras of it that are asked for, too: CEP 44, <https://conda.org/learn/ceps/cep-0044>.
    pub extras: Vec<String>,
}

impl From<PackageName> for Asked {
    fn from(name: PackageName) -> Self {
        Self { name, extras: Vec::new() }
    }
}
