use tempfile::TempDir;

use super::*;

const OURS: &str = "# This file was written by envlock.\nversion: 1\n";

fn output(path: PathBuf, contents: &str) -> Output {
    Output { path, contents: contents.into() }
}

fn write(outputs: &[Output]) -> Result<Vec<Written>, FileError> {
    write_all(beside(&outputs[0].path), outputs, &[])
}

/// The names in a directory, in order.
fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_place_that_is_empty_or_missing_is_free() {
    let home = TempDir::new().unwrap();
    let missing = home.path().join("a/b");
    assert_eq!(plan(&missing, &["conda-lock.yml"], false).unwrap(), [missing.join("conda-lock.yml")]);
    assert!(names(home.path()).is_empty());
}

#[test]
fn a_file_of_ours_may_be_overwritten_and_another_only_by_force() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("conda-lock.yml"), OURS).unwrap();
    let dockerfile = home.path().join("Dockerfile");
    // The name in the middle of a file is no marker, nor is it one outside a comment.
    for foreign in ["FROM debian\n", "", "FROM envlock\n", &format!("{}# envlock\n", "FROM debian\n".repeat(10))] {
        fs::write(&dockerfile, foreign).unwrap();
        let error = plan(home.path(), &["conda-lock.yml", "Dockerfile"], false).unwrap_err();
        assert!(matches!(&error, FileError::Foreign(path) if *path == dockerfile), "{error:?}");
        assert!(error.help().unwrap().to_string().contains("--force"));
        assert_eq!(plan(home.path(), &["conda-lock.yml", "Dockerfile"], true).unwrap().len(), 2);
    }
    fs::write(&dockerfile, "# hadolint shell=bash\n# Written by envlock 0.1.0.\nFROM a\n").unwrap();
    assert_eq!(plan(home.path(), &["conda-lock.yml", "Dockerfile"], false).unwrap().len(), 2);
}

#[test]
fn a_directory_in_the_way_is_named() {
    let home = TempDir::new().unwrap();
    fs::create_dir(home.path().join("Dockerfile")).unwrap();
    let error = plan(home.path(), &["Dockerfile"], true).unwrap_err();
    assert!(matches!(error, FileError::IsADirectory(_)), "{error:?}");

    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let error = plan(&file, &["Dockerfile"], true).unwrap_err();
    assert!(matches!(error, FileError::NotADirectory(_)), "{error:?}");
}

#[test]
fn files_are_written_and_unchanged_ones_left_alone() {
    let home = TempDir::new().unwrap();
    let (lock, dockerfile) = (home.path().join("new/conda-lock.yml"), home.path().join("new/Dockerfile"));
    let first = [output(lock.clone(), "a"), output(dockerfile.clone(), "b")];
    let changed = |it: Vec<Written>| it.iter().map(|it| it.changed).collect::<Vec<_>>();
    assert_eq!(changed(write(&first).unwrap()), [true, true]);

    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    fs::File::options().write(true).open(&lock).unwrap().set_modified(long_ago).unwrap();
    let second = [output(lock.clone(), "a"), output(dockerfile.clone(), "c")];
    let written = write(&second).unwrap();
    assert_eq!(written[0].path, lock.display().to_string());
    assert_eq!(changed(written), [false, true]);
    assert_eq!(fs::metadata(&lock).unwrap().modified().unwrap(), long_ago);
    assert_eq!(fs::read_to_string(&dockerfile).unwrap(), "c");
    assert_eq!(names(&home.path().join("new")), ["Dockerfile", "conda-lock.yml"]);
}

