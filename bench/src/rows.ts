import type { Row } from "./row.js";

/** Loaded by name: the process that measures a row loads no other. */
type Rows = Readonly<Record<string, () => Promise<{ readonly row: Row }>>>;

/** The row that all others are compared with. */
export const REFERENCE = "port";

/** Measured in every run, so that a figure never stands alone. */
export const BASELINES: Rows = {
  function: () => import("./baselines/function.js"),
  clone: () => import("./baselines/clone.js"),
  [REFERENCE]: () => import("./baselines/port.js"),
  fork: () => import("./baselines/fork.js"),
};

/** What `--modes` picks from. A new mode is a file in `rows/` and its line here. */
export const MODES: Rows = {
  inline: () => import("./rows/inline.js"),
  worker: () => import("./rows/worker.js"),
  process: () => import("./rows/process.js"),
  javascript: () => import("./rows/javascript.js"),
  python: () => import("./rows/python.js"),
  sh: () => import("./rows/sh.js"),
  c: () => import("./rows/c.js"),
  rust: () => import("./rows/rust.js"),
  go: () => import("./rows/go.js"),
};
