//! Variables of an environment file whose values are secrets: they must reach nothing that is written or printed.

use super::without_secrets;
use crate::base::credentials::has_secret_name;

/// Whether the value of a variable is a secret: by the name of the variable, or since it is a URL with credentials.
///
/// ```
/// use envlock::environment::is_secret;
///
/// assert!(is_secret("API_TOKEN", "a") && is_secret("GITHUB_PAT", "a"));
/// assert!(is_secret("DATABASE_URL", "postgres://me:pw@host/db"));
/// assert!(!is_secret("DATABASE_URL", "postgres://host/db") && !is_secret("PUBLIC_KEY", "a"));
/// ```
#[must_use]
pub fn is_secret(name: &str, value: &str) -> bool {
    // The address of a proxy needs no scheme.
    let is_proxy = || name.to_ascii_lowercase().ends_with("_proxy") && value.contains('@');
    has_secret_name(name) || without_secrets(value) != value || is_proxy()
}

/// The text of an environment file with the values of its secret variables written as `*`, byte for byte.
pub(super) fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    // How far the line of a secret is indented whose value may go on.
    let mut secret: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let goes_on = secret.is_some_and(|above| line.trim().is_empty() || indent > above);
        let value = if goes_on { Some(indent) } else { secret_value(line) };
        if !goes_on {
            secret = value.map(|_| indent);
        }
        let (said, blank) = line.split_at(line.trim_end().len());
        let value = value.unwrap_or(said.len()).min(said.len());
        masked.extend([said.split_at(value).0, &"*".repeat(said.len() - value), blank]);
    }
    masked
}

/// Where the value of a secret variable begins in a line.
fn secret_value(line: &str) -> Option<usize> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let named = |(before, _): &(&str, &str)| {
        let before = before.trim_end_matches([' ', '"', '\'']);
        let name = before.rsplit(|c| !is_name(c)).next().unwrap_or_default();
        has_secret_name(name)
    };
    let (_, from_colon) = line.match_indices(':').map(|(colon, _)| line.split_at(colon)).find(named)?;
    Some(line.len() - from_colon.strip_prefix(':')?.trim_start().len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        for name in [
            "API_TOKEN",
            "GITHUB_PAT",
            "MYTOKEN",
            "PGPASSWORD",
            "CLIENTSECRET",
            "apiKey",
            "AWS_SECRET_ACCESS_KEY",
            "HF_TOKEN",
            "auth",
            "SSH_PASSPHRASE",
            "my.password",
            "pat",
            "PASSWORDS",
            "DBPASSWORD1",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "MYCREDENTIAL_FILE",
            "SECRETS",
            "SECRETKEY",
            "SSHPASSPHRASE",
            "MYAPIKEY",
        ] {
            assert!(is_secret(name, ""), "{name}");
        }
        for name in [
            "MONKEY",
            "PUBLIC_KEY",
            "KEYBOARD",
            "PATH",
            "PATTERN",
            "PYTHONPATH",
            "TOKENIZERS_PARALLELISM",
            "MAX_TOKENS",
            "PWD",
            "AUTHOR",
            "SECRETARY",
            "OMP_NUM_THREADS",
            "",
        ] {
            assert!(!is_secret(name, ""), "{name}");
        }
    }

    #[test]
    fn urls_with_credentials_are_secrets_whatever_they_are_called() {
        for value in
            ["postgres://me:pw@host/db", "see https://ghp_a@github.com/a/b", "redis://:pw@host:1", "https://h/t/ab/c"]
        {
            assert!(is_secret("DATABASE_URL", value) && is_secret("PUBLIC_KEY", value), "{value}");
        }
        for value in ["postgres://host/db", "ssh://git@host/a", "me@host", "a:b@c", "$HOME/a b", ""] {
            assert!(!is_secret("DATABASE_URL", value), "{value}");
        }
        assert!(is_secret("HTTPS_PROXY", "u:pw@host:3128") && !is_secret("HTTPS_PROXY", "host:3128"));
    }

    #[test]
    fn values_of_secrets_are_masked_in_place() {
        for (text, expected) in [
            ("  API_TOKEN: abc # x\r\n  A: 1\n", "  API_TOKEN: *******\r\n  A: 1\n"),
            ("variables: {A: 1, 'PGPASSWORD' : ä}", "variables: {A: 1, 'PGPASSWORD' : ***"),
            ("  - pip:\n  MONKEY: 1\n", "  - pip:\n  MONKEY: 1\n"),
            ("äMYTOKEN:\n", "äMYTOKEN:\n"),
            ("  A_PAT: >\n    ab\n\n     c\n  B: 1\n", "  A_PAT: *\n    **\n\n     *\n  B: 1\n"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_masked_in_place(text in "([a-zä:\"' \r\n]|TOKEN){0,30}") {
            let masked = masked(&text);
            prop_assert_eq!(masked.len(), text.len());
            prop_assert_eq!(masked.matches('\n').count(), text.matches('\n').count());
        }
    }
}
