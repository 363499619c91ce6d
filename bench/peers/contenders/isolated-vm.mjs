/** The reason when its native part is not built: its install script is not run here. */
export async function unavailable() {
  try {
    await import("isolated-vm");
    return undefined;
  } catch (error) {
    return `isolated-vm does not load (${/** @type {NodeJS.ErrnoException} */ (error).code}): its native part has to be compiled; see README.md`;
  }
}

/** @type {import("../src/contender.js").Open} */
export async function open() {
  const { default: ivm } = await import("isolated-vm");
  const isolate = new ivm.Isolate({ memoryLimit: 128 });
  const context = await isolate.createContext();
  const echo = await context.eval("(value) => value", { reference: true });
  return {
    // `apply` runs in the library's own threads; `applySync` would hold up ours.
    echo: (value) => echo.apply(undefined, [value], { arguments: { copy: true }, result: { copy: true } }),
    async close() {
      isolate.dispose();
    },
  };
}
