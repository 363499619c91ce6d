import process from "node:process";
import { SallyportError } from "@sallyport/bus";
import type { Adapter, Boundary, Enforcement, Traits } from "@sallyport/kernel";
import { createBundler } from "@sallyport/guest";
import { readPlugin, type Reads } from "@sallyport/manifest";
import { createLinks } from "@sallyport/ring";
import { createPool, type Pool } from "./pool.js";
import { startThread } from "./boundary.js";

export interface WorkerOptions {
  /** Threads kept ready, locked down and waiting. Default 1; each holds about 16 MB. */
  readonly spares?: number;
  /** Give a thread to the next plugin after a clean end. Default true; `false`: a thread serves one instance. */
  readonly reuse?: boolean;
}

const READS: Reads = { mode: "worker", kinds: ["module"] };

const TRAITS: Traits = {
  memory: "separate",
  crash: "fatal",
  stop: "preemptive",
  authority: "granted",
  copies: true,
  stops: "The plugin reaches nothing but its context, and a hung one is ended; not one that exhausts memory on purpose.",
  costs: "A thread per plugin, one started ahead; encoding and a copy per message.",
};

const MEASURED = "measured about twice a second";
const HARDENED = "hardened JavaScript: nothing in its Compartment leads there";

/** The system knows no threads that have fewer rights than their process. */
const ENFORCEMENT: Enforcement = {
  profile: "none",
  by: "hardened JavaScript",
  guards: {
    files: HARDENED, network: HARDENED, peers: HARDENED, processes: HARDENED, descriptors: HARDENED, fileMb: HARDENED, diskMb: HARDENED,
    orphans: "a thread ends with its process", timers: "the guest's own clock",
    memoryMb: "only by the engine's heap limit and by measuring: who exhausts it on purpose ends the host",
    ...(process.platform === "linux" && { cpuSeconds: MEASURED, cpuPercent: MEASURED }),
  },
  remedies: [{ guards: ["memoryMb", "cpuSeconds"], help: 'Run it in a process: "mode": "process".' }],
};

function noProfile(plugin: string, profile: string): SallyportError {
  return new SallyportError("sandbox_unavailable", `'${plugin}' wants profile '${profile}', which no thread can have`, { plugin, path: "sandbox", help: 'Run it in a process ("mode": "process"), or leave out `sandbox`.' });
}

/**
 * Mode `worker`: reviewed JavaScript and TypeScript, hardened, each instance in a thread of a pool.
 * The pool is started by the first plugin that it can run.
 */
export function worker(options: WorkerOptions = {}): Adapter {
  const { spares = 1, reuse = true } = options;
  const bundler = createBundler();
  const links = createLinks();
  const open = new Set<Boundary>();
  let pool: Pool | undefined;
  const threads = (): Pool => (pool ??= createPool(spares));

  return {
    mode: "worker",
    traits: TRAITS,
    entries: READS.kinds,
    trust: "reviewed",
    async inspect(spec, signal) {
      const source = await readPlugin(spec, signal, READS);
      if (source === undefined) return undefined;
      // Threads get ready while the module is bundled.
      if ((spec.mode ?? "worker") === "worker") threads();
      return source;
    },
    async open(request, host, signal) {
      if (request.sandbox === "strict" || request.sandbox === "limits") throw noProfile(request.source.name, request.sandbox);
      const prepared = await bundler.prepare(request.source, { signal });
      signal.throwIfAborted();
      const boundary = await startThread({ pool: threads(), links, prepared, request, host, reuse, signal });
      open.add(boundary);
      void boundary.exited.then(() => open.delete(boundary));
      return boundary;
    },
    enforcement: async () => ENFORCEMENT,
    async [Symbol.asyncDispose]() {
      await Promise.all([...open].map((boundary) => boundary.kill()));
      const last = pool;
      pool = undefined;
      await last?.close();
    },
  };
}
