//! YAML with the place of every node, and with every scalar as it was written: `3.10` is not the number 3.1.

use saphyr::{MarkedYaml, Scalar, YamlData, YamlLoader};
use saphyr_parser::{Parser, SpannedEventReceiver};

use super::complaint::explain;
use super::error::{Fault, NO_PACKAGES, NOT_YAML};
use super::location::Lines;
use crate::{
    base::yaml::{Excess, Extent},
    limits::NODES,
};

/// A YAML node with its place.
pub(super) type Node<'t> = MarkedYaml<'t>;

/// The one document of the text.
pub(super) fn load<'t>(text: &'t str, lines: &Lines) -> Result<Node<'t>, Fault> {
    let mut loader = YamlLoader::<Node>::default();
    loader.early_parse(false);
    // The parser's own loop calls itself for every level, so the events are fed by hand.
    let mut parser = Parser::new_from_str(text);
    let mut extent = Extent::default();
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| explain(&error, lines))?;
        if let Err(excess) = extent.grow(&event, NODES) {
            let (message, label, help) = match excess {
                Excess::Nodes => (
                    "with what its aliases repeat, the file is larger than an environment can be",
                    "too much from here on",
                    "write what `*` stands for in its place; an environment file needs no aliases",
                ),
                Excess::Depth => (
                    "lists and mappings are nested too deeply",
                    "here",
                    "an environment file is a mapping with lists of strings; check the indentation",
                ),
            };
            return Err(Fault::new(NOT_YAML, lines.line(span.start.line()), message, label, help));
        }
        loader.on_event(event, span);
        if let Some(error) = loader.error() {
            return Err(explain(error, lines));
        }
    }
    let mut documents = loader.into_documents().into_iter().filter(|document| kind(document) != NodeKind::Nothing);
    let Some(first) = documents.next() else {
        return Err(Fault::new(
            NO_PACKAGES,
            lines.line(1),
            "the file holds nothing but comments",
            "nothing follows",
            "write it again with `conda env export > environment.yml`",
        ));
    };
    match documents.next() {
        None => Ok(first),
        Some(second) => Err(Fault::new(
            NOT_YAML,
            lines.line(second.span.start.line()),
            "a second YAML document begins here",
            "the second document",
            "keep one document; `---` may stand only at the top",
        )),
    }
}

/// What a node is, as far as an environment file cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
    Text,
    Number,
    Bool,
    Nothing,
    List,
    Mapping,
    Other,
}

impl NodeKind {
    /// The kind with its article, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            NodeKind::Text => "a text",
            NodeKind::Number => "a number",
            NodeKind::Bool => "true or false",
            NodeKind::Nothing => "nothing",
            NodeKind::List => "a list",
            NodeKind::Mapping => "a mapping",
            NodeKind::Other => "a tagged value",
        }
    }
}

/// What the node is by the core schema of YAML 1.2.
pub(super) fn kind(node: &Node) -> NodeKind {
    match &node.data {
        YamlData::Representation(written, style, tag) => {
            match Scalar::parse_from_cow_and_metadata(written.clone(), *style, tag.as_ref()) {
                Some(Scalar::String(_)) => NodeKind::Text,
                Some(Scalar::Integer(_) | Scalar::FloatingPoint(_)) => NodeKind::Number,
                Some(Scalar::Boolean(_)) => NodeKind::Bool,
                Some(Scalar::Null) => NodeKind::Nothing,
                None => NodeKind::Other,
            }
        }
        YamlData::Sequence(_) => NodeKind::List,
        YamlData::Mapping(_) => NodeKind::Mapping,
        YamlData::BadValue => NodeKind::Nothing,
        _ => NodeKind::Other,
    }
}

/// A scalar as it was written, without quotes.
pub(super) fn written<'n>(node: &'n Node) -> Option<&'n str> {
    match &node.data {
        YamlData::Representation(written, ..) => Some(written),
        _ => None,
    }
}

