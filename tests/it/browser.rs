//! `report.html` in a real browser, used with keys as a person does.
//!
//! The browser is driven over its DevTools protocol: JSON over a WebSocket. Without a browser the
//! test says that it was skipped; with `CGAN_TEST_BROWSER` set, as in CI, its absence is a failure.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cgan_sweep::report;
use cgan_sweep::run::OutcomeKind;
use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

use crate::report::HOSTILE;
use crate::synthetic::Synthetic;

/// Set where a missing browser is a failure.
const WANTED: &str = "CGAN_TEST_BROWSER";

/// A page in a headless browser of its own; gone when dropped.
struct Browser {
    process: Child,
    socket: WebSocket<TcpStream>,
    session: Value,
    calls: u64,
    /// What the browser said besides answers, as it came.
    events: Vec<(String, Value)>,
    /// Its profile and all else it writes.
    _home: TempDir,
}

impl Browser {
    /// An empty page of this size in CSS pixels, as on a phone; `None` without a browser.
    fn open(width: u32, height: u32) -> Option<Self> {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let name = names.into_iter().find(|name| {
            let version = Command::new(name).arg("--version").output();
            version.is_ok_and(|o| o.status.success())
        })?;
        let home = tempfile::tempdir().unwrap();
        let mut process = Command::new(name)
            // Root may not use the sandbox; the page is our own.
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking"])
            .args(["--remote-debugging-port=0", "about:blank"])
            .arg(format!("--user-data-dir={}", home.path().join("profile").display()))
            .envs(["HOME", "TMPDIR"].map(|key| (key, home.path())))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let said = |line: &String| line.contains("DevTools listening on ");
        let line = lines.find_map(|line| line.ok().filter(said)).expect("an address");
        let url = line.split_once("ws://").expect("a WebSocket").1.trim();
        let (host, path) = url.split_once('/').expect("a path");
        // What it goes on to say is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        let stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let (socket, _) = tungstenite::client(format!("ws://{host}/{path}"), stream).unwrap();
        let mut browser = Self {
            process,
            socket,
            session: Value::Null,
            calls: 0,
            events: Vec::new(),
            _home: home,
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        browser.session = browser.call("Target.attachToTarget", attach)["sessionId"].clone();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": true});
        browser.call("Emulation.setDeviceMetricsOverride", metrics);
        Some(browser)
    }

    /// The answer to one call.
    fn call(&mut self, method: &str, params: Value) -> Value {
        self.calls += 1;
        let mut call = json!({"id": self.calls, "method": method, "params": params});
        if self.session.is_string() {
            call["sessionId"] = self.session.clone();
        }
        self.socket.send(Message::text(call.to_string())).unwrap();
        loop {
            let message = self.hear();
            if message["id"] == self.calls {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    /// The next message; those that answer nothing are kept.
    fn hear(&mut self) -> Value {
        let text = self.socket.read().unwrap().into_text().unwrap();
        let message: Value = serde_json::from_str(&text).unwrap();
        if let Some(method) = message["method"].as_str() {
            self.events.push((method.to_owned(), message["params"].clone()));
        }
        message
    }

    /// Opens a file and waits until it is loaded.
    fn go(&mut self, file: &Path) {
        let url = format!("file://{}", file.display());
        self.call("Page.navigate", json!({"url": url}));
        while !self.events.iter().any(|(method, _)| method == "Page.loadEventFired") {
            self.hear();
        }
    }

    /// The value of an expression in the page.
    fn read(&mut self, expression: &str) -> Value {
        let ask = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", ask);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// One key, down and up.
    fn key(&mut self, key: &str) {
        let code = match key {
            "Tab" => 9,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            " " => 32,
            other => panic!("no code for {other}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({"type": kind, "key": key, "windowsVirtualKeyCode": code});
            if key == " " && kind == "keyDown" {
                event["text"] = " ".into();
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked to, it ends its children too; the answer may not come any more.
        let close = json!({"id": 0, "method": "Browser.close"}).to_string();
        let asked = self.socket.send(Message::text(close)).is_ok();
        while asked && self.socket.read().is_ok() {}
        // Killed on its way out it would leave its crash handlers behind: it has ten seconds.
        for _ in 0..200 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The cell of a table with header, by row key and column.
fn cell(csv: &str, key: &[(&str, &str)], column: &str) -> f64 {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    let row = reader
        .records()
        .map(Result::unwrap)
        .find(|row| key.iter().all(|(name, value)| &row[at(name)] == *value));
    row.unwrap()[at(column)].parse().unwrap()
}

/// Whether the text is the number, rounded to the digits it has.
fn rounds_to(text: &str, value: f64) -> bool {
    let text = text.trim().replace('−', "-");
    let decimals = text.split_once('.').map_or(0, |(_, after)| after.len());
    text == format!("{value:.decimals$}")
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn a_person_reads_the_report() {
    let Some(mut page) = Browser::open(390, 844) else {
        assert!(std::env::var_os(WANTED).is_none(), "{WANTED} is set, but there is no chromium");
        eprintln!("SKIPPED: there is no chromium here, so nothing opened report.html");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let sweep = Synthetic { samples_every: 2, lights: true, ..Synthetic::new(&HOSTILE, 4) };
    sweep.write(dir.path());
    sweep.stop(dir.path(), HOSTILE[1].0, 2, OutcomeKind::Failed, 3, "<b>disk</b> full");
    report::write(dir.path()).unwrap();
    page.go(&dir.path().join("report.html"));

    // Tab comes by everything that can be used, and one sees where one is.
    let stop = "(() => { const a = document.activeElement, s = getComputedStyle(a);
        return [a.id || a.className || a.tagName, s.outlineStyle !== 'none'
            && parseFloat(s.outlineWidth) > 0, a.textContent.slice(0, 30)]; })()";
    page.key("Tab");
    assert_eq!(page.read(stop)[2], "Skip to the results");
    let mut stops = Vec::new();
    for _ in 0..200 {
        page.key("Tab");
        let here = page.read(stop);
        if here[0] == "BODY" || here[0] == "skip" {
            break;
        }
        assert_eq!(here[1], true, "no outline at {here}");
        stops.push(here[0].as_str().unwrap().to_owned());
    }
    let charts = stops.iter().filter(|s| s.starts_with("chart")).count();
    assert_eq!(charts, 5, "{stops:?}");
    for wanted in ["play", "epoch", "SUMMARY", "scroll card"] {
        assert!(stops.iter().any(|s| s == wanted), "{wanted} is not among {stops:?}");
    }

    // The slider, by its keys.
    let shown = "[...document.querySelectorAll('.grids img')].filter((i) => !i.hidden)";
    let at = |page: &mut Browser| page.read("document.getElementById('epoch-name').textContent");
    assert_eq!(at(&mut page), "epoch 8 of 8");
    page.read("document.getElementById('epoch').focus()");
    page.key("Home");
    assert_eq!(at(&mut page), "epoch 2 of 8");
    page.key("ArrowRight");
    assert_eq!(at(&mut page), "epoch 4 of 8");
    let alts = page.read(&format!("{shown}.map((i) => i.alt)"));
    assert_eq!(alts.as_array().map(Vec::len), Some(3));
    assert_eq!(alts[1], "Samples of <img src=x onerror=alert(1)>, seed 1, after epoch 4");
    let decoded = format!("Promise.all({shown}.map((i) => i.decode().then(() => i.naturalWidth)))");
    assert_eq!(page.read(&decoded), json!([280, 280, 280]));

    // Numbers, against the tables beside the page.
    let file = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    let (summary, comparisons) = (file("summary.csv"), file("comparisons.csv"));
    for (row, (name, _)) in HOSTILE.iter().enumerate() {
        let key = [("variant", *name), ("metric", "fid")];
        let text =
            format!("document.querySelectorAll('#variants tbody strong')[{row}].textContent");
        let text = page.read(&text);
        let mean = cell(&summary, &key, "mean");
        assert!(rounds_to(text.as_str().unwrap(), mean), "{name}: {text} is not {mean}");
        if row > 0 {
            let text = format!(
                "document.querySelectorAll('#differences tbody strong')[{}].textContent",
                row - 1
            );
            let text = page.read(&text);
            let difference = cell(&comparisons, &key, "difference");
            assert!(rounds_to(text.as_str().unwrap(), difference), "{name}: {text}");
        }
    }

    // A curve, by its keys: the mean over the seeds after the first epoch.
    page.read("document.querySelector('.chart').focus()");
    page.key("Home");
    let readout = page.read("document.querySelector('.chart .readout').textContent");
    let loaded = report::load(dir.path()).unwrap();
    let first: Vec<f64> =
        loaded.runs_of(0).map(|r| r.curves.column("fid").unwrap()[0].unwrap()).collect();
    let mean = first.iter().sum::<f64>() / first.len() as f64;
    let readout = readout.as_str().unwrap();
    assert!(readout.starts_with("epoch 1"), "{readout}");
    assert!(readout.contains(&format!("{mean:.1}")), "{readout} does not show {mean}");

    // A variant is taken out of the curves.
    page.read("document.querySelector('.legend input').focus()");
    page.key(" ");
    assert_eq!(page.read("document.querySelectorAll('.chart .series.off').length > 0"), true);

    assert_eq!(
        page.read("[document.documentElement.scrollWidth <= innerWidth, innerWidth]"),
        json!([true, 390]),
        "the page is wider than a phone"
    );
    assert_eq!(page.read("document.querySelectorAll('img[src=x]').length"), 0);
    let reasons = page.read("document.getElementById('runs').textContent");
    assert!(reasons.as_str().unwrap().contains("<b>disk</b> full"), "{reasons}");

    // It asked for nothing but itself, and nothing went wrong.
    for (method, said) in &page.events {
        match method.as_str() {
            "Network.requestWillBeSent" => {
                let url = said["request"]["url"].as_str().unwrap();
                let own = url.starts_with("data:") || url.ends_with("/report.html");
                assert!(own, "the page asked for {url}");
            }
            "Runtime.exceptionThrown"
            | "Runtime.consoleAPICalled"
            | "Log.entryAdded"
            | "Page.javascriptDialogOpening" => panic!("{method}: {said}"),
            _ => {}
        }
    }
    assert!(page.events.iter().any(|(method, _)| method == "Network.requestWillBeSent"));
}
