//! The Dockerfile, and what to do with it.

use super::{
    Conversion,
    html::{Html, element, plain},
    links::prose,
    sizes::sum,
};
use crate::{
    dockerfile,
    report::text::image_name,
    words::{and, bytes},
};

pub(super) fn how_to(of: &Conversion) -> Html {
    let name = image_name(of.report.name.as_deref());
    let (size, unknown) = sum(of.lock.packages().iter());
    let least = if unknown == 0 { "" } else { "more than " };
    let size = if size > 0 { format!(" ({least}{} and the base image)", bytes(size)) } else { String::new() };
    let files: Vec<String> = of.files.iter().map(|it| format!("`{it}`")).collect();
    let python = of.lock.conda_packages().any(|it| it.name == "python");
    let program = if python { "python" } else { "bash" };
    let recipe = of.lock.recipe().ok();
    let more = recipe.as_ref().map(|it| dockerfile::how_to(of.lock, it)).unwrap_or_default();
    let serves = recipe.as_ref().is_some_and(|it| it.serves() || it.compose);
    let mut steps = vec![
        prose(
            "Install Docker, if this machine hasn't it: Docker Desktop on Windows and macOS, Docker Engine on Linux. Start it. \
             podman does as well; then write `podman` for `docker`.",
        ),
        prose(&format!(
            "Keep these files together in one folder: {}. Open a terminal in that folder.",
            and(&files)
        )),
        prose(&format!(
            "Build the image. That downloads the packages{size} and takes some minutes; the second time it is quick. `-t` gives \
             the image a name, and the dot means this folder."
        ))
        .and(copied("build", "the command that builds", &format!("docker build -t {name} ."))),
    ];
    steps.extend(more.iter().map(|it| prose(&it.replace("NAME", &name))));
    if !serves {
        steps.push(
            prose(&format!(
                "Run it. This starts `{program}` of the environment in a container, with this folder as `/work`. `-it` lets you \
                 type, and `--rm` removes the container when the program ends; files in the folder stay."
            ))
            .and(copied("run", "the command that runs", &format!("docker run --rm -it -v \"$PWD:/work\" -w /work {name} {program}"))),
        );
    }
    let steps = element("ol", &[("class", "steps")], steps.into_iter().map(|it| plain("li", it)).collect());
    let file = plain("h3", Html::text("Dockerfile")).and(copied("dockerfile-text", "the Dockerfile", of.dockerfile));
    steps.and(file)
}

/// A text with a button that copies it.
fn copied(id: &str, what: &str, text: &str) -> Html {
    let button = element(
        "button",
        &[("type", "button"), ("class", "copy"), ("data-copy", id), ("hidden", "")],
        Html::text("Copy").and(element("span", &[("class", "unseen")], Html::text(format!(" {what}")))),
    );
    let label = format!("Text of {what}");
    let is_long = text.lines().nth(1).is_some();
    let text = element(
        "pre",
        &[("id", id), ("tabindex", "0"), ("role", "region"), ("aria-label", &label)],
        plain("code", Html::text(text)),
    );
    element("div", &[("class", if is_long { "copied long" } else { "copied" })], button.and(text))
}
