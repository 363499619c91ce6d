"""The protocol in its smallest form, for programs that misbehave on top of it."""
import json
import sys


def say(frame):
    sys.stdout.write(json.dumps(frame) + "\n")
    sys.stdout.flush()


def serve(attack):
    """Shakes hands, answers `evil.ping`, and runs `attack(params)` when it is asked to: what it got is in its answer."""
    sys.stdout.write("SALLYPORT/1 json\n")
    say({"t": "hello", "name": "evil", "version": "1.0.0", "methods": ["evil.ping", "evil.attack"], "features": ["cancel", "log", "ping"]})
    for line in iter(sys.stdin.readline, ""):
        frame = json.loads(line)
        kind = frame.get("t")
        if kind == "ping":
            say({"t": "pong", "n": frame["n"]})
        elif kind == "bye":
            return
        elif kind == "req" and frame["m"] == "evil.ping":
            say({"t": "res", "id": frame["id"], "r": "ok"})
        elif kind == "req":
            got = attack(frame.get("p") or {})
            say({"t": "res", "id": frame["id"], "r": {"got": got}})


def tries(attempts):
    """Tries each; names those that neither failed nor came back with nothing."""
    got = []
    for name, attempt in attempts.items():
        try:
            if attempt():
                got.append(name)
        except Exception:
            pass
    return got
