import { coversPattern, isPattern, SallyportError } from "@sallyport/bus";

export type GrantKind = "call" | "publish" | "subscribe";
const KINDS: readonly GrantKind[] = ["call", "publish", "subscribe"];

/** Decisions kept, so that the cost of a call does not grow with the list of grants. */
const REMEMBERED = 1024;

interface Grant { readonly kind: GrantKind; readonly pattern: string }

/** What one plugin may do. Everything that is not granted is denied. */
export interface Grants {
  /** Whether a call, an event or a subscription is allowed. A subscription's `name` may be a pattern. */
  allows(kind: GrantKind, name: string): boolean;
  /** What is in force: granted by the config and, where the manifest says what it needs, asked for. */
  readonly effective: readonly string[];
  /** Asked for and not granted. */
  readonly denied: readonly string[];
}

/**
 * `granted` comes from the config, `asked` from manifest and hello. A plugin that states its needs gets what is in
 * both; one that states none gets what the config grants.
 * Throws `invalid_argument` for a grant that does not parse, naming `plugin` and the place in the list.
 */
export function createGrants(plugin: string, granted: readonly string[], asked: readonly string[] | undefined): Grants {
  const given = granted.map((text, i) => parse(plugin, text, `grants[${i}]`));
  const needs = asked?.map((text, i) => parse(plugin, text, `needs[${i}]`));
  // Not `matchTopic`: to it the `**` of a wanted `a.**` is one more segment, which a granted `a.*` would cover.
  const covered = (list: readonly Grant[], kind: GrantKind, name: string): boolean =>
    list.some((grant) => grant.kind === kind && (grant.pattern === name || coversPattern(grant.pattern, name)));
  const decide = (kind: GrantKind, name: string): boolean => covered(given, kind, name) && (needs === undefined || covered(needs, kind, name));
  const decided = new Map<string, boolean>();
  const allows = (kind: GrantKind, name: string): boolean => {
    const key = `${kind}:${name}`;
    let answer = decided.get(key);
    if (answer === undefined) {
      answer = decide(kind, name);
      // A plugin can make up names: the memory is bounded, and simply starts over.
      if (decided.size >= REMEMBERED) decided.clear();
      decided.set(key, answer);
    }
    return answer;
  };
  const show = (grant: Grant): string => `${grant.kind}:${grant.pattern}`;
  return {
    allows,
    effective: [...new Set([...given, ...(needs ?? [])].filter((grant) => allows(grant.kind, grant.pattern)).map(show))],
    denied: (needs ?? []).filter((need) => !covered(given, need.kind, need.pattern)).map(show),
  };
}

function parse(plugin: string, text: unknown, where: string): Grant {
  if (typeof text === "string") {
    const colon = text.indexOf(":");
    const kind = text.slice(0, colon) as GrantKind;
    const pattern = text.slice(colon + 1);
    if (KINDS.includes(kind) && isPattern(pattern)) return { kind, pattern };
  }
  throw new SallyportError("invalid_argument", `plugin '${plugin}', ${where}: ${JSON.stringify(text)} is not a grant`, {
    plugin,
    path: where,
    help: "Write `call:METHOD`, `publish:TOPIC` or `subscribe:TOPIC`; `*` stands for one segment, a final `**` for the rest.",
  });
}
