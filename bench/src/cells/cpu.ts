import { payloadOf } from "../payloads.js";
import { driveUntil } from "../sample/lanes.js";
import { readUsage } from "../sample/process-tree.js";
import { sleep } from "../sample/sleep.js";
import { SUBJECTS } from "../subjects/all.js";
import type { Subject } from "../subjects/subject.js";
import type { CellPlan } from "./cell.js";

const WIDTH = 64;
const US_PER_MS = 1000;

/** CPU time of one call, both sides together, 64 in flight. */
export function cpuCells(): readonly CellPlan[] {
  return SUBJECTS.map((subject) => cell(subject));
}

function cell(subject: Subject): CellPlan {
  return {
    facts: {
      id: `${subject.name}/cpu/S/${WIDTH}`, question: "memory", mode: subject.name, baseline: subject.baseline, what: `CPU time of a call, S, ${WIDTH} in flight`,
      payload: "S", inFlight: WIDTH, direction: "host-plugin", pinned: false, unit: "us", better: "lower",
    },
    reference: `port/cpu/S/${WIDTH}`,
    quick: false,
    seconds: 1.6,
    async measure({ warmUpMs, sampleMs }) {
      const unavailable = await subject.prepare();
      if (unavailable !== undefined) return { unavailable };
      await using host = subject.open();
      await using echo = await host.start();
      const order = payloadOf("S");
      const drive = (ms: number): Promise<number> => driveUntil(sleep(ms), WIDTH, () => echo.echo(order));
      await drive(warmUpMs);
      const before = await readUsage();
      // The system counts in steps of 10 ms.
      const calls = await drive(2 * sampleMs);
      const after = await readUsage();
      if (before === undefined || after === undefined) return { unavailable: "CPU time of children is read from /proc, which this system does not have" };
      return { value: ((after.cpuMs - before.cpuMs) * US_PER_MS) / calls, samples: calls };
    },
  };
}
