//! buildah, in a storage of its own.

use std::{
    cell::RefCell,
    collections::HashMap,
    ffi::OsStr,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use flate2::read::GzDecoder;

use crate::support::{Workspace, tool};

/// A builder that forgets everything when it is dropped.
pub struct Buildah {
    program: PathBuf,
    storage: Workspace,
    containers: RefCell<HashMap<String, String>>,
}

/// What a command said, and whether it succeeded.
#[derive(Debug)]
pub struct Said {
    pub is_good: bool,
    pub text: String,
}

impl Buildah {
    /// `None` where there is no buildah.
    pub fn new() -> Option<Self> {
        Some(Self { program: tool("buildah")?, storage: Workspace::empty(), containers: RefCell::default() })
    }

    /// Builds the Dockerfile of a directory as an image of this name, with further options.
    pub fn build(&self, directory: &Path, name: &str, options: &[&str]) -> Said {
        self.build_with(&[], directory, name, options)
    }

    /// The same, run by another program, such as `setarch i686`.
    pub fn build_with(&self, runner: &[&str], directory: &Path, name: &str, options: &[&str]) -> Said {
        let build = self.command("bud");
        let mut words: Vec<&OsStr> = runner.iter().map(OsStr::new).collect();
        words.push(build.get_program());
        words.extend(build.get_args());
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .args(["--isolation=chroot", "--network=host", "--tls-verify=false", "--timestamp=0"])
            .args(["--volume", "/etc/ssl/certs:/etc/ssl/certs:ro", "--tag", name])
            .args(options)
            .arg(".")
            .current_dir(directory);
        said(&command.output().unwrap())
    }

    /// Runs a command in a container of an image, as `docker exec` does: with the image's variables, and without its
    /// entrypoint.
    pub fn run(&self, image: &str, words: &[&str]) -> Said {
        let container = self.container(image);
        let mut command = self.command("run");
        command.args(["--isolation=chroot", "--network=host", &container, "--"]).args(words);
        said(&command.output().unwrap())
    }

    /// A container of an image; there is one for each, as making one takes a while.
    fn container(&self, image: &str) -> String {
        let id = self.inspect(image, "{{.FromImageID}}");
        let mut containers = self.containers.borrow_mut();
        let start = || {
            let from = said(&self.command("from").args(["--pull-never", image]).output().unwrap());
            assert!(from.is_good, "{}", from.text);
            from.text.trim().to_owned()
        };
        containers.entry(id).or_insert_with(start).clone()
    }

    /// Pushes an image to where a reference says.
    pub fn push(&self, image: &str, target: &str) -> Said {
        let mut command = self.command("push");
        said(&command.args(["--tls-verify=false", image, &format!("docker://{target}")]).output().unwrap())
    }

    /// All that an image consists of, its history and its unpacked layers among it, by name.
    pub fn contents(&self, image: &str) -> Vec<(String, Vec<u8>)> {
        let place = Workspace::empty();
        let target = format!("dir:{}", place.path().join("image").display());
        let pushed = said(&self.command("push").args([image, &target]).output().unwrap());
        assert!(pushed.is_good, "{}", pushed.text);
        let entries = fs::read_dir(place.path().join("image")).unwrap().map(|entry| entry.unwrap().path());
        let contents: Vec<_> = entries
            .map(|path| {
                let bytes = fs::read(&path).unwrap();
                let mut unpacked = Vec::new();
                let is_packed = GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).is_ok();
                (path.display().to_string(), if is_packed { unpacked } else { bytes })
            })
            .collect();
        assert!(contents.len() > 3, "a manifest, a configuration and layers");
        contents
    }

    /// What an image says of itself, by a template of buildah's.
    pub fn inspect(&self, image: &str, template: &str) -> String {
        let output = self.command("inspect").args(["--type", "image", "--format", template, image]).output().unwrap();
        said(&output).text.trim().to_owned()
    }

    fn command(&self, word: &str) -> Command {
        let storage = self.storage.path();
        let mut command = Command::new(&self.program);
        command
            .arg("--storage-driver=vfs")
            .arg("--root")
            .arg(storage.join("storage"))
            .arg("--runroot")
            .arg(storage.join("run"))
            .arg(word);
        command
    }
}

impl Said {
    /// A sentence of ours that begins so is among the last lines, where it is read.
    pub fn ends_with(&self, sentence: &str) {
        const LAST: usize = 20;
        let lines: Vec<&str> = self.text.lines().collect();
        let last = &lines[lines.len().saturating_sub(LAST)..];
        assert!(last.iter().any(|line| line.contains(sentence)), "{}", self.text);
        assert!(last.iter().filter(|line| line.contains("envlock: ")).count() == 1, "{}", last.join("\n"));
    }
}

fn said(output: &Output) -> Said {
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Said { is_good: output.status.success(), text: text.into_owned() }
}
