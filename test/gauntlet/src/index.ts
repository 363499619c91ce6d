export { expected, OUTCOMES, rank, type Case, type Cell, type Column, type Drive, type Outcome } from "./case.js";
export { CASES, whyNot } from "./cases/index.js";
export { COLUMNS } from "./columns.js";
export { layersThatDoNotFit } from "./layers/fits.js";
export { matrix } from "./render/matrix.js";
export type { CellOptions } from "./runner/cell.js";
export { missingColumns } from "./runner/missing.js";
export { isWorse, runAll, type RunOptions } from "./runner/run.js";
export { readSaved, type Saved } from "./saved.js";
