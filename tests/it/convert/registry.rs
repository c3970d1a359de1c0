//! The digest of the base image, asked of a registry of this machine.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _, time::Instant};

use assert_cmd::Command;
use envlock::lockfile::sha256_hex;
use serde_json::{Value, json};
use wiremock::{Request, Respond, ResponseTemplate};

use crate::support::{
    Workspace, done, fixtures,
    registry::{HTPASSWD, Image, Registry},
    run,
    server::Server,
};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// An index of images for these platforms.
fn index(platforms: &[&str]) -> String {
    let pairs: Vec<(&str, String)> = platforms.iter().map(|it| (*it, digest(&manifest(it)))).collect();
    index_of(&pairs)
}

/// An index which says of these digests that they are for these platforms.
fn index_of(pairs: &[(&str, String)]) -> String {
    let entry = |(platform, digest): &(&str, String)| {
        let (os, architecture) = platform.split_once('/').unwrap();
        json!({"mediaType": MANIFEST, "digest": digest, "size": 2,
               "platform": {"os": os, "architecture": architecture}})
    };
    let manifests: Vec<Value> = pairs.iter().map(entry).collect();
    json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).to_string()
}

/// The manifest of an image for a platform.
fn manifest(platform: &str) -> String {
    let config = config(platform);
    let config = json!({"mediaType": CONFIG, "digest": digest(&config), "size": config.len()});
    json!({"schemaVersion": 2, "mediaType": MANIFEST, "layers": [], "config": config}).to_string()
}

/// The configuration of an image for a platform.
fn config(platform: &str) -> String {
    let (os, architecture) = platform.split_once('/').unwrap();
    json!({"architecture": architecture, "os": os, "rootfs": {"type": "layers", "diff_ids": []}}).to_string()
}

fn digest(text: &str) -> String {
    format!("sha256:{}", sha256_hex(text))
}

/// Serves a manifest, as what `team/base:1.0` is.
fn serve(server: &Server, kind: &str, body: &str) {
    server.respond("/v2/team/base/manifests/1.0", answer(kind, body));
}

/// Serves the image for a platform, as what its digest names.
fn serve_image(server: &Server, platform: &str) {
    let (manifest, config) = (manifest(platform), config(platform));
    server.respond(&format!("/v2/team/base/manifests/{}", digest(&manifest)), answer(MANIFEST, &manifest));
    server.respond(&format!("/v2/team/base/blobs/{}", digest(&config)), answer(CONFIG, &config));
}

fn answer(kind: &str, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).insert_header("Docker-Content-Digest", digest(body)).set_body_raw(body, kind)
}

/// The image without its digest.
fn image(server: &Server) -> String {
    format!("{}/team/base:1.0", server.address().trim_start_matches("http://"))
}

/// Converts a small file with a base image.
fn convert(workspace: &Workspace, image: Option<&str>) -> Command {
    let mut command = workspace.envlock();
    let channel = format!("conda-forge={}", fixtures().join("channel").display());
    command.args(["convert", "--virtual-package", "__glibc=2.36", "--channel", &channel]);
    command.args(image.iter().flat_map(|image| ["--base-image", image]));
    command.env("DOCKER_CONFIG", workspace.path().join(".cache"));
    command
}

fn workspace() -> Workspace {
    Workspace::holding("dependencies: [xz]\n")
}

/// What is said where the registry answers with this.
fn refused(answer: ResponseTemplate) -> String {
    let server = Server::empty();
    server.respond("/v2/team/base/manifests/1.0", answer);
    told(&server)
}

