import process from "node:process";
import { isSallyportError, SallyportError, type MethodInfo } from "@sallyport/bus";
import type { Context } from "@sallyport/plugin";
import { createBudget, type Budget } from "./budget.js";
import { createInterpreter, type InterpreterOptions, type Step, type Thread } from "./interpreter.js";
import { createOccasion, reasonOf, whenCancelled, type Occasion } from "./occasion.js";

/** A plugin's files, `main.lua` first, by their names in its folder. */
export type Sources = Readonly<Record<string, string>>;

/** What a script says it offers. */
export interface Description {
  readonly methods: readonly MethodInfo[];
  readonly events: readonly string[];
  readonly start: boolean;
  readonly stop: boolean;
}

/** A script that was loaded: one machine, one state. */
export interface Script extends Description {
  has(key: string): boolean;
  /** Runs a handler; what finishes without waiting is answered without waiting. `streaming`: what it emits is yielded. */
  invoke(key: string, what: string, params: unknown, context: Context, streaming: boolean): unknown;
  /** Resolves when no handler is at work. */
  idle(): Promise<void>;
}

export interface ScriptOptions extends Omit<InterpreterOptions, "tell"> {
  readonly instructions: number;
  readonly sources: Sources;
  readonly main: string;
  /** What `print` prints, and what the script logs while it is loaded. */
  log(message: string): void;
}

