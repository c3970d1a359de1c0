//! What uv 0.13.9 says, to the letter but for the paths, and what is read in it.

use super::*;

const CONTRADICTION: &str = "\
error: No solution found when resolving dependencies
  cause: Because tensorboard==2.13.0 depends on tensorboard-data-server>=0.7.0,<0.8.0 and you require tensorboard==2.13.0, \
we can conclude that you require tensorboard-data-server>=0.7.0,<0.8.0.
         And because you require tensorboard-data-server==0.6.1, we can conclude that your requirements are unsatisfiable.
";
const NO_VERSION: &str = "\
error: No solution found when resolving dependencies
  cause: Because there is no version of six==99 and you require six==99, we can conclude that your requirements are \
unsatisfiable.
";
const NO_NAME: &str = "\
error: No solution found when resolving dependencies
  cause: Because this-name-is-on-no-index-at-all was not found in the package registry and you require \
this-name-is-on-no-index-at-all==1, we can conclude that your requirements are unsatisfiable.
";
const ONLY_SOURCE: &str = "\
error: No solution found when resolving dependencies
  cause: Because sklearn==0.0 has no usable wheels and you require sklearn==0.0, we can conclude that your requirements are \
unsatisfiable.

hint: Wheels are required for `sklearn` because building from source is disabled for all packages (i.e., with `--no-build`)
";
const SOURCE_OF_GIT: &str = "\
   Updating https://host/demo.git (HEAD)
    Updated https://host/demo.git (b4a9a2e2dac9e4900ffdd87a22c2e1fcc2b3fda9)
error: Failed to download and build `demo @ git+https://host/demo.git`
  cause: Building source distributions for `demo` is disabled
