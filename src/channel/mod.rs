//! What exists: the repodata of the channels, for linux-64 and noarch.

mod records;

pub use records::Records;
