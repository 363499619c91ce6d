//! What the plugin offers. A method returns its result, or a failure.
use crate::call::{fail, Call, Failure};
use crate::sallyport_capnp::frame;
use crate::value::{write_fields, Value};
use crate::Plugin;

type Answer = Result<Value, Failure>;

const WINDOW: i64 = 32; // input items taken ahead

pub const NAMES: [&str; 12] = [
    "demo.echo", "demo.upper", "demo.fail", "demo.count", "demo.sum", "demo.sleep",
    "demo.relay", "demo.emit", "demo.heard", "demo.steps", "demo.config", "demo.log",
];

/// Methods that wait for something: they must not hold up the reader.
pub fn waits(call: &Call) -> bool {
    matches!(call.method.as_str(), "demo.count" | "demo.sum" | "demo.sleep" | "demo.relay")
}

pub fn run(plugin: &Plugin, call: &Call) -> Answer {
    match call.method.as_str() {
        "demo.echo" => Ok(call.params.clone()),
        "demo.upper" => Ok(Value::Text(call.text("text")?.to_ascii_uppercase())),
        "demo.fail" => Err(fail(call.text("code")?, call.text("msg")?)),
        "demo.count" => count(plugin, call),
        "demo.sum" => sum(plugin, call),
        "demo.sleep" => sleep(call),
        "demo.relay" => relay(plugin, call),
        "demo.emit" => emit(plugin, call),
        "demo.heard" => Ok(Value::Int(plugin.host.lock().unwrap().pokes)),
        "demo.steps" => steps(plugin, call),
        "demo.config" => Ok(plugin.host.lock().unwrap().config.clone()),
        "demo.log" => log(plugin, call),
        name => Err(fail("unimplemented", &format!("there is no method {name}"))),
    }
}

fn map(key: &str, value: Value) -> Value {
    Value::Map(vec![(key.into(), value)])
}

fn need(plugin: &Plugin, feature: &str) -> Result<(), Failure> {
    if plugin.host.lock().unwrap().features.iter().any(|f| f == feature) {
        return Ok(());
    }
    Err(fail("failed_precondition", &format!("the host does not offer the feature '{feature}'")))
}

fn count(plugin: &Plugin, call: &Call) -> Answer {
    let to = call.integer("to")?;
    for i in (1..=to).take_while(|_| call.wants_stream) {
        call.wait(|s| (s.credit > 0).then(|| s.credit -= 1))?;
        plugin.send(|mut frame| {
            frame.set_id(call.id);
            frame.init_data().set_int(i);
        });
    }
    Ok(map("count", Value::Int(to)))
}

fn sum(plugin: &Plugin, call: &Call) -> Answer {
    let (mut total, mut taken) = (0i64, 0);
    if call.has_input {
        plugin.give_credit(call.id, WINDOW);
    }
    loop {
        let items = call.wait(|s| (!s.items.is_empty() || s.ended).then(|| std::mem::take(&mut s.items)))?;
        if items.is_empty() {
            return Ok(Value::Int(total));
        }
        for item in &items {
            let sum = item.integer().and_then(|n| total.checked_add(n));
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
    let left = call.deadline_ms.filter(|left| *left < ms);
    call.sleep(left.unwrap_or(ms) as u64)?;
    match left {
        Some(_) => Err(fail("deadline_exceeded", "the deadline passed while sleeping")),
        None => Ok(map("slept", Value::Int(ms))),
    }
}

fn relay(plugin: &Plugin, call: &Call) -> Answer {
    need(plugin, "hostcall")?;
    let method = call.text("method")?;
    let nested = plugin.next_id();
    call.change(|s| s.nested = nested);
    plugin.send(|mut frame| {
        frame.set_id(nested);
        let mut request = frame.init_req();
        request.set_m(method);
        request.set_par(call.id);
        call.params.get("params").write(request.reborrow().init_p());
        if let Some(meta) = &call.meta {
            write_fields(meta, request.init_meta(meta.len() as u32));
        }
    });
    let cancel = |mut frame: frame::Builder| {
        frame.set_id(nested);
        frame.set_cancel("parent");
    };
    let reply = call.wait(|s| s.reply.take()).inspect_err(|_| _ = plugin.send(cancel))?;
    match reply.get_root::<frame::Reader>().and_then(|frame| Ok(frame.which()?)) {
        Ok(frame::Res(response)) => response.and_then(|r| Value::read(r.get_r()?)).map_err(|error| fail("internal", &error.to_string())),
        _ => Err(Failure::Relayed(reply)),
    }
}

fn emit(plugin: &Plugin, call: &Call) -> Answer {
    need(plugin, "events")?;
    let topic = call.text("topic")?;
    {
        let mut host = plugin.host.lock().unwrap();
        if host.event_credit < 1 {
            return Ok(Value::Bool(false));
        }
        host.event_credit -= 1;
    }
    plugin.send(|frame| {
        let mut event = frame.init_ev();
        event.set_m(topic);
        call.params.get("payload").write(event.init_p());
    });
    Ok(Value::Bool(true))
}

fn steps(plugin: &Plugin, call: &Call) -> Answer {
    need(plugin, "progress")?;
    let total = call.integer("steps")?;
    for done in 1..=total {
        plugin.send(|mut frame| {
            frame.set_id(call.id);
            write_fields(&vec![("done".into(), Value::Int(done)), ("total".into(), Value::Int(total))], frame.init_prog(2));
        });
    }
    Ok(map("steps", Value::Int(total)))
}

fn log(plugin: &Plugin, call: &Call) -> Answer {
    need(plugin, "log")?;
    let msg = call.text("msg")?;
    plugin.send(|mut frame| {
        frame.set_id(call.id);
        let mut log = frame.init_log();
        log.set_lv("info");
        log.set_msg(msg);
    });
    Ok(Value::Bool(true))
}
