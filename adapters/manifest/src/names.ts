import { SallyportError } from "@sallyport/bus";

const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

/** Whether a string can name a plugin: `[a-z][a-z0-9_-]*`, at most 64 characters. */
export function isPluginName(name: string): boolean {
  return NAME.test(name);
}

/** A plugin's name from its file's, `Upper.py` to `upper`. Throws `invalid_argument` when nothing usable is left. */
export function nameFromFile(base: string): string {
  const name = base.replace(/(?<=.)\.[^.]*$/, "").toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^[^a-z]+|-+$/g, "").slice(0, 64);
  if (isPluginName(name)) return name;
  throw new SallyportError("invalid_argument", `no plugin name can be made of the file name ${JSON.stringify(base)}`, {
    help: 'Give it a "name" of a-z, 0-9, _ and - that begins with a letter.',
    path: "name",
  });
}

export function assertPluginName(name: string): void {
  if (isPluginName(name)) return;
  throw new SallyportError("invalid_argument", `${JSON.stringify(name)} cannot name a plugin`, {
    help: "Use a-z, 0-9, _ and -, beginning with a letter, at most 64 characters.",
    path: "name",
  });
}
