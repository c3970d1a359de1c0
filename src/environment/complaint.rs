//! What the YAML parser complains about, in the words of environment files.

use saphyr::ScanError;

use super::error::{Fault, NOT_YAML};
use super::location::Lines;

/// Finds the line that is wrong, which may stand above the one where the parser noticed, and how to mend it.
pub(super) fn explain(error: &ScanError, lines: &Lines) -> Fault {
    let noticed = error.marker().line();
    if let Some(fault) = odd_indentation(lines, noticed) {
        return fault;
    }
    if error.info().starts_with("simple key expect") {
        return neither_key_nor_item(lines, noticed);
    }
    let line = lines.line(noticed);
    let text = lines.written(&line);
    let offset = lines.offset(*error.marker());
    let at = if line.span.contains(&offset) { lines.at(offset..line.span.end) } else { line };
    if error.info() == "duplicated key in mapping" {
        let key = text.split(':').next().unwrap_or(text).trim();
        let help = "put what both say under one of them, and delete the other";
        return Fault::new(NOT_YAML, at, format!("`{key}:` is there twice"), "the second one", help);
    }
    Fault::new(NOT_YAML, at, in_plain_words(error.info()), "the parser stopped here", advice(text))
}

/// A line up to the one at fault that is indented with something other than spaces, such as a tab.
fn odd_indentation(lines: &Lines, up_to: usize) -> Option<Fault> {
    let odd = |line: &str| {
        let (indentation, _) = line.split_at(line.len() - line.trim_start().len());
        indentation.chars().find(|c| *c != ' ').filter(|_| !line.trim().is_empty())
    };
    let (number, found) = lines.numbered().take(up_to).find_map(|(number, line)| Some((number, odd(line)?)))?;
    let name = if found == '\t' { "a tab".to_owned() } else { format!("the character U+{:04X}", u32::from(found)) };
    Some(Fault::new(
        NOT_YAML,
        lines.line(number),
        format!("the line is indented with {name}, and YAML allows only spaces there"),
        "what is indented",
        "indent it with spaces, as many as the lines around it",
    ))
}

/// The parser waits for the colon of a key, and notices only where the text ends that it took for the key.
fn neither_key_nor_item(lines: &Lines, noticed: usize) -> Fault {
    let is_odd = |text: &str| {
        let is_item = text == "-" || text.starts_with("- ");
        let is_key = text.ends_with(':') || text.contains(": ");
        !text.is_empty() && !text.starts_with('#') && !is_item && !is_key
    };
    let above = (1..=noticed).rev().find(|number| is_odd(lines.written(&lines.line(*number))));
    let at = lines.line(above.unwrap_or(noticed));
    let help = advice(lines.written(&at));
    Fault::new(NOT_YAML, at, "the line is neither a `key: value` nor an item of a list", "this line", help)
}

/// The commonest complaints of the parser, and the others as it puts them.
fn in_plain_words(info: &str) -> String {
    let plain = match info {
        _ if info.contains("expected '-' indicator") || info.contains("expected key") => {
            "the line is indented like nothing above it"
        }
        _ if info.contains("quoted scalar") && (info.contains("indentation") || info.contains("end of stream")) => {
            "a quote is opened here and not closed"
        }
        "mapping values are not allowed in this context" => "there is a colon where no key can stand",
        _ => return format!("this is not valid YAML ({info})"),
    };
    plain.to_owned()
}

/// What to do about a line that the parser complains about.
fn advice(line: &str) -> &'static str {
    if line.starts_with("@EXPLICIT") {
        return "this is a list of package URLs: give the environment file, as `conda env export` writes it";
    }
    if line.contains('\\') && line.contains('"') {
        return "in double quotes a backslash begins an escape: put the value into single quotes, or into none";
    }
    if line.starts_with('-') && !line.starts_with("- ") {
        return "a list item begins with a dash and a space, as in `- numpy`";
    }
    let value = line.strip_prefix("- ").or_else(|| Some(line.split_once(": ")?.1)).unwrap_or(line).trim_start();
    if value.starts_with(['*', '&', '!', '>', '|', '%', '@', '`']) {
        return "a value that begins with this character has to stand in quotes";
    }
    "check this line and the one above: items of a list begin with `- ` in the same column, keys end with `:` and a \
     space, quotes and brackets are closed"
}

#[cfg(test)]
mod tests {
    use super::super::yaml::load;
    use super::*;

    fn fault(text: &str) -> Fault {
        load(text, &Lines::new(text)).unwrap_err()
    }

    #[test]
    fn a_tab_is_named_with_its_line() {
        let fault = fault("dependencies:\n  - pip:\n\t  - sphinx\n");
        assert_eq!(fault.at.line, 3);
        assert!(fault.message.contains("a tab"), "{fault:?}");
    }

    #[test]
    fn a_key_that_is_there_twice_is_named_with_its_second_line() {
        let fault = fault("name: a\nchannels: []\nname: b\n");
        assert_eq!((fault.at.line, fault.message.as_str()), (3, "`name:` is there twice"));
    }

    #[test]
    fn the_line_at_fault_is_named_with_its_reason_and_its_advice() {
        let neither = "the line is neither a `key: value` nor an item of a list";
        let indented = "the line is indented like nothing above it";
        let quote = "a quote is opened here and not closed";
        for (text, line, message, help) in [
            ("name: x\nchannels\n  - a\ndependencies:\n  - b\n", 2, neither, "keys end with `:`"),
            ("channels:\n  - a\ndependencies\n  - b\n", 3, neither, "keys end with `:`"),
            ("dependencies:\n  - a\n  -b\n", 3, neither, "a dash and a space"),
            ("dependencies:\n  - a\nb\nprefix: c\n", 3, neither, "keys end with `:`"),
            ("dependencies:\n  - a\n - b\n", 3, indented, "same column"),
            ("name: a\nchannels:\n  - b\n  dependencies:\n  - c\n", 4, indented, "same column"),
            ("dependencies:\n  - 'c\n  - d\nprefix: b\n", 2, quote, "quotes and brackets are closed"),
            ("dependencies:\n  - a: 1: 2\n", 2, "there is a colon where no key can stand", "keys end with `:`"),
            ("name: a\ndependencies:\n  - *\n", 3, "this is not valid YAML (", "stand in quotes"),
            ("dependencies:\n  - >=3\n", 2, "this is not valid YAML (", "stand in quotes"),
            ("prefix: \"C:\\Users\\me\"\n", 1, "this is not valid YAML (", "single quotes"),
            ("@EXPLICIT\nhttps://a/b-1-0.conda\n", 1, "this is not valid YAML (", "conda env export"),
        ] {
            let fault = fault(text);
            assert_eq!(fault.at.line, line, "{text}: {fault:?}");
            assert!(fault.message.starts_with(message), "{text}: {fault:?}");
            assert!(fault.help.contains(help), "{text}: {fault:?}");
        }
    }
}