#[test]
fn the_directory_is_that_of_the_environment_file_unless_another_is_named() {
    assert_eq!(output_dir(None, Path::new("environment.yml")), Path::new(""));
    assert_eq!(output_dir(None, Path::new("envs/mac.yml")), Path::new("envs"));
    assert_eq!(output_dir(Some(Path::new("out")), Path::new("envs/mac.yml")), Path::new("out"));
    // Paths of the report are as short as the user's own.
    assert_eq!(plan(Path::new(""), &["no such file"], false).unwrap(), [Path::new("no such file")]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_file_has_the_permissions_that_any_new_file_has() {
        let home = TempDir::new().unwrap();
        let (any, ours) = (home.path().join("any"), home.path().join("ours"));
        fs::write(&any, "").unwrap();
        write(&[output(ours.clone(), "a")]).unwrap();
        assert_eq!(mode(&ours), mode(&any));
    }

    #[test]
    fn a_replaced_file_keeps_its_permissions() {
        let home = TempDir::new().unwrap();
        let path = home.path().join("Dockerfile");
        fs::write(&path, "a").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write(&[output(path.clone(), "b")]).unwrap();
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().as_str()), (0o640, "b"));
    }

    #[test]
    fn a_symbolic_link_stays_one_and_its_target_is_written() {
        let home = TempDir::new().unwrap();
        fs::create_dir(home.path().join("real")).unwrap();
        let (target, link) = (home.path().join("real/lock"), home.path().join("conda-lock.yml"));
        symlink("real/lock", &link).unwrap();
        for contents in ["a", "b"] {
            write(&[output(link.clone(), contents)]).unwrap();
            assert_eq!(fs::read_link(&link).unwrap(), Path::new("real/lock"));
            assert_eq!(fs::read_to_string(&target).unwrap(), contents);
        }
    }

    #[test]
    fn where_one_file_cannot_be_written_none_is() {
        let home = TempDir::new().unwrap();
        let lock = home.path().join("conda-lock.yml");
        fs::write(&lock, "old").unwrap();
        // Nobody can make a file below a file, root included.
        let impossible = lock.join("Dockerfile");
        let error = write(&[output(lock.clone(), "new"), output(impossible.clone(), "new")]).unwrap_err();
        assert!(error.to_string().contains(&impossible.display().to_string()), "{error}");
        assert_eq!(fs::read_to_string(&lock).unwrap(), "old");
        assert_eq!(names(home.path()), ["conda-lock.yml"]);
    }

    #[test]
    fn a_read_only_directory_is_an_error_that_says_so() {
        let home = TempDir::new().unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o555)).unwrap();
        let root = fs::write(home.path().join("probe"), "").is_ok();
        let result = write(&[output(home.path().join("Dockerfile"), "a")]);
        match result {
            // Root may write everywhere.
            Ok(written) => assert!(root && written[0].changed),
            Err(error) => assert!(error.help().unwrap().to_string().contains("nothing was changed"), "{error}"),
        }
    }

    #[test]
    fn a_link_that_leads_out_of_the_directory_is_followed_by_force_only() {
        let home = TempDir::new().unwrap();
        let inside = home.path().join("in");
        fs::create_dir_all(inside.join("deep")).unwrap();
        fs::write(home.path().join("ours"), OURS).unwrap();
        let link = inside.join("Dockerfile");
        for to in ["../new", "../ours", "none/../../new", "../none/new"] {
            symlink(to, &link).unwrap();
            let error = plan(&inside, &["Dockerfile"], false).unwrap_err();
            assert!(matches!(&error, FileError::LeadsOut { .. }), "{to}: {error:?}");
            assert!(plan(&inside, &["Dockerfile"], true).is_ok(), "{to}");
            fs::remove_file(&link).unwrap();
        }
        symlink("deep/Dockerfile", &link).unwrap();
        assert!(plan(&inside, &["Dockerfile"], false).is_ok());
        // What a killed run has left there goes as well.
        fs::write(inside.join("deep/.envlock-abc123"), "").unwrap();
        write(&[output(link.clone(), "a")]).unwrap();
        assert_eq!(names(&inside.join("deep")), ["Dockerfile"]);

        symlink("Dockerfile", inside.join("conda-lock.yml")).unwrap();
        let error = plan(&inside, &["conda-lock.yml", "Dockerfile"], true).unwrap_err();
        assert!(matches!(error, FileError::Twice(..)), "{error:?}");
    }
}
