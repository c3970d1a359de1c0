//! What the name of a channel means on this machine.

use url::Url;

use super::{
    Channel,
    address::{self, ALIAS, Address},
    select::at_directory,
};
use crate::{
    base::credentials::stripped,
    machine::{ChannelNames, Machine, Mirror},
};

/// The channels that a name stands for here: one as a rule, several where a list has that name, none where it is no name.
///
/// Where the URL is that of a known mirror of a public channel, it is that channel: [`mirrors`] has it fetched from there.
pub(super) fn meant(name: &str, names: &ChannelNames) -> Vec<Channel> {
    match names.several(name) {
        Some(several) => several.iter().filter_map(|one| single(one.trim(), names)).collect(),
        None => single(name, names).into_iter().collect(),
    }
}

/// The channel that a name or an entry of a list stands for.
fn single(text: &str, names: &ChannelNames) -> Option<Channel> {
    match address::read(text) {
        Address::Name => match url_here(text, names) {
            Some(url) => at_place(&url),
            None => address::named(text),
        },
        _ => at_place(text),
    }
}

/// The channel at a URL, which may be that of a directory.
fn at_place(url: &str) -> Option<Channel> {
    match address::read(url) {
        Address::Url(url) => at(&url),
        Address::File(path) => at_directory(&path).ok(),
        Address::Path | Address::Name | Address::Other => None,
    }
}

/// The URL that a name has on this machine alone. The names of Anaconda's own channels have none unless they are said.
fn url_here(name: &str, names: &ChannelNames) -> Option<String> {
    let is_anacondas = || address::named(name).is_some_and(|channel| address::is_anacondas(&channel.url));
    names.custom(name).or_else(|| if is_anacondas() { None } else { names.aliased(name) })
}

fn at(url: &Url) -> Option<Channel> {
    address::mirrored(url).or_else(|| address::at_url(url))
}

/// The name that the channel at a URL has on this machine alone.
pub(super) fn alias_of(url: &Url, names: &ChannelNames) -> Option<String> {
    let is_it = |text: &str| at_place(text).is_some_and(|channel| channel.url == *url && channel.name.contains("://"));
    let custom = names.custom.keys().find(|name| names.custom(name).is_some_and(|text| is_it(&text)));
    let several = names.several.iter().find(|(_, all)| matches!(all.as_slice(), [one] if is_it(one)));
    let aliased = || {
        let base = stripped(&Url::parse(names.alias.as_deref()?).ok()?);
        let rest = url.as_str().strip_prefix(base.as_str().trim_end_matches('/'))?.trim_matches('/');
        names.aliased(rest).filter(|text| !rest.is_empty() && is_it(text)).map(|_| rest.to_owned())
    };
    custom.or(several.map(|(name, _)| name)).cloned().or_else(aliased)
}

/// From where channels are fetched on this machine: as it says, and where it gives a public channel the URL of a known mirror.
/// Those that name more of a URL come first.
pub(crate) fn mirrors(machine: &Machine) -> Vec<Mirror> {
    let names = &machine.names;
    let custom = names.custom.keys().filter_map(|name| names.custom(name));
    let several = names.several.values().flatten().cloned();
    let known = custom.chain(several).filter_map(|text| {
        let url = Url::parse(&text).ok()?;
        Some(Mirror::new(&address::mirrored(&url)?.url, vec![url]))
    });
    let all = names.alias.as_ref().and_then(|alias| {
        let copy = address::mirrored(&Url::parse(&names.aliased("conda-forge")?).ok()?)?;
        (copy.name == "conda-forge").then_some(())?;
        Some(Mirror::new(&Url::parse(ALIAS).ok()?, vec![Url::parse(alias).ok()?]))
    });
    let mut mirrors: Vec<Mirror> = machine.mirrors.iter().cloned().chain(known).chain(all).collect();
    mirrors.sort_by_key(|mirror| std::cmp::Reverse(mirror.of.as_str().len()));
    mirrors
}
