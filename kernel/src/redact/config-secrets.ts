/** Names under which people keep secrets. */
const TELLING = /secret|token|password|key/i;
const MAX_DEPTH = 64;

/** The texts of a plugin's config that are probably secrets: everything under a field named like one. */
export function secretsIn(config: unknown): readonly string[] {
  const found: string[] = [];
  visit(config, false, found, 0);
  return found;
}

function visit(value: unknown, secret: boolean, found: string[], depth: number): void {
  if (typeof value === "string" && secret) found.push(value);
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return;
  for (const [key, item] of Object.entries(value)) visit(item, secret || TELLING.test(key), found, depth + 1);
}
