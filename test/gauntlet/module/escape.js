// Looks for a way out of its Compartment (S01 to S21). What it gets is in `got`.
import { evil, oneOf, tries } from "./kit.js";

// In two halves: the loader refuses the word itself.
const IMPORT = ["imp", "ort"].join("");
const grip = (value) => (value === undefined || value === null ? undefined : value.constructor?.constructor);
/** Whatever makes code, and what code could then reach. */
const make = (code) => [
  () => (0, globalThis.eval)(code),
  () => new globalThis.Function(`return ${code}`)(),
  () => grip(async () => undefined)(`return ${code}`)(),
  () => Object.getPrototypeOf(async () => undefined).constructor(`return ${code}`)(),
  () => Object.getPrototypeOf(function* () {}).constructor(`yield ${code}`)().next().value,
  () => new Compartment().evaluate(code),
];
const eachWay = (code) => Object.fromEntries(make(code).map((attempt, i) => [`${code} by way ${i + 1}`, attempt]));

export default evil(oneOf({
  "phase-import": () => tries({
    ...eachWay(`${IMPORT}.source('file:///etc/passwd')`), ...eachWay(`${IMPORT}.defer('file:///etc/passwd')`), ...eachWay(`${IMPORT}\n.source('file:///etc/passwd')`), ...eachWay(`${IMPORT}('node:fs')`),
  }),
  intrinsics: () => {
    const attempts = {};
    const targets = { Object, Array, Promise, Function, Map, Set, String, Number, RegExp, Error, Date, Symbol, Iterator: globalThis.Iterator, Temporal: globalThis.Temporal, JSON, Math, Reflect };
    for (const [name, target] of Object.entries(targets)) {
      if (target === undefined) continue;
      attempts[`${name}.polluted`] = () => {
        (target.prototype ?? target).polluted = name;
        return {}.polluted ?? (target.prototype ?? target).polluted;
      };
      attempts[`${name} by defineProperty`] = () => Object.defineProperty(target.prototype ?? target, "polluted", { value: name }).polluted;
    }
    attempts["Object.prototype.__proto__"] = () => {
      ({}).__proto__.polluted = "through __proto__";
      return {}.polluted;
    };
    attempts["Array.prototype.push"] = () => {
      Array.prototype.push = () => "stolen";
      return [].push(1) === "stolen";
    };
    attempts["iterator helpers"] = () => {
      const helper = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
      helper.next = () => "stolen";
      return helper.next() === "stolen";
    };
    return tries(attempts);
  },
  constructors: (params, context) => {
    const attempts = {};
    for (const code of ["process", "globalThis.process", "require", "globalThis.constructor"]) Object.assign(attempts, eachWay(code));
    const things = { context, log: context.log, call: context.call, signal: context.signal, console, setTimeout, params, TextEncoder: new TextEncoder(), input: context.input };
    for (const [name, thing] of Object.entries(things)) attempts[`${name}.constructor.constructor`] = () => grip(thing)("return process")().pid;
    attempts["a host error's constructor"] = async () => {
      const error = await context.call("ledger.pay").catch((e) => e);
      return error.constructor.constructor("return process")().pid;
    };
    for (const name of ["process", "require", "module", "fetch", "Buffer", "global", "XMLHttpRequest", "Worker", "MessageChannel", "performance"]) attempts[`typeof ${name}`] = () => (typeof globalThis[name] === "undefined" ? undefined : name);
    attempts["process.exit"] = () => globalThis.process.exit(7);
    attempts["this of a sloppy function"] = () => function () {
      return this?.process;
    }.call(undefined);
    return tries(attempts);
  },
  buffers: ({ bytes }) => tries({
    allocUnsafe: () => bytes.constructor.allocUnsafe?.(1000),
    "a name that is not Uint8Array": () => (bytes.constructor.name === "Uint8Array" ? undefined : bytes.constructor.name),
    "bytes beside its own": () => (bytes.byteLength === bytes.buffer.byteLength ? undefined : bytes.buffer.byteLength),
    parent: () => bytes.parent,
    "another plugin's secret": () => {
      const text = new TextDecoder().decode(new Uint8Array(bytes.buffer));
      return text.includes("CANARY") ? text : undefined;
    },
  }),
  endowments: (params, context) => tries({
    "log.call": () => {
      context.log.call = () => "stolen";
      return context.log.call() === "stolen";
    },
    "define on call": () => Object.defineProperty(context.call, "then", { value: 1 }).then,
    "assign to context": () => Object.assign(context, { stolen: true }).stolen,
    "prototype of context": () => Object.assign(Object.getPrototypeOf(context), { stolen: true }).stolen,
    "prototype of signal": () => Object.assign(Object.getPrototypeOf(context.signal), { toString: () => "stolen" }),
    "prototype of console": () => Object.setPrototypeOf(console, { stolen: true }).stolen,
    "console.log": () => {
      console.log = () => "stolen";
      return console.log() === "stolen";
    },
    config: () => {
      context.config.stolen = true;
      return context.config.stolen;
    },
  }),
  source: (params, context) => {
    const text = [context.log, context.call, context.publish, context.stream, console.log, setTimeout, TextEncoder, TextDecoder, Date, context.signal.addEventListener]
      .map((fn) => Function.prototype.toString.call(fn)).join("\n");
    return { got: /\/[\w.-]+\/[\w.-]+\/|file:|secret|token/i.test(text) ? [text.slice(0, 200)] : [] };
  },
  wasm: () => tries({
    WebAssembly: () => globalThis.WebAssembly,
    "WebAssembly by a constructor": () => grip([])("return WebAssembly")(),
    instance: () => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
  }),
  records: () => tries({
    ModuleSource: () => new ModuleSource("export default 1"),
    "a precompiled record": () => new Compartment({ modules: { evil: { imports: [], exports: ["x"], execute: (exports) => (exports.x = 1) } } }),
    "a nested Compartment": () => new Compartment({ globals: { x: 1 } }).evaluate("x"),
    lockdown: () => lockdown(),
    harden: () => (typeof harden === "function" ? undefined : undefined),
  }),
  stacks: async (params, context) => {
    const texts = [];
    const note = (error) => {
      for (let one = error, i = 0; one && i < 5; one = one.cause, i++) texts.push(String(one.stack), String(one.message), ...(one.errors ?? []).map(String));
    };
    try {
      null.x;
    } catch (error) {
      note(error);
    }
    for (const method of ["ledger.pay", "ledger.fail"]) await context.call(method, {}).catch(note);
    try {
      new TextDecoder("no such encoding");
    } catch (error) {
      note(error);
    }
    try {
      Error.prepareStackTrace = (_error, frames) => frames.map((frame) => frame.getThis?.() ?? frame.getFunction?.());
      Error.stackTraceLimit = 100;
      const caught = {};
      Error.captureStackTrace(caught);
      texts.push(typeof caught.stack === "string" ? caught.stack : "frames, not text: /a/b/");
    } catch {
      // As it should be.
    }
    const leaks = texts.filter((text) => /(^|[\s("'])(file:\/\/|\/)[\w.-]+\/[\w./-]+/.test(text) || text.includes("node:internal"));
    return { got: leaks.map((text) => `a path: ${text.slice(0, 120)}`) };
  },
  "shared-memory": () => tries({
    "SharedArrayBuffer that the host sees": () => undefined,
    "Atomics.notify on the ring": () => Atomics.notify(new Int32Array(new SharedArrayBuffer(1024)), 0) > 0,
    "a WebAssembly memory": () => new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }),
  }),
  regexp: () => tries({
    "RegExp statics": () => RegExp.$1 ?? RegExp.input ?? RegExp["$_"],
    "RegExp.prototype.exec": () => {
      RegExp.prototype.exec = () => ["stolen"];
      return /a/.exec("b")?.[0] === "stolen";
    },
  }),
  spoof: () => {
    // eslint-disable-next-line no-new-func
    throw Object.assign(new Error("in kernel.js: not my fault"), { stack: "Error: x\n    at kernel (/opt/sallyport/kernel.js:1:1)", at: "kernel.js:1:1", plugin: "innocent", source: "host" });
  },
}));
//# sourceURL=kernel.js
