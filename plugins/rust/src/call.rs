//! One request of the host, from `req` to its terminal frame.
use crate::json::{self, Fields};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// What frames change while the call runs.
#[derive(Default)]
pub struct State {
    pub credit: i64,
    pub items: Vec<String>,
    pub ended: bool,
    pub cancelled: bool,
    pub nested: i64,
    pub reply: Option<Fields>,
}

pub struct Call {
    pub id: i64,
    pub frame: Fields,
    pub params: Fields,
    state: Mutex<State>,
    changed: Condvar,
}

/// An error object as JSON.
pub struct Failure(pub String);

pub fn fail(code: &str, msg: &str) -> Failure {
    Failure(format!(r#"{{"code":{},"msg":{}}}"#, json::quote(code), json::quote(msg)))
}

impl Call {
    pub fn new(id: i64, frame: Fields) -> Call {
        let state = State { credit: frame.get("cr").and_then(|c| json::integer(c)).unwrap_or(0), ended: !frame.contains_key("in"), ..State::default() };
        let params = frame.get("p").and_then(|p| json::fields(p)).unwrap_or_default();
        Call { id, frame, params, state: Mutex::new(state), changed: Condvar::new() }
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

    /// A raw param, `null` where there is none.
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("null", String::as_str)
    }

    pub fn text(&self, name: &str) -> Result<String, Failure> {
        json::text(self.param(name)).ok_or_else(|| argument(name, "a string"))
    }

    pub fn integer(&self, name: &str) -> Result<i64, Failure> {
        json::integer(self.param(name)).ok_or_else(|| argument(name, "an integer"))
    }
}

fn argument(name: &str, expected: &str) -> Failure {
    Failure(format!(r#"{{"code":"invalid_argument","msg":"{name} must be {expected}","path":"params.{name}"}}"#))
}
