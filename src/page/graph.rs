//! The graph: laid out as a picture, and as a list for whoever can't see it.

#![allow(clippy::indexing_slicing, reason = "packages are known by their places")]

use std::fmt::Write as _;

use super::{
    html::{Html, element, plain, word},
    links::{details, link},
    model::{Mark, Package, Packages},
};
use crate::{
    draw::{Layout, Line, Net, Place, branches},
    lockfile::Manager,
    words::count,
};

/// The longest label, in letters.
const LONGEST: usize = 44;
/// The list goes no deeper: readers of pages take no more, and what lies deeper stands elsewhere.
const DEEPEST: usize = 40;

/// The graph of what people use, and that of all packages, of which a switch shows one. `marks` are what there may be to
/// tell apart.
pub(super) fn graph(packages: &Packages, marks: &[Mark]) -> Html {
    if packages.net.needs.iter().all(Vec::is_empty) {
        return Html::default();
    }
    let (used, all) = (packages.used.seen.len(), packages.net.seen.len());
    let introduction = format!(
        "Each package stands left of what it needs; what follows from other needs is left out. {} that people use come \
         first, without the libraries between them. Choose a package to see what there is to say of it.",
        count(used, "package")
    );
    let has_two = used > 0 && used < all;
    let mut html = plain("p", Html::text(introduction)).and(legend(packages, marks));
    let switch = element("input", &[("type", "checkbox"), ("id", "libraries")], Html::default()).and(element(
        "label",
        &[("for", "libraries")],
        Html::text(format!("with libraries ({all} packages)")),
    ));
    if has_two {
        html.push(element("div", &[("class", "switch")], switch));
    }
    html.push(tools());
    if used > 0 {
        html.push(picture("used", "What people use, and what of it needs what", &packages.used, packages));
    }
    if has_two || used == 0 {
        html.push(picture("all", "All packages, and what needs what", &packages.net, packages));
    }
    let net = if used > 0 { &packages.used } else { &packages.net };
    html.push(details("The graph as a list", list(net, packages)));
    element("div", &[("class", if has_two { "graphs two" } else { "graphs" })], html)
}

/// What the script does; without it, none of it is shown.
fn tools() -> Html {
    let button = |name: &str, title: &str, text: &str| {
        element(
            "button",
            &[("type", "button"), ("data-zoom", name), ("aria-label", title), ("title", title)],
            Html::text(text),
        )
    };
    let filter = element("label", &[("for", "filter")], Html::text("Show only ")).and(element(
        "input",
        &[("type", "search"), ("id", "filter"), ("autocomplete", "off"), ("placeholder", "name, and its neighbours")],
        Html::default(),
    ));
    let buttons =
        button("out", "Smaller (-)", "−").and(button("in", "Larger (+)", "+")).and(button("fit", "Fit (0)", "Fit"));
    let inner = filter.and(element("span", &[("class", "buttons")], buttons)).and(element(
        "span",
        &[("id", "shown"), ("role", "status")],
        Html::default(),
    ));
    element("div", &[("class", "tools"), ("role", "group"), ("aria-label", "The graph"), ("hidden", "")], inner)
}

fn legend(packages: &Packages, marks: &[Mark]) -> Html {
    let item = |class: &str, text: String| {
        let sample =
            element("span", &[("class", &format!("sample {class}")), ("aria-hidden", "true")], Html::default());
        plain("li", sample.and(Html::text(text)))
    };
    let mut items = item("root", "asked for, and nothing else needs it".to_owned())
        .and(item("used", "used".to_owned()))
        .and(item("library", "library".to_owned()));
    let is_there = |mark: &&Mark| packages.all.iter().any(|it| it.mark == **mark);
    for mark in marks.iter().filter(is_there) {
        items.push(item(mark.class(), format!("{} {}", mark.sign(), mark.class())));
    }
    element("ul", &[("class", "legend")], items)
}

fn picture(id: &str, label: &str, net: &Net, packages: &Packages) -> Html {
    let labels: Vec<String> = net.seen.iter().map(|at| self::label(&packages.all[*at])).collect();
    let letters: Vec<usize> = labels.iter().map(|it| it.chars().count()).collect();
    let layout = Layout::new(net, &letters);
    let lines = layout.lines.iter().map(line).collect();
    let nodes = net
        .seen
        .iter()
        .enumerate()
        .map(|(number, at)| node(&packages.all[*at], &labels[number], layout.places[number], number))
        .collect();
    let (width, height) = layout.size;
    let svg = element(
        "svg",
        &[
            ("viewBox", &format!("0 0 {width} {height}")),
            ("width", &width.to_string()),
            ("height", &height.to_string()),
            ("role", "group"),
            ("aria-label", label),
        ],
        element("g", &[("class", "lines"), ("aria-hidden", "true")], lines).and(element(
            "g",
            &[("class", "nodes")],
            nodes,
        )),
    );
    let frame = format!("{label}: a picture that scrolls; the list below says the same");
    element(
        "div",
        &[
            ("class", "picture"),
            ("id", &format!("graph-{id}")),
            ("tabindex", "0"),
            ("role", "region"),
            ("aria-label", &frame),
        ],
        svg,
    )
}

