import { existsSync, readFileSync } from "node:fs";
import { SallyportError } from "@sallyport/bus";
import { compileSchema, readJsonFile } from "@sallyport/manifest";

/** Figures of modes, and where they come from: what `sallyport bench --json` prints, and the file shipped with this package. */
export interface Figures {
  /** Raised when a field changes its meaning. */
  readonly format: 1;
  /** Command, date and machine, for a person: figures mean nothing elsewhere. */
  readonly made: string;
  readonly rows: readonly ModeFigures[];
}

/** What one mode did with payloads of one size. */
export interface ModeFigures {
  readonly mode: string;
  /** Of a stdio plugin, where it is known. */
  readonly lang?: string;
  readonly payloadBytes: number;
  /** From load to the first answer, where the mode has started a plugin before. */
  readonly startMs?: number;
  /** What host and plugin together grew by. */
  readonly memoryMib?: number;
  readonly widths: readonly WidthFigures[];
}

export interface WidthFigures {
  /** Calls open at once. */
  readonly inFlight: number;
  readonly callsPerSecond: number;
  /** Half the 95 % confidence interval, or half of what the rounds differ by where that is more, in percent. */
  readonly marginPercent?: number;
  /** Of single calls. */
  readonly p50Us?: number;
  readonly p99Us?: number;
}

const SHIPPED = new URL("../../figures.json", import.meta.url);

const amount = { type: "number", minimum: 0 };
const check = compileSchema({
  type: "object",
  required: ["format", "made", "rows"],
  properties: {
    format: { const: 1 },
    made: { type: "string" },
    rows: {
      type: "array",
      items: {
        type: "object",
        required: ["mode", "payloadBytes", "widths"],
        properties: {
          mode: { type: "string" },
          lang: { type: "string" },
          payloadBytes: amount,
          startMs: amount,
          memoryMib: amount,
          widths: { type: "array", items: { type: "object", required: ["inFlight", "callsPerSecond"], properties: { inFlight: amount, callsPerSecond: amount, marginPercent: amount, p50Us: amount, p99Us: amount } } },
        },
      },
    },
  },
});

/** Figures of a file that `sallyport bench --json` wrote. Throws `not_found`, and `invalid_argument` with the place. */
export async function readFigures(file: string, signal: AbortSignal): Promise<Figures> {
  const { value } = await readJsonFile<Figures>(file, { validate: check, signal });
  return value;
}

/** The figures that came with this package. `undefined`: none did. */
export function shippedFigures(): Figures | undefined {
  if (!existsSync(SHIPPED)) return undefined;
  const text = readFileSync(SHIPPED, "utf8");
  const value = JSON.parse(text) as Figures;
  if (check(value).length > 0) throw new SallyportError("internal", "the figures that came with this package are not readable", { help: "Install sallyport again, or name other figures with --figures FILE." });
  return value;
}

/** The rows of a mode whose payload comes nearest; for stdio those of the language only, where rows name one. */
export function figuresFor(figures: Figures, mode: string, lang: string | undefined, payloadBytes: number): ModeFigures | undefined {
  const distance = (row: ModeFigures): number => Math.abs(Math.log((row.payloadBytes + 1) / (payloadBytes + 1)));
  return figures.rows
    .filter((row) => row.mode === mode && (row.lang === undefined || lang === undefined || row.lang === lang))
    .toSorted((a, b) => distance(a) - distance(b))[0];
}
