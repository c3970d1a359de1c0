//! What exists: the repodata of the channels, for linux-64 and noarch.
//!
//! [`select`] chooses the channels, [`fetch`] gets the records of the names that are wanted and of all that they can
//! depend on, and [`subdirs_elsewhere`] tells where else a missing name is built.

mod address;
mod block;
mod cache;
mod cut;
mod elsewhere;
mod error;
mod explain;
mod fetch;
mod local;
mod made;
mod pack;
mod reach;
mod records;
mod select;
mod server;
mod session;
mod source;
mod store;
#[cfg(test)]
mod tests;

pub use block::{Block, Row, Rows};
pub use elsewhere::subdirs_elsewhere;
pub use error::ChannelError;
pub use fetch::{FetchOptions, Fetched, SUBDIRS, cache_dir, fetch};
pub use records::{Found, Origin, Records};
pub use select::{Channel, Place, Selection, select, url_of, with_place};
