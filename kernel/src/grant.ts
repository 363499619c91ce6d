import { isPattern, SallyportError } from "@sallyport/bus";
import { readCallPattern } from "./versions/reference.js";

export type GrantKind = "call" | "publish" | "subscribe" | "secret";
const KINDS: readonly GrantKind[] = ["call", "publish", "subscribe", "secret"];

export type Scalar = string | number | boolean | null;

/** A call that is granted with some arguments only, or to those on whose behalf the plugin works as well. */
export interface CallGrant {
  /** Pattern of methods. */
  readonly call: string;
  /** Fields of the params: each must be there, and be the value or one of the values, of the same type and spelling. */
  readonly where?: Readonly<Record<string, Scalar | readonly Scalar[]>>;
  /** Also for those whose calls it serves and who have no such grant themselves. */
  readonly delegate?: boolean;
}

/** `call:PATTERN`, `publish:PATTERN`, `subscribe:PATTERN`, `secret:PATTERN`; or a call with conditions, as object or in the text that `PluginInfo` shows. */
export type GrantSpec = string | CallGrant;

/** A grant, read. */
export interface Grant {
  readonly kind: GrantKind;
  readonly pattern: string;
  /** Of a call, the one major that it opens; without it every one. */
  readonly major?: number;
  /** All must hold; none: whatever the params are. */
  readonly where: readonly Condition[];
  readonly delegate: boolean;
}

interface Condition { readonly field: string; readonly values: readonly Scalar[] }

const TEXT = /^([a-z]+):(\S+)(?: where (\{.*\}))?( delegate)?$/s;
const MAX_CONDITIONS = 16;
const MAX_VALUES = 256;

/** Throws `invalid_argument` for a grant that does not parse, naming `plugin` and the place in the list. */
export function readGrant(plugin: string, spec: unknown, where: string): Grant {
  const grant = typeof spec === "string" ? fromText(spec) : fromObject(spec);
  if (grant !== undefined) return grant;
  throw new SallyportError("invalid_argument", `plugin '${plugin}', ${where}: ${shown(spec)} is not a grant`, {
    plugin,
    path: where,
    help: "Write `call:METHOD`, `publish:TOPIC`, `subscribe:TOPIC` or `secret:NAME`; `*` stands for one segment, a final `**` for the rest; `call:METHOD@1` opens one major. With arguments: { \"call\": \"bank.transfer\", \"where\": { \"account\": \"1\" } }.",
  });
}

/** The text of a grant, which `readGrant` reads. */
export function grantText({ kind, pattern, major, where, delegate }: Grant): string {
  const fields = Object.fromEntries(where.map(({ field, values }) => [field, values.length === 1 ? values[0] : values]));
  return `${kind}:${pattern}${major === undefined ? "" : `@${major}`}${where.length === 0 ? "" : ` where ${JSON.stringify(fields)}`}${delegate ? " delegate" : ""}`;
}

/** Whether params are what a grant demands. They are a decoded copy: nothing of the plugin's runs here, and nothing can change them afterwards. */
export function holds(where: readonly Condition[], params: unknown): boolean {
  if (where.length === 0) return true;
  if (typeof params !== "object" || params === null || Array.isArray(params)) return false;
  return where.every(({ field, values }) => Object.hasOwn(params, field) && values.includes((params as Record<string, Scalar>)[field] as Scalar));
}

/** Whether one opens the majors that the other one names. */
export function coversMajor(outer: number | undefined, inner: number | undefined): boolean {
  return outer === undefined || outer === inner;
}

/** Whether there are params that both let pass. */
export function compatible(a: Grant, b: Grant): boolean {
  return a.where.every(({ field, values }) => {
    const other = b.where.find((condition) => condition.field === field);
    return other === undefined || other.values.some((value) => values.includes(value));
  });
}

/** Whether some name is covered by both patterns. */
export function patternsMeet(a: string, b: string): boolean {
  const [x, y] = [a.split("."), b.split(".")];
  for (let i = 0; ; i++) {
    const [one, two] = [x[i], y[i]];
    if (one === undefined || two === undefined) return one === two;
    // `**` stands for one segment or more: the other one has at least this segment left.
    if ((one === "**" && i === x.length - 1) || (two === "**" && i === y.length - 1)) return i > 0 || !(one.startsWith("$") || two.startsWith("$"));
    if (one !== two && !(one === "*" && !(i === 0 && two.startsWith("$"))) && !(two === "*" && !(i === 0 && one.startsWith("$")))) return false;
  }
}

function fromText(text: string): Grant | undefined {
  const [, kind, pattern = "", where, delegate] = TEXT.exec(text) ?? [];
  if (!KINDS.includes(kind as GrantKind)) return undefined;
  if (kind !== "call" && !isPattern(pattern)) return undefined;
  if (kind !== "call") return where === undefined && delegate === undefined ? { kind: kind as GrantKind, pattern, where: [], delegate: false } : undefined;
  return withConditions(pattern, where === undefined ? undefined : parsed(where), delegate !== undefined);
}

function fromObject(spec: unknown): Grant | undefined {
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) return undefined;
  const { call, where, delegate = false, ...rest } = spec as Record<string, unknown>;
  if (Object.keys(rest).length > 0 || typeof call !== "string" || typeof delegate !== "boolean") return undefined;
  return withConditions(call, where, delegate);
}

function withConditions(text: string, where: unknown, delegate: boolean): Grant | undefined {
  const reference = readCallPattern(text);
  if (reference === undefined) return undefined;
  const { name: pattern, major } = reference;
  const plain = { kind: "call", pattern, ...(major !== undefined && { major }), delegate } as const;
  if (where === undefined) return { ...plain, where: [] };
  if (typeof where !== "object" || where === null || Array.isArray(where)) return undefined;
  const conditions = Object.entries(where).map(([field, value]: [string, unknown]): Condition => ({ field, values: [...new Set((Array.isArray(value) ? value : [value]) as Scalar[])] }));
  // Without any condition it would grant everything, which is not what somebody meant who wrote `where`.
  if (conditions.length === 0 || conditions.length > MAX_CONDITIONS) return undefined;
  if (!conditions.every(({ values }) => values.length > 0 && values.length <= MAX_VALUES && values.every(isScalar))) return undefined;
  return { ...plain, where: conditions };
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function shown(spec: unknown): string {
  try {
    return JSON.stringify(spec)?.slice(0, 300) ?? typeof spec;
  } catch {
    return typeof spec;
  }
}
