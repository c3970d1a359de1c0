//! `envlock convert` as its users meet it: the program itself, on the channel of the fixtures, without a network.

mod again;
mod at_once;
mod bytes;
mod channels;
mod conditions;
mod configured;
mod fates;
mod from_env;
mod image;
mod interrupted;
mod keyring;
mod options;
mod outputs;
mod refusals;
mod registry;
mod reports;
mod secrets;
mod stores;
mod tools;

use crate::support::{Run, Workspace};

/// Neither what a run says nor a file of the workspace holds the secret of these tests.
fn without_secrets(workspace: &Workspace, run: &Run) {
    assert!(!(run.stdout.clone() + &run.stderr).contains("s3cr3t"), "{}{}", run.stdout, run.stderr);
    for (name, contents) in workspace.contents() {
        let text = String::from_utf8_lossy(contents.as_deref().unwrap_or_default()).into_owned();
        assert!(!text.contains("s3cr3t"), "{}: {text}", name.display());
    }
}
