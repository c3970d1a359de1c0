//! `.netrc`: a login and a password for each host.
//!
//! Source of the format: <https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html>. Read by hand,
//! since the crate for it refuses comments and puts passwords into its errors.

use rattler_networking::Authentication;

use super::{Account, Machine, Surroundings};

/// Takes what the file has that `NETRC` names, or else that of the user.
pub(super) fn read(around: &Surroundings, is_said_only: bool, machine: &mut Machine) {
    let said = around.path("NETRC");
    let usual = || around.home(if cfg!(windows) { "_netrc" } else { ".netrc" }).filter(|_| !is_said_only);
    let Some(path) = said.clone().or_else(usual) else { return };
    let shown = around.shown(&path);
    let Some(text) = around.read(&path, machine) else {
        if said.is_some() && !path.exists() {
            machine.notes.push(format!("there is no {shown}, which NETRC names"));
        }
        return;
    };
    let (accounts, odd) = parse(&text);
    if let Some(line) = odd {
        machine.notes.push(format!("{shown}:{line} makes no sense, and the rest of the file is passed over"));
    }
    if !accounts.is_empty() {
        machine.take("credentials", &shown);
        machine.accounts.extend(accounts);
    }
}

/// The accounts, and the line from which on nothing makes sense. `default` is for hosts that nobody has named, and isn't
/// followed.
fn parse(text: &str) -> (Vec<Account>, Option<usize>) {
    let mut accounts = Vec::new();
    let (mut host, mut login, mut password) = (None, String::new(), String::new());
    let mut finish = |host: Option<String>, login: &mut String, password: &mut String| {
        let (username, password) = (std::mem::take(login), std::mem::take(password));
        if let Some(host) = host {
            accounts.push(Account::new(&host, Authentication::BasicHTTP { username, password }));
        }
    };
    let mut words = words(text).into_iter().peekable();
    let mut odd = None;
    while let Some((line, word)) = words.next() {
        let value = |words: &mut dyn Iterator<Item = (usize, String)>| words.next().map(|(_, value)| value);
        let is_read = match word.as_str() {
            "machine" => {
                finish(host.take(), &mut login, &mut password);
                host = value(&mut words);
                host.is_some()
            }
            "default" => {
                finish(host.take(), &mut login, &mut password);
                true
            }
            "login" | "user" => value(&mut words).map(|it| login = it).is_some(),
            "password" => value(&mut words).map(|it| password = it).is_some(),
            "account" => value(&mut words).is_some(),
            _ => false,
        };
        if !is_read {
            odd = Some(line);
            break;
        }
    }
    finish(host, &mut login, &mut password);
    (accounts, odd)
}

/// The words with their lines. A word in quotes may hold blanks; a line that begins with `#` is a comment, and `macdef`
/// lasts until the next empty line.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let line = line.trim_start();
        if line.starts_with('#') {
            continue;
        }
        if line.starts_with("macdef") {
            lines.by_ref().find(|(_, line)| line.trim().is_empty());
            continue;
        }
        let mut rest = line;
        while !rest.is_empty() {
            let (word, after) = rest.strip_prefix('"').and_then(quoted).unwrap_or_else(|| {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                (word.to_owned(), after)
            });
            words.push((number, word));
            rest = after.trim_start();
        }
    }
    words
}

/// The word up to the closing quote, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((word, text.split_at(at + 1).1)),
            '\\' => word.push(characters.next()?.1),
            c => word.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account(host: &str, username: &str, password: &str) -> Account {
        let (username, password) = (username.to_owned(), password.to_owned());
        Account::new(host, Authentication::BasicHTTP { username, password })
    }

    #[test]
    fn hosts_are_read_in_any_layout() {
        let text = "# mine\nmachine a login me password p#1\n\nmachine b\n  login you\n  account x\n  password \"a \\\"b\"\n\
                    macdef init\n machine no\n quit\n\ndefault login anonymous password guest\nmachine c password q";
        let (accounts, odd) = parse(text);
        assert_eq!(accounts, [account("a", "me", "p#1"), account("b", "you", "a \"b"), account("c", "", "q")]);
        assert_eq!(odd, None);
    }

    #[test]
    fn what_stands_before_nonsense_counts() {
        let (accounts, odd) = parse("machine a login me password p\nmachin b login s3cr3t\n");
        assert_eq!((accounts, odd), (vec![account("a", "me", "p")], Some(2)));
        assert_eq!(parse("machine").1, Some(1));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in r#"(machine|login|password|default|macdef|"|\\|#|é| |\n){0,30}"#) {
            parse(&text);
        }
    }
}
