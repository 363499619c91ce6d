import { readFile } from "node:fs/promises";
import type { Cell, Results } from "./results.js";

/** What `npm run bench:peers` saved: other libraries beside our modes, in one run of its own. None, if it never ran. */
export async function readPeers(): Promise<readonly Cell[]> {
  try {
    return (JSON.parse(await readFile(new URL("../peers/results.json", import.meta.url), "utf8")) as Results).cells;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
