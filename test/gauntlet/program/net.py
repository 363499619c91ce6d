#!/usr/bin/env -S python3 -B
"""Reaches for the network of the machine, which answers only where the test listens (N18)."""
import socket
import sys

from wire import serve, tries


def tcp(params):
    with socket.create_connection(("127.0.0.1", params["port"]), 1) as s:
        s.sendall(b"x")
        return s.recv(16)


def abstract(params):
    # Node 20 fills the name up with zero bytes to the whole length; newer ones bind it as it was given.
    given = b"\0" + params["abstract"].encode()
    for name in (given, given.ljust(108, b"\0")):
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(1)
                s.connect(name)
                return s.recv(16)
        except ConnectionRefusedError as error:
            refused = error
    raise refused


def udp(params):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        s.sendto(b"x", ("127.0.0.1", params["udpPort"]))
        return s.recv(16)


def listen(_params):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        # Where it has a network of its own, nobody else is there to connect.
        return True


WAYS = {"tcp": tcp, "abstract": abstract, "udp": udp, "listen": listen}
serve(lambda params: tries({sys.argv[-1]: lambda: WAYS[sys.argv[-1]](params)}))
