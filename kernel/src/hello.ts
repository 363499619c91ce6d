import { SallyportError, type GuestHello, type MethodInfo } from "@sallyport/bus";

const STREAMS: ReadonlySet<unknown> = new Set(["in", "out", "both"]);

/** Throws `protocol_violation` naming the field. What is only of use with the right type is left to who reads it. */
export function checkHello(hello: GuestHello, plugin: string): void {
  const list = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.every((item) => typeof item === "string"));
  const problem =
    typeof hello.name !== "string" ? "name: a string"
    : typeof hello.version !== "string" ? "version: a string"
    : !Array.isArray(hello.methods) || !hello.methods.every((m: unknown) => typeof m === "string" || (typeof m === "object" && m !== null && typeof (m as { name?: unknown }).name === "string")) ? "methods: names, or maps with a name"
    : !list(hello.features) ? "features: a list of strings"
    : !list(hello.needs) ? "needs: a list of strings"
    : !list(hello.events) ? "events: a list of strings"
    : undefined;
  if (problem !== undefined) throw new SallyportError("protocol_violation", `the hello of '${plugin}' expects ${problem}`, { plugin });
}

/** A method as a checked hello announces it: known fields of the right type, a copy. A plugin's own claims go no further. */
export function readMethod(method: string | MethodInfo): MethodInfo {
  if (typeof method === "string") return { name: method };
  const { name, stream, idempotent, timeout } = method;
  return {
    name,
    ...(STREAMS.has(stream) && stream !== undefined && { stream }),
    ...(typeof idempotent === "boolean" && { idempotent }),
    ...(typeof timeout === "number" && timeout >= 1 && { timeout }),
  };
}
