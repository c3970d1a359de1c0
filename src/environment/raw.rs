//! What can be seen before the YAML is parsed, and would only confuse the parser: messages of the console above the
//! document, merge conflicts, templates.

use std::ops::Range;

use super::captured::CAPTURED;
use super::error::{Fault, MERGE, TEMPLATE};
use super::location::Lines;
use crate::words::is_conflict_marker;

/// The top-level keys of an environment file: those of CEP 24, the two that conda-lock adds, and envlock's own.
pub(super) const KEYS: [&str; 8] =
    ["name", "channels", "dependencies", "variables", "prefix", "platforms", "category", CAPTURED];

/// The bytes of what the console wrote above the document, if it wrote anything.
///
/// `conda env export` sends warnings and progress to stderr, and a file has them when both streams went into it.
pub(super) fn console_noise(lines: &Lines) -> Option<Range<usize>> {
    let is_start = |line: &str| line.starts_with('{') || key(line).is_some_and(|key| KEYS.contains(&key));
    let (first, _) = lines.numbered().find(|(_, line)| is_start(line))?;
    let above = || lines.numbered().take(first - 1);
    above().any(|(_, line)| is_noise(line)).then(|| 0..lines.line(first).span.start)
}

/// The text with those bytes turned into spaces, so that offsets and line numbers stay.
pub(super) fn blank(text: &str, noise: Range<usize>) -> String {
    let (noise, rest) = text.split_at(noise.end);
    let blanks = noise.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' });
    blanks.chain(rest.chars()).collect()
}

/// Refuses a file that is still to be finished: by a merge, or by the tool that fills in its placeholders.
pub(super) fn refuse_unfinished(lines: &Lines) -> Result<(), Fault> {
    for (number, line) in lines.numbered() {
        if is_conflict_marker(line) {
            return Err(Fault::new(
                MERGE,
                lines.line(number),
                "the file has an unresolved merge conflict",
                "the conflict begins here",
                "keep one side, and delete the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`",
            ));
        }
        if let Some(marker) = template_marker(without_quotes_and_comment(line).as_ref()) {
            let start = lines.line(number).span.start + line.trim_start().find(marker).unwrap_or(0);
            return Err(template(lines, start..start + marker.len(), marker));
        }
    }
    Ok(())
}

/// The fault of a text that only becomes an environment file when a tool has filled it in.
pub(super) fn template(lines: &Lines, span: Range<usize>, marker: &str) -> Fault {
    Fault::new(
        TEMPLATE,
        lines.at(span),
        format!("the file is a template: `{marker}` is to be replaced before conda can read it"),
        "a placeholder",
        "render the template first (cookiecutter, copier, jinja), and convert the file that comes out",
    )
}

/// The mark of a template language that the text has, if any.
pub(super) fn template_marker(text: &str) -> Option<&'static str> {
    ["${{", "{{", "{%", "<%"].into_iter().find(|marker| text.contains(marker))
}

/// The key that a line begins with: `name` for `name: base` and for `"name": "base"`.
pub(super) fn key(line: &str) -> Option<&str> {
    let (key, rest) = line.split_once(':')?;
    let key = key.trim_end().trim_matches(['"', '\'']);
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let ends = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (ends && !key.is_empty() && key.chars().all(is_word)).then_some(key)
}

/// Whether a line above the first known key is a message: no comment, no other key, nothing that belongs to one.
fn is_noise(line: &str) -> bool {
    let is_level = |key: &str| {
        ["warning", "info", "debug", "error", "critical"].iter().any(|level| key.eq_ignore_ascii_case(level))
    };
    let is_known = |key: &&str| line.strip_prefix(*key).is_some_and(|rest| rest.starts_with(':'));
    let is_yaml = line.trim().is_empty() || line.starts_with([' ', '\t', '#', '-', '%']) || KEYS.iter().any(is_known);
    !is_yaml && key(line).is_none_or(is_level)
}

/// The line without the parts in quotes and behind ` #`, where a placeholder does no harm to the YAML.
fn without_quotes_and_comment(line: &str) -> String {
    let (mut kept, mut quote, mut before) = (String::new(), None, ' ');
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '#' && before.is_whitespace() => break,
            // An apostrophe within a word opens nothing.
            None if matches!(c, '"' | '\'') && !before.is_alphanumeric() => quote = Some(c),
            None => kept.push(c),
        }
        before = c;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(text: &str) -> Option<&str> {
        console_noise(&Lines::new(text)).map(|range| &text[range])
    }

    fn unfinished(text: &str) -> (usize, String) {
        let fault = refuse_unfinished(&Lines::new(text)).unwrap_err();
        (fault.at.line, text[fault.at.span].to_owned())
    }

    #[test]
    fn messages_above_the_first_key_are_noise() {
        for above in [
            "WARNING: A conda environment already exists\n",
            "Collecting package metadata (repodata.json): done\nSolving environment: done\n\n",
            "\n\n==> WARNING: A newer version of conda exists. <==\n  current version: 4.7.10\n",
            "warning  libmamba Could not parse mod/etag header\n# a comment\n",
            "conda : WARNING: overwriting\nAt line:1 char:1\n+ conda env export\n",
        ] {
            assert_eq!(noise(&format!("{above}name: base\ndependencies:\n  - a\n")), Some(above));
            assert_eq!(noise(&format!("{above}{{\"name\": \"base\"}}")), Some(above));
        }
    }

    #[test]
    fn yaml_above_the_first_key_is_no_noise() {
        for text in [
            "# conda env export\n---\n\nname: base\n",
            "%YAML 1.2\n---\nname: base\n",
            "pip-repositories:\n  - x y\n- z\nname: base\n",
            "just text, and no key\n",
            "name: base\nWARNING: below\n",
            "name:base\ndependencies:\n",
        ] {
            assert_eq!(noise(text), None, "{text}");
        }
    }

    #[test]
    fn blanked_noise_keeps_lines_and_offsets() {
        let text = "é: done\nname: ü";
        assert_eq!(blank(text, 0..9), "        \nname: ü");
        assert_eq!(blank(text, 0..9).len(), text.len());
    }

    #[test]
    fn a_merge_conflict_is_refused_where_it_begins() {
        let text = "dependencies:\n<<<<<<< HEAD\n  - a\n=======\n  - b\n>>>>>>> main\n";
        assert_eq!(unfinished(text), (2, "<<<<<<< HEAD".to_owned()));
    }

    #[test]
    fn templates_are_refused_at_the_placeholder() {
        for (line, marker) in [
            ("name: {{ cookiecutter.name }}", "{{"),
            ("  - python={{ version }}", "{{"),
            ("{% if it's_so %}", "{%"),
            ("name: ${{ values.name }}", "${{"),
            ("  - <%= name %>", "<%"),
        ] {
            assert_eq!(unfinished(&format!("# {{{{ x }}}}\n{line}\n")), (2, marker.to_owned()));
        }
    }

    #[test]
    fn placeholders_in_comments_and_quotes_are_left_to_yaml() {
        for text in [
            "# {% if x %}\nname: a # {{ b }}\n",
            "name: \"a-{{ b }}\"\n",
            "name: 'a-{{ b }}'\n",
            "{\"a\": {\"b\": {\"c\": 1}}}",
            "variables: {A: $HOME, B: ${C}}",
        ] {
            assert_eq!(refuse_unfinished(&Lines::new(text)), Ok(()), "{text}");
        }
    }
}
