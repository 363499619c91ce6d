//! The demo plugin in Rust: standard library only, a thread for each call that waits.
mod call;
mod json;
mod methods;
mod wire;

use call::Call;
use json::Fields;
use std::collections::HashMap;
use std::process::exit;
use std::sync::{Arc, Mutex};
use wire::{Input, Output};

/// What the host said in its hello, and what counts up since.
#[derive(Default)]
pub struct Host {
    features: Vec<String>,
    config: String,
    frame_bytes: u64,
    event_credit: i64,
    event_window: i64,
    unacknowledged: i64,
    pokes: i64,
}

pub struct Plugin {
    host: Mutex<Host>,
    calls: Mutex<Calls>,
    out: Output,
}

#[derive(Default)]
struct Calls {
    open: HashMap<i64, Arc<Call>>,
    closing: bool,
    last_nested: i64,
}

impl Plugin {
    pub fn send(&self, frame: &str) {
        self.out.send(frame);
    }

    pub fn give_credit(&self, id: i64, n: i64) {
        self.send(&format!(r#"{{"t":"credit","id":{id},"n":{n}}}"#));
    }

    pub fn next_id(&self) -> i64 {
        let mut calls = self.calls.lock().unwrap();
        calls.last_nested += 2; // a plugin's ids are even
        calls.last_nested
    }

    fn say_hello(&self) {
        let methods: Vec<String> = methods::NAMES
            .iter()
            .map(|name| match *name {
                "demo.count" => format!(r#"{{"name":"{name}","stream":"out"}}"#),
                "demo.sum" => format!(r#"{{"name":"{name}","stream":"in"}}"#),
                _ => json::quote(name),
            })
            .collect();
        self.send(&format!(
            r#"{{"t":"hello","name":"demo","version":"1.0.0","methods":[{}],"features":["stream","cancel","ping","log","progress","events","hostcall"],"limits":{{"inflight":1024}},"events":["demo.poke"]}}"#,
            methods.join(",")
        ));
    }

    fn receive(self: &Arc<Self>, f: Fields) {
        let number = |key: &str| f.get(key).and_then(|n| json::integer(n)).unwrap_or(0);
        let id = number("id");
        let call = self.calls.lock().unwrap().open.get(&id).cloned();
        match (f.get("t").and_then(|t| json::text(t)).unwrap_or_default().as_str(), call) {
            ("hello", _) => self.on_hello(&f),
            ("req", _) => self.on_request(id, f),
            ("res" | "err", _) => self.on_reply(id, f),
            ("ev", _) => self.on_event(&f),
            ("ping", _) => self.send(&format!(r#"{{"t":"pong","n":{}}}"#, number("n"))),
            ("bye", _) => self.calls.lock().unwrap().closing = true,
            ("credit", _) if id == 0 => self.host.lock().unwrap().event_credit += number("n"),
            ("credit", Some(call)) => call.change(|s| s.credit += number("n")),
            ("data", Some(call)) => call.change(|s| s.items.push(f.get("d").cloned().unwrap_or_default())),
            ("end", Some(call)) => call.change(|s| s.ended = true),
            ("cancel", Some(call)) => call.change(|s| s.cancelled = true),
            _ => {} // a type from the future, or a call that is over
        }
    }

    fn on_hello(&self, f: &Fields) {
        let limits = f.get("limits").and_then(|l| json::fields(l)).unwrap_or_default();
        let limit = |name: &str| limits.get(name).and_then(|n| json::integer(n));
        let mut host = self.host.lock().unwrap();
        host.frame_bytes = limit("frame").unwrap_or(1 << 20) as u64;
        host.event_window = limit("events").unwrap_or(0);
        host.event_credit = host.event_window;
        host.features = f.get("features").map_or(vec![], |list| json::strings(list));
        host.config = f.get("config").cloned().unwrap_or("null".into());
    }

    fn on_request(self: &Arc<Self>, id: i64, f: Fields) {
        let call = Arc::new(Call::new(id, f));
        if !methods::waits(&call) {
            return self.answer(&call);
        }
        self.calls.lock().unwrap().open.insert(id, call.clone());
        let plugin = self.clone();
        std::thread::spawn(move || {
            plugin.answer(&call);
            plugin.calls.lock().unwrap().open.remove(&id);
            plugin.leave_when_idle();
        });
    }

    fn answer(&self, call: &Call) {
        let id = call.id;
        match methods::run(self, call) {
            Ok(result) => self.send(&format!(r#"{{"t":"res","id":{id},"r":{result}}}"#)),
            Err(failure) => self.send(&format!(r#"{{"t":"err","id":{id},"e":{}}}"#, failure.0)),
        }
    }

    fn on_reply(&self, nested: i64, f: Fields) {
        for call in self.calls.lock().unwrap().open.values() {
            call.change(|s| if s.nested == nested { s.reply = Some(f.clone()) });
        }
    }

    fn on_event(&self, f: &Fields) {
        let mut host = self.host.lock().unwrap();
        host.pokes += i64::from(f.get("m").is_some_and(|m| m == "\"demo.poke\""));
        host.unacknowledged += 1;
        if host.unacknowledged * 2 >= host.event_window {
            self.give_credit(0, std::mem::take(&mut host.unacknowledged));
        }
    }

    fn leave_when_idle(&self) {
        let calls = self.calls.lock().unwrap();
        if calls.closing && calls.open.is_empty() {
            self.out.flush();
            exit(0);
        }
    }
}

fn main() {
    if std::env::var_os("SALLYPORT_PLUGIN").is_none() {
        eprintln!("This is a Sallyport plugin; try: npx sallyport call demo.upper '{{\"text\":\"hi\"}}' --plugin plugins/rust");
        exit(64);
    }
    let host = Host { frame_bytes: 64 << 10, ..Host::default() };
    let plugin = Arc::new(Plugin { host: Mutex::new(host), calls: Mutex::default(), out: Output::default() });
    plugin.send("SALLYPORT/1 json");
    plugin.say_hello();
    let mut input = Input::new();
    loop {
        let longest = plugin.host.lock().unwrap().frame_bytes;
        let line = input.line(longest + 2, &plugin.out).unwrap_or_default();
        if line.is_empty() {
            return; // end of input: calls in flight have nobody left to answer
        }
        let whole = line.ends_with(b"\n");
        let text = String::from_utf8(line).unwrap_or_default();
        if whole && text.trim().is_empty() {
            continue;
        }
        let Some(frame) = json::fields(&text).filter(|_| whole) else {
            eprintln!("the host sent a frame that is too long, cut short, or no JSON object");
            exit(1);
        };
        plugin.receive(frame);
        plugin.leave_when_idle();
    }
}