/// What is said of the image of a server that can't be had.
fn told(server: &Server) -> String {
    let workspace = workspace();
    let run = run(&mut convert(&workspace, Some(&image(server))));
    assert_eq!(run.code, 2);
    let address = server.address();
    let told = run.stderr.replace(address.trim_start_matches("http://"), "HOST").replace('│', " ");
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_index_is_pinned_and_the_lock_keeps_its_digest() {
    let (server, workspace) = (Server::empty(), workspace());
    let body = index(&["linux/arm64", "linux/amd64"]);
    serve(&server, INDEX, &body);
    serve_image(&server, "linux/amd64");
    let image = image(&server);
    done(&mut convert(&workspace, Some(&image)));
    let dockerfile = workspace.read("Dockerfile");
    assert!(dockerfile.contains(&format!("FROM --platform=linux/amd64 {image}@{} AS", digest(&body))), "{dockerfile}");
    assert!(
        dockerfile.contains(&format!("io.envlock.base.platform.digest=\"{}\"", digest(&manifest("linux/amd64")))),
        "{dockerfile}"
    );
    let pinned = workspace.lock().base_image().unwrap();
    assert_eq!((pinned.digest, pinned.platform), (digest(&body), Some(digest(&manifest("linux/amd64")))));

    // Nobody is asked again, whichever way the image is named.
    server.forget();
    let before = workspace.contents();
    let pinned = format!("{image}@{}", digest(&body));
    for named in [None, Some(&*image), Some(&*pinned)] {
        done(convert(&workspace, named).arg("--offline"));
        assert_eq!(workspace.contents(), before);
    }
}

#[test]
fn an_image_for_one_platform_is_pinned_if_it_is_the_right_one() {
    for architecture in ["amd64", "arm64"] {
        let (server, workspace) = (Server::empty(), workspace());
        let platform = format!("linux/{architecture}");
        serve(&server, MANIFEST, &manifest(&platform));
        serve_image(&server, &platform);
        let run = run(&mut convert(&workspace, Some(&image(&server))));
        if architecture == "amd64" {
            assert_eq!(run.code, 0, "{}", run.stderr);
            let pinned = workspace.lock().base_image().unwrap();
            assert_eq!((pinned.digest, pinned.platform), (digest(&manifest(&platform)), None));
        } else {
            assert_eq!(run.code, 2);
            assert!(run.stderr.contains("only for linux/arm64"), "{}", run.stderr);
        }
    }
}

#[test]
fn an_index_is_not_believed_on_the_platform_of_an_image() {
    let server = Server::empty();
    let arm = digest(&manifest("linux/arm64"));
    serve(&server, INDEX, &index_of(&[("linux/amd64", arm.clone())]));
    serve_image(&server, "linux/arm64");
    let expected =
        format!("the index of `HOST/team/base:1.0` says that {arm} is for linux/amd64, and that is linux/arm64");
    let told = told(&server);
    // Long digests are broken over lines.
    assert!(told.replace(' ', "").contains(&expected.replace(' ', "")), "{told}");
}

#[test]
fn what_a_registry_sends_has_the_digest_that_names_it() {
    let right = digest(&manifest("linux/amd64"));
    for (path, body) in [
        (format!("manifests/{right}"), manifest("linux/arm64")),
        (format!("blobs/{}", digest(&config("linux/amd64"))), format!("{} ", config("linux/amd64"))),
    ] {
        let server = Server::empty();
        serve(&server, INDEX, &index(&["linux/amd64"]));
        server.respond(&format!("/v2/team/base/{path}"), answer(MANIFEST, &body));
        serve_image(&server, "linux/amd64");
        let told = told(&server);
        assert!(told.contains("has another digest, sha256:"), "{told}");
    }
    let wrong = answer(INDEX, &index(&["linux/amd64"])).insert_header("Docker-Content-Digest", digest("x"));
    assert!(refused(wrong).contains("has another digest, sha256:"));
    let none = index_of(&[("linux/amd64", "sha256:../../../token".to_owned())]);
    assert!(refused(answer(INDEX, &none)).contains("it names a digest that is none"));
}

#[test]
fn nothing_larger_than_it_may_be_is_read() {
    let blank = |mib: usize| " ".repeat(mib << 20);
    let told = refused(answer(INDEX, &format!("{}{}", index(&["linux/amd64"]), blank(4))));
    assert!(told.contains("it is larger than the manifest of an image may be (4 MiB)"), "{told}");
    let server = Server::empty();
    serve(&server, INDEX, &index(&["linux/amd64"]));
    let blob = format!("/v2/team/base/blobs/{}", digest(&config("linux/amd64")));
    server.respond_once(&blob, answer(CONFIG, &blank(9)));
    serve_image(&server, "linux/amd64");
    assert!(self::told(&server).contains("the configuration of an image may be (8 MiB)"));

    let server = guarded(true);
    server.respond_once("/token", ResponseTemplate::new(200).set_body_string(blank(2)));
    assert!(self::told(&server).contains("it is larger than a token, or what a registry says of an error, may be"));
    // An error is told all the same.
    assert!(refused(ResponseTemplate::new(404).set_body_string(blank(2))).contains("the registry has no image"));
}

#[test]
fn each_answer_of_a_registry_is_told_with_what_to_do() {
    let unknown = json!({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}).to_string();
    let json = "application/json";
    for (answer, expected) in [
        (
            answer(INDEX, &index(&["linux/arm64", "windows/amd64"])),
            "`HOST/team/base:1.0` is not there for linux/amd64, only for linux/arm64 and windows/amd64",
        ),
        (ResponseTemplate::new(404).set_body_raw(unknown, json), "the registry has no image `HOST/team/base:1.0`"),
        (ResponseTemplate::new(401), "HOST doesn't let you read `HOST/team/base:1.0`, as nobody is logged in"),
        (ResponseTemplate::new(401), "run `docker login HOST`"),
        (ResponseTemplate::new(429), "HOST was asked too often for now"),
        (ResponseTemplate::new(503), "HOST gives no digest: it answers with status 503"),
        (ResponseTemplate::new(200).set_body_raw("<html>", "text/html"), "HOST gives no digest: "),
    ] {
        let told = refused(answer);
        assert!(told.contains(expected), "{expected} in {told}");
    }
}

#[test]
fn a_registry_that_fails_is_asked_again_and_one_that_says_nothing_is_given_up_in_time() {
    let (server, workspace) = (Server::empty(), workspace());
    let body = index(&["linux/amd64"]);
    server.serve_after(2, 503, "/v2/team/base/manifests/1.0", body.clone().into_bytes());
    serve_image(&server, "linux/amd64");
    done(&mut convert(&workspace, Some(&image(&server))));
    assert_eq!(workspace.lock().base_image().unwrap().digest, digest(&body));

    // The system accepts connections for it.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let name = format!("{}/team/base:1.0", silent.local_addr().unwrap());
    let begun = Instant::now();
    let run = run(convert(&workspace, Some(&name)).args(["--timeout", "4"]));
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("nothing came for 2s (2 tries; --timeout gives"), "{}", run.stderr);
    assert!((4..12).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[test]
fn a_registry_without_tls_is_asked_where_it_is_said_to_be_one() {
    // It is on this machine as well, but by an address that nobody knows as such.
    let (server, workspace) = (Server::at("127.0.0.2:0"), workspace());
    serve(&server, INDEX, &index(&["linux/amd64"]));
    serve_image(&server, "linux/amd64");
    let image = image(&server);
    assert_eq!(run(&mut convert(&workspace, Some(&image))).code, 2);
    let host = server.address().trim_start_matches("http://").to_owned();
    done(convert(&workspace, Some(&image)).args(["--insecure-registry", &host]));
    assert_eq!(workspace.lock().base_image().unwrap().digest, digest(&index(&["linux/amd64"])));
}

#[test]
fn offline_a_digest_must_be_known() {
    let run = run(convert(&workspace(), Some("debian:13")).arg("--offline"));
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("offline, no registry can be asked for the digest of"), "{}", run.stderr);
    assert!(run.stderr.contains("docker.io/library/debian:13@sha256:…"), "{}", run.stderr);
}

/// Answers who has the right credentials; others are sent away with a challenge.
struct Guarded {
    authorization: String,
    challenge: String,
    answer: ResponseTemplate,
}

impl Respond for Guarded {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let given = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        if given == Some(&self.authorization) {
            return self.answer.clone();
        }
        ResponseTemplate::new(401).insert_header("WWW-Authenticate", self.challenge.as_str())
    }
}

