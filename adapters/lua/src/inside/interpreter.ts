import { SallyportError } from "@sallyport/bus";
import type { Budget } from "./budget.js";
import { MASK_COUNT, REGISTRY, STATUS } from "./exports.js";
import { failureOf, tableOf } from "./failure.js";
import { KIT, KIT_NAME } from "./kit.js";
import { createMachine, MachineFault, type CompiledLua } from "./machine.js";
import { createValues, type ValueBounds } from "./values.js";

/** What a coroutine of the host's came to. */
export type Step =
  | { readonly is: "done"; readonly value: unknown }
  /** It asks for something and waits. */
  | { readonly is: "asks"; readonly op: string; readonly id: number; readonly args: readonly unknown[] }
  /** It has computed for a while: others may have a turn. */
  | { readonly is: "paused" };

/** One handler of a script, running. */
export interface Thread {
  /** Begins with the handler's key, the id of its context, and its params; throws the script's error. */
  begin(key: string, id: number, params: unknown): Step;
  /** Goes on with an answer, or after a pause with nothing. */
  answer(ok: boolean, value: unknown): Step;
  proceed(): Step;
}

export interface Interpreter {
  /** Compiles and runs the script. Throws what is wrong with it, file and line included. */
  load(file: string, source: string, budget: Budget): unknown;
  thread(budget: Budget, what: string): Thread;
}

export interface InterpreterOptions {
  readonly lua: CompiledLua;
  readonly memoryBytes: number;
  readonly bounds: ValueBounds;
  /** Errors carry tracebacks. */
  readonly stack: boolean;
  /** Answers what a script asks for without waiting. Throws what the script then catches. */
  tell(op: string, id: number, args: readonly unknown[]): unknown;
}

/** Instructions between two looks at a budget. */
const LOOK_EVERY = 10_000;
/** So long a handler computes before others have a turn, ms. */
const SLICE_MS = 5;
/** Threads kept for the next handler. */
const KEPT_THREADS = 64;
/** Stack slots of a call's arguments and results. */
const MAX_RESULTS = 16;

interface Kept {
  readonly co: number;
  readonly ref: number;
}

