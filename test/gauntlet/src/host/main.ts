import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { createKernel, type Kernel, type PluginInfo, type PluginSpec } from "@sallyport/kernel";
import { isSallyportError } from "@sallyport/bus";
import type { Case } from "../case.js";
import { roleOf } from "../ports/index.js";
import { most, settled, steady, takeCensus, type Census } from "./census.js";
import { drive, type Attack } from "./drive.js";
import type { FromHost, Job, Report, Told } from "./job.js";
import { watchLag, type Lag } from "./lag.js";
import { probe, type Probe } from "./probe.js";
import { castFor } from "./specs.js";
import { told } from "./told.js";
import { CANARY, createWorld, EVIL, type World } from "./world.js";

// A host for some attacks, one after the other; those that may be its end have it for themselves.
const PEACE_MS = 200;
const AFTER_MS = 150;
const RECOVERY_MS = 8000;
const PING_MS = 800;
const GRACE_MS = 400;
const BEAT_MS = 100;

let phase = "starting";
const say = (message: FromHost): void => void process.send?.(message);
const enter = (name: string): void => {
  phase = name;
  say({ t: "beat", phase });
};
// The runner has been ended: so is this.
process.once("disconnect", () => process.exit());
process.once("message", (job) => {
  setInterval(() => say({ t: "beat", phase }), BEAT_MS).unref();
  run(job as Job).catch((error: unknown) => say({ t: "failed", why: error instanceof Error ? (error.stack ?? error.message) : String(error) })).finally(() => process.disconnect());
});

async function run(job: Job): Promise<void> {
  const { cases, temp, token } = job;
  writeFileSync(`${temp}/secret`, CANARY, { mode: 0o600 });
  const world = await createWorld(token);
  const cast = await castFor(job);
  await using kernel = createKernel({ adapters: cast.adapters, hooks: world.hooks, graceMs: GRACE_MS, secrets: { get: async () => ({ value: CANARY, generation: "1" }) } });
  world.settle(kernel);
  for (const { spec } of cast.innocents) await kernel.load(spec);
  // What a pool keeps for the next plugin is no leak: one that came and went has made it.
  for (const spec of cast.passing) await kernel.load(spec);
  await Promise.all(cast.passing.map(({ name = "" }) => kernel.unload(name)));
  const innocents = probe(kernel, cast.innocents.map(({ spec, method }) => ({ method, mode: spec.mode ?? "" })));
  const lag = watchLag();
  await pause(PEACE_MS);
  const peace = await steady();
  innocents.peace();
  const loopIdleMs = lag.take();
  for (const one of cases) {
    say({ t: "case", id: one.id });
    writePlugin(`${temp}/${one.id}`, one.files ?? {});
    if (one.id === "C03") await kernel.load(cast.deputy);
    const held = one.id === "C03" ? await steady() : peace;
    const report = await attacked(one, { kernel, world, mode: job.column.mode, spec: cast.attacker(one), temp, innocents, lag, loopIdleMs, held });
    if (one.id === "C03") await kernel.unload("deputy");
    say({ t: "report", report });
  }
  innocents.stop();
  lag.stop();
  world.close();
}

interface Stage {
  readonly kernel: Kernel;
  readonly world: World;
  readonly mode: string;
  readonly spec: PluginSpec;
  readonly temp: string;
  readonly innocents: Probe;
  readonly lag: Lag;
  readonly loopIdleMs: number;
  /** In peace. */
  readonly held: Census;
}

async function attacked(one: Case, { kernel, world, mode, spec, temp, innocents, lag, loopIdleMs, held }: Stage): Promise<Report> {
  const find = (name: string): PluginInfo | undefined => kernel.list().find((plugin) => plugin.name === name);
  const pidOf = (name: string): number => Number(/\d+/.exec(find(name)?.label ?? "")?.[0] ?? 0);
  const variant = roleOf(one.id, mode)?.play.variant ?? one.variant ?? "";
  const params = { variant, attack: variant, bytes: new Uint8Array(32), secretFile: `${temp}/secret`, temp, hostPid: process.pid, innocentPid: pidOf("innocent"), ...world.addresses };
  const before = most(held, takeCensus());
  world.begin();
  innocents.begin();
  lag.take();

  enter("attack");
  let since = performance.now();
  const load = await kernel.load(spec).then(() => undefined, told);
  const first = find(EVIL)?.instance;
  if (one.drive === "host-killed") say({ t: "armed" });
  if (one.drive !== "load") since = performance.now();
  const attack: Attack = load === undefined ? await drive(kernel, world, one, params) : { got: [] };
  // What is over its deadline has the grace, and is ended only then.
  await pause(AFTER_MS + (attack.call?.code === "deadline_exceeded" ? GRACE_MS : 0));

  enter("recovery");
  const { recovered, down } = load === undefined ? await recovery(kernel) : { recovered: "reported down" as const, down: load };
  const recoveryMs = performance.now() - since;
  const sameInstance = load === undefined && first !== undefined && find(EVIL)?.instance === first && recovered === "answers";
  // Its unload tells of an end as well, which is none of its own.
  const ends = [...world.ends()];
  enter("unload");
  const unloading = performance.now();
  if (load === undefined) await kernel.unload(EVIL, { drainMs: one.drive === "unload" ? 300 : 0 });
  const unloadMs = performance.now() - unloading;
  world.over();
  await pause(AFTER_MS);
  const loopMs = lag.take();
  const watched = await innocents.end();
  enter("census");
  const left = await settled(before);
  const got = [...attack.got, ...world.offences(), ...planted(temp)];
  const call = attack.call ?? (recovered === "answers" ? undefined : down);
  return {
    ...(load && { load }), ...(call && { call }), got, ends, sameInstance, recovered, recoveryMs, innocents: watched, loopMs, loopIdleMs, starts: world.starts(), unloadMs, left,
  };
}

/** Looked for from here: a sandbox may show a plugin a folder of the same name, which is its own. */
function planted(temp: string): readonly string[] {
  if (!existsSync(`${temp}/planted`)) return [];
  rmSync(`${temp}/planted`);
  return ["a new file in the user's folder"];
}

/** Until the plugin answers again, or is said to be down. */
async function recovery(kernel: Kernel): Promise<{ readonly recovered: Report["recovered"]; readonly down?: Told }> {
  const until = performance.now() + RECOVERY_MS;
  let last: unknown;
  while (performance.now() < until) {
    try {
      await kernel.call("evil.ping", null, { timeoutMs: PING_MS });
      return { recovered: "answers" };
    } catch (error) {
      last = error;
      if (isSallyportError(error) && (error.code === "unavailable" || error.code === "quarantined") && error.plugin === EVIL) return { recovered: "reported down", down: told(error) };
    }
    await pause(30);
  }
  return { recovered: "silent", ...(last !== undefined && { down: told(last) }) };
}

/** `name@` is a link to what the text names, `name!` is executable, `name#` can be written by everybody. */
function writePlugin(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    mkdirSync(dirname(path), { recursive: true });
    if (name.endsWith("@")) symlinkSync(text, path.slice(0, -1));
    else {
      writeFileSync(path, text);
      if (name.endsWith("!")) chmodSync(path, 0o755);
      if (name.endsWith("#")) chmodSync(path, 0o777);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
