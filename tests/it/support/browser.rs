//! A browser, driven by the `DevTools` protocol over two pipes: <https://chromedevtools.github.io/devtools-protocol/>.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::tool;

/// How long the browser may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser with one page open. It ends when it is dropped.
pub struct Browser {
    child: Child,
    commands: File,
    answers: Receiver<Value>,
    session: Option<String>,
    sent: u64,
    /// What it told besides answers.
    pub events: Vec<Value>,
    _home: TempDir,
}

impl Browser {
    /// Starts Chromium without a window; `None` where there is none.
    pub fn start() -> Option<Self> {
        let program = tool("chromium")?;
        let home = tempfile::tempdir().unwrap();
        let [commands, answers] = ["commands", "answers"].map(|name| home.path().join(name));
        assert!(Command::new("mkfifo").args([&commands, &answers]).status().unwrap().success());
        // It reads what is written to file 3 and answers on file 4. Root has no sandbox.
        let line = "exec \"$0\" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
                    --remote-debugging-pipe --user-data-dir=\"$1\" about:blank 3<\"$2\" 4>\"$3\"";
        let child = Command::new("sh")
            .args(["-c", line])
            .args([&program, home.path(), &commands, &answers])
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let commands = OpenOptions::new().write(true).open(commands).unwrap();
        let mut reader = BufReader::new(File::open(answers).unwrap());
        let (tell, heard) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while reader.read_until(0, &mut message).is_ok_and(|length| length > 0) {
                let text = message.strip_suffix(b"\0").unwrap_or(&message);
                if tell.send(serde_json::from_slice(text).unwrap()).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser =
            Self { child, commands, answers: heard, session: None, sent: 0, events: Vec::new(), _home: home };
        let page = browser.command("Target.createTarget", &json!({ "url": "about:blank" }));
        let target = json!({ "targetId": page["targetId"], "flatten": true });
        let session = browser.command("Target.attachToTarget", &target);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.command(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// Gives a command, and waits for its answer.
    pub fn command(&mut self, method: &str, parameters: &Value) -> Value {
        self.sent += 1;
        let mut message = json!({ "id": self.sent, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.commands.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let heard = self.next(method);
            if heard["id"] == self.sent {
                assert!(heard["error"].is_null(), "{method}: {heard}");
                return heard["result"].clone();
            }
            self.events.push(heard);
        }
    }

    fn next(&self, what: &str) -> Value {
        self.answers.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("chromium doesn't answer: {what}"))
    }

    /// Opens a file, and waits until it is there.
    pub fn open(&mut self, file: &Path) {
        self.events.clear();
        self.command("Page.navigate", &json!({ "url": format!("file://{}", file.display()) }));
        let is_loaded = |it: &Value| it["method"] == "Page.loadEventFired";
        while !self.events.iter().any(is_loaded) {
            let heard = self.next("load");
            self.events.push(heard);
        }
    }

    /// The value of an expression of the page.
    pub fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.command("Runtime.evaluate", &parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Clicks in the middle of an element, as somebody does with a mouse.
    pub fn click(&mut self, selector: &str) {
        let place = self.value(&format!(
            "(() => {{ const it = document.querySelector({selector:?}); \
             it.scrollIntoView({{ block: 'center', inline: 'center', behavior: 'instant' }}); \
             const box = it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.command("Input.dispatchMouseEvent", &event);
        }
    }

    /// Presses a key.
    pub fn press(&mut self, key: &str, text: Option<&str>) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "code": key });
            if let (Some(text), "keyDown") = (text, kind) {
                event["text"] = json!(text);
            }
            if key == "Enter" {
                event["windowsVirtualKeyCode"] = json!(13);
            }
            self.command("Input.dispatchKeyEvent", &event);
        }
    }

    /// What it complained of, and the addresses that it asked for.
    pub fn complaints_and_requests(&self) -> (Vec<&Value>, Vec<&str>) {
        let of = |methods: &'static [&str]| {
            self.events.iter().filter(move |it| methods.iter().any(|method| it["method"] == *method))
        };
        let complaints = of(&["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"]).collect();
        let requests = of(&["Network.requestWillBeSent"]).filter_map(|it| it["params"]["request"]["url"].as_str());
        (complaints, requests.collect())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
