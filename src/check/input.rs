//! What of the environment file has changed since it was locked.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Mend};
use crate::{
    environment::{Environment, without_secrets},
    intent::Intent,
    lockfile::{Input, LockError, Lockfile, Manager, Requested, Variable, asked, asked_of_pip},
    words::one_line,
};

/// What is to be compared with a lock.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The environment file, with the lines of the requirements files that it names.
    pub environment: &'a Environment,
    /// What is meant by it.
    pub intent: &'a Intent,
    /// The channels that it would be solved with now; `None` where those of the lock were chosen by hand.
    pub channels: Option<&'a [String]>,
}

/// Names what has changed: specs, pip lines, channels and variables, in the order of the file.
///
/// Comments, white space, order, `name:`, `prefix:` and builds of foreign platforms don't count, as in [`Input`].
///
/// # Errors
///
/// Where the lock doesn't say what it was made from.
pub fn input_changes(given: &Given, lock: &Lockfile) -> Result<Vec<Finding>, LockError> {
    let Given { environment, intent, channels } = *given;
    let locked = lock.input()?;
    let choices = lock.choices();
    let channels = channels.unwrap_or(&locked.channels);
    let mut now = Input::new(environment, intent, channels);
    if choices.pip_left_out {
        now.requests.retain(|it| it.manager() != Manager::Pip);
    }
    let now = now.in_terms_of(&locked);
    if now == locked {
        return Ok(Vec::new());
    }
    let mut changes = Vec::new();
    changes.extend(channel_change(environment, &locked.channels, &now.channels));
    // What the lock asks for has no line.
    let before = |manager| locked.requests_of(manager).map(|it| (0, it.clone())).collect();
    changes.extend(changed("", before(Manager::Conda), asked(intent).collect(), conda_words));
    if !choices.pip_left_out {
        let kept = locked.kept();
        let now = asked_of_pip(environment).map(|(line, it)| (line, it.in_terms_of(&kept))).collect();
        changes.extend(changed("pip ", before(Manager::Pip), now, pip_words));
    }
    changes.extend(root_changes(environment, &locked.roots, &now.roots));
    changes.extend(variable_changes(environment, &locked.variables, &now.variables));
    changes.sort_by_key(|(line, _)| (line.is_none(), *line));
    let finding = |(line, message): Change| Finding {
        file: environment.file.clone(),
        line,
        message: without_secrets(&message),
        mend: Mend::Convert,
    };
    Ok(changes.into_iter().map(finding).collect())
}

type Change = (Option<usize>, String);

fn channel_change(environment: &Environment, before: &[String], now: &[String]) -> Option<Change> {
    let line = environment.channels.first().map(|channel| channel.at.line);
    (before != now).then(|| (line, format!("channels {} → {}", before.join(", "), now.join(", "))))
}

/// Something that is asked for, and its line.
type At = (usize, Requested);

/// What is asked of each package, before and now.
fn changed(kind: &str, before: Vec<At>, now: Vec<At>, words: fn(&Requested) -> String) -> Vec<Change> {
    let (before, now) = (by_name(before), by_name(now));
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let change = |name: &String| {
        let side = |side: &BTreeMap<String, Vec<At>>| -> Vec<At> { side.get(name).cloned().unwrap_or_default() };
        let (before, now) = (side(&before), side(&now));
        let texts = |side: &[At]| side.iter().map(|(_, it)| it.text().to_owned()).collect::<BTreeSet<_>>();
        if texts(&before) == texts(&now) {
            return None;
        }
        let shown =
            |side: &[At]| side.iter().map(|(_, it)| words(it)).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        let is_new = |(_, it): &&At| !before.iter().any(|(_, old)| old == it);
        let line = now.iter().find(is_new).or(now.first()).map(|(line, _)| *line);
        let message = match (before.is_empty(), now.is_empty()) {
            (true, _) => format!("{kind}{} was added", titles(&now)),
            (_, true) => format!("{kind}{} was removed", titles(&before)),
            _ => {
                let (before, now) = (shown(&before).join(" and "), shown(&now).join(" and "));
                let (short_before, short_now) = (as_written(&before), as_written(&now));
                let (before, now) =
                    if short_before == short_now { (&*before, &*now) } else { (short_before, short_now) };
                format!("{kind}{name} {before} → {now}")
            }
        };
        Some((line, one_line(&message)))
    };
    names.into_iter().filter_map(change).collect()
}

