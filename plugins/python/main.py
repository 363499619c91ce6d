#!/usr/bin/env python3
"""The demo plugin in Python: standard library only, one thread a call."""
import os
import sys
import threading
from itertools import count as counter

from wire import Wire

FEATURES = ["stream", "cancel", "ping", "log", "progress", "events", "hostcall"]
WINDOW = 32  # input items taken ahead


class Failure(Exception):
    def __init__(self, code, msg, **more):
        self.error = {"code": code, "msg": msg, **more}


def text(p, name):
    if not isinstance(p.get(name), str):
        raise Failure("invalid_argument", f"{name} must be a string", path=f"params.{name}")
    return p[name]


def number(p, name):
    if not isinstance(p.get(name), (int, float)) or isinstance(p[name], bool):
        raise Failure("invalid_argument", f"{name} must be a number", path=f"params.{name}")
    return p[name]


class Call:
    """One request of the host, from `req` to its terminal frame. `changed` guards everything in it."""

    def __init__(self, frame):
        self.id, self.method, self.params = frame["id"], frame["m"], frame.get("p")
        self.meta, self.deadline_ms = frame.get("meta"), frame.get("dl")
        self.credit = frame.get("cr")  # None: the caller takes no stream
        self.items, self.ended = [], not frame.get("in")
        self.cancelled, self.reply, self.nested = False, None, None
        self.changed = threading.Condition()

    def wait(self, ready, seconds=None):
        """Waits until `ready()`; False when the time is over. A cancelled call ends here."""
        with self.changed:
            done = self.changed.wait_for(lambda: self.cancelled or ready(), seconds)
            if self.cancelled:
                raise Failure("cancelled", "the call was cancelled")
            return done

    def change(self, update):
        with self.changed:
            update()
            self.changed.notify_all()


