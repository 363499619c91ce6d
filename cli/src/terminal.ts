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
}

/** The process's own streams. `NO_COLOR` and `TERM=dumb` are respected. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const colorful = (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  const outIsTerminal = stdout.isTTY === true;
  const errIsTerminal = stderr.isTTY === true;
  let statusShown = false;
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
  };
}
