import { fromErrorObject, SallyportError, toErrorObject } from "@sallyport/bus";
import { formsOf, MIN_SECRET_CHARS } from "./forms.js";

/** Takes secrets that the host knows out of what it reports: against accidents, not against a plugin that spells its secret in its own way. */
export interface Redactor {
  /** Whether there is anything to look for. */
  readonly active: boolean;
  /** From now on this is taken out. Less than eight characters are not. Of one owner the last `MOST_SECRETS` are known. */
  add(owner: string, secret: string): void;
  /** What this owner had is looked for no more. */
  forget(owner: string): void;
  /** The same value, or a copy without secrets: plain data, errors in it as they are. */
  value<T>(value: T): T;
  /** The same error, or one without secrets in text, data, cause, stack and crash report. */
  error(error: SallyportError): SallyportError;
}

const REDACTED = "[redacted]";

const MOST_SECRETS = 256;
/** What one record may cost, characters times spellings: about 50 ms. Text beyond it is not shown at all, since nobody has looked at it. */
const MOST_WORK = 5e7;
const MAX_DEPTH = 64;
/** Fields of a record that the host itself fills in: who a record is about must stay readable. */
const IDENTITY: ReadonlySet<string> = new Set(["plugin", "instance", "caller", "origin", "mode"]);

export function createRedactor(): Redactor {
  /** By owner; the secrets of each in the order in which they were last added. */
  const known = new Map<string, Map<string, readonly string[]>>();
  let forms: readonly string[] = [];
  let work = 0;

  function collect(): void {
    forms = [...new Set([...known.values()].flatMap((secrets) => [...secrets.values()].flat()))].toSorted((a, b) => b.length - a.length);
  }

  function text(from: string): string {
    if (forms.length === 0 || from.length < MIN_SECRET_CHARS) return from;
    work += from.length * forms.length;
    if (work > MOST_WORK) return REDACTED;
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
    add(owner, secret) {
      const mine = known.get(owner) ?? new Map<string, readonly string[]>();
      known.set(owner, mine);
      const before = mine.get(secret);
      mine.delete(secret);
      mine.set(secret, before ?? formsOf(secret));
      if (before !== undefined) return;
      const oldest = mine.keys().next().value;
      if (mine.size > MOST_SECRETS && oldest !== undefined) mine.delete(oldest);
      collect();
    },
    forget(owner) {
      if (known.delete(owner)) collect();
    },
    value<T>(value: T) {
      if (forms.length === 0) return value;
      work = 0;
      return walk(value, 0) as T;
    },
    error(error) {
      if (forms.length === 0) return error;
      work = 0;
      return clean(error);
    },
  };
}
