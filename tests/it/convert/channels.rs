//! Channels: servers, directories, mirrors, caches, credentials.

use std::{collections::BTreeMap, fs};

use url::Url;

use crate::support::{
    IMAGE, Workspace, done, fixtures, run,
    server::{Server, repodata},
};

/// The lock of the fixture `hand` as it is from the fixtures' own directory.
fn as_from_the_directory() -> String {
    let workspace = Workspace::with("hand");
    done(&mut workspace.convert());
    workspace.read("conda-lock.yml")
}

/// What the lock of a run on channels is like.
fn lock_from(workspace: &Workspace, channels: &[&str]) -> String {
    done(&mut workspace.convert_from(channels));
    workspace.read("conda-lock.yml")
}

#[test]
fn a_mirror_on_a_server_gives_what_the_directory_gives() {
    for server in [Server::of_json(), Server::of_zst()] {
        let workspace = Workspace::with("hand");
        let lock = lock_from(&workspace, &[&format!("conda-forge={}", server.channel())]);
        assert_eq!(lock, as_from_the_directory());
        assert!(!server.requests().is_empty());
    }
}

#[test]
fn the_packages_of_a_server_are_downloaded_from_there() {
    let server = Server::of_json();
    let workspace = Workspace::with("hand");
    done(&mut workspace.convert_from(&[&server.channel()]));
    let lock = workspace.lock();
    assert_eq!(lock.channels[0], server.channel());
    let start = format!("{}/", server.channel());
    assert!(lock.conda_packages().all(|package| package.address().starts_with(&start)));
    assert_eq!(lock.conda_packages().count(), 37);
}

#[test]
fn a_server_that_fails_once_is_asked_again() {
    let server = Server::empty();
    for subdir in ["linux-64", "noarch"] {
        server.serve_after(1, 503, &format!("/channel/{subdir}/repodata.json"), repodata(subdir));
    }
    let workspace = Workspace::with("hand");
    let lock = lock_from(&workspace, &[&format!("conda-forge={}", server.channel())]);
    assert_eq!(lock, as_from_the_directory());
}

#[test]
fn a_second_run_works_offline_from_the_cache() {
    let server = Server::of_zst();
    let channel = format!("conda-forge={}", server.channel());
    let workspace = Workspace::with("macos");
    done(&mut workspace.convert_from(&[&channel]));
    let (online, requests) = (workspace.contents(), server.requests().len());

    fs::remove_file(workspace.path().join("conda-lock.yml")).unwrap();
    done(workspace.convert_from(&[&channel]).arg("--offline"));
    assert_eq!(workspace.contents(), online);
    assert_eq!(server.requests().len(), requests);
    drop(server);
    done(workspace.convert_from(&[&channel]).arg("--offline"));
}

#[test]
fn what_is_new_on_the_server_is_used_at_once() {
    let server = Server::empty();
    let workspace = Workspace::holding("dependencies: [xz]\n");
    let versions = || {
        done(&mut workspace.convert_from(&[&server.channel()]));
        workspace.lock().conda_packages().map(|package| package.version.clone()).collect::<Vec<_>>()
    };
    for version in ["1.0", "2.0"] {
        server.forget();
        server.serve("/channel/linux-64/repodata.json", repodata_of("xz", version).into());
        assert_eq!(versions(), [version]);
    }
    // Nor does it matter that what the cache has can't be solved.
    server.forget();
    server.serve("/channel/linux-64/repodata.json", repodata_of("zlib", "1.0").into());
    fs::remove_file(workspace.path().join("conda-lock.yml")).unwrap();
    assert_eq!(run(&mut workspace.convert_from(&[&server.channel()])).code, 2);
    server.forget();
    server.serve("/channel/linux-64/repodata.json", repodata_of("xz", "3.0").into());
    assert_eq!(versions(), ["3.0"]);
}

#[test]
fn a_server_that_is_gone_is_an_error_and_writes_nothing() {
    let workspace = Workspace::with("hand");
    let server = Server::of_zst();
    let channel = server.channel();
    done(&mut workspace.convert_from(&[&channel]));
    let before = workspace.contents();
    server.forget();
    let failed = run(&mut workspace.convert_from(&[&channel]));
    assert_eq!((failed.code, workspace.contents()), (2, before.clone()));
    assert!(failed.stderr.contains("there is no channel at"), "{}", failed.stderr);
    done(workspace.convert_from(&[&channel]).arg("--offline"));
    assert_eq!(workspace.contents(), before);
}

