package main

import (
	"sync"
	"time"
)

type object = map[string]any

// failure is an error object on its way to the host: an object, or raw as another one sent it.
type failure struct{ wire any }

// call is one request of the host, from req to its terminal frame.
type call struct {
	id        int64
	frame     map[string]raw
	params    map[string]raw
	cancelled chan struct{}
	once      sync.Once

	lock    sync.Mutex
	changed *sync.Cond
	done    bool // cancelled, seen under the lock
	credit  int64
	items   []raw
	ended   bool
	nested  int64
	reply   map[string]raw
}

func newCall(id int64, frame map[string]raw, c codec) *call {
	out := &call{id: id, frame: frame, cancelled: make(chan struct{})}
	out.params, _ = c.fields(frame["p"])
	out.changed = sync.NewCond(&out.lock)
	return out
}

// change updates the call and wakes its handler.
func (c *call) change(update func()) {
	c.lock.Lock()
	update()
	c.lock.Unlock()
	c.changed.Broadcast()
}

func (c *call) cancel() {
	c.once.Do(func() { close(c.cancelled) })
	c.change(func() { c.done = true })
}

// wait blocks until ready, which runs under the lock and may take what it finds. False: the call was cancelled.
func (c *call) wait(ready func() bool) bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	for !c.done {
		if ready() {
			return true
		}
		c.changed.Wait()
	}
	return false
}

// takeCredit is for wait: one stream item may go.
func (c *call) takeCredit() bool {
	if c.credit < 1 {
		return false
	}
	c.credit--
	return true
}

func (c *call) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.cancelled:
		return false
	}
}

func fail(code, msg string) *failure { return &failure{object{"code": code, "msg": msg}} }

func failArgument(name, expected string) *failure {
	return &failure{object{"code": "invalid_argument", "msg": name + " must be " + expected, "path": "params." + name}}
}

var errCancelled = fail("cancelled", "the call was cancelled")
