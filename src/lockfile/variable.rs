//! The variables of an environment file, as a lock keeps them.

use serde::{Deserialize, Serialize};

use super::sha256_hex;
use crate::environment::is_secret;

/// How many digits of a hash are kept: enough to tell that a secret has changed, and too few to find a long one out.
const DIGITS: usize = 8;

/// The value of a variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Variable {
    /// What everybody may read.
    Plain(String),
    /// A secret, of which nothing is kept but what tells whether it has changed.
    Secret {
        /// The beginning of the SHA-256 of the name, a NUL and the value.
        sha256: String,
    },
}

impl Variable {
    /// The variable of this name and value.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        if !is_secret(name, value) {
            return Self::Plain(value.to_owned());
        }
        // With the name in it, two variables of one value can't be told to have it.
        let mut sha256 = sha256_hex(format!("{name}\0{value}"));
        sha256.truncate(DIGITS);
        Self::Secret { sha256 }
    }

    /// The variable as this version keeps it: locks of earlier ones hold the values of secrets.
    pub(super) fn cleaned(self, name: &str) -> Self {
        match self {
            Self::Plain(value) => Self::new(name, &value),
            secret @ Self::Secret { .. } => secret,
        }
    }

    /// Whether it is a secret.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Secret { .. })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        check::{Given, input_changes, lock_flaws},
        dockerfile,
        environment::parse_environment,
        intent::understand,
        lockfile::{Input, Lockfile, parse, testing::lock_of_input, to_yaml},
    };

    /// All that the image is built from.
    fn rendered(lock: &Lockfile) -> String {
        dockerfile::files(lock, "", None).unwrap().into_iter().map(|file| file.text).collect()
    }

    #[test]
    fn a_secret_is_told_from_another_and_from_that_of_another_name() {
        // `printf 'API_TOKEN\0abc' | sha256sum`
        assert_eq!(Variable::new("API_TOKEN", "abc"), Variable::Secret { sha256: "a69d1df6".to_owned() });
        assert_ne!(Variable::new("API_TOKEN", "abc"), Variable::new("API_TOKEN", "abd"));
        assert_ne!(Variable::new("A_TOKEN", "abc"), Variable::new("B_TOKEN", "abc"));
        assert_eq!(Variable::new("A", "abc"), Variable::Plain("abc".to_owned()));
    }

    #[test]
    fn a_lock_of_an_earlier_version_is_read_and_its_secrets_are_named() {
        let input =
            Input { variables: crate::lockfile::variables([("A", "1"), ("API_TOKEN", "abc")]), ..Input::default() };
        let mut lock = lock_of_input(&input);
        assert_eq!(lock.bare_secrets(), Vec::<String>::new());
        let earlier = "variable {\"A\":\"1\"}\nvariable {\"API_TOKEN\":\"abc\"}\n";
        lock.provenance.as_mut().unwrap().input = Input::parse(earlier).unwrap();
        lock.seal();
        let lock = parse("conda-lock.yml", &to_yaml(&lock)).unwrap();
        assert_eq!(lock.input().unwrap(), input);
        assert_eq!(lock.bare_secrets(), ["API_TOKEN"]);
        assert!(!rendered(&lock).contains("abc"));
    }

    /// A name and a value that are a secret's, and a part of the value that stands nowhere else.
    fn secret() -> impl Strategy<Value = (String, String, String)> {
        let named = ("(A|MY|_x|é)?(TOKEN|PASSWORD|SECRET|_PAT|_KEY)", any::<String>(), any::<String>());
        let url = ("[A-Z]{1,5}", "\\PC{0,5}[a-z]{2,6}://[a-z]{0,4}:?", "@host\\PC{0,5}");
        (prop_oneof![named.prop_map(|it| it), url.prop_map(|it| it)], "[0-9]{9}x[0-9]{9}")
            .prop_map(|((name, before, after), core)| (name, format!("{before}{core}{after}"), core))
    }

    proptest! {
        #[test]
        fn a_secret_stands_in_nothing_that_is_written_or_told((name, value, core) in secret(), other in any::<String>()) {
            let lock = |value: &str| {
                // JSON is YAML.
                let text = serde_json::json!({"dependencies": ["zlib"], "variables": {&name: value}}).to_string();
                let environment = parse_environment("environment.yml", text.as_bytes()).ok()?;
                let intent = understand(&environment);
                let lock = lock_of_input(&Input::new(&environment, &intent, &["conda-forge".to_owned()]));
                Some((environment, intent, lock))
            };
            let (Some((environment, intent, lock)), Some((.., changed))) = (lock(&value), lock(&other)) else { return Ok(()) };
            prop_assert!(lock.input().unwrap().variables[&name].is_secret());
            let yaml = to_yaml(&lock);
            let given = Given { environment: &environment, intent: &intent, channels: None };
            let findings = input_changes(&given, &changed).unwrap();
            prop_assert_eq!(findings.len(), usize::from(value != other));
            let flaws = lock_flaws("conda-lock.yml", &lock, &yaml).unwrap();
            let rendered = rendered(&lock);
            for text in [&yaml, &rendered, &format!("{findings:?} {flaws:?}")] {
                prop_assert!(!text.contains(&core), "{}", text);
            }
            prop_assert_eq!(parse("conda-lock.yml", &yaml).unwrap(), lock);
        }
    }
}
