//! The options of the re-solve, and what of the file gets into the image.

use std::path::Path;

use envlock::lockfile::{Manager, Variable};
use serde_json::Value;

use crate::support::{IMAGE, Workspace, done, fixtures, growth::grow, run};

/// The report of a run with these arguments.
fn report(workspace: &Workspace, arguments: &[&str]) -> Value {
    done(workspace.convert().arg("--json").args(arguments)).json()
}

/// `version build` of a package in the lock; nothing where it isn't there.
fn locked(workspace: &Workspace, name: &str) -> Option<String> {
    let lock = workspace.lock();
    let package = lock.conda_packages().find(|package| package.name == name)?;
    let address = package.address();
    let file = address.rsplit('/').next()?;
    let build = file.trim_end_matches(".conda").trim_end_matches(".tar.bz2").rsplit('-').next()?;
    Some(format!("{} {build}", package.version))
}

#[test]
fn latest_takes_the_newest_and_a_day_what_there_was() {
    let workspace = Workspace::holding("dependencies: [six, zlib]\n");
    let latest = report(&workspace, &["--as-of", "latest"]);
    assert_eq!(latest["as_of"], Value::Null);
    assert_eq!(workspace.lock().as_of().unwrap(), None);
    assert_eq!(locked(&workspace, "six").as_deref(), Some("1.16.0 pyh6c4a22f_0"));

    let day = report(&workspace, &["--as-of", "2020-12-31"]);
    assert_eq!(day["as_of"], serde_json::json!({"date": "2020-12-31", "inferred": false}));
    assert_eq!(workspace.lock().as_of().unwrap().unwrap().to_string(), "2020-12-31T23:59:59.999Z");
    assert_eq!(locked(&workspace, "six").as_deref(), Some("1.15.0 pyh9f0ad1d_0"));

    report(&workspace, &["--as-of", "2018-12-31T12:00:00Z"]);
    assert_eq!(workspace.lock().as_of().unwrap().unwrap().to_string(), "2018-12-31T12:00:00Z");
    assert_eq!(locked(&workspace, "six").as_deref(), Some("1.11.0 py_1"));
    assert_eq!(locked(&workspace, "zlib").as_deref(), Some("1.2.11 h14c3975_1004"));
}

#[test]
fn a_time_span_is_counted_back_from_the_newest_package_and_becomes_a_date() {
    let workspace = Workspace::holding("dependencies: [six, zlib]\n");
    report(&workspace, &["--as-of", "0d"]);
    let newest = workspace.lock().as_of().unwrap().unwrap();
    assert_eq!(locked(&workspace, "six").as_deref(), Some("1.16.0 pyh6c4a22f_0"));

    // Between the two versions of six lie months.
    let told = report(&workspace, &["--as-of", "52w"]);
    let date = workspace.lock().as_of().unwrap().unwrap();
    assert_eq!(newest.duration_since(date).as_hours(), 52 * 7 * 24);
    assert_eq!(told["as_of"], serde_json::json!({"date": date.to_string(), "inferred": false}));
    assert_eq!(locked(&workspace, "six").as_deref(), Some("1.15.0 pyh9f0ad1d_0"));
    assert!(workspace.lock().choices().as_of_given);

    // Said again it finds the same, and unsaid it is the date of the lock.
    let lock = workspace.read("conda-lock.yml");
    for arguments in [&["--as-of", "364d"][..], &[]] {
        report(&workspace, arguments);
        assert_eq!(workspace.read("conda-lock.yml"), lock, "{arguments:?}");
    }
}

#[test]
fn a_time_span_moves_with_the_channel_where_that_makes_a_difference() {
    let workspace = Workspace::holding("dependencies: [six, zlib]\n");
    let (before, later) = (fixtures().join("channel"), workspace.path().join("later"));
    let convert = |directory: &Path, as_of: &str| {
        let channel = format!("conda-forge={}", directory.display());
        done(workspace.convert_from(&[&channel]).args(["--as-of", as_of]));
        workspace.read("conda-lock.yml")
    };
    let lock = convert(&before, "0d");
    // What was gained was built in 2040, so that a day before it there is still what there was.
    grow(&before, &later, &[]);
    assert_eq!(convert(&later, "1d"), lock);
    assert_ne!(convert(&later, "0d"), lock);
    assert_eq!(workspace.lock().as_of().unwrap().unwrap().to_string(), "2040-01-01T00:00:00Z");
    // Going back is a change, too.
    let back = convert(&later, "1d");
    assert_eq!(workspace.lock().as_of().unwrap().unwrap().to_string(), "2039-12-31T00:00:00Z");
    assert_ne!(back, lock);
}

