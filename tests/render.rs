//! `envlock render`: what `convert` writes beside the lock, from the lock alone.

mod support;

use support::{IMAGE, Workspace, done, run};

#[test]
fn it_writes_byte_for_byte_what_convert_wrote() {
    for folder in ["macos", "windows", "hand"] {
        let workspace = Workspace::with(folder);
        workspace.write("env.list", "A=1\n");
        let digest = IMAGE.split_once('@').unwrap().1;
        let base = format!("debian:12@{digest}");
        for options in
            [vec!["--layers", "3"], vec!["--compose"], vec!["--base-image", &base, "--installer-image", IMAGE]]
        {
            let mut convert =
                if options.contains(&"--base-image") { workspace.convert_bare() } else { workspace.convert() };
            if options.contains(&"--base-image") {
                let channel = format!("conda-forge={}", support::fixtures().join("channel").display());
                convert.args(["--no-pip", "--channel", &channel]);
            }
            done(convert.args(&options));
            let before = workspace.contents();
            workspace.write("Dockerfile", "# envlock, and then somebody else\n");
            if options == ["--compose"] {
                assert!(workspace.read("compose.yaml").contains("env.list"));
                workspace.write("compose.yaml", "# envlock\n");
            }
            done(workspace.envlock().arg("render"));
            assert_eq!(workspace.contents(), before, "{folder} {options:?}");
        }
    }
}

#[test]
fn a_lock_of_another_program_and_a_file_of_another_hand_are_refused() {
    let workspace = Workspace::with("hand");
    done(&mut workspace.convert());
    workspace.write("Dockerfile", "FROM scratch\n");
    let foreign = run(workspace.envlock().arg("render"));
    assert!(foreign.code == 2 && foreign.stderr.contains("envlock didn't write it"), "{}", foreign.stderr);
    done(workspace.envlock().args(["render", "--force"]));

    let lock = workspace.read("conda-lock.yml");
    workspace.write("conda-lock.yml", lock.replace("base_image:", "other:"));
    let other = run(workspace.envlock().arg("render"));
    assert!(other.code == 2 && other.stderr.contains("the lock does not say its `base_image`"), "{}", other.stderr);

    workspace.write("conda-lock.yml", format!("<<<<<<< ours\n{lock}>>>>>>> theirs\n"));
    let merged = run(workspace.envlock().arg("render"));
    assert!(
        merged.code == 2 && merged.stderr.contains("conda-lock.yml:1: an unresolved merge conflict"),
        "{}",
        merged.stderr
    );

    let missing = run(workspace.envlock().args(["render", "nowhere/conda-lock.yml"]));
    assert!(missing.code == 2 && missing.stderr.contains("can't read nowhere/conda-lock.yml"), "{}", missing.stderr);
}
