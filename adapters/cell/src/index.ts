export { createCells, type Cells, type CellsOptions, type Occupant } from "./cells.js";
export { encodePrelude, type Prelude } from "./prelude.js";
export type { CellProgram } from "./program.js";
