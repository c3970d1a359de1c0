//! Hostile strings in the environment file and in the lock: whatever they hold, they change no instruction, no list and no
//! key. What is written is read by other programs' readers: of Dockerfiles, and of YAML 1.1 and 1.2.

use proptest::{prelude::*, sample::select};
use saphyr::LoadableYamlNode;

use super::{
    ImageFile, files,
    tests::{files_of, instructions, lock_with_pip},
};
use crate::{
    environment::parse_environment,
    image::Recipe,
    intent::understand,
    lockfile::{
        Input, Lockfile, parse,
        testing::{image, lock_of_input},
        to_yaml,
    },
};

/// Words that mean something to some reader, one after the other.
fn hostile() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "\n",
        "\r",
        "\"",
        "'",
        "\\",
        "$",
        "${A}",
        "$(a)",
        "#",
        "\u{1b}[31m",
        "\u{2028}",
        "\u{85}",
        "`",
        "\nRUN evil\n",
        "<<EOF",
        " ",
        "a",
        "%",
        "&&",
        "\n---\n",
        ": ",
        "- ",
        "{",
        "]",
        "\t",
        "\0",
        "\nversion: 9\n",
        "*",
        "é",
    ];
    proptest::collection::vec(select(WORDS), 0..6).prop_map(|words| words.concat())
}

/// The lock of an environment file with these strings wherever it may hold some.
fn lock_of(texts: &[String; 8]) -> Option<Lockfile> {
    let [name, prefix, channel, dependency, pip, variable, value, source] = texts;
    // JSON is YAML.
    let text = serde_json::json!({
        "name": format!("a{name}"), "prefix": format!("/{prefix}"), "channels": ["conda-forge", format!("c{channel}")],
        "dependencies": ["zlib", format!("b{dependency}"), {"pip": ["six", format!("d{pip}")]}],
        "variables": {"KEPT": "1", (format!("V{variable}")): value, "W": value},
    });
    let environment = parse_environment("environment.yml", text.to_string().as_bytes()).ok()?;
    let intent = understand(&environment);
    let channels: Vec<String> = environment.channels.iter().map(|it| it.value.clone()).collect();
    let mut lock = lock_of_input(&Input::new(&environment, &intent, &channels));
    lock.sources = vec![format!("e{source}.yml")];
    lock.set_recipe(&Recipe { jupyter: true, env_file: Some(format!("f{value}")), ..Recipe::plain(image()) });
    Some(lock)
}

/// The kinds of a Dockerfile's instructions, and what those say that don't set variables; hashes don't count.
fn structure(dockerfile: &str) -> (Vec<String>, Vec<String>) {
    let parsed = parse_dockerfile::parse(dockerfile).unwrap_or_else(|error| panic!("{error}: {dockerfile}"));
    let kind = |instruction| format!("{instruction:?}").split('(').next().unwrap_or_default().to_owned();
    let without_hashes = |line: String| -> String {
        let is_hash = |word: &&str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        line.split(' ').filter(|word| !is_hash(word)).collect::<Vec<_>>().join(" ")
    };
    let said = instructions(dockerfile).into_iter().filter(|line| !line.starts_with("ENV ")).map(without_hashes);
    (parsed.instructions.into_iter().map(kind).collect(), said.collect())
}

/// The lines of a list that are no comments, wherever a reader may end a line.
fn entries(file: &ImageFile) -> Vec<&str> {
    let lines = file.text.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// The keys of a lock, as a reader of YAML 1.1 and one of 1.2 find them.
fn keys(yaml: &str) -> Vec<String> {
    let old: serde_json::Value = serde_yaml::from_str(yaml).unwrap();
    let new = saphyr::Yaml::load_from_str(yaml).unwrap();
    assert_eq!(new.len(), 1, "{yaml}");
    let of = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let names = |node: &saphyr::Yaml| -> Vec<String> {
        node.as_mapping().unwrap().keys().map(|key| key.as_str().unwrap().to_owned()).collect()
    };
    let mut keys = of(&old);
    keys.extend(of(&old["metadata"]));
    keys.extend(of(&old["metadata"]["custom_metadata"]));
    let mut same = names(&new[0]);
    same.extend(names(&new[0]["metadata"]));
    same.extend(names(&new[0]["metadata"]["custom_metadata"]));
    keys.sort();
    same.sort();
    assert_eq!(keys, same);
    keys
}

/// Puts a string into the place of the nth string of a YAML document; whether there are as many.
fn replace(value: &mut serde_yaml::Value, nth: &mut usize, with: &str) -> bool {
    match value {
        serde_yaml::Value::String(text) if *nth == 0 => {
            with.clone_into(text);
            true
        }
        serde_yaml::Value::String(_) => {
            *nth -= 1;
            false
        }
        serde_yaml::Value::Sequence(items) => items.iter_mut().any(|item| replace(item, nth, with)),
        serde_yaml::Value::Mapping(map) => map.iter_mut().any(|(_, item)| replace(item, nth, with)),
        _ => false,
    }
}

proptest! {
    #[test]
    fn no_string_of_an_environment_file_changes_what_is_done(texts in proptest::array::uniform8(prop_oneof![3 => Just(String::new()), 2 => hostile()])) {
        // Too many files that are refused would fail the test.
        let lock = lock_of(&texts);
        prop_assume!(lock.is_some());
        let lock = lock.unwrap();
        let harmless = lock_of(&Default::default()).unwrap();
        let (found, expected) = (files_of(&lock), files_of(&harmless));
        prop_assert_eq!(structure(&found[0].text), structure(&expected[0].text));
        prop_assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected).skip(1) {
            prop_assert_eq!(entries(found), entries(expected));
        }
        let yaml = to_yaml(&lock);
        prop_assert_eq!(keys(&yaml), keys(&to_yaml(&harmless)));
        prop_assert_eq!(parse("conda-lock.yml", &yaml).unwrap(), lock);
    }

    #[test]
    fn no_string_of_a_lock_gets_into_an_instruction_or_a_list(nth in 0usize..60, before in "[a-z]{0,3}", text in hostile()) {
        let mut lock: serde_yaml::Value = serde_yaml::from_str(&to_yaml(&lock_with_pip())).unwrap();
        if !replace(&mut lock, &mut { nth }, &(before + &text)) {
            return Ok(());
        }
        let Ok(lock) = parse("conda-lock.yml", &serde_yaml::to_string(&lock).unwrap()) else { return Ok(()) };
        let Ok(files) = files(&lock, "", None) else { return Ok(()) };
        let (_, said) = structure(&files[0].text);
        for run in said.iter().filter(|line| line.starts_with("RUN ")) {
            prop_assert!(run.contains("/mnt/envlock.sh ") && !run.contains("evil"), "{}", run);
        }
        for line in files[1..].iter().filter(|file| file.name != super::run::SCRIPT).flat_map(entries) {
            let (address, hash) = line.rsplit_once(['#', ' ']).unwrap_or((line, ""));
            let hash = hash.trim_start_matches("--hash=sha256:");
            let is_hash = hash.is_empty() || hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            let is_entry = is_hash && !address.contains(char::is_whitespace) && !line.ends_with('\\') && !line.contains("${");
            prop_assert!(line == "@EXPLICIT" || line.starts_with("git+https://") || is_entry, "{}", line);
        }
    }
}
