//! One request of the host, from `req` to its terminal frame.
use crate::value::{read_fields, Fields, Value};
use crate::wire::Message;
use crate::sallyport_capnp::request;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// What frames change while the call runs.
#[derive(Default)]
pub struct State {
    pub credit: i64,
    pub items: Vec<Value>,
    pub ended: bool,
    pub cancelled: bool,
    pub nested: u64,
    pub reply: Option<Message>,
}

pub struct Call {
    pub id: u64,
    pub method: String,
    pub params: Value,
    pub deadline_ms: Option<i64>,
    pub wants_stream: bool,
    pub has_input: bool,
    pub meta: Option<Fields>,
    state: Mutex<State>,
    changed: Condvar,
}

pub enum Failure {
    Own { code: String, msg: String, path: Option<String> },
    /// The answer to a call of ours, whose error is sent on as it came.
    Relayed(Message),
}

pub fn fail(code: &str, msg: &str) -> Failure {
    Failure::Own { code: code.into(), msg: msg.into(), path: None }
}

impl Call {
    pub fn read(id: u64, from: request::Reader) -> capnp::Result<Call> {
        let (dl, cr) = (from.get_dl(), from.get_cr());
        Ok(Call {
            id,
            method: from.get_m()?.to_string()?,
            params: Value::read(from.get_p()?)?,
            deadline_ms: (dl >= 0).then_some(dl),
            wants_stream: cr >= 0,
            has_input: from.get_in(),
            meta: if from.has_meta() { Some(read_fields(from.get_meta()?)?) } else { None },
            state: Mutex::new(State { credit: cr.max(0), ended: !from.get_in(), ..State::default() }),
            changed: Condvar::new(),
        })
    }

    pub fn change(&self, update: impl FnOnce(&mut State)) {
        update(&mut self.state.lock().unwrap());
        self.changed.notify_all();
    }

    /// Blocks until `ready` gives something, or the call is cancelled.
    pub fn wait<T>(&self, mut ready: impl FnMut(&mut State) -> Option<T>) -> Result<T, Failure> {
        let mut state = self.state.lock().unwrap();
        loop {
            if state.cancelled {
                return Err(fail("cancelled", "the call was cancelled"));
            }
            if let Some(found) = ready(&mut state) {
                return Ok(found);
            }
            state = self.changed.wait(state).unwrap();
        }
    }

    pub fn sleep(&self, ms: u64) -> Result<(), Failure> {
        let state = self.state.lock().unwrap();
        let (state, _) = self.changed.wait_timeout_while(state, Duration::from_millis(ms), |s| !s.cancelled).unwrap();
        if state.cancelled { Err(fail("cancelled", "the call was cancelled")) } else { Ok(()) }
    }

    pub fn text(&self, name: &str) -> Result<&str, Failure> {
        match self.params.get(name) {
            Value::Text(text) => Ok(text),
            _ => Err(argument(name, "a string")),
        }
    }

    pub fn integer(&self, name: &str) -> Result<i64, Failure> {
        self.params.get(name).integer().ok_or_else(|| argument(name, "an integer"))
    }
}

fn argument(name: &str, expected: &str) -> Failure {
    Failure::Own { code: "invalid_argument".into(), msg: format!("{name} must be {expected}"), path: Some(format!("params.{name}")) }
}
