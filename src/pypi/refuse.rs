//! Why a line of a pip section can't be locked, and the way out.

use super::{
    PipPackage,
    lines::Line,
    section::{PipSource, WantedLine},
};
use crate::environment::Location;

/// A line that can't be locked, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PipRefusal {
    /// Where it stands in the environment file.
    pub at: Location,
    /// Other places that it is about, with what to write beside them.
    pub also: Vec<(Location, String)>,
    /// What is wrong. It has no credentials.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The line, fit to be shown.
    pub text: String,
    /// Why, for a table that shows the line beside it.
    pub why: String,
    /// Whether it can be left out.
    pub can_be_left_out: bool,
    /// Whether it says where to look. Without it something else of the same name may be found elsewhere, so that no
    /// export goes on without it unasked.
    pub is_place: bool,
    /// Whether it is of no form that a requirements file has.
    pub is_foreign: bool,
}

impl PipRefusal {
    pub(super) fn new(line: &Line, message: String, help: String, why: String) -> Self {
        let message = match &line.from {
            Some(from) => format!("{from}: {message}"),
            None => message,
        };
        let (at, also, text) = (line.at.clone(), Vec::new(), line.shown());
        Self { at, also, message, help, text, why, can_be_left_out: true, is_place: false, is_foreign: false }
    }
}

/// The refusals of lines whose hashes are those of other files than what is locked for them. A version that a line doesn't ask
/// for has files of its own.
pub(super) fn of_other_files(wanted: &[WantedLine], packages: &[PipPackage]) -> Vec<PipRefusal> {
    let is_for = |wanted: &WantedLine, it: &PipPackage| match (&wanted.name, &wanted.source) {
        (Some(name), PipSource::Index(versions)) => *name == it.name && versions.contains(&it.version),
        (Some(name), _) => *name == it.name,
        (None, PipSource::File(url)) => url.split('#').next() == Some(it.artifact.url().as_str()),
        (None, _) => false,
    };
    let with_hashes = wanted.iter().filter(|it| !it.hashes.is_empty());
    let others = with_hashes.filter_map(|wanted| {
        let found = packages.iter().find(|it| is_for(wanted, it))?.artifact.sha256()?;
        (!wanted.hashes.contains(&found)).then(|| of_another_file(&wanted.line, &const_hex::encode(found)))
    });
    others.collect()
}

fn of_another_file(line: &Line, found: &str) -> PipRefusal {
    let shown = line.shown();
    let shown = shown.split(" --hash").next().unwrap_or_default();
    let why = format!("the file for Linux has the SHA-256 {found}, which is none that the line gives");
    let message = format!("`{shown}`: {why}");
    let help = "the file may have been exchanged: see what the line is meant to name. Where its hashes are those of other files, \
                add this one, or take them out"
        .to_owned();
    PipRefusal { can_be_left_out: false, ..PipRefusal::new(line, message, help, why) }
}

/// Why a line can't be locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RefusedFor {
    /// It isn't a requirement.
    NotOne,
    /// It is a spec of conda.
    Conda,
    /// It names something on the disk of the machine.
    Local,
    /// The file that it names can't be read.
    FileUnreadable,
    /// It is an option that nothing here can follow.
    Option,
    /// Its address is of another kind.
    Scheme,
    /// Its address doesn't say what it leads to.
    NoArchive,
    /// An environment variable isn't set.
    NoVariable(String),
}

/// The refusal of a line.
pub(super) fn because(line: &Line, why: RefusedFor) -> PipRefusal {
    let shown = line.shown();
    let is_place = matches!(why, RefusedFor::NoVariable(_));
    let is_foreign = match why {
        RefusedFor::NotOne | RefusedFor::Conda | RefusedFor::Option => true,
        // The name of a file as a rule has no blank.
        RefusedFor::Local => !line.text.starts_with('-') && line.text.contains(' '),
        _ => false,
    };
    let (message, help, why) = match why {
        RefusedFor::NotOne => (
            format!("`{shown}` is not a requirement that pip knows"),
            "write `name`, `name==version`, `name>=version`, `name @ https://…` or `git+https://…@ref`".to_owned(),
            "not a requirement that pip knows".to_owned(),
        ),
        RefusedFor::Conda => (
            format!("`{shown}` is a package of conda with a build, which pip has not"),
            "move the line from the pip section to `dependencies:`".to_owned(),
            "a package of conda with a build, which pip has not".to_owned(),
        ),
        RefusedFor::Local => (
            format!("`{shown}` is on this machine's disk; a lock can only name what others can fetch"),
            "take the line out and install it in the image with `COPY` and `pip install --no-deps`, \
             or name where it is published: `git+https://…@ref`"
                .to_owned(),
            "on a machine's disk, where nobody else can fetch it".to_owned(),
        ),
        RefusedFor::FileUnreadable => {
            let (reason, help) = line.unreadable.as_ref().map(|it| (it.why.as_str(), it.help)).unwrap_or_default();
            (
                format!("the file of `{shown}` can't be read: {reason}"),
                help.to_owned(),
                format!("the file can't be read: {reason}"),
            )
        }
        RefusedFor::Option => (
            format!("`{shown}` is an option that a lock can't follow"),
            "take the line out; of pip's options, those that name an index, links or a file are followed, and --pre"
                .to_owned(),
            "an option that a lock can't follow".to_owned(),
        ),
        RefusedFor::Scheme => (
            format!("`{shown}` is at an address of a kind that can't be locked"),
            "name a file (https://…) or a git repository (git+https://…@ref)".to_owned(),
            "at an address of a kind that can't be locked".to_owned(),
        ),
        RefusedFor::NoArchive => (
            format!("`{shown}` is at an address that doesn't say what kind of file it leads to"),
            "name a file that ends in .whl, .tar.gz or .zip, or a git repository (git+https://…@ref)".to_owned(),
            "at an address that doesn't say what kind of file it leads to".to_owned(),
        ),
        RefusedFor::NoVariable(name) => (
            format!("`{shown}` needs the environment variable {name}, which is not set"),
            format!("set {name} before you run envlock; its value gets into no file"),
            format!("it needs the environment variable {name}, which is not set"),
        ),
    };
    PipRefusal { is_place, is_foreign, ..PipRefusal::new(line, message, help, why) }
}
