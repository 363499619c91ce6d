//! What the plugin offers. A method returns its result as JSON, or a failure.
use crate::call::{fail, Call, Failure};
use crate::json;
use crate::Plugin;

type Answer = Result<String, Failure>;

const WINDOW: i64 = 32; // input items taken ahead

pub const NAMES: [&str; 12] = [
    "demo.echo", "demo.upper", "demo.fail", "demo.count", "demo.sum", "demo.sleep",
    "demo.relay", "demo.emit", "demo.heard", "demo.steps", "demo.config", "demo.log",
];

/// Methods that wait for something: they must not hold up the reader.
pub fn waits(call: &Call) -> bool {
    let name = call.frame.get("m").map_or("", String::as_str);
    matches!(name, r#""demo.count""# | r#""demo.sum""# | r#""demo.sleep""# | r#""demo.relay""#)
}

pub fn run(plugin: &Plugin, call: &Call) -> Answer {
    let name = call.frame.get("m").and_then(|m| json::text(m)).unwrap_or_default();
    match name.as_str() {
        "demo.echo" => Ok(call.frame.get("p").cloned().unwrap_or("null".into())),
        "demo.upper" => Ok(json::quote(&call.text("text")?.to_ascii_uppercase())),
        "demo.fail" => Err(fail(&call.text("code")?, &call.text("msg")?)),
        "demo.count" => count(plugin, call),
        "demo.sum" => sum(plugin, call),
        "demo.sleep" => sleep(call),
        "demo.relay" => relay(plugin, call),
        "demo.emit" => emit(plugin, call),
        "demo.heard" => Ok(plugin.host.lock().unwrap().pokes.to_string()),
        "demo.steps" => steps(plugin, call),
        "demo.config" => Ok(plugin.host.lock().unwrap().config.clone()),
        "demo.log" => log(plugin, call),
        _ => Err(fail("unimplemented", &format!("there is no method {name}"))),
    }
}

fn need(plugin: &Plugin, feature: &str) -> Result<(), Failure> {
    if plugin.host.lock().unwrap().features.iter().any(|f| f == feature) {
        return Ok(());
    }
    Err(fail("failed_precondition", &format!("the host does not offer the feature '{feature}'")))
}

fn count(plugin: &Plugin, call: &Call) -> Answer {
    let to = call.integer("to")?;
    // Without `cr` the caller takes no stream.
    for i in (1..=to).take_while(|_| call.frame.contains_key("cr")) {
        call.wait(|s| (s.credit > 0).then(|| s.credit -= 1))?;
        plugin.send(&format!(r#"{{"t":"data","id":{},"d":{i}}}"#, call.id));
    }
    Ok(format!(r#"{{"count":{}}}"#, call.param("to")))
}

fn sum(plugin: &Plugin, call: &Call) -> Answer {
    let (mut total, mut taken) = (0i64, 0);
    if call.frame.contains_key("in") {
        plugin.give_credit(call.id, WINDOW);
    }
    loop {
        let items = call.wait(|s| (!s.items.is_empty() || s.ended).then(|| std::mem::take(&mut s.items)))?;
        if items.is_empty() {
            return Ok(total.to_string());
        }
        for item in &items {
            let sum = json::integer(item).and_then(|n| total.checked_add(n));
            total = sum.ok_or_else(|| fail("invalid_argument", "an item is not an integer, or the sum is too large"))?;
        }
        taken += items.len() as i64;
        if taken * 2 >= WINDOW {
            plugin.give_credit(call.id, taken);
            taken = 0;
        }
    }
}

fn sleep(call: &Call) -> Answer {
    let ms = call.integer("ms")?.max(0);
    let left = call.frame.get("dl").and_then(|dl| json::integer(dl)).filter(|left| *left < ms);
    call.sleep(left.unwrap_or(ms) as u64)?;
    match left {
        Some(_) => Err(fail("deadline_exceeded", "the deadline passed while sleeping")),
        None => Ok(format!(r#"{{"slept":{}}}"#, call.param("ms"))),
    }
}

fn relay(plugin: &Plugin, call: &Call) -> Answer {
    need(plugin, "hostcall")?;
    let method = json::quote(&call.text("method")?);
    let nested = plugin.next_id();
    call.change(|s| s.nested = nested);
    let meta = call.frame.get("meta").map_or(String::new(), |meta| format!(r#","meta":{meta}"#));
    plugin.send(&format!(r#"{{"t":"req","id":{nested},"m":{method},"p":{},"par":{}{meta}}}"#, call.param("params"), call.id));
    let reply = call.wait(|s| s.reply.take()).inspect_err(|_| plugin.send(&format!(r#"{{"t":"cancel","id":{nested},"why":"parent"}}"#)))?;
    match reply.get("e") {
        Some(error) => Err(Failure(error.clone())), // sent on as it came
        None => Ok(reply.get("r").cloned().unwrap_or("null".into())),
    }
}

fn emit(plugin: &Plugin, call: &Call) -> Answer {
    need(plugin, "events")?;
    let topic = json::quote(&call.text("topic")?);
    {
        let mut host = plugin.host.lock().unwrap();
        if host.event_credit < 1 {
            return Ok("false".into());
        }
        host.event_credit -= 1;
    }
    plugin.send(&format!(r#"{{"t":"ev","m":{topic},"p":{}}}"#, call.param("payload")));
    Ok("true".into())
}

fn steps(plugin: &Plugin, call: &Call) -> Answer {
    need(plugin, "progress")?;
    let total = call.integer("steps")?;
    for done in 1..=total {
        plugin.send(&format!(r#"{{"t":"prog","id":{},"p":{{"done":{done},"total":{total}}}}}"#, call.id));
    }
    Ok(format!(r#"{{"steps":{}}}"#, call.param("steps")))
}

fn log(plugin: &Plugin, call: &Call) -> Answer {
    need(plugin, "log")?;
    plugin.send(&format!(r#"{{"t":"log","lv":"info","msg":{},"id":{}}}"#, json::quote(&call.text("msg")?), call.id));
    Ok("true".into())
}
