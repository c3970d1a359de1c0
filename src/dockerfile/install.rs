//! The `RUN` instructions that install the packages, and the proof that it worked.
//!
//! The commands are those of a POSIX shell, chained by `&&` alone, so that the first failure ends the build. There are
//! no pipes, whose failures a plain `sh` would miss.

use super::{
    layers,
    place::{Place, SCRATCH},
    quote::{comment, shell},
    tool,
};
use crate::{
    image::Tool,
    lockfile::{Lockfile, Package},
};

/// How the lines of a list are set in.
pub(super) const INDENT: &str = "        ";

/// One instruction for each layer; mostly there is one. None where there is nothing to install.
pub(super) fn instructions(lockfile: &Lockfile, tool: Tool, place: &Place) -> Vec<String> {
    let layers: Vec<Vec<String>> =
        layers::of(lockfile).into_iter().map(|layer| layer.into_iter().map(line).collect()).collect();
    let size = |line: &String| line.len() + INDENT.len() + 1;
    let layers: Vec<Vec<String>> =
        layers.into_iter().flat_map(|layer| layers::split(layer, layers::LIMIT, size)).collect();
    let count = layers.len();
    let lists = &place.lists;
    let directories = if place.is_copied { format!("{SCRATCH} {lists}") } else { SCRATCH.to_owned() };
    let instruction = |(index, lines): (usize, &Vec<String>)| {
        let number = index + 1;
        let mut steps = vec![format!("mkdir -p {directories} {}/conda-meta", place.prefix)];
        if number == 1 {
            steps.extend(tool::requirements(tool));
        }
        steps.extend(install(&format!("{lists}/packages-{number}.txt"), lines, tool, place));
        let is_last = number == count;
        if is_last && !place.is_copied {
            steps.extend(proof(lists, place.prefix));
        }
        if is_last || place.is_copied {
            steps.push(format!("rm -r {SCRATCH}"));
        }
        let title = match count {
            1 if place.is_copied => "The packages of the lock.".to_owned(),
            1 => "The packages of the lock, and the proof that they are there.".to_owned(),
            _ => format!("The packages of the lock, part {number} of {count}."),
        };
        format!("{}RUN {}\n", comment(&title), steps.join(" \\\n && "))
    };
    layers.iter().enumerate().map(instruction).collect()
}

/// The proof that the environment was taken over as it is, and that its Python runs here, where it has one.
pub(super) fn proof_of_copy(lockfile: &Lockfile, place: &Place) -> Option<String> {
    let prefix = place.prefix;
    lockfile.conda_packages().next()?;
    let mut steps = vec![format!("mkdir -p {SCRATCH}")];
    steps.extend(proof(&place.lists, prefix));
    steps.push(format!("rm -r {SCRATCH}"));
    if lockfile.conda_packages().any(|package| package.name == "python") {
        let sentence = "envlock: the Python of the environment doesn't run on the base image. Choose a newer one.";
        steps.push(otherwise(&format!("{prefix}/bin/python --version"), sentence, None));
    }
    Some(format!("{}RUN {}\n", comment("The proof that the environment is here."), steps.join(" \\\n && ")))
}

/// A line of an `@EXPLICIT` list as a word of the shell: the address and the hash that the program checks.
///
/// conda and micromamba take 64 digits for a SHA-256 and 32 for an MD5.
fn line(package: &Package) -> String {
    let hash = package.hash.sha256.as_ref().or(package.hash.md5.as_ref()).map_or("", String::as_str);
    shell(&format!("{}#{hash}", package.url))
}

/// Writes the list and installs it. Of the history, which holds the time, an empty file stays: conda knows an
/// environment by it.
fn install(list: &str, lines: &[String], tool: Tool, place: &Place) -> Vec<String> {
    let words = lines.join(&format!(" \\\n{INDENT}"));
    let history = format!(": > {}/conda-meta/history", place.prefix);
    let mut steps = vec![format!("printf '%s\\n' '@EXPLICIT' \\\n{INDENT}{words} \\\n{INDENT}> {list}")];
    if tool == Tool::Conda {
        // conda doesn't install into what has none.
        steps.push(history.clone());
    }
    steps.extend(tool::install(tool, place, list));
    steps.push(history);
    steps
}

/// Compares the names of the locked packages with those that are installed, both `name-version-build`.
fn proof(lists: &str, prefix: &str) -> Vec<String> {
    let sentence = format!("envlock: the packages in {prefix} are not those of the lock:");
    let differ = format!("{SCRATCH}/differ");
    vec![
        format!(
            "sed -e '/^@/d' -e 's,#.*$,,' -e 's,^.*/,,' -e 's,\\.conda$,,' -e 's,\\.tar\\.bz2$,,' \\\n{INDENT}\
             {lists}/packages-*.txt > {SCRATCH}/locked"
        ),
        format!("printf '%s\\n' {prefix}/conda-meta/*.json > {SCRATCH}/files"),
        format!("sed -e 's,^.*/,,' -e 's,\\.json$,,' {SCRATCH}/files > {SCRATCH}/installed"),
        format!("sort -o {SCRATCH}/locked {SCRATCH}/locked"),
        format!("sort -o {SCRATCH}/installed {SCRATCH}/installed"),
        format!("comm -23 {SCRATCH}/locked {SCRATCH}/installed > {SCRATCH}/missing"),
        format!("comm -13 {SCRATCH}/locked {SCRATCH}/installed > {SCRATCH}/extra"),
        format!("sed -e 's,^,  missing: ,' {SCRATCH}/missing > {differ}"),
        format!("sed -e 's,^,  not in the lock: ,' {SCRATCH}/extra >> {differ}"),
        otherwise(&format!("test ! -s {differ}"), &sentence, Some(&differ)),
    ]
}

/// A check that says a sentence, and a file where there is one, and fails where it doesn't hold.
pub(super) fn otherwise(check: &str, sentence: &str, file: Option<&str>) -> String {
    let show = file.map(|file| format!("cat {file} >&2 && ")).unwrap_or_default();
    format!("({check} || (echo {} >&2 && {show}false))", shell(sentence))
}
