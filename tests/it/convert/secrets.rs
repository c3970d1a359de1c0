//! The values of secret variables stand nowhere but in the environment file.

use crate::support::{Workspace, done, run};

const FILE: &str = "dependencies:\n  - python=3.7\n  - zlib\nvariables:\n  API_TOKEN: s3cr3t-one\n  \
                    DATABASE_URL: postgres://me:s3cr3t-two@host/db\n  GITHUB_PAT: |\n    s3cr3t\n    -three\n  \
                    MONKEY: banana\n";

/// What a command says, on both channels, without a word of a secret.
fn says(workspace: &Workspace, words: &str, code: i32) -> String {
    let said = run(workspace.envlock().args(words.split(' ')));
    let all = said.stdout + &said.stderr;
    assert_eq!(said.code, code, "{words}: {all}");
    assert!(!all.contains("s3cr3t") && !all.contains("-three"), "{words}: {all}");
    all
}

fn write_nothing_of_it(workspace: &Workspace) {
    for (file, contents) in workspace.contents() {
        let text = String::from_utf8_lossy(contents.as_deref().unwrap_or_default()).into_owned();
        let is_written =
            file.extension().is_none_or(|extension| extension != "yml") || file.ends_with("conda-lock.yml");
        assert!(!is_written || !text.contains("s3cr3t") && !text.contains("-three"), "{}: {text}", file.display());
    }
}

