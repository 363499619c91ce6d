// Fails with what is no ordinary error.
import { evil, oneOf } from "./kit.js";

const chain = (depth) => {
  let error = new Error("the last cause");
  for (let i = 0; i < depth; i++) error = new Error(`cause ${i}`, { cause: error });
  return error;
};
const raise = (make) => () => {
  throw make();
};

export default evil(oneOf({
  huge: raise(() => Object.assign(new Error("x".repeat(32 << 20)), { help: "y".repeat(8 << 20) })),
  "huge-data": raise(() => Object.assign(new Error("data"), { code: "evil.data", data: new Array(500_000).fill("z") })),
  getters: raise(() => ({ get code() {
    throw new Error("in a getter");
  }, get message() {
    throw new Error("in a getter");
  } })),
  proxy: raise(() => new Proxy(new Error("x"), { get() {
    throw new Error("in a trap");
  }, getPrototypeOf() {
    throw new Error("in a trap");
  }, has() {
    throw new Error("in a trap");
  } })),
  "endless-causes": raise(() => {
    const error = { code: "internal", message: "endless", get cause() {
      return error;
    } };
    return error;
  }),
  cyclic: raise(() => {
    const a = new Error("a");
    a.cause = new Error("b", { cause: a });
    return a;
  }),
  deep: raise(() => chain(100_000)),
  null: raise(() => null),
  undefined: raise(() => undefined),
  symbol: raise(() => Symbol("not an error")),
  function: raise(() => () => "not an error"),
  "to-string": raise(() => ({ message: { toString() {
    throw new Error("in toString");
  } } })),
  "host-code": raise(() => ({ code: "plugin_crashed", message: "forged", plugin: "innocent", source: "host", crash: { exitCode: 0 } })),
  "other-plugin": raise(() => ({ code: "innocent.fault", message: "forged", plugin: "innocent" })),
  "retry-after": raise(() => ({ code: "unavailable", message: "later", retryable: true, retryAfterMs: Number.MAX_VALUE })),
  "code-flips": raise(() => {
    let looks = 0;
    return { get code() {
      return looks++ === 0 ? "not_found" : "memory_limit";
    }, message: "flips" };
  }),
  aggregate: raise(() => new AggregateError(new Array(10_000).fill(new Error("one of many")), "many")),
  "non-ascii": raise(() => Object.assign(new Error("\u001b[31m\u202eforged line\n[innocent] all is well"), { at: "../../etc/passwd:1:1" })),
}));
