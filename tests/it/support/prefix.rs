//! Installed environments made by hand, of any platform: the records, the history and the distributions that conda,
//! micromamba and pip leave in a prefix.

use std::{fs, path::Path};

use serde_json::json;

/// Writes a file of a prefix, and the directories above.
pub fn file(prefix: &Path, name: &str, contents: impl AsRef<[u8]>) {
    let path = prefix.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

/// Writes the record of a package, `NAME=VERSION=BUILD`, that came from the subdir of a channel, as conda does.
pub fn record(prefix: &Path, channel: &str, subdir: &str, line: &str) {
    let parts: Vec<&str> = line.split('=').collect();
    let [name, version, build] = parts[..] else { panic!("{line} is no package") };
    let stem = format!("{name}-{version}-{build}");
    let record = json!({
        "build": build, "build_number": 0, "channel": format!("{channel}/{subdir}"), "depends": [], "files": [],
        "fn": format!("{stem}.tar.bz2"), "link": {"source": format!("/opt/conda/pkgs/{stem}"), "type": 1},
        "md5": "0123456789abcdef0123456789abcdef", "name": name, "paths_data": {"paths": [], "paths_version": 1},
        "requested_spec": "None", "subdir": subdir, "url": format!("{channel}/{subdir}/{stem}.tar.bz2"),
        "version": version,
    });
    file(prefix, &format!("conda-meta/{stem}.json"), record.to_string());
}

/// Writes the records of all conda packages of an export, and the history of a command that asked for these.
pub fn of_export(prefix: &Path, export: &str, subdir: &str, asked: &[&str]) {
    let lines = export.lines().skip_while(|line| !line.starts_with("dependencies:"));
    for line in lines.filter_map(|line| line.strip_prefix("  - ")).filter(|line| line.matches('=').count() == 2) {
        record(prefix, "https://conda.anaconda.org/conda-forge", subdir, line);
    }
    let command = format!("==> 2018-12-01 10:00:00 <==\n# cmd: conda create -n mac\n# update specs: {asked:?}\n");
    file(prefix, "conda-meta/history", command);
}

/// Installs a distribution as pip does.
pub fn pip(prefix: &Path, site: &str, name: &str, version: &str) {
    let directory = format!("{site}/{name}-{version}.dist-info");
    file(
        prefix,
        &format!("{directory}/METADATA"),
        format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"),
    );
    file(prefix, &format!("{directory}/INSTALLER"), "pip\n");
}
