//! The options of the image: what goes together, and what the lock keeps.

use crate::support::{IMAGE, Workspace, done, run};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A Debian of a digest that is made up.
fn debian() -> String {
    format!("docker.io/library/debian:13-slim@{DIGEST}")
}

#[test]
fn what_does_not_go_together_is_refused_and_nothing_is_written() {
    let micromamba = format!("--installer-image={IMAGE}");
    let cases: [(&[&str], &str); 4] = [
        (&["--installer", "own"], "debian:13-slim is not known to install packages itself"),
        (&["--installer", "envlock"], "no image of envlock is named"),
        (&["--layers", "3", &micromamba], "gets its environment from another stage"),
        (&["--env-file", "nowhere.list", &micromamba], "--env-file nowhere.list: the file can't be read"),
    ];
    for (options, message) in cases {
        let workspace = Workspace::with("hand");
        let before = workspace.contents();
        let refused = run(workspace.convert_on(&debian()).args(options));
        assert!(refused.code == 2 && refused.stderr.contains(message), "{options:?}: {}", refused.stderr);
        // What an error says is for a person, and no placeholder.
        assert!(!refused.stderr.contains(['{', '}']), "{}", refused.stderr);
        assert_eq!(workspace.contents(), before, "{options:?}");
    }
}

#[test]
fn what_is_said_once_holds_until_something_else_is_said() {
    let workspace = Workspace::with("hand");
    workspace.write("env.list", "A=1\n");
    let micromamba = format!("--installer-image={IMAGE}");
    done(workspace.convert_on(&debian()).args([&micromamba, "--compose"]));
    let recipe = || workspace.lock().recipe().unwrap();
    let first = recipe();
    assert!(first.compose && first.stage_image().is_some(), "{first:?}");
    assert_eq!(first.env_file.as_deref(), Some("env.list"));
    let before = workspace.contents();
    done(&mut workspace.convert_on(&debian()));
    assert_eq!(workspace.contents(), before);

    done(workspace.convert_on(&debian()).arg("--no-compose"));
    assert!(!recipe().compose && recipe().stage_image().is_some());
    // The channel has no server to start.
    let refused = run(workspace.convert_on(&debian()).arg("--jupyter"));
    assert!(refused.code == 2 && refused.stderr.contains("neither jupyterlab nor notebook"), "{}", refused.stderr);
    // Another image starts from what is usual for it.
    done(&mut workspace.convert());
    assert!(recipe().stage_image().is_none());
}
