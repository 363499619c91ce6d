import type { Memory } from "../memory.js";
import type { Clocks } from "./clocks.js";
import { ERRNO, errnoOf, WasiError } from "./errno.js";
import { sizeOf } from "./files.js";
import type { Stdin } from "./stdin.js";
import type { Table } from "./table.js";

const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const MOST_SUBSCRIPTIONS = 4096;
const CLOCK = 0;
const READ = 1;
const WRITE = 2;
const NS_PER_MS = 1e6;

interface Event {
  readonly userdata: bigint;
  readonly type: number;
  readonly errno: number;
  readonly bytes: bigint;
  readonly hangup: boolean;
}

interface Waiting {
  readonly userdata: bigint;
  readonly type: number;
  /** The event, once it has come. `passed`: how long this call has waited, ms. */
  look(passedMs: number): Pick<Event, "errno" | "bytes" | "hangup"> | undefined;
  /** A clock: ms until it comes, from the call on. */
  readonly dueMs?: number;
}

const COME = { errno: ERRNO.success, bytes: 0n, hangup: false };
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** `poll_oneoff`: waits for clocks and stdin together; everything else is ready at once. Returns how many events were written. */
export function poll(memory: Memory, from: number, to: number, count: number, { table, clocks, stdin }: { readonly table: Table; readonly clocks: Clocks; readonly stdin: Stdin }): number {
  if (count === 0 || count >>> 0 > MOST_SUBSCRIPTIONS) throw new WasiError(ERRNO.inval);
  memory.part(to, count * EVENT_BYTES);
  const view = new DataView(memory.part(from, count * SUBSCRIPTION_BYTES).slice().buffer);
  const waiting = Array.from({ length: count }, (_, i): Waiting => subscription(view, i * SUBSCRIPTION_BYTES, { table, clocks, stdin }));
  const begun = performance.now();
  const listens = waiting.some(({ type, dueMs }) => type === READ && dueMs === undefined);
  const nextMs = Math.min(...waiting.map(({ dueMs }) => dueMs ?? Infinity));
  for (;;) {
    const passedMs = performance.now() - begun;
    const events = waiting.flatMap(({ userdata, type, look }): Event | readonly Event[] => {
      const come = look(passedMs);
      return come === undefined ? [] : { userdata, type, ...come };
    });
    if (events.length > 0) return written(memory, to, events);
    const leftMs = Math.max(0, nextMs - passedMs);
    if (listens) stdin.wait(leftMs);
    else Atomics.wait(PAUSE, 0, 0, leftMs);
  }
}

function subscription(view: DataView, at: number, { table, clocks, stdin }: { readonly table: Table; readonly clocks: Clocks; readonly stdin: Stdin }): Waiting {
  const userdata = view.getBigUint64(at, true);
  const type = view.getUint8(at + 8);
  const failed = (errno: number): Waiting => ({ userdata, type, look: () => ({ ...COME, errno }) });
  if (type === CLOCK) {
    const id = view.getUint32(at + 16, true);
    const timeout = view.getBigUint64(at + 24, true);
    const absolute = (view.getUint16(at + 40, true) & 1) === 1;
    try {
      const ns = absolute ? timeout - clocks.now(id) : timeout;
      clocks.resolution(id);
      const dueMs = Number(ns) / NS_PER_MS;
      return { userdata, type, dueMs, look: (passedMs) => (passedMs >= dueMs ? COME : undefined) };
    } catch (error) {
      return failed(errnoOf(error));
    }
  }
  if (type !== READ && type !== WRITE) return failed(ERRNO.inval);
  try {
    const open = table.get(view.getUint32(at + 16, true));
    if (open.kind === "stdin" && type === READ) {
      return {
        userdata, type,
        look() {
          const found = stdin.ready();
          return found && { errno: ERRNO.success, bytes: BigInt(found.bytes), hangup: found.ended };
        },
      };
    }
    const bytes = open.kind === "file" && type === READ ? sizeOf(open) - open.at : 1n;
    return { userdata, type, look: () => ({ ...COME, bytes: bytes > 0n ? bytes : 0n }) };
  } catch (error) {
    return failed(errnoOf(error));
  }
}

function written(memory: Memory, to: number, events: readonly Event[]): number {
  const view = memory.view();
  memory.part(to, events.length * EVENT_BYTES).fill(0);
  for (const [i, { userdata, errno, type, bytes, hangup }] of events.entries()) {
    const at = (to >>> 0) + i * EVENT_BYTES;
    view.setBigUint64(at, userdata, true);
    view.setUint16(at + 8, errno, true);
    view.setUint8(at + 10, type);
    view.setBigUint64(at + 16, bytes, true);
    view.setUint16(at + 24, hangup ? 1 : 0, true);
  }
  return events.length;
}

