import { resolve } from "node:path/posix";
import { SallyportError } from "@sallyport/bus";
import type { Permissions } from "./manifest.js";

/** What a plugin may reach of the system, and what it asked for in vain. */
export interface EffectivePermissions {
  readonly effective: Permissions;
  /** `read:/data`, in the words of `PluginInfo.denied`. */
  readonly denied: readonly string[];
}

const FIELDS = ["read", "write", "net", "run"] as const;
type Field = (typeof FIELDS)[number];

const ADDRESS = /^(\*|\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?::([1-9]\d{0,4}))?$/;
const ANY = "*";

/**
 * What is both asked for by the manifest and granted by the config; all that is granted to a plugin whose manifest states none.
 * A folder covers what is inside it, and of two that overlap the smaller one is given. Relative paths start from `root`.
 * Throws `invalid_argument` for one that does not parse, naming plugin and field.
 */
export function effectivePermissions(plugin: string, root: string, asked: Permissions | undefined, granted: Permissions | undefined): EffectivePermissions {
  const given = parsed(plugin, root, granted);
  if (asked === undefined) return { effective: given, denied: [] };
  const wanted = parsed(plugin, root, asked);
  const effective: Partial<Record<Field, readonly string[]>> = {};
  const denied: string[] = [];
  for (const field of FIELDS) {
    const overlap = new Set<string>();
    for (const wish of wanted[field] ?? []) {
      // What may be written may be read.
      const grants = [...(given[field] ?? []), ...(field === "read" ? (given.write ?? []) : [])];
      if (!grants.some((grant) => covers(field, grant, wish))) denied.push(`${field}:${wish}`);
      for (const grant of grants) {
        if (covers(field, grant, wish)) overlap.add(wish);
        else if (covers(field, wish, grant)) overlap.add(grant);
      }
    }
    if (overlap.size > 0) effective[field] = [...overlap];
  }
  return { effective, denied };
}

function covers(field: Field, wide: string, narrow: string): boolean {
  if (wide === narrow) return true;
  if (field === "run") return wide === ANY;
  if (field === "net") return coversAddress(wide, narrow);
  return narrow.startsWith(wide.endsWith("/") ? wide : `${wide}/`);
}

function coversAddress(wide: string, narrow: string): boolean {
  const [, host, port] = ADDRESS.exec(wide) ?? [];
  const [, otherHost, otherPort] = ADDRESS.exec(narrow) ?? [];
  return (host === ANY || host?.toLowerCase() === otherHost?.toLowerCase()) && (port === undefined || port === otherPort);
}

function parsed(plugin: string, root: string, permissions: Permissions | undefined): Permissions {
  const out: Partial<Record<Field, readonly string[]>> = {};
  for (const [field, list] of Object.entries(permissions ?? {})) {
    if (!isField(field)) throw refused(plugin, `permissions.${field}`, field, `one of ${FIELDS.join(", ")}`);
    if (!Array.isArray(list)) throw refused(plugin, `permissions.${field}`, list, "a list of texts");
    out[field] = list.map((text: unknown, i) => normal(plugin, root, field, text, `permissions.${field}[${i}]`));
  }
  return out;
}

function isField(name: string): name is Field {
  return FIELDS.some((field) => field === name);
}

function normal(plugin: string, root: string, field: Field, text: unknown, where: string): string {
  if (typeof text !== "string" || text === "" || text.includes("\0")) throw refused(plugin, where, text, "a text");
  if (field === "read" || field === "write") return resolve(root, text);
  if (field === "net") {
    const port = ADDRESS.exec(text)?.[2];
    if (!ADDRESS.test(text) || Number(port ?? 1) > 65_535) throw refused(plugin, where, text, "`*`, `*:443` or `api.example.com:443`");
    return text;
  }
  if (text === ANY || !text.includes("/")) return text;
  if (!text.startsWith("/")) throw refused(plugin, where, text, "an absolute path, a name that is on PATH, or `*`");
  return resolve(text);
}

function refused(plugin: string, where: string, got: unknown, expected: string): SallyportError {
  return new SallyportError("invalid_argument", `plugin '${plugin}', ${where}: expected ${expected}, got ${JSON.stringify(got) ?? String(got)}`, { plugin, path: where, help: "Correct it in the config or in the plugin's manifest." });
}
