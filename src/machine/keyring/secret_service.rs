//! The Secret Service of Linux desktops, such as GNOME Keyring, asked over the session's bus.
//!
//! Source of the calls: <https://specifications.freedesktop.org/secret-service/latest/>. Asked by hand, over a D-Bus in Rust: what
//! rattler uses brings libdbus along, which is C and starts programs, and opens a window where the keyring is locked. Here
//! nothing is started, no bus and no keyring, and no window is opened.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Mutex,
};

use rattler_networking::Authentication;
use tokio::runtime::Builder as RuntimeBuilder;
use zbus::{Connection, Message, OwnedObjectPath, OwnedVariant, Variant, connection::Builder, zvariant::DynamicType};

use super::{
    lock,
    store::{Store, Trouble, parsed},
};
use crate::machine::Surroundings;

const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
/// The attributes of what rattler stores: the service is always this one, and the name of the user is the host.
const OURS: (&str, &str) = ("service", "rattler");
const HOST: &str = "username";

/// A secret, as it goes over the bus: the session, what that needs to decode it, itself, and its media type.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// The Secret Service of a bus.
pub(super) struct SecretService {
    /// The address of the bus.
    bus: String,
    /// What is stored there by rattler, by host, once somebody has asked.
    items: Mutex<Option<BTreeMap<String, Item>>>,
}

#[derive(Clone)]
struct Item {
    path: OwnedObjectPath,
    is_locked: bool,
}

impl SecretService {
    /// That of the session, if it has a bus.
    pub(super) fn of(around: &Surroundings) -> Option<Self> {
        Some(Self { bus: bus(around)?, items: Mutex::default() })
    }

    /// What is stored under a name. The list is made by the first who asks.
    fn item(&self, key: &str) -> Result<Option<Item>, Trouble> {
        let mut items = lock(&self.items);
        let items = match &mut *items {
            Some(items) => items,
            none => none.insert(run(list(&self.bus))?),
        };
        Ok(items.get(key).cloned())
    }
}

impl Store for SecretService {
    fn get(&self, key: &str) -> Result<Option<Authentication>, Trouble> {
        let Some(item) = self.item(key)? else { return Ok(None) };
        let locked = || Trouble::Locked(key.to_owned());
        if item.is_locked {
            return Err(locked());
        }
        let (_, _, secret, _) = run(secret(&self.bus, &item.path))?.ok_or_else(locked)?;
        parsed(key, &secret).map(Some)
    }

    fn put(&self, key: &str, authentication: &Authentication) -> Result<(), Trouble> {
        let gone = || Trouble::Unreadable(format!("it has nothing for {key} any more"));
        let item = self.item(key)?.ok_or_else(gone)?;
        let secret = serde_json::to_vec(authentication).map_err(|error| Trouble::Unreadable(error.to_string()))?;
        run(replace(&self.bus, &item.path, secret))
    }
}

/// The address of the session's bus, if it is a socket of this machine; nothing else is connected to.
fn bus(around: &Surroundings) -> Option<String> {
    if let Some(said) = around.text("DBUS_SESSION_BUS_ADDRESS") {
        let is_socket = |it: &&str| it.starts_with("unix:path=") || it.starts_with("unix:abstract=");
        return said.split(';').find(is_socket).map(str::to_owned);
    }
    let socket = around.path("XDG_RUNTIME_DIR").map(|runtime: PathBuf| runtime.join("bus"))?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_/.\\*".contains(c);
    socket.to_str().filter(|it| it.chars().all(is_plain) && socket.exists()).map(|it| format!("unix:path={it}"))
}

/// Waits for what goes over the bus. Only for threads that aren't the runtime's.
fn run<T>(asking: impl Future<Output = zbus::Result<T>>) -> Result<T, Trouble> {
    let runtime = RuntimeBuilder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Trouble::Unreadable(error.to_string()))?;
    runtime.block_on(asking).map_err(|error| Trouble::Unreadable(error.to_string()))
}

async fn connect(bus: &str) -> zbus::Result<Connection> {
    Builder::address(bus).build().await
}

