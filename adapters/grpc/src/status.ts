import { CODES, isCode, isSallyportError, readErrorObject, fromErrorObject, SallyportError, type Code } from "@sallyport/bus";

/** gRPC's codes by number. */
const NAMES = ["OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"] as const;

type StatusName = (typeof NAMES)[number];

const FROM_STATUS: Readonly<Record<StatusName, Code>> = {
  OK: "internal",
  CANCELLED: "cancelled",
  UNKNOWN: "internal",
  INVALID_ARGUMENT: "invalid_argument",
  DEADLINE_EXCEEDED: "deadline_exceeded",
  NOT_FOUND: "not_found",
  ALREADY_EXISTS: "conflict",
  PERMISSION_DENIED: "permission_denied",
  RESOURCE_EXHAUSTED: "resource_exhausted",
  FAILED_PRECONDITION: "failed_precondition",
  ABORTED: "conflict",
  OUT_OF_RANGE: "invalid_argument",
  UNIMPLEMENTED: "unimplemented",
  INTERNAL: "internal",
  UNAVAILABLE: "unavailable",
  DATA_LOSS: "data_loss",
  UNAUTHENTICATED: "unauthenticated",
};

/** The status for a code of ours: what a plugin answers with. Codes of its own are UNKNOWN, with the trailer that tells them. */
const TO_STATUS: Readonly<Partial<Record<Code, StatusName>>> = {
  invalid_argument: "INVALID_ARGUMENT", not_found: "NOT_FOUND", permission_denied: "PERMISSION_DENIED", unauthenticated: "UNAUTHENTICATED",
  unimplemented: "UNIMPLEMENTED", failed_precondition: "FAILED_PRECONDITION", conflict: "ABORTED", resource_exhausted: "RESOURCE_EXHAUSTED",
  cancelled: "CANCELLED", deadline_exceeded: "DEADLINE_EXCEEDED", unavailable: "UNAVAILABLE", busy: "RESOURCE_EXHAUSTED", internal: "INTERNAL", data_loss: "DATA_LOSS",
};

/** Metadata in which a plugin sends its whole error as JSON, as in bus/ERRORS.md, beside the status that comes nearest to it. */
export const ERROR_KEY = "sallyport-error-bin";
const MOST_ERROR_BYTES = 32 << 10;
/** Of an error that is sent. Libraries take 8 KiB or 16 KiB of headers, text and base64 included. */
const MOST_TOLD_BYTES = 3 << 10;
const MOST_TEXT = 2000;

export function codeOfStatus(status: number): Code {
  const name = NAMES[status];
  return name === undefined ? "internal" : FROM_STATUS[name];
}

export function statusOfCode(code: string): number {
  const name = isCode(code) ? TO_STATUS[code] : undefined;
  return NAMES.indexOf(name ?? "UNKNOWN");
}

/** How a call ended, as gRPC says it. */
export interface Ended {
  readonly code: number;
  readonly details: string;
  /** Values of ERROR_KEY in the trailers. */
  readonly errors?: readonly (string | Uint8Array)[];
}

/** The error that a status amounts to: the plugin's own if it sent one, by the rules of any other plugin's. */
export function errorOf({ code, details, errors }: Ended): SallyportError {
  const own = errors?.length === 1 ? readOwn(errors[0] as string | Uint8Array) : undefined;
  if (own !== undefined) return own;
  const known = codeOfStatus(code);
  const text = details.slice(0, MOST_TEXT) || `the plugin answered ${NAMES[code] ?? `status ${code}`} without a word`;
  return new SallyportError(known, text, { help: CODES[known].help });
}

/** The status that an error amounts to, for a plugin that called the host: with the whole error, if that is small. */
export function endedOf(thrown: unknown): Ended {
  const error = isSallyportError(thrown) ? thrown : new SallyportError("internal", "the call could not be made");
  const { stack: _stack, cause: _cause, ...told } = error.toJSON();
  const whole = Buffer.from(JSON.stringify(told));
  return { code: statusOfCode(error.code), details: error.message.slice(0, MOST_TEXT), ...(whole.byteLength <= MOST_TOLD_BYTES && { errors: [whole] }) };
}

function readOwn(value: string | Uint8Array): SallyportError | undefined {
  if (value.length > MOST_ERROR_BYTES) return undefined;
  try {
    const parsed: unknown = JSON.parse(typeof value === "string" ? value : Buffer.from(value).toString("utf8"));
    return typeof parsed === "object" && parsed !== null ? fromErrorObject(readErrorObject(parsed)) : undefined;
  } catch {
    return undefined;
  }
}
