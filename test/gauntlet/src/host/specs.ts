import { fileURLToPath, pathToFileURL } from "node:url";
import type { Adapter, PluginSpec } from "@sallyport/kernel";
import type { PluginDefinition } from "@sallyport/plugin";
import { allModes } from "sallyport";
import type { Case } from "../case.js";
import { portOf, roleOf } from "../ports/index.js";
import type { Job } from "./job.js";
import { EVIL } from "./world.js";

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));
const REPOSITORY = fileURLToPath(new URL("../../../../", import.meta.url));

/** Modes beside which a hardened module stands by; beside the others a program does. */
const STARTS_PROGRAMS: ReadonlySet<string> = new Set(["stdio", "oneshot", "grpc", "go-plugin"]);

export interface Cast {
  readonly adapters: readonly Adapter[];
  attacker(one: Case): PluginSpec;
  /** Plugins that behave, each with the method that it is asked by. */
  readonly innocents: readonly { readonly spec: PluginSpec; readonly method: string }[];
  readonly deputy: PluginSpec;
  /** More that behave, two at once where they may, so that a pool has had them come and go. */
  readonly passing: readonly PluginSpec[];
}

/** Who plays in this column: the attackers, an innocent plugin in their mode and one in another. */
export async function castFor({ cases, column, temp, token }: Job): Promise<Cast> {
  const { mode, sandbox } = column;
  const listed: Record<string, PluginDefinition<never>> = {};
  const port = portOf(mode);
  const files = ["module/innocent.js", "module/deputy.js", "module/pair.js", ...cases.filter(({ kind }) => kind === "module").map(({ plugin }) => plugin)];
  if (mode === "inline") for (const file of new Set(files)) listed[file] = ((await import(pathToFileURL(PACKAGE + file).href)) as { default: PluginDefinition<never> }).default;
  const confined = mode === "stdio" ? { ...(sandbox !== undefined && { sandbox }), permissions: { read: [REPOSITORY] } } : {};

  const module = (name: string, path: string, args: readonly string[] = []): PluginSpec => {
    if (mode === "inline") return { name, path, mode, trust: "trusted", args };
    if (mode === "stdio") return { name, path: `${PACKAGE}module/run.mjs`, mode, args: [path.replace("module/", "./"), ...args], ...confined };
    return { name, path: PACKAGE + path, mode, args };
  };
  const ported = (one: Pick<Case, "id">, name = EVIL): PluginSpec => ({ name, path: PACKAGE + (roleOf(one.id, mode)?.play.plugin ?? port?.plugin ?? ""), mode, ...port?.spec, ...(sandbox !== undefined && { sandbox }), });
  const program = (name: string, path: string, args: readonly string[]): PluginSpec => ({ name, path: PACKAGE + path, mode: "stdio", args, ...confined });
  const start = (one: Case): PluginSpec => {
    if (port !== undefined) return ported(one);
    const args = [token, ...(one.variant?.split(" ") ?? [])];
    if (one.kind === "module") return module(EVIL, one.plugin, args);
    if (one.kind === "program") return program(EVIL, one.plugin, args);
    return { name: EVIL, path: `${temp}/${one.id}`, mode, args, ...confined };
  };

  const deputy = { ...(port === undefined ? module("deputy", "module/deputy.js", [token]) : { name: "deputy", path: `${PACKAGE}module/deputy.js`, mode: "process" }), grants: ["call:ledger.pay"] };

  return {
    adapters: allModes(listed),
    attacker: (one) => ({
      ...start(one),
      grants: one.grants ?? [], config: null, startTimeoutMs: 2500,
      limits: { ...(one.drive === "feed" && { inflight: 64 }), ...one.limits },
      restart: { backoffMs: 20, maxBackoffMs: 200, crashes: 3 },
    }),
    innocents: [
      port !== undefined ? { spec: { ...port.innocent, name: "innocent", mode, ...(sandbox !== undefined && { sandbox }) }, method: "demo.echo" } : mode === "stdio" ? { spec: program("innocent", "program/innocent.sh", ["innocent.echo", token]), method: "innocent.echo" } : { spec: module("innocent", "module/innocent.js", [token]), method: "innocent.echo" },
      STARTS_PROGRAMS.has(mode)
        ? { spec: { name: "bystander", path: `${PACKAGE}module/bystander.js`, mode: "process" }, method: "bystander.echo" }
        : { spec: { name: "bystander", path: `${PACKAGE}program/innocent.sh`, mode: "stdio", args: ["bystander.echo", token], sandbox: "none" }, method: "bystander.echo" },
    ],
    passing: port === undefined ? [{ ...deputy, name: "warm" }, module("pair", "module/pair.js", [token])] : [ported({ id: "" }, "warm")],
    deputy,
  };
}
