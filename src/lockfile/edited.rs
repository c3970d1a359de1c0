//! Whether a lock is as it was written, which the hashes tell that it keeps.

use super::{
    LockError, Lockfile, PLATFORM,
    build::{content_hash, packages_sha256},
    model::key,
    sha256_hex,
};

impl Lockfile {
    /// What of the lock isn't as it was written, each with its verb: `its packages were`. `text` is what it was read
    /// from.
    ///
    /// How the image is made may be changed in the lock (`update --base-image` does it), and isn't hashed.
    ///
    /// # Errors
    ///
    /// Where the lock doesn't hold the hashes: another program made it, or an older envlock.
    pub fn edited(&self, text: &str) -> Result<Vec<&'static str>, LockError> {
        let input = self.ours(key::INPUT)?;
        let asked = content_hash(input, self.ours(key::VIRTUAL_PACKAGES)?, self.ours(key::AS_OF)?, &self.choices());
        let hashes = [
            ("its input was", self.ours(key::INPUT_SHA256)? == sha256_hex(input)),
            (
                "its date, channel priority, preference or virtual packages were",
                self.metadata.content_hash.get(PLATFORM) == Some(&asked),
            ),
            ("what moved or went was", self.has_its_outcomes()),
            ("its packages were", self.has_packages(self.ours(key::PACKAGES_SHA256)?, text)),
        ];
        Ok(hashes.into_iter().filter(|(_, is_as_written)| !is_as_written).map(|(what, _)| what).collect())
    }

    /// Whether the list of packages has this hash: as it stands in the text, which is quickly told, or as envlock would
    /// write it, where only its form has changed.
    fn has_packages(&self, sha256: &str, text: &str) -> bool {
        let listed = text.split_once("\npackage:\n").map(|(_, packages)| sha256_hex(packages));
        listed.is_some_and(|listed| listed == sha256) || packages_sha256(&self.package) == sha256
    }
}
