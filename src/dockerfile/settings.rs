//! What stands after the packages: variables and labels.

use std::collections::BTreeMap;

use super::{place::PrefixPlace, quote};
use crate::{
    image::{ImageKind, Recipe},
    lockfile::Variable,
};

/// The variables of the environment file, and a comment for each that a Dockerfile can't set.
pub(super) fn variables(variables: &BTreeMap<String, Variable>) -> Option<String> {
    let mut set = Vec::new();
    let mut text = String::from("# The variables of the environment file.\n");
    for (name, value) in variables {
        let Variable::Plain(value) = value else {
            text += &quote::comment(&format!(
                "{name} is not set: everybody who has the image could read it. Give it to containers with --env-file."
            ));
            continue;
        };
        match (unset(name, value), quote::value(value)) {
            (None, Some(value)) => set.push(format!("{name}={value}")),
            (why, _) => text += &quote::comment(&format!("{name} is not set: {}.", why.unwrap_or_default())),
        }
    }
    if !set.is_empty() {
        text += &instruction("ENV", &set);
    }
    (!variables.is_empty()).then_some(text)
}

/// What keeps a Dockerfile from setting a variable, as a sentence; `None` where nothing does.
pub(crate) fn unset(name: &str, value: &str) -> Option<&'static str> {
    obstacle(name).or_else(|| quote::value(value).is_none().then(|| unquotable(value)))
}

/// Why `ENV` can't hold a value.
fn unquotable(value: &str) -> &'static str {
    if value.contains(char::is_control) {
        "ENV can't hold line breaks"
    } else {
        "it has characters that turn the direction of a text, so that it would seem to be another one"
    }
}

fn obstacle(name: &str) -> Option<&'static str> {
    match name {
        "PATH" | "CONDA_PREFIX" => Some("the environment needs it as it is, or its programs wouldn't be found"),
        name => (!is_name(name)).then_some("no variable can have that name here"),
    }
}

/// What activating the environment would set, for every way of starting a process in the image.
///
/// Where the image has a Jupyter server, its own programs stay first. The images of micromamba, which others are made
/// from, would activate the environment once more in their entrypoint and their shell: a script that ends with an error
/// ends the container there, and what a container is given by `-e` doesn't count.
///
/// Source: `_entrypoint.sh` and `_activate_current_env.sh` of <https://github.com/mamba-org/micromamba-docker>.
pub(super) fn environment(place: PrefixPlace, kind: ImageKind) -> String {
    let (prefix, activated) = (place.prefix, place.activated());
    let mut set = match kind {
        ImageKind::Jupyter => vec![format!("PATH=$PATH:{activated}:{prefix}/bin")],
        _ => vec![format!("PATH={activated}:{prefix}/bin:$PATH"), format!("CONDA_PREFIX={prefix}")],
    };
    let mut title = "The environment without a login shell.";
    if matches!(kind, ImageKind::Micromamba | ImageKind::Unknown) {
        set.push("MAMBA_SKIP_ACTIVATE=1".to_owned());
        title = "The environment without a login shell, and without what micromamba's images do at each start.";
    }
    quote::comment(title) + &instruction("ENV", &set)
}

/// The labels that lead from an image back to its lock and its base.
///
/// Source of the first two: the annotations of the OCI image specification.
pub(super) fn labels(recipe: &Recipe, lock_sha256: &str, version: &str) -> String {
    let image = &recipe.base;
    let installer = recipe.stage_image().map(|image| ("io.envlock.installer", image.to_string()));
    let platform = image.platform.clone().map(|digest| ("io.envlock.base.platform.digest", digest));
    let labels = [
        ("org.opencontainers.image.base.name", image.tagged()),
        ("org.opencontainers.image.base.digest", image.digest.clone()),
        ("io.envlock.lock.sha256", lock_sha256.to_owned()),
        ("io.envlock.version", version.to_owned()),
    ];
    let labels: Vec<String> = labels
        .iter()
        .chain(&platform)
        .chain(&installer)
        .filter_map(|(key, value)| Some(format!("{key}={}", quote::value(value)?)))
        .collect();
    instruction("LABEL", &labels)
}

fn instruction(keyword: &str, words: &[String]) -> String {
    let indent = " ".repeat(keyword.len() + 1);
    format!("{keyword} {}\n", words.join(&format!(" \\\n{indent}")))
}

/// Whether a shell takes it for the name of a variable.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Option<String> {
        variables(&crate::lockfile::variables(pairs.iter().copied()))
    }

    #[test]
    fn variables_are_set_in_one_instruction() {
        let text = of(&[("OMP_NUM_THREADS", "4"), ("DATA", "$HOME/a b")]).unwrap();
        let expected = "# The variables of the environment file.\n\
                        ENV DATA=\"\\$HOME/a b\" \\\n    OMP_NUM_THREADS=\"4\"\n";
        assert_eq!(text, expected);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn secrets_stay_out() {
        let text = of(&[("API_TOKEN", "s3cr3t"), ("MONKEY", "1"), ("PUBLIC_KEY", "2")]).unwrap();
        assert!(!text.contains("s3cr3t") && text.contains("# API_TOKEN is not set"), "{text}");
        assert!(text.contains("ENV MONKEY=\"1\" \\\n    PUBLIC_KEY=\"2\"\n"), "{text}");
    }

    #[test]
    fn what_finds_the_programs_stays_as_it_is() {
        let text = of(&[("PATH", "/opt/x:$PATH"), ("CONDA_PREFIX", "/opt"), ("PYTHONPATH", "/src")]).unwrap();
        let why = "the environment needs it as it is, or its programs wouldn't be found";
        let not_set = |name| format!("# {name} is not set: {why}.\n");
        let expected =
            ["# The variables of the environment file.\n", &not_set("CONDA_PREFIX"), &not_set("PATH")].concat();
        assert_eq!(text, expected + "ENV PYTHONPATH=\"/src\"\n");
        let breaks = Some("ENV can't hold line breaks");
        assert_eq!((unset("PATH", "a"), unset("A", "a\nb"), unset("A", "b")), (Some(why), breaks, None));
        assert!(unset("A", "a\u{202e}b").unwrap().contains("direction"));
    }

    #[test]
    fn what_can_not_be_set_is_said() {
        let text = of(&[("A\nRUN evil", "1"), ("B", "x\ny"), ("1C", "")]).unwrap();
        let expected = "# The variables of the environment file.\n\
                        # 1C is not set: no variable can have that name here.\n\
                        # A RUN evil is not set: no variable can have that name here.\n\
                        # B is not set: ENV can't hold line breaks.\n";
        assert_eq!(text, expected);
    }
}
