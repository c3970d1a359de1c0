//! envlock turns a conda environment file of any platform into a linux-64 lockfile and a digest-pinned Dockerfile.
//!
//! Data flows one way, and each step is a plain function from one type to the next:
//!
//! ```text
//! environment.yml
//!    │  environment   what was written: encodings, YAML, conda specs, pip lines, variables   → Environment
//!    │  intent        what was meant: foreign builds stripped, variants kept                 → Intent
//!    │  channel       what exists: repodata for linux-64 and noarch                          → Records
//!    │  rank          the wishes, in the order of their importance                           → Wish
//!    │  solve         the closest solution, and why each pin moved or went                   → Solution
//!    │  pypi          the pip section, locked against the conda solution                     → PipLock
//!    ▼
//! conda-lock.yml      lockfile                                                               → Lockfile
//!    │  image         how the image is made, and what it offers as virtual packages          → Recipe
//!    ▼
//! Dockerfile          dockerfile                                                             → text
//! environment         install       the lock, installed into a prefix of this machine
//! ```
//!
//! [`check`] tells whether all of these still belong together, and [`report`] what happened; `page` shows it in a
//! browser, with the graph that `draw` lays out. Where there is no file, `prefix` reads the environment itself.
//! [`workflow`] joins the steps for what [`project`] finds to be done, and [`cli`] is the command line around it. A step
//! never reaches back: `solve` knows no YAML, `dockerfile` knows no channel.

#![warn(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)]
#![cfg_attr(not(test), warn(clippy::string_slice, unreachable_pub))]

mod base;
pub mod channel;
pub mod check;
pub mod cli;
pub mod dockerfile;
mod draw;
pub mod environment;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
pub mod http;
pub mod image;
pub mod install;
#[doc(hidden)]
pub mod intent;
mod limits;
pub mod lockfile;
#[doc(hidden)]
pub mod machine;
#[doc(hidden)]
pub mod names;

mod page;
mod prefix;
pub mod progress;
pub mod project;
pub mod pypi;
#[doc(hidden)]
pub mod rank;
pub mod report;
pub mod solve;
#[doc(hidden)]
pub mod temporary;
mod words;
pub mod workflow;
