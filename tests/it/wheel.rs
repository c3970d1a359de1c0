//! The wheel, as `pip install .` and pre-commit make it: what it holds, and that it has all that it needs.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use assert_cmd::cargo::cargo_bin;

use crate::{
    pip::pypi::pypi,
    support::{Workspace, done, fixtures, readme, tool},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// What the wheel brings besides the program, in the places of a prefix.
const SHARE: &str = "snapshots/wheel/data/share";

/// Stands for cargo: says that it has built the program that these tests run. Alone, as for a wheel, it would be built with
/// fewer features, and everything that it is made of anew.
const CARGO: &str = r#"#!/bin/sh
[ "$1" = rustc ] || exec "$REAL_CARGO" "$@"
cat <<'END'
{"reason":"compiler-artifact","package_id":"path+file://ROOT#envlock@VERSION","manifest_path":"ROOT/Cargo.toml","target":{"kind":["bin"],"crate_types":["bin"],"name":"envlock","src_path":"ROOT/src/main.rs","edition":"2024","doc":true,"doctest":false,"test":true},"profile":{"opt_level":"1","debuginfo":1,"debug_assertions":true,"overflow_checks":true,"test":false},"features":[],"filenames":["PROGRAM"],"executable":"PROGRAM","fresh":true}
{"reason":"build-finished","success":true}
END
"#;

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A script that may be run.
fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Makes the wheel in a directory, by the Python that has maturin; `None` where there is none.
fn wheel(directory: &Path) -> Option<PathBuf> {
    let maturin = tool("maturin")?;
    let cargo = directory.join("cargo");
    let program = cargo_bin("envlock");
    let said = CARGO.replace("ROOT", ROOT).replace("VERSION", env!("CARGO_PKG_VERSION"));
    script(&cargo, &said.replace("PROGRAM", program.to_str().unwrap()));
    let mut pip = Command::new(maturin.with_file_name("python3"));
    pip.args(["-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--wheel-dir"]).arg(directory);
    let real = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    pip.arg(ROOT).env("CARGO", cargo).env("REAL_CARGO", real).env("CARGO_TARGET_DIR", directory.join("target"));
    pip.env("MATURIN_PEP517_ARGS", "--profile dev --compatibility linux --auditwheel skip --compression-level 1");
    output(&mut pip);
    let files = fs::read_dir(directory).unwrap().map(|it| it.unwrap().path());
    files.into_iter().find(|it| it.extension().is_some_and(|it| it == "whl"))
}

#[test]
fn pip_installs_envlock_with_all_that_it_needs() {
    let workspace = Workspace::empty();
    let Some(wheel) = wheel(workspace.path()) else { return };
    let (Some(()), Some(python)) = (pypi(), tool("python3")) else { return };
    let venv = workspace.path().join("venv");
    output(Command::new(python).args(["-m", "venv"]).arg(&venv));
    output(Command::new(venv.join("bin/pip")).args(["install", "--quiet"]).arg(&wheel));

    // The example of the README, with nothing else on the path.
    let path = env::join_paths([venv.join("bin"), "/usr/bin".into(), "/bin".into()]).unwrap();
    std::os::unix::fs::symlink(fixtures(), workspace.path().join("fixtures")).unwrap();
    let example = readme::line("cargo run -- convert fixtures/macos/").replace("cargo run -- ", "envlock ");
    done(workspace.shell(&example).env("PATH", &path));
    assert!(workspace.read("target/example/conda-lock.yml").contains("numpy"));

    // The uv beside it is found from anywhere.
    workspace.write("environment.yml", "dependencies:\n  - python=3.7.8\n  - pip\n  - pip:\n    - six==1.16.0\n");
    let arguments: Vec<_> = workspace.convert_all().get_args().map(ToOwned::to_owned).collect();
    let mut convert = workspace.shell("exec \"$0\" \"$@\"");
    convert.arg(venv.join("bin/envlock")).args(arguments).env("PATH", "/usr/bin:/bin").env_remove("ENVLOCK_UV");
    done(&mut convert);
    assert!(workspace.read("conda-lock.yml").contains("six-1.16.0-py2.py3-none-any.whl"));

    for (file, of) in shared() {
        assert_eq!(fs::read_to_string(venv.join("share").join(&file)).unwrap(), of, "{}", file.display());
    }
}

/// Each file of the wheel below `share`, with what envlock prints for it.
fn shared() -> Vec<(PathBuf, String)> {
    let workspace = Workspace::empty();
    done(workspace.envlock().args(["man", "man"]));
    let mut files: Vec<(PathBuf, String)> = fs::read_dir(workspace.path().join("man"))
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .map(|name| (Path::new("man/man1").join(&name), workspace.read(&format!("man/{}", name.to_string_lossy()))))
        .collect();
    for (shell, place) in [
        ("bash", "bash-completion/completions/envlock"),
        ("fish", "fish/vendor_completions.d/envlock.fish"),
        ("zsh", "zsh/site-functions/_envlock"),
    ] {
        files.push((place.into(), done(workspace.envlock().args(["completions", shell])).stdout));
    }
    files.sort();
    files
}

#[test]
fn the_manual_and_the_completions_of_the_wheel_are_those_of_the_program() {
    let share = Path::new(ROOT).join(SHARE);
    for (file, text) in shared() {
        let place = share.join(&file);
        if env::var("INSTA_UPDATE").as_deref() == Ok("always") {
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(&place, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(&place).unwrap_or_default(), text, "run with INSTA_UPDATE=always: {file:?}");
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let workspace = Workspace::empty();
    let Some(bash) = tool("bash") else { return };
    let script = done(workspace.envlock().args(["completions", "bash"])).stdout;
    workspace.write("envlock.bash", script);
    let ask = "source ./envlock.bash; COMP_WORDS=(envlock conv); COMP_CWORD=1; _envlock envlock conv envlock; \
               echo \"${COMPREPLY[@]}\"; COMP_WORDS=(envlock convert --base); COMP_CWORD=2; \
               _envlock envlock --base convert; echo \"${COMPREPLY[@]}\"";
    let said = output(Command::new(bash).args(["--norc", "-c", ask]).current_dir(workspace.path()));
    assert_eq!(said, "convert\n--base-image\n");
}
