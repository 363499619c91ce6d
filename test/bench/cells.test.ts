import { allCells, chooseCells, combine, compareSpeed, judge, TARGETS, withRatios, type CellPlan, type Outcome, type Target } from "@sallyport/bench";
import type { Cell } from "@sallyport/bench/results";
import { describe, expect, it } from "vitest";

const all = allCells();
const nothing = { quick: false, modes: [], payloads: [], only: [] };

function planOf(id: string): CellPlan {
  const plan = all.find(({ facts }) => facts.id === id);
  if (plan === undefined) throw new Error(`there is no cell ${id}`);
  return plan;
}

const measured = (value: number): Outcome => ({ state: "measured", value, marginPercent: 2, samples: 10 });
const cellOf = (id: string, ...values: number[]): Cell => combine(planOf(id), values.map(measured));

describe("the plan", () => {
  it("has each cell once, and every reference and target in it", () => {
    const ids = all.map(({ facts }) => facts.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { reference } of all) if (reference !== undefined) expect(ids).toContain(reference);
    for (const { comparisons } of TARGETS) for (const { cell, to } of comparisons) for (const id of [cell, to ?? cell]) if (!id.startsWith("peers/")) expect(ids).toContain(id);
  });

  it("measures what a target needs when it is quick, but for threads by the hundred and what one language stands for", () => {
    const quick = new Set(chooseCells(all, { ...nothing, quick: true }).map(({ facts }) => facts.id));
    const left = TARGETS.flatMap(({ comparisons }) => comparisons.flatMap(({ cell, to }) => [cell, to ?? cell])).filter((id) => !id.startsWith("peers/") && !quick.has(id));
    expect([...new Set(left.map((id) => id.replace(/\/.*/, "")))].sort()).toEqual(["inline", "rust", "worker"]);
  });

  it("runs the reference of what is asked for", () => {
    const ids = (wanted: Partial<Parameters<typeof chooseCells>[1]>): string[] => chooseCells(all, { ...nothing, ...wanted }).map(({ facts }) => facts.id);
    expect(ids({ only: ["worker/stream/in"] })).toEqual(["port/stream/out", "worker/stream/in"]);
    expect(ids({ only: ["streams"], modes: ["process"] }).every((id) => /^(port|process)\//.test(id))).toBe(true);
    expect(ids({ payloads: ["M"], only: ["payloads"] }).every((id) => id.includes("/M/"))).toBe(true);
  });
});

describe("rounds", () => {
  it("that agree are one figure", () => {
    expect(cellOf("worker/S/64", 90, 110)).toMatchObject({ id: "worker/S/64", state: "measured", value: 100, marginPercent: 2, samples: 20, rounds: [90, 110] });
  });

  it("that disagree are none: both are told", () => {
    const cell = cellOf("worker/S/64", 50, 100);
    expect(cell).toMatchObject({ state: "unsteady", reason: "rounds differ by 67 %: 50 and 100 calls/s", rounds: [50, 100] });
    expect(cell).not.toHaveProperty("value");
  });

  it("of what must never be exceeded are the worst one", () => {
    expect(cellOf("worker/lateness/64", 1, 3)).toMatchObject({ state: "measured", value: 3 });
  });

  it("in number leave out the strays", () => {
    expect(cellOf("c/start/cold", 10, 10, 11, 10, 90)).toMatchObject({ state: "measured", value: 10 });
    expect(cellOf("c/start/cold", 10, 20, 30, 40, 50)).toMatchObject({ state: "unsteady" });
  });

  it("that could not be measured say why", () => {
    expect(combine(planOf("go/S/64"), [{ state: "unavailable", reason: "no go" }])).toMatchObject({ state: "unavailable", reason: "no go" });
    expect(combine(planOf("go/S/64"), [measured(1), { state: "failed", reason: "it crashed" }])).toMatchObject({ state: "failed", reason: "it crashed" });
  });
});

describe("targets", () => {
  const judged = (target: Partial<Target>, ...cells: Cell[]) => judge([{ path: "a path", promise: "a promise", comparisons: [], ...target }], cells)[0];
  const threeTimes: Partial<Target> = { comparisons: [{ cell: "worker/S/64", to: "port/S/64", atLeast: 3 }] };

  it.each([
    [300, 100, "met", "3 x"],
    [299, 100, "not met", "2.99 x"],
  ])("%d against %d is %s", (worker, port, verdict, text) => {
    expect(judged(threeTimes, cellOf("worker/S/64", worker), cellOf("port/S/64", port))).toEqual({ path: "a path", target: "a promise", measured: text, verdict, cells: ["worker/S/64", "port/S/64"] });
  });

  it("are decided by unsteady cells only where every round says the same", () => {
    expect(judged(threeTimes, cellOf("worker/S/64", 400, 800), cellOf("port/S/64", 100))).toMatchObject({ verdict: "met", measured: "4 to 8 x (unsteady)" });
    expect(judged(threeTimes, cellOf("worker/S/64", 200, 400), cellOf("port/S/64", 100))).toMatchObject({ verdict: "unknown" });
    expect(judged(threeTimes, cellOf("worker/S/64", 100, 200), cellOf("port/S/64", 100))).toMatchObject({ verdict: "not met" });
  });

  it("are unknown without their cells", () => {
    expect(judged(threeTimes, cellOf("worker/S/64", 300))).toMatchObject({ verdict: "unknown", measured: "port/S/64 was not run" });
  });

  it("may need one of several, or all", () => {
    const comparisons = ["c", "rust"].map((mode) => ({ cell: `${mode}/S/64`, to: "port/S/64", atLeast: 2 }));
    const cells = [cellOf("c/S/64", 300), cellOf("rust/S/64", 100), cellOf("port/S/64", 100)];
    expect(judged({ comparisons, any: true }, ...cells)).toMatchObject({ verdict: "met", measured: "c 3 x; rust 1 x" });
    expect(judged({ comparisons }, ...cells)).toMatchObject({ verdict: "not met" });
  });

  it("read calls a second as time a call", () => {
    expect(judged({ comparisons: [{ cell: "inline/S/64", perCall: true, atMost: 0.5 }] }, cellOf("inline/S/64", 4_000_000))).toMatchObject({ verdict: "met", measured: "0.25 µs" });
  });
});

describe("a comparison with saved results", () => {
  const plans = chooseCells(all, { ...nothing, only: ["worker/S/64", "worker/S/1"] }).filter(({ facts }) => /^(port|worker)\/S\/(1|64)$/.test(facts.id));
  const run = (port: number[], worker: number[], portUs = [20], workerUs = [10]): readonly Cell[] =>
    withRatios(plans, plans.map(({ facts: { id } }) => cellOf(id, ...(id === "port/S/64" ? port : id === "worker/S/64" ? worker : id === "port/S/1" ? portUs : workerUs))));
  const saved = run([100], [300]);

  it("finds what is half as fast, and what takes twice as long", () => {
    expect(compareSpeed(plans, run([100], [150]), saved).slower).toEqual([{ id: "worker/S/64", speedPercent: 50, is: 1.5, was: 3 }]);
    expect(compareSpeed(plans, run([100], [300], [20], [20]), saved).slower).toMatchObject([{ id: "worker/S/1", speedPercent: 50 }]);
  });

  it("leaves noise, and a machine that is slower as a whole", () => {
    expect(compareSpeed(plans, run([100], [210]), saved).slower).toEqual([]);
    expect(compareSpeed(plans, run([20], [60], [100], [50]), saved).slower).toEqual([]);
  });

  it("takes rounds that disagree at their best, and is not blinded by them", () => {
    expect(compareSpeed(plans, run([100], [100, 250]), saved).slower).toEqual([]);
    expect(compareSpeed(plans, run([100], [50, 120]), saved).slower).toMatchObject([{ id: "worker/S/64" }]);
  });

  it("says what it could not compare", () => {
    expect(compareSpeed(plans, run([100], [300]), saved.filter(({ id }) => id !== "worker/S/64")).left).toEqual([{ id: "worker/S/64", reason: "it is not in the saved results" }]);
    const without = (state: "failed" | "unavailable", id: string): readonly Cell[] => run([100], [300]).map((cell): Cell => (cell.id === id ? { ...planOf(id).facts, state, reason: "a reason" } : cell));
    expect(compareSpeed(plans, without("unavailable", "worker/S/64"), saved).left).toEqual([{ id: "worker/S/64", reason: "unavailable: a reason" }]);
    expect(compareSpeed(plans, without("failed", "port/S/64"), saved).left).toEqual([{ id: "worker/S/64", reason: "the raw MessagePort's failed: a reason" }]);
    expect(compareSpeed(plans, without("failed", "worker/S/64"), saved).slower).toMatchObject([{ id: "worker/S/64", speedPercent: 0 }]);
  });
});
