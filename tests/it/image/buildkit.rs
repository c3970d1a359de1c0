//! The same Dockerfile, built by Docker with BuildKit, and run by it.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use envlock::lockfile::sha256_hex;

use super::{builder::Said, stage::Stage};
use crate::support::{Workspace, skipped, tool};

/// How long a daemon may take to start.
const START: Duration = Duration::from_mins(1);

/// A Docker daemon of its own; it stops when it is dropped.
struct Docker {
    daemon: Child,
    client: PathBuf,
    place: Workspace,
}

impl Docker {
    /// `None` where there is no daemon, or none with `BuildKit` in its client.
    fn start() -> Option<Self> {
        let dockerd = tool("dockerd")?;
        let client = PathBuf::from("/usr/bin/docker");
        if !client.exists() {
            return skipped("/usr/bin/docker isn't there");
        }
        let place = Workspace::empty();
        let at = |name: &str| place.path().join(name);
        let log = File::create(at("log")).unwrap();
        let daemon = Command::new(dockerd)
            .args(["--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs", "--data-root"])
            .arg(at("data"))
            .arg("--exec-root")
            .arg(at("exec"))
            .arg("--pidfile")
            .arg(at("pid"))
            .arg("-H")
            .arg(format!("unix://{}", at("socket").display()))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let docker = Self { daemon, client, place };
        let begin = Instant::now();
        while !docker.run(&["version"]).0 {
            if begin.elapsed() > START {
                return skipped(&format!("dockerd doesn't start: {}", docker.place.read("log")));
            }
            thread::sleep(Duration::from_millis(200));
        }
        Some(docker)
    }

    fn run(&self, words: &[&str]) -> (bool, String) {
        self.run_in(self.place.path(), words)
    }

    fn run_in(&self, directory: &Path, words: &[&str]) -> (bool, String) {
        self.ask(&self.client, directory, words)
    }

    /// Runs one of Docker's programs against this daemon.
    fn ask(&self, program: &Path, directory: &Path, words: &[&str]) -> (bool, String) {
        let output = Command::new(program)
            .args(words)
            .env("DOCKER_HOST", format!("unix://{}", self.place.path().join("socket").display()))
            .env("DOCKER_BUILDKIT", "1")
            .env("DOCKER_CONFIG", self.place.path())
            .current_dir(directory)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text.into_owned())
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        _ = Command::new("kill").arg(self.daemon.id().to_string()).status();
        _ = self.daemon.wait();
    }
}

#[test]
fn buildkit_builds_it_and_docker_runs_it() {
    let Some(stage) = Stage::new() else { return };
    let Some(docker) = Docker::start() else { return };
    let (base, installer) = (stage.debian(), stage.micromamba());
    stage.convert("dependencies: [python, markupsafe, tool]\n", &base, &["--installer-image", &installer]);
    let (is_good, said) = docker.run_in(stage.workspace.path(), &["build", "--network=host", "--tag", "test", "."]);
    assert!(is_good, "{said}");
    let says = |words: &[&str]| {
        let all: Vec<&str> = ["run", "--rm", "--network=none", "test"].iter().chain(words).copied().collect();
        let (is_good, said) = docker.run(&all);
        assert!(is_good, "{words:?}: {said}");
        said.trim().to_owned()
    };
    let code = "import markupsafe._speedups, os; print(os.environ['TOOL_DATA'])";
    assert_eq!(says(&["python", "-c", code]), "/opt/conda/share/tool data");
    assert_eq!(says(&["id", "-u"]), "1000");

    // Another process in a container that runs, which no entrypoint has started.
    let (is_good, id) = docker.run(&["run", "--detach", "--network=none", "test", "sleep", "60"]);
    assert!(is_good, "{id}");
    let (is_good, said) = docker.run(&["exec", id.trim(), "tool", "TOOL_DATA"]);
    assert_eq!((is_good, said.trim()), (true, "/opt/conda 1.1 /opt/conda/share/tool data"));
    docker.run(&["rm", "--force", id.trim()]);

    // What goes wrong is said at the end, where it is read.
    let list = stage.workspace.read("conda-linux-64.lock");
    let edited = list.replace("tool-1.1-0.conda", "tool-0.9-0.conda");
    let dockerfile = stage.workspace.read("Dockerfile").replace(&sha256_hex(&list), &sha256_hex(&edited));
    stage.workspace.write("broken/conda-linux-64.lock", edited);
    stage.workspace.write("broken/Dockerfile", dockerfile);
    stage.workspace.write("broken/envlock.sh", stage.workspace.read("envlock.sh"));
    let broken = stage.workspace.path().join("broken");
    let (is_good, text) = docker.run_in(&broken, &["build", "--network=host", "--progress=plain", "."]);
    Said { is_good, text }.ends_with("envlock: the packages can not be installed as they are locked");
    assert!(!is_good);

    // An image made from it: what activation exports is there for the commands of a build.
    stage.workspace.write("derived/Dockerfile", "FROM test\nRUN test \"$TOOL_DATA\" = '/opt/conda/share/tool data'\n");
    let (is_good, said) = docker.run_in(&stage.workspace.path().join("derived"), &["build", "--network=host", "."]);
    assert!(is_good, "{said}");
}

