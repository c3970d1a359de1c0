//! What envlock says in `custom_metadata`, which holds strings only, and how it is read.

use std::{collections::BTreeMap, fmt::Write as _};

use super::model::key;
use crate::{
    image::{BaseImage, Installer, Recipe, Tool},
    lockfile::{Choices, Input, LockedOutcome, Manager, Package, Provenance, Reuse, Seals},
    pypi::Preference,
    solve::{ChannelPriority, Prefer},
};

/// The program that made a lock, before its version.
const PROGRAM: &str = "envlock ";

/// Why `custom_metadata` can't be read.
pub(super) enum Flaw {
    /// Something isn't said.
    Unsaid(&'static str),
    /// What is said of this key can't be meant.
    Bad(&'static str, String),
}

/// Whether envlock made the lock.
pub(super) fn is_ours(custom: &BTreeMap<String, String>) -> bool {
    custom.get(key::CREATED_BY).is_some_and(|by| by.starts_with(PROGRAM))
}

/// Reads what envlock says of a lock's making; `None` where another program made it. `question` is the hash that stands
/// apart. The sizes, which stand here too, go to the packages.
///
/// # Errors
///
/// Where something that every lock of envlock's says is missing, or can't be meant.
pub(super) fn read(
    mut custom: BTreeMap<String, String>,
    question: Option<String>,
    packages: &mut [Package],
) -> Result<Option<Provenance>, Flaw> {
    if !is_ours(&custom) {
        return Ok(None);
    }
    let mut take = |key: &'static str| custom.remove(key);
    set_sizes(packages, &take(key::SIZES).unwrap_or_default());
    let seals = Seals {
        input: take(key::INPUT_SHA256),
        question,
        outcomes: take(key::OUTCOMES_SHA256),
        packages: take(key::PACKAGES_SHA256),
    };
    let as_of = need(key::AS_OF, &mut take)?;
    let moment = |key, text: &str| text.parse().map_err(|_| Flaw::Bad(key, format!("`{key}` is no moment")));
    let horizon = take(key::HORIZON).map(|text| moment(key::HORIZON, &text)).transpose()?;
    let input = need(key::INPUT, &mut take)?;
    let provenance = Provenance {
        envlock: take(key::CREATED_BY).unwrap_or_default().split_off(PROGRAM.len()),
        version: take(key::LOCK_VERSION).unwrap_or_default(),
        input: Input::parse(&input).ok_or_else(|| Flaw::Bad(key::INPUT, "the input isn't one".to_owned()))?,
        // A line that can't be read was edited, which the hash tells.
        outcomes: take(key::OUTCOMES)
            .unwrap_or_default()
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect(),
        as_of: if as_of == key::LATEST { None } else { Some(moment(key::AS_OF, &as_of)?) },
        offered: words(&need(key::VIRTUAL_PACKAGES, &mut take)?),
        choices: choices(&mut take),
        reuse: Reuse::of(horizon, is(key::UPDATED, &mut take)),
        recipe: recipe(&mut take)?,
        layers: take(key::LAYERS).unwrap_or_default().lines().map(words).collect(),
        seals,
        unknown: BTreeMap::new(),
    };
    Ok(Some(Provenance { unknown: custom, ..provenance }))
}

type Take<'a> = dyn FnMut(&'static str) -> Option<String> + 'a;

fn need(key: &'static str, take: &mut Take) -> Result<String, Flaw> {
    take(key).ok_or(Flaw::Unsaid(key))
}

fn is(key: &'static str, take: &mut Take) -> bool {
    take(key).is_some_and(|value| value == key::YES)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// What is as usual isn't said.
fn choices(take: &mut Take) -> Choices {
    Choices {
        channels_given: is(key::CHANNELS, take),
        as_of_given: is(key::AS_OF_GIVEN, take),
        virtual_packages: words(&take(key::VIRTUAL_PACKAGES_GIVEN).unwrap_or_default()),
        pip_left_out: is(key::NO_PIP, take),
        pip_preference: take(key::PIP_PREFERENCE).and_then(|it| Preference::named(&it)),
        unlockable_skipped: is(key::SKIP_UNLOCKABLE, take),
        pypi_names: words(&take(key::PYPI_NAMES).unwrap_or_default()),
        build_allowed: is(key::ALLOW_BUILD, take),
        priority: take(key::PRIORITY).and_then(|it| it.parse().ok()).unwrap_or_default(),
        prefer: take(key::PREFER).and_then(|it| it.parse().ok()).unwrap_or_default(),
        python: take(key::PYTHON),
        credentials_for: words(&take(key::CREDENTIALS_FOR).unwrap_or_default()),
        channel_names: words(&take(key::CHANNEL_NAMES).unwrap_or_default()),
    }
}

fn recipe(take: &mut Take) -> Result<Recipe, Flaw> {
    let image = |key, text: &str| BaseImage::parse(text).map_err(|error| Flaw::Bad(key, error.to_string()));
    let base = image(key::BASE_IMAGE, &need(key::BASE_IMAGE, take)?)?;
    let platform = take(key::BASE_IMAGE_PLATFORM);
    if let Some(digest) = &platform {
        // It is a digest if it makes an image of a name.
        image(key::BASE_IMAGE_PLATFORM, &format!("image@{digest}"))?;
    }
    let installer = match take(key::INSTALLER) {
        None => Installer::Own,
        Some(text) => {
            let (tool, of) = text.split_once(' ').ok_or(Flaw::Unsaid(key::INSTALLER))?;
            let tool = Tool::of_stage(tool).ok_or(Flaw::Unsaid(key::INSTALLER))?;
            Installer::Stage { tool, image: image(key::INSTALLER, of)? }
        }
    };
    Ok(Recipe {
        base: BaseImage { platform, ..base },
        installer,
        jupyter: is(key::JUPYTER, take),
        compose: is(key::COMPOSE, take),
        env_file: take(key::ENV_FILE),
        no_pyc: is(key::NO_PYC, take),
    })
}

/// Gives the packages the sizes that stand in a text: a line `conda NAME BYTES` or `pip NAME BYTES` for each whose size
/// is known. A line that isn't of its form is read past: a size is good to know, and nothing rests on it.
fn set_sizes(packages: &mut [Package], text: &str) {
    let line = |line| {
        let mut words = str::split(line, ' ');
        let (manager, name, bytes) = (Manager::named(words.next()?)?, words.next()?, words.next()?.parse().ok()?);
        words.next().is_none().then_some(((manager, name), bytes))
    };
    let sizes: BTreeMap<_, u64> = text.lines().filter_map(line).collect();
    for package in packages {
        package.size = sizes.get(&(package.manager(), package.name.as_str())).copied();
    }
}

/// What stands in `custom_metadata` of a lock with these packages. What is as usual isn't said.
pub(super) fn write(provenance: &Provenance, packages: &[Package]) -> BTreeMap<String, String> {
    let Provenance { choices, recipe, seals, .. } = provenance;
    let yes = |is: bool| is.then(|| key::YES.to_owned());
    let said = |text: String| Some(text).filter(|text| !text.is_empty());
    let installer = match &recipe.installer {
        Installer::Own => None,
        Installer::Stage { tool, image } => Some(format!("{} {image}", tool.name())),
    };
    let sizes = packages.iter().filter_map(|it| Some(format!("{} {} {}\n", it.manager(), it.name, it.size?)));
    let layers = provenance.layers.iter().map(|names| names.join(" ") + "\n");
    let entries = [
        (key::AS_OF, Some(as_of_text(provenance))),
        (key::CREATED_BY, Some(format!("{PROGRAM}{}", provenance.envlock))),
        (key::LOCK_VERSION, said(provenance.version.clone())),
        (key::INPUT_SHA256, seals.input.clone()),
        (key::INPUT, Some(provenance.input.text())),
        (key::PACKAGES_SHA256, seals.packages.clone()),
        (key::OUTCOMES, said(outcomes_text(&provenance.outcomes))),
        (key::OUTCOMES_SHA256, seals.outcomes.clone()),
        (key::VIRTUAL_PACKAGES, Some(provenance.offered.join(" "))),
        (key::HORIZON, provenance.reuse.horizon().map(|moment| moment.to_string())),
        (key::UPDATED, yes(matches!(provenance.reuse, Reuse::Frozen { .. }))),
        (key::SIZES, said(sizes.collect())),
        (key::LAYERS, said(layers.collect())),
        (key::BASE_IMAGE, Some(recipe.base.to_string())),
        (key::BASE_IMAGE_PLATFORM, recipe.base.platform.clone()),
        (key::INSTALLER, installer),
        (key::JUPYTER, yes(recipe.jupyter)),
        (key::COMPOSE, yes(recipe.compose)),
        (key::ENV_FILE, recipe.env_file.clone()),
        (key::NO_PYC, yes(recipe.no_pyc)),
        (key::CHANNELS, yes(choices.channels_given)),
        (key::AS_OF_GIVEN, yes(choices.as_of_given)),
        (key::VIRTUAL_PACKAGES_GIVEN, said(joined(&choices.virtual_packages))),
        (key::NO_PIP, yes(choices.pip_left_out)),
        (key::PIP_PREFERENCE, choices.pip_preference.map(|it| it.name().to_owned())),
        (key::SKIP_UNLOCKABLE, yes(choices.unlockable_skipped)),
        (key::PYPI_NAMES, said(joined(&choices.pypi_names))),
        (key::ALLOW_BUILD, yes(choices.build_allowed)),
        (
            key::PRIORITY,
            Some(choices.priority).filter(|it| *it != ChannelPriority::default()).map(|it| it.name().to_owned()),
        ),
        (key::PREFER, Some(choices.prefer).filter(|it| *it != Prefer::default()).map(|it| it.name().to_owned())),
        (key::PYTHON, choices.python.clone()),
        (key::CREDENTIALS_FOR, said(joined(&choices.credentials_for))),
        (key::CHANNEL_NAMES, said(joined(&choices.channel_names))),
    ];
    let entries = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    provenance.unknown.clone().into_iter().chain(entries).collect()
}

/// The date that a lock is of, as it is written.
pub(super) fn as_of_text(provenance: &Provenance) -> String {
    provenance.as_of.map_or_else(|| key::LATEST.to_owned(), |date| date.to_string())
}

/// The outcomes as they are written: a JSON object a line.
pub(super) fn outcomes_text(outcomes: &[LockedOutcome]) -> String {
    outcomes.iter().fold(String::new(), |mut text, outcome| {
        // A struct of words has no key that JSON can't write, and writing to a string can't fail.
        let _ = writeln!(text, "{}", serde_json::to_string(outcome).unwrap_or_default());
        text
    })
}

/// Options' values, each as one word: blanks around a `=` mean nothing.
fn joined(texts: &[String]) -> String {
    let words: Vec<String> = texts.iter().map(|text| text.split_whitespace().collect()).collect();
    words.join(" ")
}

/// What is hashed of the choices: what decides on the packages and stands nowhere else. The usual choices add nothing.
pub(super) fn hashed(choices: &Choices) -> String {
    let priority = (choices.priority != ChannelPriority::Strict).then(|| ("channel-priority", choices.priority.name()));
    let prefer = (choices.prefer != Prefer::Packages).then(|| ("prefer", choices.prefer.name()));
    let pip = choices.pip_preference.map(|it| ("prefer-in-pip-lines", it.name()));
    let skip = choices.unlockable_skipped.then_some(("skip-unlockable", key::YES));
    let names = joined(&choices.pypi_names);
    let names = names.split_whitespace().map(|name| ("pypi-name", name));
    let all = priority.into_iter().chain(prefer).chain(pip).chain(skip).chain(names);
    all.flat_map(|(what, value)| [what, " ", value, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lockfile::{
        parse,
        testing::{image, small_lock},
        to_yaml,
    };

    #[test]
    fn sizes_are_read_back_in_the_order_of_the_packages() {
        let mut lock = small_lock();
        assert!(lock.packages().iter().all(|package| package.size.is_none()));
        lock.packages_mut()[0].size = Some(u64::MAX);
        lock.packages_mut()[2].size = Some(95_582);
        let text = to_yaml(&lock);
        assert!(text.contains(&format!("\n    sizes: |\n      conda libzlib {}\n      conda zlib 95582\n", u64::MAX)));
        assert_eq!(parse("conda-lock.yml", &text).unwrap(), lock);
    }

    #[test]
    fn sizes_of_another_form_are_read_past() {
        let mut lock = small_lock();
        set_sizes(
            lock.packages_mut(),
            "conda zlib\nconda zlib x\nconda zlib 1 2\n\npip zlib 3\nconda zlib -1\nconda tzdata 7\n",
        );
        let sizes: Vec<_> = lock.packages().iter().map(|package| package.size).collect();
        assert_eq!(sizes, [None, Some(7), None]);
    }

    #[test]
    fn a_recipe_is_read_back_and_replaces_another() {
        let mut lock = small_lock();
        let plain = Recipe::plain(image());
        let full = Recipe {
            base: BaseImage { platform: Some(format!("sha256:{}", "12".repeat(32))), ..image() },
            installer: Installer::Stage { tool: Tool::Envlock, image: image() },
            jupyter: true,
            compose: true,
            env_file: Some("env.list".to_owned()),
            no_pyc: true,
        };
        for recipe in [&full, &plain] {
            lock.set_recipe(recipe);
            let read = parse("conda-lock.yml", &to_yaml(&lock)).unwrap();
            assert_eq!(read.recipe().unwrap(), *recipe);
        }
        assert_eq!(lock, small_lock());
    }

    #[test]
    fn layers_are_read_back() {
        let mut lock = small_lock();
        let layers = [vec!["libzlib".to_owned(), "tzdata".to_owned()], vec!["zlib".to_owned()]];
        lock.set_layers(&layers);
        assert_eq!(parse("conda-lock.yml", &to_yaml(&lock)).unwrap().layers(), layers);
        lock.set_layers(&[]);
        assert_eq!(lock, small_lock());
    }

    #[test]
    fn what_every_lock_says_must_be_there_and_what_is_said_must_make_sense() {
        let text = to_yaml(&small_lock());
        let error = |from: &str, to: &str| {
            let edited = text.replace(from, to);
            assert_ne!(edited, text, "{from}");
            parse("conda-lock.yml", &edited).unwrap_err().to_string()
        };
        for key in [key::AS_OF, key::BASE_IMAGE, key::INPUT, key::VIRTUAL_PACKAGES] {
            let message = error(&format!("    {key}: "), &format!("    other_{key}: "));
            assert_eq!(message, format!("the lock does not say its `{key}`"));
        }
        let line = |key: &str| text.lines().position(|line| line.starts_with(&format!("    {key}: "))).unwrap() + 1;
        for (key, from, to, reason) in [
            (key::AS_OF, "'2025-01-31T", "'2025-41-31T", "`as_of` is no moment"),
            (key::INPUT, "conda zlib\n", "coda zlib\n", "the input isn't one"),
            (key::BASE_IMAGE, "@sha256:", "@sha1:", "made by `sha1`, not by sha256"),
            (key::BASE_IMAGE, "docker.io/mambaorg/micromamba:2.6.1", "'a b'", ""),
        ] {
            let message = error(from, to);
            assert!(message.starts_with(&format!("conda-lock.yml:{}: ", line(key))), "{message}");
            assert!(message.contains(reason), "{message}");
        }
    }

    proptest! {
        #[test]
        fn no_sizes_make_it_panic(text in any::<String>()) {
            set_sizes(small_lock().packages_mut(), &text);
        }
    }
}
