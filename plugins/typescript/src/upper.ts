import { SallyportError } from "@sallyport/plugin";

/** a-z upper-cased and nothing else, so that every language gives the same. */
export function upper(text: unknown): string {
  if (typeof text !== "string") throw new SallyportError("invalid_argument", "text must be a string", { path: "params.text" });
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
