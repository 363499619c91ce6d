import { buildLanguage, buildLibrary, buildModule, buildWasi, LANGUAGES } from "./languages/build.js";

/** Compiles the example languages once, before any test file could do so twice. A missing compiler is each test's own skip. */
export async function setup(): Promise<void> {
  for (const language of LANGUAGES) await buildLanguage(language);
  await buildLibrary();
  await buildModule();
  await buildWasi();
}
