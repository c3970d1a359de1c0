//! How much there is in a YAML document, told before it is loaded: aliases multiply what they repeat, and a parser takes the
//! longer for each token the deeper it is nested.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser};

use crate::limits::{NODE, YAML_DEPTH};

/// What a document has too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Excess {
    /// Nodes, those counted again that an alias repeats.
    Nodes,
    /// Levels.
    Depth,
}

/// What was read of a document.
#[derive(Default)]
pub(crate) struct Extent {
    /// How many nodes there are when each alias stands for what it repeats, which is how they are loaded.
    nodes: usize,
    /// The anchor of each node that is open, and the number of nodes before it.
    open: Vec<(usize, usize)>,
    /// How many nodes an anchor stands for.
    of_anchor: HashMap<usize, usize>,
}

impl Extent {
    /// Counts what an event brings.
    ///
    /// # Errors
    ///
    /// Where that is more than so many nodes, or too deep.
    pub(crate) fn grow(&mut self, event: &Event, limit: usize) -> Result<(), Excess> {
        let before = self.nodes;
        self.nodes += match event {
            Event::Alias(anchor) => self.of_anchor.get(anchor).copied().unwrap_or(1),
            Event::Scalar(text, ..) => 1 + text.len() / NODE,
            Event::SequenceStart(..) | Event::MappingStart(..) => 1,
            _ => 0,
        };
        match event {
            Event::Scalar(_, _, anchor, _) => _ = self.of_anchor.insert(*anchor, self.nodes - before),
            Event::SequenceStart(anchor, ..) | Event::MappingStart(anchor, ..) => self.open.push((*anchor, before)),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((anchor, before)) = self.open.pop() {
                    self.of_anchor.insert(anchor, self.nodes - before);
                }
            }
            _ => {}
        }
        if self.nodes > limit {
            Err(Excess::Nodes)
        } else if self.open.len() > YAML_DEPTH {
            Err(Excess::Depth)
        } else {
            Ok(())
        }
    }
}

/// Refuses a text that has too much.
///
/// # Errors
///
/// Where it has, or is no YAML: what is wrong, and the line.
pub(crate) fn check(text: &str, limit: usize) -> Result<(), (String, usize)> {
    let line = |marker: &Marker| marker.line().max(1);
    let mut parser = Parser::new_from_str(text);
    let mut extent = Extent::default();
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| (error.info().to_owned(), line(error.marker())))?;
        extent.grow(&event, limit).map_err(|excess| {
            let what = match excess {
                Excess::Nodes => "with what its aliases repeat, it is larger than it can be",
                Excess::Depth => "lists and mappings are nested too deeply",
            };
            (what.to_owned(), line(&span.start))
        })?;
    }
    Ok(())
}
