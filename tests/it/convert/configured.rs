//! What the files of conda, micromamba, pixi and curl on a machine change, and what they don't.

use assert_cmd::Command;
use envlock::lockfile::sha256_hex;

use super::without_secrets;
use crate::support::{
    IMAGE, Workspace, done,
    file_server::FileServer,
    proxy::Proxy,
    run,
    server::{Server, nowhere, repodata},
};

/// `envlock convert` on a machine with these files in the home of its user.
fn convert_on(workspace: &Workspace, home: &[(&str, &str)]) -> Command {
    for (name, text) in home {
        workspace.write(&format!(".cache/{name}"), text);
    }
    let mut command = workspace.convert_bare();
    command.args(["--base-image", IMAGE, "--no-pip"]).env_remove("ENVLOCK_NO_CONFIG");
    command
}

/// A server with the channel of the fixtures at this path.
fn serving(at: &str) -> Server {
    let server = Server::empty();
    for subdir in ["linux-64", "noarch"] {
        server.serve(&format!("{at}/{subdir}/repodata.json"), repodata(subdir));
    }
    server
}

#[test]
fn a_name_means_what_this_machine_says_and_the_lock_has_the_url() {
    let server = serving("/conda/conda-forge");
    let with_token = server.address().replace("http://", "http://ada:s3cr3t@");
    let workspace = Workspace::holding("channels: [conda-forge]\ndependencies: ['conda-forge::xz']\n");
    let condarc = format!("# ours\nchannel_alias: {with_token}/conda\n");
    let run = done(convert_on(&workspace, &[(".condarc", &condarc)]).arg("-v"));
    without_secrets(&workspace, &run);
    let told = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = format!("configured: names of channels are below {}/conda (~/.condarc:2)", server.address());
    assert!(told.contains(&line), "{told}");
    let lock = workspace.lock();
    let url = format!("{}/conda/conda-forge", server.address());
    assert_eq!(lock.channels, [url.as_str()]);
    assert_eq!(lock.choices().channel_names, [format!("conda-forge={url}")]);
    assert!(lock.conda_packages().all(|package| package.address().starts_with(&url)));

    // Another machine takes it as it is, and makes the same.
    let before = workspace.contents();
    done(workspace.envlock().arg("check"));
    std::fs::remove_file(workspace.path().join(".cache/.condarc")).unwrap();
    done(&mut convert_on(&workspace, &[]));
    assert_eq!(workspace.contents(), before);
    // Unless it is told otherwise; there, the name is that of a public channel, which isn't cached.
    let failed = crate::support::run(workspace.envlock().args(["convert", "--forget", "--offline"]));
    assert!(failed.code == 2 && failed.stderr.contains("conda.anaconda.org/conda-forge"), "{}", failed.stderr);
}

#[test]
fn a_channel_that_only_a_line_names_is_asked_after_the_others() {
    let server = serving("/conda/conda-forge");
    let record = serde_json::json!({
        "name": "xz", "version": "9.9", "build": "0", "build_number": 0, "depends": [], "subdir": "noarch", "noarch": "generic",
        "md5": "d41d8cd98f00b204e9800998ecf8427e",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    });
    let team = serde_json::json!({ "packages.conda": { "xz-9.9-0.conda": record } });
    server.serve("/conda/team/noarch/repodata.json", team.to_string().into_bytes());
    let lines = "['team::xz', 'team/noarch::xz>1', zlib, 'other::zlib  # [osx]']";
    let workspace = Workspace::holding(&format!("channels: [conda-forge]\ndependencies: {lines}\n"));
    let condarc = format!("channel_alias: {}/conda\n", server.address());
    done(&mut convert_on(&workspace, &[(".condarc", &condarc)]));
    let lock = workspace.lock();
    let of = |name: &str| format!("{}/conda/{name}", server.address());
    assert_eq!(lock.channels, [of("conda-forge"), of("team")]);
    let xz = lock.conda_packages().find(|package| package.name == "xz").unwrap();
    assert_eq!(
        (xz.version.to_string(), xz.address()),
        ("9.9".to_owned(), format!("{}/noarch/xz-9.9-0.conda", of("team")).into())
    );
    done(workspace.envlock().arg("check"));
}

