// The demo plugin in Go: standard library only, a goroutine for each call that waits.
package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
)

const window = 32 // input items taken ahead

type plugin struct {
	*wire
	lock        sync.Mutex
	calls       map[int64]*call
	closing     bool
	nextID      int64
	features    []string
	config      raw
	eventCredit int64
	eventWindow int64
	unacked     int64
	pokes       int64
}

func main() {
	if os.Getenv("SALLYPORT_PLUGIN") == "" {
		fmt.Fprintln(os.Stderr, `This is a Sallyport plugin; try: npx sallyport call demo.upper '{"text":"hi"}' --plugin plugins/go`)
		os.Exit(64)
	}
	var c codec = jsonCodec{}
	if len(os.Args) == 3 && os.Args[1] == "--codec" && os.Args[2] == "msgpack" {
		c = msgpackCodec{}
	}
	p := &plugin{wire: newWire(c), calls: map[int64]*call{}, nextID: 2}
	p.sayHello()
	for {
		frame, err := p.read()
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return // calls in flight have nobody left to answer
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		p.receive(frame)
		p.leaveWhenIdle()
	}
}

func (p *plugin) sayHello() {
	names := []any{}
	for name := range methods {
		switch name {
		case "demo.count":
			names = append(names, object{"name": name, "stream": "out"})
		case "demo.sum":
			names = append(names, object{"name": name, "stream": "in"})
		default:
			names = append(names, name)
		}
	}
	p.send(object{"t": "hello", "name": "demo", "version": "1.0.0", "methods": names, "events": []any{"demo.poke"}, "limits": object{"inflight": 1024},
		"features": []any{"stream", "cancel", "ping", "log", "progress", "events", "hostcall"}})
}

func (p *plugin) receive(f map[string]raw) {
	kind, _ := p.text(f["t"])
	id, _ := p.integer(f["id"])
	n, _ := p.integer(f["n"])
	p.lock.Lock()
	c := p.calls[id]
	p.lock.Unlock()
	switch kind {
	case "hello":
		p.onHello(f)
	case "req":
		c := newCall(id, f, p.codec)
		c.credit, _ = p.integer(f["cr"])
		c.ended = f["in"] == nil
		if name, _ := p.text(f["m"]); !slices.Contains(waits, name) {
			p.answer(c)
			return
		}
		p.lock.Lock()
		p.calls[id] = c
		p.lock.Unlock()
		go p.serve(c)
	case "res", "err":
		p.onReply(id, f)
	case "ev":
		p.onEvent(f)
	case "ping":
		p.send(object{"t": "pong", "n": f["n"]})
	case "bye":
		p.lock.Lock()
		p.closing = true
		p.lock.Unlock()
	case "credit":
		if id == 0 {
			p.lock.Lock()
			p.eventCredit += n
			p.lock.Unlock()
		} else if c != nil {
			c.change(func() { c.credit += n })
		}
	case "data":
		if c != nil {
			c.change(func() { c.items = append(c.items, f["d"]) })
		}
	case "end":
		if c != nil {
			c.change(func() { c.ended = true })
		}
	case "cancel":
		if c != nil {
			c.cancel()
		}
	}
}

func (p *plugin) onHello(f map[string]raw) {
	limits, _ := p.fields(f["limits"])
	if n, ok := p.integer(limits["frame"]); ok {
		p.maxBytes = int(n)
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.eventCredit, _ = p.integer(limits["events"])
	p.eventWindow, p.features, p.config = p.eventCredit, p.strings(f["features"]), f["config"]
}

func (p *plugin) onReply(nested int64, f map[string]raw) {
	p.lock.Lock()
	defer p.lock.Unlock()
	for _, c := range p.calls {
		c.change(func() {
			if c.nested == nested {
				c.reply = f
			}
		})
	}
}

func (p *plugin) onEvent(f map[string]raw) {
	topic, _ := p.text(f["m"])
	p.lock.Lock()
	if topic == "demo.poke" {
		p.pokes++
	}
	p.unacked++
	give := p.unacked
	if give*2 < p.eventWindow {
		give = 0
	} else {
		p.unacked = 0
	}
	p.lock.Unlock()
	if give > 0 {
		p.send(object{"t": "credit", "id": 0, "n": give})
	}
}

// serve runs one call that waits.
func (p *plugin) serve(c *call) {
	p.answer(c)
	p.lock.Lock()
	delete(p.calls, c.id)
	p.lock.Unlock()
	p.leaveWhenIdle()
}

// answer sends exactly one terminal frame whatever happens.
func (p *plugin) answer(c *call) {
	name, _ := p.text(c.frame["m"])
	var result any
	failed := fail("unimplemented", "there is no method "+name)
	if method, ok := methods[name]; ok {
		result, failed = method(p, c)
	}
	if failed != nil {
		p.send(object{"t": "err", "id": c.id, "e": failed.wire})
	} else {
		p.send(object{"t": "res", "id": c.id, "r": result})
	}
}

func (p *plugin) leaveWhenIdle() {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.closing && len(p.calls) == 0 {
		p.setWaiting(true)
		os.Exit(0)
	}
}
