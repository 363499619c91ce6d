import type { Context, Method, PluginDefinition } from "@sallyport/plugin";
import type { Instance } from "./instance.js";
import { startJob, type Job } from "./job.js";
import { splitLines } from "./lines.js";
import { assertSuccess, printedText, valueOf } from "./outcome.js";
import type { Plan } from "./plan.js";

/** The plugin that a manifest's settings amount to: each method starts its program and waits for its end. */
export function definitionOf(plans: readonly Plan[], instance: Instance): PluginDefinition<never> {
  return { methods: Object.fromEntries(plans.map((plan) => [plan.method, methodOf(plan, instance)])) };
}

function methodOf(plan: Plan, instance: Instance): Method<never> {
  const { stream } = plan;
  const isStream = plan.stdout === "lines" || plan.stdout === "json-lines";
  const handler = (params: unknown, context: Context): unknown => (isStream ? streamed(plan, instance, params, context) : answered(plan, instance, params, context));
  return { handler: handler as never, ...(stream && { stream }) };
}

async function answered(plan: Plan, instance: Instance, params: unknown, context: Context): Promise<unknown> {
  const job = await startJob(instance, plan, params, context);
  try {
    const printed = await collect(job, instance);
    const end = await job.ended();
    assertSuccess(instance, plan, end, printed);
    switch (plan.stdout) {
      case "json":
      case "values":
        return valueOf(plan, end, printed, plan.stdout);
      case "bytes":
        return printed;
      case "text":
        return printedText(plan, printed);
      default:
        // What is for people may be cut or spelled badly; what is the answer may not.
        return { stdout: printedText(plan, printed), stderr: Buffer.concat(job.stderr).toString("utf8"), exitCode: end.exitCode };
    }
  } finally {
    await job.release();
  }
}

/** Its result is how many lines there were. */
async function* streamed(plan: Plan, instance: Instance, params: unknown, context: Context): AsyncGenerator<unknown, { readonly count: number }, void> {
  const job = await startJob(instance, plan, params, context);
  let count = 0;
  try {
    const lines = splitLines(job.chunks(), instance.limits.frameBytes, () => instance.tooLarge(plan.method, "printed a longer line"));
    for await (const line of lines) {
      yield plan.stdout === "lines" ? printedText(plan, line) : valueOf(plan, undefined, line, "json");
      count++;
    }
    assertSuccess(instance, plan, await job.ended());
    return { count };
  } finally {
    await job.release();
  }
}

async function collect(job: Job, instance: Instance): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of job.chunks()) {
    bytes += chunk.byteLength;
    if (bytes > instance.limits.frameBytes) throw instance.tooLarge(job.plan.method, "printed more");
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
