//! What was said of the pip section is kept, so that the command at the head of the files makes them again.

use super::{
    converted, environment,
    files::{pure, sdist_with},
    index::{Form, index, index_line},
};
use crate::support::{done, run};

#[test]
fn every_option_of_the_pip_section_is_kept() {
    let files = [pure("app", "1.0", &[]), pure("numpy", "1.20.0", &[]), pure("arrays", "1.0", &[])];
    let server = index(Form::Json, &files);
    let index = index_line(&server);
    for (lines, options) in [
        (&["app"][..], &[][..]),
        (&["app"], &["--no-pip"]),
        (&["numpy==1.20.0"], &["--prefer-conda"]),
        (&["numpy==1.20.0"], &["--prefer-pip"]),
        (&["app", "-e ."], &["--skip-unlockable"]),
        (&["arrays"], &["--pypi-name", "numpy = Arrays", "--pypi-name", "my-tool="]),
    ] {
        let lines: Vec<&str> = [index.as_str()].into_iter().chain(lines.iter().copied()).collect();
        let Some(workspace) = environment(&["numpy=1.19.4"], &lines) else { return };
        converted(&workspace, options);
        workspace.is_made_again("");
        // It is kept when the file changes, too, and forgotten where that is said.
        let choices = workspace.lock().choices();
        workspace.write("environment.yml", workspace.read("environment.yml").replace("  - pip\n", "  - pip\n  - xz\n"));
        done(&mut workspace.convert_bare());
        assert_eq!(workspace.lock().choices(), choices);
        let forgotten = run(workspace.convert_all().arg("--forget"));
        let is_needed = options.iter().any(|it| matches!(*it, "--prefer-conda" | "--prefer-pip" | "--skip-unlockable"));
        assert_eq!(forgotten.code, if is_needed { 2 } else { 0 }, "{options:?} {}", forgotten.stderr);
    }
}

#[test]
fn a_build_has_to_be_allowed_again_which_the_command_says() {
    let setup = "from setuptools import setup\nsetup(name='demo', version='1.0', install_requires=[])\n";
    let demo = sdist_with("demo", "1.0", &[], "", &[("setup.py", setup)]);
    let server = index(Form::Json, &[demo, pure("app", "1.0", &[])]);
    let Some(workspace) = environment(&[], &[&index_line(&server), "app"]) else { return };
    converted(&workspace, &["--allow-build"]);
    assert_eq!(workspace.named_command(""), "envlock convert environment.yml --allow-build");
    workspace.is_made_again("");
    workspace.write("environment.yml", workspace.read("environment.yml").replace("  - pip\n", "  - pip\n  - xz\n"));
    let said = run(workspace.envlock().arg("check")).stdout;
    assert!(said.ends_with("to mend it, run: envlock convert environment.yml --allow-build\n"), "{said}");
    done(&mut workspace.convert_bare());
    assert_eq!(workspace.named_command(""), "envlock convert environment.yml");
}
