//! The `RUN` instructions that install the packages, and the proof that it worked.
//!
//! The commands are those of a POSIX shell, chained by `&&` alone, so that the first failure ends the build. There are
//! no pipes, whose failures a plain `sh` would miss.

use super::{
    PREFIX, layers,
    quote::{comment, shell},
};
use crate::lockfile::Package;

/// Where the lists lie until they have been installed.
pub(super) const LISTS: &str = "/tmp/envlock";

/// One instruction for each layer; mostly there is one. None where there is nothing to install.
pub(super) fn instructions<'a>(packages: impl IntoIterator<Item = &'a Package>) -> Vec<String> {
    let lines: Vec<String> = layers::in_dependency_order(packages).into_iter().map(line).collect();
    let layers = layers::split(lines, layers::LIMIT, |line| line.len() + INDENT.len() + 1);
    let count = layers.len();
    let instruction = |(index, lines): (usize, &Vec<String>)| {
        let number = index + 1;
        let mut steps = Vec::new();
        if number == 1 {
            steps.extend([has_micromamba(), format!("mkdir -p {LISTS}")]);
        }
        steps.extend(install(&format!("{LISTS}/packages-{number}.txt"), lines));
        if number == count {
            steps.extend(proof());
        }
        let title = match count {
            1 => "The packages of the lock, and the proof that they are there.".to_owned(),
            _ => format!("The packages of the lock, part {number} of {count}: one command holds no more."),
        };
        format!("{}RUN {}\n", comment(&title), steps.join(" \\\n && "))
    };
    layers.iter().enumerate().map(instruction).collect()
}

/// How the lines of a list are set in.
pub(super) const INDENT: &str = "        ";

/// A line of an `@EXPLICIT` list as a word of the shell: the address and the hash that micromamba checks.
///
/// micromamba takes 64 digits for a SHA-256 and 32 for an MD5.
fn line(package: &Package) -> String {
    let hash = package.hash.sha256.as_ref().or(package.hash.md5.as_ref()).map_or("", String::as_str);
    shell(&format!("{}#{hash}", package.url))
}

fn has_micromamba() -> String {
    let sentence = "envlock: the base image has no micromamba, which installs the packages. \
                    Choose one of docker.io/mambaorg/micromamba.";
    otherwise("command -v micromamba > /dev/null", sentence, None)
}

/// Writes the list and installs it. Of the history, which holds the time, an empty file stays: conda knows an
/// environment by it.
fn install(list: &str, lines: &[String]) -> [String; 4] {
    let words = lines.join(&format!(" \\\n{INDENT}"));
    [
        format!("printf '%s\\n' '@EXPLICIT' \\\n{INDENT}{words} \\\n{INDENT}> {list}"),
        format!("micromamba install --yes --no-pyc --prefix {PREFIX} --file {list}"),
        "micromamba clean --all --yes".to_owned(),
        format!(": > {PREFIX}/conda-meta/history"),
    ]
}

/// Compares the names of the locked packages with those that are installed, both `name-version-build`.
fn proof() -> Vec<String> {
    let sentence = format!("envlock: the packages in {PREFIX} are not those of the lock:");
    let differ = format!("{LISTS}/differ");
    vec![
        format!(
            "sed -e '/^@/d' -e 's,#.*$,,' -e 's,^.*/,,' -e 's,\\.conda$,,' -e 's,\\.tar\\.bz2$,,' \\\n{INDENT}\
             {LISTS}/packages-*.txt > {LISTS}/locked"
        ),
        format!("printf '%s\\n' {PREFIX}/conda-meta/*.json > {LISTS}/files"),
        format!("sed -e 's,^.*/,,' -e 's,\\.json$,,' {LISTS}/files > {LISTS}/installed"),
        format!("sort -o {LISTS}/locked {LISTS}/locked"),
        format!("sort -o {LISTS}/installed {LISTS}/installed"),
        format!("comm -23 {LISTS}/locked {LISTS}/installed > {LISTS}/missing"),
        format!("comm -13 {LISTS}/locked {LISTS}/installed > {LISTS}/extra"),
        format!("sed -e 's,^,  missing: ,' {LISTS}/missing > {differ}"),
        format!("sed -e 's,^,  not in the lock: ,' {LISTS}/extra >> {differ}"),
        otherwise(&format!("test ! -s {differ}"), &sentence, Some(&differ)),
        format!("rm -r {LISTS}"),
    ]
}

/// A check that says a sentence, and a file where there is one, and fails where it doesn't hold.
pub(super) fn otherwise(check: &str, sentence: &str, file: Option<&str>) -> String {
    let show = file.map(|file| format!("cat {file} >&2 && ")).unwrap_or_default();
    format!("({check} || (echo {} >&2 && {show}false))", shell(sentence))
}
