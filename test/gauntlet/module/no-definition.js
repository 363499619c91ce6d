// Exports what is no plugin: a definition whose parts run code when they are read.
export default new Proxy({}, { get(_target, key) {
  if (key === "methods") return new Proxy({}, { ownKeys() {
    throw new Error("in a trap");
  } });
  return undefined;
} });
