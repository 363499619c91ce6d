import { performance } from "node:perf_hooks";
import type { LibraryHandle } from "koffi";
import { Refused } from "../refusal.js";
import { ABI, CODECS, LEVELS, LOG_BYTES, LONGEST_TIMER_MS, NO_TIMER } from "./abi.js";
import { assertFingerprint } from "./fingerprint.js";
import type { Koffi } from "./koffi.js";

/** What a library says, on the thread and inside the call in which it says it: nothing here may call the library. */
export interface Listener {
  /** The bytes are the listener's: they were copied. */
  send(frame: Uint8Array): void;
  /** It has said its last word. */
  end(): void;
  /** `undefined`: no timer. */
  timer(ms: number | undefined): void;
  log(level: (typeof LEVELS)[number], text: string): void;
  /** It did what the ABI does not allow; nothing more is taken from it. */
  fault(refused: Refused): void;
}

/** A library that was loaded, and asked what it is. Its calls throw a refusal. */
export interface Library {
  readonly codec: (typeof CODECS)[number];
  start(listener: Listener): void;
  receive(frame: Uint8Array): void;
  wake(): void;
  /** Its last call, until it is started again. */
  stop(): void;
}

export interface LibraryOptions {
  readonly file: string;
  /** Largest frame that is taken from it. */
  readonly frameBytes: number;
  /** What the manifest says that it was built with. */
  readonly fingerprint?: string | undefined;
}

/** Loads a library, which runs its constructors, and asks for its ABI, its fingerprint and its codec, in this order. */
export function loadLibrary(koffi: Koffi, { file, frameBytes, fingerprint }: LibraryOptions): Library {
  const handle = opened(koffi, file);
  const find = (name: string, result: string, args: string[]): ((...values: unknown[]) => unknown) => {
    try {
      return handle.func(name, result, args);
    } catch {
      throw new Refused("bad_handshake", `${file} has no symbol ${name}`, "Export every function of sallyport.h, without C++ name mangling; if it is no plugin, name another file in entry.ffi.");
    }
  };
  const abi = find("sallyport_abi", "uint32_t", [])();
  if (abi !== ABI) throw new Refused("version_mismatch", `it is built for guest ABI ${String(abi)}, and this host has ${ABI}`, "Build it with the sallyport.h of this host's version.");
  assertFingerprint(find("sallyport_fingerprint", "const char *", [])() as string | null, fingerprint);
  const codec = CODECS[find("sallyport_codec", "uint32_t", [])() as number];
  if (codec === undefined) throw new Refused("bad_handshake", "sallyport_codec answers neither 0 (json) nor 1 (msgpack)", "Answer SALLYPORT_JSON or SALLYPORT_MSGPACK of sallyport.h.");
  const alloc = find("sallyport_alloc", "void *", ["uint32_t"]) as (size: number) => bigint | null;
  const receive = find("sallyport_receive", "void", ["void *", "uint32_t"]);
  const start = find("sallyport_start", "int32_t", ["const void *"]) as (host: unknown) => number;
  const wake = find("sallyport_wake", "void", []);
  const stop = find("sallyport_stop", "void", []);
  const copy = copier(koffi);

  let listener: Listener | undefined;
  /** Whether it is being called, and whether it may send. Calls do not nest. */
  let state: "out" | "called" | "talking" = "out";
  const fault = (what: string, help = "adapters/wasm/ABI.md says what a guest may do when."): void => listener?.fault(new Refused("protocol_violation", what, help));
  /** A callback of another thread comes when this one has time: never within a call. */
  const called = (what: string): boolean => {
    if (state === "out") fault(`it called ${what} from another thread, or after the call in which it may`);
    return state !== "out";
  };
  const read = (from: bigint | null, size: number): Uint8Array => {
    const bytes = new Uint8Array(size);
    if (from !== null && size > 0) copy(bytes, from, size);
    return bytes;
  };
  const host = hostTable(koffi, {
    send(frame, size) {
      if (!called("send")) return;
      if (state !== "talking") fault("it called send outside of sallyport_start, sallyport_receive and sallyport_wake");
      else if (size === 0) listener?.end();
      else if (frame === null) fault(`it sent a frame of ${size} bytes at NULL`);
      else if (size > frameBytes) listener?.fault(new Refused("frame_too_large", `it sent a frame of ${size} bytes; the limit is ${frameBytes} bytes`, "Send less at once, or stream it; limits.frameBytes says how much a frame may have."));
      else listener?.send(read(frame, size));
    },
    timer(ms) {
      if (called("timer")) listener?.timer(ms === NO_TIMER ? undefined : Math.min(ms, LONGEST_TIMER_MS));
    },
    log(level, text, size) {
      if (called("log")) listener?.log(LEVELS[level] ?? "info", new TextDecoder().decode(read(text, Math.min(size, LOG_BYTES))));
    },
    now: () => Math.round(performance.now() * 1000),
  });
  const within = <T>(during: typeof state, run: () => T): T => {
    state = during;
    try {
      return run();
    } finally {
      state = "out";
    }
  };
  return {
    codec,
    start(heard) {
      listener = heard;
      const status = within("talking", () => start(host));
      if (status !== 0) throw new Refused("spawn_failed", `sallyport_start answered ${status}`, "What it answers is the library's own; its log may say more.");
    },
    receive(frame) {
      const at = within("called", () => alloc(frame.length));
      if (at === null) throw new Refused("memory_limit", `it has no memory for a frame of ${frame.length} bytes`, "Raise limits.memoryMb, or send less at once.");
      copy(at, frame, frame.length);
      within("talking", () => receive(at, frame.length));
    },
    wake: () => void within("talking", () => wake()),
    stop: () => void within("called", () => stop()),
  };
}

function opened(koffi: Koffi, file: string): LibraryHandle {
  try {
    return koffi.load(file);
  } catch (thrown) {
    const said = (thrown as Error).message.replace(/^Failed to load shared library: /, "");
    throw new Refused("spawn_failed", `${file} cannot be loaded: ${said}`, "Install or bring along what it is linked with; where that lies outside of its folder, state it in permissions.read.");
  }
}

/** Between a library's memory and ours. The C library's own function costs a third of what koffi's own ways do. */
function copier(koffi: Koffi): (to: bigint | Uint8Array, from: bigint | Uint8Array, size: number) => void {
  const [library, name] = process.platform === "win32" ? ["msvcrt.dll", "memcpy"] : [null, "memcpy"];
  return koffi.load(library as string | null).func(name as string, "void *", ["void *", "const void *", "size_t"]);
}

interface Callbacks {
  send(frame: bigint | null, size: number): void;
  timer(ms: number): void;
  log(level: number, text: bigint | null, size: number): void;
  now(): number;
}

/** `struct sallyport_host`, in memory that does not move. Kept for as long as the process: a library may have it anywhere. */
function hostTable(koffi: Koffi, { send, timer, log, now }: Callbacks): unknown {
  const callback = (run: (...args: never[]) => unknown, result: string, args: string[]): bigint => koffi.register(run, koffi.pointer(koffi.proto(result, args)));
  const table = koffi.struct({ size: "uint32_t", send: "void *", timer: "void *", log: "void *", now: "void *" });
  const host: unknown = koffi.alloc(table, 1);
  koffi.encode(host, table, {
    size: koffi.sizeof(table),
    send: callback(send, "void", ["const void *", "uint32_t"]),
    timer: callback(timer, "void", ["uint32_t"]),
    log: callback(log, "void", ["uint32_t", "const void *", "uint32_t"]),
    now: callback(now, "uint64_t", []),
  });
  return host;
}
