//! Which packages are in which layer of the image.

use super::{
    html::{Html, element, plain},
    links::{details, link, table},
    model::Packages,
    sizes::sum,
};
use crate::{
    dockerfile::{self, Layer},
    lockfile::{Lockfile, Manager},
    words::{bytes, count},
};

pub(super) fn layers(lock: &Lockfile, packages: &Packages) -> Html {
    let layers = dockerfile::layers(lock);
    let is_staged = lock.recipe().is_ok_and(|it| it.stage_image().is_some());
    let how = if is_staged {
        "The packages are installed in a stage of their own, from which the environment is copied in one layer."
    } else {
        "An image is stored and sent in layers. When the lock changes, the layer with the change is made again, and those \
         after it; what comes before it stays."
    };
    let row = |(index, layer): (usize, &Layer)| {
        vec![
            Html::text(index + 1),
            Html::text(count(layer.packages.len(), "package")),
            Html::text(size(layer)),
            plain("code", Html::text(&layer.list)),
        ]
    };
    let caption = Html::text("The instructions of the Dockerfile that install packages");
    let all = table(caption, &["Layer", "Packages", "To download", "Listed in"], layers.iter().enumerate().map(row));
    let names = |(index, layer): (usize, &Layer)| {
        let item = |package: &&crate::lockfile::Package| {
            let found = packages
                .all
                .iter()
                .find(|it| it.manager == package.manager() && it.name == package.name.as_str() && it.version.is_some());
            plain("li", found.map_or_else(|| Html::text(package.name.as_str()), |it| link(it, &it.name)))
        };
        let by =
            layer.packages.first().map_or("conda", |it| if it.manager() == Manager::Pip { "pip" } else { "conda" });
        details(
            &format!("Layer {}: {} by {by}", index + 1, count(layer.packages.len(), "package")),
            element("ul", &[("class", "names")], layer.packages.iter().map(item).collect()),
        )
    };
    plain("p", Html::text(how)).and(all).and(layers.iter().enumerate().map(names).collect())
}

/// How much there is to download for a layer.
fn size(layer: &Layer) -> String {
    let (known, unknown) = sum(layer.packages.iter().copied());
    match unknown {
        0 => bytes(known),
        _ if unknown == layer.packages.len() => "unknown".to_owned(),
        _ => format!("{}, and {unknown} of unknown size", bytes(known)),
    }
}
