import type { Warning } from "@sallyport/bus";
import type { Hooks } from "../crossing.js";
import { tell } from "../hooks.js";
import type { Notice } from "./link.js";

/** Tells of calls that will stop working: in the log once a day for each plugin and interface, beside each result to who made it. */
export interface Notices {
  about(notice: Notice, provider: string, caller: string): Warning;
}

export function createNotices(hooks: Hooks): Notices {
  let day = "";
  let told = new Set<string>();
  return {
    about({ interfaceName, major, current, removedOn, whose }, provider, caller) {
      const who = whose === "caller" ? caller : provider;
      const msg = whose === "caller"
        ? `'${caller}' calls ${interfaceName} ${major}, which is removed on ${removedOn}; the current major is ${current}`
        : `'${provider}' provides ${interfaceName} ${major}, which is removed on ${removedOn}; calls are converted from the current major, ${current}`;
      const today = new Date().toISOString().slice(0, 10);
      if (today !== day) {
        day = today;
        told = new Set();
      }
      const key = `${who} ${whose} ${interfaceName}@${major}`;
      if (!told.has(key)) {
        told.add(key);
        tell(hooks.log, { at: Date.now(), plugin: who, instance: who, level: "warn", message: `deprecated: ${msg}`, from: "log", fields: { interface: interfaceName, major, current, removedOn } });
      }
      return { code: "deprecated", msg };
    },
  };
}
