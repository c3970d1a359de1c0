//! What every room may use, and knows none of them.

pub(crate) mod core_metadata;
pub(crate) mod credentials;
pub(crate) mod diagnostic;
pub(crate) mod hash;
pub(crate) mod match_spec;
pub(crate) mod permissions;
pub(crate) mod repository;
pub(crate) mod schema_version;
pub(crate) mod text;
pub(crate) mod yaml;
