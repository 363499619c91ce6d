import { fromErrorObject, SallyportError, toErrorObject } from "@sallyport/bus";
import { formsOf, MIN_SECRET_CHARS } from "./forms.js";

/** Takes secrets that the host knows out of what it reports: against accidents, not against a plugin that spells its secret in its own way. */
export interface Redactor {
  /** Whether there is anything to look for. */
  readonly active: boolean;
  /** From now on this is taken out. Less than eight characters are not. */
  add(secret: string): void;
  text(text: string): string;
  /** The same value, or a copy without secrets: plain data, errors in it as they are. */
  value<T>(value: T): T;
  /** The same error, or one without secrets in text, data, cause, stack and crash report. */
  error(error: SallyportError): SallyportError;
}

const REDACTED = "[redacted]";

/** Beyond it the one that was added first is forgotten. */
const MOST_SECRETS = 1024;
const MAX_DEPTH = 64;
/** Fields of a record that the host itself fills in: who a record is about must stay readable. */
const IDENTITY: ReadonlySet<string> = new Set(["plugin", "instance", "caller", "origin", "mode"]);

export function createRedactor(): Redactor {
  /** By secret, in the order in which they were last added. */
  const known = new Map<string, readonly string[]>();
  let forms: readonly string[] = [];

  function text(from: string): string {
    if (forms.length === 0 || from.length < MIN_SECRET_CHARS) return from;
    let out = from;
    for (const form of forms) if (out.includes(form)) out = out.replaceAll(form, REDACTED);
    return cutOff(out);
  }

  /** A line that was cut in the middle of a secret ends or begins with a part of one. */
  function cutOff(from: string): string {
    let out = from;
    for (const form of forms) {
      const end = out.endsWith("…") ? out.length - 1 : out.length;
      const tail = out.slice(Math.max(0, end - form.length + 1), end);
      const at = tail.lastIndexOf(form.slice(0, MIN_SECRET_CHARS));
      if (at !== -1 && form.startsWith(tail.slice(at))) out = out.slice(0, end - tail.length + at) + REDACTED + out.slice(end);
      const head = out.slice(0, form.length - 1);
      const last = head.indexOf(form.slice(-MIN_SECRET_CHARS)) + MIN_SECRET_CHARS;
      if (last >= MIN_SECRET_CHARS && form.endsWith(head.slice(0, last))) out = REDACTED + out.slice(last);
    }
    return out;
  }

  function walk(value: unknown, depth: number): unknown {
    if (typeof value === "string") return text(value);
    if (typeof value !== "object" || value === null || value instanceof Date) return value;
    if (depth > MAX_DEPTH) return REDACTED;
    if (ArrayBuffer.isView(value)) {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
      return text(bytes) === bytes ? value : REDACTED;
    }
    if (value instanceof SallyportError) return clean(value);
    if (Array.isArray(value)) {
      const items = value.map((item: unknown) => walk(item, depth + 1));
      return items.some((item, i) => item !== value[i]) ? items : value;
    }
    const entries = Object.entries(value);
    const cleaned = entries.map(([key, item]): [string, unknown] => (depth === 0 && IDENTITY.has(key) ? [key, item] : [text(key), walk(item, depth + 1)]));
    return cleaned.some(([key, item], i) => key !== entries[i]?.[0] || item !== entries[i]?.[1]) ? Object.fromEntries(cleaned) : value;
  }

  function clean(error: SallyportError): SallyportError {
    const object = toErrorObject(error, { stack: true });
    const cleaned = walk(object, 0) as typeof object;
    return cleaned === object ? error : fromErrorObject(cleaned);
  }

  return {
    get active() {
      return forms.length > 0;
    },
    add(secret) {
      const before = known.get(secret);
      known.delete(secret);
      known.set(secret, before ?? formsOf(secret));
      if (before !== undefined) return;
      const oldest = known.keys().next().value;
      if (known.size > MOST_SECRETS && oldest !== undefined) known.delete(oldest);
      forms = [...new Set([...known.values()].flat())].toSorted((a, b) => b.length - a.length);
    },
    text,
    value: <T>(value: T) => (forms.length === 0 ? value : (walk(value, 0) as T)),
    error: (error) => (forms.length === 0 ? error : clean(error)),
  };
}
