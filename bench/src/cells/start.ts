import { payloadOf } from "../payloads.js";
import type { CellFacts } from "../results.js";
import { median } from "../sample/median.js";
import { sleep } from "../sample/sleep.js";
import { SUBJECTS } from "../subjects/all.js";
import { modeSubject } from "../subjects/kernel.js";
import { modeOf } from "../subjects/modes.js";
import { sandboxed, type Sandboxed } from "../subjects/sandboxed.js";
import type { Echo, Starter, Subject } from "../subjects/subject.js";
import { assertEcho } from "./assert-echo.js";
import type { CellPlan, Figure, Pace } from "./cell.js";

/** A spare is made ready in this time while nothing else goes on, ms. */
const PAUSE_MS = 400;
const COLD_ROUNDS = 5;

/** From the start to the first answer: in a process that has started none before, and in one that has. */
export function startCells(): readonly CellPlan[] {
  return [...SUBJECTS.map(coldCell), ...SUBJECTS.map(againCell), ...sandboxed(modeOf("c")).map(sandboxCell)];
}

function facts({ name, baseline }: Subject, kind: "cold" | "spare" | "again", what: string): CellFacts {
  return { id: `${name}/start/${kind}`, question: "start", mode: name, baseline, what, pinned: false, unit: "ms", better: "lower" };
}

function coldCell(subject: Subject): CellPlan {
  return {
    facts: facts(subject, "cold", "cold start, to the first answer"),
    reference: "port/start/cold",
    quick: false,
    seconds: 0.5,
    rounds: COLD_ROUNDS,
    measure: () => start(subject, async (host, from) => {
      await using _echo = await firstAnswer(host);
      return { value: performance.now() - from, samples: 1 };
    }),
  };
}

function againCell(subject: Subject): CellPlan {
  const spare = !subject.baseline && modeOf(subject.name).spares === true;
  return {
    facts: facts(subject, spare ? "spare" : "again", spare ? "from a spare" : "in a running host"),
    reference: "port/start/again",
    quick: spare || subject.name === "socketpair" || subject.name === "c",
    seconds: spare ? 5 : 2,
    measure: (pace) => start(subject, (host) => again(host, spare, pace)),
  };
}

/** The same program with its sandbox made in one way or another. */
function sandboxCell(mode: Sandboxed): CellPlan {
  const subject = modeSubject(mode);
  const id = `${mode.name}/start/sandbox-${mode.way}`;
  const what = mode.way === "none" ? "in a running host, without a sandbox" : `in a running host, strict by ${mode.way}`;
  return {
    facts: { id, question: "start", mode: mode.name, baseline: false, what, pinned: false, unit: "ms", better: "lower" },
    reference: "port/start/again",
    quick: false,
    seconds: 2,
    measure: (pace) => start(subject, (host) => again(host, false, pace)),
  };
}

async function again(host: Starter, spare: boolean, { starts }: Pace): Promise<Figure> {
  const times: number[] = [];
  let echo = await firstAnswer(host);
  for (let made = 0; made < starts; made++) {
    await echo[Symbol.asyncDispose]();
    await sleep(spare ? PAUSE_MS : 0);
    const from = performance.now();
    echo = await firstAnswer(host);
    times.push(performance.now() - from);
  }
  await echo[Symbol.asyncDispose]();
  return { value: median(times), samples: times.length };
}

async function start(subject: Subject, use: (host: Starter, from: number) => Promise<Figure>): Promise<Figure | { readonly unavailable: string }> {
  const unavailable = await subject.prepare();
  if (unavailable !== undefined) return { unavailable };
  const from = performance.now();
  await using host = subject.open();
  return await use(host, from);
}

async function firstAnswer(host: Starter): Promise<Echo> {
  const order = payloadOf("S");
  const echo = await host.start();
  assertEcho(await echo.echo(order), order);
  return echo;
}
