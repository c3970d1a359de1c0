//! `Dockerfile.in`: a Dockerfile of the user's own, into which what envlock writes is filled.

use miette::Diagnostic;
use thiserror::Error;

use super::quote::comment;

/// Its name.
pub const TEMPLATE: &str = "Dockerfile.in";
/// The line where everything goes that isn't elsewhere.
const INSTALL: &str = "# envlock: install";
/// The line where the first `FROM` goes, if it isn't to stand before what installs.
const FROM: &str = "# envlock: from";

/// Why a template can't be filled in.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum TemplateError {
    /// There is no place.
    #[error("{TEMPLATE}: no line says `{INSTALL}`")]
    #[diagnostic(code("template-no-place"))]
    #[diagnostic(help(
        "put that line where the FROM of the image and the packages are to go; what stands after it is built on them"
    ))]
    NoPlace,
    /// There are two places.
    #[error("{TEMPLATE}:{line}: `{marker}` stands there a second time")]
    #[diagnostic(code("template-twice"))]
    #[diagnostic(help("leave one of them out: an image has one environment"))]
    Twice {
        /// The second line, counted from 1.
        line: usize,
        /// What it says.
        marker: &'static str,
    },
    /// The line would be a part of the instruction before it.
    #[error("{TEMPLATE}:{line}: `{marker}` stands within the instruction that begins before it")]
    #[diagnostic(code("template-continued"))]
    #[diagnostic(help(
        "the line before goes on in the next one: leave out what it ends in, or put this line elsewhere"
    ))]
    Continued {
        /// Its line, counted from 1.
        line: usize,
        /// What it says.
        marker: &'static str,
    },
    /// The image would be installed into before there is one.
    #[error("{TEMPLATE}:{line}: `{FROM}` stands after `{INSTALL}`")]
    #[diagnostic(code("template-late"))]
    #[diagnostic(help("put it before, or leave it out"))]
    Late {
        /// Its line, counted from 1.
        line: usize,
    },
}

/// What is filled in.
pub(super) struct DockerfileParts {
    /// The comments at the head.
    pub head: String,
    /// The first `FROM`, with its comments.
    pub from: String,
    /// Everything after it.
    pub rest: String,
}

impl DockerfileParts {
    /// The Dockerfile where there is no template.
    pub(super) fn alone(self) -> String {
        [self.head, self.from, self.rest].join("\n")
    }

    /// Fills them into a template. Its directives (`# syntax=…`) stay at the top, where they must be.
    ///
    /// # Errors
    ///
    /// Where it has no place for them, or more than one.
    pub(super) fn fill(&self, template: &str) -> Result<String, TemplateError> {
        // Editors of Windows put it there, and builders read past it.
        let template = template.trim_start_matches('\u{feff}');
        let place = |marker: &'static str| {
            let mut lines = template.lines().zip(1..).filter(|(line, _)| line.trim() == marker);
            let first = lines.next().map(|(_, number)| number);
            match lines.next() {
                Some((_, line)) => Err(TemplateError::Twice { line, marker }),
                None => match first.filter(|line| is_continued(template, *line)) {
                    Some(line) => Err(TemplateError::Continued { line, marker }),
                    None => Ok(first),
                },
            }
        };
        let install: usize = place(INSTALL)?.ok_or(TemplateError::NoPlace)?;
        let from = place(FROM)?;
        if let Some(line) = from.filter(|line| *line > install) {
            return Err(TemplateError::Late { line });
        }
        let directives = template.lines().take_while(|line| is_directive(line)).count();
        let mut text: String = template.lines().take(directives).flat_map(|line| [line, "\n"]).collect();
        text += &self.head;
        text += &comment(&format!("{TEMPLATE} is what may be edited; this file is made from it."));
        text.push('\n');
        for (line, number) in template.lines().zip(1..).skip(directives) {
            if from == Some(number) {
                text += &self.from;
            } else if number == install {
                if from.is_none() {
                    text.extend([&self.from, "\n"]);
                }
                text += &self.rest;
            } else {
                text += line;
                text.push('\n');
            }
        }
        Ok(text)
    }
}

/// Whether the instruction before a line goes on there: builders read past comments and empty lines within one.
fn is_continued(template: &str, line: usize) -> bool {
    let directives = template.lines().take_while(|line| is_directive(line));
    let escape =
        directives.filter_map(|it| it.split_once('=')).find(|(name, _)| name.to_ascii_lowercase().contains("escape"));
    let escape = escape.map_or("\\", |(_, escape)| escape.trim());
    let before = template.lines().take(line - 1).map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
    before.last().is_some_and(|it| it.ends_with(escape))
}

/// Whether it is a parser directive, if nothing but directives stands before it.
///
/// Source: <https://docs.docker.com/reference/dockerfile/#parser-directives>.
fn is_directive(line: &str) -> bool {
    let directive = line.strip_prefix('#').and_then(|line| line.split_once('='));
    directive
        .is_some_and(|(name, _)| ["syntax", "escape", "check"].contains(&name.trim().to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str) -> Result<String, String> {
        let parts =
            DockerfileParts { head: "# head\n".to_owned(), from: "FROM a\n".to_owned(), rest: "RUN b\n".to_owned() };
        parts.fill(template).map_err(|error| error.to_string())
    }

    const SAID: &str = "# Dockerfile.in is what may be edited; this file is made from it.\n";

    #[test]
    fn what_stands_around_the_line_stays_as_it_is() {
        let expected = format!("# head\n{SAID}\nARG A=1\nFROM a\n\nRUN b\n\nCOPY . .\n");
        assert_eq!(fill("ARG A=1\n# envlock: install\n\nCOPY . .\n").unwrap(), expected);
        assert_eq!(fill("ARG A=1\r\n# envlock: install\r\n\r\nCOPY . .").unwrap(), expected);
        assert_eq!(fill("\u{feff}ARG A=1\n# envlock: install\n\nCOPY . .\n").unwrap(), expected);
    }

    #[test]
    fn something_may_come_before_the_packages_and_directives_stay_first() {
        let template = "# syntax=docker/dockerfile:1\n# envlock: from\nCOPY ca.crt /etc\n  # envlock: install\n";
        let expected = format!("# syntax=docker/dockerfile:1\n# head\n{SAID}\nFROM a\nCOPY ca.crt /etc\nRUN b\n");
        assert_eq!(fill(template).unwrap(), expected);
    }

    #[test]
    fn a_template_without_a_clear_place_is_refused() {
        assert_eq!(fill("FROM x\n").unwrap_err(), "Dockerfile.in: no line says `# envlock: install`");
        let twice = "# envlock: install\n\n# envlock: install\n";
        assert_eq!(fill(twice).unwrap_err(), "Dockerfile.in:3: `# envlock: install` stands there a second time");
        let within = "Dockerfile.in:4: `# envlock: install` stands within the instruction that begins before it";
        assert_eq!(fill("RUN a \\\n# b\n\n# envlock: install\n").unwrap_err(), within);
        assert!(fill("# escape=`\nRUN a \\\n# envlock: install\n").is_ok());
        assert!(fill("# escape=`\nRUN a `\n# envlock: install\n").unwrap_err().contains("within the instruction"));
        let late = "# envlock: install\n# envlock: from\n";
        assert_eq!(fill(late).unwrap_err(), "Dockerfile.in:2: `# envlock: from` stands after `# envlock: install`");
    }
}
