//! The blocks of code. What stands after the fence says what is done with a block, and no block is without it.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use clap::{Parser as _, error::ErrorKind};
use envlock::cli::Cli;

use super::{
    is_current,
    place::{Place, environment},
};
use crate::support::pages::{Block, Page, pages};

/// What isn't run here, by the words after the fence: why, and what may stand at the beginning of a line. Of envlock's
/// own commands among them, the command line is read.
const NOT_RUN: [(&str, &str, &[&str]); 6] = [
    ("sh conda", "is run where conda's environment is", &["conda", "envlock"]),
    ("sh docker", "needs Docker; the tests of images run the like", &["docker", "envlock"]),
    ("sh cluster", "needs a cluster, or Apptainer", &["apptainer", "envlock", "export", "sbatch", "srun"]),
    ("sh source", "compiles envlock for minutes; the tests of the wheel run the like", &["cargo", "pip", "pipx"]),
    ("sh server", "asks registries or servers by their own names", &["envlock"]),
    ("text", "is what a command prints, shortened", &[]),
];

/// Files that a test of their own takes from the pages and hands to the program that reads them.
const TESTED_ELSEWHERE: [&str; 5] = [
    ".github/workflows/envlock.yml",
    ".github/workflows/envlock-mend.yml",
    ".gitlab-ci.yml",
    ".gitattributes",
    ".pre-commit-config.yaml",
];

fn blocks() -> Vec<Block> {
    pages().iter().flat_map(Page::blocks).collect()
}

/// The commands of a block of a shell, without its comments; a line that ends with a backslash goes on.
fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\\\n", " ");
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn no_block_is_without_a_test() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for block in blocks() {
        let first = block.text.lines().next().unwrap_or_default();
        let is_known = match block.info.as_str() {
            "sh" | "toml" | "dockerfile" | "yaml environment" => true,
            "yaml" | "gitattributes" => first.strip_prefix("# ").is_some_and(|name| TESTED_ELSEWHERE.contains(&name)),
            info => info.starts_with("console ") || NOT_RUN.iter().any(|(name, ..)| *name == info),
        };
        assert!(is_known, "{}: nothing tests a block of this kind: {:?}, {first}", block.place, block.info);
        *counts.entry(block.info).or_default() += 1;
    }
    println!("{counts:#?}");
    for (info, why, _) in NOT_RUN {
        assert!(counts.contains_key(info), "there is no block any more that {why}: {info}");
    }
}

