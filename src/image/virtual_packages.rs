//! The virtual packages of the target: what the image offers to the packages that are installed in it.

use std::collections::BTreeMap;

use rattler_conda_types::{GenericVirtualPackage, PackageName, Version, package::BuildString};

use super::{
    BaseImage, ImageError,
    distro::{Libc, libc},
};

/// The kernel that is taken for granted. Containers run on the host's, so none can be read from the image; 5.10 is in
/// every distribution that is still cared for.
const LINUX: &str = "5.10";
/// The version of CUDA that the driver offers.
const CUDA: &str = "__cuda";
/// The compute capability of the GPUs.
const CUDA_ARCH: &str = "__cuda_arch";

/// The virtual packages that an image offers on linux-64, with the user's word put over them, ordered by name.
///
/// An override is `__name=version` or `__name=version=build`; `__name=` and `__name=none` take one away. The last
/// one of a name counts. `__cuda_arch` counts only beside `__cuda`. Nothing is read from the machine this runs on.
///
/// # Errors
///
/// Where an override can't be read, or the image brings no glibc and no override says otherwise.
pub fn virtual_packages(image: &BaseImage, overrides: &[String]) -> Result<Vec<GenericVirtualPackage>, ImageError> {
    let mut wanted =
        BTreeMap::from([("__linux", (LINUX, "0")), ("__unix", ("0", "0")), ("__archspec", ("1", "x86_64"))]);
    if let Libc::Glibc(version) = libc(image) {
        wanted.insert("__glibc", (version, "0"));
    }
    if let Some(version) = cuda(image) {
        wanted.insert(CUDA, (version, "0"));
    }
    let mut said_glibc = wanted.contains_key("__glibc");
    for text in overrides {
        let (name, rest) = text.trim().split_once('=').unwrap_or((text.trim(), ""));
        if !name.starts_with("__") {
            return Err(bad(text, "its name doesn't start with two underscores"));
        }
        said_glibc |= name == "__glibc";
        if rest.is_empty() || rest == "none" {
            if !text.contains('=') {
                return Err(bad(text, "it has no version"));
            }
            wanted.remove(name);
        } else {
            wanted.insert(name, rest.split_once('=').unwrap_or((rest, "0")));
        }
    }
    if !said_glibc {
        return Err(ImageError::Musl { image: image.tagged() });
    }
    if let Some((version, build)) = wanted.get(CUDA_ARCH) {
        check_cuda_arch(version, build, wanted.contains_key(CUDA))?;
    }
    wanted.into_iter().map(|(name, (version, build))| package(name, version, build)).collect()
}

/// The compute capability of a machine's GPUs: CEP 46, <https://conda.org/learn/ceps/cep-0046>. An image has none, and so
/// it is only what the user says.
fn check_cuda_arch(version: &str, build: &str, has_cuda: bool) -> Result<(), ImageError> {
    let text = if build == "0" { format!("{CUDA_ARCH}={version}") } else { format!("{CUDA_ARCH}={version}={build}") };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_capability =
        build == "0" && version.split_once('.').is_some_and(|(major, minor)| is_number(major) && is_number(minor));
    if !is_capability {
        return Err(bad(
            &text,
            "the compute capability of a GPU has a major and a minor number, as in __cuda_arch=8.6",
        ));
    }
    if has_cuda { Ok(()) } else { Err(bad(&text, "it counts only beside __cuda, which isn't there")) }
}

/// The version of CUDA that an image of NVIDIA's is for, which the driver of a machine that runs it has at least.
fn cuda(image: &BaseImage) -> Option<&str> {
    let tag = image.tag.as_deref().filter(|_| image.name.ends_with("/cuda"))?;
    let version = tag.split('-').next()?;
    // `12.4` of `12.4.1`: the driver's version has no third number.
    let end = version.match_indices('.').nth(1).map_or(version.len(), |(at, _)| at);
    Some(version.split_at(end).0).filter(|version| version.starts_with(|c: char| c.is_ascii_digit()))
}

/// One line that names them all, as conda would: `__archspec=1=x86_64 __glibc=2.41`. The words can be given as
/// overrides again.
#[must_use]
pub fn describe(packages: &[GenericVirtualPackage]) -> String {
    let words: Vec<String> = packages
        .iter()
        .map(|package| {
            let (name, version) = (package.name.as_normalized(), &package.version);
            match package.build_string.as_ref() {
                "0" => format!("{name}={version}"),
                build => format!("{name}={version}={build}"),
            }
        })
        .collect();
    words.join(" ")
}

