import { fileURLToPath } from "node:url";
import { worker } from "@sallyport/adapter-worker";
import { conformanceSuite } from "./suite.js";

for (const language of ["javascript", "typescript"]) {
  conformanceSuite(`worker, ${language}`, async () => ({ adapter: worker(), spec: { path: fileURLToPath(new URL(`../../plugins/${language}`, import.meta.url)) } }));
}
