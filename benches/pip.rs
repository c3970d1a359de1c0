//! The pip section of fifty packages, and plain `uv pip compile` on the same lines, for the same target. Both have seen
//! it all before; nothing is measured where there is no uv, or where PyPI can't be reached.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use criterion::Criterion;
use envlock::{
    environment::parse_environment,
    http::Limits,
    names::Names,
    progress::Silent,
    pypi::{self, PipOptions, PipRequest},
};
use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord};
use serde_json::json;
use tokio::runtime::Runtime;

/// Fifty packages that many environments have.
const PACKAGES: &str = "aiohttp altair attrs beautifulsoup4 black bokeh boto3 click cryptography dask django fastapi flask \
                        fsspec gunicorn httpx huggingface-hub hypothesis ipython jinja2 joblib jsonschema lxml matplotlib \
                        mypy networkx nltk numba openpyxl pandas pillow plotly polars psycopg2-binary pyarrow pydantic \
                        pytest pyyaml requests rich scikit-learn scipy seaborn sqlalchemy statsmodels sympy tornado tqdm \
                        uvicorn xarray";

fn main() {
    let Some(uv) = tool("uv") else { return println!("skipped: uv isn't installed") };
    let Some(python) = tool("python3") else { return println!("skipped: python3 isn't installed") };
    let directory = tempfile::tempdir().expect("there is room");
    let lines: Vec<&str> = PACKAGES.split_whitespace().collect();
    assert_eq!(lines.len(), 50);
    let section = lines.iter().map(|line| format!("    - {line}\n")).collect::<Vec<_>>().concat();
    let text = format!("dependencies:\n  - python=3.11\n  - pip\n  - pip:\n{section}");
    let environment = parse_environment("environment.yml", text.as_bytes()).expect("it is one");
    let options = PipOptions {
        preference: None,
        names: Names::default(),
        may_build: false,
        skip_unlockable: false,
        offline: false,
        cache_dir: directory.path().to_owned(),
        limits: Limits::default(),
        machine: Arc::default(),
        events: Arc::new(Silent),
    };
    let read = pypi::read_lines(&environment, directory.path());
    let (records, glibc, settled) = (records(), glibc(), BTreeSet::new());
    let request = PipRequest {
        environment: &environment,
        lines: &read,
        records: &records,
        virtual_packages: &glibc,
        is_export: false,
        settled: &settled,
        as_of: None,
        held: &[],
        options: &options,
    };
    let runtime = Runtime::new().expect("threads can be started");
    match runtime.block_on(pypi::lock(&request)) {
        Ok(lock) => println!("{} packages", lock.packages.len()),
        Err(error) => return println!("skipped: {error}"),
    }
    fs::write(directory.path().join("requirements.in"), lines.join("\n")).expect("there is room");
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let mut group = criterion.benchmark_group("pip section of 50 packages");
    group.bench_function("envlock", |bencher| {
        bencher.iter(|| runtime.block_on(pypi::lock(&request)).expect("it was locked before"));
    });
    group.bench_function("uv pip compile", |bencher| bencher.iter(|| compile(&uv, &python, directory.path())));
    group.finish();
    criterion.final_summary();
}

fn compile(uv: &Path, python: &Path, directory: &Path) {
    let status = Command::new(uv)
        .args(["pip", "compile", "requirements.in", "--no-config", "--python-version", "3.11.9"])
        .args(["--python-platform", "x86_64-manylinux_2_36", "--format", "pylock.toml", "--python"])
        .arg(python)
        .current_dir(directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.is_ok_and(|status| status.success()));
}

/// What conda provides: Python and pip.
fn records() -> Vec<RepoDataRecord> {
    let record = |name: &str, version: &str, depends: &[&str]| {
        let file = format!("{name}-{version}-0.conda");
        let value = json!({
            "name": name, "version": version, "build": "0", "build_number": 0, "subdir": "linux-64", "depends": depends,
            "fn": file, "url": format!("https://example.org/linux-64/{file}"), "channel": "https://example.org/",
        });
        serde_json::from_value(value).expect("it is a record")
    };
    vec![record("python", "3.11.9", &[]), record("pip", "24.0", &["python"])]
}

fn glibc() -> Vec<GenericVirtualPackage> {
    vec![GenericVirtualPackage {
        name: "__glibc".parse().expect("it is a name"),
        version: "2.36".parse().expect("it is a version"),
        build_string: "0".parse().expect("it is a build"),
    }]
}

fn tool(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file())
}
