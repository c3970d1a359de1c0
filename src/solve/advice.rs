//! What the image would have to offer for a pin to be kept: said only where it was tried and helps.

use rattler_conda_types::{GenericVirtualPackage, PackageName, Version};

use super::{
    Fate, Outcome, Reason, Request,
    deadline::Deadline,
    found::FoundSolution,
    universe::{Dependency, read},
};

/// Virtual packages of GPUs.
const CUDA: &str = "__cuda";
const CUDA_ARCH: &str = "__cuda_arch";

/// Tries what pins would need of the image, each virtual package once, and writes down where that helps.
pub(super) fn advise(request: &Request, outcomes: &mut [Outcome], patience: &Deadline) {
    // The lines that are kept with what was tried.
    let mut tried: Vec<(GenericVirtualPackage, Vec<usize>)> = Vec::new();
    for outcome in outcomes {
        let (Fate::Moved { reason, .. } | Fate::Gone { reason }) = &mut outcome.fate else { continue };
        let Reason::NotOffered { needs, advice, .. } = reason else { continue };
        let Some(package) = offer(needs).filter(|package| makes_sense(package, request)) else { continue };
        let known = tried.iter().position(|(other, _)| *other == package);
        let place = known.unwrap_or_else(|| {
            let lines = kept_with(request, &package, patience);
            tried.push((package, lines));
            tried.len() - 1
        });
        let (package, kept) = &tried[place];
        if kept.contains(&outcome.pin.line) {
            *advice = Some(format!("{}={}", package.name.as_normalized(), package.version));
        }
    }
}

/// Whether an image may offer that beside what it does: the compute capability of a GPU only with CUDA.
fn makes_sense(package: &GenericVirtualPackage, request: &Request) -> bool {
    let has_cuda = || request.virtual_packages.iter().any(|it| it.name.as_normalized() == CUDA);
    package.name.as_normalized() != CUDA_ARCH || has_cuda()
}

/// The lines of the pins that would be kept if the image offered this as well.
fn kept_with(request: &Request, package: &GenericVirtualPackage, patience: &Deadline) -> Vec<usize> {
    let mut offered = request.virtual_packages.to_vec();
    offered.push(package.clone());
    let request = Request { virtual_packages: &offered, ..*request };
    FoundSolution::search(request, None, patience).map(|found| found.kept()).unwrap_or_default()
}

/// The virtual package that meets a dependency, in a version that this names.
fn offer(needs: &str) -> Option<GenericVirtualPackage> {
    /// What is offered where any version will do: of CUDA the one that most builds are for.
    const ANY: [&str; 2] = ["12.4", "1"];
    let Dependency { name, asks, .. } = read(needs).ok()?;
    let named = needs.split(|c: char| !(c.is_ascii_digit() || c == '.')).map(|text| text.trim_matches('.'));
    let versions = named.chain(ANY).filter_map(|text| text.parse::<Version>().ok());
    let version = versions.into_iter().find(|version| asks.accepts_version(version))?;
    let name = PackageName::new_unchecked(name.into_owned());
    Some(GenericVirtualPackage { name, version, build_string: "0".parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_the_least_that_is_asked_for() {
        let offered = |needs: &str| {
            let package = offer(needs).unwrap();
            format!("{}={}", package.name.as_normalized(), package.version)
        };
        assert_eq!(offered("__cuda >=11.2"), "__cuda=11.2");
        assert_eq!(offered("__cuda"), "__cuda=12.4");
        assert_eq!(offered("__cuda >=11.8,<13"), "__cuda=11.8");
        assert_eq!(offered("__cuda >11.8"), "__cuda=12.4");
    }
}
