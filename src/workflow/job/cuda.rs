//! What is said where the file is for a GPU, and the image offers none: channels then have builds for processors, which
//! are installed without a word.

use rattler_conda_types::GenericVirtualPackage;

use crate::{
    intent::is_for_processors,
    solve::{Fate, Outcome, Reason, Solution},
    words::and,
};

/// The note that packages come for processors, as nobody said that the image will offer CUDA. The reasons of their pins say
/// so only where nothing else speaks against what was wanted.
pub(super) fn without_cuda(solution: &Solution, virtual_packages: &[GenericVirtualPackage]) -> Option<String> {
    if virtual_packages.iter().any(|it| it.name.as_normalized() == "__cuda") {
        return None;
    }
    let lost = lost(&solution.outcomes);
    let found = if lost.is_empty() {
        let (asked, plain) = (asked_for_cuda(&solution.outcomes), for_processors(solution));
        if asked.is_empty() || plain.is_empty() {
            return None;
        }
        let verb = if plain.len() == 1 { "comes" } else { "come" };
        format!("the file asks for {}, and {} {verb} for processors", and(&asked), and(&plain))
    } else {
        format!("of {} the file has builds for CUDA, and the lock others", and(&lost))
    };
    Some(format!(
        "{found}; say --virtual-package __cuda=VERSION if the machine that will run the image has a GPU, with the newest CUDA \
         that its driver runs"
    ))
}

/// What the file has builds for CUDA of, and the lock others.
fn lost(outcomes: &[Outcome]) -> Vec<String> {
    let is_lost = |it: &&Outcome| match &it.fate {
        Fate::Moved { record, reason } if !matches!(reason, Reason::NotOffered { .. }) => {
            it.pin.builds.iter().any(|glob| glob.contains("cuda")) && !it.pin.accepts_build(record)
        }
        Fate::Kept { .. } | Fate::Moved { .. } | Fate::Gone { .. } => false,
    };
    outcomes.iter().filter(is_lost).map(name).collect()
}

/// What the file asks for that is of use with CUDA alone.
fn asked_for_cuda(outcomes: &[Outcome]) -> Vec<String> {
    const NAMES: [&str; 4] = ["cupy", "cutensor", "nccl", "pytorch-cuda"];
    let is_for_cuda = |name: &String| {
        name.starts_with("cuda") || name.starts_with("cudnn") || name.ends_with("-gpu") || NAMES.contains(&&**name)
    };
    outcomes.iter().map(name).filter(is_for_cuda).collect()
}

/// What people use GPUs for, and comes for processors without having been asked for so.
fn for_processors(solution: &Solution) -> Vec<String> {
    const NAMES: [&str; 7] = ["faiss", "jaxlib", "onnxruntime", "pytorch", "tensorflow", "torchvision", "xgboost"];
    let is_asked = |name: &str| {
        let is_of = |it: &&Outcome| it.pin.name.as_normalized() == name;
        solution.outcomes.iter().find(is_of).is_some_and(|it| !it.pin.builds.is_empty())
    };
    let records = solution.records.iter().map(|record| &record.package_record);
    let plain = records.filter(|it| is_for_processors(it.name.as_normalized(), it.build.as_str()));
    let names = plain.map(|it| it.name.as_normalized().to_owned());
    names.filter(|name| NAMES.contains(&&**name) && !is_asked(name)).collect()
}

fn name(outcome: &Outcome) -> String {
    outcome.pin.name.as_normalized().to_owned()
}
