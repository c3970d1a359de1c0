//! The dependencies of a lock as a picture: as a tree of text, for Mermaid and Graphviz, and laid out on a plane.
//!
//! [`People`] tells which packages people use. [`Net`] is what is drawn: the packages that are to be seen, and which of
//! them needs which, be it by way of others that aren't; a need that follows from other needs is left out. [`mermaid`],
//! [`dot`] and [`tree`] write a net down, and [`Layout`] gives each package its place. The same lock gives the same
//! picture.

mod dot;
mod layout;
mod mermaid;
mod net;
mod people;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use dot::dot;
pub(crate) use layout::{Layout, Line, Place};
pub(crate) use mermaid::mermaid;
pub(crate) use net::Net;
pub(crate) use people::People;
pub(crate) use tree::{branches, tree};

/// A package as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether it was asked for, and nothing else that was asked for needs it.
    pub is_root: bool,
    /// Whether pip installs it.
    pub is_of_pip: bool,
}

impl Label {
    /// Name and version, and who installs it where that is pip.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let by = if self.is_of_pip { " (pip)" } else { "" };
        format!("{} {}{by}", self.name, self.version)
    }
}