/// Those without a name each stand alone, under their text.
fn by_name(asked: Vec<At>) -> BTreeMap<String, Vec<At>> {
    let mut found: BTreeMap<String, Vec<At>> = BTreeMap::new();
    for it in asked {
        let (_, request) = &it;
        let key = if request.name().is_empty() { request.text() } else { request.name() }.to_owned();
        found.entry(key).or_default().push(it);
    }
    found
}

fn titles(asked: &[At]) -> String {
    let titles: BTreeSet<String> = asked.iter().map(|(_, it)| it.text().replace(" ==", " ")).collect();
    titles.into_iter().collect::<Vec<_>>().join(" and ")
}

/// The spec without its name: the version, as an export has it.
fn conda_words(asked: &Requested) -> String {
    match asked.text().strip_prefix(asked.name()) {
        Some("") => "any version".to_owned(),
        Some(rest) => rest.trim().trim_start_matches("==").to_owned(),
        // It names its channel.
        None => asked.text().replace(" ==", " "),
    }
}

/// `1.19.4.*` is what conda reads `=1.19.4` as.
fn as_written(spec: &str) -> &str {
    let is_one = !spec.contains([' ', ',', '|', '<', '>', '!', '~']);
    spec.strip_suffix(".*").filter(|_| is_one).unwrap_or(spec)
}

/// The line without its name, where that is all that it says besides a version.
fn pip_words(asked: &Requested) -> String {
    match asked.text().split_once("==") {
        Some((name, version)) if name.len() == asked.name().len() => version.to_owned(),
        _ => asked.text().to_owned(),
    }
}

/// What `requested:` names, before and now.
fn root_changes(environment: &Environment, before: &BTreeSet<String>, now: &BTreeSet<String>) -> Vec<Change> {
    let line = |name: &str| {
        let requested = environment.captured.requested.iter().flatten();
        requested.filter(|it| it.value.as_normalized() == name).map(|it| it.at.line).next()
    };
    let change = |name: &String| match (before.contains(name), now.contains(name)) {
        (false, true) => Some((line(name), one_line(&format!("{name} was added to what is asked for")))),
        (true, false) => Some((None, one_line(&format!("{name} was removed from what is asked for")))),
        _ => None,
    };
    before.union(now).filter_map(change).collect()
}

