import process from "node:process";
import type { Cell } from "../case.js";

/** A line that tells how far a run is, on a terminal. */
export interface Progress {
  done(cell: Cell, count: number, all: number): void;
  end(): void;
}

/** Where no terminal is, a line for so many cells. */
const PER_LINE = 50;

export function createProgress(verbose: boolean): Progress {
  const startedAt = performance.now();
  const { stderr } = process;
  return {
    done(cell, count, all) {
      const { case: id, column, outcome, flaws } = cell;
      if (verbose && (flaws !== undefined || outcome === "gets through" || outcome === "host dies")) stderr.write(`${JSON.stringify(cell)}\n`);
      if (!stderr.isTTY) {
        if (count % PER_LINE === 0) stderr.write(`${count} of ${all} cells after ${Math.round((performance.now() - startedAt) / 1000)} s\n`);
        return;
      }
      const leftS = ((performance.now() - startedAt) / count) * (all - count) / 1000;
      stderr.write(`\r\u001b[K${count} of ${all} cells, about ${Math.ceil(leftS)} s left: ${id} in ${column}`);
    },
    end() {
      if (stderr.isTTY) stderr.write("\r\u001b[K");
    },
  };
}
