//! What activating the environment exports, for processes that nobody activates it for.
//!
//! Packages put scripts into `etc/conda/activate.d`, which a shell runs when it activates the environment. In an image
//! there may be no such shell: `docker exec`, `docker run` with a program, and `RUN` start processes by name. So the scripts
//! are run once while the image is built, and what they export is written down. If there is anything, each program of the
//! environment, and each that shows or starts others, gets a forerunner of the same name that is found first, sets the
//! variables and starts it. Without any, only the shell that the image runs `RUN` with has one.

use super::{
    install::{INDENT, otherwise},
    place::{Place, SCRATCH},
    quote::{comment, shell},
};
use crate::lockfile::Lockfile;

/// Programs of the image itself that users start others with, or look at variables with.
const STARTERS: [&str; 5] = ["sh", "bash", "dash", "env", "printenv"];

/// The instruction that runs the scripts. None where nothing is installed.
pub(super) fn instruction(lockfile: &Lockfile, place: &Place) -> Option<String> {
    lockfile.conda_packages().next()?;
    let scripts = format!("{}/etc/conda/activate.d", place.prefix);
    let sentence = "envlock: the packages have scripts to be activated by bash, and the image has no bash. Choose an image that \
                    has, or convert with --installer micromamba.";
    let script = format!("{SCRATCH}/activate.sh");
    let lines: Vec<String> = capture(place).lines().map(shell).collect();
    let steps = [
        format!("mkdir -p {SCRATCH} {scripts} {}", place.ours()),
        otherwise("command -v bash > /dev/null", sentence, None),
        format!("printf '%s\\n' \\\n{INDENT}{} \\\n{INDENT}> {script}", lines.join(&format!(" \\\n{INDENT}"))),
        format!("bash {script}"),
        format!("rm -r {SCRATCH}"),
    ];
    let title =
        "What the packages export when the environment is activated, for programs that are started without a shell.";
    // What stands in quotes here is for the other shell.
    Some(format!("{}# hadolint ignore=SC2016\nRUN {}\n", comment(title), steps.join(" \\\n && ")))
}

