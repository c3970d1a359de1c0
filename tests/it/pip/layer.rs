//! The layer of the Dockerfile, run by a shell with a real pip in the place of the image's.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use envlock::lockfile::sha256_hex;

use super::{
    converted, environment,
    files::{File, pure, sdist_with},
    index::{Form, index, index_line},
};
use crate::support::{Workspace, server::Server, tool};

const SETUP: &str = "from setuptools import setup\nimport lib\nsetup(name='app', version='1.0', py_modules=['app'])\n";

/// A Python with pip, setuptools and wheel, which stands for what conda provides.
struct Python {
    directory: Workspace,
}

impl Python {
    fn new() -> Option<Self> {
        let python = tool("python3")?;
        let directory = Workspace::empty();
        let output = Command::new(python).args(["-m", "venv"]).arg(directory.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let python = Self { directory };
        // Not every one comes with these.
        let has = python.run("import setuptools, wheel");
        if !has.status.success() {
            let install = Command::new(python.bin().join("pip"))
                .args(["install", "--quiet", "setuptools", "wheel"])
                .output()
                .unwrap();
            assert!(install.status.success(), "{}", String::from_utf8_lossy(&install.stderr));
        }
        Some(python)
    }

    fn bin(&self) -> PathBuf {
        self.directory.path().join("bin")
    }

    fn run(&self, program: &str) -> Output {
        Command::new(self.bin().join("python")).args(["-c", program]).output().unwrap()
    }

    /// Runs the layer that the Dockerfile has for the pip section, with the list and the script beside it.
    fn build(&self, workspace: &Workspace) -> Output {
        let dockerfile = workspace.read("Dockerfile");
        let start = dockerfile.find("# The packages of the pip section.\nRUN ").expect("there is such a layer");
        let layer = dockerfile[start..].split_once("RUN ").unwrap().1;
        let steps = layer.split("\n\n").next().unwrap().replace("\\\n", " ");
        let steps =
            steps.split_whitespace().skip_while(|word| word.starts_with("--mount")).collect::<Vec<_>>().join(" ");
        let (scratch, mounted) = (self.directory.path().join("scratch"), self.directory.path().join("mounted"));
        let here = |text: &str| {
            text.replace("/tmp/envlock", scratch.to_str().unwrap()).replace("/mnt", mounted.to_str().unwrap())
        };
        self.directory.write("mounted/requirements-linux-64.txt", workspace.read("requirements-linux-64.txt"));
        self.directory.write("mounted/envlock.sh", here(&workspace.read("envlock.sh")));
        let path = format!("{}:{}", self.bin().display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command.args(["-c", &here(&steps)]).env("PATH", path).env_remove("PIP_FIND_LINKS");
        let output = command.output().unwrap();
        assert!(!scratch.exists(), "nothing is left over");
        output
    }
}

/// Changes the list of what pip installs, and the hash by which the Dockerfile knows it.
fn edit(workspace: &Workspace, from: &str, to: &str) {
    let list = workspace.read("requirements-linux-64.txt");
    let edited = list.replace(from, to);
    assert_ne!(edited, list);
    workspace.write("Dockerfile", workspace.read("Dockerfile").replace(&sha256_hex(&list), &sha256_hex(&edited)));
    workspace.write("requirements-linux-64.txt", edited);
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A package from source that needs a wheel to be built.
fn files() -> [File; 3] {
    [
        sdist_with("app", "1.0", &["leaf"], SETUP, &[("app.py", "answer = 42\n")]),
        pure("lib", "1.0", &[]),
        pure("leaf", "1.0", &[]),
    ]
}

/// What is locked of these files, and a Python to install it with. The server goes with the test.
fn locked(files: &[File], conda: &[&str], lines: &[&str]) -> Option<(Server, Workspace, Python)> {
    let server = index(Form::Json, files);
    let index = index_line(&server);
    let lines: Vec<&str> = [&*index].into_iter().chain(lines.iter().copied()).collect();
    let workspace = environment(conda, &lines)?;
    converted(&workspace, &[]);
    Some((server, workspace, Python::new()?))
}

#[test]
fn the_layer_installs_what_is_locked() {
    let Some((_server, workspace, python)) = locked(&files(), &[], &["app==1.0", "lib"]) else { return };
    let output = python.build(&workspace);
    assert!(output.status.success(), "{}", told(&output));
    let output = python.run("import app, lib, leaf; print(app.answer, lib.version)");
    assert_eq!(told(&output), "42 1.0\n");
}

#[test]
fn a_wrong_hash_ends_the_build() {
    let Some((_server, workspace, python)) = locked(&files(), &[], &["app==1.0", "lib"]) else { return };
    for package in ["app", "lib"] {
        let (_, sha256) = super::locked(&workspace, package);
        edit(&workspace, &sha256, &"ab".repeat(32));
        let output = python.build(&workspace);
        let said = told(&output);
        assert!(!output.status.success() && said.contains("DO NOT MATCH THE HASHES"), "{said}");
        let last = said.lines().last().unwrap_or_default();
        assert!(last.starts_with("envlock: the pip section can not be installed as it is locked"), "{said}");
        edit(&workspace, &"ab".repeat(32), &sha256);
    }
}

#[test]
fn nothing_is_fetched_that_is_not_locked() {
    let wants_more = "from setuptools import setup\nsetup(name='app', version='1.0', setup_requires=['six'])\n";
    let Some((_server, workspace, python)) =
        locked(&[sdist_with("app", "1.0", &[], wants_more, &[])], &[], &["app==1.0"])
    else {
        return;
    };
    let output = python.build(&workspace);
    assert!(!output.status.success() && told(&output).contains("six"), "{}", told(&output));
}

#[test]
fn packages_that_do_not_agree_end_the_build_with_a_sentence() {
    // By the lock, conda provides numpy; here nothing does.
    let Some((_server, workspace, python)) = locked(&[pure("app", "1.0", &["numpy"])], &["numpy=1.19.4"], &["app"])
    else {
        return;
    };
    let output = python.build(&workspace);
    let told = told(&output);
    assert!(!output.status.success(), "{told}");
    assert!(
        told.contains("envlock: the packages of the pip section don't agree with each other or with conda's"),
        "{told}"
    );
    assert!(told.contains("app 1.0 requires numpy, which is not installed."), "{told}");
}
