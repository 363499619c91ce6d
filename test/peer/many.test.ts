import { expect, test } from "vitest";
import fc from "fast-check";
import { createPeer, type Frame, type Peer } from "@sallyport/bus";
import { pair, settle } from "./pair.js";

test("thousands of calls open at once each get their own answer, whatever the order of the answers", async () => {
  const waiting: { readonly n: unknown; answer(value: unknown): void }[] = [];
  const { host, guest } = await pair({ request: (call) => new Promise((answer) => waiting.push({ n: call.params, answer })) });
  const results = Array.from({ length: 5000 }, (_, n) => host.request("m", n, { timeoutMs: 60_000 }).result);
  await settle();
  expect([host.outgoing, guest.incoming]).toEqual([5000, 5000]);
  for (const { n, answer } of waiting.toSorted(() => 0.5 - Math.random())) answer(n);
  expect(await Promise.all(results)).toEqual(Array.from({ length: 5000 }, (_, n) => n));
  expect([host.outgoing, guest.incoming]).toEqual([0, 0]);
});

test("ids that a plugin chose to fall on one place are told apart", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 40 }), { minLength: 1, maxLength: 300 }), fc.constantFrom(1, 64, 4096), async (numbers, stride) => {
      const sent: Frame[] = [];
      const open = new Map<number, (value: unknown) => void>();
      const host: Peer = createPeer({
        role: "host",
        send: (frame) => sent.push(frame) > 0,
        handlers: {
          hello() {}, event() {}, log() {}, bye() {}, violation: (error) => expect.unreachable(error.message), stuck() {},
          request: (call) => new Promise((resolve) => open.set(call.id, resolve)),
        },
      });
      host.receive({ t: "hello", name: "g", version: "1.0.0", methods: [] });
      host.open({ features: new Set(), credit: 1, eventsIn: 1, eventsOut: 1 });
      const ids = numbers.map((n) => n * 2 * stride);
      for (const id of ids) host.receive({ t: "req", id, m: "m", p: null });
      expect(host.incoming).toBe(ids.length);
      for (const id of ids) open.get(id)?.(id);
      await settle();
      expect(host.incoming).toBe(0);
      expect(sent.map((frame) => (frame.t === "res" ? [frame.id, frame.r] : frame))).toEqual(ids.map((id) => [id, id]));
    }),
    { numRuns: 30 },
  );
});
