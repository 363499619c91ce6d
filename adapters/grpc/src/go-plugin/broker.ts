import { SallyportError } from "@sallyport/bus";
import type { HostEnd } from "@sallyport/kernel";
import { createWireWriter } from "../proto/wire.js";
import type { RpcClient } from "../rpc/client.js";
import { drain, numberIn } from "./messages.js";

/** By the broker a plugin and its host tell each other of further servers. */
export interface Broker {
  /** Tells the plugin where a server of the host is. Throws `unavailable` where nobody listens. */
  announce(id: number, address: string): void;
}

const PATH = "/plugin.GRPCBroker/StartStream";
/** Of those that the plugin has not read. */
const MOST_UNREAD = 1024;

/** A server that the plugin offers is noted, and its address is never used: it could be anybody's. */
export function openBroker(plugin: string, client: RpcClient, host: Pick<HostEnd, "log">): Broker {
  let told = false;
  let over = false;
  let unread = 0;
  const stream = client.open(PATH, Infinity);
  void drain(stream, (message) => {
    if (told) return;
    told = true;
    host.log("info", `'${plugin}' offers another server by the broker (service ${numberIn(message, 1) ?? 0n}); this host connects to no further servers`);
  }).then(() => (over = true));
  return {
    announce(id, address) {
      if (over) throw deaf(plugin, "its broker has ended, which takes one connection in its life", "Load it again.");
      if (unread >= MOST_UNREAD) throw deaf(plugin, `it has left ${MOST_UNREAD} announcements of the host unread`, "It does not read what its broker is sent.");
      const info = createWireWriter();
      info.tag(1, 0);
      info.varint(id);
      info.tag(2, 2);
      info.text("unix");
      info.tag(3, 2);
      info.text(address);
      unread++;
      void stream.send(info.finish()).then(() => unread--);
    },
  };
}

function deaf(plugin: string, what: string, help: string): SallyportError {
  return new SallyportError("unavailable", `'${plugin}' cannot be told where to call back: ${what}`, { plugin, help });
}
