//! Channels in buckets and in registries of images.

use std::{fs, process};

use assert_cmd::Command;
use wiremock::{Request, Respond, ResponseTemplate};

use crate::support::{
    Run, Workspace, done,
    registry::{HTPASSWD, Registry},
    run,
    server::{Server, channel_packages, repodata},
    tools::python_with,
};

fn install(workspace: &Workspace) -> Command {
    let mut command = workspace.envlock();
    command.args(["install", "--prefix", "env"]);
    command
}

fn without_secrets(workspace: &Workspace, run: &Run) {
    assert!(!(run.stdout.clone() + &run.stderr).contains("s3cr3t"), "{}{}", run.stdout, run.stderr);
    let lock = workspace.read("conda-lock.yml");
    assert!(!["s3cr3t", "X-Amz", "AKID"].iter().any(|secret| lock.contains(secret)), "{lock}");
}

/// A bucket gives its objects for signed requests alone.
struct Signed(Vec<u8>);

impl Respond for Signed {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let query = request.url.query().unwrap_or_default();
        let is_signed = query.contains("X-Amz-Credential=AKID%2F") && query.contains("X-Amz-Signature=");
        if is_signed { ResponseTemplate::new(200).set_body_bytes(self.0.clone()) } else { ResponseTemplate::new(403) }
    }
}

#[test]
fn a_bucket_is_read_with_keys_and_installed_from() {
    let server = Server::empty();
    for subdir in ["linux-64", "noarch"] {
        server.respond(&format!("/team/channel/{subdir}/repodata.json"), Signed(repodata(subdir)));
    }
    for (subdir, name, path) in channel_packages() {
        server.respond(&format!("/team/channel/{subdir}/{name}"), Signed(fs::read(path).unwrap()));
    }
    let workspace = Workspace::holding("dependencies: [xz]\n");
    let with_keys = |mut command: Command| {
        command.env("AWS_ACCESS_KEY_ID", "AKID").env("AWS_SECRET_ACCESS_KEY", "s3cr3t");
        command.env("AWS_ENDPOINT_URL_S3", server.address());
        command
    };
    let made = done(&mut with_keys(workspace.convert_from(&["s3://team/channel"])));
    without_secrets(&workspace, &made);
    let note = "micromamba can't fetch from s3:// URLs, so this image can't be built";
    let told = made.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(note), "{told}");
    let lock = workspace.lock();
    assert_eq!(lock.channels, ["s3://team/channel"]);
    assert!(lock.conda_packages().all(|package| package.address().starts_with("s3://team/channel/")));
    // Again from the cache, and then without a network.
    done(&mut with_keys(workspace.convert_bare()));
    done(workspace.convert_bare().arg("--offline"));
    assert_eq!(workspace.lock(), lock);

    let mut stranger = install(&workspace);
    let refused = run(stranger.env("AWS_ENDPOINT_URL_S3", server.address()));
    assert!(refused.code == 2 && refused.stderr.contains("s3://team/channel/"), "{}", refused.stderr);
    let installed = done(&mut with_keys(install(&workspace)));
    without_secrets(&workspace, &installed);
    assert_eq!(
        fs::read_dir(workspace.path().join("env/conda-meta")).unwrap().count(),
        lock.conda_packages().count() + 1
    );
}

/// What botocore, the library of the AWS command line, makes of the signatures of URLs: whether each is the one that it
/// would write itself, with the same date and this secret.
const JUDGE: &str = r#"
import datetime, sys
from urllib.parse import parse_qs, urlsplit, urlunsplit
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

secret, token, *urls = sys.argv[1:]
for url in urls:
    parts = urlsplit(url)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    key, _, region, service, _ = query["X-Amz-Credential"].split("/")
    at = datetime.datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    botocore.auth.get_current_datetime = lambda *_, **__: at
    credentials = Credentials(key, secret, token or None)
    signer = botocore.auth.S3SigV4QueryAuth(credentials, service, region, int(query["X-Amz-Expires"]))
    request = AWSRequest("GET", urlunsplit(parts._replace(query="")))
    signer.add_auth(request)
    print(parse_qs(urlsplit(request.url).query)["X-Amz-Signature"][0] == query["X-Amz-Signature"])
