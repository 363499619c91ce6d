import type { Frame } from "@sallyport/bus";
import { DEFAULT_LIMITS, isSallyportError } from "@sallyport/bus";
import type { PluginSource } from "@sallyport/kernel";
import { startByHand } from "./by-hand.js";
import type { FramePattern, Step } from "./case.js";
import { StepFailure } from "./failure.js";
import type { Link } from "./link.js";
import { createNumbers } from "./numbers.js";
import { fields, mismatch, show } from "./pattern.js";
import { feed, publish, take } from "./streams.js";

export interface StepContext {
  readonly link: Link;
  readonly source: PluginSource;
  readonly args: readonly string[];
  /** The longest that any step waits, ms. */
  readonly withinMs: number;
  /** Sends the host's hello and, where the plugin asked for it, `$init`. */
  greet(driver: StepDriver): Promise<void>;
}

export interface StepDriver {
  run(step: Step): Promise<void>;
  send(frame: FramePattern): Promise<void>;
  /** Takes and returns the frame. */
  expect(frame: FramePattern, withinMs?: number): Promise<Frame>;
  fence(): Promise<void>;
  /** Events that the plugin takes before it gives more credit, as its hello says. */
  readonly eventCredit: number;
  /** Items of a stream that have arrived and were not taken. */
  waiting(id: string): number;
  /** Fails if a frame is left that no step asked for. */
  settle(): Promise<void>;
}

type Wire = Frame & Readonly<Record<string, unknown>>;

const TERMINAL = new Set(["res", "err"]);
/** May come at any time without being asked for: credit and pings are the connection's own business, a log is nobody's answer. */
const UNASKED = new Set(["log", "credit", "ping"]);

