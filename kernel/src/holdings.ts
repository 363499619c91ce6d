import { coversPattern, SallyportError } from "@sallyport/bus";
import { compatible, coversMajor, grantText, patternsMeet, readGrant, type Grant, type GrantSpec } from "./grant.js";

/** What the config gave a plugin, and what was given or taken since. It outlives the plugin's instances. */
export interface Holdings {
  readonly all: readonly Grant[];
  /** Returns the texts of what is new. */
  add(specs: readonly GrantSpec[]): readonly string[];
  /** Takes away every grant that lies within one of these; returns their texts. Throws `failed_precondition`, changing nothing, where one reaches further. */
  remove(specs: readonly GrantSpec[]): readonly string[];
}

/** Throws `invalid_argument` for a grant that does not parse, as all of its functions do. */
export function createHoldings(plugin: string, specs: readonly GrantSpec[]): Holdings {
  const read = (list: readonly GrantSpec[]): Grant[] => list.map((spec, i) => readGrant(plugin, spec, `grants[${i}]`));
  let all: readonly Grant[] = read(specs);
  return {
    get all() {
      return all;
    },
    add(more) {
      const held = new Set(all.map(grantText));
      const fresh = [...new Map(read(more).map((grant) => [grantText(grant), grant]))].filter(([text]) => !held.has(text));
      all = [...all, ...fresh.map(([, grant]) => grant)];
      return fresh.map(([text]) => text);
    },
    remove(fewer) {
      const taken = read(fewer);
      const gone = all.filter((grant) => taken.some((each) => within(grant, each)));
      const rest = all.filter((grant) => !gone.includes(grant));
      // Whoever revokes something must be able to rely on it that nothing of it is left.
      for (const each of taken) {
        const wider = rest.find((grant) => grant.kind === each.kind && patternsMeet(grant.pattern, each.pattern) && (coversMajor(grant.major, each.major) || coversMajor(each.major, grant.major)) && compatible(grant, each));
        if (wider === undefined) continue;
        throw new SallyportError("failed_precondition", `'${plugin}' holds '${grantText(wider)}', which reaches further than '${grantText(each)}'`, {
          plugin, path: "grants", help: "Revoke the wider grant, and grant again what should stay.", data: { held: grantText(wider) },
        });
      }
      all = rest;
      return gone.map(grantText);
    },
  };
}

/** Whether nothing of `inner` is left when `outer` is taken away. */
function within(inner: Grant, outer: Grant): boolean {
  if (inner.kind !== outer.kind || !(inner.pattern === outer.pattern || coversPattern(outer.pattern, inner.pattern)) || !coversMajor(outer.major, inner.major)) return false;
  return outer.where.every(({ field, values }) => inner.where.find((condition) => condition.field === field)?.values.every((value) => values.includes(value)) === true);
}
