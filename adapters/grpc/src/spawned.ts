import { fromErrorObject, SallyportError } from "@sallyport/bus";
import { createBridge } from "@sallyport/bridge";
import { childEnvironment, startProgram, type Program } from "@sallyport/child";
import type { Boundary, Confinement, Exit, HostEnd, OpenRequest } from "@sallyport/kernel";
import type { Sandbox } from "@sallyport/sandbox";
import { defineMethods } from "./definition.js";
import { withoutDisk } from "./guards.js";
import type { Lend } from "./lend.js";
import type { Chosen } from "./methods.js";
import { connect, type RpcClient, type RpcTarget } from "./rpc/client.js";
import { createSocketFolder, type SocketFolder } from "./socket.js";

/** How programs of one mode are told where to listen, and how they say that they do. */
export interface Dialect {
  readonly env: Readonly<Record<string, string>>;
  /** The first line on its stdin. */
  readonly greeting?: string;
  /** Longest first line on its stdout, bytes. */
  readonly lineBytes: number;
  /** Where it listens, from the line that it printed. Throws `bad_handshake`. */
  target(line: string, folder: SocketFolder): Promise<Omit<RpcTarget, "limits">>;
  /** What belongs to the connection before the first call. Its return is called before the connection is closed. */
  begin?(client: RpcClient, signal: AbortSignal): Promise<() => Promise<void> | void>;
  /** How the plugin calls the host back, on sockets of the host's. */
  readonly lends?: { readonly lend: Lend; close(): void } | undefined;
}

/** So long a plugin that was asked to end may take, ms; the kernel's patience is mostly shorter. */
const POLITE_MS = 5000;
/** After a call was cancelled: so long the server may take to show that it lives, ms. */
const ALIVE_MS = 1500;
/** After a connection broke: so long the plugin's end is waited for, which says more, ms. */
const LAST_WORDS_MS = 500;

/** Starts a program that serves on a socket of its own, and keeps the plugin's side of the protocol for it. */
export async function openSpawned(chosen: Chosen, dialectOf: (folder: SocketFolder) => Promise<Dialect>, request: OpenRequest, host: HostEnd, sandbox: Sandbox, signal: AbortSignal): Promise<Boundary> {
  const { source, limits, permissions } = request;
  const undo: (() => unknown)[] = [];
  try {
    const folder = await createSocketFolder();
    undo.push(() => folder.remove());
    const dialect = await dialectOf(folder);
    const { lends } = dialect;
    if (lends !== undefined) undo.push(() => lends.close());
    const confined = await sandbox.confine({
      plugin: source.name,
      argv: [...(source.manifest?.command ?? []), source.entry, ...request.args],
      cwd: source.root, env: childEnvironment(), own: [source.root], limits, choice: request.sandbox, signal, serves: true, dials: lends !== undefined,
      permissions, lent: { write: [folder.path], ...(lends && { read: [folder.calls] }) },
    });
    undo.push(() => confined.release());
    const confinement = withoutDisk(confined.confinement);
    if (request.sandbox === "auto" && confinement.profile !== "strict") host.log("warn", `this machine confines '${source.name}' by profile '${confinement.profile}' only (${confinement.by}); \`sallyport doctor\` says what is missing`);
    const program = await startProgram({ ...confined, env: { ...confined.env, ...dialect.env } }, { limits, host, confinement, signal });
    undo.push(() => program.kill());
    if (dialect.greeting !== undefined) program.stdin.write(`${dialect.greeting}\n`);

    const line = await first(source.name, program, dialect.lineBytes);
    const client = connect({ ...(await dialect.target(line, folder)), limits });
    undo.push(() => client.close());
    await unless(source.name, program, client.ready(signal));
    const finish = await unless(source.name, program, dialect.begin?.(client, signal) ?? Promise.resolve(() => {}));
    signal.throwIfAborted();
    program.opened();
    return boundaryOf({ program, client, finish, confinement, chosen, request, host, lend: lends?.lend, async cleanUp() {
      lends?.close();
      await confined.release();
      await folder.remove();
    } });
  } catch (error) {
    for (const step of undo.toReversed()) await step();
    // Whoever gave up is told by its own reason.
    signal.throwIfAborted();
    throw error;
  }
}

