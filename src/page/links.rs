//! Words that lead to the entries of packages.

#![allow(clippy::indexing_slicing, reason = "packages are known by their places")]

use std::collections::BTreeSet;

use super::{
    html::{Html, element, word},
    model::{Link, Package, Packages, Reason},
};

/// A package by its name, which leads to its entry.
pub(super) fn link(package: &Package, text: &str) -> Html {
    element("a", &[("href", &format!("#{}", package.id))], Html::text(text))
}

/// A name, which leads to the entry at its place where it has one.
pub(super) fn named(at: Option<usize>, name: &str, packages: &Packages) -> Html {
    at.map_or_else(|| Html::text(name), |at| link(&packages.all[at], name))
}

/// What a package needs, or what needs it.
pub(super) fn need(need: &Link, packages: &Packages) -> Html {
    let name = named(need.at, &need.name, packages);
    let constraint = match need.constraint.as_str() {
        "*" => Html::default(),
        constraint => Html::text(" ").and(element("code", &[], Html::text(constraint))),
    };
    element("li", &[], name.and(constraint))
}

/// A sign and a word for what became of a package; nothing where nothing did.
pub(super) fn mark(package: &Package) -> Html {
    let mark = package.mark;
    match mark.sign() {
        "" => Html::default(),
        sign => {
            let sign = element("span", &[("aria-hidden", "true")], Html::text(format!("{sign} ")));
            let class = format!("mark {}", mark.class());
            element("span", &[("class", &class)], sign.and(Html::text(mark.class())))
        }
    }
}

/// A reason whose packages lead to their entries. Those that stand against the wish and aren't named in it follow.
pub(super) fn reason(reason: &Reason, packages: &Packages) -> Html {
    let because: BTreeSet<&str> = reason.because.iter().filter_map(|it| it.split(' ').next()).collect();
    let (mut html, mut seen) = (Html::default(), BTreeSet::new());
    let words: Vec<&str> = reason.text.split(' ').collect();
    for (index, text) in words.iter().enumerate() {
        if index > 0 {
            html.push(Html::text(" "));
        }
        let name = text.trim_end_matches([',', ';', ':', '.', ')']);
        let is_meant = || {
            let before = index.checked_sub(1).and_then(|it| words.get(it)).copied().unwrap_or_default();
            let after = words.get(index + 1).copied().unwrap_or_default();
            because.contains(name)
                || ["needs", "called", "through", "only", "excludes", "and"].contains(&before)
                || after == "needs"
                || after.starts_with(|c: char| c.is_ascii_digit() || "<>=!".contains(c))
        };
        match packages.find(name).filter(|_| is_meant()) {
            Some(at) => {
                seen.insert(name);
                html.push(link(&packages.all[at], name));
                html.push(Html::text(text.strip_prefix(name).unwrap_or_default()));
            }
            None => html.push(Html::text(text)),
        }
    }
    let name = |it: &str| it.split(' ').next().unwrap_or_default().to_owned();
    let left: Vec<&String> = reason.because.iter().filter(|it| !seen.contains(&*name(it))).collect();
    for (index, it) in left.iter().enumerate() {
        html.push(Html::text(if index == 0 { " (because of " } else { ", " }));
        html.push(named(packages.find(&name(it)), it, packages));
    }
    if !left.is_empty() {
        html.push(Html::text(")"));
    }
    if let Some(tree) = &reason.tree {
        let whole = element("summary", &[], Html::text("The whole conflict"));
        html.push(element("details", &[], whole.and(word("pre", "tree", tree))));
    }
    html
}

/// A text in which commands stand between backticks.
pub(super) fn prose(text: &str) -> Html {
    let part = |(index, part): (usize, &str)| {
        if index % 2 == 1 { element("code", &[], Html::text(part)) } else { Html::text(part) }
    };
    text.split('`').enumerate().map(part).collect()
}

/// A table with a caption and the titles of its columns. Of each row the first cell is its title.
pub(super) fn table(caption: Html, titles: &[&str], rows: impl IntoIterator<Item = Vec<Html>>) -> Html {
    let title = |it: &&str| element("th", &[("scope", "col")], Html::text(it));
    let head = element("thead", &[], element("tr", &[], titles.iter().map(title).collect()));
    let row = |cells: Vec<Html>| {
        // On a narrow screen each cell stands on a line, with its title.
        let cell = |(index, cell): (usize, Html)| match titles.get(index) {
            _ if index == 0 => element("th", &[("scope", "row")], cell),
            Some(title) => element("td", &[("data-title", title)], cell),
            None => element("td", &[], cell),
        };
        element("tr", &[], cells.into_iter().enumerate().map(cell).collect())
    };
    let body = element("tbody", &[], rows.into_iter().map(row).collect());
    element("table", &[], element("caption", &[], caption).and(head).and(body))
}

/// What can be opened and closed.
pub(super) fn details(title: &str, inner: Html) -> Html {
    element("details", &[("class", "more")], element("summary", &[], Html::text(title)).and(inner))
}
