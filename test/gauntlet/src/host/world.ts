import { createSocket } from "node:dgram";
import { createServer, type AddressInfo, type Server } from "node:net";
import type { Hooks, Kernel } from "@sallyport/kernel";

export const CANARY = "CANARY-7d1f4c2e-secret";
export const EVIL = "evil";

/** What the attacker could hurt, and what tells whether it did: no plugin's word is needed for any of it. */
export interface World {
  readonly hooks: Hooks;
  /** Offers the ledger to `kernel`. */
  settle(kernel: Kernel): void;
  /** Where the attacker may try to connect to. */
  readonly addresses: { readonly port: number; readonly udpPort: number; readonly abstract: string };
  /** Forgets what was noted: another attacker begins. */
  begin(): void;
  /** Of all that happened since, what should not have. */
  offences(): readonly string[];
  /** Codes with which the attacker was reported to have ended. */
  ends(): readonly string[];
  starts(): number;
  /** From now on the attacker has no right to the ledger any more. */
  revoked(): void;
  /** From now on nothing of the attacker's may come any more. */
  over(): void;
  close(): void;
}

const SOCKET_MS = 300;
const DOWN: ReadonlySet<string> = new Set(["crashed", "draining", "stopped", "quarantined", "limit", "unresponsive", "breaker_open"]);

export async function createWorld(token: string): Promise<World> {
  const offences = new Set<string>();
  let ends: string[] = [];
  let starts = 0;
  let ended = false;
  let allowed = true;
  const late = (what: string): void => {
    if (ended) offences.add(`${what} after its end`);
  };
  const look = (where: string, value: unknown): void => {
    let text = "";
    try {
      text = JSON.stringify(value) ?? "";
    } catch {
      // A bigint or a cycle: nothing that could be written down.
    }
    if (text.includes(CANARY)) offences.add(`a secret in ${where}`);
  };
  const server = createServer((socket) => socket.on("error", () => undefined).setTimeout(SOCKET_MS, () => socket.destroy()).end("hello"));
  const local = createServer((socket) => socket.on("error", () => undefined).setTimeout(SOCKET_MS, () => socket.destroy()).end("hello"));
  const udp = createSocket("udp4", (_message, from) => udp.send("hello", from.port, from.address));
  const abstract = `sallyport-gauntlet-${token}`;
  const port = await listen(server, 0);
  await listen(local, `\0${abstract}`);
  const udpPort = await new Promise<number>((resolve) => udp.bind(0, "127.0.0.1", () => resolve(udp.address().port)));

  return {
    addresses: { port, udpPort, abstract },
    hooks: {
      log(entry) {
        if (entry.plugin !== EVIL) {
          if (/forged|paid/.test(entry.message)) offences.add("a log line in another plugin's name");
          return;
        }
        late("a log line");
        look("a log line", entry);
      },
      crossing(record) {
        if (record.plugin !== EVIL) return;
        if (record.direction === "out") late("a call");
        if (record.caller !== EVIL && record.direction === "out") offences.add("a call in another's name");
      },
      lifecycle(event) {
        if (event.plugin !== EVIL) return;
        if (event.event === "starting") starts++;
        if (DOWN.has(event.event)) ends.push(event.reason ?? event.event);
        look("a lifecycle event", event);
      },
    },
    settle(kernel) {
      kernel.provide("ledger.read", (_params: never, context) => {
        if (!allowed && context.caller === EVIL) offences.add("ledger.read after its grant was revoked");
        return "100.00";
      });
      kernel.provide("ledger.reader", () => "not for everybody");
      kernel.provide("ledger.read.all", () => "not for everybody");
      kernel.provide("ledger.pay", (_params: never, context) => {
        if (context.caller === EVIL) offences.add("ledger.pay was called");
        else if (context.caller === "deputy") offences.add("ledger.pay was called through the deputy");
        return "paid";
      });
      kernel.provide("ledger.whoami", (_params: never, context) => ({ caller: context.caller, tenant: context.meta.tenant ?? null }));
      kernel.provide("ledger.twice", (params: { amount: number }) => ({ first: params.amount, second: params.amount }));
      kernel.provide("ledger.hold", (_params: never, context) => new Promise((_resolve, reject) => context.signal.addEventListener("abort", () => reject(context.signal.reason as Error))));
      // Takes its input item by item, and slowly.
      kernel.provide("ledger.sink", async (_params: never, context) => {
        for await (const _item of context.input) await new Promise((resolve) => setTimeout(resolve, 20));
      });
      kernel.provide("ledger.endless", async function* () {
        for (let i = 0; ; i++) {
          yield i;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      });
      kernel.provide("ledger.fail", () => {
        throw new Error(`the ledger failed at /home/user/ledger.ts with ${CANARY}`);
      });
      kernel.subscribe("flood.**", (payload) => {
        late("an event");
        void payload;
      });
    },
    begin() {
      offences.clear();
      ends = [];
      starts = 0;
      ended = false;
      allowed = true;
    },
    offences() {
      if (Object.keys(Object.prototype).length > 0 || ({} as { polluted?: unknown }).polluted !== undefined) offences.add("Object.prototype of the host");
      return [...offences];
    },
    ends: () => ends,
    starts: () => starts,
    revoked: () => void (allowed = false),
    over: () => void (ended = true),
    close() {
      server.close();
      local.close();
      udp.close();
    },
  };
}

function listen(server: Server, where: number | string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const done = (): void => resolve((server.address() as AddressInfo | null)?.port ?? 0);
    if (typeof where === "number") server.listen(where, "127.0.0.1", done);
    else server.listen(where, done);
  });
}
