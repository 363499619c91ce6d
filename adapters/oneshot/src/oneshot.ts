import { setImmediate } from "node:timers/promises";
import { SallyportError } from "@sallyport/bus";
import { createBridge, type Bridge } from "@sallyport/bridge";
import { assertStartable, withMeasuring } from "@sallyport/child";
import type { Adapter, Boundary, Confinement, OpenRequest, PluginSource, Traits } from "@sallyport/kernel";
import { readPlugin, type Reads } from "@sallyport/manifest";
import { createSandbox, type SandboxOptions } from "@sallyport/sandbox";
import { checkSettings, readPlans } from "./check.js";
import { definitionOf } from "./definition.js";
import { createInstance, type Instance } from "./instance.js";
import { ownPrograms } from "./own-programs.js";
import type { Plan } from "./plan.js";
import { USUAL_CONCURRENCY, type Settings } from "./settings.js";

export interface OneshotOptions {
  /** How the profiles of `sandbox` are made here. */
  readonly sandbox?: SandboxOptions;
}

const READS: Reads = { mode: "oneshot", kinds: ["command"], settings: checkSettings, by: "settings" };

const TRAITS: Traits = {
  memory: "separate",
  crash: "contained",
  stop: "preemptive",
  authority: "ambient",
  copies: true,
  stops: "What `stdio` stops, and whatever a program would keep from one call to the next: each call gets a process of its own. Without profile `strict` no security boundary.",
  costs: "A start of the program, and of its sandbox, for each call; nothing between calls.",
};

/** What a program that starts, answers and ends can do of the protocol: it calls nobody back. */
const FEATURES = ["stream", "cancel", "ping"];

/** Command-line programs as plugins, one process a call. */
export function oneshot(options: OneshotOptions = {}): Adapter {
  const sandbox = createSandbox(options.sandbox);
  const live = new Set<Boundary>();
  return {
    mode: "oneshot",
    traits: TRAITS,
    entries: READS.kinds,
    trust: "untrusted",
    async inspect(spec, signal) {
      const source = await readPlugin(spec, signal, READS);
      if (source === undefined) return undefined;
      const { plans } = plansOf(source);
      await ownPrograms(source, plans);
      return withMethods(source, plans);
    },
    async open(request, host, signal) {
      const { source } = request;
      const { plans, settings } = plansOf(source);
      if (request.args.length > 0) throw new SallyportError("invalid_argument", `'${source.name}' is given arguments, and in mode oneshot the manifest says what its programs get`, { plugin: source.name, path: "args", help: "Leave out `args`." });
      const files = await ownPrograms(source, plans);
      const instance = createInstance(request, files, settings, host, sandbox);
      const confinement = await tryOut(instance, plans, files, source.root, signal);
      signal.throwIfAborted();
      if (request.sandbox === "auto" && confinement.profile !== "strict") host.log("warn", `this machine confines '${source.name}' by profile '${confinement.profile}' only (${confinement.by}); \`sallyport doctor\` says what is missing`);
      const bridge = createBridge(definitionOf(plans, instance), request, host, {
        label: "a process a call", copies: true, features: FEATURES, inflight: settings.concurrency ?? USUAL_CONCURRENCY,
        release: () => instance.end().then(() => ({})),
      });
      const boundary = withKill(bridge, instance, confinement, request);
      live.add(boundary);
      void boundary.exited.then(() => live.delete(boundary));
      return boundary;
    },
    enforcement: async (signal) => withMeasuring(await sandbox.enforcement(signal)),
    async [Symbol.asyncDispose]() {
      await Promise.all([...live].map((boundary) => boundary.kill()));
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

function plansOf({ manifest }: PluginSource): { readonly plans: readonly Plan[]; readonly settings: Settings } {
  const settings = manifest?.modes?.["oneshot"] as Settings;
  return { plans: readPlans(settings).plans, settings };
}

/** What a manifest says twice it need not say: the methods, and which of them stream. */
function withMethods(source: PluginSource, plans: readonly Plan[]): PluginSource {
  const { manifest } = source;
  if (manifest === undefined) return source;
  const said = manifest.methods;
  const methods = Object.fromEntries(plans.filter(({ method }) => said === undefined || Object.hasOwn(said, method)).map(({ method, stream }) => [method, { ...(stream && { stream }), ...said?.[method] }]));
  return { ...source, manifest: { ...manifest, methods: { ...said, ...methods } } };
}

/** Whether all programs are there and can be confined, before the first call needs one. Rejects as a start of them would. */
async function tryOut(instance: Instance, plans: readonly Plan[], files: ReadonlyMap<string, string>, cwd: string, signal: AbortSignal): Promise<Confinement> {
  let confinement: Confinement = { profile: "none", by: "nothing", guards: {} };
  const seen = new Set<string>();
  for (const plan of plans) {
    if (seen.has(plan.program)) continue;
    seen.add(plan.program);
    // Each looks at some dozen files.
    await setImmediate();
    const confined = await instance.confine(plan, [], signal);
    try {
      await assertStartable(confined);
      // With variables the one that is started first is `env`.
      await assertStartable({ argv: [files.get(plan.program) ?? plan.program], cwd, env: confined.env });
    } finally {
      await confined.release();
    }
    ({ confinement } = confined);
  }
  return confinement;
}

function withKill(bridge: Bridge, instance: Instance, confinement: Confinement, { instance: id }: OpenRequest): Boundary {
  const kill = async (): Promise<Awaited<Bridge["exited"]>> => {
    // At once, not when their calls have been told.
    const [exit] = await Promise.all([bridge.kill(), instance.end()]);
    return { ...exit, instance: id };
  };
  return {
    ...bridge, confinement, kill,
    usage: () => instance.usage(),
    async [Symbol.asyncDispose]() {
      await kill();
    },
  };
}
