import { SallyportError } from "@sallyport/bus";
import type { Crossing, Hooks, PluginInfo } from "@sallyport/kernel";
import type { Bucket } from "./bucket.js";
import { createBudget } from "./budget.js";
import { createChain } from "./chain.js";
import { openChainFile, type ChainFile } from "./chain-file.js";
import { allowedFields, crossingFields, lifecycleFields, type Entry } from "./entry.js";
import { readKey } from "./key.js";
import { lock } from "./lock.js";
import { crossingsFile } from "./names.js";
import { AUDIT_DEFAULTS, type AuditConfig } from "./options.js";

export interface AuditOptions extends AuditConfig {
  /** Hears when the audit cannot be written any more, and when it can again. */
  report?(change: AuditChange): void;
}

export interface AuditChange {
  readonly level: "error" | "info";
  readonly message: string;
}

/** Writes down what plugins were allowed, refused and did. Disposing it writes what waits and closes the files. */
export interface Audit extends AsyncDisposable {
  /** For `createKernel`; `composeHooks` puts them beside others. */
  readonly hooks: Hooks;
  /** Writes down what a plugin may do: its grants, what it was denied, and what confines it. */
  loaded(info: PluginInfo): void;
  /** Why nothing can be written at the moment; `undefined`: it can. */
  readonly failure: string | undefined;
  /** Throws `failed_precondition` while the audit is required and cannot be written. */
  assertWritable(): void;
}

/** Lines that matter are written at the end of the turn; crossings by and by. */
const CROSSINGS_FLUSH_MS = 100;
const CROSSINGS_FLUSH_BYTES = 64 << 10;
/** A disk that is full is asked again this often. */
const RETRY_MS = 1000;
/** A flood is summed up this often. */
const FLOOD_MS = 10_000;
/** What the host decides, or paces. All else a plugin may cause at will, and a flood of it must not keep these out. */
const DECIDED: ReadonlySet<string> = new Set([
  "loaded", "starting", "ready", "draining", "stopped", "unloaded", "crashed", "breaker_open", "breaker_closed",
  "unresponsive", "responsive", "quarantined", "released", "granted", "revoked", "moved",
]);

/**
 * Opens the log; refuses one that another user could write or another host writes. Throws `permission_denied`,
 * `not_found`, `conflict`, `invalid_argument`; `failed_precondition` where it is required and the disk takes nothing.
 */