/** One Lua state with the kit in it, and nothing else of ours. */
export function createInterpreter({ lua, memoryBytes, bounds, stack, tell }: InterpreterOptions): Interpreter {
  const machine = createMachine(lua, memoryBytes);
  const { c } = machine;
  const values = createValues(machine, bounds);
  const L = c.luaL_newstate();
  const resultsAt = c.malloc(8);
  const free: Kept[] = [];
  /** Whose code runs now; the machine runs one thing at a time. */
  let budget: Budget | undefined;
  let running = 0;
  let sliceEnds = Infinity;
  let paused = false;

  const hook = machine.callback("hook", (state) => {
    const exceeded = budget?.use(c.lua_gethookcount(state));
    if (exceeded !== undefined) {
      // From now on each instruction fails, so that no pcall goes on.
      c.lua_sethook(state, hook, MASK_COUNT, 1);
      values.pushText(state, exceeded.message);
      c.lua_error(state);
    }
    if (c.lua_gethookcount(state) !== LOOK_EVERY) c.lua_sethook(state, hook, MASK_COUNT, LOOK_EVERY);
    if (state !== running || performance.now() < sliceEnds || c.lua_isyieldable(state) === 0) return;
    paused = true;
    c.lua_yieldk(state, 0, 0, 0);
  });

  const host = machine.callback("function", (state) => {
    let answer: unknown;
    let ok = true;
    try {
      const count = Math.min(c.lua_gettop(state), MAX_RESULTS);
      const args: unknown[] = [];
      for (let i = 3; i <= count; i++) args.push(values.read(state, i, "an argument"));
      const op = values.text(state, 1);
      if (op === "bounds" && budget?.exceeded !== undefined) throw budget.exceeded;
      answer = op === "bounds" ? null : tell(op, c.lua_tonumberx(state, 2, 0), args);
    } catch (thrown) {
      // Lua's own way through our frames.
      if (typeof thrown === "number" || thrown instanceof MachineFault) throw thrown;
      ok = false;
      answer = tableOf(thrown);
    }
    c.lua_pushboolean(state, ok ? 1 : 0);
    values.push(state, answer);
    return 2;
  });

  const refs = boot();

  function boot(): { readonly token: number; readonly enter: number; readonly describe: number; readonly collect: number } {
    const libraries = [["coroutine", c.luaopen_coroutine], ["table", c.luaopen_table], ["string", c.luaopen_string], ["math", c.luaopen_math], ["utf8", c.luaopen_utf8], ["debug", c.luaopen_debug]] as const;
    c.luaopen_base(L);
    for (const [name, open] of libraries) {
      open(L);
      named(name, (at) => c.lua_setglobal(L, at));
    }
    c.lua_settop(L, 0);
    compile(L, `=${KIT_NAME}`, KIT);
    c.lua_pushcclosure(L, host, 0);
    c.lua_pushlightuserdata(L, 0);
    const status = c.lua_resume(L, 0, 2, resultsAt);
    if (status !== STATUS.ok) throw failureOf(machine, values, L, status, undefined);
    const ref = (index: number): number => {
      c.lua_pushvalue(L, index);
      return c.luaL_ref(L, REGISTRY);
    };
    const [token, enter, describe, array, bytes, time, collect] = [1, 2, 3, 4, 5, 6, 7].map(ref) as [number, number, number, number, number, number, number];
    c.lua_settop(L, 0);
    values.mark(L, { array, bytes, time });
    // Threads inherit it.
    c.lua_sethook(L, hook, MASK_COUNT, LOOK_EVERY);
    return { token, enter, describe, collect };
  }

  function named<T>(name: string, use: (at: number) => T): T {
    const bytes = new TextEncoder().encode(`${name}\0`);
    const at = c.malloc(bytes.length);
    machine.bytes().set(bytes, at);
    try {
      return use(at);
    } finally {
      c.free(at);
    }
  }

  /** Pushes a script as a function; `chunk` is its name after the sign that Lua wants before it. */
  function compile(state: number, chunk: string, source: string): void {
    // As Lua does with files: a first line for the shell is none of its own.
    const bytes = new TextEncoder().encode(source.startsWith("#") ? `--${source}` : source);
    const at = machine.unbounded(() => c.malloc(bytes.length + 1));
    machine.bytes().set(bytes, at);
    const status = named(chunk, (name) => named("t", (mode) => c.luaL_loadbufferx(state, at, bytes.length, name, mode)));
    c.free(at);
    if (status !== STATUS.ok) throw failureOf(machine, values, state, status, undefined);
  }

  function take(): Kept {
    return free.pop() ?? machine.unbounded(() => {
      const co = c.lua_newthread(L);
      return { co, ref: c.luaL_ref(L, REGISTRY) };
    });
  }

  function pushRef(co: number, ref: number): void {
    c.lua_rawgeti(co, REGISTRY, BigInt(ref));
  }

  /** Runs the thread until it ends, asks or pauses. */
  function run(kept: Kept, args: number, own: Budget, what: string, pausable: boolean): Step {
    const { co } = kept;
    const outer = { budget, running, sliceEnds };
    budget = own;
    running = co;
    sliceEnds = pausable ? performance.now() + SLICE_MS : Infinity;
    paused = false;
    try {
      const status = c.lua_resume(co, L, args, resultsAt);
      const results = machine.view().getInt32(resultsAt, true);
      if (status === STATUS.yield) {
        const step = paused && results === 0 ? ({ is: "paused" } as const) : asked(co, results);
        c.lua_settop(co, -results - 1);
        return step;
      }
      if (status === STATUS.ok) {
        if (own.exceeded !== undefined) {
          drop(kept, own);
          throw own.exceeded;
        }
        const value = results === 0 ? null : values.read(co, -results, `the result of ${what}`);
        c.lua_settop(co, 0);
        if (free.length < KEPT_THREADS) free.push(kept);
        else drop(kept, own);
        return { is: "done", value };
      }
      const failure = own.exceeded ?? failureOf(machine, values, co, status, stack ? traceback(co) : undefined);
      drop(kept, own);
      throw failure;
    } catch (thrown) {
      // A trap or an exhausted stack of the engine's leaves a state that nobody can go on with.
      if (!(thrown instanceof SallyportError)) throw new MachineFault(`${what}: ${(thrown as Error)?.message ?? String(thrown)}`, { cause: thrown });
      throw thrown;
    } finally {
      ({ budget, running, sliceEnds } = outer);
      if (machine.refused()) collect();
    }
  }

  function asked(co: number, results: number): Step {
    const first = c.lua_gettop(co) - results + 1;
    pushRef(co, refs.token);
    const ours = results > 0 && c.lua_rawequal(co, first, -1) !== 0;
    c.lua_settop(co, -2);
    // The kit lets nobody else yield to the host.
    if (!ours) throw new MachineFault("a yield that is not the kit's");
    const args: unknown[] = [];
    try {
      for (let i = 3; i < Math.min(results, MAX_RESULTS); i++) args.push(values.read(co, first + i, "an argument"));
    } catch (refused) {
      return { is: "asks", op: "refused", id: 0, args: [refused] };
    }
    return { is: "asks", op: values.text(co, first + 1), id: c.lua_tonumberx(co, first + 2, 0), args };
  }

  /** Closes what it left open (`<close>`) and forgets it. */
  function drop({ co, ref }: Kept, own: Budget): void {
    const outer = budget;
    budget = own;
    // An error that a hook raised leaves a dead coroutine without hooks: nothing would count what it closes.
    if (own.exceeded === undefined) c.lua_resetthread(co);
    budget = outer;
    c.luaL_unref(L, REGISTRY, ref);
  }

  /** Lua's buffers do not collect when they find no memory, and its collector waits until there is twice as much: so garbage alone would fail calls. */
  function collect(): void {
    const { co, ref } = take();
    pushRef(co, refs.collect);
    c.lua_resume(co, L, 0, resultsAt);
    c.lua_settop(co, 0);
    c.luaL_unref(L, REGISTRY, ref);
  }

  function traceback(co: number): string {
    machine.unbounded(() => c.luaL_traceback(L, co, 0, 0));
    const text = values.text(L, -1);
    c.lua_settop(L, -2);
    return text;
  }

  return {
    load(file, source, own) {
      const kept = take();
      try {
        pushRef(kept.co, refs.describe);
        compile(kept.co, `@${file}`, source);
      } catch (failure) {
        drop(kept, own);
        throw failure;
      }
      const step = run(kept, 1, own, file, false);
      if (step.is === "done") return step.value;
      drop(kept, own);
      throw new SallyportError("failed_precondition", `${file} asks the host for something while it is loaded`, { help: "Do it in `start`, which has a context." });
    },
    thread(own, what) {
      const kept = take();
      return {
        begin(key, id, params) {
          pushRef(kept.co, refs.enter);
          values.pushText(kept.co, key);
          values.push(kept.co, id);
          values.push(kept.co, params);
          return run(kept, 3, own, what, true);
        },
        answer(ok, value) {
          c.lua_pushboolean(kept.co, ok ? 1 : 0);
          values.push(kept.co, ok ? value : tableOf(value));
          return run(kept, 2, own, what, true);
        },
        proceed: () => run(kept, 0, own, what, true),
      };
    },
  };
}
