//! Other programs that the files are handed to.

use std::{env, path::PathBuf, process::Command};

use super::{Workspace, skipped, tool};

/// What hadolint says of the Dockerfile, and that it is content; `None` where there is no hadolint.
pub fn hadolint(workspace: &Workspace) -> Option<(bool, String)> {
    let output = Command::new(tool("hadolint")?).arg(workspace.path().join("Dockerfile")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Some((output.status.success(), said.into_owned()))
}

/// The packages that py-rattler reads from the lock, `name version`, and for those of pip what they need; `None` where no
/// Python of the search path has it.
pub fn py_rattler(workspace: &Workspace) -> Option<Vec<String>> {
    const READ: &str = "import rattler, sys\nlock = rattler.LockFile.from_path(sys.argv[1])\n\
                        for platform, packages in lock.default_environment().packages_by_platform().items():\n    \
                        for it in packages:\n        \
                        print(it.name, it.version, *getattr(it, 'requires_dist', []))\n";
    let output = Command::new(python_with("rattler", "py-rattler")?)
        .args(["-c", READ])
        .arg(workspace.path().join("conda-lock.yml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

/// The first Python of the search path that has a module, which a package of PyPI brings; `None` where none has.
pub fn python_with(module: &str, package: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut pythons = env::split_paths(&path).map(|directory| directory.join("python3")).filter(|file| file.is_file());
    let has_it = |python: &PathBuf| {
        let import = format!("import {module}");
        Command::new(python).args(["-c", &import]).output().is_ok_and(|it| it.status.success())
    };
    pythons.find(has_it).or_else(|| skipped(&format!("no Python has {package}")))
}

/// The lines of the explicit list that conda-lock renders the lock to; `None` where there is no conda-lock.
pub fn conda_lock(workspace: &Workspace) -> Option<Vec<String>> {
    let output = Command::new(tool("conda-lock")?)
        .args(["render", "--kind", "explicit", "--platform", "linux-64", "conda-lock.yml"])
        .current_dir(workspace.path())
        .env("HOME", workspace.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(workspace.read("conda-linux-64.lock").lines().map(str::to_owned).collect())
}
