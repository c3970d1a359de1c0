//! The real thing: files of public projects on a real part of conda-forge. Neither is in the repository; without them,
//! the tests are skipped and say so.

mod exports;
mod files;
mod oracle;
mod records;
mod resolve;
mod seed;
