//! Names that mean something else on one machine than everywhere.

use super::{super::named::mirrors, *};
use crate::machine::Machine;

/// The channels of a file on a machine where names mean this.
fn own(channels: &[&str], names: &ChannelNames) -> Vec<Channel> {
    let channels: Vec<String> = channels.iter().map(ToString::to_string).collect();
    select(&[], &channels, Path::new("/nowhere"), names).unwrap().channels
}

fn custom(pairs: &[(&str, &str)]) -> ChannelNames {
    let custom = pairs.iter().map(|(name, url)| ((*name).to_owned(), (*url).to_owned())).collect();
    ChannelNames { custom, ..ChannelNames::default() }
}

#[test]
fn names_are_below_the_alias_but_for_those_of_anaconda() {
    let alias = Some("https://me:s3cr3t@conda.corp/api".to_owned());
    let names = ChannelNames { alias, ..ChannelNames::default() };
    let channels = own(&["bioconda/label/x", "defaults", "https://conda.anaconda.org/pytorch"], &names);
    let urls: Vec<_> = channels.iter().map(|channel| channel.url.as_str()).collect();
    let expected = [
        "https://conda.corp/api/conda-forge/",
        "https://conda.corp/api/bioconda/label/x/",
        "https://conda.anaconda.org/pytorch/",
    ];
    assert_eq!(urls, expected);
    assert_eq!(channels[0].name, "https://conda.corp/api/conda-forge");
    assert_eq!(channels[1].alias.as_deref(), Some("bioconda/label/x"));
    assert_eq!(channels[2].alias, None);
    assert!(channels[0].is("conda-forge") && !channels[2].is("bioconda"));
    assert!(matches!(&channels[0].place, super::super::Place::Url(url) if url.username() == "me"));
    // A lock names the channel by its URL, which has the same name again.
    let again = select(&[channels[0].name.clone()], &[], Path::new("/"), &names).unwrap().channels;
    assert_eq!(again[0].alias.as_deref(), Some("conda-forge"));
    assert!(mirrors(&Machine { names, ..Machine::default() }).is_empty());
}

#[test]
fn a_known_mirror_in_the_place_of_a_public_channel_is_a_mirror_of_it() {
    let tuna = "https://mirrors.tuna.tsinghua.edu.cn/anaconda";
    let mut names = custom(&[("conda-forge", &format!("{tuna}/cloud"))]);
    names.several.insert("defaults".to_owned(), vec![format!("{tuna}/pkgs/main")]);
    let channels = own(&["defaults", "conda-forge"], &names);
    assert_eq!(
        channels.iter().map(|it| (it.name.as_str(), it.alias.clone())).collect::<Vec<_>>(),
        [("conda-forge", None)]
    );
    let machine = Machine { names, ..Machine::default() };
    let way = |url: &str| {
        let url = url.parse().unwrap();
        mirrors(&machine).iter().flat_map(|mirror| mirror.ways(&url)).map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(way("https://conda.anaconda.org/conda-forge/noarch/a"), [format!("{tuna}/cloud/conda-forge/noarch/a")]);
    assert_eq!(way("https://repo.anaconda.com/pkgs/main/noarch/a"), [format!("{tuna}/pkgs/main/noarch/a")]);
    assert!(way("https://conda.anaconda.org/bioconda/noarch/a").is_empty());
    let alias = Some(format!("{tuna}/cloud/"));
    let machine = Machine { names: ChannelNames { alias, ..ChannelNames::default() }, ..Machine::default() };
    assert_eq!(mirrors(&machine)[0].of.as_str(), "https://conda.anaconda.org/");
}

#[test]
fn a_list_stands_for_its_channels_in_their_order() {
    let mut names = custom(&[("team", "https://a/conda")]);
    names.several.insert("all".to_owned(), ["team", "https://b/x", "bioconda"].map(str::to_owned).into());
    let labels: Vec<_> = own(&["all", "team"], &names).into_iter().map(|channel| channel.name).collect();
    assert_eq!(labels, ["conda-forge", "https://a/conda/team", "https://b/x", "bioconda"]);
}
