import { SallyportError } from "@sallyport/bus";
import type { PluginSource } from "@sallyport/kernel";
import { compileSchema } from "@sallyport/manifest";
import type { Naming } from "./methods.js";

/** What both modes want to know: which methods there are. */
export interface ServiceSettings extends Naming {
  /** Proto files in the plugin's folder. */
  readonly proto: readonly string[];
}

export interface TlsSettings {
  /** PEM files in the plugin's folder: who the server is, and who the host is to it. */
  readonly ca: string;
  readonly cert: string;
  /** A file that only its owner can read, or a secret of the host's that the plugin has the grant for. */
  readonly key: string | { readonly secret: string };
  /** The name in the server's certificate, where it is not the one in the address. */
  readonly serverName?: string;
}

export interface GrpcSettings extends ServiceSettings {
  /** `host:port` of a server that runs elsewhere; without it the entry is started. */
  readonly address?: string;
  readonly tls?: TlsSettings;
}

export interface GoPluginSettings extends ServiceSettings {
  /** HandshakeConfig: what tells the program that a host started it. */
  readonly cookie: { readonly key: string; readonly value: string };
  /** Versions of the application's protocol that are spoken; one without a list is 1. */
  readonly versions?: readonly number[];
  /** Default true: both ends show a certificate made for this start. `false` for plugins that do not know it. */
  readonly autoMtls?: boolean;
  /** `{ "proto.PutRequest.add_server": "proto.AddHelper" }`: fields that the host sets, and the service of the host that is reached by them. */
  readonly callbacks?: Readonly<Record<string, string>>;
  /** A plugin that runs already and stays when the host goes. */
  readonly reattach?: { readonly network: "unix"; readonly address: string; readonly pid: number };
}

const NAME = { type: "string", minLength: 1, maxLength: 256 } as const;
const SERVICES = {
  proto: { type: "array", items: NAME, minItems: 1, maxItems: 32 },
  services: { type: "array", items: NAME, minItems: 1, maxItems: 64 },
  names: { type: "object", additionalProperties: { type: "string", pattern: "^[a-z][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)+$" } },
  start: NAME,
} as const;

export const checkGrpc = compileSchema({
  type: "object", required: ["proto"], additionalProperties: false,
  properties: {
    ...SERVICES,
    address: { type: "string", pattern: "^(\\[[0-9a-fA-F:]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$" },
    tls: {
      type: "object", required: ["ca", "cert", "key"], additionalProperties: false,
      properties: { ca: NAME, cert: NAME, serverName: NAME, key: { anyOf: [NAME, { type: "object", required: ["secret"], additionalProperties: false, properties: { secret: NAME } }] } },
    },
  },
});

export const checkGoPlugin = compileSchema({
  type: "object", required: ["proto", "cookie"], additionalProperties: false,
  properties: {
    ...SERVICES,
    cookie: { type: "object", required: ["key", "value"], additionalProperties: false, properties: { key: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]{0,127}$" }, value: { type: "string", maxLength: 1024 } } },
    versions: { type: "array", minItems: 1, maxItems: 16, items: { type: "integer", minimum: 0, maximum: 100_000 } },
    autoMtls: { type: "boolean" },
    callbacks: { type: "object", minProperties: 1, maxProperties: 64, additionalProperties: NAME, propertyNames: { maxLength: 256 } },
    reattach: {
      type: "object", required: ["network", "address", "pid"], additionalProperties: false,
      properties: { network: { const: "unix" }, address: NAME, pid: { type: "integer", minimum: 1 } },
    },
  },
});

/** What the manifest says of a mode; it was checked when the manifest was read. Throws where it says nothing. */
export function settingsOf<T extends ServiceSettings>({ name, manifest }: Pick<PluginSource, "name" | "manifest">, mode: string): T {
  const settings = manifest?.modes?.[mode];
  if (settings !== undefined) return settings as T;
  throw new SallyportError("invalid_argument", `'${name}' has a build for mode '${mode}' and does not say what it serves`, { plugin: name, path: `modes.${mode}`, help: `Name its proto files in plugin.json: "modes": { "${mode}": { "proto": ["${name}.proto"] } }.` });
}
