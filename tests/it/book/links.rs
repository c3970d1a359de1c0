//! Links between pages, pictures, and the table of contents.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use crate::support::{
    Workspace, done,
    pages::{Page, pages},
    root, tool,
};

/// Pages of the repository that lead to others besides README and book.
const BESIDE: [&str; 6] =
    ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "tests/README.md", "benches/README.md", "fixtures/README.md"];

#[test]
fn every_link_leads_to_a_page_and_a_heading() {
    let book = concat!(env!("CARGO_PKG_HOMEPAGE"), "/");
    let mut wrong = Vec::new();
    for page in pages().into_iter().chain(BESIDE.map(Page::read)) {
        for (line, to, _) in page.links() {
            let own = to.strip_prefix(book).map(|it| format!("book/src/{}", it.replace(".html", ".md")));
            if own.is_none() && to.contains("://") {
                continue;
            }
            let (file, anchor) = to.split_once('#').map_or((to.as_str(), None), |(file, anchor)| (file, Some(anchor)));
            let path = match (&own, file) {
                (Some(own), _) => own.split('#').next().unwrap().to_owned(),
                (None, "") => page.path.clone(),
                (None, file) => Path::new(&page.path).parent().unwrap().join(file).to_str().unwrap().to_owned(),
            };
            let is_there = root().join(&path).exists();
            let has = |anchor: &str| Page::read(&*path).headings().iter().any(|it| it.anchor == anchor);
            if !is_there || anchor.is_some_and(|anchor| !has(anchor)) {
                wrong.push(format!("{}:{line}: {to}", page.path));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_book_has_one_address() {
    let address = env!("CARGO_PKG_HOMEPAGE");
    let readme = Page::read("README.md").links();
    assert!(readme.iter().any(|(_, to, _)| to == address), "README.md doesn't lead to {address}");
    let path = address.split('/').skip(3).collect::<Vec<_>>().join("/");
    let settings = fs::read_to_string(root().join("book/book.toml")).unwrap();
    assert!(settings.contains(&format!("site-url = \"/{path}/\"\n")), "{settings}");
}

/// mdBook itself: it builds the book without a word of warning, and headings have the anchors that links count on.
#[test]
fn mdbook_builds_it_with_the_same_anchors() {
    let Some(mdbook) = tool("mdbook") else { return };
    let workspace = Workspace::empty();
    let mut build = Command::new(mdbook);
    build.arg("build").arg(root().join("book")).arg("--dest-dir").arg(workspace.path());
    let output = build.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && !said.contains("WARN") && !said.contains("ERROR"), "{said}");
    for page in pages().iter().filter(|it| it.path.starts_with("book/src/") && !it.path.ends_with("SUMMARY.md")) {
        let html = workspace.read(&page.path["book/src/".len()..].replace(".md", ".html"));
        let ids = html.split("<h").skip(1).filter(|it| it.starts_with(|c: char| c.is_ascii_digit()));
        let ids: Vec<&str> =
            ids.filter_map(|it| it.split('>').next()?.split("id=\"").nth(1)?.split('"').next()).collect();
        let expected: Vec<String> = page.headings().into_iter().map(|it| it.anchor).collect();
        // Its own menu has a heading, too.
        assert!(ids.ends_with(&expected.iter().map(String::as_str).collect::<Vec<_>>()), "{}: {ids:?}", page.path);
    }
    assert_eq!(workspace.read("llms.txt"), Page::read("book/src/llms.txt").text);
}

#[test]
fn the_help_of_every_command_names_a_page() {
    let workspace = Workspace::empty();
    let help = done(workspace.envlock().env("COLUMNS", "80").arg("--help")).stdout;
    assert!(help.ends_with(concat!("\nManual: ", env!("CARGO_PKG_HOMEPAGE"), "\n")), "{help}");
    let commands = help.split("Commands:\n").nth(1).unwrap().lines().take_while(|line| line.starts_with("  "));
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() > 8, "{commands:?}");
    for command in commands {
        for option in ["-h", "--help"] {
            let help = done(workspace.envlock().env("COLUMNS", "80").args([command, option])).stdout;
            let start = concat!("Manual: ", env!("CARGO_PKG_HOMEPAGE"), "/");
            let page = help.lines().last().unwrap().strip_prefix(start).and_then(|page| page.strip_suffix(".html"));
            let page = page.unwrap_or_else(|| panic!("{help}"));
            assert!(root().join(format!("book/src/{page}.md")).exists(), "{help}");
        }
    }
}

#[test]
fn every_picture_is_shown_and_has_words_for_those_who_do_not_see_it() {
    let mut shown = BTreeSet::new();
    for page in pages() {
        for (line, to, alternative) in page.links() {
            if let Some(alternative) = alternative {
                assert!(alternative.len() > 40, "{}:{line}: {to}", page.path);
                shown.insert(Path::new(&to).file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let there = fs::read_dir(root().join("book/src/img")).unwrap();
    let there: BTreeSet<String> = there.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(shown, there);
    for picture in there {
        let text = fs::read_to_string(root().join("book/src/img").join(&picture)).unwrap();
        for part in ["<title", "<desc", "prefers-color-scheme: dark", "role=\"img\""] {
            assert!(text.contains(part), "{picture} has no {part}");
        }
    }
}

#[test]
fn the_table_of_contents_has_every_page_once_by_its_title() {
    let summary = Page::read("book/src/SUMMARY.md");
    let mut named: Vec<String> = summary.links().into_iter().map(|(_, to, _)| format!("book/src/{to}")).collect();
    named.sort();
    let is_page = |path: &String| path.starts_with("book/") && !path.ends_with("SUMMARY.md");
    let there: Vec<String> = pages().into_iter().map(|page| page.path).filter(is_page).collect();
    assert_eq!(named, there);
    for path in named {
        let page = Page::read(&*path);
        let titles = page.headings().into_iter().filter(|it| it.level == pulldown_cmark::HeadingLevel::H1);
        let titles: Vec<String> = titles.map(|it| it.text).collect();
        assert_eq!(titles.len(), 1, "{path}");
        assert!(
            summary.text.contains(&format!("[{}]({})", titles[0], path.strip_prefix("book/src/").unwrap())),
            "{path}"
        );
    }
}
