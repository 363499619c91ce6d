import { rank, type Case, type Cell } from "./case.js";
import { expected } from "./expected.js";
import type { Saved } from "./saved.js";

/** What a run says against the saved one. */
export interface Verdict {
  /** Worse in kind: the check fails. */
  readonly worse: readonly string[];
  /** Slower, or not tried here. */
  readonly warnings: readonly string[];
}

const SLOWER = 5;
const SLOWER_MS = 3000;
/** Flaws that are a matter of how busy the machine is. */
const OF_TIME = /waited|held up|unload took/;

/** A cell without a saved one is held to what its case expects. */
export function compare(cases: readonly Case[], cells: readonly Cell[], saved: Saved | undefined): Verdict {
  const worse: string[] = [];
  const warnings: string[] = [];
  const before = new Map(saved?.cells.map((cell) => [`${cell.case} ${cell.column}`, cell]));
  for (const one of cases) {
    for (const cell of cells) {
      if (cell.case !== one.id || cell.state === "not applicable") continue;
      const where = `${cell.case} in ${cell.column}`;
      const old = before.get(`${cell.case} ${cell.column}`);
      if (cell.outcome === undefined) {
        if (old?.outcome !== undefined) warnings.push(`${where} was measured and is skipped here: ${cell.why}`);
        continue;
      }
      const most = old?.outcome ?? expected(one, cell.column);
      // Whether memory or time is refused first is a race; both outcomes contain it, where the case expects no better.
      const contained = cell.outcome === "instance dies" && rank(expected(one, cell.column)) >= rank(cell.outcome);
      if (rank(cell.outcome) > rank(most)) (contained ? warnings : worse).push(`${where}: ${cell.outcome} (${cell.why}), was ${most}`);
      const known = new Set(old?.flaws?.map(kindOf));
      for (const flaw of cell.flaws ?? []) if (!known.has(kindOf(flaw))) (OF_TIME.test(flaw) || old === undefined ? warnings : worse).push(`${where}: ${flaw}`);
      const { recoveryMs: now } = cell;
      const then = old?.recoveryMs;
      if (now !== undefined && then !== undefined && now > then * SLOWER && now > then + SLOWER_MS) warnings.push(`${where} took ${now} ms to recover, was ${then} ms`);
    }
  }
  return { worse, warnings };
}

function kindOf(flaw: string): string {
  return flaw.replaceAll(/\d+/g, "N");
}
