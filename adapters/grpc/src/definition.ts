import { SallyportError, type Limits, type MethodInfo, type StreamDirection } from "@sallyport/bus";
import type { Context, Method, PluginDefinition } from "@sallyport/plugin";
import type { Lend, Lent } from "./lend.js";
import type { Chosen } from "./methods.js";
import { decode } from "./proto/decode.js";
import { encode } from "./proto/encode.js";
import type { ServiceMethod } from "./proto/schema.js";
import { replyOf } from "./reply.js";
import type { RpcClient } from "./rpc/client.js";
import { isMessage, unexpected, type Exchange } from "./rpc/exchange.js";
import { errorOf, type Ended } from "./status.js";

export interface Behind {
  /** The connection; there from the moment that the first call can come. */
  client(): RpcClient;
  readonly limits: Limits;
  /** Called when the connection broke: waits a moment for the end of the plugin, which says more. */
  readonly broken?: () => Promise<void>;
  /** Called when a caller gave up, or its deadline passed: the server may have too. */
  readonly cancelled?: () => void;
  /** Before the first call, before `start` of the plugin. */
  readonly prepare?: (context: Context) => Promise<void>;
  /** Where the plugin can call the host back. */
  readonly lend?: Lend;
  /** What it is lent is its own until it ends. */
  readonly lasting?: boolean;
}

type Call = Pick<Context, "signal" | "remainingMs" | "input" | "progress" | "call" | "stream">;

const UNAVAILABLE = 14;

/** A plugin whose methods are calls of gRPC methods. */
export function defineMethods({ methods, start }: Chosen, behind: Behind): PluginDefinition<never> {
  const { prepare } = behind;
  return {
    methods: Object.fromEntries([...methods].map(([name, method]) => [name, methodOf(method, behind)])),
    ...((start !== undefined || prepare !== undefined) && {
      async start(context: Context) {
        await prepare?.(context);
        if (start !== undefined) await single(start, context.config ?? {}, context, { ...behind, lasting: true });
      },
    }),
  };
}

function methodOf(method: ServiceMethod, behind: Behind): Method {
  const reply = method.streamsOut ? replyOf(method.response) : undefined;
  const out = method.streamsOut && reply?.items !== false;
  const stream: StreamDirection | undefined = out ? (method.streamsIn ? "both" : "out") : method.streamsIn ? "in" : undefined;
  const info: Omit<MethodInfo, "name"> = stream === undefined ? {} : { stream };
  if (!method.streamsOut) return { ...info, handler: (params: unknown, context: Context) => single(method, params, context, behind) } as Method;
  if (reply === undefined) return { ...info, handler: (params: unknown, context: Context) => items(method, params, context, behind) } as Method;
  if (reply.items) return { ...info, handler: (params: unknown, context: Context) => replies(method, params, context, behind) } as Method;
  return { ...info, handler: async (params: unknown, context: Context) => resultOf(replies(method, params, context, behind)) } as Method;
}

/** One answer. */
async function single(method: ServiceMethod, params: unknown, call: Call, behind: Behind): Promise<unknown> {
  let answer: unknown;
  let answers = 0;
  for await (const message of messages(method, params, call, behind)) {
    if (++answers > 1) throw unexpected(`sent ${method.id} a second answer`);
    answer = message;
  }
  if (answers === 0) throw unexpected(`ended ${method.id} without an answer`);
  return answer;
}

async function* items(method: ServiceMethod, params: unknown, call: Call, behind: Behind): AsyncGenerator<unknown, null> {
  yield* messages(method, params, call, behind);
  return null;
}

async function* replies(method: ServiceMethod, params: unknown, call: Call, behind: Behind): AsyncGenerator<unknown, unknown> {
  let result: { readonly value: unknown } | undefined;
  for await (const message of messages(method, params, call, behind)) {
    if (result !== undefined) throw unexpected(`went on after the result of ${method.id}`);
    const { item, progress, result: value } = message as { readonly item?: unknown; readonly progress?: unknown; readonly result?: unknown };
    if (item !== undefined) yield item;
    else if (progress !== undefined) report(call, progress);
    else if (value !== undefined) result = { value };
  }
  if (result === undefined) throw unexpected(`ended ${method.id} without its result`);
  return result.value;
}

