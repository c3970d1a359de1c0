//! What people read: the README and the pages of the book, as a reader of Markdown sees them.

use std::{fs, path::Path};

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::root;

/// A page, by its path from the top of the repository.
pub struct Page {
    pub path: String,
    pub text: String,
}

/// A block of code.
pub struct Block {
    /// The page and the line on which its text begins, counted from 1.
    pub place: String,
    /// The words after the fence: the language, and how the block is treated.
    pub info: String,
    pub text: String,
}

/// A heading, with the anchor that mdBook gives it.
pub struct Heading {
    pub level: HeadingLevel,
    pub text: String,
    pub anchor: String,
}

/// The README and every page of the book, in the order of their names.
pub fn pages() -> Vec<Page> {
    let mut paths: Vec<String> = fs::read_dir(root().join("book/src"))
        .unwrap()
        .map(|it| format!("book/src/{}", it.unwrap().file_name().to_str().unwrap()))
        .filter(|path| Path::new(path).extension().is_some_and(|it| it == "md"))
        .collect();
    paths.push("README.md".to_owned());
    paths.sort();
    paths.into_iter().map(Page::read).collect()
}

impl Page {
    /// The page of this path.
    pub fn read(path: impl Into<String>) -> Self {
        let path = path.into();
        let text = fs::read_to_string(root().join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path, text }
    }

    fn events(&self) -> impl Iterator<Item = (Event<'_>, std::ops::Range<usize>)> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES).into_offset_iter()
    }

    fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    /// Its blocks of code.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open = None;
        for (event, range) in self.events() {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = match kind {
                        CodeBlockKind::Fenced(info) => info.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    let place = format!("{}:{}", self.path, self.line(range.start) + 1);
                    open = Some(Block { place, info, text: String::new() });
                }
                Event::Text(text) => {
                    if let Some(block) = &mut open {
                        block.text += &text;
                    }
                }
                Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
                _ => {}
            }
        }
        blocks
    }

    /// What stands in the text as code, with its line.
    pub fn code(&self) -> Vec<(usize, String)> {
        let code = |(event, range): (Event, std::ops::Range<usize>)| match event {
            Event::Code(text) => Some((self.line(range.start), text.to_string())),
            _ => None,
        };
        self.events().filter_map(code).collect()
    }

    /// Where its links and pictures lead, with their lines; of pictures also the text for those who don't see them.
    pub fn links(&self) -> Vec<(usize, String, Option<String>)> {
        let mut links = Vec::new();
        let mut picture = None;
        for (event, range) in self.events() {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => {
                    links.push((self.line(range.start), dest_url.to_string(), None));
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    picture = Some((self.line(range.start), dest_url.to_string(), String::new()));
                }
                Event::Text(text) => {
                    if let Some((_, _, alternative)) = &mut picture {
                        *alternative += &text;
                    }
                }
                Event::End(TagEnd::Image) => {
                    links.extend(picture.take().map(|(line, to, alternative)| (line, to, Some(alternative))));
                }
                _ => {}
            }
        }
        links
    }

    /// Its headings.
    pub fn headings(&self) -> Vec<Heading> {
        let mut headings: Vec<Heading> = Vec::new();
        let mut open = None;
        for (event, _) in self.events() {
            match event {
                Event::Start(Tag::Heading { level, .. }) => open = Some((level, String::new())),
                Event::Text(text) | Event::Code(text) => {
                    if let Some((_, heading)) = &mut open {
                        *heading += &text;
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    let (level, text) = open.take().unwrap();
                    let plain = anchor(&text);
                    let same = headings.iter().filter(|it| anchor(&it.text) == plain).count();
                    let anchor = if same == 0 { plain } else { format!("{plain}-{same}") };
                    headings.push(Heading { level, text, anchor });
                }
                _ => {}
            }
        }
        headings
    }
}

/// mdBook's rule: letters, digits, `_` and `-` in lower case, and a `-` for each blank.
fn anchor(heading: &str) -> String {
    let of = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c.to_ascii_lowercase()),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    };
    heading.trim().chars().filter_map(of).collect()
}
