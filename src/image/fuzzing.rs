//! What is made of any bytes that a registry may send.

use super::registry::answer;

pub(crate) fn manifest(bytes: &[u8]) {
    _ = answer::Manifest::read(bytes);
    _ = answer::platform(bytes);
    _ = answer::token(bytes);
    _ = answer::ErrorCodes::read(bytes).first();
}