/// The script, for bash, that runs those of the packages and writes down what they export.
///
/// A variable is only set where it still has the value that it had in the image, so that what the user gives a container
/// counts.
fn capture(place: &Place) -> String {
    let prefix = place.prefix;
    let starters = STARTERS.join(" ");
    format!(
        r##"set -e -o pipefail
prefix={prefix}
ours=$prefix/.envlock
q=\'
quote() {{ printf "'%s'" "${{1//$q/$q\\$q$q}}"; }}
activate() {{
    set +e +o pipefail
    export CONDA_PREFIX=$prefix
    for script in "$prefix"/etc/conda/activate.d/*.sh; do
        if [ -e "$script" ]; then . "$script" > /dev/null; fi
    done
    env -0
}}
declare -A before
while IFS= read -r -d '' record; do before["${{record%%=*}}"]=${{record#*=}}; done < <(env -0)
(activate) | LC_ALL=C sort -z > {SCRATCH}/after
while IFS= read -r -d '' record; do
    name=${{record%%=*}} value=${{record#*=}}
    case $name in _ | SHLVL | PWD | OLDPWD | CONDA_PREFIX | CONDA_BACKUP_* | *[!A-Za-z0-9_]* | [0-9]*) continue ;; esac
    if [ "${{before[$name]-}}" = "$value" ]; then continue; fi
    old=$(quote "${{before[$name]-}}")
    printf 'if [ "${{%s-}}" = %s ]; then export %s=%s; fi\n' "$name" "$old" "$name" "$(quote "$value")"
done < {SCRATCH}/after > "$ours/activate.sh"
programs=("$prefix"/bin/*) starters=({starters})
if [ ! -s "$ours/activate.sh" ]; then programs=() starters=(sh); fi
mkdir -p "$ours/bin"
start=("#!/bin/sh" ". $ours/activate.sh" "case :\$PATH: in *:$ours/bin:*)")
start+=("PATH=\${{PATH%%$ours/bin:*}}\${{PATH#*$ours/bin:}};;" "esac" "exec \"\${{0##*/}}\" \"\$@\"")
printf '%s\n' "${{start[@]}}" > "$ours/bin/.start"
chmod 755 "$ours/bin/.start"
for program in "${{programs[@]}}"; do
    if [ -x "$program" ] && [ ! -d "$program" ]; then ln -s .start "$ours/bin/${{program##*/}}"; fi
done
for program in "${{starters[@]}}"; do
    if [ ! -e "$ours/bin/$program" ]; then ln -s .start "$ours/bin/$program"; fi
done
"##
    )
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

    use super::*;

    /// A prefix with a program and a script, in a directory instead of `/`.
    struct Image {
        root: tempfile::TempDir,
    }

    impl Image {
        /// `None`, with a word, where there is no bash to run with.
        fn with(activation: &str) -> Option<Self> {
            if !Path::new("/bin/bash").exists() {
                println!("skipped: there is no /bin/bash");
                return None;
            }
            let image = Self { root: tempfile::tempdir().unwrap() };
            for directory in ["opt/conda/bin", "opt/conda/etc/conda/activate.d", "opt/conda/.envlock", "tmp/envlock"] {
                fs::create_dir_all(image.root.path().join(directory)).unwrap();
            }
            fs::write(image.root.path().join("opt/conda/etc/conda/activate.d/a.sh"), activation).unwrap();
            let program = image.root.path().join("opt/conda/bin/show");
            fs::write(&program, "#!/bin/sh\nprintf '%s|' \"$A\" \"$B\" \"$@\"\necho \"$PATH\"\n").unwrap();
            fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
            let place = Place { prefix: "/opt/conda", lists: SCRATCH.to_owned(), is_copied: false };
            let script = image.here(&capture(&place));
            let mut command = image.command("/bin/bash");
            let output = command.args(["-c", &script]).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(image)
        }

        fn here(&self, text: &str) -> String {
            let root = self.root.path().to_str().unwrap();
            text.replace("/opt/conda", &format!("{root}/opt/conda")).replace(SCRATCH, &format!("{root}{SCRATCH}"))
        }

        fn path(&self) -> String {
            self.here("/opt/conda/.envlock/bin:/opt/conda/bin:/usr/bin:/bin")
        }

        fn command(&self, program: &str) -> Command {
            let mut command = Command::new("/usr/bin/env");
            command.arg(program).env_clear().env("PATH", self.path());
            command
        }
    }

    fn says(command: &mut Command) -> String {
        String::from_utf8(command.output().unwrap().stdout).unwrap().trim_end().to_owned()
    }

    #[test]
    fn programs_get_what_the_scripts_export_with_quotes_and_line_breaks() {
        let Some(image) = Image::with("export A=\"it's \\$x\"\nexport B='two\nlines'\nC=unexported\n") else { return };
        let path = image.here("/opt/conda/bin:/usr/bin:/bin");
        assert_eq!(says(image.command("show").args(["x y", "$z"])), format!("it's $x|two\nlines|x y|$z|{path}"));
        assert_eq!(says(image.command("sh").args(["-c", "echo \"$A\""])), "it's $x");
        assert_eq!(says(image.command("printenv").arg("A")), "it's $x");
        assert!(!image.here("/opt/conda").is_empty());
    }

    #[test]
    fn what_the_user_sets_counts_and_an_extended_path_is_kept() {
        let Some(image) = Image::with("export A=a\nexport PATH=/extra:$PATH\nfalse\n") else { return };
        let path = image.here("/extra:/opt/conda/bin:/usr/bin:/bin");
        assert_eq!(says(image.command("show").env("A", "mine")), format!("mine||{path}"));
        assert_eq!(says(&mut image.command("show")), format!("a||{path}"));
    }

    #[test]
    fn without_exports_nothing_is_put_before_the_programs() {
        let Some(image) = Image::with("unset NOTHING\n") else { return };
        let found = fs::read_dir(image.root.path().join("opt/conda/.envlock/bin")).unwrap();
        let mut names: Vec<String> = found.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, [".start", "sh"]);
        assert_eq!(says(image.command("sh").args(["-c", "echo \"$A\"yes"])), "yes");
    }
}
