//! Which wheel of a channel pip is to install for a line that no conda package is there for.

use std::cmp::Reverse;

use jiff::Timestamp;
use pep440_rs::Version as PipVersion;
use pep508_rs::PackageName;
use rattler_conda_types::{GenericVirtualPackage, PackageName as CondaName, RepoDataRecord};

use super::{
    Preferred,
    provided::provided,
    pylock::file_name,
    target::{PipTarget, tags},
};
use crate::{base::match_spec, channel::ServedWheel, intent::Want, names::Names, words::count};

/// What a wheel is chosen by.
#[derive(Clone, Copy, Debug)]
pub struct WheelRequest<'a> {
    /// The wheels, each channel's apart from others: those of the most important one first.
    pub wheels: &'a [ServedWheel],
    /// The versions that the line asks for.
    pub want: &'a Want,
    /// The conda packages.
    pub records: &'a [RepoDataRecord],
    /// What the target image offers; of interest is its `__glibc`.
    pub virtual_packages: &'a [GenericVirtualPackage],
    /// What conda's packages are called on `PyPI`.
    pub names: &'a Names,
    /// What is newer is taken only where nothing older serves.
    pub as_of: Option<Timestamp>,
    /// What is to stay as it is as far as it can.
    pub held: &'a [Preferred],
}

/// A wheel that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenWheel {
    /// What it brings.
    pub name: PackageName,
    /// The name of its file.
    pub file: String,
    /// The wheel, which has a SHA-256.
    pub wheel: ServedWheel,
}

/// Chooses the wheel: of the most important channel that has one that will do, the newest that pip can install on the target
/// with the Python of the environment.
///
/// # Errors
///
/// Why none will do: a sentence without a full stop that speaks of the package as "it".
pub fn choose_wheel(request: &WheelRequest) -> Result<ChosenWheel, String> {
    let WheelRequest { wheels, want, records, virtual_packages, .. } = *request;
    let newest = |of: &[Named]| of.iter().max_by_key(|it| &it.wheel.version).map(|it| it.file.clone());
    let refuse = |of: &[Named], what: String| {
        let newest = newest(of).map(|file| format!("; the newest is {file}")).unwrap_or_default();
        Err(format!("channels have it as wheels alone, {what}{newest}"))
    };
    let all: Vec<Named> = wheels.iter().filter_map(Named::of).collect();
    let wanted: Vec<Named> = all.iter().filter(|it| want.matches(&it.wheel.version)).cloned().collect();
    if wanted.is_empty() {
        return refuse(&all, format!("{} in all, and none of the version that is asked for", count(all.len(), "file")));
    }
    let Some(target) = PipTarget::of(records, virtual_packages) else {
        return refuse(&wanted, "which pip installs, and the environment has no Python".to_owned());
    };
    let fits = |it: &&Named| target.fit(&it.file).is_some() && is_for_python(it.wheel, records);
    let fitting: Vec<Named> = wanted.iter().filter(fits).cloned().collect();
    if fitting.is_empty() {
        return refuse(&wanted, format!("none of which is for {}", target.title()));
    }
    let has_hash = |it: &&Named| it.wheel.sha256.is_some();
    let hashed: Vec<Named> = fitting.iter().filter(has_hash).cloned().collect();
    if hashed.is_empty() {
        return refuse(&fitting, "and says no SHA-256 of them, by which a lock could tell them".to_owned());
    }
    let is_fetched = |it: &&Named| matches!(it.wheel.url.scheme(), "http" | "https");
    let fetched: Vec<Named> = hashed.iter().filter(is_fetched).cloned().collect();
    let Some(first) = fetched.iter().map(|it| it.wheel.channel).min() else {
        return refuse(&hashed, "which pip can't fetch from there: it needs an address of http or https".to_owned());
    };
    let is_held = |it: &Named| {
        let version = it.version.as_ref();
        request.held.iter().any(|held| held.name == it.name && Some(&held.version) == version)
    };
    let is_late = |it: &Named| request.as_of.is_some_and(|as_of| it.wheel.time.is_some_and(|time| time > as_of));
    let is_early = |it: &Named| it.version.as_ref().is_some_and(PipVersion::any_prerelease);
    let of_first = fetched.iter().filter(|it| it.wheel.channel == first);
    let best = of_first.min_by(|a, b| {
        let rank = |it: &Named| (!is_held(it), is_late(it), is_early(it));
        let by_fit = || target.fit(&a.file).cmp(&target.fit(&b.file)).then_with(|| a.file.cmp(&b.file));
        rank(a).cmp(&rank(b)).then_with(|| Reverse(&a.wheel.version).cmp(&Reverse(&b.wheel.version))).then_with(by_fit)
    });
    // There is one: its channel comes from there.
    let Some(best) = best else { return refuse(&fetched, "none of which will do".to_owned()) };
    if let Some(it) = provided(records, request.names).get(&best.name) {
        return Err(format!("conda provides {} as {}", best.name, it.title()));
    }
    Ok(ChosenWheel { name: best.name.clone(), file: best.file.clone(), wheel: best.wheel.clone() })
}

