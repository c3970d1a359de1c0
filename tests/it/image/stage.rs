//! What a build needs: a channel, a registry with base images, and a builder.

use std::{fs, path::Path, process::Command};

use envlock::lockfile::Lockfile;
use serde_json::json;

use super::builder::{Buildah, Said};
use crate::support::{
    Workspace,
    base_image::{Files, debian},
    done,
    real_channel::{PLACEHOLDER, Package, channel, python, wheel},
    registry::{Image, Layer, Registry},
    server::Server,
};

/// Takes the arguments that micromamba 2 takes, and refuses a list as it does. What it doesn't say of a hash of another
/// length it leaves unsaid here, too: it would pass over it, so the list must have none.
const MICROMAMBA: &str = r#"#!/bin/sh
set -eu
word=$1
shift
case "$word" in
--version) echo 2.6.1; exit ;;
# What is hard-linked into an environment stays.
clean) [ "$*" = "--all --yes" ]; exit ;;
install) ;;
*) echo "The following argument was not expected: $word" >&2; exit 109 ;;
esac
yes= prefix= file= pyc=1
while [ $# -gt 0 ]; do
    case "$1" in
    --yes) yes=1 ;;
    --no-pyc) pyc= ;;
    --prefix) prefix=$2; shift ;;
    --file) file=$2; shift ;;
    *) echo "The following argument was not expected: $1" >&2; exit 109 ;;
    esac
    shift
done
[ -n "$yes" ] || { echo "it would ask" >&2; exit 1; }
case "$file" in *.yml | *.yaml) echo "not an explicit list" >&2; exit 1 ;; esac
[ "$(grep -v '^#' "$file" | head -n 1)" = @EXPLICIT ]
[ "$(grep -v '^[#@]' "$file" | grep -cvE '^[a-z]+://[^#]+\.(conda|tar\.bz2)#[0-9a-f]{64}$')" = 0 ]
cache=${CONDA_PKGS_DIRS:-$MAMBA_ROOT_PREFIX/pkgs}
ENVLOCK_CACHE_DIR=$cache envlock-install install --prefix "$prefix" "$file"
date >> "$prefix/conda-meta/history"
# Packages are fetched side by side, so this is in another order each time.
grep '^[a-z]*:' "$file" | shuf > "$cache/urls.txt"
mkdir -p "$HOME/.mamba/cache" "$HOME/.conda"
echo "$prefix" > "$HOME/.conda/environments.txt"
# Its records are its own.
for record in "$prefix"/conda-meta/*.json; do sed -i -e 's/":/": /g' -e 's/":  /": /g' "$record"; done
if [ -n "$pyc" ] && [ -x "$prefix/bin/python" ]; then
    "$prefix/bin/python" -m compileall -q "$prefix"/lib/python*/site-packages
fi
# Of what a link script ends with, it says nothing.
for script in "$prefix"/bin/.*-post-link.sh; do
    [ ! -e "$script" ] || PREFIX=$prefix bash -x "$script" || true
done
"#;

/// What micromamba's images do before a command of a container: whatever a script returns ends the container, and what a
/// script exports counts, whoever has set it before.
const ENTRYPOINT: &str = r#"#!/usr/bin/env bash
set -ef -o pipefail
if [ "$(id -u)" != 0 ] && [ "$HOME" = / ]; then export HOME=/home/$MAMBA_USER; fi
. _activate_current_env.sh
exec "$@"
"#;

/// The shell of `RUN` there, which does so where it is told to.
const SHELL: &str = r#"#!/usr/bin/env bash
set -ef -o pipefail
if [ "${MAMBA_DOCKERFILE_ACTIVATE-}" = 1 ]; then . _activate_current_env.sh; fi
exec bash -o pipefail -c "$@"
"#;

/// What both of them read, and interactive shells.
const ACTIVATE: &str = r#"
"$MAMBA_EXE" --version >/dev/null
if [ "${MAMBA_SKIP_ACTIVATE-}" = 1 ]; then return; fi
export CONDA_PREFIX=$MAMBA_ROOT_PREFIX PATH=$MAMBA_ROOT_PREFIX/bin:$PATH
while read -r script; do
    . "$script"
done < <(find "$CONDA_PREFIX/etc/conda/activate.d" -name '*.sh' 2>/dev/null | sort)
"#;

/// The users of micromamba's images.
const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nmambauser:x:57439:57439::/home/mambauser:/bin/bash\n";

/// The user of micromamba's images.
const MAMBA_USER: u64 = 57439;