/** How often a cancelled handler is told so: by then it had its time, and what it asked for in vain it asks for again and again. */
const MAX_REFUSALS = 100;
const NAME = /^[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*$/;

/** Compiles and runs a script. Throws what is wrong with it. */
export function loadScript(options: ScriptOptions): Script {
  const { sources, main, instructions, log } = options;
  const occasions = new Map<number, Occasion>();
  let last = 0;
  let busy = 0;
  const rest: (() => void)[] = [];

  const interpreter = createInterpreter({
    ...options,
    tell(op, id, args) {
      switch (op) {
        case "now":
          return Date.now();
        case "clock":
          return process.cpuUsage().user / 1e6;
        case "module":
          return fileOf(args[0]);
        case "source":
          return sources[args[0] as string] ?? null;
      }
      const occasion = occasions.get(id);
      if (occasion !== undefined) return occasion.tell(op, args);
      if (op !== "log") throw new SallyportError("cancelled", "this context's call has ended", { help: "For work of its own a plugin keeps the context of `start`." });
      log(String(args[1]));
      return null;
    },
  });

  function fileOf(name: unknown): string | null {
    if (typeof name !== "string" || !NAME.test(name)) throw new SallyportError("invalid_argument", `require: '${String(name)}' is no name like 'util.text'`);
    const path = name.replaceAll(".", "/");
    return [`${path}.lua`, `${path}/init.lua`].find((file) => Object.hasOwn(sources, file)) ?? null;
  }

  const description = describe(interpreter.load(main, sources[main] ?? "", createBudget({ what: main, instructions, remainingMs: () => Infinity })), main);
  const keys = new Set([...description.methods.map(({ name }) => `method ${name}`), ...description.events.map((topic) => `event ${topic}`), ...(["start", "stop"] as const).filter((name) => description[name])]);

  function invoke(key: string, what: string, params: unknown, context: Context, streaming: boolean): unknown {
    const id = ++last;
    const occasion = createOccasion(context);
    const budget = createBudget({ what, instructions, remainingMs: context.remainingMs });
    occasions.set(id, occasion);
    busy++;
    const finish = (): void => {
      if (--busy === 0) for (const done of rest.splice(0)) done();
      // The context of `start` is the plugin's own, for as long as it lives.
      if (key !== "start") {
        occasions.delete(id);
        void occasion.end();
      }
    };
    let waits = false;
    try {
      const thread = interpreter.thread(budget, what);
      const first = thread.begin(key, id, params);
      if (first.is === "done") return first.value;
      waits = true;
      const items = drive({ thread, first, budget, context, streaming, occasions, what, finish });
      return streaming ? items : result(items);
    } finally {
      if (!waits) finish();
    }
  }

  return {
    ...description,
    has: (key) => keys.has(key),
    invoke,
    idle: () => (busy === 0 ? Promise.resolve() : new Promise((resolve) => rest.push(resolve))),
  };
}

interface Drive {
  readonly thread: Thread;
  readonly first: Step;
  readonly budget: Budget;
  readonly context: Context;
  readonly streaming: boolean;
  readonly occasions: ReadonlyMap<number, Occasion>;
  readonly what: string;
  finish(): void;
}

/** Answers what the handler asks for until it ends. Yields what it emits, and goes on when that was taken. */
async function* drive({ thread, first, budget, context, streaming, occasions, what, finish }: Drive): AsyncGenerator<unknown, unknown, void> {
  const end = whenCancelled(context);
  let step = first;
  let taken = true;
  let refusals = 0;
  try {
    while (step.is !== "done") {
      if (context.signal.aborted) budget.cancel(reasonOf(context.signal.reason));
      if (step.is === "paused") {
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (budget.cancelled !== undefined) budget.stop();
        step = thread.proceed();
        continue;
      }
      if (budget.cancelled === undefined && step.op === "emit") {
        if (streaming) {
          taken = false;
          yield step.args[0] ?? null;
          taken = true;
          step = thread.answer(true, null);
        } else {
          step = thread.answer(false, new SallyportError("failed_precondition", `${what} emits, and says nothing of a stream`, { help: 'Give the method as { stream = "out", handler = function ... end }.' }));
        }
        continue;
      }
      if (budget.cancelled !== undefined && ++refusals > MAX_REFUSALS) budget.stop();
      const answer = await settle(step, budget, occasions, end.promise);
      step = thread.answer(answer.ok, answer.value);
    }
    return step.value;
  } finally {
    end.stop();
    // Whoever takes the items has gone: the handler is told, and may clean up.
    if (!taken) giveUp(thread, budget, context);
    finish();
  }
}

async function settle(step: Extract<Step, { is: "asks" }>, budget: Budget, occasions: ReadonlyMap<number, Occasion>, end: Promise<never>): Promise<{ readonly ok: boolean; readonly value: unknown }> {
  if (budget.cancelled !== undefined) return { ok: false, value: budget.cancelled };
  if (step.op === "refused") return { ok: false, value: step.args[0] };
  const occasion = occasions.get(step.id);
  try {
    if (occasion === undefined) throw new SallyportError("cancelled", "this context's call has ended");
    return { ok: true, value: await Promise.race([occasion.ask(step.op, step.args), end]) };
  } catch (value) {
    return { ok: false, value };
  }
}

function giveUp(thread: Thread, budget: Budget, context: Context): void {
  budget.cancel(reasonOf(context.signal.reason));
  try {
    let step = thread.answer(false, budget.cancelled);
    for (let refusals = 0; step.is !== "done"; refusals++) {
      if (step.is === "paused" || refusals > MAX_REFUSALS) budget.stop();
      step = step.is === "paused" ? thread.proceed() : thread.answer(false, budget.cancelled);
    }
  } catch (thrown) {
    // Its own failure is nobody's any more; a broken machine is.
    if (!isSallyportError(thrown)) throw thrown;
  }
}

async function result(items: AsyncGenerator<unknown, unknown, void>): Promise<unknown> {
  for (;;) {
    const step = await items.next();
    if (step.done === true) return step.value;
  }
}

function describe(value: unknown, file: string): Description {
  const { methods, events, start, stop } = value as { methods: Record<string, unknown>[]; events: string[]; start: boolean; stop: boolean };
  return {
    events, start, stop,
    methods: methods.map(({ name, stream, idempotent, timeout }) => {
      if (stream !== undefined && stream !== "in" && stream !== "out" && stream !== "both") throw new SallyportError("invalid_argument", `${file}: method '${String(name)}': stream is 'in', 'out' or 'both'`);
      return { name: name as string, ...(stream !== undefined && { stream }), ...(typeof idempotent === "boolean" && { idempotent }), ...(typeof timeout === "number" && { timeout }) };
    }),
  };
}
