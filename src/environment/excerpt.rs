//! The text of a file, as an error shows it: a few lines around each place, however far apart the places are.

use miette::{MietteError, MietteSpanContents, NamedSource, SourceCode, SourceSpan, SpanContents};

use super::{masked, variables};

/// The text of a file. Credentials in it are masked, and the values of secret variables.
#[derive(Clone, Debug)]
pub struct Excerpt(NamedSource<String>);

impl Excerpt {
    /// The text of a file, which messages call `name`.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self(NamedSource::new(name, variables::masked(&masked(text))).with_language("yaml"))
    }

    /// What messages call the file.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.0.read_span(span, context_lines_before, context_lines_after)?;
        // The text itself counts its lines from the beginning of the file, so that everything between two places, however
        // far apart, would be shown.
        let count = read.data().split_inclusive(|byte| *byte == b'\n').count().saturating_sub(1);
        let mut contents = MietteSpanContents::new_named(
            self.0.name().to_owned(),
            read.data(),
            *read.span(),
            read.line(),
            read.column(),
            count,
        );
        if let Some(language) = read.language() {
            contents = contents.with_language(language);
        }
        Ok(Box::new(contents))
    }
}

#[cfg(test)]
mod tests {
    use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan};
    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error, Diagnostic)]
    #[error("two lines contradict each other")]
    struct Contradiction {
        #[source_code]
        text: Excerpt,
        #[label(collection)]
        at: Vec<LabeledSpan>,
    }

    /// What is shown of a file of 200 lines with labels on some of them, by their numbers.
    fn shown(lines: &[usize]) -> Vec<usize> {
        let text = (1..=200).map(|line| format!("line-{line:03}\n")).collect::<Vec<_>>().concat();
        let label = |line: &usize| LabeledSpan::new_with_span(Some("here".to_owned()), ((line - 1) * 9, 8));
        let error =
            Contradiction { text: Excerpt::new("environment.yml", &text), at: lines.iter().map(label).collect() };
        let mut drawn = String::new();
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
        handler.render_report(&mut drawn, &error).unwrap();
        let number = |line: &str| line.split_once("line-").and_then(|(_, number)| number.trim().parse().ok());
        drawn.lines().filter_map(number).collect()
    }

    #[test]
    fn places_that_are_far_apart_have_an_excerpt_each() {
        assert_eq!(shown(&[20, 180]), [19, 20, 21, 179, 180, 181]);
        assert_eq!(shown(&[100, 110, 120]), [99, 100, 101, 109, 110, 111, 119, 120, 121]);
    }

    #[test]
    fn places_that_are_close_share_one() {
        assert_eq!(shown(&[20, 22]), [19, 20, 21, 22, 23]);
        assert_eq!(shown(&[1, 200]), [1, 2, 199, 200]);
    }
}
