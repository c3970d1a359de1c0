//! `envlock render`: what `convert` writes beside the lock, from the lock alone.

use crate::support::{IMAGE, Workspace, done, run};

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
                let channel = format!("conda-forge={}", crate::support::fixtures().join("channel").display());
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
    assert!(
        missing.code == 2 && missing.stderr.contains("there is no lock nowhere/conda-lock.yml"),
        "{}",
        missing.stderr
    );
}

#[test]
fn what_belongs_to_another_lock_is_left_alone() {
    let workspace = Workspace::with("hand");
    done(&mut workspace.convert());
    let lock = workspace.read("conda-lock.yml");
    workspace.write("other.yml", format!("{lock}# of another day\n"));
    let before = workspace.contents();
    let refused = run(workspace.envlock().args(["render", "other.yml"]));
    assert_eq!((refused.code, workspace.contents()), (2, before), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("the Dockerfile in . belongs to conda-lock.yml, and would be lost"),
        "{}",
        refused.stderr
    );

    // The same lock may stand in two places, and so may an empty one.
    workspace.write("copy/conda-lock.yml", &lock);
    done(workspace.envlock().args(["render", "-o", "copy"]));
    done(workspace.envlock().args(["render", "other.yml", "--output-dir", "new"]));
    done(workspace.envlock().args(["render", "other.yml", "--force"]));
    assert_eq!(workspace.read("Dockerfile"), workspace.read("new/Dockerfile"));
}

#[test]
fn a_dockerfile_of_the_users_own_is_filled_in_and_checked() {
    let workspace = Workspace::with("hand");
    workspace.write("Dockerfile.in", "# envlock: install\nUSER root\nRUN apt-get update\n");
    done(&mut workspace.convert());
    let dockerfile = workspace.read("Dockerfile");
    assert!(
        dockerfile.ends_with("\"\nUSER root\nRUN apt-get update\n") && dockerfile.contains("\nFROM "),
        "{dockerfile}"
    );
    let check = || run(workspace.envlock().arg("check"));
    assert_eq!(check().code, 0, "{}", check().stdout);

    workspace.write("Dockerfile.in", "# envlock: install\nUSER root\nRUN apt-get upgrade\n");
    let stale = check();
    assert!(
        stale.code == 1 && stale.stdout.contains("was edited") && stale.stdout.contains("envlock render"),
        "{}",
        stale.stdout
    );
    done(workspace.envlock().arg("render"));
    assert_eq!(workspace.read("Dockerfile"), dockerfile.replace("update", "upgrade"));
    assert_eq!(check().code, 0);

    workspace.write("Dockerfile.in", "FROM x\n");
    let refused = run(workspace.envlock().arg("render"));
    assert!(refused.code == 2 && refused.stderr.contains("no line says `# envlock: install`"), "{}", refused.stderr);
}

#[test]
fn lists_of_layers_that_are_gone_go_too() {
    let workspace = Workspace::with("hand");
    done(workspace.convert().args(["--layers", "2"]));
    let lists = || -> Vec<String> {
        let names = workspace.contents().into_keys().map(|path| path.display().to_string());
        names.filter(|name| name.starts_with("conda-linux")).collect()
    };
    assert_eq!(lists(), ["conda-linux-64.1.lock", "conda-linux-64.2.lock"]);
    // Another program's, which only looks like one.
    workspace.write("conda-linux-64.3.lock", "@EXPLICIT\n");
    let said = done(workspace.convert().args(["--layers", "1"])).stderr;
    assert_eq!(lists(), ["conda-linux-64.3.lock", "conda-linux-64.lock"]);
    assert!(said.contains("removed conda-linux-64.1.lock and conda-linux-64.2.lock"), "{said}");

    // One that was left behind, say by a merge, is found.
    let ours = workspace.read("conda-linux-64.lock");
    workspace.write("conda-linux-64.2.lock", ours);
    let stale = run(workspace.envlock().arg("check"));
    assert!(
        stale.code == 1 && stale.stdout.contains("conda-linux-64.2.lock belongs to nothing any more"),
        "{}",
        stale.stdout
    );
    done(workspace.envlock().arg("render"));
    assert_eq!(lists(), ["conda-linux-64.3.lock", "conda-linux-64.lock"]);
}

#[test]
fn a_dockerignore_that_would_break_the_build_is_told() {
    let workspace = Workspace::with("hand");
    workspace.write(".dockerignore", "*\n!envlock.sh\n");
    let said = done(&mut workspace.convert()).stderr.replace("\n  ", " ");
    let note = "note: .dockerignore keeps from docker what the Dockerfile needs: add the lines `!conda-linux-64.lock` at its end";
    assert!(said.contains(note), "{said}");
    workspace.write(".dockerignore", "*\n!envlock.sh\n!conda-linux-64.lock\n");
    assert!(!done(&mut workspace.convert()).stderr.contains(".dockerignore"));
}
