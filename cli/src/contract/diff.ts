import { DEFAULT_LIMITS } from "@sallyport/bus";
import type { JsonSchema, Manifest, ManifestMethod } from "@sallyport/kernel";
import { narrowings } from "./schema-diff.js";

/** How far a change reaches, the least first. */
export type Reach = "none" | "patch" | "minor" | "major";

export interface Change {
  /** Of whoever calls the plugin or runs it: `major` breaks them, `minor` is more than there was. */
  readonly reach: "major" | "minor" | "patch";
  /** Field of the manifest. */
  readonly path: string;
  readonly text: string;
}

type Say = (reach: Change["reach"], path: string, text: string) => void;

/** What smaller limits keep callers from that could be called before. */
const FELT = ["frameBytes", "frameItems", "frameDepth", "deadlineMs", "streams"] as const;

/** What differs between two manifests of one plugin, for those who call it and those who run it. */
export function diffManifests(before: Manifest, now: Manifest): readonly Change[] {
  const changes: Change[] = [];
  const say: Say = (reach, path, text) => void changes.push({ reach, path, text });
  if (before.name !== now.name) say("major", "name", `'${before.name}' is '${now.name}' now`);
  methods(before, now, say);
  names(before.events, now.events, (name) => say("major", "events", `${name} is not heard any more`), (name) => say("minor", "events", `${name} is heard`));
  names(before.needs, now.needs, () => undefined, (name) => say("major", "needs", `${name} has to be granted`));
  for (const kind of ["read", "write", "net", "run"] as const) {
    names(before.permissions?.[kind], now.permissions?.[kind], () => undefined, (name) => say("major", `permissions.${kind}`, `${name} has to be opened`));
  }
  taken(before.config, now.config, "config", say);
  for (const limit of FELT) {
    const [had, has] = [before, now].map(({ limits }) => limits?.[limit] ?? DEFAULT_LIMITS[limit]) as [number, number];
    if (has < had) say("major", `limits.${limit}`, `is ${has}, and was ${had}`);
  }
  for (const [name, version] of Object.entries(before.interfaces ?? {})) {
    if (now.interfaces?.[name] === undefined) say("major", `interfaces.${name}`, `${version} is not provided any more`);
  }
  for (const [name, range] of Object.entries(now.uses ?? {})) {
    const had = before.uses?.[name];
    if (had !== range) say("major", `uses.${name}`, `${range} has to be there${had === undefined ? "" : `, and ${had} was enough`}`);
  }
  return changes.toSorted((a, b) => rank(b.reach) - rank(a.reach));
}

/** What the changes want of a version's step. Before 1.0.0 a minor step may break. */
export function reachOf(changes: readonly Change[], before: string): Reach {
  const most = changes.reduce<Reach>((reach, change) => (rank(change.reach) > rank(reach) ? change.reach : reach), "none");
  if (!before.startsWith("0.")) return most;
  return most === "major" ? "minor" : most === "minor" ? "patch" : most;
}

/** What a step from one version to the next promises; `undefined`: it goes back. */
export function stepOf(before: string, now: string): Reach | undefined {
  const [a, b] = [numbersOf(before), numbersOf(now)];
  const at = a.findIndex((part, i) => part !== b[i]);
  if (at < 0) return "none";
  return (b[at] ?? 0) < (a[at] ?? 0) ? undefined : (["major", "minor", "patch"] as const)[at];
}

export function promises(step: Reach, reach: Reach): boolean {
  return rank(step) >= rank(reach);
}

function methods(before: Manifest, now: Manifest, say: Say): void {
  const [had, has] = [before.methods ?? {}, now.methods ?? {}];
  for (const [name, method] of Object.entries(had)) {
    const other = has[name];
    if (other === undefined) say("major", `methods.${name}`, "is gone");
    else compareMethod(method, other, `methods.${name}`, say);
  }
  for (const name of Object.keys(has)) if (!Object.hasOwn(had, name)) say("minor", `methods.${name}`, "is new");
}

function compareMethod(before: ManifestMethod, now: ManifestMethod, path: string, say: Say): void {
  taken(before.params, now.params, `${path}.params`, say);
  given(before.result, now.result, `${path}.result`, say);
  given(before.item, now.item, `${path}.item`, say);
  if (before.stream !== now.stream) say("major", `${path}.stream`, `${now.stream ?? "none"}, and was ${before.stream ?? "none"}`);
  if (before.idempotent === true && now.idempotent !== true) say("major", `${path}.idempotent`, "a call cannot be made again any more");
  if (before.idempotent !== true && now.idempotent === true) say("minor", `${path}.idempotent`, "a call can be made again");
  if (now.timeoutMs !== undefined && (before.timeoutMs === undefined || now.timeoutMs < before.timeoutMs)) say("major", `${path}.timeoutMs`, `${now.timeoutMs} ms, and ${before.timeoutMs === undefined ? "there was none" : `was ${before.timeoutMs}`}`);
}

/** What others hand in: less than before breaks them. */
function taken(before: JsonSchema | undefined, now: JsonSchema | undefined, path: string, say: Say): void {
  const less = narrowings(before, now);
  for (const { path: at, text } of less) say("major", `${path}${at}`, text);
  if (less.length === 0 && narrowings(now, before).length > 0) say("minor", path, "takes more than before");
}

/** What others get: more than before breaks them. */
function given(before: JsonSchema | undefined, now: JsonSchema | undefined, path: string, say: Say): void {
  const more = narrowings(now, before);
  for (const { path: at, text } of more) say("major", `${path}${at}`, `may be what it could not be before: ${text.replace(/ any more$/, "")} was promised`);
  if (more.length === 0 && narrowings(before, now).length > 0) say("minor", path, "promises more than before");
}

function names(before: readonly string[] = [], now: readonly string[] = [], gone: (name: string) => void, fresh: (name: string) => void): void {
  for (const name of before) if (!now.includes(name)) gone(name);
  for (const name of now) if (!before.includes(name)) fresh(name);
}

function rank(reach: Reach): number {
  return ["none", "patch", "minor", "major"].indexOf(reach);
}

function numbersOf(version: string): readonly number[] {
  return version.split(/[-+]/)[0]?.split(".").map(Number) ?? [];
}