/// A wheel with what its file's name says.
#[derive(Clone, Debug)]
struct Named<'a> {
    name: PackageName,
    version: Option<PipVersion>,
    file: String,
    wheel: &'a ServedWheel,
}

impl<'a> Named<'a> {
    /// `None` where the name is none of a wheel.
    fn of(wheel: &'a ServedWheel) -> Option<Self> {
        let file = file_name(wheel.url.as_str())?;
        tags(&file)?;
        let mut parts = file.split('-');
        let name = PackageName::new(parts.next()?.to_owned()).ok()?;
        let version = parts.next()?.parse().ok();
        Some(Self { name, version, file, wheel })
    }
}

/// Whether a wheel is for the Python among the records, as far as its record says it.
fn is_for_python(wheel: &ServedWheel, records: &[RepoDataRecord]) -> bool {
    let python = records.iter().find(|it| it.package_record.name.as_normalized() == "python");
    let Some(python) = python.map(|it| it.package_record.version.version()) else { return true };
    let specs = wheel.depends.iter().filter_map(|text| match_spec::of_record(text).ok());
    let mut on_python = specs.filter(|spec| {
        spec.condition.is_none() && spec.name.as_exact().map(CondaName::as_normalized) == Some("python")
    });
    on_python.all(|spec| spec.version.is_none_or(|versions| versions.matches(python)))
}

#[cfg(test)]
mod tests {
    use rattler_conda_types::{ParseStrictness, VersionSpec};

    use super::*;
    use crate::lockfile::testing::record;

    fn wheel(version: &str, url: &str) -> ServedWheel {
        ServedWheel {
            version: version.parse().unwrap(),
            url: format!("https://host/c/noarch/{url}").parse().unwrap(),
            sha256: Some([0xab; 32].into()),
            time: None,
            depends: Vec::new(),
            channel: 0,
        }
    }

    fn pure(version: &str) -> ServedWheel {
        wheel(version, &format!("my_lib-{version}-py3-none-any.whl"))
    }

    /// What is asked of the wheels, on glibc 2.36.
    struct Given {
        want: Want,
        records: Vec<RepoDataRecord>,
        as_of: Option<Timestamp>,
        held: Vec<Preferred>,
    }

    impl Default for Given {
        /// Any wheel for Python 3.11, where conda has `PyTorch`.
        fn default() -> Self {
            let records = [("python-3.11.8-0", &[][..]), ("pytorch-2.1-0", &["python"])];
            let records = records.map(|(dist, depends)| record(dist, "linux-64", depends, "ab"));
            Self { want: Want::Any, records: records.into(), as_of: None, held: Vec::new() }
        }
    }

    /// The file that is chosen, or why none is.
    fn chosen(wheels: &[ServedWheel], given: &Given) -> Result<String, String> {
        let glibc = GenericVirtualPackage {
            name: "__glibc".parse().unwrap(),
            version: "2.36".parse().unwrap(),
            build_string: "0".parse().unwrap(),
        };
        let Given { want, records, as_of, held } = given;
        let (names, virtual_packages) = (&Names::default(), &[glibc]);
        let request = WheelRequest { wheels, want, records, virtual_packages, names, as_of: *as_of, held };
        choose_wheel(&request).map(|it| it.file)
    }

    fn any(wheels: &[ServedWheel]) -> Result<String, String> {
        chosen(wheels, &Given::default())
    }

    #[test]
    fn the_newest_that_fits_is_taken() {
        let of_311 = "my_lib-1.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
        let wheels = [
            pure("1.0"),
            wheel("1.1", "my_lib-1.1-py3-none-any.whl"),
            wheel("1.1", of_311),
            wheel("1.2", "my_lib-1.2-cp312-cp312-manylinux_2_17_x86_64.whl"),
            wheel("1.3", "my_lib-1.3-cp311-cp311-win_amd64.whl"),
            wheel("1.4", "my_lib-1.4-cp311-cp311-manylinux_2_39_x86_64.whl"),
            pure("2.0rc1"),
        ];
        assert_eq!(any(&wheels).unwrap(), of_311);
        // Before the first release only where nothing else will do.
        assert_eq!(any(&wheels[6..]).unwrap(), "my_lib-2.0rc1-py3-none-any.whl");
    }

