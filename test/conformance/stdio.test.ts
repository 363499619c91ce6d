import { fileURLToPath } from "node:url";
import { stdio } from "@sallyport/adapter-stdio";
import { buildLanguage, CODECS, LANGUAGES } from "../languages/build.js";
import { conformanceSuite } from "./suite.js";

/** Where a program of ours finds the kit that it imports. */
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

for (const language of LANGUAGES) {
  for (const [codec, args] of Object.entries(language.codecs)) {
    conformanceSuite(`stdio, ${language.name}, ${codec}`, async () => (await buildLanguage(language)) ?? { adapter: stdio({ codecs: CODECS }), spec: { path: language.folder, args, ...(language.permissions && { permissions: language.permissions }) } });
  }
}

for (const [codec, file] of [["msgpack", "../../plugins/javascript/main.js"], ["json", "fixtures/serve-json.mjs"]] as const) {
  conformanceSuite(`stdio, javascript, ${codec}`, async () => ({ adapter: stdio(), spec: { path: fileURLToPath(new URL(file, import.meta.url)), mode: "stdio", permissions: { read: [REPOSITORY] } } }));
}
