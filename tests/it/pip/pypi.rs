//! Against PyPI itself, and a real part of conda-forge.

use std::{
    collections::BTreeMap,
    net::{TcpStream, ToSocketAddrs as _},
    process::Command,
    time::Duration,
};

use envlock::pypi::PYPI;
use serde_json::Value;
use url::Url;

use super::{dropped, installed};
use crate::support::{Workspace, done, fixtures, skipped, snapshot_channel, tool};

/// Whether PyPI can be reached.
pub fn pypi() -> Option<()> {
    const TRIES: usize = 5;
    let host = Url::parse(PYPI).unwrap().host_str().unwrap().to_owned();
    let connect = |_| {
        let mut addresses = (host.as_str(), 443).to_socket_addrs().ok().into_iter().flatten();
        addresses.any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(10)).is_ok())
    };
    let reached = (0..TRIES).any(connect);
    if reached { Some(()) } else { skipped("PyPI can't be reached") }
}

/// What a conversion from the snapshot of conda-forge reports.
fn report(workspace: &Workspace, options: &[&str]) -> Option<Value> {
    tool("uv")?;
    let channel = snapshot_channel()?;
    pypi()?;
    let channel = format!("conda-forge={}", channel.join("conda-forge").display());
    Some(done(workspace.convert_all_from(&[&channel]).args(options).arg("--json")).json())
}

/// What PyPI itself says of packages, asked by another program: the SHA-256 of each file, and where it is.
const ASK: &str = r"
import json, sys, urllib.request
index, *names = sys.argv[1:]
for name in names:
    accept = {'Accept': 'application/vnd.pypi.simple.v1+json'}
    with urllib.request.urlopen(urllib.request.Request(f'{index}/{name}/', headers=accept)) as answer:
        for file in json.load(answer)['files']:
            print(file['hashes']['sha256'], file['url'])
";

#[test]
fn the_seed_has_its_24_pins_and_nothing_besides() {
    let workspace = Workspace::with("seed");
    let Some(report) = report(&workspace, &[]) else { return };
    let file = std::fs::read_to_string(fixtures().join("seed/environment.yml")).unwrap();
    let mut wanted: Vec<String> =
        file.lines().filter_map(|line| line.strip_prefix("    - ")).map(|line| line.replace("==", " ")).collect();
    wanted.sort();
    assert_eq!(wanted.len(), 24);
    let lock = workspace.lock();
    let locked: Vec<String> = lock.pip_packages().map(|it| format!("{} {}", it.name, it.version)).collect();
    assert_eq!(locked, wanted);

    // Those that have no wheel for Python 3.6 on Linux.
    let mut sources = installed(&report);
    sources.retain(|it| it.ends_with(" sdist asked"));
    let names: Vec<&str> = sources.iter().map(|it| it.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["absl-py", "gast", "html5lib", "pyramid-arima", "pyyaml", "sklearn", "termcolor"]);

    let Some(python) = tool("python3") else { return };
    let packages = wanted.iter().map(|it| it.split(' ').next().unwrap());
    let output = Command::new(python).args(["-c", ASK, PYPI]).args(packages).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let files: BTreeMap<&str, &str> =
        said.lines().filter_map(|line| line.split_once(' ')).map(|(sha256, url)| (url, sha256)).collect();
    for package in lock.pip_packages() {
        let sha256 = files.get(&*package.address()).copied();
        assert_eq!(package.sha256().as_deref(), sha256, "{}", package.address());
        assert_eq!(
            !envlock::pypi::is_wheel(&package.address()),
            names.contains(&package.name.as_str()),
            "{}",
            package.address()
        );
    }
}

#[test]
fn what_pip_adds_to_a_modern_environment_leaves_conda_s_packages_alone() {
    let workspace = Workspace::holding(
        "dependencies: [python=3.11, numpy, pandas, pytorch, pip, {pip: [torchmetrics, seaborn==0.13.2, python-dateutil]}]\n",
    );
    let Some(report) = report(&workspace, &[]) else { return };
    let names: Vec<String> = installed(&report).iter().map(|it| it.split(' ').next().unwrap().to_owned()).collect();
    assert!(names.contains(&"torchmetrics".to_owned()) && names.contains(&"seaborn".to_owned()), "{names:?}");
    for provided in ["torch", "numpy", "pandas", "packaging"] {
        assert!(!names.contains(&provided.to_owned()), "{provided} in {names:?}");
    }
    assert!(!names.iter().any(|name| name.starts_with("nvidia") || name == "triton"), "{names:?}");
    assert!(
        dropped(&report)[0].contains("python-dateutil: conda provides it as python-dateutil"),
        "{:?}",
        dropped(&report)
    );
    assert!(installed(&report).iter().all(|it| it.contains(" wheel ")), "{:?}", installed(&report));
}

#[test]
fn a_version_that_pypi_never_had_is_told() {
    let workspace = Workspace::holding("dependencies: [python=3.11, pip, {pip: [requests==2.31.99]}]\n");
    let (Some(_), Some(channel), Some(())) = (tool("uv"), snapshot_channel(), pypi()) else { return };
    let channel = format!("conda-forge={}", channel.join("conda-forge").display());
    let run = crate::support::run(&mut workspace.convert_all_from(&[&channel]));
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("`requests==2.31.99` is a version that no index has; there are 2.31.0"),
        "{}",
        run.stderr
    );
}
