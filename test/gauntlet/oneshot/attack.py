#!/usr/bin/env -S python3 -B
"""What a program can do in the one call for which it was started."""
import json
import os
import signal
import socket
import sys
import time

params = json.loads(sys.stdin.read())
kept = []


def stay():
    """Ends by itself, should nobody end it."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for fd in (0, 1, 2):
        os.close(fd)
    time.sleep(20)
    os._exit(0)


def spin():
    while True:
        pass


def memory():
    for _ in range(44):
        kept.append(bytearray(os.urandom(4096)) * 4096)
    time.sleep(1.5)
    return ["704 MiB of memory"]


def children():
    made = 0
    try:
        while made < 300:
            if os.fork() == 0:
                time.sleep(20)
                os._exit(0)
            made += 1
    except OSError:
        pass
    time.sleep(1.5)
    return [f"{made} processes"] if made > 64 else []


def descriptors():
    made = 0
    try:
        while made < 1000:
            kept.append(open("/dev/null"))
            made += 1
    except OSError:
        pass
    return [f"{made} open files"] if made == 1000 else []


def session():
    if os.fork() == 0:
        os.setsid()
        stay()


def twice():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            stay()
        os._exit(0)
    os.wait()


def host_dies():
    twice()
    time.sleep(20)


def pour(fd):
    while True:
        os.write(fd, b"again, and no end\n" * 1000)


def text(what):
    os.write(1, what)
    os._exit(0)


def read():
    return ["a secret file"] if open(params["secretFile"]).read(1) else []


def write():
    open(params["temp"] + "/planted", "w").write("x")


def tcp():
    socket.create_connection(("127.0.0.1", params["port"]), 1)
    return ["a connection"]


def environment():
    return ["the host's environment"] if open(f"/proc/{params['hostPid']}/environ").read(1) else []


def host_memory():
    with open(f"/proc/{params['hostPid']}/mem", "rb"):
        return ["the host's memory"]


def own_environment():
    return [name for name in os.environ if name.startswith(("LD_", "NODE_", "LOCKDOWN_"))]


def kill():
    os.kill(params["hostPid"], signal.SIGKILL)
    return ["SIGKILL"]


def die(number):
    os.kill(os.getpid(), number)


WAYS = {
    "spin": spin, "memory": memory, "children": children, "descriptors": descriptors, "session": session, "twice": twice, "host-dies": host_dies, "read": read, "write": write, "tcp": tcp,
    "environment": environment, "host-memory": host_memory, "own-environment": own_environment, "kill": kill,
    "stdout": lambda: pour(1), "stderr": lambda: pour(2), "mute": lambda: time.sleep(20), "deaf": lambda: (signal.signal(signal.SIGTERM, signal.SIG_IGN), time.sleep(20)),
    "segfault": lambda: die(signal.SIGSEGV), "killed": lambda: die(signal.SIGKILL), "stopped": lambda: die(signal.SIGSTOP), "exit-139": lambda: os._exit(139),
    "prose": lambda: text(b"a forgotten print\n"), "half": lambda: text(b'{"got":["'), "deep": lambda: text(b"[" * 100_000 + b"]" * 100_000), "proto": lambda: text(b'{"__proto__":{"polluted":1}}'),
    "maps": lambda: text(b"[" + b",".join([b"{}"] * 300_000) + b"]"), "bad-text": lambda: text(b'"\xff\xfe"'), "infinite": lambda: text(b"1e400"), "closes": lambda: (os.close(1), time.sleep(20)),
}

try:
    got = WAYS[params["variant"]]() or []
except OSError:
    got = []
print(json.dumps({"got": got}))
