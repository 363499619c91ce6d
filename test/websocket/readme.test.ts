import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const SOURCES = "test/third-party/src/";
const text = (file: string): string => readFileSync(root + file, "utf8");

it("the adapter has under 150 lines, and knows only what is public", () => {
  const files = readdirSync(root + SOURCES).map((name) => text(SOURCES + name));
  expect(files.reduce((lines, file) => lines + file.split("\n").length - 1, 0)).toBeLessThan(150);
  const imports = new Set(files.flatMap((file) => [...file.matchAll(/from "([^"]+)"/g)].map(([, from]) => from)).filter((from) => from?.startsWith(".") !== true));
  expect([...imports].toSorted()).toEqual(["@sallyport/bus", "@sallyport/kernel", "@sallyport/manifest", "node:events", "ws"]);
  // The kernel's types alone.
  for (const file of files) expect(file).not.toMatch(/import \{[^}]*\} from "@sallyport\/kernel"/);
});

it("nothing of Sallyport's imports it, and the check covers it", () => {
  const naming = execFileSync("git", ["grep", "-l", "@example/adapter-websocket"], { cwd: root, encoding: "utf8" }).trim().split("\n");
  expect(naming.filter((file) => /\.(ts|mjs|js)$/.test(file)).every((file) => file.startsWith("test/websocket/"))).toBe(true);
  expect(text("tsconfig.json")).toContain('"./test/third-party"');
  expect(text("package.json")).toContain('"test/third-party"');
});

it("what the guide quotes is what the files say", () => {
  const quotes = [...text("adapters/README.md").matchAll(/<!-- from (\S+) -->\n```ts\n([^]*?)\n```/g)];
  expect(quotes.length).toBeGreaterThan(8);
  for (const [, file = "", code = ""] of quotes) expect(text(SOURCES + file), `${file}: ${code.slice(0, 60)}`).toContain(code);
});
