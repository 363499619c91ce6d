import type { FramePattern, Step } from "../case.js";

/** Short forms, so that a case reads like the conversation it is. */
export const send = (frame: FramePattern): Step => ({ do: "send", frame });
export const expect = (frame: FramePattern): Step => ({ do: "expect", frame });
export const absent = (frame: FramePattern): Step => ({ do: "absent", frame });
export const discard = (frame: FramePattern): Step => ({ do: "discard", frame });
export const fence: Step = { do: "fence" };

export const call = (id: string, m: string, p: unknown, more: Readonly<Record<string, unknown>> = {}): Step => send({ t: "req", id, m, p, ...more });
export const result = (id: string, r: unknown): Step => expect({ t: "res", id, r });
export const failure = (id: string, code: string, more: Readonly<Record<string, unknown>> = {}): Step => expect({ t: "err", id, e: { code, ...more } });
export const terminal = (id: string, ...codes: readonly string[]): Step => ({ do: "terminal", id, ...(codes.length > 0 && { codes }) });
export const cancel = (id: string, why = "caller"): Step => send({ t: "cancel", id, why });
export const credit = (id: string | 0, n: number): Step => send({ t: "credit", id, n });
