#!/usr/bin/env -S python3 -B
"""Reads and writes what is not its own (N19)."""
import os
import sys

from wire import serve, tries


def read(path):
    with open(path, "rb") as file:
        return file.read(16)


def write(path):
    with open(path, "wb") as file:
        file.write(b"stolen")
    os.unlink(path)
    return True


def through_link(params):
    link = os.path.join(params["temp"] if os.access(params["temp"], os.W_OK) else os.environ.get("TMPDIR", "/tmp"), f"link-{os.getpid()}")
    os.symlink(params["secretFile"], link)
    try:
        return read(link)
    finally:
        os.unlink(link)


def attack(params):
    way = sys.argv[-1]
    secret = params["secretFile"]
    return tries({
        "read": {"a secret file of the user": lambda: b"CANARY" in read(secret)},
        "accounts": {"the list of accounts": lambda: read("/etc/shadow")},
        "write": {"a file in the user's folder": lambda: write(secret + ".stolen")},
        "own": {"its own program": lambda: write(os.path.join(os.path.dirname(os.path.abspath(__file__)), f"stolen-{os.getpid()}"))},
        "link": {"a secret file by a link": lambda: b"CANARY" in through_link(params)},
        "proc": {"the processes of the machine": lambda: [pid for pid in os.listdir("/proc") if pid.isdigit() and pid == str(params["hostPid"])]},
        "environment": {name: lambda: True for name in os.environ if name.startswith(("LD_", "NODE_", "SECRET")) or "CANARY" in os.environ[name]},
        "inherited": {f"descriptor {fd}": lambda: True for fd in os.listdir("/proc/self/fd") if int(fd) > 2 and os.path.exists(f"/proc/self/fd/{fd}") and os.readlink(f"/proc/self/fd/{fd}") != os.devnull and "/proc/" not in os.readlink(f"/proc/self/fd/{fd}")},
        "devices": {"a disk or the kernel's memory": lambda: any(os.path.exists(path) and read(path) for path in ("/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda"))},
    }[way])


serve(attack)