#[test]
fn offline_without_a_cache_says_what_to_do_and_asks_nobody() {
    let server = Server::of_json();
    let workspace = Workspace::with("hand");
    let failed = run(workspace.convert_from(&[&server.channel()]).args(["--offline", "--json"]));
    assert_eq!(failed.code, 2);
    let error = &failed.json()["error"];
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("is not in the cache, and --offline forbids to fetch it"), "{message}");
    assert_eq!(error["help"], "run once without --offline, or choose a directory with --channel");
    assert!(server.requests().is_empty());
}

#[test]
fn directories_work_offline_by_path_and_by_url() {
    let directory = fixtures().join("channel");
    let url = Url::from_directory_path(&directory).unwrap();
    let mut locks = BTreeMap::new();
    for channel in [directory.display().to_string(), url.to_string(), url.as_str().trim_end_matches('/').to_owned()] {
        let workspace = Workspace::with("hand");
        done(workspace.convert_from(&[&channel]).arg("--offline"));
        let lock = workspace.lock();
        assert!(lock.conda_packages().all(|package| package.address().starts_with(url.as_str())), "{channel}");
        locks.insert(workspace.read("conda-lock.yml"), channel);
    }
    assert_eq!(locks.len(), 1, "{:?}", locks.values());
}

#[test]
fn a_relative_directory_starts_where_the_command_is_run() {
    let workspace = Workspace::with("hand");
    for subdir in ["linux-64", "noarch"] {
        workspace.write(&format!("mirror/{subdir}/repodata.json"), repodata(subdir));
    }
    assert_eq!(lock_from(&workspace, &["conda-forge=mirror"]), as_from_the_directory());
    assert_eq!(lock_from(&workspace, &["conda-forge=./mirror"]), as_from_the_directory());
}

#[test]
fn a_directory_may_have_compressed_repodata_alone() {
    let workspace = Workspace::with("hand");
    for subdir in ["linux-64", "noarch"] {
        let compressed = zstd::encode_all(repodata(subdir).as_slice(), 3).unwrap();
        workspace.write(&format!("mirror/{subdir}/repodata.json.zst"), compressed);
    }
    assert_eq!(lock_from(&workspace, &["conda-forge=mirror"]), as_from_the_directory());
}

/// Repodata of one package without dependencies.
fn repodata_of(name: &str, version: &str) -> String {
    let record = serde_json::json!({
        "name": name, "version": version, "build": "0", "build_number": 0, "depends": [], "subdir": "linux-64",
        "md5": "d41d8cd98f00b204e9800998ecf8427e",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    });
    let packages = serde_json::json!({ format!("{name}-{version}-0.conda"): record });
    serde_json::json!({ "info": { "subdir": "linux-64" }, "packages.conda": packages }).to_string()
}

#[test]
fn the_first_channel_that_has_a_name_gives_it() {
    let workspace = Workspace::holding("dependencies: [xz, zlib]\n");
    workspace.write("own/linux-64/repodata.json", repodata_of("xz", "1.0"));
    let conda_forge = format!("conda-forge={}", fixtures().join("channel").display());
    let versions = |channels: &[&str]| {
        done(&mut workspace.convert_from(channels));
        let lock = workspace.lock();
        let versions: Vec<String> = lock.conda_packages().map(|package| package.version.to_string()).collect();
        let urls = lock.channels;
        (versions, urls)
    };
    let (own_first, channels) = versions(&["bioconda=own", &conda_forge]);
    assert_eq!(own_first, ["1.0", "1.2.11"]);
    assert_eq!(channels, ["bioconda", "conda-forge"]);
    let (own_last, channels) = versions(&[&conda_forge, "bioconda=own"]);
    assert_eq!(own_last, ["5.2.5", "1.2.11"]);
    assert_eq!(channels, ["conda-forge", "bioconda"]);
}

