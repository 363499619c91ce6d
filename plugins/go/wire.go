package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sync"
)

// raw is one value in the codec's own bytes, sent on as it came.
type raw []byte

// codec turns frames to bytes and back; json.go and msgpack.go each have one.
type codec interface {
	name() string
	encode(value any) ([]byte, error)
	// fields splits a map; false for anything else.
	fields(value raw) (map[string]raw, bool)
	text(value raw) (string, bool)
	integer(value raw) (int64, bool)
	strings(value raw) []string
}

// wire reads and writes frames. Sending is safe from any goroutine.
type wire struct {
	codec
	in       *bufio.Reader
	lock     sync.Mutex
	maxBytes int // 64 KiB until the host's hello says otherwise
}

func newWire(c codec) *wire {
	fmt.Fprintf(os.Stdout, "SALLYPORT/1 %s\n", c.name())
	return &wire{codec: c, in: bufio.NewReaderSize(os.Stdin, 64<<10), maxBytes: 64 << 10}
}

// read returns the next frame's fields, or io.EOF.
func (w *wire) read() (map[string]raw, error) {
	for {
		bytes, err := w.readBytes()
		if err != nil {
			return nil, err
		}
		if len(bytes) == 0 {
			continue
		}
		f, ok := w.fields(bytes)
		if !ok {
			return nil, fmt.Errorf("the host sent a frame that is not a map")
		}
		return f, nil
	}
}

func (w *wire) readBytes() ([]byte, error) {
	if w.name() == "msgpack" {
		var size uint32
		if err := binary.Read(w.in, binary.BigEndian, &size); err != nil {
			return nil, err
		}
		if int64(size) > int64(w.maxBytes) {
			return nil, w.tooLong()
		}
		frame := make([]byte, size)
		_, err := io.ReadFull(w.in, frame)
		return frame, err
	}
	var line []byte
	for {
		part, err := w.in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > w.maxBytes+2 {
			return nil, w.tooLong()
		}
		if err == nil {
			return bytes.TrimSpace(line), nil
		}
		if err != bufio.ErrBufferFull {
			return nil, err
		}
	}
}

func (w *wire) tooLong() error {
	return fmt.Errorf("the host sent a frame longer than the %d bytes it may", w.maxBytes)
}

func (w *wire) send(frame map[string]any) {
	bytes, err := w.encode(frame)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot encode a frame:", err)
		os.Exit(1)
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	if _, err := os.Stdout.Write(bytes); err != nil {
		os.Exit(0) // the host is gone
	}
}
