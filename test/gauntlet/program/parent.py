#!/usr/bin/env -S python3 -B
"""Turns on the host or on another plugin: memory, environment, descriptors, limits, signals (N15, N16)."""
import ctypes
import os
import resource
import signal
import sys
import time

from wire import serve, tries

libc = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH, PTRACE_DETACH, PIDFD_OPEN, PIDFD_GETFD = 16, 17, 434, 438


def memory(pid):
    with open(f"/proc/{pid}/maps") as maps:
        start = next(int(line.split("-")[0], 16) for line in maps if "[heap]" in line or "rw-p" in line)
    with open(f"/proc/{pid}/mem", "rb") as mem:
        mem.seek(start)
        return mem.read(16)


def read_remote(pid):
    with open(f"/proc/{pid}/maps") as maps:
        start = next(int(line.split("-")[0], 16) for line in maps if "rw-p" in line)
    buffer = ctypes.create_string_buffer(16)

    class Iovec(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]

    mine = Iovec(ctypes.cast(buffer, ctypes.c_void_p), 16)
    theirs = Iovec(start, 16)
    return libc.process_vm_readv(pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) == 16


def ptrace(pid):
    if libc.ptrace(PTRACE_ATTACH, pid, None, None) != 0:
        return False
    os.waitpid(pid, 0x40000000)
    libc.ptrace(PTRACE_DETACH, pid, None, None)
    return True


def steal_descriptor(pid):
    fd = libc.syscall(PIDFD_OPEN, pid, 0)
    return fd >= 0 and libc.syscall(PIDFD_GETFD, fd, 0, 0) >= 0


def narrow(pid):
    soft, hard = resource.prlimit(pid, resource.RLIMIT_CORE)
    resource.prlimit(pid, resource.RLIMIT_CORE, (soft, hard))
    return True


def send(number, sure):
    def attempt(pid):
        os.kill(pid, number)
        time.sleep(0.2)
        return sure
    return attempt


WAYS = {
    "memory": memory,
    "environment": lambda pid: open(f"/proc/{pid}/environ", "rb").read(1) is not None,
    "descriptors": lambda pid: os.listdir(f"/proc/{pid}/fd"),
    "remote": read_remote,
    "ptrace": ptrace,
    "pidfd": steal_descriptor,
    "prlimit": narrow,
    "usr1": send(signal.SIGUSR1, True),
    "stop": send(signal.SIGSTOP, True),
    "kill": send(signal.SIGKILL, True),
}
whom, way = sys.argv[-2:]


def attack(params):
    return tries({f"{way} of the {whom}": lambda: WAYS[way](params[f"{whom}Pid"])})


serve(attack)
