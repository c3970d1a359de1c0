//! What exists: the repodata of the channels, for linux-64 and noarch.
//!
//! [`select`] chooses the channels, [`fetch`] gets the records of the names that are wanted and of all that they can
//! depend on, and [`subdirs_elsewhere`] tells where else a missing name is built.

mod address;
mod asked;
mod cache;
mod elsewhere;
mod error;
mod explain;
mod fetch;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod guarded;
mod index_file;
mod info;
mod local;
mod made;
mod msgpack;
mod named;
mod options;
mod place;
mod reach;
mod record_table;
mod records;
mod relations;
mod select;
mod server;
mod session;
mod source;
mod splitter;
mod store;
#[cfg(test)]
mod tests;
mod turn;
mod wheels;

pub(crate) use address::name_of;
pub use asked::Asked;
pub use elsewhere::subdirs_elsewhere;
pub use error::ChannelError;
pub use fetch::{Fetched, fetch};
pub use guarded::guarded;
pub(crate) use named::mirrors;
pub use options::{FetchOptions, cache_dir};
pub use place::{Channel, Place, SUBDIRS};
pub use record_table::{RecordTable, Row, Rows};
pub use records::{Found, Notes, RecordOrigin, Records};
pub use select::{Selection, select, url_of, with_place};
pub use wheels::ServedWheel;
