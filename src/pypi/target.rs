//! The Python that the packages are for, and which wheels fit it.
//!
//! Source: the tags of PEP 425, and the platforms of PEP 513 (manylinux1), PEP 571 (manylinux2010), PEP 599
//! (manylinux2014) and PEP 600 (`manylinux_2_28`, by glibc).

use std::cmp::Reverse;

use pep440_rs::Version;
use pep508_rs::{MarkerEnvironment, MarkerEnvironmentBuilder};
use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord};

/// A Python for linux-64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PipTarget {
    /// Its version: `3.6.8`.
    pub version: String,
    /// Its minor version: (3, 6).
    pub minor: (u64, u64),
    /// The glibc that the image has: (2, 36).
    pub glibc: (u64, u64),
}

/// The levels of manylinux, by their glibc, that uv knows by name.
const UV_LEVELS: [u64; 12] = [17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40];

/// The older names of levels.
const LEGACY: [(&str, (u64, u64)); 3] =
    [("manylinux2014_x86_64", (2, 17)), ("manylinux2010_x86_64", (2, 12)), ("manylinux1_x86_64", (2, 5))];

impl PipTarget {
    /// The python among the records, on an image that offers this; `None` where there is none.
    pub(super) fn of(records: &[RepoDataRecord], virtual_packages: &[GenericVirtualPackage]) -> Option<Self> {
        let python = records.iter().find(|record| record.package_record.name.as_normalized() == "python")?;
        let version = python.package_record.version.to_string();
        let glibc = virtual_packages.iter().find(|it| it.name.as_normalized() == "__glibc");
        let glibc = glibc.and_then(|glibc| two(&glibc.version.to_string())).unwrap_or((2, 17));
        Some(Self { minor: two(&version)?, version, glibc })
    }

    /// What files are for that fit, for a message.
    pub(super) fn title(&self) -> String {
        let Self { minor, glibc, .. } = self;
        format!("Python {}.{} on Linux with glibc {}.{}", minor.0, minor.1, glibc.0, glibc.1)
    }

    /// The platform as uv calls it: the highest level of manylinux that the image has and uv knows.
    pub(super) fn platform(&self) -> String {
        let known = UV_LEVELS.iter().rev().find(|level| (2, **level) <= self.glibc);
        format!("x86_64-manylinux_2_{}", known.or(UV_LEVELS.first()).copied().unwrap_or_default())
    }

    /// What markers are asked against.
    pub(super) fn markers(&self) -> MarkerEnvironment {
        let minor = format!("{}.{}", self.minor.0, self.minor.1);
        let builder = MarkerEnvironmentBuilder {
            implementation_name: "cpython",
            implementation_version: &self.version,
            os_name: "posix",
            platform_machine: "x86_64",
            platform_python_implementation: "CPython",
            platform_release: "",
            platform_system: "Linux",
            platform_version: "",
            python_full_version: &self.version,
            python_version: &minor,
            sys_platform: "linux",
        };
        let fallback =
            MarkerEnvironmentBuilder { implementation_version: &minor, python_full_version: &minor, ..builder };
        // conda's versions of Python are those of PEP 440; should one not be, its minor version is.
        MarkerEnvironment::try_from(builder)
            .or_else(|_| MarkerEnvironment::try_from(fallback))
            .unwrap_or_else(|error| unreachable!("two numbers are a version: {error}"))
    }

    /// How well a wheel fits; less is better. `None` where it doesn't.
    pub(super) fn fit(&self, file: &str) -> Option<impl Ord + use<>> {
        let [python, abi, platform] = tags(file)?;
        let best = |tags: &str, rank: &dyn Fn(&str) -> Option<(u64, u64)>| tags.split('.').filter_map(rank).min();
        let is_abi3 = abi.split('.').any(|abi| abi == "abi3");
        let abi = best(abi, &|abi| self.abi(abi))?;
        let python = best(python, &|python| self.python(python, is_abi3, abi == (0, 0)))?;
        let platform = best(platform, &|platform| self.platform_rank(platform))?;
        Some((abi, python, platform, Reverse(build(file))))
    }

    fn abi(&self, abi: &str) -> Option<(u64, u64)> {
        let (major, minor) = self.minor;
        let plain = format!("cp{major}{minor}");
        match abi {
            "none" => Some((2, 0)),
            "abi3" if self.minor >= (3, 2) => Some((1, 0)),
            // Until 3.7 the ABI had flags: m for pymalloc, mu for wide unicode.
            abi if abi == plain && self.minor >= (3, 8) => Some((0, 0)),
            abi if abi == format!("{plain}m") && (3, 0) <= self.minor && self.minor < (3, 8) => Some((0, 0)),
            abi if abi == format!("{plain}mu") && major == 2 => Some((0, 0)),
            _ => None,
        }
    }

    /// An ABI of `CPython` is of one minor version, but for the stable one; what needs none runs on later ones, too.
    fn python(&self, tag: &str, is_abi3: bool, is_own_abi: bool) -> Option<(u64, u64)> {
        let (implementation, digits) = tag.split_at_checked(2)?;
        let (major, minor) = digits.split_at_checked(1)?;
        let major: u64 = major.parse().ok()?;
        let minor: Option<u64> = if minor.is_empty() { None } else { Some(minor.parse().ok()?) };
        if major != self.minor.0 || minor.is_some_and(|minor| minor > self.minor.1) {
            return None;
        }
        let age = minor.map_or(u64::MAX, |minor| self.minor.1 - minor);
        match implementation {
            "cp" if age == 0 || is_abi3 => Some((0, age)),
            "py" if !is_own_abi => Some((1, age)),
            _ => None,
        }
    }

