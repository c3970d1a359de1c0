//! What is common to everything that is told with a place.

use miette::Diagnostic;

/// The file and line of the first label that the diagnostic, or what lies behind it, has.
pub(crate) fn place(diagnostic: &dyn Diagnostic) -> Option<(Option<String>, usize)> {
    let own = || {
        let label = diagnostic.labels()?.next()?;
        let text = diagnostic.source_code()?.read_span(label.inner(), 0, 0).ok()?;
        Some((text.name().map(str::to_owned), text.line() + 1))
    };
    own().or_else(|| diagnostic.diagnostic_source().and_then(place)).or_else(|| diagnostic.related()?.find_map(place))
}