function report(call: Call, progress: unknown): void {
  const { done, total, note } = progress as { readonly done?: unknown; readonly total?: unknown; readonly note?: unknown };
  if (typeof done !== "number") return;
  call.progress({ done, ...(typeof total === "number" && total > 0 && { total }), ...(typeof note === "string" && note !== "" && { note }) });
}

async function resultOf(stream: AsyncGenerator<unknown, unknown>): Promise<unknown> {
  for (;;) {
    const step = await stream.next();
    if (step.done === true) return step.value;
  }
}

/** What the server answers, decoded. Leaving early cancels the call; so do the caller and its deadline. */
function messages(method: ServiceMethod, params: unknown, call: Call, behind: Behind): AsyncGenerator<unknown, void> {
  const lending = behind.lend?.(method, call, behind.lasting === true);
  return lending === undefined ? spoken(method, params, call, behind, undefined) : lentFor(lending, (lent) => spoken(method, params, call, behind, lent));
}

async function* lentFor(lending: Promise<Lent>, speak: (lent: Lent) => AsyncGenerator<unknown, void>): AsyncGenerator<unknown, void> {
  const lent = await lending;
  try {
    yield* speak(lent);
  } finally {
    lent.release();
  }
}

async function* spoken(method: ServiceMethod, params: unknown, call: Call, behind: Behind, lent: Lent | undefined): AsyncGenerator<unknown, void> {
  const first = method.streamsIn ? noParams(method, params) : request(method, params, lent, "params");
  const exchange = behind.client().open(`/${method.id}`, call.remainingMs());
  const stop = (): void => exchange.cancel();
  const giveUp = (): void => {
    stop();
    behind.cancelled?.();
  };
  call.signal.addEventListener("abort", giveUp);
  if (call.signal.aborted) giveUp();
  let wrong: unknown;
  let over = false;
  try {
    if (first === undefined) {
      void feed(exchange, method, call.input, lent, () => over).catch((error: unknown) => {
        wrong = error;
        stop();
      });
    } else {
      void exchange.send(first);
      exchange.finish();
    }
    for (;;) {
      const what = await exchange.receive();
      if (isMessage(what)) yield decode(method.response, what, behind.limits);
      else {
        over = true;
        if (wrong !== undefined) throw wrong;
        return await finished(what, behind);
      }
    }
  } finally {
    call.signal.removeEventListener("abort", giveUp);
    if (!over) stop();
    over = true;
  }
}

/** Takes an item from the caller only when the transport took the one before: the server's pace is the caller's. */
async function feed(exchange: Exchange, method: ServiceMethod, input: AsyncIterable<unknown>, lent: Lent | undefined, over: () => boolean): Promise<void> {
  for await (const item of input) {
    if (over()) return;
    await exchange.send(request(method, item, lent, "item"));
  }
  exchange.finish();
}

function request(method: ServiceMethod, value: unknown, lent: Lent | undefined, path: string): Uint8Array {
  return encode(method.request, lent === undefined ? value : lent.fill(value, path), path);
}

function noParams(method: ServiceMethod, params: unknown): undefined {
  const some = params !== null && params !== undefined && !(typeof params === "object" && Object.keys(params).length === 0);
  if (some) throw new SallyportError("invalid_argument", `${method.id} takes a stream and no params`, { path: "params", help: "Send what it needs as the first item." });
}

async function finished(how: Ended, { broken }: Behind): Promise<void> {
  if (how.code === 0) return;
  // What breaks a connection is mostly the end of the plugin, and that is reported by itself.
  if (how.code === UNAVAILABLE && how.errors?.length !== 1) await broken?.();
  throw errorOf(how);
}