/// Blocks of a shell are run line by line, each block in a directory of its own.
#[test]
fn what_can_run_here_does() {
    let mut wrong = Vec::new();
    for block in blocks().into_iter().filter(|block| block.info == "sh") {
        let Some(place) = Place::furnished() else { return };
        if block.place.starts_with("book/src/many.md") {
            let file = blocks().into_iter().find(|it| it.info == "toml" && it.place.starts_with("book/src/many.md"));
            place.repository.write("envlock.toml", file.unwrap().text);
        }
        if block.place.starts_with("book/src/merge.md") {
            place.repository.write("environment.yml", environment("hand"));
        }
        for line in lines(&block.text) {
            let said = place.run(&line);
            // These tell a difference, too.
            let may_differ = line.starts_with("envlock diff") || line.starts_with("envlock check");
            let is_done = said.code == 0 || said.code == 1 && may_differ;
            if !is_done {
                wrong.push(format!("{}: {line}: {}\n{}{}", block.place, said.code, said.stdout, said.stderr));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a session shows is what is printed. It begins with nothing but an environment file.
#[test]
fn sessions_are_as_they_are_shown() {
    for page in pages() {
        let mut text = page.text.clone();
        for block in page.blocks() {
            let Some(folder) = block.info.strip_prefix("console ") else { continue };
            let Some(place) = Place::bare(folder) else { return };
            let mut session = String::new();
            for line in block.text.lines().filter_map(|line| line.strip_prefix("$ ")) {
                let said = place.run(&format!("{{ {line}\n}} 2>&1"));
                _ = write!(session, "$ {line}\n{}", said.stdout);
            }
            assert!(!session.is_empty(), "{}: no line begins with a dollar sign", block.place);
            let fence = format!("```{}\n", block.info);
            text = text.replacen(&format!("{fence}{}```", block.text), &format!("{fence}{session}```"), 1);
        }
        is_current(&page.path, &text);
    }
}

/// What of a line is a command of envlock, as the words that a program is given.
fn words(line: &str) -> Option<Vec<String>> {
    let start = ["- ", "$ ", "cargo run -- "].iter().find_map(|it| line.trim().strip_prefix(it)).unwrap_or(line.trim());
    let command = if line.contains("cargo run -- ") { format!("envlock {start}") } else { start.to_owned() };
    if !command.starts_with("envlock ") {
        return None;
    }
    let end =
        [" > ", " | ", " || ", " && ", "; "].iter().filter_map(|it| command.find(it)).min().unwrap_or(command.len());
    // A shell says what are words and what is a comment; what a variable holds doesn't matter.
    let mut shell = std::process::Command::new("sh");
    let printed = shell.args(["-c", &format!("printf '%s\\n' {}", command[..end].replace('$', "_"))]).output().unwrap();
    assert!(printed.status.success(), "{line}");
    Some(String::from_utf8(printed.stdout).unwrap().lines().map(str::to_owned).collect())
}

/// Why envlock doesn't take a command. Capitals stand for what a reader puts in.
fn refused(words: &[String]) -> Option<String> {
    let error = Cli::try_parse_from(words).err()?;
    let is_help = !error.use_stderr();
    let has_placeholder =
        words.iter().skip(2).any(|word| word.len() > 2 && word.chars().all(|c| c.is_ascii_uppercase()));
    let is_value = matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation);
    // A command that the text only names.
    let is_name = words.len() == 2 && error.kind() == ErrorKind::MissingRequiredArgument;
    let is_fine = is_help || is_name || has_placeholder && is_value;
    (!is_fine).then(|| error.to_string())
}

#[test]
fn every_command_line_is_one_that_envlock_takes() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages() {
        let in_blocks = page.blocks().into_iter().flat_map(|block| {
            lines(&block.text).into_iter().map(|line| (block.place.clone(), line)).collect::<Vec<_>>()
        });
        let in_text = page.code().into_iter().map(|(line, text)| (format!("{}:{line}", page.path), text));
        for (place, line) in in_blocks.chain(in_text) {
            if let Some(words) = words(&line) {
                count += 1;
                wrong.extend(refused(&words).map(|why| format!("{place}: {line}\n{why}")));
            }
        }
    }
    assert!(count > 80, "{count}");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn what_is_not_run_begins_with_the_programs_that_are_said() {
    for block in blocks() {
        let Some((_, why, programs)) = NOT_RUN.iter().find(|(info, ..)| *info == block.info) else { continue };
        if block.info == "text" {
            continue;
        }
        for line in lines(&block.text) {
            let first = line.split(' ').next().unwrap();
            assert!(programs.contains(&first), "{}: {line}: a block that {why}", block.place);
        }
    }
}

#[test]
fn files_are_as_their_readers_want_them() {
    let Some(place) = Place::furnished() else { return };
    let repository = &place.repository;
    for block in blocks() {
        match block.info.as_str() {
            "yaml environment" => {
                let environment = envlock::environment::parse_environment(&block.place, block.text.as_bytes());
                let environment = environment.unwrap_or_else(|error| panic!("{}: {error}", block.place));
                assert!(!environment.dependencies.is_empty() && environment.warnings.is_empty(), "{}", block.place);
            }
            "yaml" => {
                let read: Result<serde_yaml::Value, _> = serde_yaml::from_str(&block.text);
                assert!(read.is_ok_and(|it| it.is_mapping()), "{}", block.place);
            }
            "toml" => {
                repository.write("envlock.toml", &block.text);
                let said = place.run("envlock check envlock.toml");
                assert_ne!(said.code, 2, "{}: {}", block.place, said.stderr);
                fs::remove_file(repository.path().join("envlock.toml")).unwrap();
            }
            "dockerfile" if block.text.contains("# envlock: install") => {
                repository.write("Dockerfile.in", &block.text);
                place.done("envlock render");
                assert!(parse_dockerfile::parse(&repository.read("Dockerfile")).is_ok(), "{}", block.place);
                let line = block.text.lines().last().unwrap();
                assert!(line.starts_with('#') || repository.read("Dockerfile").contains(line), "{}", block.place);
            }
            "dockerfile" => {
                assert!(parse_dockerfile::parse(&block.text).is_ok(), "{}", block.place);
            }
            _ => {}
        }
    }
}

/// A mistake is found: what the tests above say of the pages isn't said of everything.
#[test]
fn what_envlock_does_not_take_is_found() {
    let refused_line = |line: &str| refused(&words(line).unwrap()).is_some();
    assert!(refused_line("envlock convert --no-such-option"));
    assert!(refused_line("$ envlock transmogrify environment.yml   # a comment"));
    assert!(refused_line("envlock schema nothing"));
    assert!(!refused_line("envlock schema COMMAND"));
    assert!(!refused_line("envlock diff --git HEAD --format markdown -- \"$lock\" || exit 2"));
    assert!(words("docker build .").is_none());
    let Some(place) = Place::bare("hand") else { return };
    assert_eq!(place.run("envlock convert no-such-file.yml").code, 2);
}
