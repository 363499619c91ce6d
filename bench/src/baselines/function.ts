import { Packr } from "msgpackr";
import { starter, type Subject } from "../subjects/subject.js";

export interface FunctionBaseline extends Subject {
  /** Answers at once. */
  readonly now: (payload: unknown) => unknown;
}

export function functionBaseline(name: string, now: (payload: unknown) => unknown): FunctionBaseline {
  return { name, baseline: true, now, prepare: async () => undefined, open: () => starter(async () => ({ echo: async (payload) => now(payload), async [Symbol.asyncDispose]() {} })) };
}

/** The floor. The compiler is free to inline it, as in any program. */
export const plainFunction = functionBaseline("function", (payload) => payload);
/** The least a copy costs without any boundary. */
export const clone = functionBaseline("clone", (payload) => structuredClone(payload));

const packr = new Packr({ useRecords: false });
/** What encoding and decoding alone cost with the fastest library there is, and no check of anything. */
export const msgpackr = functionBaseline("msgpackr", (payload) => packr.unpack(packr.pack(payload)));
