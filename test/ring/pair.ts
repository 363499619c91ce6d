import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { SallyportError } from "@sallyport/bus";
import { createLinkMemory, createLinks, openGuestLink, type GuestHandlers, type HostHandlers, type Link, type LinkMemory } from "@sallyport/ring";
import { onTestFinished, vi } from "vitest";

export interface End {
  readonly link: Link;
  readonly port: MessagePort;
  /** Frames as text, with the length of an attachment; notes in brackets. */
  readonly got: string[];
  readonly violations: SallyportError[];
  readonly drained: { count: number };
}
export interface Pair {
  readonly memory: LinkMemory;
  readonly host: End;
  readonly guest: End;
}
export interface PairOptions {
  readonly laneBytes?: number;
  readonly poll?: boolean;
  readonly host?: Partial<HostHandlers>;
  readonly guest?: Partial<GuestHandlers>;
}

/** Bytes of a text, and back, without a byte of meaning. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function recorder(): Pick<End, "got" | "violations" | "drained"> & { readonly handlers: Omit<HostHandlers, "busy"> } {
  const got: string[] = [];
  const violations: SallyportError[] = [];
  const drained = { count: 0 };
  return {
    got, violations, drained,
    handlers: {
      onFrame: (bytes, start, end, attachment) => void got.push(new TextDecoder().decode(bytes.subarray(start, end)) + (attachment === undefined ? "" : `+${attachment.length}`)),
      onNote: (note) => void got.push(`[${note}]`),
      onDrained: () => void drained.count++,
      onViolation: (error) => void violations.push(error),
      maxFrameBytes: () => 1 << 20,
      maxQueuedBytes: 16 << 20,
    },
  };
}

/** A host's end and a guest's end in one thread. */
export function pair(options: PairOptions = {}): Pair {
  const memory = createLinkMemory(options.laneBytes ?? 4096);
  const { port1, port2 } = new MessageChannel();
  const [host, guest] = [recorder(), recorder()];
  const ends = {
    memory,
    host: { ...host, port: port1, link: createLinks({ poll: options.poll ?? false }).open(memory, port1, { ...host.handlers, busy: () => false, ...options.host }) },
    guest: { ...guest, port: port2, link: openGuestLink(memory, port2, { ...guest.handlers, ...options.guest }) },
  };
  onTestFinished(() => {
    for (const { link, port } of [ends.host, ends.guest]) {
      link.close();
      port.close();
    }
  });
  return ends;
}

export const send = (end: End, text: string, attachment?: Uint8Array): boolean => {
  const bytes = bytesOf(text);
  return end.link.send(bytes, 0, bytes.length, attachment);
};
export const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 1, timeout: 5000 });
