import type { Endowment } from "./endowment.js";

const REMEDY = "Hardened plugins run the code that was loaded and no other.";

/** Globals that would make code or change the realm, replaced by ones that say why they do not. */
export function stubs(): Endowment {
  const refuse = (name: string) =>
    function refused(): never {
      throw new TypeError(`${name} is not available in a hardened plugin. ${REMEDY}`);
    };
  const NoFunction = refuse("Function");
  // Libraries ask `x instanceof Function`.
  Object.defineProperty(NoFunction, "prototype", { value: Function.prototype, writable: false });
  return {
    globals: {
      eval: refuse("eval"),
      Function: NoFunction,
      Compartment: refuse("Compartment"),
      lockdown: refuse("lockdown"),
      ModuleSource: refuse("ModuleSource"),
    },
    end() {},
  };
}