#[test]
fn a_time_span_in_a_configuration_counts_every_time() {
    let workspace = Workspace::holding("dependencies: [six]\n");
    let channel = fixtures().join("channel");
    let config = format!(
        "base-image = \"{IMAGE}\"\nchannel = [\"conda-forge={}\"]\nas-of = \"52w\"\n\n\
         [[environment]]\nfile = \"environment.yml\"\n",
        channel.display()
    );
    workspace.write("envlock.toml", &config);
    done(&mut workspace.convert_bare());
    assert_eq!(locked(&workspace, "six").as_deref(), Some("1.15.0 pyh9f0ad1d_0"));
    let lock = workspace.read("conda-lock.yml");
    done(&mut workspace.convert_bare());
    assert_eq!(workspace.read("conda-lock.yml"), lock);
    assert_eq!(done(workspace.envlock().arg("check")).code, 0);
    workspace.write("envlock.toml", config.replace("52w", "0d"));
    done(&mut workspace.convert_bare());
    assert_eq!(locked(&workspace, "six").as_deref(), Some("1.16.0 pyh6c4a22f_0"));
}

#[test]
fn a_file_written_by_hand_stays_at_the_date_of_its_lock() {
    let workspace = Workspace::holding("dependencies: [six]\n");
    report(&workspace, &["--as-of", "2020-12-31"]);
    let lock = workspace.read("conda-lock.yml");

    let again = report(&workspace, &[]);
    assert_eq!(again["as_of"], serde_json::json!({"date": "2020-12-31", "inferred": false}));
    assert_eq!(workspace.read("conda-lock.yml"), lock);

    // A change of the file moves what it names, not the date.
    workspace.write("environment.yml", "dependencies: [six, tzdata]\n");
    report(&workspace, &[]);
    assert_eq!(locked(&workspace, "six").as_deref(), Some("1.15.0 pyh9f0ad1d_0"));
    assert_eq!(locked(&workspace, "tzdata").as_deref(), Some("2020d h516909a_0"));

    report(&workspace, &["--as-of", "latest"]);
    assert_eq!(locked(&workspace, "tzdata").as_deref(), Some("2022a h191b570_0"));
}

#[test]
fn a_graphics_card_brings_the_variant_back() {
    let workspace = Workspace::with("windows");
    report(&workspace, &["--virtual-package", "__cuda=11.8"]);
    assert_eq!(locked(&workspace, "pytorch").as_deref(), Some("1.7.0 cuda110py37h7ba5d4a_201"));
    assert_eq!(locked(&workspace, "torchvision").as_deref(), Some("0.8.1 cuda110py37h4d0f0f4_201"));
    assert_eq!(locked(&workspace, "cudatoolkit").as_deref(), Some("11.0.221 h6bb024c_0"));
    let offered = workspace.lock().virtual_packages().unwrap();
    assert!(offered.contains(&"__cuda=11.8".to_owned()), "{offered:?}");

    // Too old a driver is none.
    report(&workspace, &["--virtual-package", "__cuda=10.2"]);
    assert_eq!(locked(&workspace, "pytorch").as_deref(), Some("1.7.0 cpu_py37h0c1ab5a_1"));
    assert_eq!(locked(&workspace, "cudatoolkit"), None);
}

#[test]
fn what_the_image_is_said_to_lack_is_not_used() {
    let workspace = Workspace::with("macos");
    let newer = report(&workspace, &["--virtual-package", "__glibc=2.99"]);
    assert_eq!(locked(&workspace, "metis").as_deref(), Some("5.1.0 3"));
    assert_eq!(newer["counts"]["kept"], 32, "metis and lightgbm are kept as well");
}

#[test]
fn a_pip_section_that_is_left_out_leaves_no_trace() {
    let workspace = Workspace::with("macos");
    let without = report(&workspace, &[]);
    let left_out = serde_json::json!({
        "lines": 4, "locked": false, "left_out": true, "packages": [], "kept": 0, "moved": 0, "gone": 0, "pins": [],
        "dropped": [],
    });
    assert_eq!(without["pip"], left_out);
    assert_eq!(workspace.lock().input().unwrap().requests_of(Manager::Pip).count(), 0);
    assert!(!workspace.read("Dockerfile").contains("pip install"));
    let run = done(&mut workspace.convert());
    assert!(run.stderr.contains(", 4 pip lines left out\n"), "{}", run.stderr);
}

