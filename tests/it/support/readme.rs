//! The files that README and book show.

use super::pages::{Page, pages};

/// The file of this name that stands on a page as a block, which begins with a comment that names it.
pub fn file(name: &str) -> String {
    let head = format!("# {name}\n");
    let block = pages().iter().flat_map(Page::blocks).find(|block| block.text.starts_with(&head));
    block.unwrap_or_else(|| panic!("no page shows {name}")).text
}

/// The line of an example of the README that begins like this.
pub fn line(start: &str) -> String {
    let readme = Page::read("README.md").text;
    let line = readme.lines().find(|line| line.starts_with(start));
    line.unwrap_or_else(|| panic!("no example in the README begins with {start}")).to_owned()
}
