//! Layers, as a registry stores them: what an update of one package makes everybody fetch again.

use std::collections::BTreeMap;

use super::stage::Stage;

impl Stage {
    /// Builds what was converted, a layer for each step, and gives the digests and sizes of the layers in the registry.
    fn pushed(&self, name: &str) -> BTreeMap<String, u64> {
        let said = self.builder.build(self.workspace.path(), name, &["--layers"]);
        assert!(said.is_good, "{}", said.text);
        let target = format!("team/{name}:1");
        let said = self.builder.push(name, &format!("{}/{target}", self.registry.host()));
        assert!(said.is_good, "{}", said.text);
        self.registry.layers(&target)
    }
}

#[test]
fn a_new_version_of_one_leaf_leaves_the_layers_before_it() {
    let Some(stage) = Stage::new() else { return };
    let image = stage.micromamba();
    let mut fetched = Vec::new();
    for layers in ["1", "3"] {
        let convert = |version: &str| {
            let environment = format!("dependencies: [python, markupsafe, tool=={version}]\n");
            stage.convert(&environment, &image, &["--layers", layers]);
        };
        convert("1.0");
        assert_eq!(stage.workspace.read("Dockerfile").matches("envlock.sh conda ").count().to_string(), layers);
        let before = stage.pushed(&format!("before-{layers}"));
        // Nothing depends on it.
        convert("1.1");
        let after = stage.pushed(&format!("after-{layers}"));
        fetched
            .push(after.iter().filter(|(digest, _)| !before.contains_key(*digest)).map(|(_, size)| size).sum::<u64>());
        assert_eq!(stage.builder.run(&format!("after-{layers}"), &["tool"]).text.trim(), "/opt/conda 1.1");
    }
    println!(
        "fetched again after an update of one package: {} bytes of one layer, {} of three",
        fetched[0], fetched[1]
    );
    assert!(fetched[1] * 10 < fetched[0], "{fetched:?}");
}
