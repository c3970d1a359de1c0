//! Images on micromamba's, whose part is played by a script that applies what it documents.

use super::stage::Stage;

const ENVIRONMENT: &str = "\
dependencies: [python, markupsafe, six, tool, {pip: [packaging==24.0]}]
variables: {GREETING: 'say \"$HOME\" twice'}
";

#[test]
fn the_environment_is_what_the_lock_says() {
    let Some(stage) = Stage::new() else { return };
    let image = stage.micromamba();
    stage.convert(ENVIRONMENT, &image, &[]);
    stage.built();
    let code = "import markupsafe._speedups, six, packaging, platform; print(platform.python_version())";
    assert_eq!(stage.says(&["python", "-c", code]), stage.python);
    stage.check_records("/opt/conda");
    assert_eq!(stage.says(&["tool"]), "/opt/conda 1.1");
    assert_eq!(stage.says(&["printenv", "GREETING"]), "say \"$HOME\" twice");
    assert_eq!(
        stage.says(&["sh", "-c", "ls -A /tmp /opt/conda; wc -c < /opt/conda/conda-meta/history"]),
        "/opt/conda:\n.envlock\nCACHEDIR.TAG\nbin\nconda-meta\netc\nlib\nshare\n\n/tmp:\n0"
    );
    stage.check_activation("/opt/conda");

    // Once more, from nothing.
    let first = stage.builder.inspect("test", "{{.FromImageDigest}}");
    let again = stage.builder.build(stage.workspace.path(), "again", &["--no-cache"]);
    assert!(again.is_good, "{}", again.text);
    assert!(first.starts_with("sha256:"), "{first}");
    assert_eq!(stage.builder.inspect("again", "{{.FromImageDigest}}"), first);
}

#[test]
fn what_cannot_be_built_is_said() {
    let Some(stage) = Stage::new() else { return };
    let image = stage.micromamba();
    stage.convert("dependencies: [tool]\n", &image, &[]);
    let dockerfile = stage.workspace.read("Dockerfile");
    let package = &stage.lock().package[0];
    let hash = package.hash.sha256.clone().unwrap();
    let digest = stage.lock().base_image().unwrap().digest;
    let refused = |edited: &str| {
        assert_ne!(edited, dockerfile);
        stage.workspace.write("Dockerfile", edited);
        let said = stage.build();
        assert!(!said.is_good, "{}", said.text);
        // Messages are broken to fit 80 columns.
        said.text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
    };
    let sentence = "envlock: the packages can not be installed as they are locked.";

    let wrong = refused(&dockerfile.replace(&hash, &"0".repeat(64)));
    assert!(wrong.contains("is not what the lock says") && wrong.contains(sentence), "{wrong}");

    let gone = refused(&dockerfile.replace("tool-1.1-0.conda", "tool-0.9-0.conda"));
    assert!(gone.contains("is not there any more") && gone.contains(sentence), "{gone}");

    let no_base = refused(&dockerfile.replace(&digest, &format!("sha256:{}", "0".repeat(64))));
    assert!(no_base.contains("manifest unknown"), "{no_base}");

    stage.workspace.write("Dockerfile", &dockerfile);
    let other = stage.builder.build_with(&["setarch", "i686"], stage.workspace.path(), "test", &[]);
    assert!(
        !other.is_good && other.text.contains("envlock: the packages are for linux/amd64, and this image"),
        "{}",
        other.text
    );
}
