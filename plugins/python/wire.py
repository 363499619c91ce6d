"""Frames on stdin and stdout, as lines of JSON or as length-prefixed MessagePack."""
import json
import struct
import sys
import threading

import msgpack


class Wire:
    def __init__(self, codec):
        self.codec = codec
        self.max_bytes = 64 << 10  # until the host's hello says otherwise
        self._in, self._out, self._lock = sys.stdin.buffer, sys.stdout.buffer, threading.Lock()
        sys.stdout = sys.stderr  # a stray print() now goes to the log instead of into a frame
        self._out.write(f"SALLYPORT/1 {codec}\n".encode())

    def read(self):
        """The next frame; None at the end of input."""
        if self.codec == "json":
            line = b"\n"
            while line.strip() == b"" and line != b"":
                line = self._in.readline(self.max_bytes + 2)
            if len(line) > self.max_bytes + 1:
                raise ValueError("the host sent a longer frame than it may")
            return json.loads(line) if line.endswith(b"\n") else None
        head = self._in.read(4)
        if len(head) < 4:
            return None
        (size,) = struct.unpack(">I", head)
        if size > self.max_bytes:
            raise ValueError("the host sent a longer frame than it may")
        body = self._in.read(size)
        return msgpack.unpack(body) if len(body) == size else None

    def send(self, **frame):
        if self.codec == "json":
            data = json.dumps(frame, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        else:
            data = msgpack.pack(frame)
            data = struct.pack(">I", len(data)) + data
        with self._lock:
            self._out.write(data)
            self._out.flush()