/// A workspace, a channel on loopback, a registry with base images and a builder.
pub struct Stage {
    pub workspace: Workspace,
    pub builder: Buildah,
    pub registry: Registry,
    pub server: Server,
    debian: Layer,
    /// The version of the Python of the channel.
    pub python: String,
}

impl Stage {
    /// `None` where something is missing on this machine.
    pub fn new() -> Option<Self> {
        let (builder, registry, debian) = (Buildah::new()?, Registry::start(None)?, debian()?);
        let (python, mut packages) = python()?;
        let wheels = Workspace::empty();
        let minor = python.rsplit_once('.').unwrap().0;
        let (six, markupsafe) =
            (wheel("six==1.16.0", minor, wheels.path())?, wheel("MarkupSafe==2.1.5", minor, wheels.path())?);
        packages.push(Package::python("six", "1.16.0", &["python"], &[]).with_wheel(&six, "site-packages"));
        let site_packages = format!("lib/python{minor}/site-packages");
        let depends = format!("python {minor}.*");
        packages.push(Package::new("markupsafe", "2.1.5", &[&depends]).with_wheel(&markupsafe, &site_packages));
        packages.extend([tool_package("1.0"), tool_package("1.1")]);
        let link = "\"$PREFIX/bin/python\" -c 'import json, sqlite3'\n";
        packages.push(Package::new("linked", "1.0", &["python"]).with("bin/.linked-post-link.sh", 0o755, link));
        packages.push(Package::python("ipykernel", "6.0", &["python"], &[]).with(
            "site-packages/ipykernel_launcher.py",
            0o644,
            "import os, sys\nprint('kernel of', sys.prefix, 'with', *sys.argv[1:], end=', ')\nprint(os.environ['TOOL_DATA'])\n",
        ));
        packages.push(Package::python("jupyterlab", "4.0", &["python"], &["jupyter = jupyterlab:main"]).with(
            "site-packages/jupyterlab.py",
            0o644,
            "import os, sys\ndef main():\n    print('server with', *sys.argv[1:], end=', ')\n    print(os.environ['TOOL_DATA'])\n",
        ));
        let server = Server::empty();
        for (path, bytes) in channel(packages) {
            server.serve(&format!("/channel/{path}"), bytes);
        }
        Some(Self { workspace: Workspace::empty(), builder, registry, server, debian, python })
    }

    /// Pushes an image of these files over Debian, as an index of two platforms, and gives its name.
    pub fn push(&self, name: &str, files: Files, config: serde_json::Value) -> String {
        let layers = vec![self.debian.clone(), files.layer()];
        let other = Image::new("arm64", Vec::new(), json!({}));
        self.registry.push(name, &[other, Image::new("amd64", layers, config)]);
        format!("{}/{name}", self.registry.host())
    }

