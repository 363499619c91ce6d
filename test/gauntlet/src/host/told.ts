import { isSallyportError } from "@sallyport/bus";
import type { Told } from "./job.js";

const MOST = 300;

/** An error in the words in which a person would have read it. */
export function told(error: unknown): Told {
  if (!isSallyportError(error)) return { code: "", message: String(error).slice(0, MOST), help: "" };
  return { code: error.code, message: error.message.slice(0, MOST), help: error.help.slice(0, MOST), ...(error.plugin !== undefined && { plugin: error.plugin }) };
}
