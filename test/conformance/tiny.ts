import type { Frame } from "@sallyport/bus";
import type { Adapter, Boundary, Exit, HostEnd, PluginSource } from "@sallyport/kernel";

export type Send = (frame: Record<string, unknown>) => void;
/** A guest as a function: called with each frame, `undefined` first; returning `false` ends it. */
export type Guest = (send: Send) => (frame: Frame | undefined) => boolean;

/** A third party's adapter, whole: it starts a guest, moves frames a turn later, and ends it. */
export function tiny(start: Guest): Adapter {
  const source: PluginSource = { name: "demo", kind: "listed", root: "/", entry: "tiny", manifest: undefined };
  return {
    mode: "tiny",
    traits: { memory: "shared", crash: "fatal", stop: "cooperative", authority: "ambient", copies: true, stops: "Nothing.", costs: "Nothing." },
    entries: ["listed"],
    trust: "trusted",
    inspect: (spec) => Promise.resolve(spec.path === "tiny" ? source : undefined),
    open: (_request, host) => Promise.resolve(openTiny(start, host)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function openTiny(start: Guest, host: HostEnd): Boundary {
  let resolve!: (exit: Exit) => void;
  const exited = new Promise<Exit>((settle) => (resolve = settle));
  let live = true;
  const finish = (): Promise<Exit> => {
    live = false;
    resolve({});
    return exited;
  };
  const guest = start((frame) => {
    const copy = structuredClone(frame) as unknown as Frame;
    setImmediate(() => live && host.receive(copy));
  });
  setImmediate(() => guest(undefined));
  return {
    label: "tiny",
    exited,
    send(frame) {
      const copy = structuredClone(frame);
      setImmediate(() => live && !guest(copy) && setImmediate(() => setImmediate(finish)));
      return true;
    },
    end: () => void finish(),
    kill: finish,
    [Symbol.asyncDispose]: async () => void (await finish()),
  };
}
