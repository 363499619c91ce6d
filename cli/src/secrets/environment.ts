import { SallyportError } from "@sallyport/bus";
import type { SecretReader } from "./types.js";

export function environmentReader(variable: string): SecretReader {
  return {
    async read() {
      const value = process.env[variable];
      if (value !== undefined && value !== "") return { value };
      throw new SallyportError("unavailable", `the host's environment has no ${variable}`, { help: `Start the host with ${variable} set, or name another source.` });
    },
  };
}
