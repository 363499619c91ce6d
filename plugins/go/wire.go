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

const writeBytes = 4 << 10 // the host reads these while the rest is answered

// wire reads and writes frames. Sending is safe from any goroutine: what is sent while input is at hand leaves
// in one write, when the reader is about to wait.
type wire struct {
	codec
	in          *bufio.Reader
	maxBytes    int // 64 KiB until the host's hello says otherwise
	lock        sync.Mutex
	out         []byte
	readerWaits bool // so nobody else would send it
}

func newWire(c codec) *wire {
	w := &wire{codec: c, maxBytes: 64 << 10, out: []byte("SALLYPORT/1 " + c.name() + "\n")}
	w.in = bufio.NewReaderSize(stdin{w}, 64<<10)
	return w
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
	w.out = append(w.out, bytes...)
	if w.readerWaits || len(w.out) >= writeBytes {
		w.flush()
	}
}

// stdin sends what is written before it waits for more.
type stdin struct{ *wire }

func (w stdin) Read(to []byte) (int, error) {
	w.setWaiting(true)
	defer w.setWaiting(false)
	return os.Stdin.Read(to)
}

func (w *wire) setWaiting(waits bool) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.readerWaits = waits
	w.flush()
}

func (w *wire) flush() {
	if len(w.out) == 0 {
		return
	}
	if _, err := os.Stdout.Write(w.out); err != nil {
		os.Exit(0) // the host is gone
	}
	w.out = w.out[:0]
}
