//! Images, built by real builders from a real registry, out of packages that hold what their names say.

#[path = "../support/mod.rs"]
mod support;

mod bases;
mod builder;
mod buildkit;
mod layers;
mod micromamba;
mod stage;
