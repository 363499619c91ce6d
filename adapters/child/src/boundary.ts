import { availableParallelism } from "node:os";
import { boundsOf, createLookout, jsonCodec, msgpackCodec, SallyportError } from "@sallyport/bus";
import type { Boundary, Exit } from "@sallyport/kernel";
import { createInbound } from "./inbound.js";
import type { Command, Talk } from "./options.js";
import { createOutbound } from "./outbound.js";
import { createResident } from "./resident.js";
import type { Child } from "./start.js";

/** A plugin that closes a pipe is mostly about to exit: so long the exit code is waited for, ms. */
const CLOSED_PIPE_MS = 500;
/** After the exit: so long pipes that somebody holds open are listened to at most, ms. */
const LAST_WORDS_MOST_MS = 2000;

/** A running child that speaks frames, as a boundary. */
export function createBoundary(child: Child, command: Command, options: Talk): Boundary {
  const { host, limits, signal, confinement } = options;
  let cutShort: unknown;
  const post = (options.lookout ?? createLookout(availableParallelism())).post();
  /** Requests that the plugin has not answered; what it says counts for no more than a moment's look. */
  let openCalls = 0;

  const resident = createResident(child, command, {
    limits, host, signal, confinement,
    families: options.families,
    lastWords: { pipes: [child.stdout, child.stderr], mostMs: LAST_WORDS_MOST_MS, idle: () => inbound.idle() },
    killing: silence,
    exited: () => inbound.hurry(),
    over() {
      silence();
      post.rest();
    },
    cutShort: () => cutShort,
  });
  function silence(): void {
    inbound.stop();
    outbound.stop();
  }
  const giveUp = (why: unknown): void => {
    if (!resident.gone()) void resident.kill(why);
  };
  /** Half a plugin is of no use; but one that is on its way out deserves its own exit code. */
  const pipeClosed = (why: unknown): void => {
    if (!resident.ending() && !resident.gone()) resident.later(CLOSED_PIPE_MS, () => giveUp(why));
  };
  /** As long as the plugin owes an answer, it may be worth looking out for it. */
  const due = (): void => {
    if (openCalls > 0) post.expect();
    else post.rest();
  };

  const inbound = createInbound({
    stdout: child.stdout,
    codecs: options.codecs ?? [jsonCodec, msgpackCodec],
    bytesPerSecond: limits.bytesPerSecond,
    rested: () => host.limited?.("bytesPerSecond", limits.bytesPerSecond + 1),
    receive(frame) {
      if ((frame.t === "res" || frame.t === "err") && openCalls > 0) openCalls--;
      host.receive(frame);
    },
    came: post.met,
    took: due,
    opened: resident.opened,
    failed: giveUp,
    ended(thrown) {
      cutShort = thrown;
      pipeClosed(thrown ?? new SallyportError("protocol_violation", "the plugin closed its stdout and lives on", { help: "Keep stdout open until the process exits." }));
    },
  });
  const outbound = createOutbound({
    stdin: child.stdin,
    limits,
    stallMs: options.stallMs ?? 10_000,
    wrote: due,
    excused: () => inbound.resting(),
    drained: () => host.drained(),
    stuck: giveUp,
  });

  child.stdin.on("error", () => {
    outbound.stop();
    pipeClosed(new SallyportError("protocol_violation", "the plugin closed its stdin and lives on: no call can reach it", { help: "Keep stdin open and read it until its end." }));
  });
  if (options.prelude !== undefined) outbound.prelude(options.prelude);

  return {
    label: `pid ${child.pid}`,
    ...(confinement && { confinement }),
    exited: resident.exited,
    usage: resident.usage,
    send(frame) {
      const codec = inbound.codec();
      // Before the handshake there is no codec, and nothing that a host has to say.
      if (codec === undefined || resident.killed() || resident.gone()) return true;
      // The plugin may leave at once.
      if (frame.t === "bye") resident.look();
      const more = outbound.send(codec, frame);
      if (frame.t === "req") openCalls++;
      // The host's hello tells the plugin how large its frames may be: from here on they may be.
      if (frame.t === "hello") inbound.allow(limits.frameBytes, boundsOf(limits));
      return more;
    },
    end: () => resident.end(outbound.end),
    kill: (): Promise<Exit> => resident.kill(),
    async [Symbol.asyncDispose]() {
      await resident.kill();
    },
  };
}
