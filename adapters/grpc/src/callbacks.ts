import { SallyportError } from "@sallyport/bus";
import type { Declared } from "./proto/types.js";
import type { MessageType, ServiceMethod } from "./proto/schema.js";

/** A field of a request in which the plugin is told where it reaches a service of the host. */
export interface Callback {
  readonly field: string;
  readonly service: string;
  /** By `/demo.Demo/Upper`: what the call of the plugin is called here. */
  readonly methods: ReadonlyMap<string, { readonly name: string; readonly method: ServiceMethod }>;
}

/** By the full name of the request. */
export type Callbacks = ReadonlyMap<string, readonly Callback[]>;

/** `{ "proto.PutRequest.add_server": "proto.AddHelper" }`, checked: `requests` are those that the plugin is called with. */
export function chooseCallbacks(plugin: string, { messages, services }: Declared, given: Readonly<Record<string, string>>, requests: ReadonlySet<MessageType>, nameOf: (method: ServiceMethod) => string): Callbacks {
  const chosen = new Map<string, Callback[]>();
  for (const [path, service] of Object.entries(given)) {
    const dot = path.lastIndexOf(".");
    const message = messages.get(path.slice(0, dot));
    const field = message?.byName.get(path.slice(dot + 1));
    if (message === undefined || field === undefined) throw refused(plugin, path, "is no field of a message in its proto files", "Write it with its package: \"demo.StartRequest.broker_id\".");
    if (!requests.has(message)) throw refused(plugin, path, "is in no message that its methods are called with", "Name a field of a request itself, not of a message inside it.");
    if (field.type.kind !== "scalar" || field.type.scalar !== "uint32" || field.repeated || field.keys !== undefined || field.oneof !== undefined) throw refused(plugin, path, "is no single uint32", "go-plugin's ids are numbers of 32 bits: name the field that its broker.Dial is given.");
    const methods = services.get(service);
    if (methods === undefined) throw refused(plugin, path, `is to lead to '${service}', which its proto files do not declare`, `They declare: ${[...services.keys()].slice(0, 20).join(", ") || "nothing"}.`);
    const callback: Callback = { field: field.name, service, methods: new Map(methods.map((method) => [`/${method.id}`, { name: nameOf(method), method }])) };
    chosen.set(message.name, [...(chosen.get(message.name) ?? []), callback]);
  }
  return chosen;
}

function refused(plugin: string, path: string, what: string, help: string): SallyportError {
  return new SallyportError("invalid_argument", `'${plugin}' cannot call back: ${path.slice(0, 200)} ${what}`, { plugin, path: "callbacks", help });
}
