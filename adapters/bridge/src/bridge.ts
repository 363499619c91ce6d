import { boundsOf, createBytes, createFrameReader, createFrameWriter, recordCodec, SallyportError, type Frame, type Limits } from "@sallyport/bus";
import type { Boundary, Exit, HostEnd, OpenRequest } from "@sallyport/kernel";
import type { PluginDefinition } from "@sallyport/plugin";
import { runPlugin } from "@sallyport/plugin/runtime";
import { createQueue } from "./queue.js";

export interface BridgeOptions {
  /** For people: `this process`, `https://fx.example`. */
  readonly label: string;
  /** `true`: what the definition gets and gives is copied, bounded by the plugin's limits and checked as if it came off a wire. */
  readonly copies: boolean;
  readonly version?: string;
  /** Calls that it takes at once; the host lets others wait. Default: as many as the host allows. */
  readonly inflight?: number;
  /** Of the protocol's features those that the definition makes use of. Default: all that the kit offers. */
  readonly features?: readonly string[];
  /** Resolves when what stands behind the definition shows that it lives; without it the bridge answers the host's pings by itself. */
  readonly probe?: () => Promise<void>;
  /** Ends what stands behind the definition; called once, however the end came. The bridge's end waits for it. */
  readonly release?: () => Promise<Partial<Exit>> | Partial<Exit>;
}

/** A boundary whose guest's side of the protocol is kept on the host's side of it. */
export interface Bridge extends Boundary {
  /** What stands behind it has ended by itself: calls under way fail with this. */
  fail(exit: Exit): void;
}

/**
 * Runs a definition of the adapter's own as a plugin: for plugins that are part of the program, and for those that speak
 * another protocol, whose definition translates. Its methods must not block: they run on the host's loop.
 */
export function createBridge(definition: PluginDefinition<never>, { source, instance, args, limits, debug }: Pick<OpenRequest, "source" | "instance" | "args" | "limits" | "debug">, host: HostEnd, options: BridgeOptions): Bridge {
  const toHost = createQueue<Frame>((frame) => host.receive(frame));
  const toPlugin = createQueue<Frame>((frame) => runtime.receive(frame));
  const out = options.copies ? copier(limits, (frame) => toHost.push(frame)) : (frame: Frame) => toHost.push(frame);
  const into = options.copies ? copier(limits, (frame) => toPlugin.push(frame)) : (frame: Frame) => toPlugin.push(frame);
  let failure: Exit | undefined;
  const runtime = runPlugin(definition, {
    name: source.name,
    version: options.version ?? source.manifest?.version ?? definition.version ?? "0.0.0",
    args,
    send(frame) {
      out(frame);
      return true;
    },
    controller: () => new AbortController(),
    ...(options.inflight !== undefined && { maxInflight: options.inflight }),
    ...(options.features && { features: options.features }),
    stack: debug,
  });

  const exited: Promise<Exit> = runtime.done.then(async ({ reason, error }) => {
    // What was sent before the end still arrives, as it does through a pipe; a kill has already emptied the queue.
    await toHost.idle();
    toHost.close();
    toPlugin.close();
    const released = await releaseQuietly();
    if (failure !== undefined) return failure;
    return reason === "violation" && error !== undefined ? { instance, error: error.toJSON() } : { exitCode: 0, instance, ...released };
  });

  async function releaseQuietly(): Promise<Partial<Exit>> {
    try {
      return (await options.release?.()) ?? {};
    } catch {
      // Whoever releases has nothing to say to the plugin's callers.
      return {};
    }
  }

  function shut(): void {
    toHost.close();
    toPlugin.close();
    runtime.close();
  }
  const kill = (): Promise<Exit> => {
    shut();
    return exited;
  };
  return {
    label: options.label,
    exited,
    send(frame) {
      if (frame.t !== "ping" || options.probe === undefined) into(frame);
      else void options.probe().then(() => into(frame), () => undefined);
      return true;
    },
    fail(exit) {
      failure ??= exit;
      shut();
    },
    end: () => runtime.close(),
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
    },
  };
}

/** Frames through an encoder and a decoder: nothing that one side changes later reaches the other. Throws as an encoder does. */
function copier(limits: Limits, take: (frame: Frame) => void): (frame: Frame) => void {
  const writer = createFrameWriter(recordCodec);
  writer.bound(boundsOf(limits));
  const reader = createFrameReader({ codec: recordCodec, maxBytes: limits.frameBytes, onFrame: take });
  const bytes = createBytes(1024);
  let writing = false;
  return (frame) => {
    // A getter or a proxy in the value can send something itself: into the middle of these bytes.
    if (writing) throw new SallyportError("bad_value", "a value sent something while it was read", { help: "Send plain data, without getters." });
    writing = true;
    bytes.size = 0;
    try {
      writer.write(frame, bytes, limits.frameBytes);
    } finally {
      writing = false;
    }
    reader.push(bytes.bytes.slice(0, bytes.size));
  };
}
