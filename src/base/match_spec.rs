//! What a package needs, as channels write it.

use rattler_conda_types::{MatchSpec, ParseMatchSpecError, ParseMatchSpecOptions, RepodataRevision};

/// Reads a match spec of a record: in any form that was ever written, with the conditions, extras and flags of the third
/// revision of repodata (CEPs 43, 44 and 45).
///
/// # Errors
///
/// Where it is none.
pub(crate) fn of_record(text: &str) -> Result<MatchSpec, ParseMatchSpecError> {
    MatchSpec::from_str(text, ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3))
}
