//! Codes of errors, and their sections in the book.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use pulldown_cmark::HeadingLevel;

use crate::support::{Workspace, pages::Page, root, run};

/// The sources, without their tests.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut directories = vec![root().join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "tests" {
                directories.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") && !name.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
                found.push((path.clone(), text[..end].to_owned()));
            }
        }
    }
    found
}

/// The texts that stand between each of these beginnings and a quotation mark.
fn quoted<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    text.split(start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// Each code of the sources, with the files that have it.
fn codes() -> BTreeMap<String, Vec<PathBuf>> {
    let mut codes: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (path, text) in sources() {
        let constants =
            text.split("/// The code of ").skip(1).filter_map(|rest| quoted(rest, ": &str = \"").first().copied());
        let all = quoted(&text, "code(\"").into_iter().chain(quoted(&text, "code = \"")).chain(constants);
        for code in all {
            codes.entry(code.to_owned()).or_default().push(path.clone());
        }
    }
    codes
}

#[test]
fn every_error_has_a_code() {
    let mut bare = Vec::new();
    for (path, text) in sources() {
        let mut is_bare = |what: &str| bare.push(format!("{}: {}", path.display(), what.lines().next().unwrap()));
        for item in text.split("#[derive(").skip(1).filter(|it| it.split(')').next().unwrap().contains("Diagnostic")) {
            for variant in item.split("#[error(").skip(1) {
                if !variant.contains("#[diagnostic(transparent)]") && !variant.contains("code(\"") {
                    is_bare(variant);
                }
            }
        }
        for made in text.split("miette!(").skip(1).filter(|it| !it.trim_start().starts_with("code = ")) {
            is_bare(made);
        }
        // `Uncoded` takes the code away where the link is drawn.
        for own in
            text.split("Diagnostic for ").skip(1).filter(|it| !it.starts_with("Uncoded") && !it.contains("fn code"))
        {
            is_bare(own);
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}

#[test]
fn every_code_is_one_error_with_a_section_and_a_link_that_fits() {
    let codes = codes();
    let twice: Vec<_> = codes.iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let headings = Page::read("book/src/errors.md").headings();
    let sections: Vec<&str> =
        headings.iter().filter(|it| it.level == HeadingLevel::H3).map(|it| it.text.as_str()).collect();
    let known: BTreeSet<&str> = codes.keys().map(String::as_str).collect();
    assert_eq!(sections.iter().copied().collect::<BTreeSet<_>>(), known);
    assert_eq!(sections.len(), known.len(), "a section stands there twice");
    for heading in headings.iter().filter(|it| it.level == HeadingLevel::H3) {
        assert_eq!(heading.anchor, heading.text);
        let link = format!("  link: {}/errors.html#{}", env!("CARGO_PKG_HOMEPAGE"), heading.anchor);
        assert!(link.len() <= 80, "{link}");
    }
}

/// Each section says what to do, and not only what is wrong.
#[test]
fn every_section_has_some_words() {
    let page = Page::read("book/src/errors.md").text;
    for section in page.split("\n### ").skip(1) {
        let (code, text) = section.split_once('\n').unwrap();
        let text = text.split("\n## ").next().unwrap().trim();
        assert!(text.len() > 60, "{code}: {text}");
    }
}

#[test]
fn errors_end_with_the_link_to_their_section() {
    let workspace = Workspace::empty();
    workspace.write("binary.yml", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\xff\xfe\0\0");
    workspace.write("bad.yml", "dependencies:\n  - numpy=\n");
    workspace.write("conda-lock.yml", "version: 9\n");
    let missing = Path::new("no").join("such.yml");
    for (arguments, code) in [
        (&["convert"][..], "no-environment-file"),
        (&["convert", "binary.yml"], "environment-not-text"),
        (&["convert", "bad.yml"], "environment-spec"),
        (&["convert", missing.to_str().unwrap()], "environment-unreadable"),
        (&["render"], "lock-version"),
        (&["explain", "numpy", "no.lock"], "lock-missing"),
        (&["diff", "no-lock.yml", "conda-lock.yml"], "system"),
        (&["diff", "one"], "diff-two-things"),
        (&["convert", "--no-such-option"], "command-line"),
    ] {
        for width in ["80", "40"] {
            let said = run(workspace.envlock().env("COLUMNS", width).args(arguments));
            assert_eq!(said.code, 2, "{arguments:?}: {}", said.stderr);
            let last = said.stderr.lines().last().unwrap().trim_start();
            assert_eq!(last, format!("link: {}/errors.html#{code}", env!("CARGO_PKG_HOMEPAGE")), "{}", said.stderr);
        }
    }
    let document = run(workspace.envlock().args(["render", "--json"])).json();
    assert_eq!(document["error"]["code"], "lock-version");
}
