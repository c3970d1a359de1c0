//! The rules of choosing channels.

use std::fs;

use proptest::prelude::*;

use super::super::{Place, Selection};
use super::*;

/// What the file's own channels become, seen from an empty directory.
fn own(channels: &[&str]) -> Selection {
    let channels: Vec<String> = channels.iter().map(ToString::to_string).collect();
    select(&[], &channels, tempfile::tempdir().unwrap().path(), &ChannelNames::default()).unwrap()
}

fn labels(selection: &Selection) -> Vec<&str> {
    selection.channels.iter().map(|channel| channel.name.as_str()).collect()
}

fn refused(option: &str) -> ChannelError {
    select(&[option.to_owned()], &[], tempfile::tempdir().unwrap().path(), &ChannelNames::default()).unwrap_err()
}

#[test]
fn conda_forge_goes_first_and_the_other_channels_keep_their_order() {
    let selection = own(&["pytorch", "conda-forge/label/broken", "conda-forge", "bioconda", "pytorch"]);
    assert_eq!(labels(&selection), ["conda-forge", "pytorch", "conda-forge/label/broken", "bioconda"]);
    assert_eq!(selection.channels[2].url.as_str(), "https://conda.anaconda.org/conda-forge/label/broken/");
    assert!(selection.notes.is_empty(), "{:?}", selection.notes);
    assert_eq!(labels(&own(&[])), ["conda-forge"]);
}

#[test]
fn anacondas_channels_are_replaced_with_one_note() {
    let selection = own(&["defaults", "r", "bioconda"]);
    assert_eq!(labels(&selection), ["conda-forge", "bioconda"]);
    assert_eq!(selection.notes, ["Anaconda's channels defaults and r are replaced by conda-forge"]);
    assert_eq!(own(&["main"]).notes, ["Anaconda's channel main is replaced by conda-forge"]);
    for text in [
        "defaults",
        "anaconda",
        "main",
        "r",
        "msys2",
        "free",
        "pro",
        "archive",
        "pkgs/main",
        "pkgs/r",
        "https://repo.anaconda.com/pkgs/main",
        "https://repo.anaconda.com/pkgs/main/osx-64",
        "http://repo.continuum.io/pkgs/free/",
        "https://conda.anaconda.org/anaconda",
        "https://conda.anaconda.org/main/",
        "https://repo.anaconda.cloud/repo/main",
        "https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/main",
        "https://mirrors.ustc.edu.cn/anaconda/cloud/msys2/",
        "https://proxy.example.org/conda/pkgs/main",
        "anaconda/label/main",
    ] {
        let selection = own(&[text]);
        assert_eq!(labels(&selection), ["conda-forge"], "{text}");
        assert_eq!(selection.notes, [format!("Anaconda's channel {text} is replaced by conda-forge")]);
    }
}

#[test]
fn known_mirrors_become_the_channels_they_copy() {
    for (text, name) in [
        ("https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud/conda-forge/", "conda-forge"),
        ("https://mirrors.ustc.edu.cn/anaconda/cloud/bioconda", "bioconda"),
        ("http://mirrors.aliyun.com/anaconda/cloud/pytorch/linux-64", "pytorch"),
        ("https://mirrors.bfsu.edu.cn/anaconda/cloud/Paddle/", "Paddle"),
        ("https://mirrors.sustech.edu.cn/anaconda/cloud/fastai/", "fastai"),
        ("https://prefix.dev/conda-forge", "conda-forge"),
        ("https://repo.prefix.dev/bioconda/", "bioconda"),
    ] {
        let selection = own(&[text]);
        let channel = selection.channels.iter().find(|channel| channel.name == name).unwrap();
        assert_eq!(channel.url.as_str(), format!("https://conda.anaconda.org/{name}/"));
        assert!(!channel.is_mirrored());
        assert_eq!(selection.notes, [format!("mirrors are read as the channels they copy: {text} as {name}")]);
    }
    assert_eq!(labels(&own(&["https://prefix.dev/my-own"])), ["conda-forge", "https://prefix.dev/my-own"]);
}

