import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { createKernel, type Kernel } from "@sallyport/kernel";
import { isSallyportError } from "@sallyport/bus";
import { settled, takeCensus } from "./census.js";
import { drive, type Attack } from "./drive.js";
import type { FromHost, Job, Report, Told } from "./job.js";
import { watchLag } from "./lag.js";
import { probe } from "./probe.js";
import { castFor } from "./specs.js";
import { told } from "./told.js";
import { CANARY, createWorld, EVIL } from "./world.js";

// One host for one attack: some of them are meant to be its end.
const PEACE_MS = 200;
const AFTER_MS = 150;
const RECOVERY_MS = 6000;
const GRACE_MS = 400;
const BEAT_MS = 100;

let phase = "starting";
const say = (message: FromHost): void => void process.send?.(message);
const enter = (name: string): void => {
  phase = name;
  say({ t: "beat", phase });
};
process.once("message", (job) => {
  setInterval(() => say({ t: "beat", phase }), BEAT_MS).unref();
  run(job as Job).then(
    (report) => say({ t: "report", report }),
    (error: unknown) => say({ t: "failed", why: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  ).finally(() => process.disconnect());
});

async function run(job: Job): Promise<Report> {
  const { case: one, temp, token } = job;
  writeFileSync(`${temp}/secret`, CANARY, { mode: 0o600 });
  writePlugin(`${temp}/plugin`, one.files ?? {});
  const world = await createWorld(token);
  const cast = await castFor(job);
  await using kernel = createKernel({ adapters: cast.adapters, hooks: world.hooks, graceMs: GRACE_MS });
  world.settle(kernel);
  for (const { spec } of cast.innocents) await kernel.load(spec);
  // What a pool keeps for the next plugin is no leak: one that came and went has made it.
  await kernel.load({ ...cast.deputy, name: "warm" });
  await kernel.unload("warm");
  if (one.id === "C03") await kernel.load(cast.deputy);
  const pidOf = (name: string): number => Number(/\d+/.exec(kernel.list().find((plugin) => plugin.name === name)?.label ?? "")?.[0] ?? 0);
  const params = { bytes: new Uint8Array(32), secretFile: `${temp}/secret`, temp, hostPid: process.pid, innocentPid: pidOf("innocent"), ...world.addresses };
  const innocents = probe(kernel, cast.innocents.map(({ spec, method }) => ({ method, mode: spec.mode ?? "" })));
  const lag = watchLag();
  await pause(PEACE_MS);
  innocents.attack();
  const loopIdleMs = lag.take();
  const before = takeCensus();
  lag.take();

  enter("attack");
  let since = performance.now();
  const load = await kernel.load(cast.evil).then(() => undefined, told);
  const instanceOf = (): string | undefined => kernel.list().find((plugin) => plugin.name === EVIL)?.instance;
  const first = instanceOf();
  if (one.drive === "host-killed") say({ t: "armed", pids: [pidOf(EVIL)] });
  if (one.drive !== "load") since = performance.now();
  const attack: Attack = load === undefined ? await drive(kernel, one, params) : { got: [] };
  await pause(AFTER_MS);

  enter("recovery");
  const { recovered, down } = load === undefined ? await recovery(kernel) : { recovered: "reported down" as const, down: load };
  const recoveryMs = performance.now() - since;
  const sameInstance = load === undefined && first !== undefined && instanceOf() === first && recovered === "answers";
  enter("unload");
  const unloading = performance.now();
  if (load === undefined) await kernel.unload(EVIL, { drainMs: one.drive === "unload" ? 300 : 0 });
  const unloadMs = performance.now() - unloading;
  world.over();
  await pause(AFTER_MS);
  const loopMs = lag.take();
  enter("census");
  const watched = await innocents.stop();
  const left = await settled(before);
  const got = [...attack.got, ...world.offences()];
  lag.stop();
  world.close();
  const call = attack.call ?? (recovered === "answers" ? undefined : down);
  return {
    ...(load && { load }), ...(call && { call }), got, ends: world.ends(), sameInstance, recovered, recoveryMs, innocents: watched, loopMs, loopIdleMs, starts: world.starts(), unloadMs, left,
  };
}

/** Until the plugin answers again, or is said to be down. */
async function recovery(kernel: Kernel): Promise<{ readonly recovered: Report["recovered"]; readonly down?: Told }> {
  const until = performance.now() + RECOVERY_MS;
  let last: unknown;
  while (performance.now() < until) {
    try {
      await kernel.call("evil.ping", null, { timeoutMs: 1000 });
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
