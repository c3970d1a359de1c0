//! Images on other bases: the environment comes from a stage, or from conda.

use serde_json::{Value, json};

use super::stage::{Stage, with_envlock};
use crate::support::base_image::Files;

const ENVIRONMENT: &str = "dependencies: [python, markupsafe, tool, {pip: [packaging==24.0]}]\n";
const CODE: &str = "import markupsafe._speedups, packaging, platform; print(platform.python_version())";

/// The environment is there and works, and nothing that installs packages is.
fn check(stage: &Stage, prefix: &str) {
    assert_eq!(stage.says(&["python", "-c", CODE]), stage.python);
    stage.check_records(prefix);
    stage.check_activation(prefix);
    assert_eq!(stage.says(&["tool"]), format!("{prefix} 1.1"));
    for program in ["micromamba", "envlock", "envlock-install", "conda"] {
        assert!(!stage.builder.run("test", &["sh", "-c", &format!("command -v {program}")]).is_good, "{program}");
    }
}

#[test]
fn a_bare_debian_gets_the_environment_of_a_stage_and_a_user() {
    let Some(stage) = Stage::new() else { return };
    let (base, installer) = (stage.debian(), stage.micromamba());
    stage.convert(ENVIRONMENT, &base, &["--installer-image", &installer]);
    stage.built();
    check(&stage, "/opt/conda");
    assert_eq!(
        stage.says(&["sh", "-c", "id -u; id -un; echo $HOME; pwd; touch file; test -w /opt/conda || echo safe"]),
        "1000\nuser\n/home/user\n/home/user/work\nsafe"
    );
    // What is installed is root's, and nobody else may write it.
    let foreign = "find /opt/conda ! -type l ( ! -user root -o -perm /022 )".split(' ').collect::<Vec<_>>();
    assert_eq!(stage.says(&foreign), "");

    // A base that is too old for the packages.
    let dockerfile = stage.workspace.read("Dockerfile");
    let newer = dockerfile.replace("glibc 2.17", "glibc 9.0");
    assert_ne!(newer, dockerfile);
    stage.workspace.write("Dockerfile", newer);
    let said = stage.build();
    assert!(!said.is_good && said.text.contains("envlock: the image has glibc 2."), "{}", said.text);
}

#[test]
fn envlock_installs_without_micromamba() {
    let Some(stage) = Stage::new() else { return };
    let base = stage.debian();
    let files = with_envlock(Files::new(), "envlock");
    let installer = stage.push("team/envlock:1", files, json!({"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"]}));
    stage.convert(ENVIRONMENT, &base, &["--installer", "envlock", "--installer-image", &installer]);
    stage.built();
    check(&stage, "/opt/conda");
}

/// Takes the arguments that conda takes.
const CONDA: &str = r#"#!/bin/sh
set -eu
case "$1" in
--version) echo "conda ${CONDA_VERSION-24.11.3}"; exit ;;
install) ;;
*) exit 2 ;;
esac
[ "$2 $3 $4" = "--yes --quiet --prefix" ] && [ "$6" = --file ]
[ -e "$5/conda-meta/history" ] || { echo "EnvironmentLocationNotFound: Not a conda environment: $5" >&2; exit 1; }
[ "$(grep -v '^[#@]' "$7" | grep -cvE '#[0-9a-f]{64}$')" = 0 ]
ENVLOCK_CACHE_DIR=$CONDA_PKGS_DIRS envlock-install install --prefix "$5" "$7"
mkdir -p "$HOME/.conda" "$HOME/.cache/conda"
echo "$5" > "$HOME/.conda/environments.txt"
"#;

#[test]
fn miniforge_installs_with_its_conda_beside_its_own_environment() {
    let Some(stage) = Stage::new() else { return };
    let files = with_envlock(Files::new(), "envlock-install").program("opt/conda/bin/conda", CONDA);
    let config = json!({"Env": ["PATH=/opt/conda/bin:/usr/local/bin:/usr/bin:/bin"]});
    let image = stage.push("condaforge/miniforge3:24.11.3-0", files, config);
    stage.convert(ENVIRONMENT, &image, &[]);
    stage.built();
    assert_eq!(stage.says(&["python", "-c", CODE]), stage.python);
    stage.check_records("/opt/conda/envs/env");
    stage.check_activation("/opt/conda/envs/env");
    assert_eq!(stage.says(&["sh", "-c", "id -u; echo $HOME"]), "1000\n/home/user");

    let files = with_envlock(Files::new(), "envlock-install")
        .program("opt/conda/bin/conda", CONDA.replace("24.11.3", "24.7.1"));
    let config = json!({"Env": ["PATH=/opt/conda/bin:/usr/local/bin:/usr/bin:/bin"]});
    let image = stage.push("condaforge/miniforge3:24.7.1-0", files, config);
    stage.convert(ENVIRONMENT, &image, &[]);
    let said = stage.build();
    assert!(
        !said.is_good && said.text.contains("envlock: the image has conda 24.7.1, which can't check"),
        "{}",
        said.text
    );
}

