import pc from "picocolors";

export type Colors = ReturnType<typeof pc.createColors>;

/** Where a command writes: results to `out`, everything else to `err`. */
export interface Terminal {
  /** stdout, stderr are looked at by a person. */
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly outColors: Colors;
  readonly errColors: Colors;
  out(line: string): void;
  err(line: string): void;
  /** A line that the next one replaces; nothing when stderr is no terminal. */
  status(line: string): void;
  /** What stdout has room for; `undefined` where it is no terminal. */
  readonly room: { readonly columns: number; readonly rows: number } | undefined;
  /** Shows `text` in place of what was shown before; below it where stdout is no terminal. */
  redraw(text: string): void;
}

/** The process's own streams. `NO_COLOR` and `TERM=dumb` are respected. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const colorful = (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  const outIsTerminal = stdout.isTTY === true;
  const errIsTerminal = stderr.isTTY === true;
  let statusShown = false;
  let isDrawn = false;
  const clear = (): void => {
    if (statusShown) stderr.write("\r\u001b[2K");
    statusShown = false;
  };
  return {
    outIsTerminal,
    errIsTerminal,
    outColors: pc.createColors(colorful && outIsTerminal),
    errColors: pc.createColors(colorful && errIsTerminal),
    out(line) {
      clear();
      stdout.write(`${line}\n`);
    },
    err(line) {
      clear();
      stderr.write(`${line}\n`);
    },
    status(line) {
      if (!errIsTerminal) return;
      clear();
      // One line, or the next one could not replace it.
      stderr.write(line.replaceAll("\n", " ").slice(0, (stderr.columns ?? 80) - 1));
      statusShown = true;
    },
    get room() {
      return outIsTerminal ? { columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 } : undefined;
    },
    redraw(text) {
      if (!outIsTerminal) return void stdout.write(`${text}\n\n`);
      // Home, each line with its rest wiped, then all below: nothing flickers.
      stdout.write(`${isDrawn ? "" : "\u001b[2J"}\u001b[H${text.split("\n").map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`);
      isDrawn = true;
    },
  };
}
