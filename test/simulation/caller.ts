import type { IncomingCall, OpenCall, SallyportError } from "@sallyport/bus";
import type { VirtualClock } from "./clock.js";
import type { Connection, Handling } from "./connection.js";
import type { Dice } from "./dice.js";
import { other, type Side } from "./monitor.js";
import { countingController, type CountingController } from "./signal.js";

/** A call that the simulation made, and all that it was told of it. */
export interface Made {
  readonly connection: Connection;
  readonly side: Side;
  readonly number: number;
  readonly open: OpenCall;
  readonly controller: CountingController;
  readonly streaming: boolean;
  readonly dueMs: number;
  outcomes: number;
  releases: number;
  error: SallyportError | undefined;
  readonly items: unknown[];
  reading: boolean;
  /** Its reader is through with it. */
  read: boolean;
  /** Lets the next item of its input go. */
  readonly permits: (() => void)[];
}

/** The grain of long deadlines, and the rounding of a timer. */
const LATE_MS = 17;

export interface CallerOptions {
  readonly clock: VirtualClock;
  readonly dice: Dice;
  broken(rule: string): void;
}

export interface Caller {
  readonly made: Set<Made>;
  begin(connection: Connection, side: Side, serving: Handling | undefined): void;
  /** Takes one item of its stream, if nobody is at it. */
  take(call: Made): void;
  /** The reader goes away in the middle. */
  leave(call: Made): void;
  /** What has to hold after every step; forgets the calls that are over. */
  check(): void;
}

export function createCaller({ clock, dice, broken }: CallerOptions): Caller {
  const made = new Set<Made>();
  let numbers = 0;

  function begin(connection: Connection, side: Side, serving: Handling | undefined): void {
    const number = ++numbers;
    const controller = countingController();
    const streaming = dice.oneIn(3);
    const timeoutMs = dice.oneIn(2) ? 1 + dice.below(dice.oneIn(4) ? 3000 : 120) : undefined;
    const parent: IncomingCall | undefined = serving?.call;
    const permits: (() => void)[] = [];
    const call: { -readonly [K in keyof Made]: Made[K] } = {
      connection, side, number, controller, streaming, permits, open: undefined as unknown as OpenCall,
      dueMs: clock.now() + Math.min(timeoutMs ?? Infinity, parent?.remainingMs() ?? Infinity),
      outcomes: 0, releases: 0, error: undefined, items: [], reading: false, read: !streaming,
    };
    const outcome = (error?: SallyportError): void => {
      call.error = error;
      if (++call.outcomes > 1) broken(`call ${number} of ${side} had ${call.outcomes} outcomes`);
    };
    made.add(call);
    call.open = connection.peers[side].begin("a.b", number, {
      timeoutMs, signal: dice.oneIn(2) ? controller.signal : undefined, stream: streaming, parent,
      input: dice.oneIn(4) ? input(permits) : undefined,
      onProgress: dice.oneIn(4) ? () => undefined : undefined,
    }, {
      resolve(value) {
        outcome();
        if (!connection.hostile && (value as { echo?: unknown }).echo !== number) broken(`call ${number} of ${side} got the result of another: ${JSON.stringify(value)}`);
      },
      reject: (error) => outcome(error),
      released() {
        if (++call.releases > 1) broken(`call ${number} of ${side} was released twice`);
        if (call.outcomes === 0) broken(`call ${number} of ${side} was released before it had an outcome`);
      },
    });
    if (timeoutMs === undefined && parent === undefined && !connection.closed[side] && connection.peers[side].outgoing === 0 && call.outcomes === 0) broken(`call ${number} of ${side} is in no table`);
  }

  /** Numbers that go when they are permitted to; some end early, some fail. */
  async function* input(permits: (() => void)[]): AsyncGenerator<number> {
    const items = dice.below(12);
    for (let i = 0; i < items; i++) {
      if (dice.oneIn(2)) await new Promise<void>((resolve) => permits.push(resolve));
      if (dice.oneIn(40)) throw new Error("the input failed");
      yield i;
    }
  }

  function take(call: Made): void {
    if (call.reading || call.read) return;
    call.reading = true;
    call.open.output.next().then(
      ({ done, value }) => {
        call.reading = false;
        if (done === true) finish(call);
        else if (!call.connection.hostile && value !== call.items.length) broken(`call ${call.number}: item ${JSON.stringify(value)} came after ${call.items.length} others`);
        else call.items.push(value);
      },
      () => {
        call.reading = false;
        call.read = true;
        if (call.outcomes === 0) broken(`call ${call.number}: its reader failed before the call did`);
      },
    );
  }

  function finish(call: Made): void {
    call.read = true;
    const sent = call.connection.monitor.itemsSent(call.open.id, other(call.side));
    if (call.outcomes === 0) broken(`call ${call.number}: its items ended before the call did`);
    if (call.error === undefined && !call.connection.hostile && call.items.length !== sent) broken(`call ${call.number} was answered, and ${call.items.length} of ${sent} items were read`);
  }

  function check(): void {
    const now = clock.now();
    for (const call of made) {
      if (call.outcomes === 0 && now > call.dueMs + LATE_MS) broken(`call ${call.number} of ${call.side} is ${Math.round(now - call.dueMs)} ms late`);
      if (call.outcomes > 0 && call.controller.listeners > 0) broken(`call ${call.number} of ${call.side} is over and listens to its signal`);
      if (call.outcomes > 0 && call.releases > 0 && call.read) made.delete(call);
    }
  }

  return {
    made, begin, take, check,
    leave(call) {
      if (call.reading || call.read) return;
      call.read = true;
      void call.open.output.return?.();
    },
  };
}
