import { setTimeout as wait } from "node:timers/promises";
import type { Hooks, Kernel } from "@sallyport/kernel";
import { interruptible } from "../interrupt.js";
import { rated, type Rated } from "../metrics/rates.js";
import { readSnapshot } from "../metrics/read-snapshot.js";
import { snapshotOf, type Snapshot } from "../metrics/snapshot.js";
import type { TargetOptions } from "../options.js";
import { renderTop } from "../render/top.js";
import { renderValue } from "../render/value.js";
import { EXIT, logHooks } from "../report.js";
import { openTarget } from "../target.js";
import type { Terminal } from "../terminal.js";

export interface TopCommandOptions extends TargetOptions {
  readonly file?: string;
  readonly every: number;
  readonly once?: boolean;
}

/** Lines of plugins that stay in sight below the table. */
const SAID_LINES = 5;
/** So many intervals without news, and the host is said to be silent. */
const SILENT_INTERVALS = 5;

/** `sallyport top`: runs the config's plugins and shows what they use; with `--file` what another host says of its own. */
export async function topCommand(options: TopCommandOptions, terminal: Terminal): Promise<number> {
  using interrupt = interruptible();
  const { signal } = interrupt;
  if (options.file !== undefined) {
    const { file } = options;
    await show(() => readSnapshot(file), options, signal, terminal, []);
    return EXIT.OK;
  }
  const said: string[] = [];
  const kernel = await openTarget(options, { signal, hooks: hooksFor(terminal, options, said), observe: "all" }).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
  if (kernel === undefined) return EXIT.OK;
  await using running: Kernel = kernel;
  await show(async () => snapshotOf(running, await running.metrics()), options, signal, terminal, said);
  return EXIT.OK;
}

async function show(take: () => Promise<Snapshot>, options: TopCommandOptions, signal: AbortSignal, terminal: Terminal, said: readonly string[]): Promise<void> {
  let before = await take();
  let plugins: readonly Rated[] = [];
  while (await passed(options.every, signal)) {
    const snapshot = await take();
    // A file may not have been written since: what was told of it still holds.
    if (snapshot.at !== before.at || plugins.length === 0) plugins = rated(snapshot, before);
    before = snapshot;
    if (options.json === true) terminal.out(renderValue({ ...snapshot, plugins }));
    else terminal.redraw(renderTop({ snapshot, plugins, said, ...remarkOn(snapshot, options) }, terminal.room, terminal.outColors));
    if (options.once === true) return;
  }
}

/** `false`: somebody wants to stop. */
async function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  return wait(ms, true, { signal }).catch(() => false);
}

function remarkOn({ at, pid }: Snapshot, { file, every }: TopCommandOptions): { readonly remark?: string } {
  const silentMs = Date.now() - at;
  return file === undefined || silentMs < SILENT_INTERVALS * Math.max(every, 1000) ? {} : { remark: `the host, pid ${pid}, has written nothing for ${Math.round(silentMs / 1000)} s` };
}

/** On a terminal what plugins say stays below the table; elsewhere it goes to stderr, as ever. */
function hooksFor(terminal: Terminal, options: TopCommandOptions, said: string[]): Hooks {
  if (terminal.room === undefined || options.json === true) return logHooks(terminal, options);
  const keep = (line: string): void => {
    // One line each, or a plugin could draw a table of its own.
    said.push(line.replaceAll(/\s*\n\s*/g, " "));
    if (said.length > SAID_LINES) said.shift();
  };
  return logHooks({ ...terminal, err: keep, errColors: terminal.outColors }, options);
}
