import process from "node:process";
import { parse } from "node:path";
import type { Limits } from "@sallyport/bus";
import { startChild, type Started } from "@sallyport/child";
import type { Confinement, Permissions, SandboxChoice } from "@sallyport/kernel";
import type { Sandbox } from "@sallyport/sandbox";
import { cellEnvironment } from "./environment.js";
import { commandOf, type CellProgram } from "./program.js";

/** What decides how a cell is started, whoever its plugin is. */
export interface Cell {
  readonly limits: Limits;
  readonly choice: SandboxChoice;
  /** What the plugin's start opens beside the program's own files; a cell with any of it is nobody else's. */
  readonly permissions?: Permissions;
  /** Files and folders of the plugin's own. */
  readonly own?: readonly string[];
}

/** A process that waits for its plugin, and what confines it. */
export interface StartedCell {
  readonly started: Started;
  readonly confinement: Confinement;
}

/** What the program keeps by itself, whatever the system adds to it. */
export function withOwnWall<T extends Pick<Confinement, "guards">>({ keeps }: CellProgram, system: T): T {
  if (keeps === undefined) return system;
  const kept = (by: string | undefined): string => (by === undefined ? keeps : `${keeps}; ${by}`);
  const { files, network, peers } = system.guards;
  return { ...system, guards: { ...system.guards, files: kept(files), network: kept(network), peers: kept(peers) } };
}

/** Two cells of the same key are as good as each other. */
export function cellKey({ limits, choice }: Cell): string {
  const { memoryMb, cpuSeconds, descriptors, processes, fileMb, diskMb } = limits;
  return [choice, memoryMb, cpuSeconds, descriptors, processes, fileMb, diskMb].join(" ");
}

/**
 * Node 24 and newer reserve so much for code at their start, and the system counts it as data although nobody uses it: without
 * it a plugin of 64 MiB would have 16 left. The watch counts what is used.
 */
const CODE_RANGE_MB = Number(process.versions.node.split(".")[0]) >= 24 ? 512 : 0;

/** A guest has no files, so its folder means nothing to it: one that always exists, and that no plugin's removal needs. */
export async function startCell(sandbox: Sandbox, program: CellProgram, plugin: string, { limits, choice, permissions, own = [] }: Cell, signal: AbortSignal): Promise<StartedCell> {
  const needs = { read: [...own, ...(permissions?.read ?? [])], write: permissions?.write ?? [] };
  const confined = await sandbox.confine({
    plugin, argv: commandOf(program, needs, limits), cwd: parse(process.execPath).root, env: cellEnvironment(), own: [program.file, ...(program.reads ?? []), ...own],
    limits: { ...limits, memoryMb: limits.memoryMb + CODE_RANGE_MB },
    permissions: permissions ?? {},
    // Native code forks where it likes: without the permission to run something it has no use for a second process.
    alone: program.company !== true || (permissions?.run ?? []).length === 0,
    home: program.company === true,
    choice, signal,
  });
  try {
    const started = await startChild(confined, signal);
    void started.gone.then(confined.release);
    return { started, confinement: withOwnWall(program, confined.confinement) };
  } catch (error) {
    await confined.release();
    throw error;
  }
}
