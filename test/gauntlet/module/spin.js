// Keeps its processor busy and yields to nobody, or only to itself (R03).
import { evil, oneOf } from "./kit.js";

export default evil(oneOf({
  loop() {
    for (;;);
  },
  regexp: () => /^(a+)+$/.test(`${"a".repeat(64)}b`),
  sort: () => new Array(1000).fill(0).sort(() => {
    for (;;);
  }),
  bigint() {
    let n = 3n;
    for (;;) n = (n * n) % (1n << 200_000n) + 1n;
  },
  async microtasks() {
    for (;;) await Promise.resolve();
  },
  async promises() {
    const chain = () => Promise.resolve().then(chain);
    await Promise.all([chain(), chain(), chain()]);
  },
  async turns() {
    // Deaf to its cancel.
    for (;;) await new Promise((resolve) => setTimeout(resolve, 0));
  },
  generator: () => [...(function* () {
    for (;;) {
      const until = Date.now() + 1000;
      while (Date.now() < until);
      yield 1;
    }
  })()],
  iterator: () => Array.from({ length: 1e9 }, function wait() {
    for (;;);
  }),
  garbage() {
    for (;;) void new Array(1000).fill(0).map((_, i) => ({ i }));
  },
  date() {
    // Looks at the clock all the time.
    while (Date.now() > 0);
  },
  proxy() {
    const endless = new Proxy({}, { getPrototypeOf: () => endless });
    for (;;) void (endless instanceof Array);
  },
  getter: () => ({ get value() {
    for (;;);
  } }),
  then: () => ({ then() {
    for (;;);
  } }),
  wait: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
}));
