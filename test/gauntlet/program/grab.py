#!/usr/bin/env -S python3 -B
"""Takes one resource of the machine, and stops by itself far beyond what it may have (R02, R09, R10, R11)."""
import os
import sys
import tempfile
import threading
import time

from wire import serve

MIB = 1 << 20
kept = []


def kept_for_long(taken, allowed, what):
    """Long enough for whoever looks from outside; what is refused at the limit has not been taken."""
    if taken <= allowed:
        return []
    time.sleep(1.5)
    return [f"{taken} {what}"]


def memory():
    for _ in range(44):
        kept.append(bytearray(os.urandom(4096)) * (16 * MIB // 4096))
    time.sleep(1.5)
    return ["704 MiB of memory"]


def children():
    taken = 0
    try:
        while taken < 300:
            if os.fork() == 0:
                time.sleep(20)
                os._exit(0)
            taken += 1
    except OSError:
        pass
    return kept_for_long(taken, 64, "processes")


def bomb():
    # Every child makes children: 2 ** 8 of them, which end by themselves.
    for _ in range(8):
        try:
            os.fork()
        except OSError:
            pass
    if os.getpid() != leader:
        time.sleep(20)
        os._exit(0)
    time.sleep(1.5)
    alive = sum(1 for pid in os.listdir("/proc") if pid.isdigit() and parent_group(pid) == os.getpgrp())
    return [f"{alive} processes"] if alive > 64 else []


def parent_group(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return int(stat.read().rsplit(")", 1)[1].split()[2])
    except OSError:
        return -1


def threads():
    taken = 0
    try:
        while taken < 300:
            threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
            taken += 1
    except RuntimeError:
        pass
    return kept_for_long(taken, 64, "threads")


def descriptors():
    try:
        while len(kept) < 1000:
            kept.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    return kept_for_long(len(kept), 128, "descriptors")


def pipes():
    try:
        while len(kept) < 1000:
            kept.extend(os.pipe())
    except OSError:
        pass
    return kept_for_long(len(kept), 128, "descriptors")


def file():
    with tempfile.TemporaryFile() as out:
        for written in range(64):
            out.write(b"x" * MIB)
            out.flush()
    return ["a file of 64 MiB"]


def files():
    folder = tempfile.mkdtemp()
    try:
        for i in range(64):
            with open(os.path.join(folder, str(i)), "wb") as out:
                out.write(b"x" * MIB)
        return ["64 MiB in its temporary folder"]
    finally:
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)


def burn(seconds):
    """So much time of a processor, or less where the machine is too busy to give it in 4 s."""
    until = time.monotonic() + 4
    while time.process_time() < seconds and time.monotonic() < until:
        pass


def used():
    mine = os.times()
    total = mine.user + mine.system + mine.children_user + mine.children_system
    return [f"{total:.1f} s of CPU"] if total > 2.5 else []


def cpu():
    burn(3)
    return used()


def cpu_by_children():
    children = []
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            burn(3)
            os._exit(0)
        children.append(pid)
    for pid in children:
        os.waitpid(pid, 0)
    return used()


leader = os.getpid()
WAYS = {f.__name__: f for f in (memory, children, bomb, threads, descriptors, pipes, file, files, cpu, cpu_by_children)}


def attack(_params):
    try:
        return WAYS[sys.argv[-1]]()
    except (MemoryError, OSError):
        return []


serve(attack)
