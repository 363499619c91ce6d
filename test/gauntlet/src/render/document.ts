import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("../../../../SECURITY.md", import.meta.url));

/** Replaces the generated part of SECURITY.md with this name. */
export function writePart(name: string, text: string): void {
  const before = readFileSync(FILE, "utf8");
  const part = new RegExp(`(<!-- ${name}:begin -->\\n)[\\s\\S]*?(<!-- ${name}:end -->)`);
  if (!part.test(before)) throw new Error(`SECURITY.md has no part '${name}': it begins with <!-- ${name}:begin --> and ends with <!-- ${name}:end -->`);
  writeFileSync(FILE, before.replace(part, (_all, begin: string, end: string) => `${begin}${text}\n${end}`));
}
