//! How a command ended that has an answer besides having done its work.

/// Done, or different. An error is neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done, or fresh, or the same.
    Done,
    /// Stale, or different.
    Different,
    /// A part of it couldn't be done, as was told.
    Failed,
}

impl ExitStatus {
    /// The exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Different => 1,
            Self::Failed => 2,
        }
    }
}
