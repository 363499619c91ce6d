"""Just enough MessagePack for Sallyport: the data model of bus/PROTOCOL.md and nothing else."""
import struct

MAX_DEPTH = 64


class Timestamp:
    """A timestamp (extension -1), kept as its payload so that it goes back as it came."""

    def __init__(self, data):
        self.data = data


def pack(value):
    out = bytearray()
    _pack(value, out)
    return bytes(out)


def _pack(v, out):
    if v is None:
        out.append(0xC0)
    elif isinstance(v, bool):  # before int: a bool is one
        out.append(0xC3 if v else 0xC2)
    elif isinstance(v, int):
        _pack_int(v, out)
    elif isinstance(v, float):
        out += struct.pack(">Bd", 0xCB, v)
    elif isinstance(v, str):
        data = v.encode()
        _head(len(data), 0xA0, 32, (0xD9, 0xDA, 0xDB), out)
        out += data
    elif isinstance(v, (bytes, bytearray)):
        _head(len(v), None, 0, (0xC4, 0xC5, 0xC6), out)
        out += v
    elif isinstance(v, Timestamp):
        out += {4: b"\xd6", 8: b"\xd7", 12: b"\xc7\x0c"}[len(v.data)] + b"\xff" + v.data
    elif isinstance(v, list):
        _head(len(v), 0x90, 16, (None, 0xDC, 0xDD), out)
        for item in v:
            _pack(item, out)
    elif isinstance(v, dict):
        _head(len(v), 0x80, 16, (None, 0xDE, 0xDF), out)
        for key, item in v.items():
            _pack(key, out)
            _pack(item, out)
    else:
        raise TypeError(f"cannot send a {type(v).__name__}")


def _pack_int(v, out):
    if -32 <= v < 128:
        out += struct.pack(">b", v)
    elif v >= 0:
        kind, code = (("B", 0xCC) if v < 1 << 8 else ("H", 0xCD) if v < 1 << 16 else ("I", 0xCE) if v < 1 << 32 else ("Q", 0xCF))
        out += struct.pack(">B" + kind, code, v)
    else:
        kind, code = (("b", 0xD0) if v >= -(1 << 7) else ("h", 0xD1) if v >= -(1 << 15) else ("i", 0xD2) if v >= -(1 << 31) else ("q", 0xD3))
        out += struct.pack(">B" + kind, code, v)


def _head(n, fix, fix_below, codes, out):
    if n < fix_below:
        out.append(fix | n)
    elif codes[0] is not None and n < 1 << 8:
        out += bytes((codes[0], n))
    elif n < 1 << 16:
        out += struct.pack(">BH", codes[1], n)
    else:
        out += struct.pack(">BI", codes[2], n)


_NUMBERS = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
_SIZES = {0xC4: ("bin", ">B"), 0xC5: ("bin", ">H"), 0xC6: ("bin", ">I"), 0xD9: ("str", ">B"), 0xDA: ("str", ">H"), 0xDB: ("str", ">I"),
          0xDC: ("list", ">H"), 0xDD: ("list", ">I"), 0xDE: ("map", ">H"), 0xDF: ("map", ">I")}
_EXT = {0xD6: 4, 0xD7: 8}


def unpack(data):
    value, end = _unpack(data, 0, MAX_DEPTH)
    if end != len(data):
        raise ValueError("bytes after the value")
    return value


def _unpack(b, i, depth):
    if depth < 0:
        raise ValueError("nested too deep")
    c, i = b[i], i + 1
    if c < 0x80:
        return c, i
    if c >= 0xE0:
        return c - 256, i
    if c < 0xC0:
        kind, n = ("map", c & 15) if c < 0x90 else ("list", c & 15) if c < 0xA0 else ("str", c & 31)
    elif c in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[c], i
    elif c in _NUMBERS:
        fmt = _NUMBERS[c]
        return struct.unpack_from(fmt, b, i)[0], i + struct.calcsize(fmt)
    elif c in _SIZES:
        kind, fmt = _SIZES[c]
        n, i = struct.unpack_from(fmt, b, i)[0], i + struct.calcsize(fmt)
    elif c in _EXT or (c == 0xC7 and b[i] == 12):
        n, i = (_EXT[c], i) if c in _EXT else (12, i + 1)
        if b[i] != 0xFF:
            raise ValueError("an extension other than timestamp")
        return Timestamp(b[i + 1:i + 1 + n]), i + 1 + n
    else:
        raise ValueError(f"byte 0x{c:02x} is not in the data model")
    if kind in ("str", "bin"):
        if i + n > len(b):
            raise ValueError("cut short")
        return (b[i:i + n].decode() if kind == "str" else b[i:i + n]), i + n
    if kind == "list":
        items = []
        for _ in range(n):
            item, i = _unpack(b, i, depth - 1)
            items.append(item)
        return items, i
    out = {}
    for _ in range(n):
        key, i = _unpack(b, i, depth)
        if not isinstance(key, str):
            raise ValueError("a key that is not a string")
        out[key], i = _unpack(b, i, depth - 1)
    return out, i