fn package(name: &str, version: &str, build: &str) -> Result<GenericVirtualPackage, ImageError> {
    let text = format!("{name}={version}={build}");
    Ok(GenericVirtualPackage {
        name: name.parse::<PackageName>().map_err(|error| bad(&text, &error.to_string()))?,
        version: version.parse::<Version>().map_err(|error| bad(&text, &error.to_string()))?,
        build_string: build.parse::<BuildString>().map_err(|error| bad(&text, &error.to_string()))?,
    })
}

fn bad(text: &str, reason: &str) -> ImageError {
    ImageError::VirtualPackage { text: text.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(image: &str, overrides: &[&str]) -> Result<String, ImageError> {
        let image = BaseImage::parse(&format!("{image}@sha256:{}", "0".repeat(64))).unwrap();
        let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
        virtual_packages(&image, &overrides).map(|packages| describe(&packages))
    }

    #[test]
    fn the_capability_of_gpus_is_only_what_is_said_of_it() {
        let gpu = ["__glibc=2.28", "__cuda=12.4"];
        assert!(!of("nvidia/cuda:12.4.1-base", &gpu).unwrap().contains("__cuda_arch"));
        assert!(of("debian:12", &[gpu[1], "__cuda_arch=8.6"]).unwrap().contains("__cuda=12.4 __cuda_arch=8.6"));
        assert!(of("debian:12", &["__cuda_arch=8.6"]).unwrap_err().to_string().contains("only beside __cuda"));
        for text in ["__cuda_arch=86", "__cuda_arch=8.6.1", "__cuda_arch=sm_86", "__cuda_arch=8.6=1"] {
            let error = of("debian:12", &[gpu[1], text]).unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("a major and a minor number"), "{error}");
        }
        assert!(!of("debian:12", &[gpu[1], "__cuda_arch=8.6", "__cuda_arch="]).unwrap().contains("arch=8"));
    }

    #[test]
    fn the_default_image_offers_its_glibc_and_the_plainest_processor() {
        let offered = of("mambaorg/micromamba:2.6.1", &[]);
        assert_eq!(offered.as_deref(), Ok("__archspec=1=x86_64 __glibc=2.41 __linux=5.10 __unix=0"));
    }

    #[test]
    fn an_image_for_cuda_offers_its_version() {
        let offered = of("nvidia/cuda:12.4.1-base-ubuntu22.04", &[]);
        assert_eq!(offered.as_deref(), Ok("__archspec=1=x86_64 __cuda=12.4 __glibc=2.35 __linux=5.10 __unix=0"));
        assert!(!of("nvidia/cuda:latest", &["__glibc=2.28"]).unwrap().contains("__cuda"));
    }

    #[test]
    fn the_users_word_counts_and_the_last_one_most() {
        let offered = of(
            "mambaorg/micromamba:2.6.1",
            &["__glibc=2.17", "__cuda=11", "__cuda=12.4", "__archspec=1=x86_64_v3", "__unix=", "__linux=none"],
        );
        assert_eq!(offered.as_deref(), Ok("__archspec=1=x86_64_v3 __cuda=12.4 __glibc=2.17"));
    }

    #[test]
    fn what_is_described_can_be_given_again() {
        let offered = of("debian:12", &["__cuda=12.4"]).unwrap();
        let words: Vec<&str> = offered.split(' ').collect();
        assert_eq!(of("mambaorg/micromamba:2.6.1", &words), Ok(offered.clone()));
    }

    #[test]
    fn musl_is_refused_unless_the_user_knows_better() {
        assert_eq!(of("alpine:3.20", &[]), Err(ImageError::Musl { image: "docker.io/library/alpine:3.20".to_owned() }));
        let offered = of("alpine:3.20", &["__glibc=2.28"]);
        assert_eq!(offered.as_deref(), Ok("__archspec=1=x86_64 __glibc=2.28 __linux=5.10 __unix=0"));
    }

    #[test]
    fn bad_overrides_are_refused() {
        for text in ["", "cuda=12", "__cuda", "__cuda=!", "__cuda=12=", "__cu da=12", "__cuda=12=a b"] {
            assert!(matches!(of("debian:13", &[text]), Err(ImageError::VirtualPackage { .. })), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_override_makes_it_panic(text in "(__)?.{0,30}") {
            let _ = of("debian:13", &[text.as_str()]);
        }
    }
}
