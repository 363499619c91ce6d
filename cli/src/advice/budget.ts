import { DEFAULT_LIMITS, MAX_LIMITS } from "@sallyport/bus";
import type { ModeFigures } from "./figures.js";

/** A payload shares its frame with a few fields, and bytes grow by a third where the codec is JSON. */
const FRAME_SHARE = 0.75;

export interface Remarks {
  readonly why: readonly string[];
  readonly cautions: readonly string[];
}

/** What the figures say to a wish for latency. They never change the mode: trust is not for sale. */
export function latencyRemarks(latencyMs: number | undefined, row: ModeFigures | undefined, hasFigures: boolean): Remarks {
  if (latencyMs === undefined) return { why: [], cautions: [] };
  const alone = row?.widths.find((width) => width.inFlight === 1);
  const us = alone?.p99Us ?? alone?.p50Us;
  if (us === undefined) {
    const why = hasFigures ? "the figures do not have this mode with one call in flight" : "nothing was measured here";
    return { why: [], cautions: [`Whether a call takes at most ${latencyMs} ms is not known: ${why}.`] };
  }
  const name = alone?.p99Us === undefined ? "Half the calls" : "99 of 100 calls";
  const text = `${name} took at most ${Number((us / 1000).toPrecision(2))} ms, one in flight`;
  if (us / 1000 <= latencyMs) return { why: [`${text}: within ${latencyMs} ms.`], cautions: [] };
  return { why: [], cautions: [`${text}: more than the ${latencyMs} ms you ask for. Trust decides all the same: take a faster mode only once the code has earned the trust that it asks for.`] };
}

/** What a payload of this size needs beyond the defaults. */
export function payloadCautions(payloadBytes: number): readonly string[] {
  if (payloadBytes > MAX_LIMITS.frameBytes) return [`No frame carries ${payloadBytes} bytes (the most is ${MAX_LIMITS.frameBytes}): send it as a stream, in items.`];
  if (payloadBytes > DEFAULT_LIMITS.frameBytes * FRAME_SHARE) return [`${payloadBytes} bytes need more than the default limits.frameBytes of ${DEFAULT_LIMITS.frameBytes}: raise it in the config, up to ${MAX_LIMITS.frameBytes}.`];
  return [];
}
