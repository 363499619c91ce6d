import { CASES } from "../cases/index.js";
import { COLUMNS } from "../columns.js";
import { LAYERS } from "./layers.js";
import { fits } from "./tree.js";

/** Patches whose text is not in the built packages, and attacks that are not in the list. */
export function layersThatDoNotFit(): readonly string[] {
  return LAYERS.flatMap(({ name, patches, tries }) => [
    ...patches.filter((patch) => !fits(patch)).map(({ file, from }) => `${name}: ${file} has no ${JSON.stringify(from)}`),
    ...tries.filter(([id, column]) => !CASES.some((one) => one.id === id) || !COLUMNS.some((one) => one.id === column)).map(([id, column]) => `${name}: there is no ${id} in ${column}`),
  ]);
}
