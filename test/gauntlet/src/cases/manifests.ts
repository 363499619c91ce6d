import type { Case } from "../case.js";
import { family } from "./make.js";

const MODULE = 'export default { methods: { "evil.ping": () => "ok", "evil.attack": () => ({ got: ["it runs"] }) } };\n';
const base = { name: "evil", version: "1.0.0", entry: "index.js" };
const manifest = (more: object): Readonly<Record<string, string>> => ({ "plugin.json": JSON.stringify({ ...base, ...more }), "index.js": MODULE });
const text = (json: string): Readonly<Record<string, string>> => ({ "plugin.json": json, "index.js": MODULE });
const schema = (result: unknown): Readonly<Record<string, string>> => ({
  "plugin.json": JSON.stringify({ ...base, methods: { "evil.ping": {}, "evil.attack": { result } } }),
  "index.js": 'export default { methods: { "evil.ping": () => "ok", "evil.attack": () => "a".repeat(50000) + "b" } };\n',
});
const WRONG = {
  "plugin.json": JSON.stringify({ ...base, methods: { "evil.ping": {}, "evil.attack": { result: { type: "object", properties: { amount: { type: "string", pattern: "^[0-9]+[.][0-9]{2}$" } }, required: ["amount"] } } } }),
  "index.js": 'export default { methods: { "evil.ping": () => "ok", "evil.attack": () => ({ amount: "1e999", got: ["an amount that is none"] }) } };\n',
};
const nested = (depth: number): unknown => (depth === 0 ? { type: "string" } : { allOf: [nested(depth - 1)] });

/** What is read before a line of it runs. */
export const MANIFEST_CASES: readonly Case[] = family({ group: "manifest", plugin: "", kind: "folder", modes: ["process", "worker"], expect: "call fails", drive: "load" }, [
  ["F01a", "an entry outside, ../..", undefined, { files: manifest({ entry: "../../../../../../bin/sh" }), quick: true }],
  ["F01b", "an absolute entry", undefined, { files: manifest({ entry: "/bin/sh" }) }],
  ["F01c", "a link that leads outside", undefined, { files: { ...manifest({ entry: "out.js" }), "out.js@": "/etc/passwd" } }],
  ["F01d", "an entry with NUL", undefined, { files: manifest({ entry: "index.js\u0000.txt" }) }],
  ["F01e", "an entry of another system, \\\\?\\", undefined, { files: manifest({ entry: "\\\\?\\C:\\evil.js" }) }],
  ["F02a", "needs as a text", undefined, { files: manifest({ needs: "call:**" }) }],
  ["F02b", "needs with null", undefined, { files: manifest({ needs: ["call:a", null] }) }],
  ["F02c", "__proto__ in the manifest", undefined, { files: text('{"name":"evil","version":"1.0.0","entry":"index.js","__proto__":{"needs":["call:**"]}}') }],
  ["F02d", "a key twice", undefined, { files: text('{"name":"evil","version":"1.0.0","entry":"index.js","needs":[],"needs":["call:**"]}') }],
  ["F02e", "a need of *", undefined, { files: manifest({ needs: ["*"] }) }],
  ["F04a", "a version with leading zeros", undefined, { files: manifest({ version: "01.0.0" }) }],
  ["F04b", "a version of huge integers", undefined, { files: manifest({ version: `${"9".repeat(400)}.0.0` }) }],
  ["F04c", "a range for a version", undefined, { files: manifest({ version: ">=0" }) }],
  ["F11a", "a negative limit", undefined, { files: manifest({ limits: { memoryMb: -1 } }) }],
  ["F11b", "a limit of 10^308", undefined, { files: manifest({ limits: { deadlineMs: 1e308 } }) }],
  ["F11c", "a limit as text", undefined, { files: manifest({ limits: { frameBytes: "all" } }) }],
  ["F11d", "a limit of 0", undefined, { files: manifest({ limits: { inflight: 0 } }) }],
  ["G135", "a manifest nested 100,000 deep", undefined, { files: text("[".repeat(100_000)) }],
  ["G136", "a manifest of 8 MB", undefined, { files: text(`{"name":"${"x".repeat(8 << 20)}"}`) }],
  ["G137", "a name with escapes", undefined, { files: manifest({ name: "evil\u001b[2J\u202e" }) }],
  ["G138", "a pattern that backtracks, over 50,000 letters", undefined, { files: schema({ type: "string", pattern: "^(a+)+$" }), drive: "call", quick: true }],
  ["W11e", "an amount that its schema refuses", undefined, { files: WRONG, drive: "call", quick: true }],
  ["G139", "a schema with references to itself", undefined, { files: schema({ $defs: { a: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" }) }],
  ["G140", "a schema nested 500 deep", undefined, { files: schema(nested(500)) }],
  ["G141", "a schema of 100,000 choices", undefined, { files: schema({ enum: Array.from({ length: 100_000 }, (_, i) => i) }) }],
  ["F07", "a command with shell characters", undefined, { modes: ["stdio"], files: { "plugin.json": JSON.stringify({ ...base, entry: "index.sh", command: ["sh", "-c", "; rm -rf $HOME; $(touch stolen)", "--inspect"] }), "index.sh": "#!/bin/sh\n" }, expect: "instance dies" }],
  ["N02a", "a program that is a folder", undefined, { modes: ["stdio"], files: { "plugin.json": JSON.stringify({ ...base, entry: "sub" }), "sub/x": "" } }],
  ["N02b", "a program that does not exist", undefined, { modes: ["stdio"], files: { "plugin.json": JSON.stringify({ ...base, entry: "none" }) } }],
  ["N02c", "a program of another machine", undefined, { modes: ["stdio"], files: { "plugin.json": JSON.stringify({ ...base, entry: "index!" }), "index!": "\u007fELF\u0002\u0001\u0001 not for this machine" } }],
  ["N02d", "a program whose interpreter is missing", undefined, { modes: ["stdio"], files: { "plugin.json": JSON.stringify({ ...base, entry: "index!" }), "index!": "#!/no/such/interpreter\n" }, expect: "instance dies" }],
  ["F08", "a program that everybody can write", undefined, { modes: ["stdio", "process"], files: { "plugin.json": JSON.stringify({ ...base, entry: "index.js#" }), "index.js#": MODULE } }],
]);
