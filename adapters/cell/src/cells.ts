import { recordCodec, type Codec } from "@sallyport/bus";
import { createChildren, withMeasuring } from "@sallyport/child";
import type { Boundary, Enforcement, HostEnd, OpenRequest, Permissions, PluginSource, PluginSpec } from "@sallyport/kernel";
import { createSandbox, type SandboxOptions } from "@sallyport/sandbox";
import { startCell, withOwnWall, type Cell } from "./cell.js";
import { expectedLimits } from "./expected-limits.js";
import type { CellProgram } from "./program.js";
import { createSpares, type Spares } from "./spares.js";

export interface CellsOptions {
  readonly program: CellProgram;
  /** Processes kept ready and waiting. Default 1; each holds the memory of an idle Node. */
  readonly spares?: number;
  /** How the profiles of `sandbox` are made here. */
  readonly sandbox?: SandboxOptions;
}

/** What one plugin brings into its cell. */
export interface Occupant {
  /** `encodePrelude` of what the program wants to know; sent before any frame. */
  readonly prelude: Uint8Array;
  /** Default: the record codec, which `serveCell` speaks. */
  readonly codecs?: readonly Codec[];
  /** What the system opens to it. With any of it no spare fits, and a start takes as long as Node does. */
  readonly permissions?: Permissions;
  /** Files and folders of its own that the system opens to it whatever it is permitted; no spare fits then either. */
  readonly own?: readonly string[];
}

/** The cells of one mode, which end with it. */
export interface Cells extends AsyncDisposable {
  /** A plugin was found that this mode may run: a cell for it gets ready. */
  expect(spec: PluginSpec, source: PluginSource): void;
  open(request: OpenRequest, occupant: Occupant, host: HostEnd, signal: AbortSignal): Promise<Boundary>;
  enforcement(signal: AbortSignal): Promise<Enforcement>;
}

/**
 * A cell is a wall already, and the system is a second one: the one that costs a start the least. As most cells start no
 * process, the launcher forbids that too, and then leaves nothing that bubblewrap would add but a folder's size.
 */
const CHEAPEST_FIRST = ["landlock", "bubblewrap", "seatbelt"] as const;

/** After a plugin's hello, ms: the next spare must not slow down what the plugin was started for. */
const REFILL_MS = 100;

export function createCells({ program, spares: count = 1, sandbox: options }: CellsOptions): Cells {
  const children = createChildren();
  const sandbox = createSandbox({ by: CHEAPEST_FIRST, ...options });
  const spares = createSpares({ count, start: (cell) => startCell(sandbox, program, "a spare cell", cell, new AbortController().signal) });
  return {
    expect: (spec, source) => spares.keep({ limits: expectedLimits(spec, source), choice: spec.sandbox ?? "auto" }),
    async open({ source, limits, sandbox: choice }, { prelude, codecs = [recordCodec], permissions = {}, own = [] }, host, signal) {
      const bare = own.length === 0 && Object.values(permissions).every((list: readonly string[]) => list.length === 0);
      const cell: Cell = { limits, choice, ...(!bare && { permissions, own }) };
      const { started, confinement } = (bare ? spares.take(cell) : undefined) ?? (await startCell(sandbox, program, source.name, cell, signal));
      if (choice === "auto" && confinement.profile !== "strict") {
        const [level, beside] = program.keeps === undefined ? (["warn", ""] as const) : (["debug", ` beside ${program.keeps}`] as const);
        host.log(level, `the process of '${source.name}' is confined by profile '${confinement.profile}' only (${confinement.by})${beside}`);
      }
      return children.open(started, { codecs, limits, host: refilling(host, spares, bare ? cell : undefined), prelude, confinement, signal });
    },
    enforcement: async (signal) => withMeasuring(withOwnWall(program, await sandbox.enforcement(signal, program.company !== true))),
    async [Symbol.asyncDispose]() {
      await Promise.all([children[Symbol.asyncDispose](), spares[Symbol.asyncDispose]()]);
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

function refilling(host: HostEnd, spares: Spares, cell: Cell | undefined): HostEnd {
  if (cell === undefined) return host;
  return {
    receive(frame) {
      if (frame.t === "hello") setTimeout(() => spares.keep(cell), REFILL_MS).unref();
      host.receive(frame);
    },
    log: (level, text) => host.log(level, text),
    limited: (limit, used, times) => host.limited?.(limit, used, times),
    drained: () => host.drained(),
  };
}