#[test]
fn variables_are_set_in_the_image() {
    let workspace =
        Workspace::holding("dependencies: [xz]\nvariables:\n  OMP_NUM_THREADS: '1'\n  GREETING: say \"hi\" for $5\n");
    report(&workspace, &[]);
    let dockerfile = workspace.read("Dockerfile");
    assert!(dockerfile.contains(r#"OMP_NUM_THREADS="1""#), "{dockerfile}");
    assert!(dockerfile.contains(r#"GREETING="say \"hi\" for \$5""#), "{dockerfile}");
    let variables = workspace.lock().input().unwrap().variables;
    assert_eq!(variables["GREETING"], Variable::Plain("say \"hi\" for $5".to_owned()));
}

#[test]
fn another_python_is_kept_in_the_lock_and_told_in_the_report() {
    let workspace = Workspace::holding("dependencies: [python=3.6.6, six]\n");
    let told = report(&workspace, &["--python", "3.7"]);
    assert_eq!(locked(&workspace, "python").as_deref(), Some("3.7.8 h6f2ec95_1_cpython"));
    assert_eq!(told["notes"][0], "converted to Python 3.7, as asked; the file has 3.6.6.*");
    assert_eq!(workspace.lock().choices().python.as_deref(), Some("3.7"));
    assert_eq!(run(workspace.envlock().arg("check")).code, 0);

    // What mends a change keeps it.
    workspace.write("environment.yml", "dependencies: [python=3.6.6, six, zlib]\n");
    let stale = run(workspace.envlock().arg("check"));
    assert!(stale.stdout.contains("environment.yml:1 zlib was added\n"), "{}", stale.stdout);
    assert!(!stale.stdout.contains(":1 python"), "{}", stale.stdout);
    report(&workspace, &[]);
    assert_eq!(locked(&workspace, "python").as_deref(), Some("3.7.8 h6f2ec95_1_cpython"));

    report(&workspace, &["--forget"]);
    assert_eq!(locked(&workspace, "python").as_deref(), Some("3.6.6 h5001a0f_1003"));
    assert_eq!(workspace.lock().choices().python, None);
}

#[test]
fn what_is_preferred_is_kept_in_the_lock() {
    let workspace = Workspace::holding("dependencies: [python=3.6, six]\n");
    report(&workspace, &["--prefer", "versions"]);
    assert!(workspace.read("conda-lock.yml").contains("\n    prefer: versions\n"));
    assert_eq!(run(workspace.envlock().arg("check")).code, 0);
    workspace.write("environment.yml", "dependencies: [python=3.6, six, zlib]\n");
    assert_eq!(run(workspace.envlock().arg("check")).code, 1);
    report(&workspace, &[]);
    assert!(workspace.read("conda-lock.yml").contains("\n    prefer: versions\n"));
    report(&workspace, &["--prefer", "packages"]);
    assert!(!workspace.read("conda-lock.yml").contains("prefer:"));
    let wrong = run(workspace.convert().args(["--prefer", "builds"]));
    assert!(wrong.stderr.contains("it is `packages` or `versions`"), "{}", wrong.stderr);
}

#[test]
fn an_update_stays_with_the_python_that_was_asked_for() {
    let workspace = Workspace::holding("dependencies: [python=3.6, six]\n");
    report(&workspace, &["--python", "3.7", "--as-of", "2018-12-31"]);
    assert_eq!(locked(&workspace, "python").as_deref(), Some("3.7.1 hd21baee_1000"));
    let channel = format!("conda-forge={}", crate::support::fixtures().join("channel").display());
    done(workspace.envlock().args(["update", "--no-pip", "--channel", &channel]));
    assert_eq!(locked(&workspace, "python").as_deref(), Some("3.7.8 h6f2ec95_1_cpython"));
    assert_eq!(workspace.lock().choices().python.as_deref(), Some("3.7"));
}

#[test]
fn a_python_that_no_channel_has_names_those_that_there_are() {
    let workspace = Workspace::holding("dependencies: [python=3.6, six]\n");
    let refused = run(workspace.convert().args(["--python", "3.4"]));
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("--python 3.4: python 3.4.* doesn't exist for linux-64"), "{}", refused.stderr);
    assert!(refused.stderr.contains("the nearest is 3.6: choose it"), "{}", refused.stderr);
    workspace.write("environment.yml", "dependencies: [python==3.5.2, six]\n");
    let refused = run(&mut workspace.convert());
    assert!(refused.stderr.contains("environment.yml:1: python 3.5 doesn't exist for linux-64"), "{}", refused.stderr);
    assert!(refused.stderr.contains("leave the file as it is: --python 3.6\n"), "{}", refused.stderr);
    assert!(!workspace.path().join("conda-lock.yml").exists());
}
