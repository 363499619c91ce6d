package main

import (
	"slices"
	"time"
)

type method func(p *plugin, c *call) (any, *failure)

var methods = map[string]method{
	"demo.echo":   func(_ *plugin, c *call) (any, *failure) { return c.frame["p"], nil },
	"demo.config": func(p *plugin, _ *call) (any, *failure) { return p.config, nil },
	"demo.upper":  upper,
	"demo.fail":   failAsTold,
	"demo.count":  count,
	"demo.sum":    sum,
	"demo.sleep":  sleep,
	"demo.relay":  relay,
	"demo.emit":   emit,
	"demo.heard":  heard,
	"demo.steps":  steps,
	"demo.log":    logLine,
}

// waits lists the methods that must not hold up the reader.
var waits = []string{"demo.count", "demo.sum", "demo.sleep", "demo.relay"}

func (p *plugin) needText(c *call, name string) (string, *failure) {
	if text, ok := p.text(c.params[name]); ok {
		return text, nil
	}
	return "", failArgument(name, "a string")
}

func (p *plugin) needInteger(c *call, name string) (int64, *failure) {
	if n, ok := p.integer(c.params[name]); ok {
		return n, nil
	}
	return 0, failArgument(name, "an integer")
}

func (p *plugin) needFeature(name string) *failure {
	p.lock.Lock()
	defer p.lock.Unlock()
	if slices.Contains(p.features, name) {
		return nil
	}
	return fail("failed_precondition", "the host does not offer the feature '"+name+"'")
}

func upper(p *plugin, c *call) (any, *failure) {
	text, failed := p.needText(c, "text")
	bytes := []byte(text)
	for i, b := range bytes {
		if b >= 'a' && b <= 'z' { // ASCII alone, as in every language
			bytes[i] = b - 32
		}
	}
	return string(bytes), failed
}

func failAsTold(p *plugin, c *call) (any, *failure) {
	code, failed := p.needText(c, "code")
	if failed != nil {
		return nil, failed
	}
	msg, failed := p.needText(c, "msg")
	if failed != nil {
		return nil, failed
	}
	return nil, fail(code, msg)
}

func count(p *plugin, c *call) (any, *failure) {
	to, failed := p.needInteger(c, "to")
	if failed != nil {
		return nil, failed
	}
	for i := int64(1); i <= to && c.frame["cr"] != nil; i++ { // without cr the caller takes no stream
		if !c.wait(c.takeCredit) {
			return nil, errCancelled
		}
		p.send(object{"t": "data", "id": c.id, "d": i})
	}
	return object{"count": c.params["to"]}, nil
}

func sum(p *plugin, c *call) (any, *failure) {
	var total, taken int64
	if c.frame["in"] != nil {
		p.send(object{"t": "credit", "id": c.id, "n": window})
	}
	for {
		var items []raw
		if !c.wait(func() bool { items, c.items = c.items, nil; return len(items) > 0 || c.ended }) {
			return nil, errCancelled
		}
		if len(items) == 0 {
			return total, nil
		}
		for _, item := range items {
			n, ok := p.integer(item)
			if !ok {
				return nil, fail("invalid_argument", "an item is not an integer")
			}
			total += n
		}
		if taken += int64(len(items)); taken*2 >= window {
			p.send(object{"t": "credit", "id": c.id, "n": taken})
			taken = 0
		}
	}
}

func sleep(p *plugin, c *call) (any, *failure) {
	ms, failed := p.needInteger(c, "ms")
	if failed != nil {
		return nil, failed
	}
	left, limited := p.integer(c.frame["dl"])
	tooLate := limited && left < ms
	if tooLate {
		ms = left
	}
	if !c.sleep(time.Duration(ms) * time.Millisecond) {
		return nil, errCancelled
	}
	if tooLate {
		return nil, fail("deadline_exceeded", "the deadline passed while sleeping")
	}
	return object{"slept": c.params["ms"]}, nil
}

func relay(p *plugin, c *call) (any, *failure) {
	if failed := p.needFeature("hostcall"); failed != nil {
		return nil, failed
	}
	name, failed := p.needText(c, "method")
	if failed != nil {
		return nil, failed
	}
	p.lock.Lock()
	nested := p.nextID
	p.nextID += 2
	p.lock.Unlock()
	c.change(func() { c.nested = nested })
	request := object{"t": "req", "id": nested, "m": name, "p": c.params["params"], "par": c.id}
	if meta := c.frame["meta"]; meta != nil {
		request["meta"] = meta
	}
	p.send(request)
	if !c.wait(func() bool { return c.reply != nil }) {
		p.send(object{"t": "cancel", "id": nested, "why": "parent"})
		return nil, errCancelled
	}
	if problem := c.reply["e"]; problem != nil {
		return nil, &failure{problem}
	}
	return c.reply["r"], nil
}

func emit(p *plugin, c *call) (any, *failure) {
	if failed := p.needFeature("events"); failed != nil {
		return nil, failed
	}
	topic, failed := p.needText(c, "topic")
	if failed != nil {
		return nil, failed
	}
	p.lock.Lock()
	allowed := p.eventCredit > 0
	if allowed {
		p.eventCredit--
	}
	p.lock.Unlock()
	if allowed {
		p.send(object{"t": "ev", "m": topic, "p": c.params["payload"]})
	}
	return allowed, nil
}

func heard(p *plugin, _ *call) (any, *failure) {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.pokes, nil
}

func steps(p *plugin, c *call) (any, *failure) {
	if failed := p.needFeature("progress"); failed != nil {
		return nil, failed
	}
	n, failed := p.needInteger(c, "steps")
	for i := int64(1); i <= n; i++ {
		p.send(object{"t": "prog", "id": c.id, "p": object{"done": i, "total": n}})
	}
	return object{"steps": c.params["steps"]}, failed
}

func logLine(p *plugin, c *call) (any, *failure) {
	if failed := p.needFeature("log"); failed != nil {
		return nil, failed
	}
	msg, failed := p.needText(c, "msg")
	if failed == nil {
		p.send(object{"t": "log", "lv": "info", "msg": msg, "id": c.id})
	}
	return true, failed
}
