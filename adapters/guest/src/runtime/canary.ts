/** Spellings that reach an engine's module loader if the engine knows them. */
const PROBES = ["() => import.source('x')", "() => import.defer('x')", "() => import('x')"] as const;

/**
 * Throws unless this engine, with the shim in front of it, refuses every known spelling of a dynamic import.
 * To be run once after lockdown: an engine from the future then fails closed.
 */
export function requireSafeEngine(): void {
  const compartment = new Compartment();
  for (const probe of PROBES) {
    try {
      compartment.evaluate(probe);
    } catch (thrown) {
      if (thrown instanceof SyntaxError) continue;
      throw thrown;
    }
    throw new Error(`this engine accepts '${probe}' in a Compartment, so hardened plugins cannot be confined; use the Node that this release was tested with`);
  }
}
