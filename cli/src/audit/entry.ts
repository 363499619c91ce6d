import type { Crossing, LifecycleEvent, PluginInfo } from "@sallyport/kernel";
import type { Fields } from "./chain.js";

/** A line of a plugin's, before it has its number. */
export type Entry = Fields & { readonly plugin: string; readonly event: string };

/** Names are a plugin's to choose: what is longer says nothing more. */
const TEXT_CHARS = 200;
const DETAIL_CHARS = 1000;
const LIST_CHARS = 4000;

export function lifecycleFields({ plugin, instance, event, reason, detail }: LifecycleEvent): Entry {
  return {
    plugin: cut(plugin), event,
    ...(instance !== undefined && { instance: cut(instance) }),
    ...(reason !== undefined && { reason: cut(reason) }),
    ...(detail !== undefined && { detail: cutDetail(detail) }),
  };
}

/** Who asked for what, how it ended and how long it took; nothing of what was said. */
export function crossingFields(record: Crossing): Entry {
  const { plugin, instance, kind, direction, name, caller, outcome, durationMs, queuedMs, items, traceparent, origin } = record;
  return {
    plugin: cut(plugin), event: kind, instance: cut(instance), direction, name: cut(name), caller: cut(caller), outcome: cut(outcome),
    ...(origin !== undefined && origin.length > 1 && { origin: cutList(origin) }),
    ...(durationMs !== undefined && { ms: rounded(durationMs) }),
    ...(queuedMs !== undefined && queuedMs > 0 && { queuedMs: rounded(queuedMs) }),
    ...(items !== undefined && items > 0 && { items }),
    ...(traceparent !== undefined && { trace: cut(traceparent) }),
  };
}

/** What a plugin may do and what holds it, once it is loaded. */
export function allowedFields(info: PluginInfo): Entry {
  const { name, version, mode, trust, path, grants, denied, permissions, unsafe, confinement } = info;
  const opened = Object.entries(permissions).flatMap(([kind, list]: readonly [string, readonly string[]]) => list.map((each) => `${kind}:${each}`));
  return {
    plugin: cut(name), event: "allowed", mode, trust, path: cut(path),
    ...(version !== undefined && { version: cut(version) }),
    grants: cutList(grants),
    ...(opened.length > 0 && { permissions: cutList(opened) }),
    ...(denied.length > 0 && { denied: cutList(denied) }),
    ...(confinement && { sandbox: confinement.profile, by: cut(confinement.by) }),
    ...(unsafe && { unsafe }),
  };
}

function cut(text: string): string {
  return text.length <= TEXT_CHARS ? text : `${text.slice(0, TEXT_CHARS)}…(${text.length})`;
}

function cutList(list: readonly string[]): readonly string[] {
  const short: string[] = [];
  let chars = 0;
  for (const text of list) {
    chars += text.length;
    if (chars > LIST_CHARS) return [...short, `…(${list.length})`];
    short.push(cut(text));
  }
  return short;
}

/** As it is where it is small; otherwise the start of its JSON. */
function cutDetail(detail: unknown): unknown {
  const text = jsonOf(detail);
  return text.length <= DETAIL_CHARS ? (JSON.parse(text) as unknown) : { cut: text.slice(0, DETAIL_CHARS), chars: text.length };
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? String(each) : each)) ?? "null";
  } catch {
    return '"unreadable"';
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