    fn platform_rank(&self, platform: &str) -> Option<(u64, u64)> {
        let legacy = || LEGACY.iter().find(|(name, _)| *name == platform).map(|(_, glibc)| *glibc);
        let level = || {
            let numbers = platform.strip_prefix("manylinux_")?.strip_suffix("_x86_64")?;
            let (major, minor) = numbers.split_once('_')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        };
        if let Some((major, minor)) = legacy().or_else(level) {
            // The newer glibc a wheel is built for, the more of it it uses.
            return (major == self.glibc.0 && minor <= self.glibc.1).then(|| (0, self.glibc.1 - minor));
        }
        match platform {
            "linux_x86_64" => Some((1, 0)),
            "any" => Some((2, 0)),
            _ => None,
        }
    }
}

/// The first two numbers of a version.
fn two(version: &str) -> Option<(u64, u64)> {
    let release = version.parse::<Version>().ok()?;
    let [major, minor, ..] = release.release() else { return None };
    Some((*major, *minor))
}

/// The tags of a wheel's file name, `name-version[-build]-python-abi-platform.whl`.
pub(super) fn tags(file: &str) -> Option<[&str; 3]> {
    let mut parts = file.strip_suffix(".whl")?.rsplit('-');
    let (platform, abi, python) = (parts.next()?, parts.next()?, parts.next()?);
    Some([python, abi, platform])
}

/// The build tag of a wheel's file name: a number, and what follows it.
fn build(file: &str) -> (u64, String) {
    let parts: Vec<&str> = file.split('-').collect();
    let tag = if let [_, _, tag, _, _, _] = *parts.as_slice() { tag } else { "" };
    let (digits, rest) = tag.split_at(tag.find(|c: char| !c.is_ascii_digit()).unwrap_or(tag.len()));
    (digits.parse().unwrap_or(0), rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(minor: (u64, u64), glibc: (u64, u64)) -> PipTarget {
        PipTarget { version: format!("{}.{}.8", minor.0, minor.1), minor, glibc }
    }

    /// The files in the order of preference, those that don't fit left out.
    fn fitting<'f>(target: &PipTarget, files: &[&'f str]) -> Vec<&'f str> {
        let mut fitting: Vec<_> = files.iter().filter_map(|file| Some((target.fit(file)?, *file))).collect();
        fitting.sort_by(|(a, _), (b, _)| a.cmp(b));
        fitting.into_iter().map(|(_, file)| file).collect()
    }

    #[test]
    fn the_own_abi_comes_first_then_the_stable_one_then_none() {
        let files = [
            "a-1-py3-none-any.whl",
            "a-1-py2.py3-none-any.whl",
            "a-1-cp38-abi3-manylinux_2_17_x86_64.whl",
            "a-1-cp311-cp311-manylinux1_x86_64.whl",
            "a-1-cp311-cp311-manylinux_2_28_x86_64.whl",
            "a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "a-1-cp310-cp310-manylinux1_x86_64.whl",
            "a-1-cp312-abi3-manylinux1_x86_64.whl",
            "a-1-cp311-cp311-macosx_10_9_x86_64.whl",
            "a-1-cp311-cp311-win_amd64.whl",
            "a-1-cp311-cp311-musllinux_1_1_x86_64.whl",
            "a-1-cp311-cp311-manylinux_2_39_x86_64.whl",
            "a-1-cp311-cp311t-manylinux_2_17_x86_64.whl",
            "a-1.tar.gz",
        ];
        let expected = [
            "a-1-cp311-cp311-manylinux_2_28_x86_64.whl",
            "a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "a-1-cp311-cp311-manylinux1_x86_64.whl",
            "a-1-cp38-abi3-manylinux_2_17_x86_64.whl",
            "a-1-py3-none-any.whl",
            "a-1-py2.py3-none-any.whl",
        ];
        assert_eq!(fitting(&target((3, 11), (2, 36)), &files), expected);
    }

    #[test]
    fn old_pythons_have_flags_in_their_abi() {
        let files = [
            "a-1-cp36-cp36m-manylinux1_x86_64.whl",
            "a-1-cp36-cp36-manylinux1_x86_64.whl",
            "a-1-cp27-cp27mu-linux_x86_64.whl",
        ];
        assert_eq!(fitting(&target((3, 6), (2, 17)), &files), files[..1]);
        assert_eq!(fitting(&target((2, 7), (2, 17)), &files), files[2..]);
    }

    #[test]
    fn a_higher_build_of_the_same_wheel_comes_first() {
        let files = ["a-1-9-py3-none-any.whl", "a-1-10-py3-none-any.whl", "a-1-py3-none-any.whl"];
        assert_eq!(fitting(&target((3, 6), (2, 17)), &files), [files[1], files[0], files[2]]);
    }

    #[test]
    fn the_level_that_uv_is_told_is_one_it_knows_and_the_image_has() {
        assert_eq!(target((3, 6), (2, 41)).platform(), "x86_64-manylinux_2_40");
        assert_eq!(target((3, 6), (2, 30)).platform(), "x86_64-manylinux_2_28");
        assert_eq!(target((3, 6), (2, 12)).platform(), "x86_64-manylinux_2_17");
    }

    #[test]
    fn markers_are_asked_against_linux_and_this_python() {
        let markers = target((3, 6), (2, 17)).markers();
        for (marker, holds) in [
            ("sys_platform == 'linux' and python_version == '3.6'", true),
            ("python_full_version >= '3.6.9'", false),
            ("platform_system == 'Darwin'", false),
        ] {
            let marker: pep508_rs::MarkerTree = marker.parse().unwrap();
            assert_eq!(marker.evaluate(&markers, &[]), holds);
        }
    }
}
