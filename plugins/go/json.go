package main

import (
	"bytes"
	"encoding/json"
	"math"
)

type jsonCodec struct{}

func (jsonCodec) name() string { return "json" }

// MarshalJSON makes json write a raw value as it is.
func (r raw) MarshalJSON() ([]byte, error) {
	if r == nil {
		return []byte("null"), nil
	}
	return r, nil
}

func (jsonCodec) encode(value any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return out.Bytes(), err // Encode ends it with a newline
}

func (jsonCodec) fields(value raw) (map[string]raw, bool) {
	var out map[string]json.RawMessage
	if json.Unmarshal(value, &out) != nil || out == nil {
		return nil, false
	}
	fields := make(map[string]raw, len(out))
	for k, v := range out {
		fields[k] = raw(v)
	}
	return fields, true
}

func (jsonCodec) text(value raw) (string, bool) {
	var out string
	ok := len(value) > 0 && value[0] == '"' && json.Unmarshal(value, &out) == nil
	return out, ok
}

func (jsonCodec) integer(value raw) (int64, bool) {
	var n int64
	if len(value) == 0 || value[0] == 'n' {
		return 0, false
	}
	if json.Unmarshal(value, &n) == nil {
		return n, true
	}
	var f float64
	ok := json.Unmarshal(value, &f) == nil && f == math.Trunc(f) && math.Abs(f) <= 1<<53
	return int64(f), ok
}

func (jsonCodec) strings(value raw) (out []string) {
	if json.Unmarshal(value, &out) != nil {
		return nil
	}
	return out
}