/// The items of a list.
pub(super) fn items<'n, 't>(node: &'n Node<'t>) -> Option<&'n [Node<'t>]> {
    match &node.data {
        YamlData::Sequence(items) => Some(items),
        _ => None,
    }
}

/// The entries of a mapping, in the order of the file.
pub(super) fn entries<'n, 't>(node: &'n Node<'t>) -> Option<impl Iterator<Item = (&'n Node<'t>, &'n Node<'t>)>> {
    match &node.data {
        YamlData::Mapping(entries) => Some(entries.iter()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(text: &str) -> Fault {
        load(text, &Lines::new(text)).unwrap_err()
    }

    #[test]
    fn scalars_keep_their_written_form_and_their_kind() {
        let text = "[3.10, '3.10', true, null, ~, x=1, \"y\", !!str 1.10, [], {}]";
        let list = load(text, &Lines::new(text)).unwrap();
        let found: Vec<_> = items(&list).unwrap().iter().map(|node| (kind(node), written(node))).collect();
        assert_eq!(
            found,
            [
                (NodeKind::Number, Some("3.10")),
                (NodeKind::Text, Some("3.10")),
                (NodeKind::Bool, Some("true")),
                (NodeKind::Nothing, Some("null")),
                (NodeKind::Nothing, Some("~")),
                (NodeKind::Text, Some("x=1")),
                (NodeKind::Text, Some("y")),
                (NodeKind::Text, Some("1.10")),
                (NodeKind::List, None),
                (NodeKind::Mapping, None),
            ]
        );
    }

    #[test]
    fn nodes_are_placed_in_bytes_and_without_blanks() {
        let text = "a:\n  - é=1   # x\n  - \"q é\"\n  - f\n";
        let lines = Lines::new(text);
        let root = load(text, &lines).unwrap();
        let (_, list) = entries(&root).unwrap().next().unwrap();
        let places: Vec<_> = items(list).unwrap().iter().map(|node| lines.of(node.span)).collect();
        assert_eq!(places.iter().map(|at| at.line).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(places.iter().map(|at| lines.written(at)).collect::<Vec<_>>(), ["é=1", "\"q é\"", "f"]);
    }

    #[test]
    fn a_second_document_is_refused_and_an_empty_one_is_not() {
        assert_eq!(fault("---\na: 1\n---\nb: 2\n").at.line, 4);
        let text = "---\na: 1\n---\n";
        assert!(load(text, &Lines::new(text)).is_ok());
    }

    #[test]
    fn a_file_of_comments_holds_nothing() {
        assert!(fault("# a\n\n# b\n").message.contains("nothing but comments"));
    }

    #[test]
    fn aliases_are_counted_as_what_they_repeat() {
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (this, last) in ('b'..='i').zip('a'..) {
            let line = format!("{this}: &{this} [{}]\n", vec![format!("*{last}"); 10].join(", "));
            bomb.push_str(&line);
        }
        let found = fault(&bomb);
        assert!(found.message.contains("alias"), "{found:?}");
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(10_000), "*a, ".repeat(20_000));
        assert!(fault(&long).message.contains("aliases"));
        let harmless = "a: &a [x, y]\nb: [*a, *a]\n";
        assert!(load(harmless, &Lines::new(harmless)).is_ok());
    }

    #[test]
    fn deep_nesting_is_refused_before_it_overflows() {
        for text in ["[".repeat(50_000), "- ".repeat(50_000), "? ".repeat(50_000)] {
            assert!(!fault(&text).message.is_empty());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_loaded_or_refused(text in r##"([a-z0-9\[\]{}:,'"#&*!|>%@?~=. \n\t-]|- |: |\n  ){0,60}"##) {
            let lines = Lines::new(&text);
            if let Err(fault) = load(&text, &lines) {
                prop_assert!(text.get(fault.at.span).is_some());
            }
        }
    }
}
