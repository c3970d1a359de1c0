//! What happened, told to a person and to a program.
//!
//! [`Report`] is the data, and the document that `--json` prints. [`text::render`] makes of it what stands on the
//! terminal, and [`outcomes_for_lock`] what moved and went for the lock. The words for each reason are in
//! [`reason`], so that all three say the same.

mod data;
mod gather;
mod outcomes;
mod readers;
pub mod reason;
mod table;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;

pub use data::{
    Added, Counts, CutOff, Dropped, Late, Pip, Report, ReportOrigin, ReportWarning, ReportedLine, ReportedPin,
    ReportedPip, Verdict, Why, Written,
};
pub use gather::{Facts, WheelFate};
pub use outcomes::outcomes_for_lock;
