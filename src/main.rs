//! The envlock command.

fn main() {}
