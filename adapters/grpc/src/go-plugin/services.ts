import { SallyportError } from "@sallyport/bus";
import type { HostEnd } from "@sallyport/kernel";
import { createLog } from "@sallyport/child";
import { createWireReader, createWireWriter } from "../proto/wire.js";
import type { RpcClient } from "../rpc/client.js";
import { isMessage, type Exchange } from "../rpc/exchange.js";
import type { Ended } from "../status.js";

/** Services that go-plugin adds to every plugin; their messages are small enough to be read by hand. */
const HEALTH = "/grpc.health.v1.Health/Check";
const STDIO = "/plugin.GRPCStdio/StreamStdio";
const BROKER = "/plugin.GRPCBroker/StartStream";
const SHUTDOWN = "/plugin.GRPCController/Shutdown";

const NOTHING = new Uint8Array(0);
const SERVING = 1n;
const UNIMPLEMENTED = 12;
const SHUTDOWN_MS = 500;

/** Asks whether it serves, and opens what belongs to a connection: its output and the broker. */
export async function beginServices(plugin: string, client: RpcClient, host: Pick<HostEnd, "log">, signal: AbortSignal): Promise<() => Promise<void>> {
  await assertHealthy(plugin, client, signal);
  forwardOutput(client, host);
  holdBroker(plugin, client, host);
  return async () => {
    const asked = client.open(SHUTDOWN, SHUTDOWN_MS);
    sendOne(asked, NOTHING);
    // It may be gone before it has answered.
    await drain(asked, () => {});
  };
}

async function assertHealthy(plugin: string, client: RpcClient, signal: AbortSignal): Promise<void> {
  const asked = client.open(HEALTH, Infinity);
  const giveUp = (): void => asked.cancel();
  signal.addEventListener("abort", giveUp);
  const request = createWireWriter();
  request.tag(1, 2);
  request.text("plugin");
  sendOne(asked, request.finish());
  let status: bigint | undefined;
  const how = await drain(asked, (message) => (status = numberIn(message, 1)));
  signal.removeEventListener("abort", giveUp);
  signal.throwIfAborted();
  // Servers in other languages may leave it out.
  if (how.code === UNIMPLEMENTED || (how.code === 0 && status === SERVING)) return;
  throw new SallyportError("bad_handshake", `'${plugin}' does not serve: its health check says ${how.code === 0 ? `status ${status ?? 0}` : how.details.slice(0, 200)}`, { plugin, help: "Its gRPC server has to answer grpc.health.v1.Health for the service 'plugin' with SERVING." });
}

/** After its start a go-plugin's own stdout and stderr come by gRPC, and it stops when nobody reads them. */
function forwardOutput(client: RpcClient, host: Pick<HostEnd, "log">): void {
  const log = createLog((level, text) => host.log(level, text));
  const output = client.open(STDIO, Infinity);
  sendOne(output, NOTHING);
  void drain(output, (message) => {
    const from = createWireReader(message);
    while (!from.done) {
      const { number, wire } = from.tag();
      if (number === 2 && wire === 2) log.push(from.bytes());
      else from.skip(wire);
    }
  }).then(() => log.stop());
}

/**
 * By the broker a plugin and its host tell each other of further servers. The host has none, so it says nothing; one that the
 * plugin offers is noted, and its address is never used: it could be anybody's.
 */
function holdBroker(plugin: string, client: RpcClient, host: Pick<HostEnd, "log">): void {
  let told = false;
  const stream = client.open(BROKER, Infinity);
  void drain(stream, (message) => {
    if (told) return;
    told = true;
    host.log("info", `'${plugin}' offers another server by the broker (service ${numberIn(message, 1) ?? 0n}); this host connects to no further servers`);
  });
}

function sendOne(exchange: Exchange, message: Uint8Array): void {
  void exchange.send(message);
  exchange.finish();
}

/** Reads to the end. A message that cannot be read ends it. */
async function drain(exchange: Exchange, take: (message: Uint8Array) => void): Promise<Ended> {
  for (;;) {
    const what = await exchange.receive();
    if (!isMessage(what)) return what;
    try {
      take(what);
    } catch {
      exchange.cancel();
    }
  }
}

function numberIn(message: Uint8Array, field: number): bigint | undefined {
  const from = createWireReader(message);
  let value: bigint | undefined;
  while (!from.done) {
    const { number, wire } = from.tag();
    if (number === field && wire === 0) value = from.varint();
    else from.skip(wire);
  }
  return value;
}