/// Name and version, and who installs it where that is pip. Of what is there no more, the version is that which it had.
fn title(package: &Package) -> String {
    let by = if package.manager == Manager::Pip { " (pip)" } else { "" };
    match (&package.version, package.asked.first()) {
        (None, Some(before)) => format!("{} {before}{by}", package.name),
        _ => package.title() + by,
    }
}

/// What is written into a node.
fn label(package: &Package) -> String {
    let sign = package.mark.sign();
    let mut text = format!("{sign}{}{}", if sign.is_empty() { "" } else { " " }, title(package));
    if text.chars().count() > LONGEST {
        text = text.chars().take(LONGEST - 1).collect::<String>() + "…";
    }
    text
}

fn node(package: &Package, label: &str, place: Place, number: usize) -> Html {
    let Place { x, y, width, height } = place;
    let mut class = "node".to_owned();
    for (holds, word) in
        [(package.is_root, " root"), (package.is_used, " used"), (package.manager == Manager::Pip, " pip")]
    {
        if holds {
            class += word;
        }
    }
    if package.mark != Mark::Same {
        _ = write!(class, " {}", package.mark.class());
    }
    let [x_text, y_text, width, height] = [x, y, width, height].map(|it| it.to_string());
    let rect = element(
        "rect",
        &[("x", &x_text), ("y", &y_text), ("width", &width), ("height", &height), ("rx", "4")],
        Html::default(),
    );
    let text = element("text", &[("x", &(x + 8).to_string()), ("y", &(y + 16).to_string())], Html::text(label));
    let href = format!("#{}", package.id);
    let number = number.to_string();
    let mut attributes = vec![("href", href.as_str()), ("class", class.as_str()), ("data-n", number.as_str())];
    let name = marked(package);
    if name != label {
        attributes.push(("aria-label", name.as_str()));
    }
    element("a", &attributes, rect.and(text))
}

/// Its title, and what became of it.
fn marked(package: &Package) -> String {
    match package.mark {
        Mark::Same => title(package),
        mark => format!("{}, {}", title(package), mark.class()),
    }
}

/// A line: level where it passes a column, and swung between two.
fn line(line: &Line) -> Html {
    let mut path = String::new();
    let mut last: Option<(i32, i32)> = None;
    for (left, right, y) in &line.levels {
        match last {
            None => _ = write!(path, "M{left} {y}"),
            Some((_, from)) if from == *y => _ = write!(path, "H{left}"),
            Some((x, from)) => {
                let middle = i32::midpoint(x, *left);
                _ = write!(path, "C{middle} {from} {middle} {y} {left} {y}");
            }
        }
        if left != right {
            _ = write!(path, "H{right}");
        }
        last = Some((*right, *y));
    }
    let (from, to) = (line.from.to_string(), line.to.to_string());
    element("path", &[("d", &path), ("data-f", &from), ("data-t", &to)], Html::default())
}

/// The net as lists in lists.
fn list(net: &Net, packages: &Packages) -> Html {
    let rows = branches(net);
    // The lists that are open: what stands in them, and the item that waits for its list to be full.
    let mut open: Vec<(Html, Option<Html>)> = vec![(Html::default(), None)];
    for row in rows.iter().filter(|row| row.depth < DEEPEST) {
        while open.len() > row.depth + 1 {
            close(&mut open);
        }
        while open.len() < row.depth + 1 {
            open.push((Html::default(), None));
        }
        settle(&mut open);
        let package = &packages.all[net.seen[row.at]];
        let title = marked(package);
        let again = if row.is_repeated { word("span", "again", " (see above)") } else { Html::default() };
        if let Some((_, waiting)) = open.last_mut() {
            *waiting = Some(link(package, &title).and(again));
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    settle(&mut open);
    element("ul", &[("class", "tree")], open.pop().map(|(list, _)| list).unwrap_or_default())
}

/// Puts the item that waits into the innermost list.
fn settle(open: &mut [(Html, Option<Html>)]) {
    if let Some((list, waiting)) = open.last_mut()
        && let Some(item) = waiting.take()
    {
        list.push(plain("li", item));
    }
}

/// Closes the innermost list: it belongs to the item that waits in the one around it.
fn close(open: &mut Vec<(Html, Option<Html>)>) {
    settle(open);
    let Some((list, _)) = open.pop() else { return };
    if let Some((_, Some(waiting))) = open.last_mut() {
        waiting.push(plain("ul", list));
    }
}
