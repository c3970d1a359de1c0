//! The first screen: what `envlock` alone and `envlock --help` print, on 80 columns and 24 lines.

use clap::builder::{StyledStr, Styles};

use crate::cli::manual::BOOK;

/// What follows in a manual page; the screen says the same in fewer lines.
pub(super) const AFTER: &str = "\
Example: envlock convert environment.yml

Exit codes: 0 done, 1 stale or different, 2 error, 130 interrupted";

/// The screen, in clap's own words for what it fills in.
pub(super) fn template() -> StyledStr {
    let styles = Styles::styled();
    let (head, literal) = (styles.get_header(), styles.get_literal());
    format!(
        "{{about}}

{{usage-heading}} {{usage}}

{head}Start here:{head:#}
  {literal}envlock convert environment.yml{literal:#}   writes conda-lock.yml and a Dockerfile
  {literal}docker build -t NAME .{literal:#}            makes the image of it

{head}Commands:{head:#}
{{subcommands}}

After a command, {literal}-h{literal:#} tells its usual options and {literal}--help{literal:#} all. All take {literal}--json{literal:#},
{literal}-q{literal:#}, {literal}-v{literal:#} and {literal}--color WHEN{literal:#}. Exit codes: 0 done, 1 stale or different, 2 error.
Manual: {BOOK}
"
    )
    .into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::Cli;

    #[test]
    fn it_fits_a_small_terminal_with_the_line_of_the_prompt() {
        let command = || Cli::command().term_width(80);
        for text in [command().render_help(), command().render_long_help()] {
            let text = text.to_string();
            assert!(text.lines().count() <= 23, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        }
    }
}
