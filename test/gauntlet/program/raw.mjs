// The protocol in its smallest form, for programs that misbehave below or above it.
import { writeSync } from "node:fs";
import { createFrameReader, encodeFrame, handshakeLine, jsonCodec } from "@sallyport/bus";

const HELLO = {
  t: "hello", name: "evil", version: "1.0.0", methods: ["evil.ping", "evil.attack", { name: "evil.stream", stream: "out" }],
  features: ["stream", "cancel", "ping", "log", "progress", "events", "hostcall"], limits: { inflight: 16 },
};
const clock = new Int32Array(new SharedArrayBuffer(4));

export const sleep = (ms) => void Atomics.wait(clock, 0, 0, ms);

/** Writes whole, blocking: these programs need order and nothing else. */
export function write(data) {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") process.exit(0);
      sleep(1);
    }
  }
}

/** A frame in its framing, unchecked: what a correct encoder would refuse is sent as JSON writes it. */
export function bytesOf(codec, frame) {
  return codec === jsonCodec ? Buffer.from(`${JSON.stringify(frame)}\n`) : Buffer.from(encodeFrame(codec, frame, 64 << 20));
}

/** Shakes hands, answers `evil.ping`, and hands every other frame to `attack(frame, say)`. */
export function serve(attack, { codec = jsonCodec, hello = {} } = {}) {
  const say = (frame) => write(bytesOf(codec, frame));
  write(handshakeLine(codec));
  say({ ...HELLO, ...hello });
  const reader = createFrameReader({
    codec,
    maxBytes: 64 << 20,
    onFrame(frame) {
      if (frame.t === "bye") process.exit(0);
      else if (frame.t === "ping") say({ t: "pong", n: frame.n });
      else if (frame.t === "req" && frame.m === "evil.ping") say({ t: "res", id: frame.id, r: "ok" });
      else attack(frame, say);
    },
  });
  process.stdin.on("data", (chunk) => reader.push(chunk));
  process.stdin.on("end", () => process.exit(0));
}