#[test]
fn nothing_of_a_secret_is_written_or_said() {
    let workspace = Workspace::holding(FILE);
    for option in ["--json", "-vv"] {
        let run = done(workspace.convert().args(["--compose", option]));
        assert!(!(run.stdout + &run.stderr).contains("s3cr3t"));
    }
    write_nothing_of_it(&workspace);
    let lock = workspace.read("conda-lock.yml");
    assert!(
        lock.contains(r#"      variable {"MONKEY":"banana"}"#) && lock.contains(r#"variable {"API_TOKEN":{"sha256":""#)
    );
    assert!(workspace.read("Dockerfile").contains("# DATABASE_URL is not set: "));
    says(&workspace, "check", 0);
    workspace.write("old/conda-lock.yml", &lock);
    let text =
        FILE.replace("-one", "-other").replace("me:s3cr3t-two@", "").replace("MONKEY: banana", "NEW_TOKEN: s3cr3t");
    workspace.write("environment.yml", text);
    let said = says(&workspace, "check", 1);
    for line in [
        "environment.yml:5 variable API_TOKEN has another value\n",
        "environment.yml:6 variable DATABASE_URL has another value\n",
        "environment.yml:10 variable NEW_TOKEN was added\n",
        "environment.yml variable MONKEY was removed\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert!(!said.contains("GITHUB_PAT"), "{said}");
    says(&workspace, "check --json", 1);
    done(&mut workspace.convert());
    write_nothing_of_it(&workspace);
    for words in ["diff old/conda-lock.yml conda-lock.yml", "diff environment.yml conda-lock.yml --json"] {
        run(workspace.envlock().args(words.split(' '))).stdout.contains("s3cr3t").then(|| panic!("{words}"));
    }
    says(&workspace, "explain zlib --json", 0);
    says(&workspace, "update --dry-run --json", 0);
    says(&workspace, "render --json", 0);
}

#[test]
fn an_error_beside_a_secret_shows_nothing_of_it() {
    let file = FILE.replace("  DATABASE", "  B: [1]\n  DATABASE");
    let workspace = Workspace::holding(&file);
    let said = run(&mut workspace.convert());
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("API_TOKEN: ") && said.stderr.contains("DATABASE_URL: "), "{}", said.stderr);
    assert!(!said.stderr.contains("s3cr3t"), "{}", said.stderr);
}

#[test]
fn a_lock_that_holds_a_secret_is_stale_until_it_is_converted() {
    let workspace = Workspace::holding("dependencies: [zlib]\nvariables: {API_TOKEN: s3cr3t}\n");
    done(&mut workspace.convert());
    let now = workspace.read("conda-lock.yml");
    let start = now.find(r#"{"sha256":"#).unwrap();
    let end = start + now[start..].find('}').unwrap() + 1;
    workspace.write("conda-lock.yml", format!("{}\"s3cr3t\"{}", &now[..start], &now[end..]));
    let said = says(&workspace, "check", 1);
    assert!(said.contains("conda-lock.yml the value of API_TOKEN stands in it, which looks like a secret\n"), "{said}");
    assert!(!said.contains("variable API_TOKEN"), "{said}");
    done(&mut workspace.convert_bare());
    assert_eq!(workspace.read("conda-lock.yml"), now);
    says(&workspace, "check", 0);
}

/// The address of a package, with a password and a token.
const ADDRESS: &str = "https://me:s3cr3t@host/t/s3cr3t/c/linux-64/zlib-1-0.conda";

/// A lock as another program writes it, with credentials in its channel and its package.
fn of_another_program(md5: &str) -> String {
    format!(
        "version: 1\nmetadata:\n  content_hash: {{linux-64: ab}}\n  channels:\n  - {{url: 'https://me:s3cr3t@host/c', used_env_vars: []}}\n  \
         platforms: [linux-64]\n  sources: [a.yml]\npackage:\n- name: zlib\n  version: '1'\n  manager: conda\n  \
         platform: linux-64\n  dependencies: {{}}\n  url: {ADDRESS}\n  hash: {{md5: {md5}}}\n  category: main\n  optional: false\n"
    )
}

#[test]
fn passwords_are_known_whatever_is_in_them_and_wherever_they_stand() {
    let file = "name: https://u:s3cr3t@host/x\ndependencies:\n  - https://u:a/s3cr3t@host/x::zlib\n  \
                - t/s3cr3t/conda-forge::xz\n  - https://host/x?token=s3cr3t::python\nvariables:\n  \
                DB: postgres://u:pa/s3cr3t@h/db\n  HTTPS_PROXY: u:s3cr3t@h:3128\n  A: https://h/@s/a\n";
    let workspace = Workspace::holding(file);
    for option in ["--json", "-vv"] {
        let run = done(workspace.convert().args(["--report", "report.html", "--compose", option]));
        assert!(!(run.stdout + &run.stderr).contains("s3cr3t"));
    }
    write_nothing_of_it(&workspace);
    let dockerfile = workspace.read("Dockerfile");
    assert!(dockerfile.contains("# DB is not set: ") && dockerfile.contains("ENV A=\"https://h/@s/a\"\n"));
}

#[test]
fn what_is_shown_of_any_file_has_no_credentials() {
    let workspace = Workspace::empty();
    workspace.write("list.txt", format!("@EXPLICIT\n{ADDRESS}#abab\n"));
    workspace.write("envlock.toml", format!("chanel = [\"{ADDRESS}\"]\n[[environment]]\nfile = \"a.yml\"\n"));
    workspace.write("conda-lock.yml", of_another_program("xyz"));
    for words in ["install -p p list.txt", "install -p p", "convert"] {
        let said = says(&workspace, words, 2);
        assert!(said.contains("host"), "{said}");
    }
}

#[test]
fn credentials_of_a_lock_are_not_repeated() {
    let workspace = Workspace::holding("dependencies: [zlib]\n");
    done(&mut workspace.convert());
    let own = workspace.read("conda-lock.yml").replace("url: https://", "url: https://me:s3cr3t@");
    workspace.write("own/conda-lock.yml", own.replace(" conda zlib\n", " conda https://me:s3cr3t@host/x::zlib\n"));
    workspace.write("own/environment.yml", "dependencies: [zlib]\n");
    workspace.write("other/conda-lock.yml", of_another_program(&"0".repeat(32)));
    says(&workspace, "render own/conda-lock.yml", 0);
    assert!(says(&workspace, "check own/environment.yml", 1).contains("https://host/x::zlib"));
    for file in ["own/Dockerfile", "own/conda-linux-64.lock"] {
        assert!(!workspace.read(file).contains("s3cr3t"), "{file}");
    }
    for lock in ["own", "other"] {
        for format in ["text", "markdown", "html", "json"] {
            let said = run(workspace.envlock().args(["diff", "conda-lock.yml", lock, "--format", format]));
            assert!(said.code < 2 && !said.stdout.contains("s3cr3t"), "{}{}", said.stdout, said.stderr);
        }
        for option in ["", " --json"] {
            says(&workspace, &format!("explain zlib {lock}/conda-lock.yml{option}"), 0);
        }
    }
}