/// What rattler has stored; nothing where nobody listens, or no keyring runs.
async fn list(bus: &str) -> zbus::Result<BTreeMap<String, Item>> {
    let Ok(bus) = connect(bus).await else { return Ok(BTreeMap::new()) };
    let (at, of) = ("/org/freedesktop/DBus", "org.freedesktop.DBus");
    // A bus would start what it is asked for.
    let owner = bus.call_method(Some(of), at, Some(of), "NameHasOwner", &(SERVICE,)).await;
    if !owner.is_ok_and(|answer| answer.body().deserialize().unwrap_or_default()) {
        return Ok(BTreeMap::new());
    }
    let ours = HashMap::from([OURS]);
    let found = call(&bus, ROOT, "Secret.Service", "SearchItems", &(ours,)).await?;
    let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) = found.body().deserialize()?;
    let open = open.into_iter().map(|path| Item { path, is_locked: false });
    let locked = locked.into_iter().map(|path| Item { path, is_locked: true });
    let mut items = BTreeMap::new();
    for item in open.chain(locked) {
        let name = ("org.freedesktop.Secret.Item", "Attributes");
        let answer = call(&bus, &item.path, "DBus.Properties", "Get", &name).await?;
        let attributes = HashMap::<String, String>::try_from(answer.body().deserialize::<OwnedVariant>()?)?;
        if let Some(host) = attributes.get(HOST) {
            items.entry(host.clone()).or_insert(item);
        }
    }
    Ok(items)
}

/// The secret of an item; none where it was locked in the meantime.
async fn secret(bus: &str, item: &OwnedObjectPath) -> zbus::Result<Option<Secret>> {
    let bus = connect(bus).await?;
    let answer = call(&bus, ROOT, "Secret.Service", "GetSecrets", &(vec![item], session(&bus).await?)).await?;
    let mut secrets: HashMap<OwnedObjectPath, Secret> = answer.body().deserialize()?;
    Ok(secrets.remove(item))
}

/// Gives an item another secret.
async fn replace(bus: &str, item: &OwnedObjectPath, secret: Vec<u8>) -> zbus::Result<()> {
    let bus = connect(bus).await?;
    let secret: Secret = (session(&bus).await?, Vec::new(), secret, "text/plain".to_owned());
    call(&bus, item, "Secret.Item", "SetSecret", &(secret,)).await.map(|_| ())
}

/// A session in which secrets go over the bus as they are: it is a socket of this user's, and whoever listens there may ask
/// the keyring as well.
async fn session(bus: &Connection) -> zbus::Result<OwnedObjectPath> {
    let answer = call(bus, ROOT, "Secret.Service", "OpenSession", &("plain", Variant::from(""))).await?;
    let (_, session): (OwnedVariant, OwnedObjectPath) = answer.body().deserialize()?;
    Ok(session)
}

/// Calls a method of an interface, which is named without `org.freedesktop.`.
async fn call<B: serde::Serialize + DynamicType>(
    bus: &Connection,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> zbus::Result<Message> {
    let interface = format!("org.freedesktop.{interface}");
    bus.call_method(Some(SERVICE), path, Some(interface.as_str()), method, body).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bus_of(variables: &[(&str, &str)]) -> Option<String> {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        bus(&Surroundings { variables, ..Surroundings::default() })
    }

    #[test]
    fn a_bus_is_a_socket_that_is_there() {
        let address = |text: &str| bus_of(&[("DBUS_SESSION_BUS_ADDRESS", text), ("XDG_RUNTIME_DIR", "/")]);
        let path = "unix:path=/run/user/1000/bus,guid=0";
        assert_eq!(address(path).as_deref(), Some(path));
        assert_eq!(address(&format!("tcp:host=h,port=1;{path}")).as_deref(), Some(path));
        // These would start programs, or ask another machine.
        for other in ["autolaunch:", "unixexec:path=/bin/sh", "launchd:env=X", "tcp:host=h,port=1", "disabled:"] {
            assert_eq!(address(other), None);
        }
        assert_eq!(bus_of(&[]), None);
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().to_str().unwrap();
        assert_eq!(bus_of(&[("XDG_RUNTIME_DIR", directory)]), None);
        let socket = place.path().join("bus");
        std::fs::write(&socket, "").unwrap();
        let expected = format!("unix:path={}", socket.display());
        assert_eq!(bus_of(&[("XDG_RUNTIME_DIR", directory), ("DBUS_SESSION_BUS_ADDRESS", "")]), Some(expected));
    }
}
