//! What a locked package is called, and in which version it is locked. Each is read once, by the rules of its manager, and
//! keeps the words that it was read from, since they are what is written again.

use std::{cmp::Ordering, fmt, str::FromStr};

use rattler_conda_types::{PackageName, Version, VersionWithSource};

use super::Manager;

/// Something of pip's with the words that it was read from: its own types write it in its normal form.
///
/// It is compared as what it is, and by its words only where that is the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spelled<T> {
    value: T,
    text: Box<str>,
}

impl<T> Spelled<T> {
    /// What it is.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }
}

/// In its normal form.
impl<T: fmt::Display> From<T> for Spelled<T> {
    fn from(value: T) -> Self {
        Self { text: value.to_string().into(), value }
    }
}

impl<T: FromStr> FromStr for Spelled<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        Ok(Self { value: text.parse()?, text: text.into() })
    }
}

impl<T> fmt::Display for Spelled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// The name of a locked package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockedName {
    /// A name in conda's channels.
    Conda(PackageName),
    /// A name in pip's indexes.
    Pip(Spelled<pep508_rs::PackageName>),
}

impl LockedName {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// That it can't be one of its manager's.
    pub fn new(manager: Manager, text: &str) -> Result<Self, String> {
        read(manager, text, Self::Conda, Self::Pip).ok_or_else(|| format!("its name can't be one of {}", home(manager)))
    }

    /// What installs packages of this name.
    #[must_use]
    pub fn manager(&self) -> Manager {
        match self {
            Self::Conda(_) => Manager::Conda,
            Self::Pip(_) => Manager::Pip,
        }
    }

    /// The name in the form by which its manager compares names.
    #[must_use]
    pub fn normalized(&self) -> &str {
        match self {
            Self::Conda(name) => name.as_normalized(),
            Self::Pip(name) => name.value.as_ref(),
        }
    }

    /// The name as it was read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Conda(name) => name.as_source(),
            Self::Pip(name) => &name.text,
        }
    }
}

/// By the form in which its manager compares names.
impl PartialEq<&str> for LockedName {
    fn eq(&self, other: &&str) -> bool {
        self.normalized() == *other
    }
}

impl fmt::Display for LockedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The version of a locked package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockedVersion {
    /// A version as conda reads it.
    Conda(VersionWithSource),
    /// A version as pip reads it (PEP 440).
    Pip(Spelled<pep440_rs::Version>),
}

impl LockedVersion {
    /// Reads a version.
    ///
    /// # Errors
    ///
    /// That it can't be one of its manager's.
    pub fn new(manager: Manager, text: &str) -> Result<Self, String> {
        let read = read(manager, text, Self::Conda, Self::Pip);
        read.ok_or_else(|| format!("its version can't be one of {}", home(manager)))
    }

    /// The version of a conda package; `None` of any other.
    #[must_use]
    pub fn conda(&self) -> Option<&Version> {
        match self {
            Self::Conda(version) => Some(version.version()),
            Self::Pip(_) => None,
        }
    }

    /// The version of a package of pip; `None` of any other.
    #[must_use]
    pub fn pip(&self) -> Option<&pep440_rs::Version> {
        match self {
            Self::Pip(version) => Some(&version.value),
            Self::Conda(_) => None,
        }
    }

    /// How it stands to another version, however the two are written; `None` where they are of different managers.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Conda(a), Self::Conda(b)) => Some(a.version().cmp(b.version())),
            (Self::Pip(a), Self::Pip(b)) => Some(a.value.cmp(&b.value)),
            (Self::Conda(_), Self::Pip(_)) | (Self::Pip(_), Self::Conda(_)) => None,
        }
    }
}

/// As it is written.
impl PartialEq<&str> for LockedVersion {
    fn eq(&self, other: &&str) -> bool {
        match self {
            Self::Conda(version) => version.as_str() == *other,
            Self::Pip(version) => &*version.text == *other,
        }
    }
}

impl fmt::Display for LockedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conda(version) => f.pad(&version.as_str()),
            Self::Pip(version) => version.fmt(f),
        }
    }
}

/// Reads a text by the rules of its manager.
fn read<C: FromStr, P: FromStr, T>(manager: Manager, text: &str, conda: fn(C) -> T, pip: fn(P) -> T) -> Option<T> {
    match manager {
        Manager::Conda => text.parse().ok().map(conda),
        Manager::Pip => text.parse().ok().map(pip),
    }
}

/// Where a manager's packages come from.
fn home(manager: Manager) -> &'static str {
    match manager {
        Manager::Conda => "conda",
        Manager::Pip => "PyPI",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_keeps_its_words_and_is_compared_by_the_rules_of_its_manager() {
        let name = |manager, text| LockedName::new(manager, text).unwrap();
        let (upper, lower) = (name(Manager::Conda, "TZdata"), name(Manager::Conda, "tzdata"));
        assert_eq!((upper.to_string().as_str(), upper.normalized()), ("TZdata", "tzdata"));
        assert_eq!(upper, lower);
        let dotted = name(Manager::Pip, "Jaraco_.Functools");
        assert_eq!((dotted.as_str(), dotted.normalized()), ("Jaraco_.Functools", "jaraco-functools"));
        assert!(lower < dotted, "conda's come first");

        let version = |manager, text| LockedVersion::new(manager, text).unwrap();
        for (manager, a, b) in [(Manager::Conda, "1.0", "1.00"), (Manager::Pip, "1.0-1", "1.0.post1")] {
            let (a, b) = (version(manager, a), version(manager, b));
            assert_eq!(a.compare(&b), Some(Ordering::Equal));
            assert_ne!(a, b, "they are written otherwise");
        }
        assert_eq!(version(Manager::Pip, "1.0-1").to_string(), "1.0-1");
        assert_eq!(format!("{:>6}|", version(Manager::Conda, "1.00")), "  1.00|");
        let (of_conda, of_pip) = (version(Manager::Conda, "1.0.2p"), version(Manager::Pip, "2.0rc1"));
        assert_eq!(of_conda.compare(&of_pip), None);
        assert_eq!(of_pip.compare(&version(Manager::Pip, "2")), Some(Ordering::Less));
        assert_eq!(of_conda.compare(&version(Manager::Conda, "1.0.2u")), Some(Ordering::Less));
    }

    #[test]
    fn what_a_manager_does_not_know_is_refused() {
        assert_eq!(LockedName::new(Manager::Conda, "a b").unwrap_err(), "its name can't be one of conda");
        assert_eq!(LockedName::new(Manager::Pip, "-a").unwrap_err(), "its name can't be one of PyPI");
        assert_eq!(LockedVersion::new(Manager::Conda, "$(b)").unwrap_err(), "its version can't be one of conda");
        assert_eq!(LockedVersion::new(Manager::Pip, "1.0.2p").unwrap_err(), "its version can't be one of PyPI");
    }
}
