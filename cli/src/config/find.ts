import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SallyportError } from "@sallyport/bus";

const CONFIG_NAME = "sallyport.json";

/** Two lines that make a config: shown to whoever has none. */
const EXAMPLE = `  { "plugins": {\n      "upper": "./plugins/upper.py" } }`;

/** The nearest `sallyport.json`, from `folder` upward. Throws `not_found` with an example. */
export async function findConfig(folder: string): Promise<string> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const file = join(at, CONFIG_NAME);
    if (await isFile(file)) return file;
    if (dirname(at) === at) break;
  }
  throw missing(`there is no ${CONFIG_NAME} in ${resolve(folder)} or above it`);
}

/** The file that somebody named. Throws `not_found` with an example. */
export async function namedConfig(file: string, folder: string): Promise<string> {
  const path = resolve(folder, file);
  if (await isFile(path)) return path;
  throw missing(`there is no config file ${path}`);
}

function missing(what: string): SallyportError {
  return new SallyportError("not_found", what, {
    help: `Write one (two lines do), name another with --config FILE, or try a plugin without a config with --plugin PATH:\n${EXAMPLE}`,
  });
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then((found) => found.isFile(), () => false);
}
