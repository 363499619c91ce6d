import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createFrameReader, createHandshakeReader, type Codec, type Frame, type FrameReader } from "@sallyport/bus";
import { CODECS, programOf } from "./build.js";

/** An executable plugin with nothing of ours between it and the test: bytes in, frames out. */
export interface RawPlugin {
  readonly codec: Codec;
  /** Writes one frame's body, given as bytes; adds only its line end or length. */
  write(body: Uint8Array): void;
  /** The next frame that `wanted` accepts; others are passed over. Rejects when the plugin ends first. */
  next<T extends Frame>(wanted: (frame: Frame) => frame is T): Promise<T>;
  end(): Promise<void>;
}

export async function startRaw(folder: string, args: readonly string[]): Promise<RawPlugin> {
  const { entry, command = [] } = JSON.parse(await readFile(join(folder, "plugin.json"), "utf8")) as { entry: Parameters<typeof programOf>[0]; command?: readonly string[] };
  const [program, ...rest] = [...command, join(folder, programOf(entry)), ...args];
  const child = spawn(program as string, rest, { cwd: folder, env: { PATH: process.env["PATH"], SALLYPORT_PLUGIN: "1", SALLYPORT_MAJORS: "1" }, stdio: "pipe" });
  child.stderr.resume();
  child.stdin.on("error", () => undefined);
  return wire(child);
}

async function wire(child: ChildProcessWithoutNullStreams): Promise<RawPlugin> {
  const frames: Frame[] = [];
  let wake: (() => void) | undefined;
  let gone = false;
  const exited = new Promise<void>((resolve) => child.once("exit", () => {
    gone = true;
    wake?.();
    resolve();
  }));
  const handshake = createHandshakeReader({ codecs: CODECS, majors: [1] });
  let reader: FrameReader | undefined;
  let codec: Codec | undefined;
  child.stdout.on("data", (chunk: Uint8Array) => {
    let rest: Uint8Array | undefined = chunk;
    if (reader === undefined) {
      const shaken = handshake.push(chunk);
      rest = shaken?.rest;
      if (shaken) {
        codec = shaken.codec;
        reader = createFrameReader({ codec, maxBytes: 1 << 20, onFrame: (frame) => frames.push(frame) });
      }
    }
    if (rest && rest.length > 0) reader?.push(rest);
    wake?.();
  });

  const next: RawPlugin["next"] = async (wanted) => {
    for (;;) {
      const found = frames.findIndex(wanted);
      if (found >= 0) return frames.splice(0, found + 1).at(-1) as never;
      if (gone) throw new Error("the plugin ended");
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const hello = await next((frame): frame is Frame & { t: "hello" } => frame.t === "hello").catch(async (error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  if (codec === undefined) throw new Error(`no handshake before ${hello.t}`);
  const spoken = codec;
  return {
    codec: spoken,
    write(body) {
      if (spoken.framing === "line") child.stdin.write(Buffer.concat([body, Buffer.from("\n")]));
      else {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(body.length);
        child.stdin.write(Buffer.concat([length, body]));
      }
    },
    next,
    async end() {
      child.stdin.end();
      const late = setTimeout(() => child.kill("SIGKILL"), 3000);
      await exited;
      clearTimeout(late);
    },
  };
}
