import { SallyportError } from "@sallyport/bus";
import type { HostEnd } from "@sallyport/kernel";
import { createLog } from "@sallyport/child";
import { createWireReader, createWireWriter } from "../proto/wire.js";
import type { RpcClient } from "../rpc/client.js";
import { openBroker, type Broker } from "./broker.js";
import { drain, numberIn, sendOne } from "./messages.js";

export interface Services {
  readonly broker: Broker;
  /** Says goodbye. */
  finish(): Promise<void>;
}

/** Services that go-plugin adds to every plugin; their messages are small enough to be read by hand. */
const HEALTH = "/grpc.health.v1.Health/Check";
const STDIO = "/plugin.GRPCStdio/StreamStdio";
const SHUTDOWN = "/plugin.GRPCController/Shutdown";

const NOTHING = new Uint8Array(0);
const SERVING = 1n;
const UNIMPLEMENTED = 12;
const SHUTDOWN_MS = 500;

/** Asks whether it serves, and opens what belongs to a connection: its output and the broker. */
export async function beginServices(plugin: string, client: RpcClient, host: Pick<HostEnd, "log">, signal: AbortSignal): Promise<Services> {
  await assertHealthy(plugin, client, signal);
  forwardOutput(client, host);
  return {
    broker: openBroker(plugin, client, host),
    async finish() {
      const asked = client.open(SHUTDOWN, SHUTDOWN_MS);
      sendOne(asked, NOTHING);
      // It may be gone before it has answered.
      await drain(asked, () => {});
    },
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
