import { once } from "node:events";
import { boundsOf, createBytes, FRAME_BYTES_BEFORE_HELLO, jsonCodec, msgpackCodec, SallyportError, type Codec } from "@sallyport/bus";
import type { Boundary, Exit, HostEnd, OpenRequest } from "@sallyport/kernel";
import { WebSocket } from "ws";

// The codec is the subprotocol, in place of the handshake line.
const CODECS: ReadonlyMap<string, Codec> = new Map([["sallyport.1.msgpack", msgpackCodec], ["sallyport.1.json", jsonCodec]]);
/** Bytes that wait for the plugin: above the first the kernel holds back what it can, above the second nobody reads. */
const FULL_BYTES = 1 << 20;
const GIVE_UP_BYTES = 32 << 20;
const PING_MS = 10_000;

export async function connect(url: URL, token: string | undefined, { source: { name }, instance, limits }: OpenRequest, host: HostEnd, signal: AbortSignal): Promise<Boundary> {
  const maxPayload = Math.max(limits.frameBytes, FRAME_BYTES_BEFORE_HELLO);
  const socket = new WebSocket(url, [...CODECS.keys()], { perMessageDeflate: false, maxPayload, ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }) });
  let settle!: (exit: Exit) => void;
  const exited = new Promise<Exit>((resolve) => (settle = resolve));
  const out = createBytes();
  let [codec, decoder, encoder] = [msgpackCodec, msgpackCodec.createDecoder(), msgpackCodec.createEncoder()];
  let [live, greeted, full, heard] = [true, false, false, true];

  function finish(error?: SallyportError): void {
    live = false;
    clearInterval(pulse);
    // First, since the end of the socket is told in here.
    settle({ instance, ...(error && { error: error.toJSON() }) });
    socket.terminate();
  }
  /** Nobody reads what waits; also pongs wait, which a plugin's pings ask for. */
  function waiting(): number {
    if (socket.bufferedAmount > GIVE_UP_BYTES) finish(new SallyportError("stuck", `'${name}' does not read: ${socket.bufferedAmount} bytes wait for it`));
    return socket.bufferedAmount;
  }
  const pulse = setInterval(() => {
    if (!heard) finish(new SallyportError("stuck", `'${name}' answered no ping within ${PING_MS} ms`));
    heard = false;
    if (socket.readyState === WebSocket.OPEN) socket.ping();
  }, PING_MS).unref();

  socket.on("open", () => {
    codec = CODECS.get(socket.protocol) ?? codec;
    [decoder, encoder] = [codec.createDecoder(), codec.createEncoder()];
    encoder.bound?.(boundsOf(limits));
  });
  // Before `connect` returns: the hello can come with the answer to the handshake.
  socket.on("message", (data: Buffer) => {
    if (!live) return;
    heard = true;
    try {
      if (!greeted && data.length > FRAME_BYTES_BEFORE_HELLO) throw new SallyportError("frame_too_large", `the hello of '${name}' has ${data.length} bytes, more than ${FRAME_BYTES_BEFORE_HELLO}`);
      // Not the Buffer: a slice of one is no copy.
      const frame = decoder.decode(new Uint8Array(data.buffer, data.byteOffset, data.length), 0, data.length);
      if (frame?.t === "hello") decoder.bound?.(boundsOf(limits));
      greeted ||= frame !== undefined;
      if (frame !== undefined) host.receive(frame);
    } catch (error) {
      finish(error as SallyportError);
    }
  });
  socket.on("pong", () => (heard = true));
  socket.on("ping", waiting);
  socket.on("error", (cause: Error & { code?: string }) => {
    const code = cause.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" ? "frame_too_large" : cause.code?.startsWith("WS_ERR_") ? "protocol_violation" : "plugin_crashed";
    finish(new SallyportError(code, `the connection to '${name}' failed: ${cause.message}`, { cause }));
  });
  // 1000 and 1001: it said goodbye.
  socket.on("close", (code) => finish(code === 1000 || code === 1001 ? undefined : new SallyportError("plugin_crashed", `the connection to '${name}' was lost (${code})`)));

  try {
    await once(socket, "open", { signal });
  } catch (cause) {
    finish();
    signal.throwIfAborted();
    throw new SallyportError("spawn_failed", `'${name}' cannot be reached at ${url.href}: ${(cause as Error).message}`, { plugin: name, cause, help: "Start the program that serves it; it takes the subprotocol sallyport.1.msgpack or sallyport.1.json, and the token, if it wants one." });
  }
  return {
    label: url.host,
    exited,
    send(frame) {
      if (!live) return true;
      out.size = 0;
      encoder.encode(frame, out, limits.frameBytes);
      socket.send(out.bytes.slice(0, out.size), { binary: codec !== jsonCodec }, () => {
        if (!full || waiting() > FULL_BYTES / 2) return;
        full = false;
        host.drained();
      });
      full = waiting() > FULL_BYTES || full;
      return !full;
    },
    end: () => socket.close(1000),
    kill() {
      finish();
      return exited;
    },
    [Symbol.asyncDispose]: async () => finish(),
  };
}
