import { jsonCodec } from "@sallyport/bus";
import { CASES } from "./cases/index.js";

/** All cases as JSON text in the protocol's spelling of values (`$bytes`, `$int`, `$time`), one case a line: what `cases.json` holds. */
export function casesAsJson(): string {
  const decoder = new TextDecoder();
  const lines = CASES.map((each) => `  ${decoder.decode(jsonCodec.encode(each))}`);
  return `[\n${lines.join(",\n")}\n]\n`;
}