#[test]
fn lists_and_servers_of_single_channels_are_followed_and_no_config_leaves_them_unread() {
    let server = serving("/own/team");
    server.serve("/b/noarch/repodata.json", b"{}".to_vec());
    let condarc = format!(
        "custom_channels:\n  team: {0}/own\ncustom_multichannels:\n  both: [team, {0}/b]\ndefault_channels: [team]\n",
        server.address()
    );
    let channels = |arguments: &[&str]| {
        let workspace = Workspace::holding("dependencies: [xz]\n");
        done(convert_on(&workspace, &[(".condarc", &condarc)]).args(arguments));
        workspace.lock().channels
    };
    let (team, b) = (format!("{}/own/team", server.address()), format!("{}/b", server.address()));
    assert_eq!(channels(&["-c", "both"]), [team.clone(), b]);
    assert_eq!(channels(&["-c", "defaults"]).join(" "), team);
    let workspace = Workspace::holding("dependencies: [xz]\n");
    for ignored in [&["--no-config"][..], &[]] {
        let mut command = convert_on(&workspace, &[(".condarc", &condarc)]);
        command.args(["--offline", "-c", "team"]).args(ignored);
        if ignored.is_empty() {
            command.env("ENVLOCK_NO_CONFIG", "1");
        }
        let failed = run(&mut command);
        assert!(failed.code == 2 && failed.stderr.contains("conda.anaconda.org/team"), "{}", failed.stderr);
    }
    // What is said on the command line comes first.
    workspace.write("here/linux-64/repodata.json", repodata("linux-64"));
    workspace.write("here/noarch/repodata.json", repodata("noarch"));
    done(convert_on(&workspace, &[]).args(["--offline", "-c", "team=here"]));
    assert_eq!(workspace.lock().channels, [team]);
}

#[test]
fn a_name_may_be_that_of_a_directory_of_this_machine() {
    let workspace = Workspace::holding("channels: [team]\ndependencies: ['team::xz', 'near::tzdata']\n");
    for subdir in ["linux-64", "noarch"] {
        workspace.write(&format!("own/team/{subdir}/repodata.json"), repodata(subdir));
        workspace.write(&format!("all/near/{subdir}/repodata.json"), repodata(subdir));
        workspace.write(&format!("all/conda-forge/{subdir}/repodata.json"), repodata(subdir));
    }
    let url = |path: &str| url::Url::from_directory_path(workspace.path().join(path)).unwrap();
    let condarc = format!("custom_channels:\n  team: {}\nchannel_alias: {}\n", url("own"), url("all"));
    done(&mut convert_on(&workspace, &[(".condarc", &condarc)]));
    let lock = workspace.lock();
    let named = |path: &str| url(path).as_str().trim_end_matches('/').to_owned();
    assert_eq!(lock.channels, [named("all/conda-forge"), named("own/team"), named("all/near")]);
    let from = |name: &str| lock.conda_packages().find(|it| it.name == name).unwrap().address().into_owned();
    assert!(from("xz").starts_with(&named("own/team")) && from("tzdata").starts_with(&named("all/near")));
    done(workspace.envlock().arg("check"));
}

#[test]
fn mirrors_are_asked_one_after_the_other_and_stand_in_no_lock() {
    let expected = {
        let workspace = Workspace::with("hand");
        done(&mut workspace.convert());
        workspace.read("conda-lock.yml")
    };
    let server = serving("/mirror");
    let (gone, empty) = (nowhere(), Server::empty().address());
    let mirror = format!("{}/mirror", server.address().replace("http://", "http://ada:s3cr3t@"));
    let places = format!("[\"{gone}\", \"{empty}\", \"{mirror}\"]");
    let condarc = format!("mirrored_channels:\n  conda-forge: {places}\n");
    let toml = format!("[mirrors]\n\"https://conda.anaconda.org/conda-forge\" = {places}\n");
    for home in [(".condarc", &condarc), (".pixi/config.toml", &toml)] {
        let workspace = Workspace::with("hand");
        let run =
            done(convert_on(&workspace, &[(home.0, home.1)]).args(["-v", "--timeout", "20", "-c", "conda-forge"]));
        without_secrets(&workspace, &run);
        assert_eq!(workspace.read("conda-lock.yml"), expected);
        assert!(run.stderr.contains(" is fetched from "), "{}", run.stderr);
    }
    assert!(server.requests().iter().all(|request| request.headers.contains_key("authorization")));
}

