//! Wheels that a channel serves. They are no conda packages, and pip installs them where a line of the pip section says so.
//!
//! Source: `whl` in the third revision of repodata as conda-index and rattler have it (CEP 48 doesn't name it), and the names
//! of wheels: <https://packaging.python.org/en/latest/specifications/binary-distribution-format/>.

use url::Url;

use crate::http::clean;

/// A wheel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServedWheel {
    /// Where it is, relative to the packages of its subdir.
    pub url: String,
    /// Its SHA-256 in hexadecimal digits; empty where the channel doesn't say.
    pub sha256: String,
}

impl ServedWheel {
    /// The name of its file.
    fn file(&self) -> &str {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether its platforms are such that it could be installed on linux-64, with some Python.
    fn is_for_linux(&self) -> bool {
        let fits = |platform: &str| {
            let is_64 = platform.ends_with("_x86_64");
            platform == "any" || is_64 && (platform.starts_with("manylinux") || platform.starts_with("linux"))
        };
        let tags = self.file().strip_suffix(".whl").and_then(|stem| stem.rsplit('-').next());
        tags.is_some_and(|platforms| platforms.split('.').any(fits))
    }

    /// The line of a pip section that asks for it.
    fn line(&self, base: &Url) -> String {
        let name = self.file().split('-').next().unwrap_or_default();
        let url = base.join(&self.url).map_or_else(|_| self.url.clone(), |url| clean(&url));
        let hash = if self.sha256.is_empty() { String::new() } else { format!("#sha256={}", self.sha256) };
        format!("{name} @ {url}{hash}")
    }
}

/// What can be done with the wheels of a package, which are in the order of their versions.
pub(super) fn advice(wheels: &[ServedWheel], base: &Url) -> String {
    match (wheels.iter().rev().find(|wheel| wheel.is_for_linux()), wheels.last()) {
        (Some(wheel), _) => {
            format!(
                "which aren't conda packages: pip installs the newest for Linux with `{}` under `pip:`",
                wheel.line(base)
            )
        }
        (None, newest) => {
            let newest = newest.map(ServedWheel::file).unwrap_or_default();
            format!("none of which is for linux-64: the newest is {newest}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(files: &[&str]) -> String {
        let wheel = |url: &&str| ServedWheel { url: (*url).to_owned(), sha256: String::new() };
        let wheels: Vec<ServedWheel> = files.iter().map(wheel).collect();
        advice(&wheels, &"https://host/t/SECRET/c/noarch/".parse().unwrap())
    }

    #[test]
    fn the_newest_wheel_for_linux_is_named_as_pip_wants_it() {
        for (files, line) in [
            (&["w/my_lib-1.0-py3-none-any.whl", "w/my_lib-1.1-py3-none-any.whl"][..], "my_lib-1.1-py3-none-any.whl"),
            (
                &["w/my_lib-1.0-py3-none-any.whl", "w/my_lib-1.1-cp312-cp312-win_amd64.whl"],
                "my_lib-1.0-py3-none-any.whl",
            ),
            (
                &["w/my_lib-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"],
                "my_lib-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            ),
            (&["w/my_lib-1.0-1-cp312-abi3-linux_x86_64.whl"], "my_lib-1.0-1-cp312-abi3-linux_x86_64.whl"),
        ] {
            let told = told(files);
            assert!(told.contains(&format!("`my_lib @ https://host/c/noarch/w/{line}` under `pip:`")), "{told}");
        }
        let absolute = ServedWheel { url: "https://files/a-1-py3-none-any.whl".to_owned(), sha256: "ab".repeat(32) };
        let line = absolute.line(&"https://host/c/noarch/".parse().unwrap());
        assert_eq!(line, format!("a @ https://files/a-1-py3-none-any.whl#sha256={}", "ab".repeat(32)));
    }

    #[test]
    fn wheels_for_other_platforms_alone_are_no_way_out() {
        for other in
            ["win_amd64", "macosx_11_0_arm64", "manylinux_2_17_aarch64", "musllinux_1_2_x86_64", "linux_armv7l"]
        {
            let file = format!("w/a-1.0-cp312-cp312-{other}.whl");
            let expected = format!("none of which is for linux-64: the newest is a-1.0-cp312-cp312-{other}.whl");
            assert_eq!(told(&[&file]), expected);
        }
        assert_eq!(told(&["w/a"]), "none of which is for linux-64: the newest is a");
    }
}
