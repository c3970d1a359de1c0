//! Sizes as areas, and as a table.

#![allow(clippy::indexing_slicing, reason = "tiles come in the order of packages")]

use super::{
    Compared, Comparison,
    html::{Html, element, plain, word},
    links::{details, link, table},
    model::{Mark, Package, Packages},
    treemap::{Tile, tiles},
};
use crate::{
    lockfile,
    words::{bytes, count},
};

/// A part of the whole that is smaller than one in so many isn't seen.
const SMALLEST: u64 = 4_000;

/// How much there is to download for these, in bytes, and of how many that isn't known.
pub(super) fn sum<'p>(packages: impl Iterator<Item = &'p lockfile::Package>) -> (u64, usize) {
    packages.fold((0, 0), |(known, unknown), it| match it.size {
        Some(size) => (known + size, unknown),
        None => (known, unknown + 1),
    })
}

/// Something whose size is shown.
struct Sized<'a> {
    name: &'a str,
    size: u64,
    package: Option<&'a Package>,
}

pub(super) fn of_lock(packages: &Packages) -> Html {
    let installed: Vec<&Package> = packages.all.iter().filter(|it| it.version.is_some()).collect();
    let sized = installed.iter().filter_map(|it| Some(Sized { name: &it.name, size: it.size?, package: Some(it) }));
    let unknown: Vec<&Package> = installed.iter().filter(|it| it.size.is_none()).copied().collect();
    map("Sizes of the packages", sized.collect()).and(unknown_sizes(&unknown))
}

fn unknown_sizes(unknown: &[&Package]) -> Html {
    if unknown.is_empty() {
        return Html::default();
    }
    let items = unknown.iter().map(|it| plain("li", link(it, &it.name))).collect();
    details(
        &format!("{} of unknown size: no record says it", count(unknown.len(), "package")),
        element("ul", &[("class", "names")], items),
    )
}

pub(super) fn of_comparison(of: &Comparison, packages: &Packages) -> Html {
    let side = |title: &str, side: &Compared<'_>| {
        let sized = side.entries.iter().filter_map(|entry| {
            let package =
                packages.all.iter().find(|it| it.manager == entry.name.manager() && it.name == entry.name.as_str());
            Some(Sized { name: entry.name.as_str(), size: entry.size?, package })
        });
        let map = map(&format!("{title}: {}", side.title), sized.collect());
        let unknown = side.entries.iter().filter(|it| it.size.is_none()).count();
        let unknown = match unknown {
            0 => Html::default(),
            _ if side.lock.is_none() => plain("p", Html::text("An environment file says no sizes.")),
            _ => plain("p", Html::text(format!("{} of unknown size aren't shown.", count(unknown, "package")))),
        };
        element("div", &[("class", "side")], plain("h3", Html::text(title)).and(map).and(unknown))
    };
    element("div", &[("class", "sides")], side("Before", &of.before).and(side("After", &of.after)))
}

/// The map, and a table that says the same.
fn map(title: &str, mut sized: Vec<Sized>) -> Html {
    sized.retain(|it| it.size > 0);
    if sized.is_empty() {
        return Html::default();
    }
    sized.sort_by(|a, b| (b.size, a.name).cmp(&(a.size, b.name)));
    let total: u64 = sized.iter().map(|it| it.size).sum();
    // What is too small to be seen stands together.
    let seen = sized.iter().take_while(|it| it.size.saturating_mul(SMALLEST) >= total).count().max(1);
    let rest: u64 = sized[seen..].iter().map(|it| it.size).sum();
    let others = count(sized.len() - seen, "smaller package");
    let whole = Tile { x: 0.0, y: 0.0, width: 160.0, height: 90.0 };
    let mut shown: Vec<Sized> = sized[..seen].iter().map(|it| Sized { ..*it }).collect();
    if rest > 0 {
        shown.push(Sized { name: &others, size: rest, package: None });
        shown.sort_by_key(|it| std::cmp::Reverse(it.size));
    }
    let areas: Vec<u64> = shown.iter().map(|it| it.size).collect();
    let map: Html = shown.iter().zip(tiles(&areas, whole)).map(|(it, at)| tile(it, at, whole)).collect();
    let introduction = format!(
        "{} to download for {}: archives, which are larger once they are unpacked. An area is to the whole as its size is.",
        bytes(total),
        count(sized.len(), "package")
    );
    let row = |it: &Sized| {
        #[allow(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
        let share = format!("{:.1} %", it.size as f64 * 100.0 / total as f64);
        let name = it.package.map_or_else(|| Html::text(it.name), |package| link(package, it.name));
        vec![name, Html::text(bytes(it.size)), Html::text(share)]
    };
    let rows = table(Html::text(title), &["Package", "Size", "Share"], sized.iter().map(row));
    plain("p", Html::text(introduction))
        // What it says stands in the table.
        .and(element("div", &[("class", "map"), ("aria-hidden", "true")], map))
        .and(details("The same as a table", element("div", &[("class", "sized")], rows)))
}

fn tile(it: &Sized, at: Tile, whole: Tile) -> Html {
    let style = format!(
        "left:{:.3}%;top:{:.3}%;width:{:.3}%;height:{:.3}%",
        at.x / whole.width * 100.0,
        at.y / whole.height * 100.0,
        at.width / whole.width * 100.0,
        at.height / whole.height * 100.0,
    );
    let class = match it.package {
        Some(package) if package.mark != Mark::Same => package.mark.class(),
        Some(package) if package.is_used => "used",
        _ => "library",
    };
    let title = format!("{}: {}", it.name, bytes(it.size));
    // A small one has no room for words.
    let is_named = at.width * at.height > 0.003 * whole.width * whole.height;
    let words = if is_named { word("b", "", it.name).and(word("span", "", bytes(it.size))) } else { Html::default() };
    let href = it.package.map(|it| format!("#{}", it.id));
    let mut attributes = vec![("class", class), ("style", style.as_str()), ("title", title.as_str())];
    match &href {
        Some(href) => {
            attributes.extend([("href", href.as_str()), ("tabindex", "-1")]);
            element("a", &attributes, words)
        }
        None => element("span", &attributes, words),
    }
}
