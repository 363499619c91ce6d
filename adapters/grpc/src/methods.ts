import { SallyportError } from "@sallyport/bus";
import { chooseCallbacks, type Callbacks } from "./callbacks.js";
import type { ServiceMethod } from "./proto/schema.js";
import { assertWhole, type Declared } from "./proto/types.js";

export interface Naming {
  /** Full names of the services that are offered; default: all that the files declare. */
  readonly services?: readonly string[];
  /** `demo.Demo/Upper` to the name that a host calls it by. */
  readonly names?: Readonly<Record<string, string>>;
  /** A method that is called once with the plugin's config, before any other, and is offered to nobody. */
  readonly start?: string;
  /** Fields of requests (`demo.StartRequest.broker_id`) to the service of the host that the plugin reaches there. */
  readonly callbacks?: Readonly<Record<string, string>>;
}

export interface Chosen {
  readonly methods: ReadonlyMap<string, ServiceMethod>;
  readonly start?: ServiceMethod;
  readonly callbacks: Callbacks;
}

/**
 * The methods that services amount to. `demo.v1.FxRates/GetAll` is called `fxRates.getAll`: the names of service and method
 * without the package, each beginning with a small letter, and whole words of capitals small (`KV/Get` is `kv.get`).
 */
export function chooseMethods(plugin: string, declared: Declared, naming: Naming): Chosen {
  const { services } = declared;
  const given = naming.callbacks ?? {};
  const ours = new Set(Object.values(given));
  const wanted = naming.services ?? [...services.keys()].filter((service) => !ours.has(service));
  const all = wanted.flatMap((service) => services.get(service) ?? missing(plugin, "services", service, services.keys()));
  const ids = new Map(all.map((method) => [method.id, method]));
  const names = naming.names ?? {};
  const named = new Set([...ids.keys(), ...[...ours].flatMap((service) => services.get(service) ?? []).map(({ id }) => id)]);
  for (const id of Object.keys(names)) if (!named.has(id)) missing(plugin, "names", id, named);
  const nameOf = (method: ServiceMethod): string => (Object.hasOwn(names, method.id) ? names[method.id] : undefined) ?? usualName(method);
  const startId = naming.start;
  const start = startId === undefined ? undefined : ([...services.values()].flat().find(({ id }) => id === startId) ?? missing(plugin, "start", startId, ids.keys()));
  if (start !== undefined && (start.streamsIn || start.streamsOut)) throw refused(plugin, `its \`start\` ${start.id} is a stream`, "start", "Name a method with one request and one answer.");
  const methods = new Map<string, ServiceMethod>();
  for (const method of all) {
    if (method.id === startId) continue;
    const name = nameOf(method);
    const other = methods.get(name);
    if (other !== undefined) throw refused(plugin, `${other.id} and ${method.id} are both called ${name}`, "names", "Give one of them another name under `names`, or leave a service out of `services`.");
    methods.set(name, method);
  }
  if (methods.size === 0) throw refused(plugin, "its proto files declare no method", "proto", "Name the file that declares a service.");
  const called = [...methods.values(), ...(start === undefined ? [] : [start])];
  const callbacks = chooseCallbacks(plugin, declared, given, new Set(called.map(({ request }) => request)), nameOf);
  assertWhole([...called, ...[...callbacks.values()].flat().flatMap((callback) => [...callback.methods.values()].map(({ method }) => method))]);
  return { methods, callbacks, ...(start && { start }) };
}

export function usualName({ service, method }: Pick<ServiceMethod, "service" | "method">): string {
  return `${small(service.slice(service.lastIndexOf(".") + 1))}.${small(method)}`;
}

function small(name: string): string {
  return name.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (capitals) => capitals.toLowerCase());
}

function missing(plugin: string, field: string, name: string, there: Iterable<string>): never {
  throw refused(plugin, `its \`${field}\` name '${name}', which its proto files do not declare`, field, `They declare: ${[...there].slice(0, 20).join(", ") || "nothing"}.`);
}

function refused(plugin: string, what: string, path: string, help: string): SallyportError {
  return new SallyportError("invalid_argument", `'${plugin}' cannot be called: ${what}`, { plugin, path, help });
}