"#;

#[test]
fn signatures_are_those_that_aws_would_write() {
    let Some(python) = python_with("botocore", "botocore") else { return };
    let judge = |secret: &str, token: &str, urls: &[String]| {
        let output = process::Command::new(&python).args(["-c", JUDGE, secret, token]).args(urls).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(|line| line == "True").collect::<Vec<_>>()
    };
    for (token, region) in [("", None), ("t0k/en+=", Some("eu-central-1"))] {
        let server = Server::empty();
        // What has to be escaped in a path is written in the signature as it is sent.
        for subdir in ["linux-64", "noarch"] {
            server.respond(&format!("/team/my%20chan%2Bnel/{subdir}/repodata.json"), Signed(repodata(subdir)));
        }
        let workspace = Workspace::holding("dependencies: [xz]\n");
        let mut command = workspace.convert_from(&["s3://team/my%20chan%2Bnel"]);
        command.env("AWS_ACCESS_KEY_ID", "AKID").env("AWS_SECRET_ACCESS_KEY", "s3cr3t");
        command.env("AWS_ENDPOINT_URL_S3", server.address());
        if let Some(region) = region {
            command.env("AWS_SESSION_TOKEN", token).env("AWS_REGION", region);
        }
        done(&mut command);
        let requests = server.requests();
        let sent = |it: &&Request| it.method.as_str() == "GET";
        let url = |it: &Request| format!("{}{}?{}", server.address(), it.url.path(), it.url.query().unwrap());
        let urls: Vec<String> = requests.iter().filter(sent).map(url).collect();
        assert!(urls.len() >= 2 && urls.iter().all(|url| url.contains(region.unwrap_or("us-east-1"))), "{urls:?}");
        assert!(judge("s3cr3t", token, &urls).into_iter().all(|is_right| is_right), "{urls:?}");
        assert!(!judge("another", token, &urls).contains(&true));
    }
}

#[test]
fn a_registry_is_read_and_installed_from() {
    for guard in [None, Some(("ada", "s3cr3t", HTPASSWD))] {
        let Some(registry) = Registry::start(guard) else { return };
        for subdir in ["linux-64", "noarch"] {
            let name = format!("team/channel/{subdir}/repodata.json:latest");
            registry.push_artifact(&name, "application/vnd.conda.repodata.v1+json", repodata(subdir));
        }
        for (subdir, file, path) in channel_packages() {
            let (stem, kind) = match file.strip_suffix(".conda") {
                Some(stem) => (stem, "application/vnd.conda.package.v2"),
                None => (file.strip_suffix(".tar.bz2").unwrap(), "application/vnd.conda.package.v1"),
            };
            let mut parts = stem.rsplitn(3, '-');
            let (build, version, name) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            let name = if name.starts_with('_') { format!("zzz{name}") } else { name.to_owned() };
            registry.push_artifact(
                &format!("team/channel/{subdir}/{name}:{version}-{build}"),
                kind,
                fs::read(path).unwrap(),
            );
        }
        let channel = format!("oci://{}/team/channel", registry.host());
        let workspace = Workspace::holding("dependencies: [xz]\n");
        workspace.write(
            "auth.json",
            format!(
                "{{\"oci://{}\": {{\"BasicHTTP\": {{\"username\": \"ada\", \"password\": \"s3cr3t\"}}}}}}",
                registry.host()
            ),
        );
        let with_login = |mut command: Command| {
            if guard.is_some() {
                command.env("RATTLER_AUTH_FILE", workspace.path().join("auth.json"));
            }
            command
        };
        let made = done(&mut with_login(workspace.convert_from(&[&channel])));
        without_secrets(&workspace, &made);
        let lock = workspace.lock();
        assert_eq!(lock.channels, [channel.as_str()]);
        let refused = run(&mut workspace.convert_from(&[&channel.replace("channel", "nothing")]));
        assert_eq!(refused.code, 2, "{}", refused.stderr);
        let installed = done(&mut with_login(install(&workspace)));
        without_secrets(&workspace, &installed);
        let records = fs::read_dir(workspace.path().join("env/conda-meta")).unwrap().count();
        assert_eq!(records, lock.conda_packages().count() + 1);
    }
}
