//! The Jupyter server: that of the image, which gets a kernel, or one of the environment.

use super::{place::PrefixPlace, quote::comment};
use crate::{
    image::{ImageKind, Recipe},
    lockfile::Lockfile,
    words::quoted,
};

/// The port of Jupyter servers.
pub(super) const PORT: u16 = 8888;

/// What makes notebooks run in the environment. The server asks for a token or a password as it always does.
pub(super) fn instructions(lockfile: &Lockfile, recipe: &Recipe, place: PrefixPlace) -> Option<String> {
    match recipe.kind() {
        ImageKind::Jupyter => Some(kernel(place)),
        kind if recipe.jupyter => Some(server(lockfile, kind)),
        _ => None,
    }
}

/// The image's own server starts as before; the environment is one of its kernels.
fn kernel(place: PrefixPlace) -> String {
    let (prefix, activated) = (place.prefix, place.activated());
    let directory = "/opt/conda/share/jupyter/kernels/env";
    // The Python with what activation exports, where there is such a one, and else the environment's own.
    let spec = serde_json::json!({
        "argv": ["/usr/bin/env", "python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3 (environment)",
        "language": "python",
        "env": {"PATH": format!("{activated}:{prefix}/bin:${{PATH}}"), "CONDA_PREFIX": prefix},
    });
    let title =
        comment("The environment is a kernel of the image's own Jupyter server, whose start script stays as it is.");
    format!(
        "{title}# hadolint ignore=SC2016\nRUN mkdir -p {directory} \\\n && printf '%s\\n' {} \\\n        > {directory}/kernel.json\n",
        quoted(&spec.to_string())
    )
}

fn server(lockfile: &Lockfile, kind: ImageKind) -> String {
    let has = |name: &str| lockfile.conda_packages().any(|package| package.name == name);
    let program = if has("jupyterlab") { "lab" } else { "notebook" };
    let mut words = vec!["jupyter", program, "--ip=0.0.0.0", "--port=8888", "--no-browser"];
    if kind == ImageKind::Unknown {
        words.push("--allow-root");
    }
    let title = comment("A Jupyter server, which prints the address with its token.");
    let work = kind.work();
    let place = match kind {
        ImageKind::Micromamba => format!("RUN mkdir -p {work}\n\nWORKDIR {work}\n\n"),
        _ => String::new(),
    };
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("{title}{place}EXPOSE {PORT}\n\nCMD [{}]\n", words.join(", "))
}

/// How a container is started that runs a server.
pub(super) fn how_to_run(recipe: &Recipe) -> Option<String> {
    let kind = recipe.kind();
    if recipe.compose {
        return Some("To build and start it, run `docker compose up`".to_owned());
    }
    let variables = recipe.env_file.as_ref().map(|file| format!(" --env-file {file}")).unwrap_or_default();
    // What is written to the directory belongs to whoever starts it; docker-stacks' own user is mostly the same.
    let user = if kind == ImageKind::Jupyter { "" } else { " --user \"$(id -u):$(id -g)\"" };
    let command = |ports: &str| format!("docker run -it --rm{ports}{variables}{user} -v \"$PWD\":{} NAME", kind.work());
    match (recipe.serves(), &recipe.env_file) {
        (true, _) => Some(format!("To start the server, run `{}`", command(&format!(" -p {PORT}:{PORT}")))),
        (false, Some(_)) => Some(format!("To start a container, run `{}`", command(""))),
        (false, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::BaseImage;

    fn of(image: &str, env_file: Option<&str>) -> Option<String> {
        let base = BaseImage::parse(&format!("{image}@sha256:{}", "ab".repeat(32))).unwrap();
        how_to_run(&Recipe { env_file: env_file.map(str::to_owned), ..Recipe::plain(base) })
    }

    #[test]
    fn what_a_container_writes_belongs_to_who_started_it() {
        let expected = "To start a container, run `docker run -it --rm --env-file a.list --user \"$(id -u):$(id -g)\" \
                        -v \"$PWD\":/home/mambauser/work NAME`";
        assert_eq!(of("mambaorg/micromamba:2.6.1", Some("a.list")).unwrap(), expected);
        let expected = "To start the server, run `docker run -it --rm -p 8888:8888 -v \"$PWD\":/home/jovyan/work NAME`";
        assert_eq!(of("jupyter/minimal-notebook:1", None).unwrap(), expected);
        assert_eq!(of("mambaorg/micromamba:2.6.1", None), None);
    }
}