#[test]
fn bake_and_compose_build_it_and_start_it() {
    let Some(stage) = Stage::new() else { return };
    let (Some(buildx), Some(compose)) = (tool("docker-buildx"), tool("docker-compose")) else { return };
    let Some(docker) = Docker::start() else { return };
    let workspace = &stage.workspace;
    workspace.write("env.list", "GREETING=hello, world\n");
    let installer = stage.micromamba();
    stage.convert("dependencies: [python, tool]\n", &installer, &["--compose", "--bake"]);

    // The daemon has no network of its own, and bake can't say which one it takes: what it reads is built by its sibling.
    let (is_good, said) = docker.ask(&buildx, workspace.path(), &["bake", "--print", "--file=docker-bake.json"]);
    assert!(is_good, "{said}");
    let read: Value = serde_json::Deserializer::from_str(&said).into_iter().next().unwrap().unwrap();
    assert_eq!(read["group"]["default"]["targets"], json!(["env"]));
    let target = &read["target"]["env"];
    let of_target = |key: &str| target[key].as_str().or_else(|| target[key][0].as_str()).unwrap().to_owned();
    let options = [("file", "dockerfile"), ("tag", "tags"), ("platform", "platforms")];
    let options = options.map(|(option, key)| format!("--{option}={}", of_target(key)));
    let words = ["build", "--network=host"].into_iter().chain(options.iter().map(String::as_str));
    let context = of_target("context");
    let words: Vec<&str> = words.chain([context.as_str()]).collect();
    let (is_good, said) = docker.ask(&buildx, workspace.path(), &words);
    assert!(is_good, "{said}");
    let (is_good, said) = docker.run(&["run", "--rm", "--network=none", "env", "tool", "TOOL_DATA"]);
    assert_eq!((is_good, said.trim()), (true, "/opt/conda 1.1 /opt/conda/share/tool data"));
    // What the person says counts, whatever the entrypoint does.
    let given = ["run", "--rm", "--network=none", "--env=TOOL_DATA=mine", "env", "tool", "TOOL_DATA"];
    assert_eq!(docker.run(&given), (true, "/opt/conda 1.1 mine\n".to_owned()));
    // An image made from it: the commands of a build have what is exported, and bash as before.
    let run = "RUN [[ $TOOL_DATA == '/opt/conda/share/tool data' ]] && ! false | cat";
    workspace.write("derived/Dockerfile", format!("FROM env\n{run}\nARG MAMBA_DOCKERFILE_ACTIVATE=1\n{run}\n"));
    let (is_good, said) = docker.run_in(&workspace.path().join("derived"), &["build", "--network=host", "."]);
    assert!(is_good, "{said}");

    // The directory that is mounted has another owner than user 1000, and gets what the container writes.
    std::os::unix::fs::chown(workspace.path(), Some(1234), Some(1234)).unwrap();
    workspace.write(".env", "HOST_UID=1234\nHOST_GID=1234\n");
    let different = "services:\n  env:\n    network_mode: none\n    build:\n      network: host\n";
    workspace.write("compose.override.yaml", different);
    let script = "import os; print(os.environ['GREETING'], os.environ['TOOL_DATA'], os.path.exists('env.list')); \
                  open('notebook', 'w').close()";
    let words = ["run", "--build", "--rm", "--no-TTY", "env", "python", "-c", script];
    let (is_good, said) = docker.ask(&compose, workspace.path(), &words);
    let last = said.trim().lines().last().unwrap_or_default();
    assert!(is_good && last == "hello, world /opt/conda/share/tool data True", "{said}");
    let written = std::fs::metadata(workspace.path().join("notebook")).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&written), 1234);
}
