import { SallyportError, type Limits } from "@sallyport/bus";
import type { Context } from "@sallyport/plugin";
import type { Callback } from "./callbacks.js";
import { decode } from "./proto/decode.js";
import { encode } from "./proto/encode.js";
import type { ServiceMethod } from "./proto/schema.js";
import { isMessage } from "./rpc/exchange.js";
import type { Served } from "./rpc/served.js";
import { STATUS } from "./rpc/trailers.js";
import { endedOf } from "./status.js";

/** A call of the plugin, made through the context of the call that it serves: that one's origin, deadline and end are its own. */
export async function answer(served: Served, { service, methods }: Callback, call: Pick<Context, "call" | "stream">, limits: Limits): Promise<void> {
  try {
    const known = methods.get(served.path);
    if (known === undefined) return served.end({ code: STATUS.unimplemented, details: `the host offers ${service} here, and no ${served.path.slice(0, 200)}` });
    const { name, method } = known;
    if (method.streamsIn) return served.end({ code: STATUS.unimplemented, details: `${method.id} takes a stream, and the host takes one request` });
    const request = await served.request();
    if (!isMessage(request)) return served.end(request);
    const params = decode(method.request, request, limits);
    const options = { signal: served.signal, ...(served.timeoutMs !== Infinity && { timeoutMs: served.timeoutMs }) };
    // One answer is not waited for: its end is what bounds how long it may lie there.
    if (!method.streamsOut) void served.send(encoded(method, name, await call.call(name, params, options), limits));
    else for await (const item of call.stream(name, params, options)) await served.send(encoded(method, name, item, limits));
    served.end({ code: STATUS.ok, details: "" });
  } catch (error) {
    served.end(endedOf(error));
  }
}

/** What does not fit is the fault of whoever answered, not of the plugin that asked. */
function encoded({ response }: ServiceMethod, name: string, value: unknown, { frameBytes }: Limits): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = encode(response, value, "result");
  } catch (cause) {
    throw new SallyportError("internal", `the answer of ${name} is no ${response.name}: ${(cause as Error).message}`, { help: "Let it answer as the proto file of the plugin says.", cause });
  }
  if (bytes.byteLength <= frameBytes) return bytes;
  throw new SallyportError("resource_exhausted", `the answer of ${name} has ${bytes.byteLength} bytes, more than the limit of ${frameBytes}`, { help: "Ask for less at once, or raise `limits.frameBytes`." });
}
