//! Images on micromamba's, whose part is played by a script that applies what it documents.

use envlock::lockfile::sha256_hex;

use super::stage::Stage;
use crate::support::{
    real_channel::{Package, channel},
    server::Server,
};

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
        stage.says(&["sh", "-c", "ls -A /tmp /mnt ~ /opt/conda; cat /opt/conda/conda-meta/history"]),
        "/home/mambauser:\n\n/mnt:\n\n/opt/conda:\n.envlock\nCACHEDIR.TAG\nbin\nconda-meta\netc\nlib\nshare\n\n/tmp:\n\
         ==> 1980-01-01 00:00:00 <==\n# cmd: envlock convert\n\
         # update specs: [\"markupsafe\",\"python\",\"six\",\"tool\"]"
    );
    stage.check_activation("/opt/conda");
    // `docker run` starts a program by the image's entrypoint.
    let entrypoint = "/usr/local/bin/_entrypoint.sh";
    let started = stage.says(&[entrypoint, "tool", "TOOL_MODE", "TOOL_DATA"]);
    assert_eq!(started, "/opt/conda 1.1 it's /opt/conda/share/tool data");
    assert_eq!(stage.says(&["env", "TOOL_DATA=mine", entrypoint, "tool", "TOOL_DATA"]), "/opt/conda 1.1 mine");

    // Once more, from nothing.
    let first = stage.builder.inspect("test", "{{.FromImageDigest}}");
    let again = stage.builder.build(stage.workspace.path(), "again", &["--no-cache"]);
    assert!(again.is_good, "{}", again.text);
    assert!(first.starts_with("sha256:"), "{first}");
    assert_eq!(stage.builder.inspect("again", "{{.FromImageDigest}}"), first);

    // A file of the pip section that isn't what was locked.
    let (list, dockerfile) = (stage.workspace.read("requirements-linux-64.txt"), stage.workspace.read("Dockerfile"));
    let (start, hash) = list.trim_end().rsplit_once("sha256:").unwrap();
    let edited = format!("{start}sha256:{}\n", "0".repeat(hash.len()));
    stage.workspace.write("Dockerfile", dockerfile.replace(&sha256_hex(&list), &sha256_hex(&edited)));
    stage.workspace.write("requirements-linux-64.txt", edited);
    let said = stage.build();
    assert!(!said.is_good);
    said.ends_with("envlock: the pip section can not be installed as it is locked");
}

#[test]
fn modules_are_compiled_unless_they_are_not_wanted() {
    let Some(stage) = Stage::new() else { return };
    let image = stage.micromamba();
    let environment = "dependencies: [python, six, linked, {pip: [packaging==24.0]}]\n";
    let compiled = "cd /opt/conda/lib/python3*/site-packages; \
                    ls __pycache__/six.*.pyc packaging/__pycache__/version.*.pyc 2>/dev/null | wc -l";
    stage.convert(environment, &image, &[]);
    stage.built();
    assert_eq!(stage.says(&["sh", "-c", compiled]), "2");
    // Each holds the hash of its source, which is looked at (PEP 552), and no time: the builder has set all times to one.
    let read = "import glob; files = glob.glob('/opt/conda/lib/python3*/**/*.pyc', recursive=True); \
                print(len(files) > 500, {int.from_bytes(open(file, 'rb').read(8)[4:], 'little') for file in files})";
    assert_eq!(stage.says(&["python", "-B", "-c", read]), "True {3}");

    // Nothing that runs while the image is built compiles any, either: link scripts, pip, what is asked of Python.
    stage.convert(environment, &image, &["--no-pyc"]);
    stage.built();
    assert_eq!(stage.says(&["find", "/opt/conda", "-name", "*.pyc"]), "");
}

#[test]
fn an_image_of_four_hundred_packages_has_a_short_dockerfile() {
    let Some(mut stage) = Stage::new() else { return };
    let image = stage.micromamba();
    let small = |number: usize| {
        let needs = format!("small-{:03}", number / 2);
        let needs: &[&str] = if number == 0 { &[] } else { &[&needs] };
        Package::new(&format!("small-{number:03}"), "1.0", needs).with(&format!("share/small/{number}"), 0o644, "x")
    };
    stage.server = Server::empty();
    for (path, bytes) in channel((0..400).map(small).collect()) {
        stage.server.serve(&format!("/channel/{path}"), bytes);
    }
    let all: Vec<String> = (0..400).map(|number| format!("small-{number:03}")).collect();
    stage.convert(&format!("dependencies: [{}]\n", all.join(", ")), &image, &[]);
    let dockerfile = stage.workspace.read("Dockerfile");
    assert!(dockerfile.lines().count() < 40, "{dockerfile}");
    stage.built();
    assert_eq!(
        stage.says(&["sh", "-c", "ls /opt/conda/share/small | wc -l; ls /opt/conda/conda-meta | wc -l"]),
        "400\n401"
    );
}

#[test]
fn what_cannot_be_built_is_said() {
    let Some(stage) = Stage::new() else { return };
    let image = stage.micromamba();
    stage.convert("dependencies: [tool]\n", &image, &[]);
    let dockerfile = stage.workspace.read("Dockerfile");
    let list = stage.workspace.read("conda-linux-64.lock");
    let package = stage.lock().packages()[0].clone();
    let hash = package.sha256().unwrap();
    let digest = stage.lock().base_image().unwrap().digest;
    let refused = |edited: &str| {
        assert_ne!(edited, list);
        stage.workspace.write("conda-linux-64.lock", edited);
        // The Dockerfile knows the list by its hash.
        stage.workspace.write("Dockerfile", dockerfile.replace(&sha256_hex(&list), &sha256_hex(edited)));
        let said = stage.build();
        assert!(!said.is_good, "{}", said.text);
        // Messages are broken to fit 80 columns.
        said.text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
    };
    let sentence = "envlock: the packages can not be installed as they are locked;";

    let wrong = refused(&list.replace(&hash, &"0".repeat(64)));
    assert!(wrong.contains("is not what the lock says") && wrong.contains(sentence), "{wrong}");
    stage.build().ends_with(sentence);

    let gone = refused(&list.replace("tool-1.1-0.conda", "tool-0.9-0.conda"));
    assert!(gone.contains("is not there any more") && gone.contains(sentence), "{gone}");

    stage.workspace.write("conda-linux-64.lock", format!("{list}\n"));
    stage.workspace.write("Dockerfile", &dockerfile);
    let edited = stage.build();
    assert!(!edited.is_good && edited.text.contains("envlock: conda-linux-64.lock is not the list"), "{}", edited.text);
    stage.workspace.write("conda-linux-64.lock", &list);

    stage.workspace.write("Dockerfile", dockerfile.replace(&digest, &format!("sha256:{}", "0".repeat(64))));
    let no_base = stage.build();
    assert!(!no_base.is_good && no_base.text.contains("manifest unknown"), "{}", no_base.text);

    stage.workspace.write("Dockerfile", &dockerfile);
    let other = stage.builder.build_with(&["setarch", "i686"], stage.workspace.path(), "test", &[]);
    assert!(
        !other.is_good && other.text.contains("envlock: the packages are for linux/amd64, and this image"),
        "{}",
        other.text
    );
}
