import module from "node:module";

/** Refuses every module load from here on, where Node offers it (22.15, 24): a second line behind the Compartment. */
export function denyModules(): void {
  const { registerHooks } = module as unknown as { registerHooks?: (hooks: { resolve(specifier: string): never }) => unknown };
  registerHooks?.({
    resolve(specifier) {
      throw new Error(`the module '${specifier.slice(0, 80)}' was asked for after the guest was locked down`);
    },
  });
}
