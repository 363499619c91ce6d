import { coversPattern, SallyportError } from "@sallyport/bus";
import { coversMajor, grantText, holds, readGrant, type Grant, type GrantKind } from "./grant.js";
import { readReference } from "./versions/reference.js";

/** Decisions kept, so that the cost of a call does not grow with the list of grants. */
const REMEMBERED = 1024;

/** What a plugin may do with one call: nothing, make it for itself, make it for those whose calls it serves too. */
export type Verdict = "denied" | "granted" | "delegated";

/** What one plugin may do. Everything that is not granted is denied. */
export interface Grants {
  /** Whether an event, a subscription or a secret is allowed. A subscription's `name` may be a pattern. */
  allows(kind: Exclude<GrantKind, "call">, name: string): boolean;
  /** Whether a call is allowed with these params. */
  call(method: string, params: unknown): Verdict;
  /** What is in force: granted by the config and, where the manifest says what it needs, asked for. */
  readonly effective: readonly string[];
  /** Asked for and not granted. */
  readonly denied: readonly string[];
}

/** What is known of a method without its params; grants with conditions are asked each time. */
interface Decision { readonly plain: Verdict; readonly conditional: readonly Grant[] }

const DENIED: Decision = { plain: "denied", conditional: [] };

/**
 * `given` comes from the config, `asked` from manifest and hello. A plugin that states its needs gets what is in
 * both; one that states none gets what the config grants.
 * Throws `invalid_argument` for a need that does not parse, naming `plugin` and the place in the list.
 */
export function createGrants(plugin: string, given: readonly Grant[], asked: readonly string[] | undefined): Grants {
  const needs = asked?.map((text, i) => plainNeed(plugin, text, `needs[${i}]`));
  const decided = { call: new Map<string, Decision>(), publish: new Map<string, boolean>(), subscribe: new Map<string, boolean>(), secret: new Map<string, boolean>() };

  function decide(text: string): Decision {
    const { name, major } = readReference(text) ?? { name: text, major: undefined };
    const isMeant = (grant: Grant): boolean => covers(grant, "call", name) && coversMajor(grant.major, major);
    if (needs !== undefined && !needs.some(isMeant)) return DENIED;
    const matching = given.filter(isMeant);
    const plain = matching.filter((grant) => grant.where.length === 0);
    return {
      plain: plain.some((grant) => grant.delegate) ? "delegated" : plain.length > 0 ? "granted" : "denied",
      conditional: matching.filter((grant) => grant.where.length > 0),
    };
  }

  const both = given.flatMap((grant) => (needs === undefined ? [grant] : needs.flatMap((need) => common(grant, need))));
  return {
    allows(kind, name) {
      const known = decided[kind];
      const answer = known.get(name);
      if (answer !== undefined) return answer;
      return remember(known, name, given.some((grant) => covers(grant, kind, name)) && (needs === undefined || needs.some((need) => covers(need, kind, name))));
    },
    call(method, params) {
      const { plain, conditional } = decided.call.get(method) ?? remember(decided.call, method, decide(method));
      if (conditional.length === 0 || plain === "delegated") return plain;
      const open = conditional.filter(({ where }) => holds(where, params));
      return open.some((grant) => grant.delegate) ? "delegated" : open.length > 0 ? "granted" : plain;
    },
    effective: [...new Set(both.map(grantText))],
    denied: (needs ?? []).filter((need) => !given.some((grant) => covers(grant, need.kind, need.pattern) && coversMajor(grant.major, need.major))).map(grantText),
  };
}

/** What a plugin asks for is a kind and a pattern: conditions are the config's to make. */
function plainNeed(plugin: string, text: string, where: string): Grant {
  const need = readGrant(plugin, text, where);
  if (need.where.length === 0 && !need.delegate) return need;
  throw new SallyportError("invalid_argument", `plugin '${plugin}', ${where}: ${JSON.stringify(text.slice(0, 300))} has conditions, which only a config can make`, { plugin, path: where, help: "Write `call:METHOD`, without `where` and `delegate`." });
}

/** A plugin can make up names: the memory is bounded, and simply starts over. */
function remember<T>(known: Map<string, T>, name: string, answer: T): T {
  if (known.size >= REMEMBERED) known.clear();
  known.set(name, answer);
  return answer;
}

// Not `matchTopic`: to it the `**` of a wanted `a.**` is one more segment, which a granted `a.*` would cover.
function covers(grant: Grant, kind: GrantKind, name: string): boolean {
  return grant.kind === kind && (grant.pattern === name || coversPattern(grant.pattern, name));
}

function common(grant: Grant, need: Grant): readonly Grant[] {
  const major = grant.major ?? need.major;
  if (need.major !== undefined && major !== need.major) return [];
  const narrowed = { ...grant, ...(major !== undefined && { major }) };
  if (covers(need, grant.kind, grant.pattern)) return [narrowed];
  return covers(grant, need.kind, need.pattern) ? [{ ...narrowed, pattern: need.pattern }] : [];
}
