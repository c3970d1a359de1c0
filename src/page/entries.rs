//! The entry of each package: what was asked for, what is installed, why, what it needs, and who needs it.

#![allow(clippy::indexing_slicing, reason = "packages are known by their places")]

use super::{
    html::{Html, element, plain, word},
    links::{link, mark, named, need, reason},
    model::{Link, Mark, Package, Packages},
};
use crate::{
    lockfile::{Manager, diff::ChangeKind},
    words::bytes,
};

/// All of them: those that people use before libraries, each by name. `source` is what asked for them.
pub(super) fn entries(packages: &Packages, source: &str) -> Html {
    let mut order: Vec<&Package> = packages.all.iter().collect();
    order.sort_by_key(|it| (it.version.is_none(), !it.is_used, &it.name, it.manager));
    let filter = element("label", &[("for", "find")], Html::text("Find a package "))
        .and(element("input", &[("type", "search"), ("id", "find"), ("autocomplete", "off")], Html::default()))
        .and(element("span", &[("id", "found"), ("role", "status")], Html::default()));
    let filter = element("div", &[("class", "filter"), ("hidden", "")], filter);
    let entries = order.iter().map(|package| entry(package, packages, source)).collect();
    filter.and(element("div", &[("class", "entries")], entries))
}

fn entry(package: &Package, packages: &Packages, source: &str) -> Html {
    let version = package.version.as_deref().or(package.asked.first().map(String::as_str).filter(|_| {
        // Of what is there no more, the version that it had is shown.
        package.mark == Mark::Changed(ChangeKind::Removed)
    }));
    let mut title = word("b", "", &package.name);
    if let Some(version) = version {
        title.push(Html::text(" ").and(word("span", "version", version)));
    }
    if package.manager == Manager::Pip {
        title.push(Html::text(" ").and(word("span", "by", "pip")));
    }
    title.push(Html::text(" ").and(mark(package)));
    if !package.is_used && package.version.is_some() {
        title.push(Html::text(" ").and(word("span", "kind", "library")));
    }
    element(
        "details",
        &[("class", "package")],
        plain("summary", title).and(element(
            "div",
            &[("id", &package.id), ("class", "entry")],
            facts(package, packages, source),
        )),
    )
}

fn facts(package: &Package, packages: &Packages, source: &str) -> Html {
    let mut rows: Vec<(&str, Html)> = Vec::new();
    let is_compared = matches!(package.mark, Mark::Changed(_));
    match package.asked.as_slice() {
        [] if package.mark == Mark::Changed(ChangeKind::Added) => rows.push(("Before", Html::text("not there"))),
        [] => {}
        asked => {
            let asked = asked.iter().map(|it| plain("code", Html::text(it)).and(Html::text(" "))).collect();
            rows.push((if is_compared { "Before" } else { "Asked for" }, asked));
        }
    }
    let installed = match (&package.version, &package.build) {
        (None, _) => "no".to_owned(),
        (Some(version), Some(build)) => format!("{version}, build {build}"),
        (Some(version), None) => version.clone(),
    };
    rows.push((if is_compared { "After" } else { "Installed" }, Html::text(installed)));
    rows.extend(package.why.as_ref().map(|why| ("Why", reason(why, packages))));
    if package.version.is_some() {
        rows.push(("Size", Html::text(package.size.map_or_else(|| "unknown".to_owned(), bytes))));
    }
    match package.chain.as_slice() {
        [] | [_] if !package.asked.is_empty() || package.version.is_none() || package.is_root => {}
        [_] => {}
        [] => rows.push(("Comes with", Html::text(format!("nothing in {source} leads to it")))),
        chain => {
            let step = |(index, at): (usize, &usize)| {
                let arrow = Html::text(if index > 0 { " → " } else { "" });
                arrow.and(link(&packages.all[*at], &packages.all[*at].name))
            };
            rows.push(("Comes with", chain.iter().enumerate().map(step).collect()));
        }
    }
    if !package.needed_by.is_empty() {
        rows.push(("Needed by", names(&package.needed_by, packages)));
    }
    if !package.needs.is_empty() {
        let needs = package.needs.iter().map(|it| need(it, packages)).collect();
        rows.push(("Needs", element("ul", &[("class", "links")], needs)));
    }
    let file = package.address.as_ref().and_then(|it| it.rsplit('/').next());
    rows.extend(file.map(|it| ("File", plain("code", Html::text(it)))));
    let row = |(name, value): (&str, Html)| plain("dt", Html::text(name)).and(plain("dd", value));
    plain("dl", rows.into_iter().map(row).collect())
}

/// The names of packages, which lead to their entries. In which versions they need it stands there.
fn names(links: &[Link], packages: &Packages) -> Html {
    let name = |(index, it): (usize, &Link)| {
        let comma = Html::text(if index > 0 { ", " } else { "" });
        comma.and(named(it.at, &it.name, packages))
    };
    links.iter().enumerate().map(name).collect()
}
