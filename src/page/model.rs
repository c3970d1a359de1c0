//! What a page shows, whichever of the two kinds it is.

use serde::Serialize;

use crate::{
    base::schema_version::SchemaVersion,
    draw::Net,
    lockfile::{Manager, diff::ChangeKind},
    report::{ReportedPin, Why},
};

/// Packages, and how they belong together.
#[derive(Clone, Debug, Default)]
pub(super) struct Packages {
    /// Those that are installed, in the order of the lock; then those that aren't.
    pub all: Vec<Package>,
    /// What people use, and what of it needs what.
    pub used: Net,
    /// All that are installed, and what of it needs what.
    pub net: Net,
}

/// A package, and all there is to say of it.
#[derive(Clone, Debug)]
pub(super) struct Package {
    /// What its entry is called in addresses within the page.
    pub id: String,
    pub name: String,
    pub manager: Manager,
    /// The version that is installed; nothing where none is.
    pub version: Option<String>,
    pub build: Option<String>,
    /// In bytes, to download.
    pub size: Option<u64>,
    pub address: Option<String>,
    /// Whether people use it.
    pub is_used: bool,
    pub is_root: bool,
    pub mark: Mark,
    /// What was asked for, line by line, or what was there before.
    pub asked: Vec<String>,
    /// Why it isn't what was asked for.
    pub why: Option<Reason>,
    /// The shortest way from what was asked for to it: places.
    pub chain: Vec<usize>,
    pub needs: Vec<Link>,
    pub needed_by: Vec<Link>,
}

/// Why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reason {
    pub text: String,
    /// The packages that stand against it, as `name version`.
    pub because: Vec<String>,
    /// The conflict as a tree of several lines.
    pub tree: Option<String>,
}

impl From<&Why> for Reason {
    fn from(why: &Why) -> Self {
        Self { text: why.text.clone(), because: why.because.clone(), tree: why.tree.clone() }
    }
}

/// One that names no others.
impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

/// A package as another one has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub name: String,
    /// Its place; nothing where it isn't installed.
    pub at: Option<usize>,
    pub constraint: String,
}

/// What became of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mark {
    /// It is what was asked for, or what it was.
    Same,
    /// It has another version than was asked for.
    Moved,
    /// It was asked for, and isn't installed.
    Gone,
    /// It isn't as it was before.
    #[serde(untagged)]
    Changed(ChangeKind),
}

impl Mark {
    /// A class of elements.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Moved => "moved",
            Self::Gone => "gone",
            Self::Changed(kind) => kind.word(),
        }
    }

    /// A sign that tells it without colour; nothing where there is nothing to tell.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Same => "",
            Self::Moved => "≠",
            Self::Gone => "×",
            Self::Changed(ChangeKind::Added) => "+",
            Self::Changed(ChangeKind::Removed) => "−",
            Self::Changed(ChangeKind::Up) => "↑",
            Self::Changed(ChangeKind::Down) => "↓",
            Self::Changed(ChangeKind::Rebuilt) => "↻",
        }
    }
}

impl Package {
    fn data(&self) -> PackageData<'_> {
        PackageData {
            id: &self.id,
            name: &self.name,
            manager: self.manager,
            version: self.version.as_deref(),
            size: self.size,
            used: self.is_used,
            root: self.is_root,
            mark: self.mark,
        }
    }

    /// Whether a pin is about it.
    pub(super) fn is_of(&self, pin: &ReportedPin) -> bool {
        (self.manager == Manager::Pip) == pin.is_wheel()
            && self.name == pin.installed_name()
            && self.version.is_some() == pin.version.is_some()
    }

    /// Name and version.
    pub(super) fn title(&self) -> String {
        self.version.as_ref().map_or_else(|| self.name.clone(), |version| format!("{} {version}", self.name))
    }
}

/// What the script of the page reads: a document of its own, with places instead of names.
#[derive(Debug, Serialize)]
pub(super) struct PageData<'a> {
    pub schema_version: SchemaVersion<1>,
    pub packages: Vec<PackageData<'a>>,
    /// What people use: places, and of each what it needs, as numbers of this list.
    pub used: &'a [usize],
    pub used_needs: &'a [Vec<usize>],
    /// All that are installed.
    pub all: &'a [usize],
    pub all_needs: &'a [Vec<usize>],
}

/// A package in it.
#[derive(Debug, Serialize)]
pub(super) struct PackageData<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub manager: Manager,
    pub version: Option<&'a str>,
    pub size: Option<u64>,
    pub used: bool,
    pub root: bool,
    pub mark: Mark,
}

impl Packages {
    /// The data of the page.
    pub(super) fn data(&self) -> PageData<'_> {
        PageData {
            schema_version: SchemaVersion,
            packages: self.all.iter().map(Package::data).collect(),
            used: &self.used.seen,
            used_needs: &self.used.needs,
            all: &self.net.seen,
            all_needs: &self.net.needs,
        }
    }

    /// The place of a package that is installed: conda's where both have one of the name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|it| it.version.is_some() && it.name == name)
    }
}
