import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { createLookout } from "@sallyport/bus";
import { createOutput, framingOf, writeAll, type Framing } from "@sallyport/cell/inside";
import { instantiate, type Imports, type LinearMemory, type Module } from "./engine.js";
import { fail, refuse, trapped } from "./fail.js";
import { EXIT_OTHER_ABI } from "./head.js";
import { memoryOf } from "./memory.js";

/** What a module of the guest ABI exports; the host has checked it. */
interface Exports {
  readonly memory: LinearMemory;
  _initialize?(): void;
  sallyport_abi(): number;
  sallyport_codec(): number;
  sallyport_alloc(size: number): number;
  sallyport_receive(frame: number, size: number): void;
  sallyport_start(): number;
  sallyport_wake(): void;
  sallyport_stop(): void;
}

const ABI = 1;
const CODECS: readonly Framing["codec"][] = ["json", "msgpack"];
const NO_TIMER = 0xffffffff;
/** Beyond it engines fire at once; a guest that is woken early asks again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const LOG_BYTES = 8 << 10;
const LEVELS = ["debug", "info", "warn", "error"];

/** Runs a module of the guest ABI: hands frames of stdin to it, and what it sends to stdout. `imports`: what is offered beside the ABI. */
export function runGuest(module: Module, imports: Imports, mostBytes: number, attach?: (memory: () => LinearMemory) => void): void {
  let exports: Exports | undefined;
  let talking = false;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const output = createOutput(1);
  const memoryNow = (): LinearMemory => (exports ?? fail("the module calls the host before it is started")).memory;
  const memory = memoryOf(memoryNow);
  const call = <T>(what: string, run: (guest: Exports) => T): T => {
    try {
      return run(exports as Exports);
    } catch (thrown) {
      output.flush();
      return trapped(what, thrown, exports?.memory, mostBytes);
    }
  };
  /** As `call`, for those in which the guest may send. */
  const talk = (what: string, run: (guest: Exports) => void): void => {
    talking = true;
    call(what, run);
    talking = false;
    if (ended) leave();
  };
  const leave = (): never => {
    call("sallyport_stop", (guest) => guest.sallyport_stop());
    output.flush();
    process.exit(0);
  };
  const wake = (): void => {
    timer = undefined;
    talk("sallyport_wake", (guest) => guest.sallyport_wake());
    output.flush();
  };
  const host = {
    send(at: number, length: number): void {
      if (!talking) fail("the module calls send outside of sallyport_start, sallyport_receive and sallyport_wake");
      if (length === 0) ended = true;
      else if (!ended) output.write(framing.wrap(memory.part(at, length)));
    },
    timer(ms: number): void {
      clearTimeout(timer);
      timer = ms >>> 0 === NO_TIMER ? undefined : setTimeout(wake, Math.min(ms >>> 0, LONGEST_TIMER_MS));
    },
    log(level: number, at: number, length: number): void {
      const text = new TextDecoder().decode(memory.part(at, Math.min(length >>> 0, LOG_BYTES)));
      for (const line of text.split("\n")) writeAll(2, new TextEncoder().encode(`[${LEVELS[level] ?? "info"}] ${line}\n`));
    },
    now: (): bigint => BigInt(Math.round(performance.now() * 1000)),
  };

  attach?.(memoryNow);
  try {
    exports = instantiate(module, { ...imports, sallyport: host }) as Exports;
  } catch (thrown) {
    return trapped("the module's start", thrown, undefined, mostBytes);
  }
  call("_initialize", (guest) => guest._initialize?.());
  const abi = call("sallyport_abi", (guest) => guest.sallyport_abi());
  if (abi !== ABI) refuse(`it is built for guest ABI ${abi >>> 0}, and this host has ${ABI}: compile it with the sallyport.h of this version`, EXIT_OTHER_ABI);
  const codec = CODECS[call("sallyport_codec", (guest) => guest.sallyport_codec())] ?? refuse("sallyport_codec answers neither 0 (json) nor 1 (msgpack)");
  const framing = framingOf(codec, (frame) => {
    if (ended) return;
    const at = call("sallyport_alloc", (guest) => guest.sallyport_alloc(frame.length)) >>> 0;
    if (at === 0) fail(`out of memory: the module has no room for a frame of ${frame.length} bytes`);
    call("sallyport_alloc", () => memory.part(at, frame.length).set(frame));
    talk("sallyport_receive", (guest) => guest.sallyport_receive(at, frame.length));
  });
  output.write([new TextEncoder().encode(`SALLYPORT/1 ${codec}\n`)]);
  talk("sallyport_start", (guest) => {
    const status = guest.sallyport_start();
    if (status !== 0) fail(`sallyport_start failed with ${status}`);
  });
  output.flush();

  const { stdin } = process;
  const post = createLookout(availableParallelism()).post();
  stdin.on("data", (chunk: Uint8Array) => {
    post.met();
    framing.push(chunk);
    output.flush();
    // Who has just spoken mostly goes on.
    post.expect();
  });
  stdin.on("error", leave);
  stdin.on("end", leave);
}
