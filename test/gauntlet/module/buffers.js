// Takes memory outside of the engine's heap (R02). Stops by itself at 700 MiB, so that a machine without limits lives.
import { evil, oneOf } from "./kit.js";

const MIB = 1 << 20;
const STOP_MIB = 700;

function hoard(make) {
  const all = [];
  for (let mib = 0; mib < STOP_MIB; mib += 16) {
    const bytes = new Uint8Array(make(16 * MIB));
    // Memory that was never written is none yet.
    for (let at = 0; at < bytes.length; at += 4096) bytes[at] = 1;
    all.push(bytes);
  }
  // Long enough for whoever looks from outside.
  const until = Date.now() + 1500;
  while (Date.now() < until);
  return { got: [`${STOP_MIB} MiB of buffers`], kept: all.length };
}

export default evil(oneOf({
  arrays: () => hoard((bytes) => new ArrayBuffer(bytes)),
  resizable: () => hoard((bytes) => {
    const buffer = new ArrayBuffer(1, { maxByteLength: bytes });
    buffer.resize(bytes);
    return buffer;
  }),
}));
