import { execPath } from "node:process";
import { parse } from "node:path";
import type { Limits } from "@sallyport/bus";
import { startChild, type Started } from "@sallyport/child";
import { childCommand } from "@sallyport/guest";
import type { Confinement, SandboxChoice } from "@sallyport/kernel";
import type { Sandbox } from "@sallyport/sandbox";
import { guestEnvironment } from "./environment.js";

/** What decides how a guest's process is started, whoever its plugin is. */
export interface Cell {
  readonly limits: Limits;
  readonly choice: SandboxChoice;
}

/** A process with a guest in it, and what confines it. */
export interface StartedCell {
  readonly started: Started;
  readonly confinement: Confinement;
}

const HARDENED = "hardened JavaScript";

/** What a guest's hardening keeps, whatever the system adds to it. */
export function withHardening<T extends Pick<Confinement, "guards">>(system: T): T {
  const kept = (by: string | undefined): string => (by === undefined ? HARDENED : `${HARDENED}; ${by}`);
  const { files, network, peers } = system.guards;
  return { ...system, guards: { ...system.guards, files: kept(files), network: kept(network), peers: kept(peers) } };
}

/** Two cells of the same key are as good as each other. */
export function cellKey({ limits, choice }: Cell): string {
  const { memoryMb, cpuSeconds, descriptors, processes, fileMb, diskMb } = limits;
  return [choice, memoryMb, cpuSeconds, descriptors, processes, fileMb, diskMb].join(" ");
}

/** A guest has no files, so its folder means nothing to it: one that always exists, and that no plugin's removal needs. */
export async function startCell(sandbox: Sandbox, plugin: string, { limits, choice }: Cell, signal: AbortSignal): Promise<StartedCell> {
  const { argv, env, file } = childCommand(limits);
  const confined = await sandbox.confine({
    plugin, argv, cwd: parse(execPath).root, env: { ...env, ...guestEnvironment() }, own: [file], limits,
    // Whatever a plugin is permitted, a hardened guest has no way to use it.
    permissions: {},
    alone: true,
    choice, signal,
  });
  try {
    const started = await startChild(confined, signal);
    void started.gone.then(confined.release);
    return { started, confinement: withHardening(confined.confinement) };
  } catch (error) {
    await confined.release();
    throw error;
  }
}