export function createSteps({ link, source, args, withinMs, greet }: StepContext): StepDriver {
  const numbers = createNumbers();
  let fences = 0;
  let eventCredit = DEFAULT_LIMITS.events;

  async function send(frame: FramePattern): Promise<void> {
    await link.send(numbers.outgoing(frame), withinMs);
  }

  /** The oldest frame that answers the pattern's type and id; result and error answer each other's place. */
  function answering(pattern: FramePattern): Wire | undefined {
    const wanted = numbers.incoming(pattern);
    return (link.inbox as Wire[]).find(
      (frame) =>
        (frame.t === wanted["t"] || (TERMINAL.has(frame.t) && TERMINAL.has(pattern.t))) &&
        (wanted["id"] === undefined || mismatch(wanted["id"], frame["id"]) === undefined) &&
        (wanted["m"] === undefined || frame["m"] === wanted["m"]),
    );
  }

  function remove(frame: Frame): void {
    link.inbox.splice(link.inbox.indexOf(frame), 1);
  }

  /** A terminal frame is the last one of its id: whoever waits for another waits in vain. */
  function failIfOver(pattern: FramePattern, what: string): void {
    const id = numbers.incoming(pattern)["id"];
    const terminal = typeof id === "number" && id > 0 ? (link.inbox as Wire[]).find((frame) => TERMINAL.has(frame.t) && frame["id"] === id) : undefined;
    if (terminal !== undefined) throw new StepFailure(`${what} did not come before the terminal frame ${show(terminal)}`);
    if (link.exit !== undefined) throw new StepFailure(`${what} did not come before the instance ended: ${show(link.exit)}`);
  }

  async function expect(pattern: FramePattern, boundMs = withinMs): Promise<Frame> {
    const what = show(pattern);
    const frame = await link.wait(
      () => {
        const found = answering(pattern);
        if (found === undefined) failIfOver(pattern, what);
        return found;
      },
      what,
      Math.min(boundMs, withinMs),
    );
    remove(frame);
    const wanted = numbers.incoming(pattern);
    // An error's optional fields (help, retryable, at) are the plugin's choice.
    const e = wanted["e"];
    const problem = fields({ ...wanted, ...(typeof e === "object" && e !== null && !("?" in e) && { e: { "?": "having", fields: e } }) }, frame, frame.t);
    if (problem !== undefined) throw new StepFailure(`${problem}, in ${show(frame)}`);
    numbers.learn(pattern, frame);
    if (frame.t === "hello") eventCredit = frame.limits?.events ?? eventCredit;
    return frame;
  }

  async function fence(): Promise<void> {
    const id = `fence ${++fences}`;
    await send({ t: "req", id, m: "demo.echo", p: id });
    await expect({ t: "res", id, r: id });
  }

  /** Takes the terminal frame of a call, whichever it is. */
  async function terminal(name: string, codes: readonly string[] | undefined, boundMs = withinMs): Promise<void> {
    const id = numbers.id(name);
    const frame = await link.wait(
      () => {
        const found = (link.inbox as Wire[]).find((each) => TERMINAL.has(each.t) && each["id"] === id);
        if (found === undefined && link.exit !== undefined) throw new StepFailure(`the instance ended before it answered '${name}': ${show(link.exit)}`);
        return found;
      },
      `a terminal frame of '${name}'`,
      Math.min(boundMs, withinMs),
    );
    remove(frame);
    if (codes !== undefined && frame.t === "err" && !codes.includes(frame.e.code)) throw new StepFailure(`expected one of the codes ${codes.join(", ")}, got ${show(frame)}`);
  }

  function matching(pattern: FramePattern): Wire[] {
    const wanted = numbers.incoming(pattern);
    return (link.inbox as Wire[]).filter((frame) => fields(wanted, frame, frame.t) === undefined);
  }

  async function exit(clean: boolean, boundMs = withinMs): Promise<void> {
    const reason = await link.wait(() => link.exit, "the end of the instance", Math.min(boundMs, withinMs));
    if (!clean) return;
    // Modes without a process have no exit code to tell.
    if (reason.error !== undefined || reason.signal !== undefined || (reason.exitCode ?? 0) !== 0) {
      throw new StepFailure(`expected an end by itself with exit code 0, got ${show(reason)}`);
    }
  }

  function refuse(frame: FramePattern, code: string): void {
    try {
      link.boundary.send(numbers.outgoing(frame) as unknown as Frame);
    } catch (error) {
      if (isSallyportError(error) && error.code === code) return;
      throw new StepFailure(`expected the boundary to throw '${code}', got ${String(error)}`);
    }
    throw new StepFailure(`the boundary took a frame that it has to refuse with '${code}'`);
  }

  const driver: StepDriver = {
    send,
    expect,
    fence,
    get eventCredit() {
      return eventCredit;
    },
    waiting: (id) => matching({ t: "data", id }).length,
    async settle() {
      if (link.exit === undefined) await fence();
      const surplus = link.inbox.find((frame) => !UNASKED.has(frame.t));
      if (surplus !== undefined) throw new StepFailure(`a frame that nobody asked for: ${show(surplus)}`);
    },
    async run(step) {
      switch (step.do) {
        case "send": {
          const frame = numbers.outgoing(step.frame);
          await link.send(frame, withinMs);
          if (step.thenClear === true) for (const key of Object.keys(frame["p"] as object)) delete (frame["p"] as Record<string, unknown>)[key];
          return;
        }
        case "expect":
          await expect(step.frame, step.withinMs);
          return;
        case "terminal":
          return terminal(step.id, step.codes, step.withinMs);
        case "fence":
          return fence();
        case "absent": {
          const found = matching(step.frame)[0];
          if (found !== undefined) throw new StepFailure(`expected no ${show(step.frame)}, got ${show(found)}`);
          return;
        }
        case "discard":
          for (const frame of matching(step.frame)) remove(frame);
          return;
        case "take":
          return take(driver, step);
        case "feed":
          return feed(driver, step);
        case "publish":
          return publish(driver, step);
        case "refuse":
          return refuse(step.frame, step.code);
        case "greet":
          return greet(driver);
        case "end":
          return link.boundary.end();
        case "kill":
          await link.boundary.kill();
          return;
        case "exit":
          return exit(step.clean, step.withinMs);
        case "byHand":
          return startByHand(source, args, step.exitCode, step.withinMs ?? withinMs);
      }
    },
  };
  return driver;
}
