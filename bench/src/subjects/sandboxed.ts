import type { Mode } from "./modes.js";

/** How the profile of a start is made: by whom, or not at all. */
const WAYS = [
  { name: "none", sandbox: "none", by: undefined },
  { name: "bubblewrap", sandbox: "strict", by: ["bubblewrap"] },
  { name: "launcher", sandbox: "strict", by: ["landlock"] },
] as const;

export interface Sandboxed extends Mode {
  readonly way: string;
}

/** A program of mode stdio, confined in each way there is: what the sandbox costs a start. */
export function sandboxed(program: Mode): readonly Sandboxed[] {
  return WAYS.map(({ name, sandbox, by }) => ({
    ...program,
    way: name,
    spec: { ...program.spec, sandbox },
    async prepare() {
      const made = await program.prepare();
      if (typeof made === "string") return made;
      const { stdio } = await import("@sallyport/adapter-stdio");
      const adapter = (): ReturnType<typeof stdio> => stdio(by === undefined ? {} : { sandbox: { by } });
      await using probe = adapter();
      const offer = await probe.enforcement?.(AbortSignal.timeout(10_000));
      if (by !== undefined && offer?.profile !== "strict") return `this machine gives no profile 'strict' by ${name}`;
      return adapter;
    },
  }));
}
