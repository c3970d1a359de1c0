//! A page to look at: what a conversion did, or what differs between two locks, as one HTML file that asks no server for
//! anything.
//!
//! [`conversion`] and [`comparison`] make the whole page. It reads without its script, which adds what a page alone can't
//! do: to move about in the graph, to filter, and to copy. What stands in it is escaped in one place, in `html`. The same
//! input gives the same bytes.

mod changes;
mod entries;
mod gather;
mod graph;
mod how_to;
mod html;
mod layers;
mod links;
mod model;
mod sizes;
mod summary;
#[cfg(test)]
mod tests;
mod told;
mod treemap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use html::{Html, element, plain};
use model::{Mark, Packages};

use crate::lockfile::diff::ChangeKind;

pub(crate) use told::{Compared, Comparison, Conversion};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of a conversion.
#[must_use]
pub(crate) fn conversion(of: &Conversion) -> String {
    let packages = gather::converted(of.lock, of.report);
    let name = of.report.name.as_deref().unwrap_or(&of.report.file);
    let sections = [
        Section::new("summary", "Summary", summary::of_conversion(of)),
        Section::new("changes", "What moved and what went", changes::of_conversion(of, &packages)),
        Section::new("graph", "What needs what", graph::graph(&packages, &[Mark::Moved])),
        Section::new("sizes", "Sizes", sizes::of_lock(&packages)),
        Section::new("layers", "Layers of the image", layers::layers(of.lock, &packages)),
        Section::new("dockerfile", "Build it and run it", how_to::how_to(of)),
        Section::new("packages", "All packages", entries::entries(&packages, &of.report.file)),
    ];
    page(name, &summary::subtitle(of), &sections, &packages)
}

/// The page of a comparison.
#[must_use]
pub(crate) fn comparison(of: &Comparison) -> String {
    let packages = gather::compared(of.before, of.after, of.changes);
    let sections = [
        Section::new("summary", "Summary", summary::of_comparison(of)),
        Section::new("changes", "What differs", changes::of_comparison(of, &packages)),
        Section::new("graph", "What needs what", graph::graph(&packages, &ChangeKind::ALL.map(Mark::Changed))),
        Section::new("sizes", "Sizes before and after", sizes::of_comparison(of, &packages)),
        Section::new("packages", "All packages", entries::entries(&packages, "what was asked for")),
    ];
    let subtitle = format!("{} → {}", of.before.title, of.after.title);
    page("What differs", &subtitle, &sections, &packages)
}

/// A part of a page.
struct Section {
    id: &'static str,
    title: &'static str,
    inner: Html,
}

impl Section {
    fn new(id: &'static str, title: &'static str, inner: Html) -> Self {
        Self { id, title, inner }
    }
}

fn page(title: &str, subtitle: &str, sections: &[Section], packages: &Packages) -> String {
    let there: Vec<&Section> = sections.iter().filter(|it| !it.inner.is_empty()).collect();
    let link = |section: &&Section| {
        let href = format!("#{}", section.id);
        plain("li", element("a", &[("href", &href)], Html::text(section.title)))
    };
    let section = |section: &&Section| {
        let heading = format!("{}-title", section.id);
        let title = element("h2", &[("id", &heading)], Html::text(section.title));
        element("section", &[("id", section.id), ("aria-labelledby", &heading)], title.and(section.inner.clone()))
    };
    let head = [
        element("meta", &[("charset", "utf-8")], Html::default()),
        element("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy())], Html::default()),
        element("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")], Html::default()),
        element("meta", &[("name", "color-scheme"), ("content", "light dark")], Html::default()),
        element("meta", &[("name", "referrer"), ("content", "no-referrer")], Html::default()),
        plain("title", Html::text(format!("{title} · envlock"))),
        plain("style", Html::own(STYLE)),
    ];
    let header = element(
        "header",
        &[("class", "top")],
        plain("h1", Html::text(title)).and(html::word("p", "subtitle", subtitle)),
    );
    let navigation =
        element("nav", &[("aria-label", "Parts of this page")], plain("ul", there.iter().map(link).collect()));
    let footer = plain(
        "footer",
        plain(
            "p",
            Html::text(format!(
                "Made by envlock {}. This page asks no server for anything.",
                env!("CARGO_PKG_VERSION")
            )),
        ),
    );
    let data = serde_json::to_string(&packages.data()).unwrap_or_default();
    let body = [
        element("a", &[("class", "skip"), ("href", "#main")], Html::text("Skip to the report")),
        header,
        navigation,
        element("main", &[("id", "main"), ("tabindex", "-1")], there.iter().map(section).collect()),
        footer,
        Html::data("data", &data),
        plain("script", Html::own(SCRIPT)),
    ];
    let html = element(
        "html",
        &[("lang", "en")],
        plain("head", head.into_iter().collect()).and(plain("body", body.into_iter().collect())),
    );
    format!("<!doctype html>\n<!-- Generated by envlock. -->\n{}\n", html.into_string())
}

/// What the page may do: show what stands in it, and run its own script. Positions are styles, and load nothing.
fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    )
}