interface Live {
  readonly program: Program;
  readonly client: RpcClient;
  finish(): Promise<void> | void;
  cleanUp(): Promise<void>;
  readonly lend: Lend | undefined;
  readonly confinement: Confinement;
  readonly chosen: Chosen;
  readonly request: OpenRequest;
  readonly host: HostEnd;
}

function boundaryOf({ program, client, finish, cleanUp, confinement, chosen, request, host, lend }: Live): Boundary {
  let killed = false;
  let releasing = false;
  const definition = defineMethods(chosen, {
    client: () => client,
    limits: request.limits,
    ...(lend && { lend }),
    broken: () => within(LAST_WORDS_MS, program.exited),
    cancelled: () => void looksAlive().then((alive) => {
      if (!alive && !releasing) endAsStuck();
    }),
  });
  /** One look at a time: a thousand calls that are cancelled together ask one question. */
  let looking: Promise<boolean> | undefined;
  const looksAlive = (): Promise<boolean> => (looking ??= answers(ALIVE_MS, client.ping()).finally(() => (looking = undefined)));
  const endAsStuck = (): void => {
    killed = true;
    void program.kill();
    bridge.fail({ instance: request.instance, error: new SallyportError("stuck", `'${request.source.name}' went on after a call was cancelled, answered no ping for ${ALIVE_MS} ms, and was killed`, { plugin: request.source.name, source: "transport" }).toJSON() });
  };
  const bridge = createBridge(definition, request, host, {
    label: `pid ${program.pid}`,
    copies: true,
    probe: () => client.ping(),
    async release(): Promise<Partial<Exit>> {
      releasing = true;
      if (!killed) await within(LAST_WORDS_MS, Promise.resolve(finish()).catch(() => undefined));
      client.close();
      if (!killed) {
        program.end();
        await within(POLITE_MS, program.exited);
      }
      const exit = await program.kill();
      await cleanUp();
      return exit;
    },
  });
  void program.exited.then((exit) => {
    if (!releasing) bridge.fail({ ...exit, instance: request.instance });
  });
  const kill = (): Promise<Exit> => {
    killed = true;
    void program.kill();
    return bridge.kill();
  };
  return { ...bridge, confinement, usage: () => program.usage(), kill, [Symbol.asyncDispose]: async () => void (await kill()) };
}

async function first(plugin: string, program: Program, mostBytes: number): Promise<string> {
  try {
    return await program.firstLine(mostBytes);
  } catch (error) {
    // An output that closes is mostly a program that ends, and its end says more.
    await within(LAST_WORDS_MS, endOf(plugin, program));
    throw error;
  }
}

/** What is waited for, unless the program ends first. */
async function unless<T>(plugin: string, program: Program, what: Promise<T>): Promise<T> {
  const ended = endOf(plugin, program);
  // An end that nobody waits for any more is no fault.
  ended.catch(() => {});
  return Promise.race([ended, what]);
}

/** Rejects when the program has ended. */
async function endOf(plugin: string, program: Program): Promise<never> {
  const exit = await program.exited;
  if (exit.error !== undefined) throw fromErrorObject(exit.error);
  const how = exit.signal === undefined ? `exit code ${exit.exitCode}` : exit.signal;
  const last = exit.stderrTail?.at(-1);
  throw new SallyportError("bad_handshake", `'${plugin}' ended (${how}) before it served anything${last === undefined ? "" : `: ${last}`}`, {
    plugin, help: "Start it by hand to see what it wants; everything that it printed on stderr is in its log.", data: { exitCode: exit.exitCode ?? null, signal: exit.signal ?? null },
  });
}

/** Resolves when that has settled, or the time is over. */
async function within(ms: number, what: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([what, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether it resolved within so long. */
async function answers(ms: number, what: Promise<void>): Promise<boolean> {
  let answered = false;
  await within(ms, what.then(() => (answered = true)));
  return answered;
}
