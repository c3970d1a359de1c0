//! Channels and indexes that want credentials, which a build is given as secrets.

use std::fs;

use wiremock::{Request, Respond, ResponseTemplate};

use super::stage::Stage;
use crate::support::{
    Workspace,
    real_channel::{Package, channel, wheel},
    server::Server,
};

/// `ada` and her password `s3cr3t`, as basic authentication has them.
const BASIC: &str = "Basic YWRhOnMzY3IzdA==";

/// Answers those only who know the password.
struct Guarded(Vec<u8>, &'static str);

impl Respond for Guarded {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        match request.headers.get("authorization").and_then(|value| value.to_str().ok()) {
            Some(BASIC) => ResponseTemplate::new(200).set_body_raw(self.0.clone(), self.1),
            _ => ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=\"test\""),
        }
    }
}

/// A server with the packages of another, and with an index, for those only who know the password.
fn guarded(packages: Vec<Package>, wheel: &std::path::Path) -> Server {
    let server = Server::empty();
    for (path, bytes) in channel(packages) {
        server.respond(&format!("/channel/{path}"), Guarded(bytes, "application/octet-stream"));
    }
    let name = wheel.file_name().unwrap().to_str().unwrap();
    let page = format!("<!DOCTYPE html><a href=\"/files/{name}\">{name}</a>");
    server.respond("/simple/six/", Guarded(page.into(), "text/html"));
    server.respond(&format!("/files/{name}"), Guarded(fs::read(wheel).unwrap(), "application/octet-stream"));
    server
}

#[test]
fn credentials_reach_the_build_and_get_into_no_layer() {
    let Some(mut stage) = Stage::new() else { return };
    let image = stage.micromamba();
    let minor = stage.python.rsplit_once('.').unwrap().0.to_owned();
    let wheels = Workspace::empty();
    let Some(wheel) = wheel("six==1.16.0", &minor, wheels.path()) else { return };
    let Some((_, mut packages)) = crate::support::real_channel::python() else { return };
    packages.push(Package::new("small", "1.0", &[]).with("share/small", 0o644, "x"));
    stage.server = guarded(packages, &wheel);
    let server = stage.server.address().replace("http://", "");
    stage.workspace.write(
        "auth.json",
        format!(
            "{{\"http://{server}/channel\": {{\"BasicHTTP\": {{\"username\": \"ada\", \"password\": \"s3cr3t\"}}}}}}"
        ),
    );
    stage.workspace.write("environment.yml", format!(
        "dependencies:\n  - python\n  - small\n  - pip:\n    - --index-url http://ada:s3cr3t@{server}/simple\n    - six==1.16.0\n"
    ));
    let mut command = stage.workspace.convert_bare();
    command.args(["--channel", &stage.server.channel(), "--base-image", &image]);
    command.env("RATTLER_AUTH_FILE", stage.workspace.path().join("auth.json"));
    crate::support::done(&mut command);
    assert_eq!(stage.lock().choices().credentials_for, [server.as_str()]);
    let dockerfile = stage.workspace.read("Dockerfile");
    let written =
        dockerfile.clone() + &stage.workspace.read("conda-lock.yml") + &stage.workspace.read("conda-linux-64.lock");
    assert!(!written.contains("s3cr3t") && dockerfile.contains(&format!("# Credentials are wanted by {server}; ")));

    let none = stage.build();
    assert!(
        !none.is_good && none.text.contains(&format!("envlock: no credentials are given for {server}.")),
        "{}",
        none.text
    );

    stage.workspace.write(
        "mine/authentication.json",
        format!(
            "{{\"{server}\": {{\"type\": \"BasicHTTPAuthentication\", \"user\": \"ada\", \"password\": \"czNjcjN0\"}}}}"
        ),
    );
    stage.workspace.write("mine/netrc", "machine 127.0.0.1 login ada password s3cr3t\n");
    let secrets =
        ["--secret", "id=authentication.json,src=mine/authentication.json", "--secret", "id=netrc,src=mine/netrc"];
    let built = stage.builder.build(stage.workspace.path(), "test", &secrets);
    assert!(built.is_good, "{}", built.text);
    assert_eq!(stage.says(&["python", "-c", "import six; print(six.__version__)"]), "1.16.0");
    assert_eq!(stage.says(&["sh", "-c", "ls -A /mnt ~"]), "/home/mambauser:\n\n/mnt:");
    for (name, bytes) in stage.builder.contents("test") {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!["s3cr3t", "czNjcjN0", "YWRhOnMzY3IzdA"].iter().any(|secret| text.contains(secret)), "{name}");
    }
}