    /// A stand-in for micromamba's image.
    pub fn micromamba(&self) -> String {
        let files = with_envlock(Files::new(), "envlock-install")
            .program("usr/local/bin/micromamba", MICROMAMBA)
            .program("usr/local/bin/_entrypoint.sh", ENTRYPOINT)
            .program("usr/local/bin/_dockerfile_shell.sh", SHELL)
            .file("usr/local/bin/_activate_current_env.sh", 0o644, ACTIVATE)
            .file("etc/passwd", 0o644, PASSWD)
            .file("etc/group", 0o644, "root:x:0:\nmambauser:x:57439:\n")
            .shared_directory("opt/conda")
            .shared_directory("opt/conda/conda-meta")
            .directory("home/mambauser", MAMBA_USER);
        let config = json!({
            "User": MAMBA_USER.to_string(), "WorkingDir": "/tmp", "Entrypoint": ["/usr/local/bin/_entrypoint.sh"],
            "Cmd": ["/bin/bash"], "Shell": ["/usr/local/bin/_dockerfile_shell.sh"],
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "MAMBA_ROOT_PREFIX=/opt/conda",
                    "MAMBA_USER=mambauser", "MAMBA_EXE=/usr/local/bin/micromamba", "LANG=C.UTF-8", "LC_ALL=C.UTF-8"],
        });
        self.push("mambaorg/micromamba:2.6.1", files, config)
    }

    /// A bare Debian.
    pub fn debian(&self) -> String {
        self.push("library/debian:12", Files::new(), json!({"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"]}))
    }

    /// Converts an environment file for a base image, with further options.
    pub fn convert(&self, environment: &str, image: &str, options: &[&str]) {
        self.workspace.write("environment.yml", environment);
        let mut command = self.workspace.convert_bare();
        command.args(["--channel", &self.server.channel(), "--base-image", image]).args(options);
        done(&mut command);
    }

    /// Builds what was converted as `test`.
    pub fn build(&self) -> Said {
        self.builder.build(self.workspace.path(), "test", &[])
    }

    /// Builds it, which must succeed.
    pub fn built(&self) {
        let said = self.build();
        assert!(said.is_good, "{}", said.text);
    }

    /// Runs a command in the image, which must succeed, and gives what it said.
    pub fn says(&self, words: &[&str]) -> String {
        let say = || {
            let said = self.builder.run("test", words);
            assert!(said.is_good, "{words:?}: {}", said.text);
            said.text.trim().to_owned()
        };
        // On a busy machine buildah now and then loses what a program has printed, and says that all went well.
        let said = say();
        if said.is_empty() { say() } else { said }
    }

    /// The lock that was written.
    pub fn lock(&self) -> Lockfile {
        self.workspace.lock()
    }

    /// The records of the environment are those of the lock, with what they depend on.
    pub fn check_records(&self, prefix: &str) {
        let script = format!(
            "import glob, json; print(json.dumps({{r['name']: [r['version'], r['build'], r['url'], r['sha256'], \
             sorted(r['depends'])] for r in (json.load(open(f)) for f in glob.glob('{prefix}/conda-meta/*.json'))}}))"
        );
        let installed: serde_json::Value = serde_json::from_str(&self.says(&["python", "-c", &script])).unwrap();
        let locked: serde_json::Map<String, serde_json::Value> = self
            .lock()
            .conda_packages()
            .map(|package| {
                let mut depends: Vec<String> = package
                    .dependencies
                    .iter()
                    .map(|(name, it)| if it == "*" || it.is_empty() { name.clone() } else { format!("{name} {it}") })
                    .collect();
                depends.sort();
                let hash = package.sha256();
                (package.name.to_string(), json!([package.version.to_string(), "0", package.address(), hash, depends]))
            })
            .collect();
        assert_eq!(installed, serde_json::Value::Object(locked));
    }
}

impl Stage {
    /// What the script of `tool` exports is there, however a process is started.
    pub fn check_activation(&self, prefix: &str) {
        let data = format!("{prefix}/share/tool data");
        assert_eq!(self.says(&["tool", "TOOL_MODE", "TOOL_DATA"]), format!("{prefix} 1.1 it's {data}"));
        // A login shell has it, too, and finds the programs.
        let login = "echo \"$TOOL_MODE, $TOOL_DATA\"; command -v tool";
        let said = format!("it's, {data}\n{prefix}/.envlock/bin/tool");
        assert_eq!(self.says(&["bash", "-l", "-c", login]), said);
        // Programs of the image itself are started as they are.
        assert_eq!(
            self.says(&["sh", "-c", "command -v sh; cat $CONDA_PREFIX/.envlock/README | head -n 1"]),
            "/usr/bin/sh\nMade by envlock while the image was built."
        );
        assert_eq!(self.says(&["python", "-c", "import os; print(os.environ['TOOL_DATA'])"]), data);
        // What the user says counts.
        assert_eq!(
            self.says(&["env", "TOOL_DATA=mine", "python", "-c", "import os; print(os.environ['TOOL_DATA'])"]),
            "mine"
        );
    }
}

/// A package with a script that knows its prefix, and one that activating the environment runs.
pub fn tool_package(version: &str) -> Package {
    let script =
        format!("#!/bin/sh\necho {PLACEHOLDER} {version} ${{1:+$(eval echo \\$$1)}} ${{2:+$(eval echo \\$$2)}}\n");
    // What it ends with says nothing of it.
    let activate = "export TOOL_DATA=\"${CONDA_PREFIX}/share/tool data\"\nexport TOOL_MODE='it'\"'\"'s'\nfalse\n";
    Package::new("tool", version, &[])
        .with("bin/tool", 0o755, script)
        .with("share/tool data/file", 0o644, version)
        .with("etc/conda/activate.d/tool.sh", 0o644, activate)
}

/// Puts the envlock that is tested into an image, without what only a debugger reads.
pub fn with_envlock(files: Files, name: &str) -> Files {
    let directory = Workspace::empty();
    let small = directory.path().join("envlock");
    let program = env!("CARGO_BIN_EXE_envlock");
    let stripped = Command::new("strip").arg("-o").arg(&small).arg(program).status().is_ok_and(|it| it.success());
    let file = if stripped { small.as_path() } else { Path::new(program) };
    files.program(&format!("usr/local/bin/{name}"), fs::read(file).unwrap())
}
