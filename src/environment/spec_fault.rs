//! What can be wrong with a match spec.

/// What is wrong with a spec, and what to do. The message completes "this spec can't be read: …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpecFault {
    pub message: String,
    pub help: String,
}

impl SpecFault {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        SpecFault { message: message.into(), help: help.into() }
    }
}
