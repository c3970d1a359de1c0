//! Packages and images of a lock are moved, and everything else stays where it is.

mod alone_of_pip;
mod images;
mod moves;
mod packages;

pub use images::{MovedImage, MovedImages, move_images, take_images};
pub use moves::{Move, Moves};
pub use packages::{Update, update};
