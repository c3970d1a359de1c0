//! What the environments of one run have in common, found out for the first that wants it.

use crate::{image::BaseImage, project::machines::Machines};

/// What the environments of one run have in common.
#[derive(Default)]
pub(in crate::workflow) struct Shared {
    /// Images whose digests are known.
    pub images: Vec<BaseImage>,
    /// What the machine is set up with.
    pub machines: Machines,
}
