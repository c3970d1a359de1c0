//! Variables of an environment file whose values are secrets: they must reach nothing that is written or printed.

use super::raw::key;
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

/// The text of a file with the values of its secret variables written as `*`, byte for byte. It may be one that nobody can
/// read: rather too much of it is masked than too little.
pub(super) fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let (mut is_of_variables, mut secret) = (false, None::<Secret>);
    for line in text.split_inclusive('\n') {
        let (said, blank) = line.split_at(line.trim_end().len());
        let indent = said.len() - said.trim_start_matches(' ').len();
        is_of_variables = said.contains("variables") || is_of_variables && (indent > 0 || key(said).is_none());
        secret = secret.and_then(|it| it.going_on(said, indent));
        let mut from = Some(indent);
        if secret.is_none() {
            from = secret_value(said, is_of_variables);
            let of_key = from.filter(|_| !said.trim_start().starts_with('#'));
            secret = of_key.map(|from| Secret::new(indent, said.split_at(from)));
        }
        let (shown, hidden) = said.split_at(from.unwrap_or(said.len()));
        masked.extend([shown, &"*".repeat(hidden.len()), blank]);
    }
    masked
}

/// A secret whose value may go on in the next line.
struct Secret {
    /// How far its line is indented.
    indent: usize,
    /// Whether its value only begins in the next line.
    is_bare: bool,
    /// Whether the next line may have some of it although it isn't indented further.
    may_dedent: bool,
    /// The quote that its value has opened.
    quote: Option<char>,
}

impl Secret {
    fn new(indent: usize, (name, value): (&str, &str)) -> Self {
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        // A tag, an anchor or a comment is no value.
        let is_bare = name.trim_end().ends_with(':') && (value.is_empty() || value.starts_with(['!', '&', '#']));
        Self {
            indent,
            is_bare,
            may_dedent: is_bare || value.starts_with(['|', '>']),
            quote: quote.filter(|quote| value.matches(*quote).count() == 1),
        }
    }

    /// The secret, if the line is one of its value.
    fn going_on(self, line: &str, indent: usize) -> Option<Self> {
        if let Some(quote) = self.quote {
            let quote = Some(quote).filter(|quote| !line.contains(*quote));
            return Some(Self { quote, ..self });
        }
        let text = line.trim_start();
        let is_item = text == "-" || text.starts_with("- ");
        let is_other = text.starts_with('#') || key(text).is_some() || is_item && !self.is_bare;
        (text.is_empty() || indent > self.indent || self.may_dedent && !is_other).then_some(self)
    }
}

/// Where the value of a secret variable begins in a line. Among variables, it is whatever follows its name; elsewhere
/// there are packages, whose names may have such words in them.
fn secret_value(line: &str, is_of_variables: bool) -> Option<usize> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut end = 0;
    line.split_inclusive(|c| !is_name(c)).find_map(|word| {
        let name = word.trim_end_matches(|c| !is_name(c));
        let start = end;
        end += word.len();
        let rest = line.get(start + name.len()..).filter(|_| has_secret_name(name))?;
        let sign = rest.trim_start_matches([' ', '"', '\'']);
        let is_variable = is_of_variables || !name.contains(|c: char| c.is_ascii_lowercase());
        let assigned = sign.strip_prefix(':').or_else(|| sign.strip_prefix('=').filter(|_| is_variable));
        let value = assigned.or(Some(rest).filter(|_| is_of_variables))?;
        Some(line.len() - value.trim_start().len())
    })
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
            ("  - API_TOKEN=ab\n  - B=1\n", "  - API_TOKEN=**\n  - B=1\n"),
            ("variables: api_token=ab\n", "variables: api_token=**\n"),
            ("  API_TOKEN = ab\n  B = 1\n", "  API_TOKEN = **\n  B = 1\n"),
            ("variables:\n  - {name: pat, value: a}\n", "variables:\n  - {name: pat***********\n"),
            ("variables:\n  - name: PAT\n    value: a\n  - b\n", "variables:\n  - name: PAT\n    ********\n  - b\n"),
            ("  A_PAT:\n  - ab\n  - c\n  B: 1\n", "  A_PAT:\n  ****\n  ***\n  B: 1\n"),
            ("  A_PAT: |\nab\n-----c\nname: b\n", "  A_PAT: *\n**\n******\nname: b\n"),
            ("  A_PAT: \"a\n  b: c\"\n  B: 1\n", "  A_PAT: **\n  *****\n  B: 1\n"),
            ("dependencies:\n- google-auth=2\n- b\n", "dependencies:\n- google-auth=2\n- b\n"),
            ("variables:\n  A: 1\nname: my-key\n  b\n", "variables:\n  A: 1\nname: my-key\n  b\n"),
            ("# TOKEN: a\nhttps://b\n", "# TOKEN: *\nhttps://b\n"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_masked_in_place(text in "([a-zä:=\"' \r\n-]|TOKEN|variables){0,30}") {
            let masked = masked(&text);
            prop_assert_eq!(masked.len(), text.len());
            prop_assert_eq!(masked.matches('\n').count(), text.matches('\n').count());
        }
    }
}