#[test]
fn the_channel_priority_decides_and_is_kept_in_the_lock() {
    let workspace = Workspace::holding("dependencies: [xz=5.2.5, zlib]\n");
    workspace.write("own/linux-64/repodata.json", repodata_of("xz", "1.0"));
    let conda_forge = format!("conda-forge={}", fixtures().join("channel").display());
    let convert = |options: &[&str]| {
        let run = done(workspace.convert_from(&["bioconda=own", &conda_forge]).args(options));
        let xz = workspace.lock().conda_packages().find(|it| it.name == "xz").map(|it| it.version.clone());
        (xz.unwrap(), run.stderr)
    };
    let check = || run(workspace.envlock().arg("check"));
    let (strict, told) = convert(&[]);
    assert_eq!(strict, "1.0");
    let reason = "xz  5.2.5.* → 1.0  conda-forge has it, but channel bioconda comes first and has xz, too";
    assert!(told.contains(reason), "{told}");
    assert_eq!(check().code, 0, "{}", check().stdout);
    for priority in ["flexible", "disabled"] {
        assert_eq!(convert(&["--channel-priority", priority]).0, "5.2.5", "{priority}");
        assert!(workspace.read("conda-lock.yml").contains(&format!("\n    channel_priority: {priority}\n")));
        assert_eq!(check().code, 0, "{}", check().stdout);
    }
    // What mends a change keeps it, and so does an update.
    workspace.write("environment.yml", "dependencies: [xz, zlib, tzdata]\n");
    assert_eq!(check().code, 1);
    convert(&[]);
    assert!(workspace.read("conda-lock.yml").contains("\n    channel_priority: disabled\n"));
    done(workspace.envlock().args(["update", "-c", "bioconda=own", "-c", &conda_forge]));
    let xz =
        |workspace: &Workspace| workspace.lock().conda_packages().find(|it| it.name == "xz").unwrap().version.clone();
    assert_eq!(xz(&workspace), "5.2.5", "the newest of all channels");
    convert(&["--channel-priority", "flexible"]);
    assert_eq!(xz(&workspace), "1.0", "that of the first channel");
    assert_eq!(convert(&["--channel-priority", "strict"]).0, "1.0");
    assert!(!workspace.read("conda-lock.yml").contains("channel_priority"));
}

#[test]
fn builds_for_cuda_that_are_lost_are_told_whatever_else_speaks_against_them() {
    let workspace = Workspace::holding("dependencies: ['pytorch=2.1.1=py3.11_cuda12.1_cudnn8_0']\n");
    workspace.write("own/linux-64/repodata.json", repodata_of("pytorch", "2.1.2"));
    let convert = |options: &[&str]| {
        let told = done(workspace.convert_from(&["conda-forge=own"]).args(options)).stderr;
        told.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let note =
        "note: of pytorch the file has builds for CUDA, and the lock others; say --virtual-package __cuda=VERSION";
    let told = convert(&[]);
    assert!(told.contains("2.1.1 *cuda* → 2.1.2 0 no channel has 2.1.1 for Linux") && told.contains(note), "{told}");
    assert!(!convert(&["--virtual-package", "__cuda=12.4"]).contains("builds for CUDA"));
}

/// A file for a GPU that says so by what it asks for beside, as people write it by hand.
#[test]
fn what_comes_for_processors_beside_packages_of_cuda_is_told() {
    let told = |dependencies: &str, options: &[&str]| {
        let workspace = Workspace::holding(&format!("dependencies: [{dependencies}]\n"));
        let told = done(workspace.convert().args(options)).stderr;
        told.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let note = "note: the file asks for cudatoolkit, and pytorch and torchvision come for processors; say --virtual-package \
                __cuda=VERSION if the machine";
    let file = "pytorch, torchvision, cudatoolkit";
    assert!(told(file, &[]).contains(note), "{}", told(file, &[]));
    for (file, options) in [
        (file, &["--virtual-package", "__cuda=12.4"][..]),
        ("pytorch, torchvision", &[]),
        ("pytorch=*=cpu*, cudatoolkit", &[]),
        ("numpy, cudatoolkit", &[]),
    ] {
        let told = told(file, options);
        assert!(!told.contains("for processors"), "{told}");
    }
}

#[test]
fn a_line_with_a_channel_that_no_option_names_is_told() {
    let workspace = Workspace::holding("dependencies: ['bioconda::xz', 'bioconda::zlib', 'conda-forge::tzdata']\n");
    let told = done(&mut workspace.convert()).stderr;
    let note =
        "lines name the channel bioconda, which isn't asked: their packages come from others, where these have them";
    assert_eq!(told.matches(note).count(), 1, "{told}");
    assert_eq!(told.matches("lines name the channel").count(), 1, "{told}");
}

#[test]
fn a_line_with_a_channel_takes_that_channels_package() {
    let workspace = Workspace::holding("dependencies: ['bioconda::xz', zlib]\n");
    workspace.write("own/linux-64/repodata.json", repodata_of("xz", "1.0"));
    let conda_forge = format!("conda-forge={}", fixtures().join("channel").display());
    done(&mut workspace.convert_from(&[&conda_forge, "bioconda=own"]));
    let urls: Vec<String> = workspace.lock().conda_packages().map(|package| package.address().into_owned()).collect();
    assert_eq!(urls[0], "https://conda.anaconda.org/bioconda/linux-64/xz-1.0-0.conda");
    // What it hasn't got comes from another, and that is said.
    workspace.write("environment.yml", "dependencies: ['bioconda::xz', 'bioconda::zlib', 'conda-forge::tzdata']\n");
    let told = done(&mut workspace.convert_from(&[&conda_forge, "bioconda=own"])).stderr;
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("note: the channel bioconda has no zlib that will do, and conda-forge has"), "{told}");
    assert!(!told.contains("has no xz") && !told.contains("has no tzdata"), "{told}");
}

#[test]
fn conda_forge_is_asked_in_the_place_of_anacondas_channels() {
    let workspace = Workspace::holding("channels: [defaults, r]\ndependencies: [xz]\n");
    let failed = run(workspace.envlock().args(["convert", "--offline", "--json", "--base-image", IMAGE]));
    // Nothing is cached, so the message names the channel that was asked, which is the only one.
    let message = failed.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("https://conda.anaconda.org/conda-forge/"), "{message}");
}

