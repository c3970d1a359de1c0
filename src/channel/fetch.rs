//! Gets the records of names, and of everything that they can depend on.

use super::{Asked, Channel, ChannelError, FetchOptions, Records, reach::Reached, session::Session};

/// Records that were fetched, and may be renewed.
pub struct Fetched {
    reached: Reached,
    session: Session,
}

impl Fetched {
    /// The records: as they are on the servers, or as they were when they were last fetched.
    #[must_use]
    pub fn records(&self) -> &Records {
        &self.reached.records
    }

    /// The records as they are on the servers now, if there they are others; `None` if they are the same, or were
    /// fetched just now. The servers were asked meanwhile, so this may not have to wait.
    ///
    /// # Errors
    ///
    /// Fails where a server can't be asked, or what is new can't be read.
    pub async fn renewed(&mut self) -> Result<Option<Records>, ChannelError> {
        self.session.renew(&self.reached).await
    }

    /// The records as they are on the servers now.
    ///
    /// # Errors
    ///
    /// As for [`Fetched::renewed`].
    pub async fn fresh(mut self) -> Result<Records, ChannelError> {
        Ok(self.renewed().await?.unwrap_or(self.reached.records))
    }
}

/// Gets the records for linux-64 and noarch of these names, and of every name that they can depend on, in any channel.
///
/// What the cache has is used at once, and [`Fetched::renewed`] tells whether it is still so on the servers.
///
/// Where a build exists as `.conda` and as `.tar.bz2`, the `.conda` is taken. The URLs of the records are those of
/// [`Channel::url`] even where the repodata came from a mirror. Must be called in a tokio runtime of several threads.
///
/// # Errors
///
/// Fails where a channel can't be read; [`ChannelError`] says why.
pub async fn fetch(
    channels: &[Channel],
    names: impl IntoIterator<Item = impl Into<Asked>>,
    options: &FetchOptions,
) -> Result<Fetched, ChannelError> {
    let mut session = Session::open(channels, names.into_iter().map(Into::into).collect(), options).await?;
    let reached = session.reach().await?;
    Ok(Fetched { reached, session })
}