#[test]
fn a_jupyter_image_keeps_its_server_and_gets_a_kernel() {
    let Some(stage) = Stage::new() else { return };
    let files = Files::new()
        .directory("home/jovyan", 1000)
        .directory("opt/conda", 1000)
        .directory("opt/conda/bin", 1000)
        .directory("opt/conda/share/jupyter/kernels", 1000)
        .program("opt/conda/bin/python", "#!/bin/sh\necho the image\n")
        .program("usr/local/bin/start-notebook.sh", "#!/bin/sh\nexec jupyter lab \"$@\"\n");
    let config = json!({
        "User": "1000", "WorkingDir": "/home/jovyan", "Cmd": ["start-notebook.sh"], "ExposedPorts": {"8888/tcp": {}},
        "Env": ["PATH=/opt/conda/bin:/usr/local/bin:/usr/bin:/bin"],
    });
    let base = stage.push("jupyter/minimal-notebook:1", files, config);
    let installer = stage.micromamba();
    stage.convert(ENVIRONMENT, &base, &["--installer-image", &installer]);
    assert!(stage.lock().conda_packages().any(|package| package.name == "ipykernel"));
    stage.built();
    assert_eq!(stage.says(&["python"]), "the image");
    assert_eq!(
        stage.builder.inspect("test", "{{.OCIv1.Config.Cmd}} {{.OCIv1.Config.User}}"),
        "[start-notebook.sh] 1000"
    );
    assert_eq!(stage.says(&["sh", "-c", "cat /usr/local/bin/start-notebook.sh"]), "#!/bin/sh\nexec jupyter lab \"$@\"");

    // The kernel is started as a server would.
    let kernel: Value =
        serde_json::from_str(&stage.says(&["cat", "/opt/conda/share/jupyter/kernels/env/kernel.json"])).unwrap();
    let path = kernel["env"]["PATH"].as_str().unwrap().replace("${PATH}", "/usr/bin:/bin");
    let words: Vec<&str> = kernel["argv"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let setting = format!("PATH={path}");
    let started: Vec<&str> = ["/usr/bin/env", &setting].into_iter().chain(words).collect();
    let said = stage.says(&started);
    assert_eq!(
        said,
        format!("kernel of /opt/conda/envs/env with -f {{connection_file}}, {}/share/tool data", "/opt/conda/envs/env")
    );
    // The user may add to the environment.
    assert_eq!(stage.says(&["sh", "-c", "touch /opt/conda/envs/env/bin/mine && echo yes"]), "yes");
}

#[test]
fn a_server_of_the_environment_is_started_and_asks_for_its_token() {
    let Some(stage) = Stage::new() else { return };
    let image = stage.micromamba();
    stage.workspace.write("env.list", "GEN_CERT=yes\n");
    stage.convert(ENVIRONMENT, &image, &["--jupyter", "--compose"]);
    stage.built();
    let said = stage
        .builder
        .inspect("test", "{{.OCIv1.Config.Cmd}} {{.OCIv1.Config.ExposedPorts}} {{.OCIv1.Config.WorkingDir}}");
    assert_eq!(said, "[jupyter lab --ip=0.0.0.0 --port=8888 --no-browser] map[8888/tcp:{}] /home/mambauser/work");
    assert_eq!(
        stage.says(&["jupyter", "lab", "--ip=0.0.0.0"]),
        "server with lab --ip=0.0.0.0, /opt/conda/share/tool data"
    );
    assert_eq!(stage.says(&["sh", "-c", "touch file && echo writable"]), "writable");
    let compose = stage.workspace.read("compose.yaml");
    assert!(compose.contains("    env_file:\n      - env.list\n"), "{compose}");
}
