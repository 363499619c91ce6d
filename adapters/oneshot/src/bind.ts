import { SallyportError } from "@sallyport/bus";
import type { Plan, PlannedArgument } from "./plan.js";
import { writeJson } from "./spelling.js";
import { isPlace, literalOf, type Place } from "./template.js";

/** The longest argument that Linux takes, bytes. */
const ARGUMENT_BYTES = 131_071;
/** All of them together: systems take a megabyte or two, with the environment. */
const ALL_BYTES = 512 << 10;
/** bubblewrap takes some thousand. */
const MOST_ARGUMENTS = 4096;

/** What one call comes to: arguments, and what is written to stdin, unless that is a stream. */
export interface Bound {
  readonly args: readonly string[];
  readonly input: Uint8Array | undefined;
}

/** Throws `invalid_argument` naming the member of params. */
export function bind(plan: Plan, params: unknown): Bound {
  const { stdin } = plan;
  const members = membersOf(plan, params);
  const args: string[] = [];
  let bytes = 0;
  let guarded = true;
  for (const planned of plan.args) {
    if (!isThere(planned, members)) continue;
    for (const argument of expand(planned, members, guarded)) {
      args.push(argument);
      bytes += Buffer.byteLength(argument) + 1;
    }
    // Behind it, programs take no options: the manifest says so by writing it.
    if (literalOf(planned.template) === "--") guarded = false;
  }
  if (args.length > MOST_ARGUMENTS || bytes > ALL_BYTES) {
    throw invalid("params", `the arguments would be ${args.length} with ${bytes} bytes; ${MOST_ARGUMENTS} with ${ALL_BYTES} are taken`, "Send less, or let the program read it from stdin.");
  }
  return { args, input: stdin.kind === "member" ? inputOf(stdin, members) : stdin.kind === "json" || stdin.kind === "values" ? writeJson(params, stdin.kind) : undefined };
}

type Members = Readonly<Record<string, unknown>>;

function membersOf({ method, members }: Plan, params: unknown): Members {
  const given = isMap(params) ? params : {};
  if (members === undefined) return given;
  if (!isMap(params) && params !== null) throw invalid("params", `${method} takes a map of ${listed(members)}`);
  const unknown = Object.keys(given).find((name) => !members.has(name));
  if (unknown !== undefined) throw invalid(`params.${unknown}`, `${method} has no parameter ${JSON.stringify(unknown.slice(0, 64))}`, `It takes ${listed(members)}.`);
  return given;
}

function isMap(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Date);
}

function listed(names: ReadonlySet<string>): string {
  return names.size === 0 ? "none" : [...names].join(", ");
}

function isThere({ when }: PlannedArgument, members: Members): boolean {
  const value = when === undefined ? true : own(members, when);
  return value !== undefined && value !== null && value !== false;
}

// A member named `constructor` is no member unless somebody sent it.
function own(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function expand({ template }: PlannedArgument, members: Members, guarded: boolean): readonly string[] {
  const [first] = template;
  const place = template.find((part) => isPlace(part));
  if (isPlace(first) && first.as === "spread") return listOf(first, members).map((item, i) => checked(textOf(item, `${first.name}[${i}]`), `${first.name}[${i}]`, guarded));
  let text = "";
  for (const part of template) {
    text += isPlace(part) ? (part.as === "json" ? jsonOf(part, members) : textOf(present(part.name, members), part.name)) : part.text;
    // It is refused below: no need to make it longer.
    if (text.length > ARGUMENT_BYTES) break;
  }
  return [place === undefined ? text : checked(text, place.name, guarded && isPlace(first))];
}

function listOf({ name }: Place, members: Members): readonly unknown[] {
  const value = present(name, members);
  if (!Array.isArray(value)) throw invalid(`params.${name}`, `${name} must be a list`);
  return value;
}

function present(name: string, members: Members): unknown {
  const value = own(members, name);
  if (value === undefined) throw invalid(`params.${name}`, `${name} is missing`);
  return value;
}

function jsonOf({ name }: Place, members: Members): string {
  return Buffer.from(writeJson(present(name, members), "json")).toString("utf8");
}

/** One spelling for each value: that of JSON, and a text as it is. */
function textOf(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  throw invalid(`params.${name}`, `${name} must be a text, a number, true or false`);
}

function checked(text: string, name: string, guarded: boolean): string {
  if (text.includes("\0")) throw invalid(`params.${name}`, `${name} holds a NUL character, which no argument can`);
  if (guarded && text.startsWith("-")) throw invalid(`params.${name}`, `${name} begins with '-', which the program would take for an option`, "If it is a file, write ./ before it. A manifest lets such values through behind an argument \"--\", or after text of its own: \"--name={name}\".");
  const bytes = Buffer.byteLength(text);
  if (bytes > ARGUMENT_BYTES) throw invalid(`params.${name}`, `${name} takes ${bytes} bytes; an argument has at most ${ARGUMENT_BYTES}`, "Send less, or let the program read it from stdin.");
  return text;
}

function inputOf({ name, json }: { readonly name: string; readonly json: boolean }, members: Members): Uint8Array {
  const value = present(name, members);
  if (json) return writeJson(value, "json");
  if (typeof value === "string") return Buffer.from(value, "utf8");
  if (value instanceof Uint8Array) return value;
  throw invalid(`params.${name}`, `${name} must be a string`, `Send text or bytes; for other values a manifest says "stdin": "{${name}:json}".`);
}

function invalid(path: string, msg: string, help?: string): SallyportError {
  return new SallyportError("invalid_argument", msg, { path, ...(help !== undefined && { help }) });
}