#[test]
fn urls_of_the_public_server_are_names() {
    for text in [
        "https://conda.anaconda.org/gurobi",
        "http://conda.anaconda.org/gurobi/",
        "https://conda.anaconda.org/gurobi/noarch",
        "https://anaconda.org/gurobi",
        "https://conda.anaconda.org/gurobi/label/main",
        "gurobi/linux-64",
        "gurobi",
    ] {
        let selection = own(&[text]);
        assert_eq!(labels(&selection), ["conda-forge", "gurobi"], "{text}");
        assert_eq!(selection.channels[1].place, Place::Url("https://conda.anaconda.org/gurobi/".parse().unwrap()));
        assert!(selection.notes.is_empty());
    }
}

#[test]
fn what_means_nothing_here_is_left_out_with_a_note() {
    for text in [
        "",
        "pypi",
        "local",
        "<unknown>",
        "$CONDA_CHANNEL",
        "https://x.org/${TOKEN}/c",
        "C:\\pkgs",
        "D:/pkgs",
        "\\\\server\\pkgs",
        "file:///C:/pkgs",
        "file:///no/such/directory",
        "/no/such/directory",
        "./nowhere",
        "~/no/such/directory",
        "gcs://bucket/c",
        "a channel",
        "a/b",
        "https://",
        "-x",
        "../..//nowhere",
    ] {
        let selection = own(&[text]);
        assert_eq!(labels(&selection), ["conda-forge"], "{text}");
        assert_eq!(selection.notes.len(), 1, "{text}");
        assert!(selection.notes[0].contains(&format!("`{text}`")), "{:?}", selection.notes);
        assert!(selection.notes[0].ends_with("left out"), "{:?}", selection.notes);
    }
}

#[test]
fn a_directory_of_the_file_that_exists_is_taken() {
    let base = tempfile::tempdir().unwrap();
    fs::create_dir(base.path().join("pkgs")).unwrap();
    let real = fs::canonicalize(base.path().join("pkgs")).unwrap();
    for text in ["./pkgs".to_owned(), real.display().to_string(), format!("file://{}", real.display())] {
        let selection = select(&[], std::slice::from_ref(&text), base.path(), &ChannelNames::default()).unwrap();
        assert_eq!(selection.channels[1].place, Place::Directory(real.clone()), "{text}");
        assert_eq!(selection.channels[1].url.as_str(), format!("file://{}/", real.display()));
        assert_eq!(selection.channels[1].name, format!("file://{}", real.display()));
    }
}

#[test]
fn options_override_everything_in_their_order() {
    let base = tempfile::tempdir().unwrap();
    let options = ["bioconda", "https://user:secret@example.org/t/token/c/", "bioconda", "main"].map(ToOwned::to_owned);
    let selection = select(&options, &["pytorch".to_owned()], base.path(), &ChannelNames::default()).unwrap();
    assert_eq!(labels(&selection), ["bioconda", "https://example.org/c", "https://repo.anaconda.com/pkgs/main"]);
    assert_eq!(selection.channels[1].url.as_str(), "https://example.org/c/");
    assert_eq!(selection.channels[1].place, Place::Url("https://user:secret@example.org/t/token/c/".parse().unwrap()));
    assert!(!selection.channels[1].is_mirrored());
    assert!(selection.notes.is_empty());
}

#[test]
fn a_mirror_option_keeps_the_public_urls() {
    let base = tempfile::tempdir().unwrap();
    let real = fs::canonicalize(base.path()).unwrap();
    for (option, place) in [
        ("conda-forge=.".to_owned(), Place::Directory(real.clone())),
        (format!("conda-forge={}", real.display()), Place::Directory(real.clone())),
        (format!("conda-forge=file://{}/", real.display()), Place::Directory(real.clone())),
        (
            "conda-forge=https://u:p@mirror.org/cf?x=1".to_owned(),
            Place::Url("https://u:p@mirror.org/cf/".parse().unwrap()),
        ),
    ] {
        let channels = chosen(&[&option], base.path());
        assert_eq!(channels[0].name, "conda-forge");
        assert_eq!(channels[0].url.as_str(), "https://conda.anaconda.org/conda-forge/");
        assert_eq!(channels[0].place, place);
        assert!(channels[0].is_mirrored());
    }
    let label = chosen(&["conda-forge/label/broken=."], base.path());
    assert_eq!(label[0].url.as_str(), "https://conda.anaconda.org/conda-forge/label/broken/");
}

