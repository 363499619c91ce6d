package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// msgpackCodec is just enough MessagePack for Sallyport: the data model of bus/PROTOCOL.md and nothing else.
type msgpackCodec struct{}

const maxDepth = 64

var errShape = errors.New("not one well-formed value")

func (msgpackCodec) name() string { return "msgpack" }

func (msgpackCodec) encode(value any) ([]byte, error) {
	out, err := appendValue(make([]byte, 4, 128), value)
	if err == nil {
		binary.BigEndian.PutUint32(out, uint32(len(out)-4))
	}
	return out, err
}

func appendValue(out []byte, value any) ([]byte, error) {
	var err error
	switch v := value.(type) {
	case raw:
		if v == nil {
			return append(out, 0xc0), nil
		}
		return append(out, v...), nil
	case bool:
		if v {
			return append(out, 0xc3), nil
		}
		return append(out, 0xc2), nil
	case int:
		return appendValue(out, int64(v))
	case int64:
		if v >= -32 && v < 128 {
			return append(out, byte(v)), nil
		}
		return binary.BigEndian.AppendUint64(append(out, 0xd3), uint64(v)), nil
	case string:
		return append(appendHead(out, 0xa0, 31, 0xda, len(v)), v...), nil
	case []any:
		out = appendHead(out, 0x90, 15, 0xdc, len(v))
		for _, item := range v {
			if out, err = appendValue(out, item); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out = appendHead(out, 0x80, 15, 0xde, len(v))
		for key, item := range v {
			out, _ = appendValue(out, key)
			if out, err = appendValue(out, item); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("cannot send a %T", value)
}

func appendHead(out []byte, small byte, smallMax int, wide byte, n int) []byte {
	switch {
	case n <= smallMax:
		return append(out, small|byte(n))
	case n <= 0xffff:
		return binary.BigEndian.AppendUint16(append(out, wide), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(out, wide+1), uint32(n))
}

// head reads a value's first bytes: bytes of head, bytes of payload, and values that follow.
func head(b raw) (size, payload, items int, err error) {
	if len(b) == 0 {
		return 0, 0, 0, errShape
	}
	c := b[0]
	switch {
	case c < 0x80 || c >= 0xe0 || c == 0xc0 || c == 0xc2 || c == 0xc3:
		return 1, 0, 0, nil
	case c < 0x90:
		return 1, 0, 2 * int(c&15), nil
	case c < 0xa0:
		return 1, 0, int(c & 15), nil
	case c < 0xc0:
		return 1, int(c & 31), 0, nil
	}
	if n, ok := map[byte]int{0xca: 4, 0xcb: 8, 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8, 0xd6: 5, 0xd7: 9}[c]; ok {
		return 1, n, 0, nil
	}
	if c == 0xc7 && len(b) > 1 && b[1] == 12 {
		return 1, 14, 0, nil
	}
	wide, ok := map[byte]int{0xc4: 1, 0xc5: 2, 0xc6: 4, 0xd9: 1, 0xda: 2, 0xdb: 4, 0xdc: 2, 0xdd: 4, 0xde: 2, 0xdf: 4}[c]
	if !ok || len(b) < 1+wide {
		return 0, 0, 0, errShape
	}
	n := 0
	for _, x := range b[1 : 1+wide] {
		n = n<<8 | int(x)
	}
	switch {
	case c >= 0xde:
		return 1 + wide, 0, 2 * n, nil
	case c >= 0xdc:
		return 1 + wide, 0, n, nil
	}
	return 1 + wide, n, 0, nil
}

// skip returns the length of the first value in b.
func skip(b raw, depth int) (int, error) {
	size, payload, items, err := head(b)
	if err != nil || depth < 0 || len(b)-size < payload {
		return 0, errShape
	}
	at := size + payload
	for ; items > 0; items-- {
		n, err := skip(b[at:], depth-1)
		if err != nil {
			return 0, err
		}
		at += n
	}
	return at, nil
}

// split returns the values directly inside an array or map.
func split(b raw) ([]raw, bool) {
	if n, err := skip(b, maxDepth); err != nil || n != len(b) {
		return nil, false
	}
	at, _, items, _ := head(b)
	out := []raw{}
	for ; items > 0; items-- {
		n, _ := skip(b[at:], maxDepth)
		out = append(out, b[at:at+n])
		at += n
	}
	return out, true
}

func (c msgpackCodec) fields(value raw) (map[string]raw, bool) {
	if len(value) == 0 || !(value[0]&0xf0 == 0x80 || value[0] == 0xde || value[0] == 0xdf) {
		return nil, false
	}
	parts, ok := split(value)
	out := make(map[string]raw, len(parts)/2)
	for i := 0; ok && i+1 < len(parts); i += 2 {
		key, isText := c.text(parts[i])
		out[key], ok = parts[i+1], isText
	}
	return out, ok
}

func (msgpackCodec) text(value raw) (string, bool) {
	if len(value) == 0 || !(value[0]&0xe0 == 0xa0 || value[0] >= 0xd9 && value[0] <= 0xdb) {
		return "", false
	}
	size, _, _, err := head(value)
	return string(value[size:]), err == nil
}

func (msgpackCodec) integer(value raw) (int64, bool) {
	if len(value) == 0 {
		return 0, false
	}
	c, rest := value[0], value[1:]
	switch {
	case c < 0x80 || c >= 0xe0:
		return int64(int8(c)), true
	case c == 0xcb:
		f := math.Float64frombits(binary.BigEndian.Uint64(rest))
		return int64(f), f == math.Trunc(f) && math.Abs(f) <= 1<<53
	case c < 0xcc || c > 0xd3:
		return 0, false
	}
	var n uint64
	for _, x := range rest {
		n = n<<8 | uint64(x)
	}
	if c < 0xd0 {
		return int64(n), n <= math.MaxInt64
	}
	shift := 64 - 8*len(rest)
	return int64(n<<shift) >> shift, true
}

func (c msgpackCodec) strings(value raw) (out []string) {
	parts, _ := split(value)
	for _, part := range parts {
		if s, ok := c.text(part); ok {
			out = append(out, s)
		}
	}
	return out
}
