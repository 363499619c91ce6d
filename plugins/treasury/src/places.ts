import { fileURLToPath } from "node:url";

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Folders of this example, absolute; the same from src and from dist. */
export const PLUGINS = at("plugins");
export const STATEMENTS = at("statements");
/** Where `wire.h` and `msgpack.h` are. */
export const C_HEADERS = at("../c");