#[test]
fn a_directory_option_needs_no_dot_where_it_holds_a_channel() {
    let base = tempfile::tempdir().unwrap();
    fs::create_dir_all(base.path().join("fixtures/channel")).unwrap();
    let nested = chosen(&["fixtures/channel"], base.path());
    assert!(matches!(&nested[0].place, Place::Directory(path) if path.ends_with("fixtures/channel")));

    let word = |selection: &Selection| matches!(selection.channels[0].place, Place::Directory(_));
    fs::create_dir(base.path().join("bioconda")).unwrap();
    let empty = select(&["bioconda".to_owned()], &[], base.path(), &ChannelNames::default()).unwrap();
    assert!(!word(&empty) && empty.notes.is_empty());
    write_json(&base.path().join("bioconda"), "noarch", &repodata("noarch", &[]));
    let full = select(&["bioconda".to_owned()], &[], base.path(), &ChannelNames::default()).unwrap();
    assert!(word(&full) && full.notes.len() == 1);
}

#[test]
fn one_name_in_two_places_takes_the_first_and_says_so() {
    let base = tempfile::tempdir().unwrap();
    let options = ["conda-forge=.".to_owned(), "conda-forge".to_owned()];
    let selection = select(&options, &[], base.path(), &ChannelNames::default()).unwrap();
    assert_eq!(selection.channels.len(), 1);
    assert!(matches!(selection.channels[0].place, Place::Directory(_)));
    assert_eq!(selection.notes, ["the channel conda-forge is given twice, and the first place is taken"]);
}

#[test]
fn an_option_that_is_no_channel_is_an_error_without_credentials() {
    for option in [
        "./nowhere",
        "/no/such/directory",
        "~/no/such/directory",
        "no/such/directory",
        "file:///no/such",
        "conda-forge=./nowhere",
    ] {
        assert!(matches!(refused(option), ChannelError::NoSuchDirectory { .. }), "{option}");
    }
    for option in
        ["", "two words", "gcs://key:secret@bucket/c", "https://user:secret@", "x=gcs://key:secret@bucket/c", "-x"]
    {
        let error = refused(option);
        assert!(matches!(error, ChannelError::BadUrl { .. }), "{option}: {error:?}");
        assert!(!shown(&error).contains("secret"), "{error}");
    }
}

#[test]
fn the_channel_of_a_spec_is_recognised_in_every_spelling() {
    let base = tempfile::tempdir().unwrap();
    let forge = &chosen(&["conda-forge=."], base.path())[0];
    for text in [
        "conda-forge",
        "https://conda.anaconda.org/conda-forge",
        "http://conda.anaconda.org/conda-forge/linux-64/",
        "conda-forge/linux-64",
        "conda-forge/label/main",
        "https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud/conda-forge/",
    ] {
        assert!(forge.is(text), "{text}");
    }
    for text in
        ["bioconda", "defaults", "pkgs/main", "conda-forge/label/broken", "https://example.org/conda-forge", "", "<x>"]
    {
        assert!(!forge.is(text), "{text}");
    }
    let directory = &chosen(&["."], base.path())[0];
    let path = fs::canonicalize(base.path()).unwrap();
    assert!(directory.is(&path.display().to_string()) && directory.is(&format!("file://{}/", path.display())));
    let own = &chosen(&["https://user:secret@example.org/c"], base.path())[0];
    assert!(own.is("https://example.org/c/") && !own.is("c"));
}

proptest! {
    #[test]
    fn any_text_among_the_channels_is_taken_or_noted(text in r"\PC{0,40}") {
        let selection = own(&[&text]);
        prop_assert_eq!(&selection.channels[0].name, "conda-forge");
        prop_assert!(selection.channels.len() == 2 || !selection.notes.is_empty() || selection.channels[0].is(&text));
        for channel in &selection.channels {
            prop_assert!(channel.url.as_str().ends_with('/'));
            let _ = channel.is(&text);
        }
    }

    #[test]
    fn any_option_is_a_channel_or_an_error(text in r"(https?://|[a-z]{1,5}=|file://)?\PC{0,30}") {
        let base = tempfile::tempdir().unwrap();
        if let Ok(selection) = select(&[text], &[], base.path(), &ChannelNames::default()) {
            prop_assert_eq!(selection.channels.len(), 1);
        }
    }
}