#[test]
fn credentials_of_micromamba_are_sent_and_those_of_netrc_to_https_alone() {
    let server = serving("/channel");
    let host = server.address().replace("http://", "");
    let json = format!("{{\"{host}/channel\": {{\"type\": \"BearerToken\", \"token\": \"s3cr3t\"}}}}");
    let netrc = "machine 127.0.0.1 login ada password s3cr3t\n";
    for (home, expected) in [((".mamba/auth/authentication.json", json.as_str()), true), ((".netrc", netrc), false)] {
        let before = server.requests().len();
        let workspace = Workspace::holding("dependencies: [xz]\n");
        let run = done(convert_on(&workspace, &[home]).args(["-v", "-c", &server.channel()]));
        without_secrets(&workspace, &run);
        assert!(run.stderr.contains(&format!("configured: credentials (~/{})", home.0)), "{}", run.stderr);
        let sent = server.requests().split_off(before);
        // A server is asked without them, too, whether it wants some.
        assert_eq!(sent.iter().any(|request| request.headers.contains_key("authorization")), expected);
    }
}

#[test]
fn a_proxy_of_condarc_is_asked_with_its_credentials() {
    let proxy = serving("/channel");
    let url = proxy.address().replace("http://", "http://ada:s3cr3t@");
    let workspace = Workspace::holding("dependencies: [xz]\n");
    let condarc = format!("proxy_servers:\n  http: {url}\n");
    let mut command = convert_on(&workspace, &[(".condarc", &condarc)]);
    let run = done(command.args(["-v", "-c", "http://conda.example.invalid/channel"]));
    without_secrets(&workspace, &run);
    assert!(proxy.requests().iter().all(|request| request.headers.contains_key("proxy-authorization")));
    assert_eq!(workspace.lock().channels, ["http://conda.example.invalid/channel"]);
}

#[test]
fn waits_are_those_of_condarc_unless_a_timeout_is_given() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/channel", silent.local_addr().unwrap());
    let workspace = Workspace::holding("dependencies: [xz]\n");
    for (arguments, expected) in [(&["-c", &url][..], "nothing came for 1s"), (&["-c", &url, "--timeout", "1"], "2s")] {
        let mut command = convert_on(&workspace, &[(".condarc", "remote_read_timeout_secs: 1\n")]);
        let failed = run(command.args(arguments));
        assert!(failed.code == 2 && failed.stderr.contains(expected), "{}", failed.stderr);
    }
}

#[test]
fn a_file_that_makes_no_sense_is_a_note_and_certificates_that_are_not_there_end_https_alone() {
    let server = Server::of_json();
    let workspace = Workspace::holding("dependencies: [xz]\n");
    let home = [(".condarc", "ssl_verify: ~/none.pem\n"), (".pixi/config.toml", "[mirrors\n"), (".mambarc", "a: [\n")];
    let run = done(convert_on(&workspace, &home).args(["-c", &server.channel()]));
    let told = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for note in ["note: ~/.pixi/config.toml:1 is passed over: ", "note: ~/.mambarc:2 is passed over: it is no YAML"] {
        assert!(told.contains(note), "{told}");
    }
    let failed =
        crate::support::run(convert_on(&workspace, &home).args(["-c", "https://127.0.0.1:1/channel", "--json"]));
    let message = failed.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("none.pem (~/.condarc:1) can't be used: "), "{message}");
}

