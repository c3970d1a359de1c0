//! A package as it stands in the file, and as it is meant.

use rattler_conda_types::Subdir;

use super::model::{CondaLockHash, CondaLockPackage, Dependencies, main_category};
use crate::{
    base::text::Text,
    limits::{SPEC, WORD},
    lockfile::{
        Artifact, LockedName, LockedVersion, Manager, Package,
        package::{md5, sha256, url},
    },
    words::{has_blanks, has_control},
};

/// What is wrong with a package, and the text that shows it.
pub(super) type Flaw<'a> = (String, &'a str);

/// Reads a package, whose dependencies were taken out.
///
/// # Errors
///
/// Where a part of it can't be what its manager has there.
pub(super) fn read<'e>(entry: &'e CondaLockPackage, dependencies: Dependencies) -> Result<Package, Flaw<'e>> {
    let CondaLockPackage { name, version, manager, hash, .. } = entry;
    for (what, text) in [("name", name), ("version", version), ("URL", &entry.url)] {
        if text.is_empty() || has_blanks(text) {
            return Err((format!("its {what} is empty or holds blanks"), text));
        }
    }
    let package_name = LockedName::new(*manager, name).map_err(|reason| (reason, &**name))?;
    let package_version = LockedVersion::new(*manager, version).map_err(|reason| (reason, &**version))?;
    let md5 = hash.md5.as_deref().map(md5).transpose()?;
    let artifact = match manager {
        Manager::Conda => {
            let sha256 = hash.sha256.as_deref().map(sha256).transpose()?;
            if md5.is_none() && sha256.is_none() {
                return Err(("it has no hash".to_owned(), &entry.url));
            }
            Artifact::conda(url(&entry.url)?, md5, sha256).map_err(|reason| (reason, &*entry.url))?
        }
        Manager::Pip => {
            let hash = hash.sha256.as_deref().ok_or(("it has no SHA-256".to_owned(), &*entry.url))?;
            Artifact::pip(&entry.url, hash)?
        }
    };
    if dependencies.iter().any(|(name, constraint)| has_control(name) || has_control(constraint)) {
        return Err(("its dependencies hold control characters".to_owned(), name));
    }
    // YAML takes no key of more than 1024 characters unless it is marked as one.
    if dependencies.iter().any(|(name, constraint)| name.len() > WORD || constraint.len() > SPEC) {
        return Err(("its dependencies have a name or a constraint that is too long".to_owned(), name));
    }
    Ok(Package { name: package_name, version: package_version, dependencies, artifact, size: None })
}

/// A package as it stands in the file: of a repository, the hash is the commit.
pub(super) fn entry(package: &Package, platform: Subdir) -> CondaLockPackage<'static> {
    let sha256 = match &package.artifact {
        Artifact::Git { commit, .. } => Some(commit.clone()),
        Artifact::Conda { .. } | Artifact::Wheel { .. } | Artifact::Sdist { .. } => package.sha256(),
    };
    CondaLockPackage {
        name: package.name.to_string().into(),
        version: package.version.to_string().into(),
        manager: package.manager(),
        platform: platform.to_string().into(),
        dependencies: package.dependencies.clone(),
        url: package.address().into_owned().into(),
        hash: CondaLockHash { md5: package.md5().map(Text::from), sha256: sha256.map(Text::from) },
        category: main_category(),
        optional: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::{parse, testing::small_lock, to_yaml};

    #[test]
    fn what_can_not_be_what_it_stands_for_is_refused_with_its_line() {
        let mut lock = small_lock();
        let tzdata = lock.packages()[1].clone();
        lock.packages_mut().push(Package {
            name: LockedName::new(Manager::Pip, "six").unwrap(),
            version: LockedVersion::new(Manager::Pip, "1.0").unwrap(),
            artifact: Artifact::pip("https://host/six-1.0-py3-none-any.whl", &"cd".repeat(32)).unwrap(),
            ..tzdata
        });
        let text = to_yaml(&lock);
        let (archive, wheel) = ("zlib-1.3.1-hb9d3cd8_2.conda", "url: https://host/six-1.0-py3-none-any.whl");
        let sha256 = format!("sha256: {}", "cd".repeat(32));
        let (blank, url) = (" is empty or holds blanks", "its URL is empty or holds blanks");
        for (from, to, reason, is_shown) in [
            ("- name: six", "- name: \"s\\nRUN evil\"", &*format!("its name{blank}"), true),
            ("- name: six", "- name: s$ix", "its name can't be one of PyPI", true),
            ("- name: tzdata", "- name: tz$data", "its name can't be one of conda", true),
            ("version: '1.0'", "version: '1.0-$x'", "its version can't be one of PyPI", true),
            ("version: '2025b'", "version: $(b)", "its version can't be one of conda", true),
            (wheel, "url: \"https://host/a\\nRUN evil\"", url, false),
            (wheel, "url: \"https://host/a\\e[31m\"", url, false),
            (
                wheel,
                "url: https://host/a\\",
                "its URL is empty or holds blanks, control characters or backslashes",
                true,
            ),
            (wheel, "url: ../six.whl", "its URL can't be one: relative URL without a base", true),
            (&sha256, "sha256: \"ab\\nRUN evil\"", "its SHA-256 is not 64 lower-case hexadecimal digits", false),
            (archive, "lib.zip", "its URL is not the address of a .conda or .tar.bz2", true),
            (archive, &format!("{archive}#a"), "its URL is not the address of a .conda or .tar.bz2", true),
            ("libzlib: '1.3.1 hb9d3cd8_2'", "libzlib: \"\\e[31m\"", "its dependencies hold control characters", false),
            ("libzlib:", &format!("{}:", "a".repeat(256)), "its dependencies have a name", false),
        ] {
            let edited = text.replacen(from, to, 1);
            assert_ne!(edited, text, "{from}");
            let message = parse("conda-lock.yml", &edited).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
            let (place, _) = message.split_once(": ").unwrap();
            let number: usize = place.strip_prefix("conda-lock.yml:").unwrap().parse().unwrap();
            let lines: Vec<&str> = edited.lines().collect();
            let at = lines.iter().position(|line| line.contains(to)).unwrap();
            // What is written with escapes is shown by the line where its package begins.
            let start = lines[..=at].iter().rposition(|line| line.starts_with("- name:")).unwrap();
            assert_eq!(number - 1, if is_shown { at } else { start }, "{message}");
        }
        for (from, to, reason) in [
            (wheel, "url: git+https://host/six@v1", "its commit is not 40 lower-case hexadecimal digits"),
            (&sha256, "md5: 00112233445566778899aabbccddeeff", "it has no SHA-256"),
        ] {
            let message = parse("conda-lock.yml", &text.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(message.ends_with(reason), "{message}");
        }
    }
}