fn variable_changes(
    environment: &Environment,
    before: &BTreeMap<String, Variable>,
    now: &BTreeMap<String, Variable>,
) -> Vec<Change> {
    let line = |name: &str| {
        let is_it = |line: &str| line.trim_start().trim_start_matches(['"', '\'']).starts_with(name);
        environment.text.lines().position(is_it).map(|index| index + 1)
    };
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let change = |name: &String| {
        let message = match (before.get(name), now.get(name)) {
            (before, now) if before == now => return None,
            (None, _) => format!("variable {name} was added"),
            (_, None) => format!("variable {name} was removed"),
            (Some(Variable::Plain(before)), Some(Variable::Plain(now))) => format!("variable {name} {before} → {now}"),
            (Some(_), Some(_)) => format!("variable {name} has another value"),
        };
        Some((now.get(name).and_then(|_| line(name)), one_line(&message)))
    };
    names.into_iter().filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{environment::parse_environment, intent::understand, lockfile::testing::lock_of_input};

    const BEFORE: &str = "name: a\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.9.7=h88f2d9e_1\n  \
                          - numpy=1.26.4=py39h1_0\n  - pip\n  - scipy>=1.2\n  - pip:\n    - requests==2.31.0\n    \
                          - ./local\nvariables:\n  OMP_NUM_THREADS: 4\n  API_TOKEN: a\nprefix: /Users/me/a\n";

    /// The changes from one file to another.
    fn between(before: &str, now: &str) -> Vec<String> {
        let read = |text: &str| {
            let environment = parse_environment("environment.yml", text.as_bytes()).unwrap();
            let intent = understand(&environment);
            (environment, intent)
        };
        let channels = |environment: &Environment| -> Vec<String> {
            environment.channels.iter().map(|it| it.value.clone()).collect()
        };
        let (environment, intent) = read(before);
        let lock = lock_of_input(&Input::new(&environment, &intent, &channels(&environment)));
        let (environment, intent) = read(now);
        let channels = channels(&environment);
        let given = Given { environment: &environment, intent: &intent, channels: Some(&channels) };
        let found = input_changes(&given, &lock).unwrap();
        found.iter().map(|it| format!("{} {}", it.place(), it.message)).collect()
    }

    #[test]
    fn what_makes_no_difference_is_no_change() {
        let same = "# a comment\nname: b\nchannels: [conda-forge]\ndependencies:\n  - scipy >=1.2\n  - pip\n  \
                    - numpy=1.26.4=py39hwin_3   # why\n  - python=3.9.7=hother_0\n  - pip:\n    - ./local\n    \
                    - requests==2.31.0  # http\nvariables: {API_TOKEN: a, OMP_NUM_THREADS: 4}\nprefix: C:\\b\n";
        assert_eq!(between(BEFORE, same), Vec::<String>::new());
    }

    #[test]
    fn each_change_is_named_with_its_line() {
        let now = BEFORE
            .replace("numpy=1.26.4=py39h1_0", "numpy=2.0.0=py39h1_0")
            .replace("  - scipy>=1.2\n", "")
            .replace("  - pip\n", "  - pip\n  - pytorch=2.1=cuda*\n")
            .replace("requests==2.31.0", "requests==2.32.0")
            .replace("./local", "./other")
            .replace("THREADS: 4", "THREADS: 8")
            .replace("TOKEN: a", "TOKEN: b")
            .replace("  - conda-forge\n", "  - conda-forge\n  - bioconda\n");
        let expected = [
            "environment.yml:3 channels conda-forge → conda-forge, bioconda",
            "environment.yml:7 numpy 1.26.4 → 2.0.0",
            "environment.yml:9 pytorch 2.1 cuda* was added",
            "environment.yml:11 pip requests 2.31.0 → 2.32.0",
            "environment.yml:12 pip ./other was added",
            "environment.yml:14 variable OMP_NUM_THREADS 4 → 8",
            "environment.yml:15 variable API_TOKEN has another value",
            "environment.yml scipy >=1.2 was removed",
            "environment.yml pip ./local was removed",
        ];
        assert_eq!(between(BEFORE, &now), expected);
    }

    #[test]
    fn a_constraint_is_one_also_where_the_lock_has_it_as_a_requirement() {
        let of = |lines: &str| format!("dependencies:\n  - pip:\n{lines}");
        // As the lines of files stand in the place of those that name them.
        let (bare, marked) = (of("    - six==1.0\n"), of("    - -c six==1.0\n"));
        assert_eq!(between(&bare, &marked), [""; 0]);
        assert_eq!(between(&bare, &of("    - -c six==1.0\n    - six==1.0\n")), [""; 0]);
        assert_eq!(between(&marked, &marked), [""; 0]);
        assert_eq!(between(&marked, &bare).len(), 2);
        assert_eq!(between(&bare, &of("    - -c six==1.1\n")).len(), 2);
    }

    #[test]
    fn versions_are_shown_as_they_are_written_unless_that_hides_the_change() {
        let file = |spec: &str| format!("dependencies:\n  - {spec}\n");
        let of = |before: &str, now: &str| between(&file(before), &file(now));
        assert_eq!(of("a=1.2", "a=1.3"), ["environment.yml:2 a 1.2 → 1.3"]);
        assert_eq!(of("a=1.2", "a==1.2"), ["environment.yml:2 a 1.2.* → 1.2"]);
    }

    #[test]
    fn a_spec_that_names_its_channel_is_shown_whole() {
        let before = "dependencies:\n  - nvidia::cuda=12\n  - a\n";
        let now = "dependencies:\n  - cuda=12\n  - a>=2\n";
        assert_eq!(
            between(before, now),
            ["environment.yml:2 cuda nvidia::cuda 12.* → 12", "environment.yml:3 a any version → >=2"]
        );
    }
}
