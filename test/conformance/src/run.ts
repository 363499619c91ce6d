import { DEFAULT_LIMITS, narrowLimits, SallyportError, toWireLimits, type GuestHello, type HostHello, type Limits } from "@sallyport/bus";
import type { Adapter, Permissions, PluginSource, PluginSpec, SandboxChoice } from "@sallyport/kernel";
import type { ConformanceCase, FramePattern } from "./case.js";
import { CASES } from "./cases/index.js";
import { openLink, type Link } from "./link.js";
import { createSteps, type StepDriver } from "./steps.js";
import { waiverOf } from "./waivers.js";

export interface ConformanceOptions {
  readonly adapter: Adapter;
  /** The demo plugin as a config would name it. */
  readonly spec: PluginSpec;
  /** Default: all of `CASES`. */
  readonly cases?: readonly ConformanceCase[];
  readonly limits?: Partial<Limits>;
  readonly grants?: readonly string[];
  /** Case id to reason, for gaps that no declared fact explains. Run all the same: one that passes is a failure. */
  readonly waivers?: Readonly<Record<string, string>>;
  /** The longest wait for anything a case expects, ms. Default 10000. */
  readonly withinMs?: number;
  /** Cases under way at once, each with its own instance. Default 3. */
  readonly parallel?: number;
  onCase?(result: CaseResult): void;
}

export interface CaseResult {
  readonly id: string;
  readonly title: string;
  readonly outcome: "passed" | "waived" | "failed";
  /** Why it failed or was waived. */
  readonly reason?: string;
  /** What crossed the boundary, for failures. */
  readonly transcript?: readonly string[];
  readonly durationMs: number;
}

export interface ConformanceReport {
  readonly mode: string;
  readonly plugin: string;
  /** Nothing failed. */
  readonly ok: boolean;
  readonly passed: number;
  readonly waived: number;
  readonly failed: number;
  readonly cases: readonly CaseResult[];
}

/** A waived case has to fail, and most fail at once; waiting long for what is declared missing tells nothing. */
const WAIVED_WITHIN_MS = 400;
const START_HELP = "The suite cannot start without it: look at the plugin's stderr and at the spec's path, mode and args.";

/**
 * Puts the demo plugin behind an adapter through every case, a fresh instance each. Talks to the adapter
 * directly, without a kernel, so that what fails is the adapter or the plugin.
 * Rejects only if the plugin is not found or its first instance does not say hello.
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const { adapter, spec, cases = CASES, waivers = {}, withinMs = 10_000, parallel = 3, onCase } = options;
  const source = await adapter.inspect(spec, AbortSignal.timeout(withinMs));
  if (source === undefined) {
    throw new SallyportError("not_found", `mode '${adapter.mode}' finds nothing that it runs at '${spec.path}'`, { help: START_HELP });
  }
  const target: Target = { adapter, source, args: spec.args ?? [], sandbox: spec.sandbox ?? "auto", permissions: spec.permissions ?? {}, limits: narrowLimits(DEFAULT_LIMITS, source.manifest?.limits, spec.limits, options.limits), grants: options.grants ?? ALL_GRANTS };
  const hello = await readHello(target, withinMs);
  const results: CaseResult[] = [];
  const waiting = cases.entries();
  const runWaiting = async (): Promise<void> => {
    for (const [index, each] of waiting) {
      const waiver = waivers[each.id] ?? waiverOf(each, { traits: adapter.traits, source, hello });
      const result = await runCase(target, each, waiver, waiver === undefined ? withinMs : Math.min(withinMs, WAIVED_WITHIN_MS));
      results[index] = result;
      onCase?.(result);
    }
  };
  await Promise.all(Array.from({ length: parallel }, runWaiting));
  const count = (outcome: CaseResult["outcome"]): number => results.filter((result) => result.outcome === outcome).length;
  return { mode: adapter.mode, plugin: source.entry, ok: count("failed") === 0, passed: count("passed"), waived: count("waived"), failed: count("failed"), cases: results };
}

const ALL_GRANTS = ["call:**", "publish:**", "subscribe:**"];

interface Target {
  readonly adapter: Adapter;
  readonly source: PluginSource;
  readonly args: readonly string[];
  readonly sandbox: SandboxChoice;
  readonly permissions: Permissions;
  readonly limits: Limits;
  readonly grants: readonly string[];
}

const HELLO: FramePattern = { t: "hello" };
const START_MS = 20_000;

function open({ adapter, source, args, limits, sandbox, permissions }: Target, name: string, narrower?: Partial<Limits>): Promise<Link> {
  return openLink(adapter, { source, instance: `${source.name}#${name}`, args, limits: narrowLimits(limits, narrower), sandbox, permissions, debug: false }, START_MS);
}

/** The first instance only tells who it is: the hello decides which cases apply. */
async function readHello(target: Target, withinMs: number): Promise<GuestHello> {
  const link = await open(target, "facts");
  try {
    return (await createSteps({ link, source: target.source, args: target.args, withinMs, greet: async () => undefined }).expect(HELLO)) as GuestHello;
  } catch (error) {
    throw new SallyportError("bad_handshake", `'${target.source.entry}' in mode '${target.adapter.mode}' said no hello: ${(error as Error).message}`, { help: START_HELP, cause: error });
  } finally {
    await link.boundary.kill();
  }
}

