import { fileURLToPath } from "node:url";
import { process } from "@sallyport/adapter-process";
import { conformanceSuite } from "./suite.js";

for (const language of ["javascript", "typescript"]) {
  conformanceSuite(`process, ${language}`, async () => ({ adapter: process(), spec: { path: fileURLToPath(new URL(`../../plugins/${language}`, import.meta.url)) } }));
}