export function createAudit(options: AuditOptions): Audit {
  const { file, crossings = "denied", required = false, keep = AUDIT_DEFAULTS.keep } = options;
  const maxBytes = (options.maxMb ?? AUDIT_DEFAULTS.maxMb) * (1 << 20);
  const chain = createChain(options.keyFile === undefined ? undefined : readKey(options.keyFile));
  const held = lock(file);
  const opened: ChainFile[] = [];
  try {
    const common = { chain, maxBytes, keep, started: { pid: process.pid, node: process.version, crossings } };
    opened.push(openChainFile({ ...common, file }));
    if (crossings !== "denied") opened.push(openChainFile({ ...common, file: crossingsFile(file) }));
  } catch (error) {
    for (const each of opened) each.close({});
    held[Symbol.dispose]();
    throw error;
  }
  const [evidence, traffic] = opened as [ChainFile, ChainFile | undefined];
  const budget = createBudget(maxBytes, keep);
  /** Lines that were dropped since the disk took nothing, by plugin. */
  const lost = new Map<string, number>();
  let failure: string | undefined;
  let soon: NodeJS.Immediate | undefined;
  let later: NodeJS.Timeout | undefined;
  let isClosed = false;

  function write(to: ChainFile, bucket: Bucket, fields: Entry): boolean {
    if (isClosed || !bucket.admits(fields.event, Date.now())) return false;
    const bytes = to.append(fields);
    bucket.spend(bytes);
    if (bytes === 0) lost.set(fields.plugin, (lost.get(fields.plugin) ?? 0) + 1);
    return bytes > 0;
  }

  function flush(): void {
    clearImmediate(soon);
    clearTimeout(later);
    soon = later = undefined;
    for (const each of opened) each.flush();
    const now = opened.find((each) => each.failure !== undefined)?.failure;
    const before = failure;
    failure = now;
    if (now !== undefined && before === undefined) options.report?.({ level: "error", message: `the audit ${file} cannot be written: ${now}. Calls go on${required ? "; no plugin is loaded until it can" : ""}.` });
    if (now === undefined && before !== undefined) {
      options.report?.({ level: "info", message: `the audit ${file} is written again` });
      for (const [plugin, count] of lost) evidence.append({ plugin, event: "lost", count, reason: before.slice(0, 200) });
      lost.clear();
      evidence.flush();
    }
  }
  // While the disk takes nothing only the clock asks it again.
  const flushSoon = (): void => {
    if (failure === undefined) soon ??= setImmediate(flush).unref();
  };
  const flushLater = (): void => {
    if (failure === undefined) later ??= setTimeout(flush, CROSSINGS_FLUSH_MS).unref();
  };

  function sumUp(): void {
    for (const { plugin, drops, isCrossing } of budget.drops()) {
      const to = isCrossing && traffic !== undefined ? traffic : evidence;
      to.append({ plugin, event: "flood", dropped: drops.count, of: drops.of, since: new Date(drops.sinceMs).toISOString() });
    }
    flushSoon();
  }

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    process.off("exit", close);
    clearInterval(retrying);
    clearInterval(summing);
    sumUp();
    flush();
    for (const each of opened) each.close({});
    const unwritten = opened.find((each) => each.failure !== undefined)?.failure;
    if (unwritten !== undefined) options.report?.({ level: "error", message: `the end of the audit ${file} could not be written: ${unwritten}` });
    held[Symbol.dispose]();
  }

  const retrying = setInterval(() => failure !== undefined && flush(), RETRY_MS).unref();
  const summing = setInterval(sumUp, FLOOD_MS).unref();
  // Also when the program ends without closing anything.
  process.on("exit", close);
  flush();
  if (required && failure !== undefined) {
    const why = failure;
    close();
    throw unwritable(file, why);
  }

  const isTaken = sampler(crossings);
  return {
    hooks: {
      lifecycle(event) {
        const { asked, life } = budget.of(event.plugin);
        if (write(evidence, DECIDED.has(event.event) ? life : asked, lifecycleFields(event))) flushSoon();
        if (event.event === "unloaded") budget.forget(event.plugin);
      },
      ...(traffic !== undefined && {
        crossing(record: Crossing) {
          if (!isTaken() || !write(traffic, budget.of(record.plugin).crossings, crossingFields(record))) return;
          if (traffic.waitingBytes > CROSSINGS_FLUSH_BYTES) flushSoon();
          else flushLater();
        },
      }),
    },
    loaded(info) {
      if (write(evidence, budget.of(info.name).life, allowedFields(info))) flushSoon();
    },
    get failure() {
      return failure;
    },
    assertWritable() {
      if (required && failure !== undefined) flush();
      if (required && failure !== undefined) throw unwritable(file, failure);
    },
    [Symbol.asyncDispose]() {
      close();
      return Promise.resolve();
    },
  };
}

/** At random, so that a plugin cannot tell which of its calls are written down. */
function sampler(crossings: AuditConfig["crossings"]): () => boolean {
  if (typeof crossings !== "object") return () => true;
  const { every } = crossings;
  return () => Math.random() * every < 1;
}

function unwritable(file: string, why: string): SallyportError {
  return new SallyportError("failed_precondition", `the audit ${file} cannot be written, and nothing is loaded without it: ${why}`, {
    path: file, help: "Make room or mend the disk and try again; plugins that run go on. `\"required\": false` loads without an audit.",
  });
}
