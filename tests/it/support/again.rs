//! The command at the head of the files, run.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::workspace::{Workspace, done, run};

impl Workspace {
    /// The command that lock and Dockerfile of a directory name, which is the same.
    pub fn named_command(&self, directory: &str) -> String {
        let read = |file: &str| self.read(Path::new(directory).join(file).to_str().unwrap());
        let (lock, dockerfile) = (read("conda-lock.yml"), read("Dockerfile"));
        let of_lock = lock.lines().find_map(|line| line.strip_prefix("#     ")).unwrap();
        let of_dockerfile = dockerfile.lines().find_map(|line| line.split_once(", and run `")?.1.strip_suffix("`."));
        assert_eq!(of_dockerfile, Some(of_lock), "{dockerfile}");
        of_lock.to_owned()
    }

    /// Runs exactly that command in that directory, as a shell does: nothing changes, and all is fresh before and after.
    pub fn is_made_again(&self, directory: &str) -> String {
        let command = self.named_command(directory);
        let (before, lock) = (self.contents(), Path::new(directory).join("conda-lock.yml"));
        let check = || {
            let check = run(self.envlock().arg("check").arg(&lock));
            assert_eq!(check.code, 0, "{command}\n{}{}", check.stdout, check.stderr);
        };
        check();
        let said = done(self.shell(&command).current_dir(self.path().join(directory))).stderr;
        assert_eq!(texts(&self.contents()), texts(&before), "{command}\n{said}");
        assert_eq!(self.contents(), before);
        check();
        said
    }
}

fn texts(contents: &BTreeMap<PathBuf, Option<Vec<u8>>>) -> Vec<String> {
    let text = |(name, bytes): (&PathBuf, &Option<Vec<u8>>)| {
        format!("{}\n{}", name.display(), String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()))
    };
    contents.iter().map(text).collect()
}