/// A channel at `/channel` and an image `team/base:1.0`, as registries have them.
fn channel_and_image() -> std::collections::BTreeMap<String, Vec<u8>> {
    let file = |subdir| (format!("/channel/{subdir}/repodata.json"), repodata(subdir));
    let config = r#"{"architecture": "amd64", "os": "linux"}"#;
    let digest = format!("sha256:{}", sha256_hex(config));
    let manifest = format!(
        r#"{{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": [],
            "config": {{"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "{digest}", "size": {}}}}}"#,
        config.len()
    );
    let of_image = [
        (format!("/v2/team/base/blobs/{digest}"), config.into()),
        ("/v2/team/base/manifests/1.0".to_owned(), manifest.into_bytes()),
    ];
    ["linux-64", "noarch"].map(file).into_iter().chain(of_image).collect()
}

#[test]
fn an_authority_of_a_company_is_trusted_where_condarc_names_its_certificate() {
    let (server, authority) = FileServer::with_tls(channel_and_image());
    let image = format!("{}/team/base:1.0", server.host());
    let convert = |workspace: &Workspace, condarc: &str, image: &str| {
        for (name, text) in [(".condarc", condarc), ("ca.pem", &authority), ("certificates/ca.pem", &authority)] {
            workspace.write(&format!(".cache/{name}"), text);
        }
        workspace.write(".cache/certificates/README", "what else may lie there");
        let mut command = workspace.convert_bare();
        let channel = format!("{}/channel", server.address());
        command.args(["--no-pip", "--channel", &channel, "--base-image", image]).env_remove("ENVLOCK_NO_CONFIG");
        command
    };
    for bundle in ["ca.pem", "certificates"] {
        let workspace = Workspace::holding("dependencies: [xz]\n");
        // Both the registry and the channel are reached.
        done(&mut convert(&workspace, &format!("ssl_verify: ~/{bundle}\n"), &image));
        assert!(workspace.lock().base_image().unwrap().to_string().starts_with(&format!("{image}@sha256:")));
        // So does `update` reach the registry.
        let moved = done(workspace.envlock().args(["update", "--base-image"]).env_remove("ENVLOCK_NO_CONFIG"));
        assert!(moved.stderr.starts_with(&format!("{image} is still sha256:")), "{}", moved.stderr);
    }
    for image in [IMAGE, &image] {
        let workspace = Workspace::holding("dependencies: [xz]\n");
        let refused = run(&mut convert(&workspace, "", image));
        let told = refused.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(refused.code == 2 && told.contains("invalid peer certificate: UnknownIssuer"), "{told}");
        assert!(told.contains("`ssl_verify: FILE` in .condarc") && !told.contains("tries"), "{told}");
        assert!(!workspace.path().join("conda-lock.yml").exists());
    }
}

#[test]
fn registries_and_channels_are_reached_through_the_proxy_but_for_hosts_without_one() {
    let (server, authority) = FileServer::with_tls(channel_and_image());
    let proxy = Proxy::to(server.host());
    let tunnel = format!("CONNECT {}", server.host());
    let of_condarc = format!("proxy_servers: {{https: '{}'}}\n", proxy.address());
    for (condarc, variables, is_asked) in [
        (of_condarc.as_str(), &[][..], true),
        (&of_condarc, &[("NO_PROXY", "example.org,127.0.0.2")], false),
        ("", &[("https_proxy", proxy.address())], true),
        ("", &[("HTTPS_PROXY", proxy.address()), ("NO_PROXY", "example.org,127.0.0.2")], false),
        ("", &[("HTTPS_PROXY", proxy.address()), ("no_proxy", "127.0.0.0/8")], false),
        // What isn't for https isn't asked.
        ("", &[("http_proxy", proxy.address())], false),
    ] {
        let workspace = Workspace::holding("dependencies: [xz]\n");
        workspace.write(".cache/ca.pem", &authority);
        let asked = |command: &mut Command| {
            done(command.env_remove("ENVLOCK_NO_CONFIG").envs(variables.iter().copied()));
            proxy.asked()
        };
        let channel = format!("{}/channel", server.address());
        workspace.write(".cache/.condarc", format!("ssl_verify: ~/ca.pem\n{condarc}"));
        // The channel alone, then the registry as well, and then that alone.
        let fixed = asked(workspace.convert_bare().args(["--no-pip", "-c", &channel, "--base-image", IMAGE]));
        let image = format!("{}/team/base:1.0", server.host());
        let moved = asked(workspace.convert_bare().args(["--no-pip", "-c", &channel, "--base-image", &image]));
        let updated = asked(workspace.envlock().args(["update", "--base-image"]));
        for of_run in [fixed, moved, updated] {
            assert_eq!(!of_run.is_empty(), is_asked, "{condarc}{variables:?} {of_run:?}");
            assert!(of_run.iter().all(|it| *it == tunnel), "{of_run:?}");
        }
    }
}
