//! `~/.mamba/auth/authentication.json`, which `micromamba auth login` writes.
//!
//! Source of the format: `libmamba/src/api/configuration.cpp` and `core/context.cpp` of <https://github.com/mamba-org/mamba>.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rattler_networking::Authentication;
use serde::Deserialize;

use super::{Account, Machine, Surroundings};

/// An entry of the file.
#[derive(Deserialize)]
#[serde(tag = "type")]
enum Entry {
    CondaToken {
        token: String,
    },
    BearerToken {
        token: String,
    },
    BasicHTTPAuthentication {
        user: String,
        password: String,
    },
    #[serde(other)]
    Other,
}

/// Takes what the file has.
pub(super) fn read(around: &Surroundings, machine: &mut Machine) {
    let Some(path) = around.home(".mamba/auth/authentication.json") else { return };
    let Some(text) = around.read(&path, machine) else { return };
    let shown = around.shown(&path);
    let entries: BTreeMap<String, Entry> = match serde_json::from_str(&text) {
        Ok(entries) => entries,
        Err(error) => {
            // What the parser says may repeat a value.
            let line = error.line();
            machine.notes.push(format!("{shown}:{line} is passed over: it isn't what `micromamba auth login` writes"));
            return;
        }
    };
    let mut accounts: Vec<Account> = entries
        .into_iter()
        .filter_map(|(place, entry)| Some(Account::new(strip_scheme(&place), entry.authentication()?)))
        .collect();
    accounts.sort_by_key(|account| std::cmp::Reverse(account.length()));
    if !accounts.is_empty() {
        machine.take("credentials", &shown);
        machine.accounts.extend(accounts);
    }
}

fn strip_scheme(place: &str) -> &str {
    place.split_once("://").map_or(place, |(_, rest)| rest)
}

impl Entry {
    fn authentication(self) -> Option<Authentication> {
        Some(match self {
            Self::CondaToken { token } => Authentication::CondaToken(token),
            Self::BearerToken { token } => Authentication::BearerToken(token),
            Self::BasicHTTPAuthentication { user, password } => {
                let decoded = BASE64_STANDARD.decode(password.trim()).ok().and_then(|it| String::from_utf8(it).ok());
                Authentication::BasicHTTP { username: user, password: decoded? }
            }
            Self::Other => return None,
        })
    }
}
