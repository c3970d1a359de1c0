//! The command that makes the files again.

use super::Lockfile;
use crate::words::shell;

impl Lockfile {
    /// The command that makes the lock and what is rendered of it again, in the directory of the lock.
    ///
    /// Options that the lock keeps aren't in it. That packages may be built is: whoever runs the command has to agree.
    #[must_use]
    pub fn command(&self) -> String {
        let mut words = vec!["envlock".to_owned(), "convert".to_owned()];
        // What begins with a hyphen would be taken for an option.
        let file = |source: &String| if source.starts_with('-') { format!("./{source}") } else { source.clone() };
        words.extend(self.sources.iter().map(file));
        // By default, files are written beside the environment file.
        if self.sources.iter().any(|source| source.contains('/')) {
            words.extend(["--output-dir", "."].map(str::to_owned));
        }
        if self.choices().build_allowed {
            words.push("--allow-build".to_owned());
        }
        words.iter().map(|word| shell(word)).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use crate::lockfile::testing::small_lock;

    #[test]
    fn the_command_names_what_the_lock_does_not_keep() {
        let mut lock = small_lock();
        let mut of = |source: &str| {
            lock.sources = vec![source.to_owned()];
            lock.command()
        };
        assert_eq!(of("environment.yml"), "envlock convert environment.yml");
        assert_eq!(of("my env.yml"), "envlock convert 'my env.yml'");
        assert_eq!(of("-c.yml"), "envlock convert ./-c.yml");
        assert_eq!(of("../a b/mac.yml"), "envlock convert '../a b/mac.yml' --output-dir .");
        lock.provenance.as_mut().unwrap().choices.build_allowed = true;
        assert_eq!(lock.command(), "envlock convert '../a b/mac.yml' --output-dir . --allow-build");
    }
}
