//! Whether a lock is as it was written, which the hashes tell that it keeps.

use super::{
    custom::{as_of_text, hashed, outcomes_text},
    model::key,
    write::packages_text,
};
use crate::lockfile::{LockError, LockedOutcome, Lockfile, Package, Provenance, Seals, sha256_hex};

impl Lockfile {
    /// Puts the hashes under a lock that is made.
    pub(in crate::lockfile) fn seal(&mut self) {
        let packages = self.packages().to_vec();
        if let Some(provenance) = &mut self.provenance {
            provenance.seals = Seals {
                input: Some(sha256_hex(provenance.input.text())),
                question: Some(question_seal(provenance)),
                outcomes: outcomes_seal(&provenance.outcomes),
                packages: Some(packages_seal(&packages)),
            };
        }
    }

    /// Says what moved and what went, in the place of what was said before.
    pub(crate) fn set_outcomes(&mut self, outcomes: &[LockedOutcome]) {
        if let Some(provenance) = &mut self.provenance {
            provenance.seals.outcomes = outcomes_seal(outcomes);
            provenance.outcomes = outcomes.to_vec();
        }
    }

    /// What of the lock isn't as it was written, each with its verb: `its packages were`. `text` is what it was read
    /// from.
    ///
    /// How the image is made may be changed in the lock (`update --base-image` does it), and isn't hashed.
    ///
    /// # Errors
    ///
    /// Where the lock doesn't hold the hashes: another program made it, or an older envlock.
    pub fn edited(&self, text: &str) -> Result<Vec<&'static str>, LockError> {
        let provenance = self.provenance.as_ref().ok_or(LockError::Unsaid { key: key::INPUT })?;
        let seals = &provenance.seals;
        let input = seals.input.as_ref().ok_or(LockError::Unsaid { key: key::INPUT_SHA256 })?;
        let packages = seals.packages.as_ref().ok_or(LockError::Unsaid { key: key::PACKAGES_SHA256 })?;
        let hashes = [
            ("its input was", *input == sha256_hex(provenance.input.text())),
            (
                "its date, channel priority, preference or virtual packages were",
                seals.question == Some(question_seal(provenance)),
            ),
            ("what moved or went was", seals.outcomes == outcomes_seal(&provenance.outcomes)),
            ("its packages were", has_packages(self.packages(), packages, text)),
        ];
        Ok(hashes.into_iter().filter(|(_, is_as_written)| !is_as_written).map(|(what, _)| what).collect())
    }
}

/// Whether the list of packages has this hash: as it stands in the text, which is quickly told, or as envlock would
/// write it, where only its form has changed.
fn has_packages(packages: &[Package], sha256: &str, text: &str) -> bool {
    let listed = text.split_once("\npackage:\n").map(|(_, packages)| sha256_hex(packages));
    listed.is_some_and(|listed| listed == sha256) || packages_seal(packages) == sha256
}

/// The hash of all that the solver was asked: the input's text, then a line each for the virtual packages, the date,
/// and each choice that isn't as usual and decides on the packages. It is ours; conda-lock's own hash leaves out things
/// that matter, and nothing checks it on installing.
fn question_seal(provenance: &Provenance) -> String {
    let (input, offered) = (provenance.input.text(), provenance.offered.join(" "));
    let (as_of, choices) = (as_of_text(provenance), hashed(&provenance.choices));
    sha256_hex(format!("{input}virtual-packages {offered}\nas-of {as_of}\n{choices}"))
}

/// The hash of the outcomes; `None` where there are none.
fn outcomes_seal(outcomes: &[LockedOutcome]) -> Option<String> {
    (!outcomes.is_empty()).then(|| sha256_hex(outcomes_text(outcomes)))
}

fn packages_seal(packages: &[Package]) -> String {
    sha256_hex(packages_text(packages))
}
