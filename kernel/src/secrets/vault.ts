import { isSallyportError, isTopic, SallyportError, type Clock } from "@sallyport/bus";
import type { Secret, SecretProvider } from "./provider.js";

/** Hands secrets to the plugins that may have them, tells these of a new generation, and ends who keeps using an old one. */
export interface Vault {
  /** Throws `permission_denied` in the same words whether there is no such secret or it cannot be told apart; `unavailable` when it cannot be read now. */
  read(holder: Holder, instance: string, name: unknown): Promise<Secret>;
  /** For the host itself: no lease. Throws what the provider throws. */
  peek(name: string): Promise<Secret>;
  /** Throws `unauthenticated` unless this instance got that generation, and it is the present one or within its grace. */
  check(instance: string, name: string, generation: string): void;
  /** From now on the instance may get secrets. */
  opened(instance: string): void;
  /** Ends what the instance has of secrets that it may not have any more. */
  review(instance: string, allowed: (name: string) => boolean): void;
  /** Its leases end with it. */
  ended(instance: string): void;
  close(): void;
}

/** The plugin that a secret is for. */
export interface Holder {
  readonly name: string;
  /** Tells it of a new generation. */
  rotated(news: { readonly name: string; readonly generation: string }): void;
  /** It kept an old generation beyond the grace: replaces this instance. */
  stale(instance: string): void;
  report(reason: "read" | "unavailable" | "rotated" | "stale", detail: Readonly<Record<string, string>>, instance: string): void;
  refuse(name: string): SallyportError;
  /** For the host's log: why a secret could not be read, with its remedy. */
  complain(instance: string, text: string): void;
}

export interface VaultOptions {
  readonly provider: SecretProvider;
  readonly clock: Clock;
  /** How long an old generation is accepted after a rotation, ms. */
  readonly graceMs: number;
  /** A value that will be handed out. */
  learned(name: string, value: string): void;
}

interface Lease { readonly holder: Holder; readonly generations: Set<string>; latest: string }
interface Kept {
  current: Secret;
  readAtMs: number;
  /** Old generations, and until when they are accepted. */
  readonly old: Map<string, number>;
  /** By instance. */
  readonly leases: Map<string, Lease>;
  unwatch: (() => void) | undefined;
  expiry: unknown;
  sweep: unknown;
}

