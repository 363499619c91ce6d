import { SallyportError } from "@sallyport/bus";
import type { Adapter, Boundary, OpenRequest, Traits } from "@sallyport/kernel";
import { compileSchema, readPlugin, type Reads } from "@sallyport/manifest";
import { connect } from "./boundary.js";

export interface WebSocketOptions {
  /** What a plugin is shown as `Authorization: Bearer`, by its name. */
  readonly tokens?: Readonly<Record<string, string>>;
}

const TRAITS: Traits = {
  memory: "separate", crash: "contained", stop: "cooperative", authority: "ambient", copies: true,
  stops: "Crashes, hangs and malformed messages; nothing of what the program does where it runs.",
  costs: "A connection per plugin, and encoding and a message per frame.",
};

/** What a manifest says under `modes.websocket`, checked with its place in the file; it makes a plugin one of this mode's. */
const SETTINGS = { type: "object", properties: { url: { type: "string", pattern: "^wss?://([\\w.-]+|\\[[\\da-f:.]+\\])(:[1-5]?\\d{1,4}|:6[0-4]\\d{3})?(/\\S*)?$", title: "an address, ws://HOST:PORT/" } }, required: ["url"], additionalProperties: false };
const READS: Reads = { mode: "websocket", kinds: ["websocket"], by: "settings", settings: compileSchema(SETTINGS) };

/** Plugins that run somewhere else and are reached by WebSocket: each message is one frame. */
export function webSocket({ tokens = {} }: WebSocketOptions = {}): Adapter {
  const open = new Set<Boundary>();
  return {
    mode: READS.mode,
    traits: TRAITS,
    entries: READS.kinds,
    trust: "reviewed",
    inspect: (spec, signal) => readPlugin(spec, signal, READS),
    async open(request, host, signal) {
      const boundary = await connect(addressOf(request), tokens[request.source.name], request, host, signal);
      open.add(boundary);
      void boundary.exited.then(() => open.delete(boundary));
      return boundary;
    },
    enforcement: async () => ({ profile: "none", by: "nothing", guards: {}, remedies: [{ guards: ["files", "network", "peers"], help: "Confine the program where it is started." }] }),
    [Symbol.asyncDispose]: async () => void (await Promise.all([...open].map((boundary) => boundary.kill()))),
  };
}

/** The manifest names the address; whether it may be reached is the config's to say, as for any plugin's connections. */
function addressOf({ source: { name, manifest }, permissions: { net = [] }, sandbox }: OpenRequest): URL {
  if (sandbox === "strict" || sandbox === "limits") throw new SallyportError("sandbox_unavailable", `'${name}' wants profile '${sandbox}', and mode websocket starts nothing that it could confine`, { plugin: name, path: "sandbox" });
  const url = new URL((manifest?.modes?.["websocket"] as { readonly url: string } | undefined)?.url ?? "");
  const port = url.port || (url.protocol === "wss:" ? "443" : "80");
  if (!["*", `*:${port}`, `${url.hostname}:${port}`].some((pattern) => net.includes(pattern))) {
    throw new SallyportError("permission_denied", `'${name}' may not be reached at ${url.hostname}:${port}`, { plugin: name, path: "permissions.net", help: `Put "permissions": { "net": ["${url.hostname}:${port}"] } into its manifest and into the config.` });
  }
  return url;
}
