//! The files that the README shows.

use std::fs;

use super::root;

/// The file of this name that stands in the README as a block, which begins with a comment that names it.
pub fn file(name: &str) -> String {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let start = ["```yaml\n", "```gitattributes\n"].iter().find_map(|fence| {
        let start = format!("{fence}# {name}\n");
        readme.find(&start).map(|at| at + fence.len())
    });
    let block = &readme[start.unwrap_or_else(|| panic!("no {name} in the README"))..];
    block[..block.find("```\n").unwrap()].to_owned()
}

/// The line of an example that begins like this.
pub fn line(start: &str) -> String {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let line = readme.lines().find(|line| line.starts_with(start));
    line.unwrap_or_else(|| panic!("no example in the README begins with {start}")).to_owned()
}
