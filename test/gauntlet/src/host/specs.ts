import { fileURLToPath, pathToFileURL } from "node:url";
import { inline } from "@sallyport/adapter-inline";
import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import type { Adapter, PluginSpec } from "@sallyport/kernel";
import type { PluginDefinition } from "@sallyport/plugin";
import type { Case } from "../case.js";
import type { Job } from "./job.js";
import { EVIL } from "./world.js";

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));
const REPOSITORY = fileURLToPath(new URL("../../../../", import.meta.url));

export interface Cast {
  readonly adapters: readonly Adapter[];
  attacker(one: Case): PluginSpec;
  /** Plugins that behave, each with the method that it is asked by. */
  readonly innocents: readonly { readonly spec: PluginSpec; readonly method: string }[];
  readonly deputy: PluginSpec;
  /** One more that behaves, so that a pool has had two come and go. */
  readonly pair: PluginSpec;
}

/** Who plays in this column: the attackers, an innocent plugin in their mode and one in another. */
export async function castFor({ cases, column, temp, token }: Job): Promise<Cast> {
  const { mode, sandbox } = column;
  const listed: Record<string, PluginDefinition<never>> = {};
  const files = ["module/innocent.js", "module/deputy.js", "module/pair.js", ...cases.filter(({ kind }) => kind === "module").map(({ plugin }) => plugin)];
  if (mode === "inline") for (const file of new Set(files)) listed[file] = ((await import(pathToFileURL(PACKAGE + file).href)) as { default: PluginDefinition<never> }).default;
  const confined = mode === "stdio" ? { ...(sandbox !== undefined && { sandbox }), permissions: { read: [REPOSITORY] } } : {};

  const module = (name: string, path: string, args: readonly string[] = []): PluginSpec => {
    if (mode === "inline") return { name, path, mode, trust: "trusted", args };
    if (mode === "stdio") return { name, path: `${PACKAGE}module/run.mjs`, mode, args: [path.replace("module/", "./"), ...args], ...confined };
    return { name, path: PACKAGE + path, mode, args };
  };
  const program = (name: string, path: string, args: readonly string[]): PluginSpec => ({ name, path: PACKAGE + path, mode: "stdio", args, ...confined });
  const start = (one: Case): PluginSpec => {
    const args = [token, ...(one.variant?.split(" ") ?? [])];
    if (one.kind === "module") return module(EVIL, one.plugin, args);
    if (one.kind === "program") return program(EVIL, one.plugin, args);
    return { name: EVIL, path: `${temp}/${one.id}`, mode, args, ...confined };
  };

  return {
    adapters: [inline(listed), worker(), processMode(), stdio()],
    attacker: (one) => ({
      ...start(one),
      grants: one.grants ?? [], config: null, startTimeoutMs: 2500,
      limits: { ...(one.drive === "feed" && { inflight: 64 }), ...one.limits },
      restart: { backoffMs: 20, maxBackoffMs: 200, crashes: 3 },
    }),
    innocents: [
      mode === "stdio" ? { spec: program("innocent", "program/innocent.sh", ["innocent.echo", token]), method: "innocent.echo" } : { spec: module("innocent", "module/innocent.js", [token]), method: "innocent.echo" },
      mode === "stdio"
        ? { spec: { name: "bystander", path: `${PACKAGE}module/bystander.js`, mode: "process" }, method: "bystander.echo" }
        : { spec: { name: "bystander", path: `${PACKAGE}program/innocent.sh`, mode: "stdio", args: ["bystander.echo", token], sandbox: "none" }, method: "bystander.echo" },
    ],
    pair: module("pair", "module/pair.js", [token]),
    deputy: { ...module("deputy", "module/deputy.js", [token]), grants: ["call:ledger.pay"] },
  };
}