/// `ada` and her password, as basic authentication has them.
const BASIC: &str = "YWRhOnMzY3IzdA==";

/// A registry that is guarded: with basic authentication, or with a token that basic authentication gets.
fn guarded(with_token: bool) -> Server {
    let server = Server::empty();
    let basic = format!("Basic {BASIC}");
    let (authorization, challenge) = if with_token {
        let token = ResponseTemplate::new(200).set_body_raw(r#"{"token": "t0ken"}"#, "application/json");
        server.respond("/token", Guarded { authorization: basic, challenge: String::new(), answer: token });
        let challenge = format!("Bearer realm=\"{}/token\",service=\"registry\"", server.address());
        ("Bearer t0ken".to_owned(), challenge)
    } else {
        (basic, "Basic realm=\"registry\"".to_owned())
    };
    let guard = |answer| Guarded { authorization: authorization.clone(), challenge: challenge.clone(), answer };
    server.respond("/v2/", guard(ResponseTemplate::new(200)));
    let (manifest, config) = (manifest("linux/amd64"), config("linux/amd64"));
    for (path, body) in [
        ("manifests/1.0".to_owned(), &index(&["linux/amd64"])),
        (format!("manifests/{}", digest(&manifest)), &manifest),
        (format!("blobs/{}", digest(&config)), &config),
    ] {
        server.respond(&format!("/v2/team/base/{path}"), guard(answer(MANIFEST, body)));
    }
    server
}

#[test]
fn credentials_are_those_of_docker_login() {
    for with_token in [false, true] {
        let (server, workspace) = (guarded(with_token), workspace());
        let host = server.address().trim_start_matches("http://").to_owned();
        let image = image(&server);
        let run = run(&mut convert(&workspace, Some(&image)));
        assert!(run.code == 2 && run.stderr.contains("nobody is logged in"), "{}", run.stderr);

        workspace.write(".cache/config.json", json!({"auths": {&host: {"auth": BASIC}}}).to_string());
        let run = done(convert(&workspace, Some(&image)).arg("-v"));
        let written = workspace.read("conda-lock.yml") + &workspace.read("Dockerfile") + &run.stderr;
        assert!(!written.contains("s3cr3t") && !written.contains(BASIC), "{written}");
    }
}

#[test]
fn a_password_goes_to_no_other_server_without_tls() {
    let (server, other, workspace) = (Server::empty(), Server::empty(), workspace());
    let challenge = format!("Bearer realm=\"{}/token\"", other.address());
    let answer = ResponseTemplate::new(401).insert_header("WWW-Authenticate", challenge.as_str());
    server.respond("/v2/team/base/manifests/1.0", answer);
    let host = server.address().trim_start_matches("http://").to_owned();
    workspace.write(".cache/config.json", json!({"auths": {&host: {"auth": BASIC}}}).to_string());
    let said = run(&mut convert(&workspace, Some(&image(&server))));
    assert!(said.code == 2 && said.stderr.contains("which would get the password without TLS"), "{}", said.stderr);
    assert_eq!(other.requests().len(), 0);
}

#[test]
fn a_credential_helper_is_asked_and_what_it_says_is_not_told() {
    let (server, workspace) = (guarded(false), workspace());
    let host = server.address().trim_start_matches("http://").to_owned();
    workspace.write(".cache/config.json", json!({"credHelpers": {&host: "test"}}).to_string());
    let path = format!("{}:{}", workspace.path().join("bin").display(), std::env::var("PATH").unwrap());
    let helper = |commands: &str| {
        // A helper is told the registry on stdin, and one that ends before it has read that is a broken one.
        workspace.write("bin/docker-credential-test", format!("#!/bin/sh\ncat > /dev/null\n{commands}"));
        let file = workspace.path().join("bin/docker-credential-test");
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
        run(convert(&workspace, Some(&image(&server))).env("PATH", &path))
    };
    let failed = helper("echo s3cr3t\nexit 1\n");
    assert_eq!(failed.code, 2);
    assert!(failed.stderr.contains("the credential helper `docker-credential-"), "{}", failed.stderr);
    assert!(!failed.stderr.contains("s3cr3t"), "{}", failed.stderr);
    let run = helper("echo '{\"ServerURL\": \"\", \"Username\": \"ada\", \"Secret\": \"s3cr3t\"}'\n");
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn a_real_registry_is_understood() {
    let Some(registry) = Registry::start(None) else { return };
    let digests = registry.push("team/base:1.0", &[Image::empty("arm64"), Image::empty("amd64")]);
    let workspace = workspace();
    let image = format!("{}/team/base:1.0", registry.host());
    done(&mut convert(&workspace, Some(&image)));
    let pinned = workspace.lock().base_image().unwrap();
    assert_eq!((&pinned.digest, pinned.platform.as_ref()), (&digests[2], Some(&digests[1])));

    let run = run(&mut convert(&workspace, Some(&image.replace("1.0", "2.0"))));
    assert!(run.code == 2 && run.stderr.contains("the registry has no image"), "{}", run.stderr);
}

#[test]
fn a_real_registry_with_passwords_is_understood() {
    let Some(registry) = Registry::start(Some(("ada", "s3cr3t", HTPASSWD))) else { return };
    let digests = registry.push("team/base:1.0", &[Image::empty("amd64")]);
    let workspace = workspace();
    let image = format!("{}/team/base:1.0", registry.host());
    let refused = run(&mut convert(&workspace, Some(&image)));
    assert!(refused.code == 2 && refused.stderr.contains("nobody is logged in"), "{}", refused.stderr);

    workspace.write(".cache/config.json", json!({"auths": {registry.host(): {"auth": BASIC}}}).to_string());
    done(&mut convert(&workspace, Some(&image)));
    assert_eq!(workspace.lock().base_image().unwrap().digest, digests[1]);
}
