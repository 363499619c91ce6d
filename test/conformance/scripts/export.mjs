// Writes cases.json anew from the compiled cases; a test compares the two.
import { writeFile } from "node:fs/promises";
import { casesAsJson } from "../dist/index.js";

await writeFile(new URL("../cases.json", import.meta.url), casesAsJson());