/** A provider may start a program for each read: a plugin that asks in a loop does not make it do so. */
const FRESH_MS = 1000;
/** The least between two reads because of an expiry. */
const EXPIRY_MS = 5000;
const READ_MS = 15_000;
const MAX_SECRET_CHARS = 64 << 10;
const MAX_GENERATION_CHARS = 128;
const MOST_OLD = 16;
const MOST_FAILED = 1024;
/** The longest wait of a timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function createVault(options: VaultOptions): Vault {
  const { provider, clock, graceMs } = options;
  const kept = new Map<string, Kept>();
  const reading = new Map<string, Promise<Secret>>();
  /** Changed while they were read: what was read may be what was before. */
  const again = new Set<string>();
  const underWay = new Set<AbortController>();
  /** Reads that failed a moment ago: asked for again at once they fail in the same way. */
  const failed = new Map<string, { readonly error: unknown; readonly atMs: number }>();
  const live = new Set<string>();

  /** One read at a time for each secret, whoever asks. */
  function read(name: string): Promise<Secret> {
    let under = reading.get(name);
    if (under === undefined) {
      const failure = failed.get(name);
      if (failure !== undefined && clock.now() - failure.atMs < FRESH_MS) return Promise.reject(failure.error as Error);
      under = readNow(name).finally(() => {
        reading.delete(name);
        if (again.delete(name)) refresh(name);
      });
      reading.set(name, under);
    }
    return under;
  }

  /** Whether this failure is a new one. */
  function remember(name: string, error: unknown): boolean {
    const before = failed.get(name);
    if (before !== undefined && before.error === error) return false;
    if (failed.size >= MOST_FAILED) failed.clear();
    failed.set(name, { error, atMs: clock.now() });
    return true;
  }

  /** A provider that does not look at its signal holds up nobody. */
  async function ask(name: string): Promise<Secret> {
    const abort = new AbortController();
    underWay.add(abort);
    const timer = clock.setTimeout(() => abort.abort(new SallyportError("deadline_exceeded", `the provider did not give the secret '${name}' within ${READ_MS} ms`)), READ_MS, true);
    try {
      return await Promise.race([
        provider.get(name, abort.signal),
        new Promise<never>((_resolve, reject) => abort.signal.addEventListener("abort", () => reject(abort.signal.reason as Error), { once: true })),
      ]);
    } finally {
      clock.clearTimeout(timer);
      underWay.delete(abort);
    }
  }

  async function readNow(name: string): Promise<Secret> {
    const { value, generation, expiresAtMs } = await ask(name);
    if (typeof value !== "string" || value.length > MAX_SECRET_CHARS) throw new SallyportError("bad_value", `the provider of the secret '${name}' gave no text of at most ${MAX_SECRET_CHARS} characters`);
    if (typeof generation !== "string" || generation === "" || generation.length > MAX_GENERATION_CHARS) throw new SallyportError("bad_value", `the provider of the secret '${name}' gave no generation`);
    options.learned(name, value);
    const secret: Secret = { value, generation, ...(expiresAtMs !== undefined && { expiresAtMs }) };
    const known = kept.get(name);
    if (known !== undefined) replace(name, known, secret);
    return secret;
  }

  function replace(name: string, known: Kept, secret: Secret): void {
    const before = known.current.generation;
    known.current = secret;
    known.readAtMs = clock.now();
    expire(name, known);
    if (before === secret.generation) return;
    known.old.set(before, clock.now() + graceMs);
    known.old.delete(secret.generation);
    for (const generation of known.old.keys()) if (known.old.size > MOST_OLD) known.old.delete(generation);
    for (const [instance, lease] of known.leases) {
      if (lease.latest === secret.generation) continue;
      lease.holder.report("rotated", { name, generation: secret.generation }, instance);
      lease.holder.rotated({ name, generation: secret.generation });
    }
    known.sweep ??= clock.setTimeout(() => sweep(name, known), graceMs, true);
  }

  /** Whoever still uses a generation whose grace is over is replaced: its next instance starts with the present one. */
  function sweep(name: string, known: Kept): void {
    known.sweep = undefined;
    const now = clock.now();
    let nextMs = Infinity;
    for (const [instance, lease] of [...known.leases]) {
      if (lease.latest === known.current.generation) continue;
      const leftMs = (known.old.get(lease.latest) ?? 0) - now;
      if (leftMs > 0) nextMs = Math.min(nextMs, leftMs);
      else {
        known.leases.delete(instance);
        lease.holder.report("stale", { name, generation: lease.latest }, instance);
        lease.holder.stale(instance);
      }
    }
    if (nextMs < Infinity) known.sweep = clock.setTimeout(() => sweep(name, known), Math.ceil(nextMs), true);
    forgetUnused(name, known);
  }

  function expire(name: string, known: Kept): void {
    clock.clearTimeout(known.expiry);
    const { expiresAtMs } = known.current;
    if (expiresAtMs === undefined) return;
    known.expiry = clock.setTimeout(() => refresh(name), Math.min(MAX_TIMER_MS, Math.max(EXPIRY_MS, expiresAtMs - Date.now())), true);
  }

  function refresh(name: string): void {
    if (!kept.has(name)) return;
    if (reading.has(name)) return void again.add(name);
    read(name).catch((error: unknown) => {
      const known = kept.get(name);
      for (const [instance, { holder }] of known?.leases ?? []) holder.complain(instance, unreadable(name, error));
    });
  }

  function forgetUnused(name: string, known: Kept): void {
    if (known.leases.size > 0) return;
    known.unwatch?.();
    clock.clearTimeout(known.expiry);
    clock.clearTimeout(known.sweep);
    kept.delete(name);
  }

  function lease(holder: Holder, instance: string, name: string, secret: Secret): void {
    if (!live.has(instance)) throw new SallyportError("cancelled", "the instance that asked for the secret has ended", { source: "host" });
    let known = kept.get(name);
    if (known === undefined) {
      known = { current: secret, readAtMs: clock.now(), old: new Map(), leases: new Map(), unwatch: undefined, expiry: undefined, sweep: undefined };
      kept.set(name, known);
      known.unwatch = provider.watch?.(name, () => refresh(name));
      expire(name, known);
    }
    const mine = known.leases.get(instance) ?? { holder, generations: new Set<string>(), latest: secret.generation };
    if (!mine.generations.has(secret.generation)) holder.report("read", { name, generation: secret.generation }, instance);
    mine.latest = secret.generation;
    mine.generations.add(secret.generation);
    for (const generation of mine.generations) if (mine.generations.size > MOST_OLD) mine.generations.delete(generation);
    known.leases.set(instance, mine);
  }

  return {
    async read(holder, instance, name) {
      if (typeof name !== "string" || !isTopic(name)) throw holder.refuse(String(name).slice(0, 256));
      const known = kept.get(name);
      const fresh = known !== undefined && clock.now() - known.readAtMs < FRESH_MS && (known.current.expiresAtMs ?? Infinity) > Date.now();
      let secret: Secret;
      try {
        secret = fresh ? known.current : await read(name);
      } catch (error) {
        if (isSallyportError(error) && error.code === "not_found") throw holder.refuse(name);
        if (remember(name, error)) {
          holder.complain(instance, unreadable(name, error));
          holder.report("unavailable", { name, code: isSallyportError(error) ? error.code : "internal" }, instance);
        }
        throw new SallyportError("unavailable", `the secret '${name}' cannot be read now`, { source: "host", retryable: true, retryAfterMs: FRESH_MS, help: "The host's log has the reason." });
      }
      lease(holder, instance, name, secret);
      return secret;
    },
    peek: read,
    check(instance, name, generation) {
      const known = kept.get(name);
      const got = known?.leases.get(instance)?.generations.has(generation) === true;
      if (known !== undefined && got && (generation === known.current.generation || (known.old.get(generation) ?? 0) > clock.now())) return;
      throw new SallyportError("unauthenticated", `this generation of the secret '${name}' is not accepted`, { source: "host", help: "Get the secret again with `secret.get`, and use the generation that comes with it." });
    },
    opened: (instance) => void live.add(instance),
    review(instance, allowed) {
      for (const [name, known] of kept) if (!allowed(name) && known.leases.delete(instance)) forgetUnused(name, known);
    },
    ended(instance) {
      live.delete(instance);
      for (const [name, known] of kept) if (known.leases.delete(instance)) forgetUnused(name, known);
    },
    close() {
      for (const abort of underWay) abort.abort(new SallyportError("cancelled", "the kernel is closed"));
      for (const [name, known] of kept) {
        known.leases.clear();
        forgetUnused(name, known);
      }
    },
  };
}

function unreadable(name: string, error: unknown): string {
  return `the secret '${name}' cannot be read: ${error instanceof Error ? error.message : String(error)}${isSallyportError(error) && error.help !== "" ? ` ${error.help}` : ""}`;
}