class Plugin:
    def __init__(self, wire):
        self.wire, self.host = wire, {}
        self.calls, self.lock, self.closing = {}, threading.Lock(), False
        self.next_id, self.event_credit = counter(2, 2), 0
        self.pokes = self.unacknowledged = 0
        self.methods = {f"demo.{name}": getattr(self, name) for name in
                        ("echo", "upper", "fail", "count", "sum", "sleep", "relay", "emit", "heard", "steps", "config", "log")}

    def run(self):
        streams = {"demo.count": "out", "demo.sum": "in"}
        self.wire.send(t="hello", name="demo", version="1.0.0", features=FEATURES, limits={"inflight": 16}, events=["demo.poke"],
                       methods=[{"name": m, "stream": streams[m]} if m in streams else m for m in self.methods])
        while (frame := self.wire.read()) is not None:
            handle = getattr(self, f"on_{frame['t']}", None)  # a type from the future is ignored
            if handle:
                handle(frame)
            self.leave_when_idle()

    # Frames, all on the reading thread.

    def on_hello(self, f):
        self.host = f
        limits = f.get("limits", {})
        self.wire.max_bytes, self.event_credit = limits.get("frame", 1 << 20), limits.get("events", 0)

    def on_req(self, f):
        call = Call(f)
        with self.lock:
            self.calls[call.id] = call
        threading.Thread(target=self.serve, args=(call,), daemon=True).start()

    def on_cancel(self, f):
        if call := self.calls.get(f["id"]):
            call.change(lambda: setattr(call, "cancelled", True))

    def on_credit(self, f):
        if f["id"] == 0:
            with self.lock:
                self.event_credit += f["n"]
        elif (call := self.calls.get(f["id"])) and call.credit is not None:
            call.change(lambda: setattr(call, "credit", call.credit + f["n"]))

    def on_data(self, f):
        if call := self.calls.get(f["id"]):
            call.change(lambda: call.items.append(f["d"]))

    def on_end(self, f):
        if call := self.calls.get(f["id"]):
            call.change(lambda: setattr(call, "ended", True))

    def on_res(self, f):
        for call in list(self.calls.values()):
            if call.nested == f["id"]:
                call.change(lambda: setattr(call, "reply", f))

    on_err = on_res

    def on_ev(self, f):
        self.pokes += f["m"] == "demo.poke"
        self.unacknowledged += 1
        if self.unacknowledged * 2 >= self.host["limits"].get("events", 1):
            self.wire.send(t="credit", id=0, n=self.unacknowledged)
            self.unacknowledged = 0

    def on_ping(self, f):
        self.wire.send(t="pong", n=f["n"])

    def on_bye(self, _frame):
        self.closing = True

    def leave_when_idle(self):
        with self.lock:
            if self.closing and not self.calls:
                os._exit(0)  # not sys.exit: this may be a call's thread

    # Calls, each on a thread of its own.

    def serve(self, call):
        try:
            method = self.methods.get(call.method)
            if method is None:
                raise Failure("unimplemented", f"there is no method {call.method}")
            self.wire.send(t="res", id=call.id, r=method(call, call.params if isinstance(call.params, dict) else {}))
        except Failure as failure:
            self.wire.send(t="err", id=call.id, e=failure.error)
        except Exception as error:
            self.wire.send(t="err", id=call.id, e={"code": "internal", "msg": repr(error)})
        finally:
            with self.lock:
                del self.calls[call.id]
            self.leave_when_idle()

    def echo(self, call, _p):
        return call.params

    def upper(self, _call, p):
        # bytes.upper touches ASCII only
        return text(p, "text").encode("utf-8", "surrogatepass").upper().decode("utf-8", "surrogatepass")

    def fail(self, _call, p):
        raise Failure(text(p, "code"), text(p, "msg"))

    def count(self, call, p):
        to = number(p, "to")
        if call.credit is not None:
            for i in range(1, int(to) + 1):
                call.wait(lambda: call.credit > 0)
                with call.changed:
                    call.credit -= 1
                self.wire.send(t="data", id=call.id, d=i)
        return {"count": to}

    def sum(self, call, _p):
        total = 0
        if not call.ended:
            self.wire.send(t="credit", id=call.id, n=WINDOW)
        while True:
            call.wait(lambda: call.items or call.ended)
            with call.changed:
                items, call.items = call.items, []
                if not items:
                    return total
            total += sum(items)
            if not call.ended:
                self.wire.send(t="credit", id=call.id, n=len(items))

    def sleep(self, call, p):
        ms = number(p, "ms")
        if call.deadline_ms is not None and call.deadline_ms < ms:
            call.wait(lambda: False, call.deadline_ms / 1000)
            raise Failure("deadline_exceeded", "the deadline passed while sleeping")
        call.wait(lambda: False, ms / 1000)
        return {"slept": ms}

    def need(self, feature):
        if feature not in self.host.get("features", []):
            raise Failure("failed_precondition", f"the host does not offer the feature '{feature}'")

    def relay(self, call, p):
        self.need("hostcall")
        method, nested = text(p, "method"), next(self.next_id)
        call.nested = nested
        more = {"meta": call.meta} if call.meta else {}
        self.wire.send(t="req", id=nested, m=method, p=p.get("params"), par=call.id, **more)
        try:
            call.wait(lambda: call.reply)
        except Failure:
            self.wire.send(t="cancel", id=nested, why="parent")
            raise
        if call.reply["t"] == "err":
            raise Failure(**call.reply["e"])
        return call.reply["r"]

    def emit(self, _call, p):
        self.need("events")
        topic = text(p, "topic")
        with self.lock:
            if self.event_credit < 1:
                return False
            self.event_credit -= 1
        self.wire.send(t="ev", m=topic, p=p.get("payload"))
        return True

    def heard(self, _call, _p):
        return self.pokes

    def steps(self, call, p):
        self.need("progress")
        steps = number(p, "steps")
        for i in range(1, int(steps) + 1):
            self.wire.send(t="prog", id=call.id, p={"done": i, "total": steps})
        return {"steps": steps}

    def config(self, _call, _p):
        return self.host.get("config")

    def log(self, call, p):
        self.need("log")
        self.wire.send(t="log", lv="info", msg=text(p, "msg"), id=call.id)
        return True


if __name__ == "__main__":
    if "SALLYPORT_PLUGIN" not in os.environ:
        print("This is a Sallyport plugin; try: npx sallyport call demo.upper '{\"text\":\"hi\"}' --plugin plugins/python", file=sys.stderr)
        sys.exit(64)
    Plugin(Wire("msgpack" if sys.argv[1:] == ["--codec", "msgpack"] else "json")).run()
    os._exit(0)  # end of input: calls in flight have nobody left to answer
