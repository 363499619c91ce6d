import type { Cell } from "../case.js";

const WORDS = { "call fails": "call fails", "instance dies": "dies", "gets through": "**gets through**", "host dies": "**host dies**" } as const;

/** A cell of the table: what became of it, and how long until the plugin answered again. `*`: with a flaw. */
export function cellText(cell: Cell): string {
  if (cell.state === "skipped") return "skipped";
  if (cell.outcome === undefined) return "–";
  const time = cell.outcome === "instance dies" && cell.recoveryMs !== undefined ? ` ${duration(cell.recoveryMs)}` : "";
  return `${WORDS[cell.outcome]}${time}${cell.flaws ? " \\*" : ""}`;
}

export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms / 10) * 10} ms` : `${(ms / 1000).toFixed(1)} s`;
}