";
const NO_SUCH_FILE: &str = "\
error: Failed to download `x @ https://host/x-1.0-py3-none-any.whl`
  cause: Failed to fetch: https://host/x-1.0-py3-none-any.whl
  cause: HTTP status client error (404 Not Found) for url (https://host/x-1.0-py3-none-any.whl)
";
const NO_SUCH_BRANCH: &str = "\
   Updating https://host/demo.git (nosuch)
error: Failed to download and build `demo @ git+https://host/demo.git@nosuch`
  cause: Git operation failed
  cause: failed to clone into: /cache/git-v2/db/72275f5ece9be85a
  cause: failed to fetch branch or tag `nosuch`
  cause: process didn't exit successfully: `/usr/bin/git fetch --force --update-head-ok 'https://host/demo.git' \
'+refs/tags/nosuch:refs/remotes/origin/tags/nosuch'` (exit status: 128)
         --- stderr
         fatal: couldn't find remote ref refs/tags/nosuch
";
const NO_SUCH_COMMIT: &str = "\
error: Failed to download and build `demo @ git+https://host/demo.git@0123456789012345678901234567890123456789`
  cause: Git operation failed
  cause: failed to fetch into: /cache/git-v2/db/72275f5ece9be85a
  cause: failed to fetch commit `0123456789012345678901234567890123456789`
         --- stderr
         fatal: remote error: upload-pack: not our ref 0123456789012345678901234567890123456789
";
const NO_HOST: &str = "\
   Updating https://github.com/openai/CLIP.git (main)
error: Failed to download and build `clip @ git+https://github.com/openai/CLIP.git@main`
  cause: Git operation failed
  cause: failed to clone into: /cache/git-v2/db/f27064681d02c101
  cause: failed to fetch branch or tag `main`
  cause: process didn't exit successfully: `/usr/bin/git fetch --force --update-head-ok \
'https://github.com/openai/CLIP.git' '+refs/tags/main:refs/remotes/origin/tags/main'` (exit status: 128)
         --- stderr
         fatal: unable to access 'https://github.com/openai/CLIP.git/': Could not resolve host: github.com
";
const NO_INDEX: &str = "\
error: PipRequest failed after 3 retries in 7.3s
  cause: Failed to fetch: http://127.0.0.1:9/simple/six/
  cause: error sending request for url (http://127.0.0.1:9/simple/six/)
  cause: client error (Connect)
  cause: tcp connect error
  cause: Connection refused (os error 111)
";

/// On an index without upload times, with a date, and with one that is yet to come for the package itself.
const NO_TIMES: [&str; 2] = [
    "\
error: No solution found when resolving dependencies
  cause: Because there are no versions of app and app==1.1 has no publish time, we can conclude that all versions of app \
cannot be used.
         And because you require app, we can conclude that your requirements are unsatisfiable.
",
    "\
error: No solution found when resolving dependencies
  cause: Because there is no version of app==2.0 and you require app==2.0, we can conclude that your requirements are \
unsatisfiable.

hint: `app` was filtered by `exclude-newer-package` to only include packages uploaded before 2999-12-31T00:00:00Z. \
Consider removing the setting or updating it to a later date.
",
];

#[test]
fn an_index_without_times_is_known() {
    assert!(NO_TIMES.into_iter().all(has_no_times));
    assert!(![CONTRADICTION, NO_VERSION, NO_NAME, ONLY_SOURCE].into_iter().any(has_no_times));
}

#[test]
fn what_the_date_hides_is_read_from_the_hints() {
    let told = "\
error: No solution found when resolving dependencies
  cause: Because only click<=6.7 is available and black==24.1.0 depends on click>=8.0.0, we can conclude that black==24.1.0 \
cannot be used.
         And because you require black==24.1.0, we can conclude that your requirements are unsatisfiable.

hint: `click` was filtered by `exclude-newer` to only include packages uploaded before 2018-01-02T00:00:00Z. The latest \
version satisfying the requirement is v8.5.1, published at 2026-11-06T17:36:59Z. Consider using `exclude-newer-package` to \
override the cutoff for this package.
";
    assert_eq!(too_new(told).iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["click"]);
    assert!(NO_TIMES.into_iter().chain([CONTRADICTION, NO_VERSION]).all(|told| too_new(told).is_empty()));
}

#[test]
fn what_is_only_there_from_source_is_read_from_the_refusal() {
    assert!(matches!(refused(ONLY_SOURCE), Refused::OnlyFromSource { names, .. } if names == ["sklearn"]));
    assert!(matches!(refused(SOURCE_OF_GIT), Refused::OnlyFromSource { names, .. } if names == ["demo"]));
    let told = "error: Building source distributions is disabled\n";
    assert!(matches!(refused(told), Refused::OnlyFromSource { names, .. } if names.is_empty()));
}

#[test]
fn a_contradiction_is_told_from_a_failure() {
    for told in [CONTRADICTION, NO_VERSION, NO_NAME] {
        assert!(matches!(refused(told), Refused::Unsolvable(text) if text.starts_with("No solution found")), "{told}");
    }
    for told in [NO_SUCH_FILE, NO_SUCH_BRANCH, NO_SUCH_COMMIT, NO_HOST, NO_INDEX] {
        assert!(matches!(refused(told), Refused::Failed(_)), "{told}");
    }
}

#[test]
fn what_a_server_has_not_is_told_from_a_server_that_can_not_be_reached() {
    assert_eq!(not_there(NO_SUCH_FILE).unwrap(), "its server has no such file");
    for told in [NO_SUCH_BRANCH, NO_SUCH_COMMIT] {
        assert_eq!(not_there(told).unwrap(), "its repository has no such branch, tag or commit", "{told}");
    }
    for told in [NO_HOST, NO_INDEX] {
        assert_eq!(not_there(told), None, "{told}");
    }
}

#[test]
fn the_version_is_read() {
    for (said, expected) in [
        ("uv 0.7.0", Some("0.7.0")),
        ("uv 0.8.4 (e176e17144 2025-07-30)\n", Some("0.8.4")),
        ("uv 0.13.9 (x86_64-unknown-linux-gnu)\n", Some("0.13.9")),
        ("pip 24.0 from /usr/lib", None),
        ("", None),
    ] {
        assert_eq!(version(said).map(|version| version.to_string()).as_deref(), expected, "{said}");
    }
    assert!(
        Version::new(OLDEST) > version("uv 0.7.0").unwrap() && Version::new(OLDEST) <= version("uv 0.13.9").unwrap()
    );
}
