//! A keyring of which the test knows what it was asked.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use super::*;
use crate::machine::keyring::store::Trouble;

/// A keyring with what it was given.
#[derive(Default)]
pub(crate) struct Fake {
    has: Mutex<BTreeMap<String, Result<Authentication, Trouble>>>,
    /// How long it takes.
    takes: Duration,
    /// The names that were asked for.
    asked: Mutex<Vec<String>>,
}

impl Fake {
    pub(crate) fn with(host: &str, has: Authentication) -> Arc<Self> {
        Arc::new(Self { has: Mutex::new([(host.to_owned(), Ok(has))].into()), ..Self::default() })
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Store for Fake {
    fn get(&self, key: &str) -> Result<Option<Authentication>, Trouble> {
        self.asked.lock().unwrap().push(key.to_owned());
        thread::sleep(self.takes);
        self.has.lock().unwrap().get(key).cloned().transpose()
    }

    fn put(&self, key: &str, authentication: &Authentication) -> Result<(), Trouble> {
        self.has.lock().unwrap().insert(key.to_owned(), Ok(authentication.clone()));
        Ok(())
    }
}

fn keyring(fake: &Arc<Fake>, limit: u64) -> Keyring {
    Keyring::new(Arc::clone(fake) as _, Duration::from_millis(limit))
}

/// What is said while it is asked for the credentials of a URL, and what it has.
async fn ask(keyring: &Keyring, url: &str) -> (Option<Authentication>, Vec<String>) {
    let said = Mutex::new(Vec::new());
    let has = keyring.of(&url.parse().unwrap(), &|text| said.lock().unwrap().push(text.to_owned())).await;
    (has, said.into_inner().unwrap())
}

fn token(text: &str) -> Authentication {
    Authentication::CondaToken(text.to_owned())
}

#[tokio::test]
async fn a_host_is_asked_for_once_with_the_domains_above_it() {
    let fake = Fake::with("*.example.org", token("t"));
    let keyring = keyring(&fake, 5000);
    // A clone knows it, too.
    let again = keyring.clone();
    let urls = ["https://a.example.org/x", "https://a.example.org/y"];
    let (one, two) = tokio::join!(ask(&keyring, urls[0]), ask(&again, urls[1]));
    assert_eq!([one.0, two.0], [Some(token("t")), Some(token("t"))]);
    assert_eq!(fake.asked(), ["a.example.org", "*.a.example.org", "*.example.org"]);
    for _ in 0..2 {
        assert_eq!(ask(&keyring, "https://host.test/").await, (None, Vec::new()));
    }
    assert_eq!(fake.asked()[3..], ["host.test", "*.host.test", "*.test"]);
    assert_eq!(again.taken(), ["credentials for *.example.org (keyring)"]);
}

#[tokio::test]
async fn a_keyring_that_takes_too_long_is_given_up() {
    let fake = Arc::new(Fake { takes: Duration::from_mins(5), ..Fake::default() });
    let keyring = keyring(&fake, 1500);
    let begun = Instant::now();
    let (has, said) = ask(&keyring, "https://one.test/").await;
    assert_eq!(has, None);
    let expected = [
        "waiting for the keyring, which may have credentials for https://one.test",
        "the keyring didn't answer for 1s and isn't asked any more; ENVLOCK_NO_KEYRING=1 leaves it alone",
    ];
    assert!(said.len() == 2 && said[0].starts_with(expected[0]) && said[1] == expected[1], "{said:?}");
    assert_eq!(ask(&keyring, "https://two.test/").await, (None, Vec::new()));
    assert_eq!(fake.asked(), ["one.test"]);
    assert!((1.5..10.0).contains(&begun.elapsed().as_secs_f64()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_is_locked_is_told_once_where_it_is_wanted() {
    let fake = Fake::with("locked.test", token("t"));
    fake.has.lock().unwrap().insert("locked.test".to_owned(), Err(Trouble::Locked("locked.test".to_owned())));
    let keyring = keyring(&fake, 5000);
    let expected = "the keyring has credentials for locked.test, but it is locked: unlock it, and try again";
    assert_eq!(ask(&keyring, "https://locked.test/a").await, (None, vec![expected.to_owned()]));
    for url in ["https://locked.test/b", "https://other.test/"] {
        assert_eq!(ask(&keyring, url).await, (None, Vec::new()));
    }
    assert_eq!(keyring.taken(), [""; 0]);
}

#[tokio::test]
async fn a_token_that_is_renewed_takes_the_place_of_the_old_one() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let renewed = r#"{"access_token": "new", "refresh_token": "next", "expires_in": 3600, "token_type": "Bearer"}"#;
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_raw(renewed, "application/json");
    Mock::given(method("POST")).respond_with(answer).expect(1).mount(&server).await;
    let old = Authentication::OAuth {
        audience: None,
        access_token: "old".to_owned(),
        refresh_token: Some("once".to_owned()),
        expires_at: Some(1),
        token_endpoint: server.uri(),
        revocation_endpoint: None,
        client_id: "rattler".to_owned(),
    };
    let fake = Fake::with("host.test", old);
    let keyring = keyring(&fake, 5000);
    for _ in 0..2 {
        let (has, _) = ask(&keyring, "https://host.test/").await;
        let Some(Authentication::OAuth { access_token, refresh_token, .. }) = has else { panic!("{has:?}") };
        assert_eq!((access_token.as_str(), refresh_token.as_deref()), ("new", Some("next")));
    }
    let stored = fake.has.lock().unwrap().get("host.test").cloned();
    assert!(matches!(stored, Some(Ok(Authentication::OAuth { access_token, .. })) if access_token == "new"));
}
