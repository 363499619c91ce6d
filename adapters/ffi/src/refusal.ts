import { SallyportError } from "@sallyport/bus";

/** Why a library cannot be run, or cannot go on: made where the library is, told to the host. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly msg: string;
  readonly help: string;
}

/** What a cell may say of its own end. Whoever forges one from inside gives a false reason for a failure that is its own. */
const CODES = ["spawn_failed", "bad_handshake", "version_mismatch", "manifest_mismatch", "protocol_violation", "frame_too_large", "memory_limit"] as const;
export type RefusalCode = (typeof CODES)[number];

/** Thrown by whatever looks at a library. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(code: RefusalCode, msg: string, help: string) {
    super(msg);
    this.refusal = { code, msg, help };
  }
}

/** Begins the line on stderr that carries a refusal out of a cell. */
const MARK = "sallyport-ffi ";

export function refusalLine(refusal: Refusal): string {
  return `${MARK}${JSON.stringify(refusal)}\n`;
}

/** The refusal in a line of a cell's log; `undefined`: it is a line like any other. */
export function readRefusal(line: string): Refusal | undefined {
  if (!line.startsWith(MARK)) return undefined;
  try {
    const { code, msg, help } = JSON.parse(line.slice(MARK.length)) as Partial<Refusal>;
    return CODES.includes(code as RefusalCode) && typeof msg === "string" && typeof help === "string" ? { code: code as RefusalCode, msg, help } : undefined;
  } catch {
    return undefined;
  }
}

export function asError({ code, msg, help }: Refusal, plugin: string): SallyportError {
  return new SallyportError(code, `'${plugin}': ${msg}`, { plugin, help });
}
