//! The demo plugin in Rust, whose frames are Cap'n Proto messages: a thread for each call that waits.
mod call;
mod methods;
#[allow(clippy::all, dead_code)]
mod sallyport_capnp;
mod value;
mod wire;

use call::{Call, Failure};
use sallyport_capnp::{error, frame, host_hello};
use std::collections::HashMap;
use std::process::exit;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use value::{read_fields, write_fields, Value};
use wire::{Input, Message, Output};

const FEATURES: [&str; 7] = ["stream", "cancel", "ping", "log", "progress", "events", "hostcall"];

/// What the host said in its hello, and what counts up since.
#[derive(Default)]
pub struct Host {
    features: Vec<String>,
    config: Value,
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
    open: HashMap<u64, Arc<Call>>,
    closing: bool,
    last_nested: u64,
}

impl Plugin {
    pub fn send(&self, fill: impl FnOnce(frame::Builder)) -> bool {
        self.out.send(fill)
    }

    pub fn give_credit(&self, id: u64, n: i64) {
        self.send(|mut frame| {
            frame.set_id(id);
            frame.set_credit(n as u64);
        });
    }

    pub fn next_id(&self) -> u64 {
        let mut calls = self.calls.lock().unwrap();
        calls.last_nested += 2; // a plugin's ids are even
        calls.last_nested
    }

    fn say_hello(&self) {
        self.send(|frame| {
            let mut hello = frame.init_guest_hello();
            hello.set_name("demo");
            hello.set_version("1.0.0");
            let mut methods = hello.reborrow().init_methods(methods::NAMES.len() as u32);
            for (i, name) in methods::NAMES.iter().enumerate() {
                let mut method = methods.reborrow().get(i as u32);
                method.set_name(*name);
                match *name {
                    "demo.count" => method.set_stream("out"),
                    "demo.sum" => method.set_stream("in"),
                    _ => {}
                }
            }
            let mut features = hello.reborrow().init_features(FEATURES.len() as u32);
            FEATURES.iter().enumerate().for_each(|(i, feature)| features.set(i as u32, *feature));
            write_fields(&vec![("inflight".into(), Value::Int(1024))], hello.reborrow().init_limits(1));
            hello.init_events(1).set(0, "demo.poke");
        });
    }

    fn receive(self: &Arc<Self>, message: Message) -> capnp::Result<()> {
        let frame = message.get_root::<frame::Reader>()?;
        let id = frame.get_id();
        let call = self.calls.lock().unwrap().open.get(&id).cloned();
        let Ok(kind) = frame.which() else { return Ok(()) }; // a type from the future
        match (kind, call) {
            (frame::HostHello(hello), _) => self.on_hello(hello?)?,
            (frame::Req(request), _) => self.on_request(Call::read(id, request?)?),
            (frame::Res(_) | frame::Err(_), _) => self.on_reply(id, message),
            (frame::Ev(event), _) => self.on_event(event?.get_m()?.as_bytes() == b"demo.poke"),
            (frame::Ping(n), _) => _ = self.send(|mut frame| frame.set_pong(n)),
            (frame::Bye(_), _) => self.calls.lock().unwrap().closing = true,
            (frame::Credit(n), _) if id == 0 => self.host.lock().unwrap().event_credit += n as i64,
            (frame::Credit(n), Some(call)) => call.change(|s| s.credit += n as i64),
            (frame::Data(item), Some(call)) => {
                let item = Value::read(item?)?;
                call.change(|s| s.items.push(item));
            }
            (frame::End(()), Some(call)) => call.change(|s| s.ended = true),
            (frame::Cancel(_), Some(call)) => call.change(|s| s.cancelled = true),
            _ => {} // of a call that is over
        }
        Ok(())
    }

    fn on_hello(&self, hello: host_hello::Reader) -> capnp::Result<()> {
        let limits = Value::Map(read_fields(hello.get_limits()?)?);
        if let Some(bytes) = limits.get("frame").integer() {
            self.out.frame_bytes.store(bytes as usize, Ordering::Relaxed);
        }
        let mut host = self.host.lock().unwrap();
        host.event_window = limits.get("events").integer().unwrap_or(0);
        host.event_credit = host.event_window;
        host.features = hello.get_features()?.iter().map(|feature| Ok(feature?.to_string()?)).collect::<capnp::Result<_>>()?;
        host.config = Value::read(hello.get_config()?)?;
        Ok(())
    }

    fn on_request(self: &Arc<Self>, call: Call) {
        if !methods::waits(&call) {
            return self.answer(&call);
        }
        let (id, call) = (call.id, Arc::new(call));
        self.calls.lock().unwrap().open.insert(id, call.clone());
        let plugin = self.clone();
        std::thread::spawn(move || {
            plugin.answer(&call);
            plugin.calls.lock().unwrap().open.remove(&id);
            plugin.leave_when_idle();
        });
    }

    fn answer(&self, call: &Call) {
        let sent = match methods::run(self, call) {
            Ok(result) => self.send(|mut frame| {
                frame.set_id(call.id);
                result.write(frame.init_res().init_r());
            }),
            Err(failure) => self.fail(call.id, &failure),
        };
        if !sent {
            self.fail(call.id, &call::fail("resource_exhausted", "the answer is longer than a frame may be"));
        }
    }

    fn fail(&self, id: u64, failure: &Failure) -> bool {
        self.send(|mut frame| {
            frame.set_id(id);
            match failure {
                Failure::Own { code, msg, path } => {
                    let mut error = frame.init_err();
                    error.set_code(code.as_str());
                    error.set_msg(msg.as_str());
                    path.iter().for_each(|path| error.set_path(path.as_str()));
                }
                Failure::Relayed(message) => {
                    if let Ok(error) = error_of(message) {
                        _ = frame.set_err(error);
                    }
                }
            }
        })
    }

    fn on_reply(&self, nested: u64, message: Message) {
        let mut message = Some(message);
        for call in self.calls.lock().unwrap().open.values() {
            call.change(|s| if s.nested == nested { s.reply = message.take() });
        }
    }

    fn on_event(&self, is_poke: bool) {
        let mut host = self.host.lock().unwrap();
        host.pokes += i64::from(is_poke);
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

fn error_of(message: &Message) -> capnp::Result<error::Reader<'_>> {
    match message.get_root::<frame::Reader>()?.which()? {
        frame::Err(error) => error,
        _ => Err(capnp::Error::failed("the answer is no error".into())),
    }
}

fn main() {
    if std::env::var_os("SALLYPORT_PLUGIN").is_none() {
        eprintln!("This is a Sallyport plugin; try: npx sallyport call demo.upper '{{\"text\":\"hi\"}}' --plugin plugins/capnp-rust");
        exit(64);
    }
    let plugin = Arc::new(Plugin { host: Mutex::default(), calls: Mutex::default(), out: Output::new() });
    plugin.say_hello();
    let mut input = Input::new();
    loop {
        let frame = match input.frame(&plugin.out) {
            Ok(Some(frame)) => frame,
            Ok(None) => return, // calls in flight have nobody left to answer
            Err(error) => leave(&error.to_string()),
        };
        if let Err(error) = plugin.receive(frame) {
            leave(&format!("the host sent what is no frame: {error}"));
        }
        plugin.leave_when_idle();
    }
}

fn leave(why: &str) -> ! {
    eprintln!("{why}");
    exit(1)
}