async function runCase(target: Target, each: ConformanceCase, waiver: string | undefined, withinMs: number): Promise<CaseResult> {
  const startedAt = performance.now();
  let link: Link | undefined;
  let problem: string | undefined;
  try {
    link = await open(target, each.id.slice(-4), each.limits);
    await drive(target, each, link, withinMs);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  problem = (await putAway(link)) ?? problem;
  const common = { id: each.id, title: each.title, durationMs: performance.now() - startedAt };
  if (waiver === undefined) {
    return problem === undefined ? { ...common, outcome: "passed" } : { ...common, outcome: "failed", reason: problem, transcript: excerptOf(link) };
  }
  if (problem !== undefined) return { ...common, outcome: "waived", reason: waiver };
  return { ...common, outcome: "failed", reason: `passes, although it was waived (${waiver}): correct what is declared, or remove the waiver`, transcript: excerptOf(link) };
}

async function drive(target: Target, each: ConformanceCase, link: Link, withinMs: number): Promise<void> {
  const limits = narrowLimits(target.limits, each.limits);
  let guest: GuestHello | undefined;
  const greet = async (driver: StepDriver): Promise<void> => {
    const offered = guest?.features ?? [];
    const { features = offered, extra = {}, ...said } = each.host ?? {};
    const hello: HostHello = {
      t: "hello", host: "conformance", version: "1.0.0", proto: "1.0", limits: toWireLimits(limits), grants: target.grants, config: {}, instance: `${target.source.name}#test`,
      ...said, ...extra, features: features.filter((feature) => offered.includes(feature)),
    };
    await driver.send(hello as unknown as FramePattern);
    if (!hello.features.includes("init")) return;
    await driver.send({ t: "req", id: "init", m: "$init", p: null });
    await driver.expect({ t: "res", id: "init" });
  };
  const driver = createSteps({ link, source: target.source, args: target.args, withinMs, greet });
  if (each.greeting !== "manual") {
    guest = (await driver.expect(HELLO, START_MS)) as GuestHello;
    await greet(driver);
  }
  for (const [index, step] of each.steps.entries()) {
    try {
      await driver.run(step);
    } catch (error) {
      throw new Error(`step ${index + 1} (${step.do}): ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
  await driver.settle();
}

/** Ends the instance whatever happened, and checks what the contract says of ends. */
async function putAway(link: Link | undefined): Promise<string | undefined> {
  if (link === undefined) return undefined;
  const patience = Symbol("patience");
  const timer = new Promise<typeof patience>((resolve) => setTimeout(resolve, 5000, patience).unref());
  if ((await Promise.race([link.boundary.kill(), timer])) === patience) return "kill() did not settle within 5000 ms";
  if ((await Promise.race([link.boundary.exited, timer])) === patience) return "kill() settled, but `exited` did not within 5000 ms";
  await new Promise((resolve) => setTimeout(resolve, 1));
  return link.late > 0 ? `${link.late} frames were received after \`exited\` had settled` : undefined;
}

function excerptOf(link: Link | undefined): readonly string[] {
  const lines = link?.transcript ?? [];
  return lines.length <= 40 ? lines : [...lines.slice(0, 10), `        … ${lines.length - 40} more …`, ...lines.slice(-30)];
}
