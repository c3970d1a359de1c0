//! Images, built by real builders from a real registry, out of packages that hold what their names say.

mod bases;
mod builder;
mod buildkit;
mod layers;
mod micromamba;
mod secrets;
mod stage;