#[test]
fn credentials_of_a_channel_stay_with_the_server_that_they_are_for() {
    let server = Server::of_json();
    let with_user = server.channel().replace("http://", "http://ada:s3cr3t@");
    for subdir in ["linux-64", "noarch"] {
        server.serve(&format!("/t/s3cr3t/channel/{subdir}/repodata.json"), repodata(subdir));
    }
    let with_token = server.channel().replace("/channel", "/t/s3cr3t/channel");
    for channel in [with_user, with_token] {
        for mirror in ["", "conda-forge="] {
            let workspace = Workspace::with("hand");
            let channel = format!("{mirror}{channel}");
            for arguments in [&["-v"][..], &["--json"], &["--offline"]] {
                let run = done(workspace.convert_from(&[&channel]).args(arguments));
                let printed = run.stdout + &run.stderr;
                assert!(!printed.contains("s3cr3t"), "{printed}");
            }
            for (name, contents) in workspace.contents() {
                let text = String::from_utf8_lossy(contents.as_deref().unwrap_or_default()).into_owned();
                assert!(!text.contains("s3cr3t"), "{}: {text}", name.display());
            }
        }
    }
    let sent = server.requests().iter().filter(|request| request.headers.contains_key("authorization")).count();
    assert!(sent > 0, "the server got no credentials");
}

#[test]
fn credentials_do_not_get_into_messages_of_errors() {
    let server = Server::empty();
    let with_user = server.channel().replace("http://", "http://ada:s3cr3t@");
    let with_token = server.channel().replace("/channel", "/t/s3cr3t/channel");
    for channel in [with_user.as_str(), &with_token, "ftp://ada:s3cr3t@host/channel", "http://ada:s3cr3t@/channel"] {
        let workspace = Workspace::with("hand");
        let run = run(workspace.convert_from(&[channel]).arg("--json"));
        assert_eq!(run.code, 2, "{channel}");
        let printed = run.stdout + &run.stderr;
        assert!(!printed.contains("s3cr3t"), "{printed}");
    }
}

#[test]
fn credentials_in_the_file_stay_there() {
    let workspace = Workspace::holding(
        "channels: ['https://ada:s3cr3t@conda.anaconda.org/private']\n\
         dependencies:\n  - xz\n  - pip:\n    - --index-url https://ada:s3cr3t@host/simple\n",
    );
    let run = done(workspace.convert().arg("-v"));
    let outputs = workspace.read("conda-lock.yml") + &workspace.read("Dockerfile") + &run.stdout + &run.stderr;
    assert!(!outputs.contains("s3cr3t"), "{outputs}");
}

#[test]
fn a_server_that_says_nothing_is_given_up_when_the_timeout_is_over() {
    // The system accepts connections for it.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://ada:s3cr3t@{}/channel", silent.local_addr().unwrap());
    let workspace = Workspace::with("macos");
    let begun = std::time::Instant::now();
    let run = run(workspace.convert_from(&[&url]).args(["--timeout", "1"]));
    assert_eq!(run.code, 2);
    let told = run.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains("can't be reached: nothing came for 2s (2 tries; --timeout gives a server more time)"),
        "{told}"
    );
    assert!(told.contains("check the network") && !told.contains("s3cr3t"), "{told}");
    assert!((4..12).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[test]
fn a_busy_server_is_waited_for_and_that_is_said() {
    let (server, workspace) = (Server::of_json(), Workspace::with("macos"));
    let busy = wiremock::ResponseTemplate::new(429).insert_header("retry-after", "1");
    server.respond_once("/channel/noarch/repodata.json.zst", busy);
    let done = done(&mut workspace.convert_from(&[&server.channel()]));
    assert!(done.stderr.contains("is busy (429 Too Many Requests): waiting 1 s, as it asks"), "{}", done.stderr);
}
