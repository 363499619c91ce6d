import { fileURLToPath, pathToFileURL } from "node:url";
import { inline } from "@sallyport/adapter-inline";
import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import type { Adapter, PluginSpec } from "@sallyport/kernel";
import type { PluginDefinition } from "@sallyport/plugin";
import type { Job } from "./job.js";
import { EVIL } from "./world.js";

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));
const REPOSITORY = fileURLToPath(new URL("../../../../", import.meta.url));

export interface Cast {
  readonly adapters: readonly Adapter[];
  readonly evil: PluginSpec;
  /** Plugins that behave, each with the method that it is asked by. */
  readonly innocents: readonly { readonly spec: PluginSpec; readonly method: string }[];
  readonly deputy: PluginSpec;
}

/** Who plays in this column: the attacker, an innocent plugin in its mode and one in another. */
export async function castFor({ case: one, column, temp, token }: Job): Promise<Cast> {
  const { mode, sandbox } = column;
  const listed: Record<string, PluginDefinition<never>> = {};
  const list = async (name: string, path: string): Promise<void> => {
    if (mode === "inline") listed[name] = ((await import(pathToFileURL(PACKAGE + path).href)) as { default: PluginDefinition<never> }).default;
  };
  await list("innocent", "module/innocent.js");
  await list("deputy", "module/deputy.js");
  if (one.kind === "module") await list(EVIL, one.plugin);
  const confined = mode === "stdio" ? { ...(sandbox !== undefined && { sandbox }), permissions: { read: [REPOSITORY] } } : {};

  const module = (name: string, path: string, args: readonly string[] = []): PluginSpec => {
    if (mode === "inline") return { name, path: name, mode, trust: "trusted", args };
    if (mode === "stdio") return { name, path: `${PACKAGE}module/run.mjs`, mode, args: [path.replace("module/", "./"), ...args], ...confined };
    return { name, path: PACKAGE + path, mode, args };
  };
  const program = (name: string, path: string, args: readonly string[]): PluginSpec => ({ name, path: PACKAGE + path, mode: "stdio", args, ...confined });
  const variant = one.variant?.split(" ") ?? [];
  const how = { module: () => module(EVIL, one.plugin, [token, ...variant]), program: () => program(EVIL, one.plugin, [token, ...variant]), folder: (): PluginSpec => ({ name: EVIL, path: `${temp}/plugin`, mode, args: [token], ...confined }) };

  return {
    adapters: [inline(listed), worker(), processMode(), stdio()],
    evil: {
      ...how[one.kind](),
      grants: one.grants ?? [], config: null, startTimeoutMs: 2500,
      limits: { ...(one.drive === "feed" && { inflight: 64 }), ...one.limits },
      restart: { backoffMs: 20, maxBackoffMs: 200 },
    },
    innocents: [
      mode === "stdio" ? { spec: program("innocent", "program/innocent.sh", ["innocent.echo", token]), method: "innocent.echo" } : { spec: module("innocent", "module/innocent.js", [token]), method: "innocent.echo" },
      mode === "stdio"
        ? { spec: { name: "bystander", path: `${PACKAGE}module/bystander.js`, mode: "process" }, method: "bystander.echo" }
        : { spec: { name: "bystander", path: `${PACKAGE}program/innocent.sh`, mode: "stdio", args: ["bystander.echo", token], sandbox: "none" }, method: "bystander.echo" },
    ],
    deputy: { ...module("deputy", "module/deputy.js", [token]), grants: ["call:ledger.pay"] },
  };
}
