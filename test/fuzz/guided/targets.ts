import type { Target } from "./target.js";
import { textTargets } from "./text-targets.js";
import { wireTargets } from "./wire-targets.js";

/** Everything that reads what strangers wrote. `root`: the folder of this repository. Those that hold a folder of their own give it back when disposed. */
export function targets(root: URL): readonly (Target & Partial<Disposable>)[] {
  return [...wireTargets(new URL("bus/vectors/", root)), ...textTargets(new URL("cli/schema/sallyport.schema.json", root))];
}
