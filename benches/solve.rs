//! Rewritten with the engine.
fn main() {}
