import { Packr } from "msgpackr";
import { starter, type Subject } from "../subjects/subject.js";

export interface FunctionBaseline extends Subject {
  /** Answers at once. */
  readonly now: (payload: unknown) => unknown;
}

function baseline(name: string, now: (payload: unknown) => unknown): FunctionBaseline {
  return { name, baseline: true, now, prepare: async () => undefined, open: () => starter(async () => ({ echo: async (payload) => now(payload), async [Symbol.asyncDispose]() {} })) };
}

/** The floor. The compiler is free to inline it, as in any program. */
export const plainFunction = baseline("function", (payload) => payload);
/** The least a copy costs without any boundary. */
export const clone = baseline("clone", (payload) => structuredClone(payload));

const packr = new Packr({ useRecords: false });
/** What encoding and decoding alone cost with the fastest library there is, and no check of anything. */
export const msgpackr = baseline("msgpackr", (payload) => packr.unpack(packr.pack(payload)));