    #[test]
    fn the_line_and_what_is_locked_already_count() {
        let wheels = [pure("1.0"), pure("1.1"), pure("1.2")];
        let below = Want::Range(VersionSpec::from_str("<1.2", ParseStrictness::Strict).unwrap());
        let below = Given { want: below, ..Given::default() };
        assert_eq!(chosen(&wheels, &below).unwrap(), "my_lib-1.1-py3-none-any.whl");
        let held = vec![Preferred { name: "my-lib".parse().unwrap(), version: "1.0".parse().unwrap() }];
        assert_eq!(chosen(&wheels, &Given { held, ..Given::default() }).unwrap(), "my_lib-1.0-py3-none-any.whl");
        let exact = Given { want: Want::Exact("1.3".parse().unwrap()), ..Given::default() };
        assert_eq!(
            chosen(&wheels, &exact).unwrap_err(),
            "channels have it as wheels alone, 3 files in all, and none of the version that is asked for; the newest is \
             my_lib-1.2-py3-none-any.whl"
        );
    }

    #[test]
    fn what_is_newer_than_the_date_gives_way() {
        let at = |version: &str, time: &str| ServedWheel { time: Some(time.parse().unwrap()), ..pure(version) };
        let wheels = [at("1.0", "2020-01-01T00:00:00Z"), at("1.1", "2022-01-01T00:00:00Z")];
        let given = Given { as_of: Some("2021-01-01T00:00:00Z".parse().unwrap()), ..Given::default() };
        assert_eq!(chosen(&wheels, &given).unwrap(), "my_lib-1.0-py3-none-any.whl");
        assert_eq!(chosen(&wheels[1..], &given).unwrap(), "my_lib-1.1-py3-none-any.whl");
    }

    #[test]
    fn the_record_says_for_which_python_it_is() {
        let for_python =
            |version: &str, python: &str| ServedWheel { depends: vec![python.to_owned()], ..pure(version) };
        let wheels = [for_python("1.0", "python >=3.8"), for_python("1.1", "python >=3.12")];
        assert_eq!(any(&wheels).unwrap(), "my_lib-1.0-py3-none-any.whl");
    }

    #[test]
    fn a_channel_that_comes_first_is_preferred() {
        let wheels = [pure("1.0"), ServedWheel { channel: 1, ..pure("2.0") }];
        assert_eq!(any(&wheels).unwrap(), "my_lib-1.0-py3-none-any.whl");
        let foreign = wheel("1.0", "my_lib-1.0-cp311-cp311-win_amd64.whl");
        assert_eq!(any(&[foreign, wheels[1].clone()]).unwrap(), "my_lib-2.0-py3-none-any.whl");
    }

    #[test]
    fn each_reason_is_told() {
        let newest = "; the newest is my_lib-1.0-py3-none-any.whl";
        let cases = [
            (
                ServedWheel { sha256: None, ..pure("1.0") },
                "and says no SHA-256 of them, by which a lock could tell them",
            ),
            (
                ServedWheel { url: "s3://b/c/my_lib-1.0-py3-none-any.whl".parse().unwrap(), ..pure("1.0") },
                "which pip can't fetch from there: it needs an address of http or https",
            ),
            (
                ServedWheel { depends: vec!["python <3.11".to_owned()], ..pure("1.0") },
                "none of which is for Python 3.11 on Linux with glibc 2.36",
            ),
        ];
        for (wheel, why) in cases {
            assert_eq!(any(&[wheel]).unwrap_err(), format!("channels have it as wheels alone, {why}{newest}"));
        }
        for other in
            ["win_amd64", "macosx_11_0_arm64", "manylinux_2_17_aarch64", "musllinux_1_2_x86_64", "linux_armv7l"]
        {
            let file = format!("a-1.0-cp311-cp311-{other}.whl");
            let why = any(&[wheel("1.0", &file)]).unwrap_err();
            assert!(why.ends_with(&format!("with glibc 2.36; the newest is {file}")), "{why}");
        }
        let without_python = chosen(&[pure("1.0")], &Given { records: Vec::new(), ..Given::default() }).unwrap_err();
        assert!(without_python.contains("the environment has no Python"), "{without_python}");
        let of_conda = any(&[wheel("2.0", "torch-2.0-py3-none-any.whl")]).unwrap_err();
        assert_eq!(of_conda, "conda provides torch as pytorch 2.1");
        assert!(any(&[wheel("1.0", "a.tar.gz")]).is_err());
    }
}
