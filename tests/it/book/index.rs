//! `llms.txt`, the table of contents for programs that read.

use std::fmt::Write as _;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::is_current;
use crate::support::pages::Page;

/// The first sentence of a page, in plain text.
fn first_sentence(page: &Page) -> String {
    let mut text = String::new();
    let mut inside = false;
    for event in Parser::new_ext(&page.text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Paragraph) => inside = true,
            Event::End(TagEnd::Paragraph) => break,
            Event::Text(part) | Event::Code(part) if inside => text += &part,
            Event::SoftBreak if inside => text.push(' '),
            _ => {}
        }
    }
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    text[..end].trim_end_matches(':').to_owned()
}

#[test]
fn it_names_every_page_of_the_table_of_contents() {
    let book = env!("CARGO_PKG_HOMEPAGE");
    let summary = Page::read("book/src/SUMMARY.md");
    let about = first_sentence(&Page::read("book/src/index.md"));
    let mut text = format!("# envlock\n\n> {about}\n");
    for line in summary.text.lines().skip(1) {
        if let Some(part) = line.strip_prefix("# ") {
            _ = write!(text, "\n## {part}\n\n");
        } else if let Some((title, file)) =
            line.strip_prefix("- [").and_then(|it| it.strip_suffix(')')?.split_once("]("))
        {
            let page = Page::read(format!("book/src/{file}"));
            _ = writeln!(text, "- [{title}]({book}/{}): {}", file.replace(".md", ".html"), first_sentence(&page));
        }
    }
    is_current("book/src/llms.txt", &text);
}
