#!/usr/bin/env -S python3 -B
"""Leaves something behind that should end with it (N11, N12), or dies in an odd way (N22)."""
import os
import signal
import sys
import time

from wire import serve

way = sys.argv[-1]


def stay():
    """A child that nothing but SIGKILL ends, with the program's own command line."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for fd in (0, 1, 2):
        os.close(fd)
    time.sleep(30)
    os._exit(0)


def child():
    if os.fork() == 0:
        stay()


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


def zombies():
    for _ in range(40):
        if os.fork() == 0:
            os._exit(0)


def stopped():
    os.kill(os.getpid(), signal.SIGSTOP)


def segfault():
    os.kill(os.getpid(), signal.SIGSEGV)


def stop_itself_by_group():
    os.killpg(0, signal.SIGSTOP)


def exit_zero():
    os._exit(0)


def exit_139():
    os._exit(139)


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def mid_frame():
    os.write(1, b'{"t":"res","id":')
    os._exit(0)


def host_dies():
    """The host is killed from outside; this only makes sure that something could stay."""
    twice()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def title():
    with open("/proc/self/comm", "w") as comm:
        comm.write("sallyport-host")


def nonblocking():
    for fd in (0, 1, 2):
        os.set_blocking(fd, False)
    os.set_blocking(0, True)


WAYS = {f.__name__.replace("_", "-"): f for f in (child, session, twice, zombies, stopped, stop_itself_by_group, segfault, exit_zero, exit_139, killed, mid_frame, host_dies, deaf, title, nonblocking)}
serve(lambda _params: WAYS[way]() or [])
