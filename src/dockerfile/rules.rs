//! The rules of `docker build --check`, each held against the texts of all recipes.
//!
//! Source of the rules: <https://docs.docker.com/reference/build-checks/>. Some can't be broken by a text without `ARG`,
//! which the first test sees to: `UndefinedArgInFrom`, `InvalidDefaultArgInFrom`, `RedundantTargetPlatform`.

use super::tests::{instructions, lock_with_pip, long_lock, rendered};
use crate::{
    image::{BaseImage, Installer, Recipe, Tool},
    lockfile::{
        Lockfile,
        testing::{lock_of, lock_with, small_lock},
    },
};

fn image(name: &str) -> BaseImage {
    BaseImage::parse(&format!("{name}@sha256:{}", "ab".repeat(32))).unwrap()
}

/// The text of each kind of image, with everything that can be in it.
fn texts() -> Vec<String> {
    let stage = |tool| Installer::Stage { tool, image: image("mambaorg/micromamba:2.6.1") };
    let mut locks: Vec<Lockfile> =
        vec![small_lock(), long_lock(), lock_with_pip(), lock_of(Vec::new(), &[("A", "$x \"y\" \\")])];
    for (base, installer) in [
        ("mambaorg/micromamba:2.6.1", Installer::Own),
        ("condaforge/miniforge3:24.11.3-0", Installer::Own),
        ("jupyter/minimal-notebook:1", stage(Tool::Micromamba)),
        ("debian:12", stage(Tool::Envlock)),
        ("team/base", Installer::Own),
    ] {
        let recipe = Recipe {
            installer,
            jupyter: true,
            compose: true,
            env_file: Some("env.list".to_owned()),
            ..Recipe::plain(image(base))
        };
        locks.push(lock_with(&recipe, &[("API_TOKEN", "x"), ("B", "1")]));
    }
    let mut guarded = lock_with_pip();
    guarded.provenance.as_mut().unwrap().choices.credentials_for =
        vec!["conda.anaconda.org".to_owned(), "files.pythonhosted.org".to_owned()];
    locks.push(guarded);
    locks.iter().map(rendered).collect()
}

/// Holds each text against something.
fn each(check: impl Fn(&str, &[String])) {
    for text in texts() {
        check(&text, &instructions(&text));
    }
}

fn keyword(instruction: &str) -> &str {
    instruction.split(' ').next().unwrap()
}

fn stages(instructions: &[String]) -> Vec<&str> {
    instructions.iter().filter(|it| keyword(it) == "FROM").map(|it| it.rsplit(" AS ").next().unwrap()).collect()
}

#[test]
fn consistent_instruction_casing_and_no_deprecated_or_variable_instructions() {
    const KNOWN: [&str; 10] = ["FROM", "RUN", "ENV", "LABEL", "COPY", "USER", "WORKDIR", "SHELL", "EXPOSE", "CMD"];
    each(|_, instructions| {
        let unknown: Vec<&str> = instructions.iter().map(|it| keyword(it)).filter(|it| !KNOWN.contains(it)).collect();
        assert!(unknown.is_empty(), "MaintainerDeprecated, UndefinedArgInFrom, …: {unknown:?}");
    });
}

#[test]
fn stage_name_casing() {
    each(|_, all| assert!(stages(all).iter().all(|it| **it == it.to_lowercase())));
}

#[test]
fn from_as_casing() {
    each(|_, all| assert!(all.iter().filter(|it| keyword(it) == "FROM").all(|it| it.contains(" AS "))));
}

#[test]
fn duplicate_and_reserved_stage_names() {
    each(|_, all| {
        let mut names = stages(all);
        assert!(!names.contains(&"scratch") && !names.contains(&"context"));
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    });
}

#[test]
fn from_platform_flag_const_disallowed_takes_stages_that_are_named_for_it() {
    each(|_, all| assert!(stages(all).iter().all(|it| it.contains("amd64"))));
}

#[test]
fn invalid_definition_description() {
    each(|text, _| {
        for (before, after) in text.match_indices("FROM ").map(|(at, _)| text.split_at(at)) {
            let stage = after.lines().next().unwrap().rsplit(' ').next().unwrap();
            let comments = before.rsplit("\n\n").next().unwrap();
            assert!(comments.starts_with(&format!("# {stage} ")), "{comments}");
        }
    });
}

#[test]
fn no_empty_continuation() {
    each(|text, _| assert!(!text.contains("\\\n\n") && !text.contains("\\\n#")));
}

#[test]
fn json_args_recommended() {
    each(|_, all| {
        let words = all.iter().filter(|it| ["CMD", "SHELL"].contains(&keyword(it)));
        for instruction in words {
            let array: Vec<String> = serde_json::from_str(instruction.split_once(' ').unwrap().1).unwrap();
            assert!(!array.is_empty());
        }
    });
}

#[test]
fn multiple_instructions_disallowed() {
    each(|_, all| assert!(all.iter().filter(|it| keyword(it) == "CMD").count() <= 1));
}

#[test]
fn workdir_relative_path() {
    each(|_, all| assert!(all.iter().filter(|it| keyword(it) == "WORKDIR").all(|it| it.starts_with("WORKDIR /"))));
}

#[test]
fn legacy_key_value_format() {
    each(|_, all| {
        for instruction in all.iter().filter(|it| ["ENV", "LABEL"].contains(&keyword(it))) {
            assert!(instruction.split(' ').nth(1).unwrap().contains('='), "{instruction}");
        }
    });
}

#[test]
fn undefined_var() {
    each(|_, all| {
        for instruction in all.iter().filter(|it| keyword(it) != "RUN") {
            let literal = instruction.replace("\\$", "");
            for (at, _) in literal.match_indices('$') {
                assert!(["$PATH", "$MAMBA_USER"].iter().any(|known| literal[at..].starts_with(known)), "{instruction}");
            }
        }
    });
}

#[test]
fn secrets_used_in_arg_or_env() {
    each(|_, all| assert!(!all.iter().any(|it| keyword(it) == "ENV" && it.contains("TOKEN"))));
}

#[test]
fn copy_ignored_file() {
    // Nothing comes from the build context, so that no .dockerignore can be in the way.
    each(|_, all| {
        let mut copies = all.iter().filter(|it| keyword(it) == "COPY");
        assert!(copies.all(|it| it.starts_with("COPY --from=env_builder_amd64 ")));
    });
}

#[test]
fn expose_proto_casing_and_format() {
    each(|_, all| {
        let mut ports = all.iter().filter_map(|it| it.strip_prefix("EXPOSE "));
        assert!(ports.all(|it| it.bytes().all(|byte| byte.is_ascii_digit())));
    });
}

#[test]
fn the_first_comment_is_no_directive() {
    each(|text, _| assert!(!text.lines().next().unwrap().contains('=')));
}
